//! What can go wrong.

use std::time::Duration;

use super::{CartridgeId, Place};
use crate::device::{Attention, DeviceErrorKind, Position};

/// Something that goes wrong in a simulated library, the next time there is an occasion.
///
/// ```
/// use rsm::device::simulated::{Cartridge, Fault, SimulatedLibrary};
/// use rsm::device::{DeviceErrorKind, LibraryDevice};
///
/// let library = SimulatedLibrary::builder().cartridge(Cartridge::new()).build()?;
/// let (changer, hands) = (library.changers().remove(0), library.hands());
/// let geometry = changer.geometry()?;
/// let (slot, drive) = (geometry.slots.first, geometry.drives.first);
/// library.inject(Fault::Jam { changer: 0 });
/// let jammed = changer.move_medium(slot, drive, false).err().map(|error| error.kind());
/// assert_eq!(jammed, Some(DeviceErrorKind::NeedsOperator));
/// hands.clear_jam(0)?;
/// changer.move_medium(geometry.transports.first, drive, false)?;
/// # Ok::<(), rsm::device::DeviceError>(())
/// ```
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This place on a medium cannot be read or written.
    MediumError {
        /// The cartridge.
        cartridge: CartridgeId,
        /// Its side, 0 or 1.
        side: u8,
        /// The bad block.
        position: Position,
    },
    /// The bar code of a cartridge cannot be read.
    BarCodeUnreadable {
        /// The cartridge.
        cartridge: CartridgeId,
    },
    /// The bar code of a cartridge is not seen.
    BarCodeMissing {
        /// The cartridge.
        cartridge: CartridgeId,
    },
    /// A drive fails to load; the cartridge stays in it, not loaded.
    LoadFails {
        /// Where the drive is.
        drive: Place,
        /// How it fails.
        kind: DeviceErrorKind,
    },
    /// A drive says that it has loaded, and becomes ready only later.
    SlowLoad {
        /// Where the drive is.
        drive: Place,
        /// How much later.
        extra: Duration,
    },
    /// A drive fails to unload; the cartridge stays loaded.
    UnloadFails {
        /// Where the drive is.
        drive: Place,
        /// How it fails.
        kind: DeviceErrorKind,
    },
    /// A load makes a drive dirty.
    DriveSoiled {
        /// Where the drive is.
        drive: Place,
    },
    /// A move fails; the cartridge stays where it was.
    MoveFails {
        /// The changer.
        changer: u16,
        /// How it fails.
        kind: DeviceErrorKind,
    },
    /// The robot jams on its way, with the cartridge in its hand (in a changer without elements for
    /// hands: with the cartridge where it was). It
    /// [needs a person](super::Hands::clear_jam) before it moves again.
    Jam {
        /// The changer.
        changer: u16,
    },
    /// A move is done, and the answer is lost.
    LostReply {
        /// The changer.
        changer: u16,
    },
    /// The changer has something to tell before it does anything else.
    ChangerAttention {
        /// The changer.
        changer: u16,
        /// What it tells.
        attention: Attention,
    },
    /// The changer does not answer a verb.
    ChangerGone {
        /// The changer.
        changer: u16,
    },
    /// A drive has something to tell before it does anything else.
    DriveAttention {
        /// Where the drive is.
        drive: Place,
        /// What it tells.
        attention: Attention,
    },
    /// A drive does not answer a verb.
    DriveGone {
        /// Where the drive is.
        drive: Place,
    },
    /// A drive has been [exchanged](super::Hands::swap_drive) for another one.
    DriveExchanged {
        /// Where the drive is.
        drive: Place,
    },
    /// The whole library loses power between two steps. A move has three of them (before the
    /// cartridge is picked, while it is in the hand, once it has been put down), loading and
    /// unloading have two, and so has each write.
    ///
    /// The verb under way fails with
    /// [`OutcomeUnknown`](crate::device::DeviceErrorKind::OutcomeUnknown), wherever its cartridge is
    /// now. Nothing is loaded any more, nothing is locked, and what was not flushed to the media is
    /// lost. Then some verbs find [nobody](crate::device::DeviceErrorKind::Gone), and then each
    /// device tells of its [`Reset`](crate::device::Attention::Reset).
    PowerLoss {
        /// How many steps go well before that.
        after: u32,
        /// How many verbs find nobody.
        gone: u32,
    },
}

/// When a fault can happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Occasion {
    Step,
    ChangerVerb(u16),
    Move(u16),
    Reply(u16),
    DriveVerb(Place),
    Load(Place),
    Unload(Place),
    Block(CartridgeId, u8, Position),
    Scan(CartridgeId),
}

impl Fault {
    /// The occasion it waits for.
    pub(super) fn occasion(&self) -> Occasion {
        match *self {
            Self::PowerLoss { .. } => Occasion::Step,
            Self::ChangerAttention { changer, .. } | Self::ChangerGone { changer } => {
                Occasion::ChangerVerb(changer)
            }
            Self::MoveFails { changer, .. } | Self::Jam { changer } => Occasion::Move(changer),
            Self::LostReply { changer } => Occasion::Reply(changer),
            Self::DriveAttention { drive, .. }
            | Self::DriveGone { drive }
            | Self::DriveExchanged { drive } => Occasion::DriveVerb(drive),
            Self::LoadFails { drive, .. }
            | Self::SlowLoad { drive, .. }
            | Self::DriveSoiled { drive } => Occasion::Load(drive),
            Self::UnloadFails { drive, .. } => Occasion::Unload(drive),
            Self::MediumError { cartridge, side, position } => {
                Occasion::Block(cartridge, side, position)
            }
            Self::BarCodeUnreadable { cartridge } | Self::BarCodeMissing { cartridge } => {
                Occasion::Scan(cartridge)
            }
        }
    }
}
