//! Reading and writing tapes over SCSI, against tgt.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(missing_docs)]

#[path = "support/tgt.rs"]
mod tgt;

#[cfg(not(feature = "iscsi"))]
#[test]
fn tapes() {
    tgt::left_out(
        "it needs --features iscsi, libiscsi (Debian: libiscsi-dev), tgt, RSM_TEST_TGT=1",
    );
}

#[cfg(feature = "iscsi")]
#[path = "support/verbs.rs"]
mod verbs;

#[cfg(feature = "iscsi")]
#[path = "scsi_tape_tgt/tapes.rs"]
mod tapes;
