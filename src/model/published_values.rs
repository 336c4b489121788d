//! Compares enumerations, flags and limits with the published table of constants.

use super::*;

const CSV: &str = include_str!("../../tests/data/types.csv");

/// Number and name (`Type::Value`) of each row whose name is of that type.
fn rows(of: &str) -> Vec<(i64, String)> {
    let prefix = format!("{of}::");
    let rows: Vec<_> = CSV
        .lines()
        .filter_map(|line| {
            let name = line.rsplit(',').next()?.trim().strip_prefix(&prefix)?;
            let number = line.split(',').find_map(|field| field.parse::<i64>().ok())?;
            Some((number, name.to_owned()))
        })
        .collect();
    assert!(!rows.is_empty(), "no row of {of}");
    rows
}

macro_rules! enumerations_match {
    ($($name:ident)*) => {$(
        let published = rows(stringify!($name));
        for (number, name) in &published {
            let value = $name::try_from(*number).expect(name);
            assert_eq!(&format!("{value:?}"), name);
            assert_eq!(i64::from(value.value()), *number);
        }
        for value in $name::ALL {
            assert!(published.contains(&(i64::from(value.value()), format!("{value:?}"))), "{value:?}");
        }
        assert!($name::try_from(-1).is_err());
        assert!($name::try_from(123_456).is_err());
    )*};
}

macro_rules! flags_match {
    ($($name:ident)*) => {$(
        let published: Vec<_> = rows(stringify!($name))
            .into_iter()
            .filter(|(number, name)| *number != 0 && !name.contains('|') && name != "ALL")
            .collect();
        for (number, name) in &published {
            let value = $name::from_name(name).expect(name);
            assert_eq!(i64::from(value.bits()), *number, "{name}");
        }
        for (name, value) in $name::all().iter_names() {
            assert!(published.contains(&(i64::from(value.bits()), name.to_owned())), "{name}");
        }
        assert!($name::from_bits_retain(1 << 31).known().is_err());
        assert_eq!($name::all().known().ok(), Some($name::all()));
    )*};
}

#[test]
fn enumerations_carry_the_published_numbers() {
    enumerations_match! {
        ObjectType LibraryType InventoryMethod SlotState DriveState MediaState SideState
        BarCodeState PoolType ReadWriteKind OperationalState DeviceType PoolOpenMode PortContent
        PortPosition DoorState MediaTypeCode OperatorRequestKind OperatorRequestState
        LibraryOperation LibraryRequestState OperationOption UiMessageType UiDestinationAction
    }
}

#[test]
fn flags_carry_the_published_bits() {
    flags_match! {
        AllocateOptions MountOptions DismountOptions CreateMediaOptions EnumerateOptions
        AllocationPolicy DeallocationPolicy LibraryFlags MediaPoolPolicy AccessRights
        LibraryRequestFlags OperatorRequestFlags
    }
}

#[test]
fn composite_rights_are_the_published_ones() {
    let published = |name: &str| {
        CSV.lines().find_map(|line| {
            let mut fields = line.split(',');
            (fields.nth(1)? == name).then(|| fields.next()?.parse::<u32>().ok())?
        })
    };
    for (name, right) in [
        ("NTMS_GENERIC_READ", GenericRight::Read),
        ("NTMS_GENERIC_WRITE", GenericRight::Write),
        ("NTMS_GENERIC_EXECUTE", GenericRight::Execute),
        ("NTMS_GENERIC_ALL", GenericRight::All),
    ] {
        assert_eq!(published(name), Some(AccessRights::from(right).bits()), "{name}");
    }
}

#[test]
fn limits_are_the_published_ones() {
    let ours = [
        ("OBJECTNAME_LENGTH", limits::OBJECTNAME_LENGTH),
        ("DESCRIPTION_LENGTH", limits::DESCRIPTION_LENGTH),
        ("DEVICENAME_LENGTH", limits::DEVICENAME_LENGTH),
        ("SERIALNUMBER_LENGTH", limits::SERIALNUMBER_LENGTH),
        ("REVISION_LENGTH", limits::REVISION_LENGTH),
        ("BARCODE_LENGTH", limits::BARCODE_LENGTH),
        ("SEQUENCE_LENGTH", limits::SEQUENCE_LENGTH),
        ("VENDORNAME_LENGTH", limits::VENDORNAME_LENGTH),
        ("PRODUCTNAME_LENGTH", limits::PRODUCTNAME_LENGTH),
        ("USERNAME_LENGTH", limits::USERNAME_LENGTH),
        ("APPLICATIONNAME_LENGTH", limits::APPLICATIONNAME_LENGTH),
        ("COMPUTERNAME_LENGTH", limits::COMPUTERNAME_LENGTH),
        ("I1_MESSAGE_LENGTH", limits::I1_MESSAGE_LENGTH),
        ("MESSAGE_LENGTH", limits::MESSAGE_LENGTH),
        ("POOLHIERARCHY_LENGTH", limits::POOLHIERARCHY_LENGTH),
        ("OMIDLABELID_LENGTH", limits::OMIDLABELID_LENGTH),
        ("OMIDLABELTYPE_LENGTH", limits::OMIDLABELTYPE_LENGTH),
        ("OMIDLABELINFO_LENGTH", limits::OMIDLABELINFO_LENGTH),
        ("MAXATTR_LENGTH", limits::MAXATTR_LENGTH),
        ("MAXATTR_NAMELEN", limits::MAXATTR_NAMELEN),
    ];
    let published = rows("limits");
    assert_eq!(published.len(), ours.len());
    for (number, name) in published {
        let same = ours.iter().any(|&(ours, length)| ours == name && length as i64 == number);
        assert!(same, "{name} = {number}");
    }
}

#[test]
fn priorities_are_the_published_ones() {
    for (number, name) in rows("MountPriority") {
        let expected = match name.as_str() {
            "HIGHEST" => MountPriority::HIGHEST,
            "HIGH" => MountPriority::HIGH,
            "NORMAL" => MountPriority::NORMAL,
            "LOW" => MountPriority::LOW,
            "LOWEST" => MountPriority::LOWEST,
            other => panic!("{other}"),
        };
        assert_eq!(MountPriority::try_from(number), Ok(expected));
    }
}
