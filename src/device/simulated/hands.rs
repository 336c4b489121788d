//! People who reach into the library.

use std::sync::Arc;

use super::cartridge::check_bar_code;
use super::changer::existing;
use super::shared::Shared;
use super::world::World;
use super::{Cartridge, CartridgeId, Place};
use crate::device::{DeviceError, DeviceResult, ElementKind, Refusal, VolumeTag};

/// What people do to a library with their hands.
///
/// There are two kinds of people. Those who go the way the library offers
/// [open a door](Self::open_door), [pull a port](Self::pull_port) or a
/// [magazine](Self::pull_magazine), [put in](Self::put_in) and [take out](Self::take_out), and close
/// it again; the library notices, and locks can stop them. Those with a key
/// [insert](Self::insert), [remove](Self::remove) and [swap](Self::swap) at any element, behind the
/// robot's back, whatever is closed or open, unless the changer
/// [prevents removal](crate::device::Changer::prevent_removal); no sensor tells of them.
///
/// Cartridges that are nowhere in the library are outside, and are never lost. Every change raises
/// [`LibraryDevice::changes`](crate::device::LibraryDevice::changes).
#[derive(Clone, Debug)]
pub struct Hands {
    pub(super) shared: Arc<Shared>,
}

/// An element, as somebody sees it who looks inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Where it is.
    pub place: Place,
    /// What it is.
    pub kind: ElementKind,
    /// The cartridge in it.
    pub cartridge: Option<CartridgeId>,
}

impl Hands {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared) }
    }

    /// Every element of every changer, by kind and address.
    pub fn elements(&self) -> DeviceResult<Vec<Seen>> {
        self.shared.store.look(|world| {
            let mut all = Vec::new();
            for (changer, plan) in (0u16..).zip(&world.settings.changers) {
                for kind in ElementKind::ALL {
                    for address in plan.layout.range(kind).iter() {
                        let place = Place { changer, address };
                        let cartridge = world.cartridge_at(place)?;
                        all.push(Seen { place, kind, cartridge });
                    }
                }
            }
            Ok(all)
        })
    }

    /// The cartridge in one element.
    ///
    /// # Errors
    /// [`Refusal::NoSuchElement`].
    pub fn look(&self, place: Place) -> DeviceResult<Option<CartridgeId>> {
        self.shared.store.look(|world| world.cartridge_at(place))
    }

    /// Where a cartridge is; `None` when it is outside.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when there is no such cartridge.
    pub fn find(&self, id: CartridgeId) -> DeviceResult<Option<Place>> {
        self.shared.store.look(|world| Ok(world.record(id)?.spot.place))
    }

    /// The first cartridge with this bar code, wherever it is.
    pub fn find_bar_code(&self, text: &str) -> DeviceResult<Option<CartridgeId>> {
        self.shared.store.look(|world| {
            let found = world.ids().find(|(_, record)| record.bar_code.text() == Some(text));
            Ok(found.map(|(id, _)| id))
        })
    }

    /// The bar code on a cartridge, as it is, whether or not the library has a reader.
    pub fn bar_code(&self, id: CartridgeId) -> DeviceResult<VolumeTag> {
        self.shared.store.look(|world| Ok(world.record(id)?.bar_code.clone()))
    }

    /// The cartridges that are outside.
    pub fn outside(&self) -> DeviceResult<Vec<CartridgeId>> {
        self.shared.store.look(|world| {
            let outside = world.ids().filter(|(_, record)| record.spot.place.is_none());
            Ok(outside.map(|(id, _)| id).collect())
        })
    }

    /// Unpacks a new cartridge. It is outside.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when its bar code cannot be one.
    pub fn make(&self, cartridge: Cartridge) -> DeviceResult<CartridgeId> {
        self.shared.store.change(|world| world.make(cartridge))
    }

    /// Sets the write protection of a cartridge. It counts from the next time it is opened.
    pub fn write_protect(&self, id: CartridgeId, protect: bool) -> DeviceResult<()> {
        self.shared.store.change(|world| {
            world.record_mut(id)?.write_protected = protect;
            Ok(())
        })
    }

    /// How often a cleaning cartridge still cleans; 0 for any other.
    pub fn uses_left(&self, id: CartridgeId) -> DeviceResult<u32> {
        self.shared.store.look(|world| Ok(world.record(id)?.uses))
    }

    /// Puts another bar-code label on a cartridge, a damaged one, or none.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] for a text that cannot be one.
    pub fn relabel(&self, id: CartridgeId, bar_code: VolumeTag) -> DeviceResult<()> {
        if let VolumeTag::Read(text) = &bar_code {
            check_bar_code(text)?;
        }
        self.shared.store.change(|world| {
            world.record_mut(id)?.bar_code = bar_code;
            Ok(())
        })
    }

    /// Makes a robot that is [jammed](super::Fault::Jam) move again. What is in its hand stays there.
    ///
    /// # Errors
    /// [`Refusal::NoSuchElement`] where there is no such changer.
    pub fn clear_jam(&self, changer: u16) -> DeviceResult<()> {
        self.act(|world| {
            world.frame_mut(changer)?.jammed = false;
            Ok(())
        })
    }

    /// Makes a drive dirty, so that it asks to be cleaned. It goes on working.
    ///
    /// # Errors
    /// [`Refusal::NoSuchElement`] where there is no drive.
    pub fn soil(&self, drive: Place) -> DeviceResult<()> {
        self.shared.store.change(|world| {
            world.drive_now_mut(drive)?.dirty = true;
            Ok(())
        })
    }

    /// Puts another drive, which is clean, into the place of a drive. It has a serial number of its
    /// own; references to the old one find it [gone](crate::device::DeviceErrorKind::Gone). What was
    /// in the old one is in the new one, not loaded.
    ///
    /// # Errors
    /// [`Refusal::NoSuchElement`] where there is no drive, [`Refusal::NotAccessible`] while it is
    /// busy.
    pub fn swap_drive(&self, drive: Place) -> DeviceResult<()> {
        self.act(|world| {
            world.drive_now(drive)?;
            self.check_idle(drive)?;
            world.exchange_drive(drive)
        })
    }

    /// Puts a cartridge that is outside into an element. It does not load in the drive of a robot;
    /// a stand-alone drive takes its time for that in the background.
    ///
    /// # Errors
    /// [`Refusal::DestinationFull`], [`Refusal::NoSuchElement`], [`Refusal::RemovalPrevented`];
    /// [`Refusal::Invalid`] when the cartridge is not outside.
    pub fn insert(&self, id: CartridgeId, place: Place) -> DeviceResult<()> {
        self.reach(&[place], |world| world.put_in_by_hand(id, place))?;
        self.shared.begin_loading(place);
        Ok(())
    }

    /// Takes a cartridge out of an element. It is outside then.
    ///
    /// # Errors
    /// [`Refusal::SourceEmpty`], [`Refusal::NoSuchElement`], [`Refusal::RemovalPrevented`];
    /// [`Refusal::NotAccessible`] when it is loaded in a drive: press its
    /// [button](Self::press_eject).
    pub fn remove(&self, place: Place) -> DeviceResult<CartridgeId> {
        self.reach(&[place], |world| world.take(place))
    }

    /// Exchanges what is in two elements; either may be empty.
    ///
    /// # Errors
    /// Those of [`remove`](Self::remove), except for an empty element.
    pub fn swap(&self, one: Place, other: Place) -> DeviceResult<()> {
        if one == other {
            return existing(&self.shared, one).map(|_| ());
        }
        self.reach(&[one, other], |world| {
            let moves = [(one, world.check_take(one)?), (other, world.check_take(other)?)];
            for (place, _) in moves.iter().filter(|(_, id)| id.is_some()) {
                world.take(*place)?;
            }
            for (from, id) in moves {
                let to = if from == one { other } else { one };
                id.map_or(Ok(()), |id| world.put_by_hand(id, to))?;
            }
            Ok(())
        })
    }

    fn reach<T>(
        &self,
        places: &[Place],
        change: impl FnOnce(&mut World) -> DeviceResult<T>,
    ) -> DeviceResult<T> {
        for place in places {
            existing(&self.shared, *place)?;
        }
        let done = self.shared.store.change(|world| {
            for place in places {
                if world.frame(place.changer)?.removal_prevented {
                    return Err(DeviceError::refused(
                        Refusal::RemovalPrevented,
                        "the doors are locked",
                    ));
                }
                self.check_idle(*place)?;
            }
            let done = change(world)?;
            places.iter().for_each(|place| self.shared.begin_cleaning(world, *place));
            Ok(done)
        })?;
        self.shared.changes.raise();
        Ok(done)
    }

    /// Whether a drive, if it is one, is neither loading nor unloading.
    pub(super) fn check_idle(&self, place: Place) -> DeviceResult<()> {
        if self.shared.is_busy(place) {
            return Err(DeviceError::refused(Refusal::NotAccessible, "the drive is busy"));
        }
        Ok(())
    }

    /// Changes the state, and lets the library notice.
    fn act<T>(&self, change: impl FnOnce(&mut World) -> DeviceResult<T>) -> DeviceResult<T> {
        let done = self.shared.store.change(change)?;
        self.shared.changes.raise();
        Ok(done)
    }
}

impl Hands {
    /// Opens a door, by its number in [`Geometry::doors`](crate::device::Geometry::doors). While a
    /// door is known to be open, the robot does not move.
    ///
    /// # Errors
    /// [`Refusal::RemovalPrevented`] while it is locked; [`Refusal::NoSuchElement`].
    pub fn open_door(&self, changer: u16, door: usize) -> DeviceResult<()> {
        self.act(|world| world.open_door(changer, door))
    }

    /// Closes a door. It is locked again once the host no longer
    /// [releases](crate::device::Changer::release_door) it. If somebody put in or took out
    /// something, the next verb of the changer tells
    /// [`MediumChanged`](crate::device::Attention::MediumChanged).
    ///
    /// # Errors
    /// [`Refusal::NoSuchElement`].
    pub fn close_door(&self, changer: u16, door: usize) -> DeviceResult<()> {
        self.act(|world| world.close_door(changer, door))
    }

    /// Pulls out a port, by its number in [`Geometry::port_groups`](crate::device::Geometry::port_groups).
    ///
    /// # Errors
    /// [`Refusal::Invalid`] where the port has a motor, [`Refusal::RemovalPrevented`],
    /// [`Refusal::NoSuchElement`].
    pub fn pull_port(&self, changer: u16, port: usize) -> DeviceResult<()> {
        self.act(|world| world.move_port_by_hand(changer, port, true))
    }

    /// Pushes a port in, with a motor or without. If somebody put in or took out something, the next
    /// verb of the changer tells [`PortAccessed`](crate::device::Attention::PortAccessed).
    ///
    /// # Errors
    /// [`Refusal::NoSuchElement`].
    pub fn push_port(&self, changer: u16, port: usize) -> DeviceResult<()> {
        self.act(|world| world.move_port_by_hand(changer, port, false))
    }

    /// Takes out a magazine, by the order in which they were
    /// [added](super::SimulatedLibraryBuilder::magazine). What is in it goes with it: its cartridges
    /// keep their places, which [`put_in`](Self::put_in) and [`take_out`](Self::take_out) reach, and
    /// the robot does not. The next verb of the changer tells
    /// [`MediumChanged`](crate::device::Attention::MediumChanged).
    ///
    /// # Errors
    /// [`Refusal::RemovalPrevented`], [`Refusal::NoSuchElement`].
    pub fn pull_magazine(&self, changer: u16, magazine: usize) -> DeviceResult<()> {
        self.act(|world| world.move_magazine(changer, magazine, true))
    }

    /// Puts a magazine back, with what is in it. The next verb of the changer tells
    /// [`MediumChanged`](crate::device::Attention::MediumChanged).
    ///
    /// # Errors
    /// [`Refusal::NoSuchElement`].
    pub fn push_magazine(&self, changer: u16, magazine: usize) -> DeviceResult<()> {
        self.act(|world| world.move_magazine(changer, magazine, false))
    }

    /// Puts a cartridge that is outside where a person reaches without a key: into a slot behind an
    /// open door, into a port that is extended, into a magazine that is pulled out.
    ///
    /// # Errors
    /// [`Refusal::NotAccessible`] where nothing is open, [`Refusal::DestinationFull`],
    /// [`Refusal::NoSuchElement`]; [`Refusal::Invalid`] when the cartridge is not outside.
    pub fn put_in(&self, id: CartridgeId, place: Place) -> DeviceResult<()> {
        self.act(|world| world.reach_in(id, place))
    }

    /// Takes a cartridge out from where a person reaches without a key, as in
    /// [`put_in`](Self::put_in); through any open door from the hand of the robot, too. It is
    /// outside then.
    ///
    /// # Errors
    /// [`Refusal::NotAccessible`] where nothing is open, [`Refusal::SourceEmpty`],
    /// [`Refusal::NoSuchElement`].
    pub fn take_out(&self, place: Place) -> DeviceResult<CartridgeId> {
        self.act(|world| world.reach_out(place))
    }
}
