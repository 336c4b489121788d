//! Faults that come by chance.

use std::collections::HashMap;
use std::time::Duration;

use super::Place;
use super::faults::{Fault, Occasion};
use crate::device::{Attention, DeviceErrorKind};
use crate::ids::SeededRandomness;

/// How much later a drive becomes ready that loads slowly by chance.
const SLOW: Duration = Duration::from_secs(90);

/// How often faults happen by chance: times in a million occasions each, never by default.
///
/// Chance is made from the library's seed, and for each device on its own: the same verbs in the
/// same order at one device bring the same faults, whatever other threads do at others. Only when
/// the power fails, the steps of all devices count together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FaultRates {
    /// Moves that [fail](Fault::MoveFails).
    pub failed_moves: u32,
    /// Moves that [jam](Fault::Jam).
    pub jams: u32,
    /// Moves whose [answer is lost](Fault::LostReply).
    pub lost_replies: u32,
    /// Loads that [fail](Fault::LoadFails), by the medium or by the drive.
    pub failed_loads: u32,
    /// Loads that [take 90 seconds more](Fault::SlowLoad).
    pub slow_loads: u32,
    /// Loads that make the drive [dirty](Fault::DriveSoiled).
    pub soiled_drives: u32,
    /// Unloads that [fail](Fault::UnloadFails).
    pub failed_unloads: u32,
    /// Verbs before which a device has [something to tell](Fault::DriveAttention).
    pub attentions: u32,
    /// Verbs that [find nobody](Fault::DriveGone).
    pub unanswered: u32,
    /// Verbs of a drive before which it was [exchanged](Fault::DriveExchanged).
    pub exchanged_drives: u32,
    /// Blocks and marks that are [bad](Fault::MediumError), now and always.
    pub bad_blocks: u32,
    /// Cartridges whose bar code is [unreadable](Fault::BarCodeUnreadable), now and always.
    pub bad_bar_codes: u32,
    /// Steps after which the [power is lost](Fault::PowerLoss).
    pub power_losses: u32,
}

impl FaultRates {
    /// Of so many occasions.
    pub const OCCASIONS: u32 = 1_000_000;

    /// Every fault at the same rate.
    pub fn all(rate: u32) -> Self {
        Self {
            failed_moves: rate,
            jams: rate,
            lost_replies: rate,
            failed_loads: rate,
            slow_loads: rate,
            soiled_drives: rate,
            failed_unloads: rate,
            attentions: rate,
            unanswered: rate,
            exchanged_drives: rate,
            bad_blocks: rate,
            bad_bar_codes: rate,
            power_losses: rate,
        }
    }
}

/// Chance itself.
#[derive(Debug)]
pub(super) struct Chances {
    seed: u64,
    rates: FaultRates,
    /// How often there was each occasion.
    counts: HashMap<Occasion, u64>,
}

impl Chances {
    pub(super) fn new(seed: u64, rates: FaultRates) -> Self {
        Self { seed, rates, counts: HashMap::new() }
    }

    pub(super) fn scans_fail(&self) -> bool {
        self.rates.bad_bar_codes > 0
    }

    /// What chance brings on this occasion.
    pub(super) fn draw(&mut self, occasion: Occasion) -> Option<Fault> {
        let lot = self.lot(occasion);
        let rates = &self.rates;
        // Which of two or more equals it is.
        let variant = lot.drawn(VARIANT);
        let possible: &[(u32, Fault)] = match occasion {
            Occasion::Step => {
                let gone = u32::try_from(variant % 4).unwrap_or(0);
                &[(rates.power_losses, Fault::PowerLoss { after: 0, gone })]
            }
            Occasion::ChangerVerb(changer) => {
                let attention = attention(variant);
                &[
                    (rates.attentions, Fault::ChangerAttention { changer, attention }),
                    (rates.unanswered, Fault::ChangerGone { changer }),
                ]
            }
            Occasion::Move(changer) => {
                let kind = DeviceErrorKind::ChangerFault;
                &[
                    (rates.failed_moves, Fault::MoveFails { changer, kind }),
                    (rates.jams, Fault::Jam { changer }),
                ]
            }
            Occasion::Reply(changer) => &[(rates.lost_replies, Fault::LostReply { changer })],
            Occasion::DriveVerb(drive) => {
                let attention = attention(variant);
                &[
                    (rates.attentions, Fault::DriveAttention { drive, attention }),
                    (rates.unanswered, Fault::DriveGone { drive }),
                    (rates.exchanged_drives, Fault::DriveExchanged { drive }),
                ]
            }
            Occasion::Load(drive) => {
                let kind = load_fault(variant);
                &[
                    (rates.failed_loads, Fault::LoadFails { drive, kind }),
                    (rates.slow_loads, Fault::SlowLoad { drive, extra: SLOW }),
                    (rates.soiled_drives, Fault::DriveSoiled { drive }),
                ]
            }
            Occasion::Unload(drive) => {
                let kind = DeviceErrorKind::DriveFault;
                &[(rates.failed_unloads, Fault::UnloadFails { drive, kind })]
            }
            Occasion::Block(cartridge, side, position) => {
                &[(rates.bad_blocks, Fault::MediumError { cartridge, side, position })]
            }
            Occasion::Scan(cartridge) => {
                &[(rates.bad_bar_codes, Fault::BarCodeUnreadable { cartridge })]
            }
        };
        let mut numbered = (0..).zip(possible);
        let hit = numbered.find(|(number, (rate, _))| lot.is_drawn(*number, *rate));
        hit.map(|(_, (_, fault))| *fault)
    }

    /// What decides this time. A block or a bar code is bad for ever or never.
    fn lot(&mut self, occasion: Occasion) -> Lot {
        let count = match occasion {
            Occasion::Block(..) | Occasion::Scan(_) => 0,
            _ => {
                let count = self.counts.entry(occasion).or_default();
                *count += 1;
                *count
            }
        };
        Lot(key(occasion).into_iter().chain([count]).fold(self.seed, |all, one| mixed(all ^ one)))
    }
}

/// Which lot decides between equals.
const VARIANT: u64 = 99;

/// What a device tells by chance.
fn attention(variant: u64) -> Attention {
    match variant % 3 {
        0 => Attention::Reset,
        1 => Attention::MediumChanged,
        _ => Attention::Other,
    }
}

/// How a load fails by chance.
fn load_fault(variant: u64) -> DeviceErrorKind {
    if variant.is_multiple_of(2) {
        DeviceErrorKind::MediumFault
    } else {
        DeviceErrorKind::DriveFault
    }
}

/// Numbers that tell one occasion from all others.
fn key(occasion: Occasion) -> [u64; 3] {
    let at = |drive: Place| u64::from(drive.changer) << 16 | u64::from(drive.address.0);
    match occasion {
        Occasion::Step => [0, 0, 0],
        Occasion::ChangerVerb(changer) => [1, u64::from(changer), 0],
        Occasion::Move(changer) => [2, u64::from(changer), 0],
        Occasion::Reply(changer) => [3, u64::from(changer), 0],
        Occasion::DriveVerb(drive) => [4, at(drive), 0],
        Occasion::Load(drive) => [5, at(drive), 0],
        Occasion::Unload(drive) => [6, at(drive), 0],
        Occasion::Block(cartridge, side, position) => {
            [7 + u64::from(side), u64::from(cartridge.0), position.0]
        }
        Occasion::Scan(cartridge) => [1 << 9, u64::from(cartridge.0), 0],
    }
}

fn mixed(mut value: u64) -> u64 {
    SeededRandomness::next(&mut value)
}

/// One turn of chance.
struct Lot(u64);

impl Lot {
    fn drawn(&self, number: u64) -> u64 {
        mixed(self.0 ^ number)
    }

    fn is_drawn(&self, number: u64, rate: u32) -> bool {
        rate > 0 && self.drawn(number) % u64::from(FaultRates::OCCASIONS) < u64::from(rate)
    }
}
