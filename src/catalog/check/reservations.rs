//! Rules about drives that sessions keep for themselves.

use super::{Rule, rule};
use crate::model::ObjectType::Drive;

const MOUNTED_BY_ANOTHER: &str = "SELECT d.id, '' FROM drive_reservation r \
     JOIN drive d ON d.key = r.drive JOIN mount n ON n.drive = r.drive WHERE r.ended IS NULL \
     AND (n.process <> r.process OR n.session <> r.session)";
const OUT_OF_SERVICE: &str = "SELECT d.id, 'state ' || d.operational_state \
     FROM drive_reservation r JOIN drive d ON d.key = r.drive JOIN library l ON l.key = d.library \
     WHERE r.ended IS NULL AND (d.enabled = 0 OR l.enabled = 0 OR d.operational_state = 21 \
     OR l.operational_state = 21)";
const STILL_WAITS: &str = "SELECT d.id, '' FROM drive_reservation r \
     JOIN drive d ON d.key = r.drive JOIN drive_wait w ON w.id = r.id";
const WAITS_ELSEWHERE: &str = "SELECT d.id, '' FROM drive_wait w JOIN drive d ON d.key = w.drive \
     WHERE d.library <> w.library";

pub(super) const RULES: &[Rule] = &[
    rule("reservation", "another session has a medium mounted there", Drive, MOUNTED_BY_ANOTHER),
    rule("reservation", "a drive that cannot be used is kept", Drive, OUT_OF_SERVICE),
    rule("reservation", "a call waits for the drive it has", Drive, STILL_WAITS),
    rule("reservation", "a call waits for the drive of another library", Drive, WAITS_ELSEWHERE),
];
