//! Whether the label on a side is the one the catalog knows.

use crate::catalog::SideRow;
use crate::label::{Identified, LabelInfo};
use crate::model::Label;

/// What a label check says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// It is the recorded one, or there is none and none is recorded.
    Same,
    /// It is the free label that was being written when its record was lost.
    Pending(Label),
    /// A side without recorded label has one now.
    NowLabelled,
    /// It is another one, or gone.
    Different,
    /// It could not be read.
    Unreadable,
}

/// Compares what was read with the record.
pub(super) fn check(side: &SideRow, found: &Identified) -> Check {
    match (found, &side.label) {
        (Identified::ReadError, _) => Check::Unreadable,
        (Identified::Claimed(info), recorded) => {
            if recorded.as_ref().is_some_and(|label| is_same(label, info)) {
                Check::Same
            } else if is_pending(side, info) {
                Check::Pending(label_of(info))
            } else if recorded.is_none() {
                Check::NowLabelled
            } else {
                Check::Different
            }
        }
        (Identified::Blank | Identified::Unclaimed { .. }, None) => Check::Same,
        // A free label was about to be written over the recorded one when everything stopped.
        (Identified::Blank, Some(_)) if side.pending_label.is_some() => Check::Same,
        (Identified::Blank | Identified::Unclaimed { .. }, Some(_)) => Check::Different,
    }
}

fn is_pending(side: &SideRow, info: &LabelInfo) -> bool {
    info.is_free_label() && side.pending_label.as_deref() == Some(info.label_id())
}

/// Whether the label read is this one.
pub(super) fn is_same(label: &Label, info: &LabelInfo) -> bool {
    label.label_type == info.label_type() && label.label_id == info.label_id()
}

/// What was read, as it is recorded.
pub(crate) fn label_of(info: &LabelInfo) -> Label {
    Label::new(info.label_type(), info.label_id()).info(info.description())
}

/// Whether the label on this side of a record is the one read.
pub(super) fn is_label_of(side: &SideRow, info: &LabelInfo) -> bool {
    side.label.as_ref().is_some_and(|label| is_same(label, info)) || is_pending(side, info)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::label::{DataKind, FREE_LABEL_TYPE};
    use crate::model::{Id, SideId, SideState, Timestamp};

    fn side(label: Option<&str>, pending: Option<&[u8]>) -> SideRow {
        SideRow {
            key: 256,
            id: SideId::from_uuid(uuid::Uuid::from_u128(1)),
            grade: None,
            state: SideState::Allocated,
            allocate_count: 0,
            logical: None,
            mount_count: 0,
            capacity: 0,
            label: label.map(|id| Label::new("Acme", id)),
            pending_label: pending.map(<[u8]>::to_vec),
            name: None,
            description: String::new(),
            created: Timestamp::default(),
            modified: Timestamp::default(),
        }
    }

    fn acme(id: &str) -> Identified {
        Identified::Claimed(LabelInfo::new("Acme", id))
    }

    const UNCLAIMED: Identified = Identified::Unclaimed { hint: DataKind::Unknown };

    #[test]
    fn a_recorded_label_must_be_there() {
        let known = side(Some("1"), None);
        assert_eq!(check(&known, &acme("1")), Check::Same);
        assert_eq!(check(&known, &acme("2")), Check::Different);
        assert_eq!(check(&known, &Identified::Blank), Check::Different);
        assert_eq!(check(&known, &UNCLAIMED), Check::Different);
        assert_eq!(check(&known, &Identified::ReadError), Check::Unreadable);
    }

    #[test]
    fn without_a_record_there_must_be_no_label() {
        let unknown = side(None, None);
        assert_eq!(check(&unknown, &UNCLAIMED), Check::Same);
        assert_eq!(check(&unknown, &Identified::Blank), Check::Same);
        assert_eq!(check(&unknown, &acme("1")), Check::NowLabelled);
        assert_eq!(check(&unknown, &Identified::ReadError), Check::Unreadable);
    }

    #[test]
    fn a_free_label_that_was_being_written_counts() {
        let writing = side(Some("1"), Some(&[7; 16]));
        let free = Identified::Claimed(LabelInfo::new(FREE_LABEL_TYPE, [7; 16]));
        assert!(matches!(check(&writing, &free), Check::Pending(_)));
        assert_eq!(check(&writing, &acme("1")), Check::Same);
        assert_eq!(check(&writing, &Identified::Blank), Check::Same);
        let other = Identified::Claimed(LabelInfo::new(FREE_LABEL_TYPE, [8; 16]));
        assert_eq!(check(&writing, &other), Check::Different);
    }
}
