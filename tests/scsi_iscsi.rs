//! iSCSI from user space, against tgt.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(missing_docs)]

#[path = "support/tgt.rs"]
mod tgt;

#[cfg(not(feature = "iscsi"))]
#[test]
fn iscsi() {
    tgt::left_out(
        "it needs --features iscsi, libiscsi (Debian: libiscsi-dev), tgt, RSM_TEST_TGT=1",
    );
}

#[cfg(feature = "iscsi")]
#[path = "support/backup_on_device.rs"]
mod backup_on_device;

#[cfg(feature = "iscsi")]
#[path = "support/iscsi_proxy.rs"]
mod iscsi_proxy;

#[cfg(feature = "iscsi")]
#[path = "support/until.rs"]
mod until;

#[cfg(feature = "iscsi")]
#[path = "scsi_iscsi/mod.rs"]
mod iscsi;
