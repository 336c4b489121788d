//! The changer and its drives as a library.

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::sync::Arc;

use rsm::device::LibraryDevice;
use rsm::device::scsi::{ScsiLibrary, Transport};
use rsm::model::LibraryRequestState;

use super::{changer, drives, nodes, wanted};
use crate::backup_on_device::back_up;
use crate::life_cycle::{Hands, live};

/// The address of the first cell of the ports.
const PORTS: u16 = 16;
/// What fits on a tape.
const TAPE: usize = 2 << 20;

fn library() -> Arc<dyn LibraryDevice> {
    let builder = ScsiLibrary::builder().changer(Arc::new(changer()));
    let drives = drives().into_iter().map(|drive| Arc::new(drive) as Arc<dyn Transport>);
    Arc::new(drives.fold(builder, |builder, drive| builder.drive(drive)).build().unwrap())
}

/// Somebody outside of the guest, at the end of a serial line.
struct Operator {
    says: File,
    answers: BufReader<File>,
}

impl Operator {
    fn new() -> Self {
        let line = File::options().read(true).write(true).open("/dev/ttyS1").unwrap();
        Self { answers: BufReader::new(line.try_clone().unwrap()), says: line }
    }

    fn ask(&mut self, what: &str) {
        self.says.write_all(format!("{what}\n").as_bytes()).unwrap();
        let mut answer = String::new();
        self.answers.read_line(&mut answer).unwrap();
        assert_eq!(answer.trim_end(), format!("{what} done"));
    }
}

impl Hands for Operator {
    fn take_out(&mut self, cell: u16) {
        self.ask(&format!("take {}", PORTS + cell));
    }

    fn put_in(&mut self, cell: u16, bar_code: &str) {
        self.ask(&format!("put {} {bar_code}", PORTS + cell));
    }
}

#[test]
fn a_whole_life() {
    if !wanted() {
        return;
    }
    // Its drives take a cleaning cartridge for a tape that can be written.
    live(library, &mut Operator::new(), LibraryRequestState::Failed);
}

#[test]
fn the_example_backs_up_to_a_library_and_restores_from_it() {
    if !wanted() {
        return;
    }
    // Tapes that another test has left are foreign to a new catalog.
    back_up(nodes("8", "STK")[0].to_str().unwrap(), TAPE);
}
