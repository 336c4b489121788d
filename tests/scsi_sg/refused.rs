//! What is no device. This needs no guest.

use rsm::device::scsi::{SgTransport, TransportErrorKind};

#[test]
fn what_is_no_scsi_device_is_not_opened() {
    for path in ["/dev/null", "/dev/no-such-node", "/dev", "/proc/self/exe", ""] {
        let error = SgTransport::open(path).unwrap_err();
        assert!(
            matches!(error.kind(), TransportErrorKind::Gone | TransportErrorKind::Denied),
            "{path}: {error}"
        );
    }
}
