//! The devices of this computer, Linux.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::Discovery;
use crate::device::scsi::SgTransport;

const NODES: &str = "/sys/class/scsi_generic";

/// The changers and drives of this computer: what has a node `/dev/sg*` and is a changer, a tape
/// drive, an optical drive or a drive of removable disks. Other disks are not opened.
///
/// Nodes that this process may not open, and devices that do not answer, are among the
/// [failures](Discovery::failures). Without the SCSI generic driver nothing is found.
pub fn host() -> Discovery {
    let mut found = Discovery::default();
    for node in nodes() {
        match SgTransport::open(&node) {
            Ok(transport) => found.ask(Arc::new(transport)),
            Err(error) => found.cannot_be_asked(node.display().to_string(), error),
        }
    }
    found
}

/// The nodes of such devices, by their numbers.
fn nodes() -> Vec<PathBuf> {
    let entries = fs::read_dir(NODES).into_iter().flatten().filter_map(Result::ok);
    let mut numbers: Vec<u32> = entries
        .filter(|entry| is_of_use(&entry.path().join("device")))
        .filter_map(|entry| entry.file_name().to_str()?.strip_prefix("sg")?.parse().ok())
        .collect();
    numbers.sort_unstable();
    numbers.into_iter().map(|number| PathBuf::from(format!("/dev/sg{number}"))).collect()
}

fn is_of_use(device: &Path) -> bool {
    match text(&device.join("type")).as_str() {
        "1" | "5" | "7" | "8" => true,
        "0" => has_removable_disks(device),
        _ => false,
    }
}

fn has_removable_disks(device: &Path) -> bool {
    let disks = fs::read_dir(device.join("block")).into_iter().flatten().filter_map(Result::ok);
    disks.into_iter().any(|disk| text(&disk.path().join("removable")) == "1")
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_default().trim().to_owned()
}
