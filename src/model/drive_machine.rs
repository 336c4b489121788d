//! The state machine of a drive.
//!
//! Every trigger not listed for a state is refused and leaves it alone.

use super::DriveState;
use super::refused::{NOT_LISTED, Refused, must};
use DriveState::{BeingCleaned, Dismountable, Dismounted, Loaded, Mounted, Unloaded};

/// A trigger. `standalone`: the drive is a stand-alone one, whose medium nobody carries away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DriveEvent {
    /// A medium was inserted for a mount, an identification or a label write.
    Inserted {
        /// Whether the drive is enabled and ready.
        usable: bool,
    },
    /// The medium is ready.
    Ready,
    /// The user of the medium is done with it.
    Dismounted {
        /// Whether the medium may stay until the drive is needed.
        deferred: bool,
        /// Whether this is a stand-alone drive.
        standalone: bool,
    },
    /// The side that is up is mounted again.
    MountedAgain {
        /// Whether the drive is enabled.
        enabled: bool,
    },
    /// Another mount needs the drive.
    Needed {
        /// Whether the delay of the deferred dismount is over.
        delay_over: bool,
    },
    /// An inventory, eject, cleaning, door access or the disabling of the drive wants it empty.
    PutAway,
    /// Load error, another label, a mount undone, an identification or a label write done.
    Released {
        /// Whether this is a stand-alone drive.
        standalone: bool,
    },
    /// The medium was taken out of a stand-alone drive by hand.
    TakenOut {
        /// Whether this is a stand-alone drive.
        standalone: bool,
    },
    /// The medium was carried to its slot.
    CarriedToSlot,
    /// Cleaning begins.
    CleaningStarted {
        /// Whether a cleaner can be used.
        cleaner_usable: bool,
    },
    /// Cleaning is over, with success or not.
    CleaningOver,
    /// No slot is empty for the medium; an operator is asked.
    NoEmptySlot,
    /// The operator refused to make room.
    NoSlotRefused,
    /// The drive was disabled.
    Disabled,
    /// Drive or library is not present any more.
    NotPresent {
        /// Whether a medium is recorded inside.
        occupied: bool,
    },
}

/// The state of a drive after a trigger.
///
/// # Errors
/// [`Refused`] when the table has no such transition, or its condition does not hold.
pub fn drive_after(from: DriveState, event: DriveEvent) -> Result<DriveState, Refused> {
    after(from, event).map_err(|why| Refused::new(from, event, why))
}

fn after(from: DriveState, event: DriveEvent) -> Result<DriveState, &'static str> {
    match (from, event) {
        (Dismounted, DriveEvent::Inserted { usable }) => {
            must(usable, "the drive is disabled or not ready")?;
            Ok(Mounted)
        }
        (Mounted, DriveEvent::Ready) => Ok(Loaded),
        (Loaded, DriveEvent::Dismounted { deferred, standalone }) => {
            Ok(if deferred || standalone { Dismountable } else { Unloaded })
        }
        (Dismountable, DriveEvent::MountedAgain { enabled }) => {
            must(enabled, "the drive is disabled")?;
            Ok(Loaded)
        }
        (Dismountable, DriveEvent::Needed { delay_over }) => {
            must(delay_over, "the delay of the deferred dismount is not over")?;
            Ok(Unloaded)
        }
        (Dismountable, DriveEvent::PutAway) => Ok(Unloaded),
        (Mounted | Loaded, DriveEvent::Released { standalone }) => {
            Ok(if standalone { Dismountable } else { Unloaded })
        }
        (Mounted | Loaded | Dismountable, DriveEvent::TakenOut { standalone }) => {
            must(standalone, "hands reach stand-alone drives only")?;
            Ok(Dismounted)
        }
        (Unloaded, DriveEvent::CarriedToSlot) => Ok(Dismounted),
        (Dismounted, DriveEvent::CleaningStarted { cleaner_usable }) => {
            must(cleaner_usable, "no cleaner can be used")?;
            Ok(BeingCleaned)
        }
        (BeingCleaned, DriveEvent::CleaningOver) => Ok(Dismounted),
        (Unloaded, DriveEvent::NoEmptySlot) => Ok(Unloaded),
        (Unloaded, DriveEvent::NoSlotRefused) => Ok(Dismountable),
        (_, DriveEvent::Disabled) => Ok(from),
        (_, DriveEvent::NotPresent { occupied }) => {
            Ok(if occupied { Dismountable } else { Dismounted })
        }
        _ => Err(NOT_LISTED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use DriveEvent as E;

    /// Asserts that the event leads from each listed state to its target and is refused in every
    /// other state.
    fn only(event: DriveEvent, listed: &[(DriveState, DriveState)]) {
        for state in DriveState::ALL {
            let target = listed.iter().find(|(from, _)| from == state).map(|(_, to)| *to);
            let after = drive_after(*state, event);
            assert_eq!(after.clone().ok(), target, "{event:?} from {state:?}: {after:?}");
        }
    }

    #[test]
    fn drive_row_1_inserted() {
        only(E::Inserted { usable: true }, &[(Dismounted, Mounted)]);
        only(E::Inserted { usable: false }, &[]);
    }

    #[test]
    fn drive_row_2_ready() {
        only(E::Ready, &[(Mounted, Loaded)]);
    }

    #[test]
    fn drive_row_3_immediate_dismount() {
        only(E::Dismounted { deferred: false, standalone: false }, &[(Loaded, Unloaded)]);
    }

    #[test]
    fn drive_row_4_deferred_or_standalone_dismount() {
        for (deferred, standalone) in [(true, false), (true, true), (false, true)] {
            only(E::Dismounted { deferred, standalone }, &[(Loaded, Dismountable)]);
        }
    }

    #[test]
    fn drive_row_5_mounted_again() {
        only(E::MountedAgain { enabled: true }, &[(Dismountable, Loaded)]);
        only(E::MountedAgain { enabled: false }, &[]);
    }

    #[test]
    fn drive_row_6_needed_by_another_mount() {
        only(E::Needed { delay_over: true }, &[(Dismountable, Unloaded)]);
        only(E::Needed { delay_over: false }, &[]);
    }

    #[test]
    fn drive_row_7_put_away() {
        only(E::PutAway, &[(Dismountable, Unloaded)]);
    }

    #[test]
    fn drive_row_8_released() {
        let robotic = [(Mounted, Unloaded), (Loaded, Unloaded)];
        only(E::Released { standalone: false }, &robotic);
        let standalone = [(Mounted, Dismountable), (Loaded, Dismountable)];
        only(E::Released { standalone: true }, &standalone);
    }

    #[test]
    fn drive_row_9_taken_out() {
        let all = [(Mounted, Dismounted), (Loaded, Dismounted), (Dismountable, Dismounted)];
        only(E::TakenOut { standalone: true }, &all);
        only(E::TakenOut { standalone: false }, &[]);
    }

    #[test]
    fn drive_row_10_carried_to_slot() {
        only(E::CarriedToSlot, &[(Unloaded, Dismounted)]);
    }

    #[test]
    fn drive_row_11_cleaning_started() {
        only(E::CleaningStarted { cleaner_usable: true }, &[(Dismounted, BeingCleaned)]);
        only(E::CleaningStarted { cleaner_usable: false }, &[]);
    }

    #[test]
    fn drive_row_12_cleaning_over() {
        only(E::CleaningOver, &[(BeingCleaned, Dismounted)]);
    }

    #[test]
    fn drive_row_13_no_empty_slot() {
        only(E::NoEmptySlot, &[(Unloaded, Unloaded)]);
        only(E::NoSlotRefused, &[(Unloaded, Dismountable)]);
    }

    #[test]
    fn drive_row_14_disabled() {
        let same: Vec<_> = DriveState::ALL.iter().map(|state| (*state, *state)).collect();
        only(E::Disabled, &same);
    }

    #[test]
    fn drive_row_15_not_present() {
        for (occupied, to) in [(true, Dismountable), (false, Dismounted)] {
            let all: Vec<_> = DriveState::ALL.iter().map(|state| (*state, to)).collect();
            only(E::NotPresent { occupied }, &all);
        }
    }
}
