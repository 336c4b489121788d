//! What the guest has: a changer and two drives of tgt behind virtio-scsi, and a drive of the
//! kernel's own that can be told to misbehave.

mod discovery;
mod library;
mod misbehaving;
mod nodes;
mod refused;
mod transfers;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rsm::device::scsi::{Completion, Data, SgTransport, Status, Transport, TransportError};

/// Longer than anything takes, also on a slow machine.
pub const LONG: Duration = Duration::from_secs(120);

pub const TEST_UNIT_READY: [u8; 6] = [0; 6];
pub const REWIND: [u8; 6] = [0x01, 0, 0, 0, 0, 0];

/// Whether the tests in the guest are to run. Says what is left out if not.
pub fn wanted() -> bool {
    if std::env::var_os("RSM_TEST_SG").is_some_and(|value| value == "1") {
        return true;
    }
    let thread = std::thread::current();
    let name = thread.name().unwrap_or("a test");
    let line = format!("left out: {name}: it runs in a virtual machine: tests/real/vm/test.sh\n");
    let _ = std::io::stderr().write_all(line.as_bytes());
    false
}

/// The nodes of devices of this type (8 changer, 1 tape) and vendor.
pub fn nodes(kind: &str, vendor: &str) -> Vec<PathBuf> {
    let says = |node: &Path, what: &str| fs::read_to_string(node.join("device").join(what));
    let mut nodes: Vec<_> = fs::read_dir("/sys/class/scsi_generic")
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|node| says(node, "type").unwrap().trim() == kind)
        .filter(|node| says(node, "vendor").unwrap().trim() == vendor)
        .map(|node| Path::new("/dev").join(node.file_name().unwrap()))
        .collect();
    nodes.sort();
    nodes
}

pub fn changer() -> SgTransport {
    SgTransport::open(&nodes("8", "STK")[0]).unwrap()
}

pub fn drives() -> Vec<SgTransport> {
    nodes("1", "HP").iter().map(|node| SgTransport::open(node).unwrap()).collect()
}

/// A command without data.
pub fn plain(unit: &impl Transport, command: &[u8]) -> Result<Completion, TransportError> {
    unit.execute(command, Data::None, LONG)
}

/// Takes what the device tells everybody new, until it has nothing more to tell.
pub fn settle(unit: &impl Transport) {
    let attention =
        |ended: Completion| ended.status == Status::CHECK_CONDITION && ended.sense[2] & 0x0F == 6;
    while attention(plain(unit, &TEST_UNIT_READY).unwrap()) {}
}

pub fn inquiry(unit: &impl Transport) -> [u8; 96] {
    let mut answer = [0; 96];
    let ended = unit.execute(&[0x12, 0, 0, 0, 96, 0], Data::In(&mut answer), LONG).unwrap();
    assert_eq!(ended.status, Status::GOOD);
    answer
}

pub fn good(unit: &impl Transport, command: &[u8]) {
    let ended = plain(unit, command).unwrap();
    assert_eq!(ended.status, Status::GOOD, "{command:x?}: {ended:x?}");
}

pub fn move_medium(from: u16, to: u16) -> [u8; 12] {
    let ([a, b], [c, d]) = (from.to_be_bytes(), to.to_be_bytes());
    [0xA5, 0, 0, 0, a, b, c, d, 0, 0, 0, 0]
}
