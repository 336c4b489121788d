//! A disk drive in memory.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, dead_code)]

use std::sync::Arc;

use parking_lot::Mutex;
use rsm::device::scsi::{Completion, Data, ScsiDrive, Status, Unit};

use super::scripted::{Scripted, fixed_sense};

/// The disk in a drive.
#[derive(Clone, Debug)]
pub struct Disk {
    /// Each sector; `None` for one that was never written.
    pub sectors: Vec<Option<Vec<u8>>>,
    pub length: usize,
    /// What kind of device it is, and of medium.
    pub device_type: u8,
    pub profile: u16,
    /// What was written once stays.
    pub write_once: bool,
    /// Every command that wrote: where, and what.
    pub written: Vec<(usize, Vec<u8>)>,
    pub flushed: usize,
}

impl Disk {
    /// A blank one.
    pub fn new(length: usize, sectors: usize) -> Self {
        Self {
            sectors: vec![None; sectors],
            length,
            device_type: 7,
            profile: 0,
            write_once: false,
            written: vec![],
            flushed: 0,
        }
    }

    pub fn put(&mut self, first: usize, data: &[u8]) {
        for (number, sector) in data.chunks(self.length).enumerate() {
            self.sectors[first + number] = Some(sector.to_vec());
        }
    }

    /// The drive, behind a transport.
    pub fn drive(self) -> (ScsiDrive, Arc<Mutex<Self>>, Arc<Scripted>) {
        let disk = Arc::new(Mutex::new(self));
        let script = Scripted::new();
        let behind = Arc::clone(&disk);
        script.otherwise(move |command, data| Ok(behind.lock().execute(command, data)));
        let drive = ScsiDrive::new(Unit::new(script.clone())).unwrap();
        (drive, disk, script)
    }

    fn execute(&mut self, command: &[u8], data: &mut Data<'_>) -> Completion {
        let first = || u32::from_be_bytes(command[2..6].try_into().unwrap()) as usize;
        match (command[0], data) {
            (0x28, Data::In(buffer)) => {
                let count = buffer.len() / self.length;
                let found = &self.sectors[first()..first() + count];
                if found.iter().any(Option::is_none) {
                    return ended(&fixed_sense(8, 0, 0));
                }
                buffer.copy_from_slice(
                    &found.iter().flatten().flatten().copied().collect::<Vec<_>>(),
                );
                Completion::good(buffer.len())
            }
            (0x2a, Data::Out(data)) => {
                let count = data.len() / self.length;
                let touched = &self.sectors[first()..first() + count];
                if self.write_once && touched.iter().any(Option::is_some) {
                    return ended(&fixed_sense(7, 0x27, 0));
                }
                self.written.push((first(), data.to_vec()));
                self.put(first(), data);
                Completion::good(data.len())
            }
            (0x35, _) => {
                self.flushed = self.written.len();
                Completion::good(0)
            }
            (0x00, _) => Completion::good(0),
            (0x12, Data::In(buffer)) => {
                let mut answer = vec![self.device_type, 0x80, 6, 2, 31, 0, 0, 0];
                answer.extend(b"ACME    DISK            0001");
                if command[1] & 1 == 1 {
                    answer = b"\x07\x80\x00\x07DISK001".to_vec();
                }
                fill(buffer, &answer)
            }
            (0x25, Data::In(buffer)) => {
                let last = self.sectors.len() as u32 - 1;
                fill(buffer, &[last, self.length as u32].map(u32::to_be_bytes).concat())
            }
            (0x46, Data::In(buffer)) => {
                let [high, low] = self.profile.to_be_bytes();
                fill(buffer, &[0, 0, 0, 4, 0, 0, high, low])
            }
            _ => ended(&fixed_sense(5, 0x20, 0)),
        }
    }
}

fn fill(buffer: &mut [u8], answer: &[u8]) -> Completion {
    let length = answer.len().min(buffer.len());
    buffer[..length].copy_from_slice(&answer[..length]);
    Completion::good(buffer.len())
}

fn ended(sense: &[u8]) -> Completion {
    Completion { status: Status::CHECK_CONDITION, sense: sense.to_vec(), transferred: 0 }
}
