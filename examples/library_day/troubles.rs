//! What goes wrong in the course of the day.

use std::sync::Arc;
use std::time::Duration;

use rsm::clock::{Clock, Thread, spawn};
use rsm::device::simulated::{Cartridge, Fault, Place};
use rsm::device::{DeviceErrorKind, Position};

use crate::Failure;
use crate::chance::Chance;
use crate::journal::Trouble;
use crate::setting::Setting;

/// One of them: when, in hundredths of the day, and what.
type Planned = (u32, &'static str, fn(&Setting, Place) -> Result<(), Failure>);

const PLAN: [Planned; 9] = [
    (0, "a bad place on a scratch tape", |day, _| {
        let cartridge = day.watched.inner.hands().find_bar_code("S00000L8")?;
        let cartridge = cartridge.ok_or("no such cartridge")?;
        let position = Position(5);
        plan(day, Fault::MediumError { cartridge, side: 0, position }, 1)
    }),
    (8, "a drive does not load", |day, drive| {
        plan(day, Fault::LoadFails { drive, kind: DeviceErrorKind::DriveFault }, 1)
    }),
    (17, "a drive loads slowly", |day, drive| {
        plan(day, Fault::SlowLoad { drive, extra: Duration::from_secs(240) }, 1)
    }),
    (35, "the robot jams with a cartridge in its hand", |day, drive| {
        plan(day, Fault::Jam { changer: drive.changer }, 1)
    }),
    (45, "a cartridge without bar code is put in", |day, _| {
        let hands = day.watched.inner.hands();
        let place = *day.spare.first().ok_or("no slot is free")?;
        Ok(hands.insert(hands.make(Cartridge::new())?, place)?)
    }),
    (55, "a drive does not unload", |day, drive| {
        plan(day, Fault::UnloadFails { drive, kind: DeviceErrorKind::DriveFault }, 1)
    }),
    (62, "a drive fails again and again", |day, drive| {
        plan(day, Fault::LoadFails { drive, kind: DeviceErrorKind::DriveFault }, 6)
    }),
    (75, "the answer to a move is lost", |day, drive| {
        plan(day, Fault::LostReply { changer: drive.changer }, 1)
    }),
    (85, "a cartridge does not load", |day, drive| {
        plan(day, Fault::LoadFails { drive, kind: DeviceErrorKind::MediumFault }, 1)
    }),
];

fn plan(day: &Setting, fault: Fault, times: u32) -> Result<(), Failure> {
    day.watched.inner.inject_times(fault, times);
    Ok(())
}

pub fn start(day: &Arc<Setting>) -> Result<Thread<()>, Failure> {
    let (day, mut chance) = (Arc::clone(day), Chance::new(day.seed, 1 << 33));
    let clock: Arc<dyn Clock> = day.journal.clock.clone();
    let work = move || {
        let places = day.watched.inner.drive_places();
        for (when, what, make) in PLAN {
            let at = day.day.begin + day.day.length() * when / 100;
            day.journal.clock.pause(at.saturating_sub(day.journal.now()));
            let Some(place) = chance.pick(&places) else { return };
            match make(&day, place) {
                Ok(()) => {
                    let what = what.to_owned();
                    day.journal.troubles.lock().push(Trouble { at, what });
                }
                Err(error) => day.journal.failed("trouble", error),
            }
        }
    };
    Ok(spawn(&clock, "troubles", work)?)
}
