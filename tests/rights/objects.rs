//! The rows of the calls about objects of every kind.

use rsm::Session;
use rsm::model::{
    ChangerId, ChangerTypeId, ComputerId, DoorId, DriveId, DriveTypeId, EnumerateOptions,
    InventoryMethod, LibraryId, LibraryRequestId, LogicalMediaId, MediaTypeId, ObjectId,
    ObjectType, OperatorRequestId, OperatorTask, PhysicalMediaId, PoolId, PortId,
    SecurityInformation, SecurityParts, SideId, SideState, SlotId, Timeout,
};

use crate::scene::{Guarded, Scene, library, pool, walk_all};

pub const FUNCTIONS: &[&str] = &[
    "EnumerateNtmsObject",
    "GetNtmsObjectAttribute",
    "GetNtmsObjectInformation",
    "GetNtmsObjectSecurity",
    "SetNtmsObjectAttribute",
    "SetNtmsObjectInformation",
    "SetNtmsObjectSecurity",
];

#[test]
fn rights_of_the_calls_about_objects() {
    walk_all(FUNCTIONS, &[every_kind, audit_lists, enumeration]);
}

type Call<'a> = Box<dyn Fn(&Session) -> rsm::Result<()> + 'a>;

/// An object, and how its record is read and written back.
struct Object<'a> {
    name: &'static str,
    guarded: Guarded,
    id: ObjectId,
    read: Call<'a>,
    write: Call<'a>,
}

macro_rules! object {
    ($scene:expr, $name:literal, $id:expr, $guarded:expr) => {{
        let id = $id;
        let record = $scene.f.session.info(id).unwrap();
        Object {
            name: $name,
            guarded: $guarded,
            id: id.into(),
            read: Box::new(move |u: &Session| u.info(id).map(drop)),
            write: Box::new(move |u: &Session| u.set_info(&record)),
        }
    }};
}

/// One object of every kind.
fn objects(s: &Scene<'_>) -> Vec<Object<'static>> {
    let robot = s.robot();
    let p = s.p();
    let medium = s.f.medium(p, &[SideState::Allocated], 1);
    s.f.session.inventory_library(robot, InventoryMethod::Fast).unwrap();
    s.f.session.submit_operator_request(OperatorTask::Message, Some("look")).unwrap();
    s.f.manager.wait_until_idle(Timeout::Forever).unwrap();
    let (computer, of_library, of_pool) = (s.computer(), library(robot), pool(p));
    macro_rules! first {
        ($id:ident) => {
            s.f.session.list::<$id>(None).unwrap()[0]
        };
    }
    let held = medium.sides[0].logical_media.unwrap();
    vec![
        object!(s, "NTMS_CHANGER via library", first!(ChangerId), of_library),
        object!(s, "NTMS_CHANGER_TYPE via computer", first!(ChangerTypeId), computer),
        object!(s, "NTMS_COMPUTER via computer", first!(ComputerId), computer),
        object!(s, "NTMS_DRIVE via library", first!(DriveId), of_library),
        object!(s, "NTMS_DRIVE_TYPE via computer", first!(DriveTypeId), computer),
        object!(s, "NTMS_IEDOOR via library", first!(DoorId), of_library),
        object!(s, "NTMS_IEPORT via library", first!(PortId), of_library),
        object!(s, "NTMS_LIBRARY via library", robot as LibraryId, of_library),
        object!(s, "NTMS_LIBREQUEST via library", first!(LibraryRequestId), of_library),
        object!(s, "NTMS_LOGICAL_MEDIA via media pool", held as LogicalMediaId, of_pool),
        object!(s, "NTMS_MEDIA_POOL via media pool", p as PoolId, of_pool),
        object!(s, "NTMS_MEDIA_TYPE via computer", first!(MediaTypeId), computer),
        object!(s, "NTMS_OPREQUEST via computer", first!(OperatorRequestId), computer),
        object!(s, "NTMS_PARTITION via media pool", medium.sides[0].side as SideId, of_pool),
        object!(
            s,
            "NTMS_PHYSICAL_MEDIA via media pool",
            medium.physical_media as PhysicalMediaId,
            of_pool
        ),
        object!(s, "NTMS_STORAGESLOT via library", first!(SlotId), of_library),
    ]
}

fn every_kind(s: &Scene<'_>) {
    for Object { name, guarded, id, read, write } in objects(s) {
        let rows = [(name, guarded)];
        s.walk("GetNtmsObjectInformation", &rows, read).unwrap();
        s.walk("SetNtmsObjectInformation", &rows, write).unwrap();
        s.walk("SetNtmsObjectAttribute", &rows, |u| u.set_attribute(id, "a", b"1")).unwrap();
        s.walk("GetNtmsObjectAttribute", &rows, |u| u.get_attribute(id, "a")).unwrap();
        // Who has the right learns whether the object has a descriptor of its own.
        let has_one = guarded.1 == id;
        let parts = SecurityInformation::DACL;
        let read = s.walk("GetNtmsObjectSecurity", &rows, |u| u.get_security(id, parts));
        assert_eq!(read.is_ok(), has_one, "{name}");
        let list = SecurityParts::default().access(None);
        let written = s.walk("SetNtmsObjectSecurity", &rows, |u| u.set_security(id, &list));
        assert_eq!(written.is_ok(), has_one, "{name}");
    }
}

fn audit_lists(s: &Scene<'_>) {
    let function = "SetNtmsObjectSecurity";
    let row = s.row(function, "any, audit list (SACL)");
    assert_eq!(row.need(s.model, false), crate::table::Need::Privilege);
    let parts = SecurityParts::default().audit(Some(vec![]));
    for (table, id, _) in [s.computer(), pool(s.p()), library(s.f.library(1))] {
        // No list gives it, and none takes it away.
        s.grant_only(&[((table, id, false), 0x10f_0007)]);
        s.denied(function, || s.user.set_security(id, &parts));
        s.grant_only(&[]);
        s.f.session.set_security(id, &parts).unwrap();
        s.open_up();
    }
}

fn enumeration(s: &Scene<'_>) {
    let p = s.p();
    let listed = s.walk("EnumerateNtmsObject", &[("none", pool(p))], |u| {
        u.enumerate(Some(p.into()), ObjectType::PhysicalMedia, EnumerateOptions::DEFAULT)
    });
    assert!(listed.unwrap().is_empty());
}
