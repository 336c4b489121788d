//! What this crate itself costs at a SCSI changer.
//!
//! * The status of 60,000 slots with their bar codes, from the bytes of one answer.
//! * Single commands, and the status of as many slots as the library layer asks for at once, over a
//!   transport that answers at once.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use rsm::device::scsi::reply::ElementStatusReport;
use rsm::device::scsi::{Completion, Data, ScsiChanger, Transport, TransportError, Unit};
use rsm::device::{Changer, ElementAddress, ElementKind};

const SLOTS: u16 = 60_000;
const FIRST: u16 = 0x0400;
const STRIDE: usize = 52;
const CHUNK: u16 = 1000;

/// An answer with so many slots from an address on, each with a cartridge.
fn report(first: u16, count: u16) -> Vec<u8> {
    let length = u32::from(count) * 52;
    let [_, a, b, c] = (length + 8).to_be_bytes();
    let [_, d, e, f] = length.to_be_bytes();
    let [g, h] = count.to_be_bytes();
    let mut answer = vec![0, 0, g, h, 0, a, b, c, 2, 0x80, 0, STRIDE as u8, 0, d, e, f];
    for index in 0..count {
        let [high, low] = (first + index).to_be_bytes();
        answer.extend([high, low, 0x09, 0, 0, 0, 0, 0, 0, 0x81, 1, 0]);
        answer.extend(format!("{:<32}", format!("A{index:05}L6")).bytes());
        answer.extend([0; 8]);
    }
    answer
}

/// A changer that answers at once.
#[derive(Debug)]
struct Instant {
    slot: Vec<u8>,
    chunk: Vec<u8>,
}

impl Transport for Instant {
    fn execute(
        &self,
        command: &[u8],
        data: Data<'_>,
        _timeout: Duration,
    ) -> Result<Completion, TransportError> {
        let other;
        let answer = match *command {
            [0xB8, _, _, _, 0, 1, ..] => &self.slot,
            [0xB8, ..] => &self.chunk,
            _ => {
                other = answer(command);
                &other
            }
        };
        let Data::In(buffer) = data else { return Ok(Completion::good(0)) };
        let length = answer.len().min(buffer.len());
        if let (Some(to), Some(from)) = (buffer.get_mut(..length), answer.get(..length)) {
            to.copy_from_slice(from);
        }
        Ok(Completion::good(length))
    }

    fn name(&self) -> String {
        "nowhere".to_owned()
    }

    fn max_transfer(&self) -> usize {
        524_288
    }
}

fn answer(command: &[u8]) -> Vec<u8> {
    match *command {
        [0x12, 0, ..] => {
            let mut answer = vec![8, 0x80, 5, 2, 31, 0, 0, 0];
            answer.extend(b"ACME    Library         0001");
            answer
        }
        [0x12, _, page, ..] => vec![8, page, 0, 4, b'L', b'I', b'B', b'1'],
        [0x1A, _, 0x1D, ..] => {
            let [a, b] = SLOTS.to_be_bytes();
            let mut answer = vec![23, 0, 0, 0, 0x1D, 18, 0, 1, 0, 1, 4, 0, a, b];
            answer.extend([0, 0x10, 0, 2, 1, 0, 0, 4, 0, 0]);
            answer
        }
        [0x1A, _, page, ..] => vec![7, 0, 0, 0, page, 2, 0, 0],
        _ => Vec::new(),
    }
}

fn element_status(c: &mut Criterion) {
    let mut group = c.benchmark_group("element status");
    group.throughput(Throughput::Elements(SLOTS.into()));
    let answer = report(FIRST, SLOTS);
    group.bench_function("60,000 slots from bytes", |b| {
        b.iter_with_large_drop(|| {
            ElementStatusReport::read(black_box(&answer)).map(|report| report.status())
        });
    });
    group.finish();
}

fn commands(c: &mut Criterion) {
    let mut group = c.benchmark_group("commands");
    let instant = Instant { slot: report(FIRST, 1), chunk: report(FIRST, CHUNK) };
    let Ok(changer) = ScsiChanger::new(Unit::new(Arc::new(instant))) else { return };
    let _known = changer.geometry();
    group.bench_function("ready", |b| b.iter(|| changer.ready()));
    group.bench_function("move", |b| {
        b.iter(|| changer.move_medium(ElementAddress(FIRST), ElementAddress(0x0100), false));
    });
    group.bench_function("status of one slot", |b| {
        b.iter(|| changer.element_status(ElementKind::Slot, ElementAddress(FIRST), 1));
    });
    group.bench_function("status of 1,000 slots", |b| {
        b.iter(|| changer.element_status(ElementKind::Slot, ElementAddress(FIRST), CHUNK.into()));
    });
    group.finish();
}

criterion_group!(benches, element_status, commands);
criterion_main!(benches);
