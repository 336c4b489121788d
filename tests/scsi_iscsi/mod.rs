//! The tests, by what they are about.

mod backup;
mod discovery;
mod login;
mod loss;
mod transfers;
mod urls;

use std::time::Duration;

use rsm::device::scsi::{
    Completion, Data, IscsiOptions, IscsiTransport, IscsiUrl, Status, Transport, TransportError,
};

use crate::tgt::Tgt;

/// Longer than anything takes, also on a slow machine.
pub const LONG: Duration = Duration::from_secs(120);

pub const TEST_UNIT_READY: [u8; 6] = [0; 6];
pub const INQUIRY: [u8; 6] = [0x12, 0, 0, 0, 96, 0];
pub const MOVE_MEDIUM: u8 = 0xA5;

pub fn options() -> IscsiOptions {
    IscsiOptions::new().login_timeout(LONG)
}

pub fn url(text: &str) -> IscsiUrl {
    text.parse().unwrap()
}

pub fn open(library: &Tgt, unit: u16) -> IscsiTransport {
    options().open(&url(&library.url(unit))).unwrap()
}

/// A command without data.
pub fn plain(unit: &impl Transport, command: &[u8]) -> Result<Completion, TransportError> {
    unit.execute(command, Data::None, LONG)
}

/// Takes what the device tells everybody new, until it has nothing more to tell.
pub fn settle(unit: &impl Transport) {
    while is_reset(&plain(unit, &TEST_UNIT_READY).unwrap()) {}
}

/// Whether the device tells of a reset.
pub fn is_reset(completion: &Completion) -> bool {
    let sense = &completion.sense;
    completion.status == Status::CHECK_CONDITION && sense[2] & 0x0F == 6 && sense[12] == 0x29
}

pub fn inquiry(unit: &impl Transport) -> [u8; 96] {
    let mut answer = [0; 96];
    let ended = unit.execute(&INQUIRY, Data::In(&mut answer), LONG).unwrap();
    assert_eq!(ended.status, Status::GOOD);
    answer
}

pub fn move_medium(from: u16, to: u16) -> [u8; 12] {
    let ([a, b], [c, d]) = (from.to_be_bytes(), to.to_be_bytes());
    [MOVE_MEDIUM, 0, 0, 0, a, b, c, d, 0, 0, 0, 0]
}
