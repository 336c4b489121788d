//! Who is there.

use rsm::device::scsi::{Data, Status, Transport};

use super::{LONG, changer, drives, inquiry, move_medium, nodes, plain, settle, wanted};

#[test]
fn a_unit_says_who_and_where_it_is() {
    if !wanted() {
        return;
    }
    let changer = changer();
    assert_eq!((inquiry(&changer)[0], &inquiry(&changer)[8..16]), (8, b"STK     ".as_slice()));
    assert_eq!(changer.name(), nodes("8", "STK")[0].to_str().unwrap());
    assert_eq!(changer.address().unwrap().lun, 1);
    let drives = drives();
    assert_eq!(drives.len(), 2);
    for drive in &drives {
        assert_eq!((inquiry(drive)[0], &inquiry(drive)[8..16]), (1, b"HP      ".as_slice()));
    }
    let mut places: Vec<_> = drives.iter().map(|drive| drive.address().unwrap()).collect();
    places.sort_by_key(|place| place.lun);
    assert_eq!([places[0].lun, places[1].lun], [2, 3]);
    assert_eq!(places[0].port, changer.address().unwrap().port);
}

#[test]
fn a_refused_command_comes_with_its_sense() {
    if !wanted() {
        return;
    }
    let changer = changer();
    settle(&changer);
    // From an address where nothing is.
    let ended = plain(&changer, &move_medium(9999, 9998)).unwrap();
    assert_eq!(ended.status, Status::CHECK_CONDITION);
    assert_eq!((ended.sense[0] & 0x7F, ended.sense[2] & 0x0F), (0x70, 5));
    // A command nobody has.
    let ended = plain(&changer, &[0xC9, 0, 0, 0, 0, 0, 0, 0, 0, 0]).unwrap();
    assert_eq!(ended.status, Status::CHECK_CONDITION);
    assert_eq!((ended.sense[2] & 0x0F, ended.sense[12]), (5, 0x20));
}

#[test]
fn what_a_device_did_not_send_keeps_what_it_held() {
    if !wanted() {
        return;
    }
    let changer = changer();
    let mut answer = vec![0xA5; 4096];
    let command = [0x12, 0, 0, 0x10, 0, 0];
    let ended = changer.execute(&command, Data::In(&mut answer), LONG).unwrap();
    assert_eq!(ended.status, Status::GOOD);
    assert!(ended.transferred <= answer.len());
    assert!(answer[ended.transferred..].iter().all(|&byte| byte == 0xA5));
}
