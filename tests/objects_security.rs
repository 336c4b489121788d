//! Get and set security: parts, owners, groups, lists, audit lists, inheritance, who may.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod support;

use rsm::model::{
    AccessEntry, AccessModel, AccessRights, AuditEntry, Caller, ComputerId, LibraryId, MediaTypeId,
    ObjectId, ObjectType, PoolId, PoolOpenMode, Principal, SecurityDescriptor, SecurityInformation,
    SecurityParts, SideState,
};
use rsm::{ErrorKind, Session};
use support::{Fixture, T1, USER, open_catalog, open_catalog_with, unknown};

const ALL: SecurityInformation = SecurityInformation::all();

const READ_CONTROL: u32 = 0x20000;
const WRITE_DAC: u32 = 0x40000;
const WRITE_OWNER: u32 = 0x80000;

fn guarded(f: &Fixture) -> [(&'static str, ObjectType, ObjectId); 4] {
    [
        (
            "computer",
            ObjectType::Computer,
            f.id::<ComputerId>("SELECT id FROM computer", []).into(),
        ),
        ("library", ObjectType::Library, f.library(1).into()),
        ("pool", ObjectType::MediaPool, f.pool(r"\App\P", T1).into()),
        (
            "pool",
            ObjectType::MediaPool,
            f.id::<PoolId>("SELECT id FROM pool WHERE key = 1", []).into(),
        ),
    ]
}

fn users(rights: AccessRights) -> Vec<AccessEntry> {
    vec![
        AccessEntry::allow(Principal::Administrators, AccessRights::FULL),
        AccessEntry::deny(Principal::Group(7), AccessRights::CONTROL),
        AccessEntry::allow(Principal::User(USER), rights),
    ]
}

fn member(f: &Fixture, user: u32, group: u32) -> Session {
    let user_name = "member".to_owned();
    let caller = Caller { user, groups: vec![group], administrator: false, user_name };
    f.manager.session_as("member", caller).unwrap()
}

#[test]
fn objects_security_parts_are_replaced_and_the_rest_stays() {
    let f = open_catalog();
    for (_, kind, id) in guarded(&f) {
        let before = f.session.get_security(id, ALL).unwrap();
        assert_eq!(before.audit, None);
        f.clock.advance(std::time::Duration::from_secs(1));
        let access = Some(users(AccessRights::USE | AccessRights::READ_CONTROL));
        let change = SecurityParts::default().access(access.clone());
        f.session.set_security(id, &change).unwrap();
        assert_eq!(f.last_changes(), [(1, kind, id)]);
        let after = f.session.get_security(id, ALL).unwrap();
        assert_eq!((after.owner, after.group, &after.access), (before.owner, None, &access));

        let audit = Some(vec![AuditEntry::failures(Principal::Everyone, AccessRights::ALL)]);
        let owner = Principal::User(USER);
        let change = SecurityParts::default().owner(owner).audit(audit.clone());
        f.session.set_security(id, &change.group(Some(Principal::Group(7)))).unwrap();
        let after = f.session.get_security(id, ALL).unwrap();
        assert_eq!((after.owner, after.group), (Some(owner), Some(Principal::Group(7))));
        assert_eq!((after.audit, after.access), (audit, access));
        // Only what is asked for is told.
        let only = f.session.get_security(id, SecurityInformation::GROUP).unwrap();
        assert_eq!(only, SecurityParts::default().group(Some(Principal::Group(7))));
    }
    let pool: PoolId = f.pool(r"\App\P", T1);
    let record = f.session.info(pool).unwrap();
    assert!(record.common.modified > record.common.created);
}

#[test]
fn objects_security_lists_allow_and_deny_in_their_order() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let everyone = AccessEntry::allow(Principal::Everyone, AccessRights::USE);
    let not_seven = AccessEntry::deny(Principal::Group(7), AccessRights::USE);
    let seven = member(&f, USER, 7);
    let other = member(&f, USER + 1, 8);
    let set = |access| {
        f.session.set_security(pool, &SecurityParts::default().access(access)).unwrap();
        [&seven, &other].map(|session| session.info(pool).is_ok())
    };
    let full = AccessEntry::allow(Principal::Administrators, AccessRights::FULL);
    assert_eq!(set(Some(vec![full, not_seven, everyone])), [false, true]);
    assert_eq!(set(Some(vec![full, everyone, not_seven])), [true, true]);
    assert_eq!(set(Some(vec![full])), [false, false]);
    // No list: everybody may do everything; an empty one: nobody.
    assert_eq!(set(None), [true, true]);
    other.set_attribute(pool, "a", b"1").unwrap();
    assert_eq!(set(Some(vec![])), [false, false]);
    f.refused(ErrorKind::AccessDenied, || f.session.info(pool));
    // But the owner, who is nobody else than the creator, gets it back.
    f.session.set_security(pool, &SecurityParts::default().access(Some(vec![full]))).unwrap();
    f.session.info(pool).unwrap();
}

#[test]
fn objects_security_the_owner_reads_it_and_replaces_the_list() {
    let f = open_catalog();
    let (somebody, other) = (f.user(), member(&f, USER + 1, 8));
    for (_, _, id) in guarded(&f) {
        let list = Some(users(AccessRights::USE));
        let owned = SecurityParts::default().owner(Principal::User(USER)).access(list);
        f.session.set_security(id, &owned).unwrap();
        somebody.get_security(id, SecurityInformation::DACL).unwrap();
        f.refused(ErrorKind::AccessDenied, || other.get_security(id, SecurityInformation::DACL));
        let more = SecurityParts::default().access(Some(users(AccessRights::MODIFY)));
        f.refused(ErrorKind::AccessDenied, || other.set_security(id, &more));
        let given_away = SecurityParts::default().owner(Principal::Everyone);
        f.refused(ErrorKind::AccessDenied, || somebody.set_security(id, &given_away));
        somebody.set_security(id, &more).unwrap();
    }
}

#[test]
fn objects_security_new_pools_take_over_what_the_parent_says_then() {
    let f = open_catalog();
    let app = f.session.open_pool(r"\App", None, PoolOpenMode::CreateNew).unwrap();
    let entry = AccessEntry::allow(Principal::User(USER), AccessRights::USE);
    let mut list = f.session.get_security(app, SecurityInformation::DACL).unwrap();
    assert!(!list.access.as_ref().unwrap().contains(&entry), "the root pool hands nothing on");
    list.access.as_mut().unwrap().push(entry);
    f.session.set_security(app, &list).unwrap();
    let inherits = |pool: PoolId| {
        let list = f.session.get_security(pool, SecurityInformation::DACL).unwrap();
        list.access.unwrap().contains(&entry)
    };
    let below = f.session.open_pool(r"\App\One", None, PoolOpenMode::CreateNew).unwrap();
    assert!(inherits(below));
    list.access.as_mut().unwrap().pop();
    f.session.set_security(app, &list).unwrap();
    assert!(inherits(below), "what was taken over stays");
    let later = f.session.open_pool(r"\App\Two", None, PoolOpenMode::CreateNew).unwrap();
    assert!(!inherits(later));

    // A descriptor that is given takes the place of all that.
    let given = SecurityDescriptor {
        owner: Principal::User(USER),
        group: None,
        access: Some(vec![entry]),
        audit: None,
    };
    let (path, mode) = (r"\App\Three", PoolOpenMode::OpenAlways);
    let third = f.session.open_pool_secured(path, None, mode, given.clone()).unwrap();
    assert_eq!(f.user().info(third).unwrap().common.name, "Three");
    f.refused(ErrorKind::AccessDenied, || f.session.info(third));
    // Of a pool that exists, it is ignored.
    let other = SecurityDescriptor { access: None, ..given.clone() };
    assert_eq!(f.session.open_pool_secured(path, None, mode, other).unwrap(), third);
    f.refused(ErrorKind::AccessDenied, || f.session.info(third));
    let odd = AccessEntry::allow(Principal::Everyone, AccessRights::from_bits_retain(0x40));
    let odd = SecurityDescriptor { access: Some(vec![odd]), ..given };
    f.refused(ErrorKind::InvalidParameter, || {
        f.session.open_pool_secured(r"\App\Four", None, mode, odd)
    });
}

#[test]
fn objects_security_each_part_needs_its_right() {
    for model in [AccessModel::Server2003, AccessModel::WindowsXp] {
        let f = open_catalog_with(model);
        let user = f.user();
        let xp = model == AccessModel::WindowsXp;
        for (table, _, id) in guarded(&f) {
            let dac = SecurityParts::default().access(Some(users(AccessRights::USE)));
            let group = SecurityParts::default().group(None);
            let owner = SecurityParts::default().owner(Principal::Administrators);
            let audit = SecurityParts::default().audit(None);
            let denied = |call: rsm::Result<()>| {
                call.err().map(|error| assert_eq!(error.kind(), ErrorKind::AccessDenied)).is_some()
            };
            let everything = 7 | 0x10000 | READ_CONTROL | WRITE_DAC | WRITE_OWNER | 0x100_0000;
            f.grant(table, id, everything & !READ_CONTROL);
            let part = SecurityInformation::OWNER;
            assert_eq!(denied(user.get_security(id, part).map(drop)), !xp);
            let part = SecurityInformation::SACL;
            assert!(denied(user.get_security(id, part).map(drop)), "for administrators only");
            f.grant(table, id, everything & !WRITE_DAC);
            f.refused(ErrorKind::AccessDenied, || user.set_security(id, &dac));
            f.refused(ErrorKind::AccessDenied, || user.set_security(id, &dac.clone().group(None)));
            f.grant(table, id, everything & !WRITE_OWNER);
            f.refused(ErrorKind::AccessDenied, || user.set_security(id, &group));
            f.refused(ErrorKind::AccessDenied, || user.set_security(id, &owner));
            f.grant(table, id, everything);
            f.refused(ErrorKind::AccessDenied, || user.set_security(id, &audit));
            f.grant(table, id, READ_CONTROL);
            user.get_security(id, SecurityInformation::DACL).unwrap();
            f.grant(table, id, WRITE_OWNER);
            user.set_security(id, &owner).unwrap();
            user.set_security(id, &group).unwrap();
            f.grant(table, id, WRITE_DAC);
            user.set_security(id, &dac).unwrap();
        }
    }
}

#[test]
fn objects_security_other_objects_have_none() {
    let f = open_catalog();
    let medium = f.medium(f.pool(r"\App\P", T1), &[SideState::Allocated], 1);
    let others: [ObjectId; 4] = [
        medium.physical_media.into(),
        medium.sides[0].side.into(),
        medium.sides[0].logical_media.unwrap().into(),
        f.session.list::<MediaTypeId>(None).unwrap()[0].into(),
    ];
    let parts = SecurityParts::default().access(None);
    for id in others {
        f.refused(ErrorKind::NoSecurityOnObject, || f.session.get_security(id, ALL));
        f.refused(ErrorKind::NoSecurityOnObject, || f.session.set_security(id, &parts));
    }
    // The right comes first: who lacks it learns nothing.
    let user = f.user();
    for id in others {
        f.refused(ErrorKind::AccessDenied, || user.get_security(id, SecurityInformation::DACL));
        f.refused(ErrorKind::AccessDenied, || user.set_security(id, &parts));
    }
}

#[test]
fn objects_security_bad_input() {
    let f = open_catalog();
    let pool = f.pool(r"\App\P", T1);
    let invalid = ErrorKind::InvalidParameter;
    for bits in [0, 0x10, 0x14] {
        let odd = SecurityInformation::from_bits_retain(bits);
        f.refused(invalid, || f.session.get_security(pool, odd));
        let mut parts = SecurityParts::default();
        parts.information = odd;
        f.refused(invalid, || f.session.set_security(pool, &parts));
    }
    let fine = SecurityParts::default().access(None);
    f.refused(invalid, || f.session.get_security(ObjectId::NULL, ALL));
    f.refused(invalid, || f.session.set_security(ObjectId::NULL, &fine));
    let odd = AccessEntry::allow(Principal::Everyone, AccessRights::from_bits_retain(0x40));
    let odd = SecurityParts::default().access(Some(vec![odd]));
    f.refused(invalid, || f.session.set_security(pool, &odd));
    let nothing: LibraryId = unknown();
    f.refused(ErrorKind::ObjectNotFound, || f.session.get_security(nothing, ALL));
    f.refused(ErrorKind::ObjectNotFound, || f.session.set_security(nothing, &fine));
    f.session.close().unwrap();
    f.refused(ErrorKind::InvalidHandle, || f.session.get_security(pool, ALL));
    f.refused(ErrorKind::InvalidHandle, || f.session.set_security(pool, &fine));
}
