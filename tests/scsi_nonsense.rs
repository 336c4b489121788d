//! A device that answers anything at all: every question ends, after a bounded number of commands
//! and a bounded time.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/scripted.rs"]
mod scripted;

use std::num::NonZeroU64;
use std::sync::Mutex;
use std::time::Duration;

use proptest::prelude::*;
use rsm::clock::{Clock, VirtualClock};
use rsm::device::DeviceClass;
use rsm::device::scsi::{
    Completion, Data, Preempt, Reservation, Reserving, Status, TransportError, TransportErrorKind,
    Unit,
};
use scripted::{Scripted, fixed_sense};

/// How a command ends.
#[derive(Clone, Debug)]
enum End {
    Answer { bytes: Vec<u8>, says: usize },
    Sense(Vec<u8>),
    Status(u8),
    Fails(TransportErrorKind),
}

fn end() -> impl Strategy<Value = End> {
    let bytes = proptest::collection::vec(prop_oneof![any::<u8>(), Just(0), Just(0xff)], 0..300);
    let kinds = prop_oneof![
        Just(TransportErrorKind::TimedOut),
        Just(TransportErrorKind::Lost),
        Just(TransportErrorKind::TooLong),
        Just(TransportErrorKind::Gone),
        Just(TransportErrorKind::Denied),
    ];
    let sense = (0..16u8, any::<u8>(), any::<u8>());
    let attention = prop_oneof![Just(0x28u8), Just(0x29), Just(0x2a), Just(0x3f)];
    prop_oneof![
        6 => (bytes, any::<usize>()).prop_map(|(bytes, says)| End::Answer { bytes, says }),
        2 => sense.prop_map(|(key, code, more)| End::Sense(fixed_sense(key, code, more))),
        2 => attention.prop_map(|code| End::Sense(fixed_sense(6, code, 0))),
        1 => proptest::collection::vec(any::<u8>(), 0..40).prop_map(End::Sense),
        1 => prop_oneof![any::<u8>(), Just(0x08), Just(0x18), Just(0x28)].prop_map(End::Status),
        1 => kinds.prop_map(End::Fails),
    ]
}

impl End {
    fn play(&self, data: &mut Data<'_>) -> Result<Completion, TransportError> {
        let none = Completion::good(0);
        match self {
            Self::Answer { bytes, says } => {
                if let Data::In(buffer) = data {
                    let length = bytes.len().min(buffer.len());
                    buffer[..length].copy_from_slice(&bytes[..length]);
                }
                Ok(Completion::good(*says))
            }
            Self::Sense(sense) => {
                let sense = sense.clone();
                Ok(Completion { status: Status::CHECK_CONDITION, sense, ..none })
            }
            Self::Status(status) => Ok(Completion { status: Status(*status), ..none }),
            Self::Fails(kind) => Err(TransportError::new(*kind, "nonsense")),
        }
    }
}

/// Asks for everything there is.
fn ask(unit: &Unit, policy: Preempt) {
    let _ = unit.identity();
    let _ = unit.test_unit_ready();
    let _ = unit.mode_sense(0x3f, true);
    let _ = unit.log_sense(0x2e);
    let _ = unit.report_luns();
    let _ = unit.clone().with_offered_timeouts();
    let reservation = Reservation::new(NonZeroU64::MAX).with_preempt(policy);
    if let Ok(Reserving::Ask(holder)) = reservation.reserve(unit) {
        let _ = reservation.preempt(unit, &holder);
    }
    let _ = reservation.release(unit);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn every_question_ends(
        ends in proptest::collection::vec(end(), 1..30),
        policy in prop_oneof![Just(Preempt::Never), Just(Preempt::Ask), Just(Preempt::Yes)],
        class in prop_oneof![
            Just(DeviceClass::Tape), Just(DeviceClass::Changer), Just(DeviceClass::Disk)
        ],
    ) {
        let clock = VirtualClock::automatic();
        let _here = clock.participate().begin();
        let script = Scripted::new();
        let turn = Mutex::new(ends.into_iter().cycle());
        script.otherwise(move |_, data| turn.lock().unwrap().next().unwrap().play(data));
        ask(&Unit::new(script.clone()).with_class(class).with_clock(clock.clone()), policy);
        // At most 80 questions, each sent 8 times more because of attentions, and each time 20 times
        // more while the device is busy.
        prop_assert!(script.sent().len() < 80 * 9 * 21, "{} commands", script.sent().len());
        prop_assert!(clock.monotonic() < Duration::from_hours(24));
    }
}
