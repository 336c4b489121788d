//! Every record, id, state and set of flags is written and read back as it was.
#![cfg(feature = "serde")]
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

#[path = "support/robot.rs"]
mod robot;
mod support;

use std::fmt::Debug;
use std::time::Duration;

use rsm::model::{
    AccessEntry, AccessRights, AllocateOptions, AllocateRequest, ChangerId, ChangerTypeId,
    ComputerId, DoorId, DriveId, DriveTypeId, HistoryOf, LibraryId, LibraryRequestId,
    LogicalMediaId, MediaTypeId, MountPriority, MountRequest, NewPoolParent, ObjectType,
    OperatorRequestId, OperatorTask, PhysicalMediaId, PoolId, PortId, Principal, ReserveOptions,
    SecurityDescriptor, SideId, SlotId, Timeout, Timestamp,
};
use rsm::{ErrorKind, Identified, Session};
use serde::Serialize;
use serde::de::DeserializeOwned;

#[track_caller]
fn there_and_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) -> String {
    let text = serde_json::to_string(value).unwrap();
    assert_eq!(serde_json::from_str::<T>(&text).unwrap(), *value, "{text}");
    text
}

/// The records of all objects of a kind, of which there is one at least.
#[track_caller]
fn all<I>(session: &Session)
where
    I: Identified + Serialize + DeserializeOwned + PartialEq,
    I::Record: Serialize + DeserializeOwned + PartialEq + Debug,
{
    let ids: Vec<I> = session.list(None).unwrap();
    assert!(!ids.is_empty(), "no {:?}", I::KIND);
    for id in ids {
        assert_eq!(there_and_back(&id), format!("\"{id}\""));
        there_and_back(&session.info(id).unwrap());
    }
}

#[test]
fn serde_every_record_is_read_back() {
    let layout = rsm::device::simulated::ChangerLayout { ports: 1, ..robot::layout(2) };
    let device = rsm::device::simulated::SimulatedLibrary::builder()
        .changer(layout)
        .media_type(robot::TAPE.value())
        .cartridges(["A1", "A2"].map(robot::tape))
        .door(rsm::device::simulated::DoorLayout::default());
    let robot = robot::Robot::of(device, robot::TAPE);
    let held = robot.allocate_all();
    let session = &robot.session;
    let mount = robot.mount(held[0]);
    let reservation = session.reserve_drive(robot.library, Timeout::NoWait).unwrap();
    session.submit_operator_request(OperatorTask::Message, Some("look at it")).unwrap();

    all::<ComputerId>(session);
    all::<LibraryId>(session);
    all::<ChangerId>(session);
    all::<ChangerTypeId>(session);
    all::<DriveId>(session);
    all::<DriveTypeId>(session);
    all::<DoorId>(session);
    all::<PortId>(session);
    all::<SlotId>(session);
    all::<MediaTypeId>(session);
    all::<PoolId>(session);
    all::<PhysicalMediaId>(session);
    all::<SideId>(session);
    all::<LogicalMediaId>(session);
    all::<LibraryRequestId>(session);
    all::<OperatorRequestId>(session);

    for request in session.operator_requests().unwrap() {
        there_and_back(&request);
    }
    for reserved in session.drive_reservations().unwrap() {
        there_and_back(&reserved);
    }
    let medium: PhysicalMediaId = session.list(None).unwrap()[0];
    there_and_back(&session.medium_health(medium).unwrap());
    for event in session.device_history(HistoryOf::Everything, None, 100).unwrap() {
        there_and_back(&event);
    }
    there_and_back(&session.drive_health(reservation.drive()).unwrap());
    there_and_back(&ReserveOptions::from(Timeout::NoWait));
    drop((reservation, mount));
}

#[test]
fn serde_what_calls_take_and_return_is_read_back() {
    let pool = support::unknown::<PoolId>();
    there_and_back(&AllocateRequest::from(pool).timeout(Timeout::After(Duration::from_secs(3))));
    let side = support::unknown::<SideId>();
    there_and_back(&MountRequest::from(side).for_writing().priority(MountPriority::LOWEST));
    let caller = rsm::model::Caller {
        user: 7,
        groups: vec![1],
        administrator: false,
        user_name: "somebody".into(),
    };
    there_and_back(&caller);
    let descriptor = SecurityDescriptor::of_new_pool(&caller, NewPoolParent::Root);
    there_and_back(&descriptor);
    there_and_back(&AccessEntry::deny(Principal::Group(7), AccessRights::FULL));
    assert_eq!(there_and_back(&Timestamp::from_micros(12)), "12");
}

#[test]
fn serde_forms_are_as_documented() {
    assert_eq!(there_and_back(&ObjectType::PhysicalMedia), "\"PhysicalMedia\"");
    assert_eq!(there_and_back(&ErrorKind::MediaOffline), "\"MediaOffline\"");
    let flags = AllocateOptions::NEW | AllocateOptions::ERROR_IF_UNAVAILABLE;
    assert_eq!(there_and_back(&flags), "\"NEW | ERROR_IF_UNAVAILABLE\"");
    assert_eq!(there_and_back(&AllocateOptions::empty()), "\"\"");
    assert_eq!(there_and_back(&MountPriority::HIGH), "7");
    for (text, what) in [("16", "a priority"), ("\"7\"", "a priority")] {
        assert!(serde_json::from_str::<MountPriority>(text).is_err(), "{text} is no {what}");
    }
    assert!(serde_json::from_str::<SideId>("\"no id\"").is_err());
    assert!(serde_json::from_str::<ObjectType>("\"Nothing\"").is_err());
    assert!(serde_json::from_str::<AllocateOptions>("\"NOTHING\"").is_err());
    for kind in ErrorKind::ALL {
        there_and_back(kind);
    }
    for kind in ObjectType::ALL {
        there_and_back(kind);
    }
}
