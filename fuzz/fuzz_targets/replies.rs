//! Whatever a SCSI device answers, every decoder ends without a panic, and what it returns is no
//! larger than the answer.
//!
//! `cargo +nightly fuzz run replies`
#![no_main]

use libfuzzer_sys::fuzz_target;
use rsm::device::scsi::reply::inquiry::{self, Inquiry};
use rsm::device::scsi::reply::log::{self, DeviceStatistics, VolumeStatistics};
use rsm::device::scsi::reply::luns::luns;
use rsm::device::scsi::reply::mode::ModeData;
use rsm::device::scsi::reply::reservation;
use rsm::device::scsi::reply::sense::SenseData;
use rsm::device::scsi::reply::supported_commands::supported_commands;
use rsm::device::scsi::reply::{ElementStatusReport, disk, mode_changer, tape};

fuzz_target!(|bytes: &[u8]| {
    let _ = SenseData::read(bytes);
    identity(bytes);
    modes(bytes);
    logs(bytes);
    lists(bytes);
    elements(bytes);
    media(bytes);
});

/// What is returned fits into the answer.
fn within(bytes: &[u8], size: usize) {
    assert!(size <= bytes.len());
}

fn identity(bytes: &[u8]) {
    let _ = Inquiry::read(bytes);
    let _ = inquiry::takes_write_once(bytes);
    let texts = [inquiry::serial_number(bytes), inquiry::manufacturer_serial(bytes)];
    texts.into_iter().flatten().for_each(|text| within(bytes, text.len()));
    if let Ok(pages) = inquiry::supported_pages(bytes) {
        within(bytes, pages.len());
    }
    if let Ok(names) = inquiry::designators(bytes) {
        within(bytes, names.iter().map(|name| name.bytes.len() + 4).sum());
    }
}

fn modes(bytes: &[u8]) {
    for data in [ModeData::read_6(bytes), ModeData::read_10(bytes)].into_iter().flatten() {
        within(bytes, data.pages.iter().map(|page| page.bytes.len()).sum());
    }
    let _ = mode_changer::ElementAddresses::read(bytes);
    let _ = mode_changer::Capabilities::read(bytes);
    let _ = mode_changer::can_rotate(bytes);
    let _ = tape::MediumConfiguration::read(bytes);
}

fn logs(bytes: &[u8]) {
    let _ = log::supported_pages(bytes);
    let _ = log::tape_alerts(bytes);
    let _ = log::wants_cleaning(bytes);
    let _ = log::tape_capacity(bytes);
    let _ = DeviceStatistics::read(bytes);
    let _ = VolumeStatistics::read(bytes);
}

fn lists(bytes: &[u8]) {
    if let Ok((_, found)) = luns(bytes) {
        within(bytes, found.len() * 8);
    }
    if let Ok(found) = supported_commands(bytes) {
        within(bytes, found.len() * 8);
    }
    if let Ok(keys) = reservation::keys(bytes) {
        within(bytes, keys.len() * 8);
    }
    if let Ok(found) = reservation::registrants(bytes) {
        within(bytes, found.len() * 24);
    }
    let _ = reservation::reserved(bytes);
}

fn elements(bytes: &[u8]) {
    let Ok(report) = ElementStatusReport::read(bytes) else { return };
    let count: usize = report.pages().map(|page| page.elements().count()).sum();
    within(bytes, count);
}

fn media(bytes: &[u8]) {
    let _ = tape::BlockLengths::read(bytes);
    let _ = tape::CartridgeMemory::read(bytes);
    let _ = tape::ShortPosition::read(bytes);
    let _ = tape::LongPosition::read(bytes);
    within(bytes, tape::densities(bytes).len());
    let _ = disk::Sectors::read_10(bytes);
    let _ = disk::Sectors::read_16(bytes);
    let _ = disk::current_profile(bytes);
}
