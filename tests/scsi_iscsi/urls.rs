//! What is a URL and what is none.

use rsm::device::scsi::{IscsiOptions, IscsiUrl, TransportErrorKind};

use super::url;

#[test]
fn a_url_names_a_portal_a_target_and_a_unit() {
    let whole = url("iscsi://vault:3261/iqn.2026-11.example:lib/7");
    assert_eq!((whole.host(), whole.port()), ("vault", 3261));
    assert_eq!((whole.target(), whole.unit()), (Some("iqn.2026-11.example:lib"), Some(7)));
    let target = url("iscsi://vault/iqn.2026-11.example:lib");
    assert_eq!((target.port(), target.unit()), (3260, None));
    assert_eq!(url("iscsi://vault").target(), None);
    assert_eq!(url("iscsi://vault/").target(), None);
    assert_eq!(target.with_unit(3).to_string(), "iscsi://vault:3260/iqn.2026-11.example:lib/3");
    let six = url("iscsi://[fe80::1]:99/t");
    assert_eq!((six.host(), six.port()), ("fe80::1", 99));
    assert_eq!(six.to_string(), "iscsi://[fe80::1]:99/t");
    assert_eq!(url("iscsi://[::1]").port(), 3260);
}

#[test]
fn a_secret_is_not_shown() {
    let secret = url("iscsi://robot%s3cr@et@vault/iqn.x/1");
    assert_eq!(secret.host(), "vault");
    let options = IscsiOptions::new().chap("robot", "s3cret").mutual_chap("vault", "s3cret");
    for shown in [format!("{secret}"), format!("{secret:?}"), format!("{options:?}")] {
        assert!(!shown.contains("s3cr"), "{shown}");
    }
}

#[test]
fn what_is_no_url_is_refused() {
    for text in [
        "",
        "vault",
        "http://vault/iqn",
        "iscsi://",
        "iscsi:///iqn.x/1",
        "iscsi://vault:0/iqn.x",
        "iscsi://vault:port/iqn.x",
        "iscsi://vault:99999/iqn.x",
        "iscsi://vault/iqn.x/one",
        "iscsi://vault/iqn.x/16384",
        "iscsi://vault/iqn.x/-1",
        "iscsi://vault//1",
        "iscsi://robot@vault/iqn.x/1",
        "iscsi://%secret@vault/iqn.x/1",
        "iscsi://robot%@vault/iqn.x/1",
        "iscsi://va ult/iqn.x/1",
        "iscsi://vault/iqn\0.x/1",
        "iscsi://[::1/iqn.x/1",
        "iscsi://[::1]9/iqn.x/1",
    ] {
        assert!(text.parse::<IscsiUrl>().is_err(), "{text:?}");
    }
}

#[test]
fn a_url_without_a_unit_or_a_target_cannot_be_opened() {
    for text in ["iscsi://127.0.0.1:1", "iscsi://127.0.0.1:1/iqn.x"] {
        let error = IscsiOptions::new().open(&url(text)).unwrap_err();
        assert_eq!(error.kind(), TransportErrorKind::Gone);
    }
}
