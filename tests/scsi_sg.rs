//! `/dev/sg*` of Linux, inside the virtual machine of `tests/real/vm`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(missing_docs)]
#![cfg(target_os = "linux")]

#[path = "support/backup_on_device.rs"]
mod backup_on_device;
#[path = "support/life_cycle.rs"]
mod life_cycle;
#[path = "scsi_sg/mod.rs"]
mod sg;
#[path = "support/until.rs"]
mod until;
