//! Rules about requests to people and those who wait for them.

use super::{Rule, rule};
use crate::model::ObjectType::{LibraryRequest, OperatorRequest, PhysicalMedia, Side};

const UNTOLD: &str = "SELECT r.id, '' FROM operator_request r \
     JOIN operator_request_wait w ON w.request = r.id \
     WHERE w.outcome IS NOT CASE WHEN r.finished IS NOT NULL THEN r.state END";
// The kinds of object are those that OperatorTask has for the kind of request.
const ARGUMENTS: &str = "SELECT r.id, 'kind ' || r.kind FROM operator_request r \
     WHERE (r.argument1_type = 0) <> (r.argument1 IS NULL) \
     OR (r.argument2_type = 0) <> (r.argument2 IS NULL) OR NOT CASE r.kind \
     WHEN 1 THEN r.argument1_type = 12 AND r.argument2_type IN (0, 9) \
     WHEN 2 THEN r.argument1_type IN (9, 16) AND r.argument2_type = 0 \
     WHEN 3 THEN r.argument1_type IN (4, 5, 7, 9, 15) AND r.argument2_type = 0 \
     WHEN 4 THEN r.argument1_type = 15 AND r.argument2_type = 9 \
     WHEN 5 THEN r.argument1_type = 0 AND r.argument2_type = 0 ELSE 0 END";

// Nobody waits for what is to be taken out: its target is the offline library.
const UNASKED: &str = "SELECT r.id, '' FROM operator_request r WHERE r.origin = 2 \
     AND r.finished IS NULL AND r.kind = 4 \
     AND r.argument2 <> (SELECT id FROM library WHERE type = 1) AND NOT EXISTS (SELECT 1 FROM library_request l \
     WHERE l.operator_request = r.id AND l.completed IS NULL)";
const AWAITED: &str = "SELECT m.id, '' FROM medium m WHERE m.state = 6 AND NOT EXISTS \
     (SELECT 1 FROM library_request l WHERE l.medium = m.id AND l.completed IS NULL \
     AND l.operation = 17 AND l.operator_request IS NOT NULL)";
const LABELS: &str = "SELECT l.id, '' FROM library_request l LEFT JOIN side s ON s.id = l.side \
     WHERE l.operation = 18 AND l.completed IS NULL \
     AND (s.state IS NOT 1 OR s.library IS NOT l.library)";
const PUT_OFF: &str = "SELECT s.id, '' FROM label_not_asked n JOIN side s ON s.key = n.side \
     WHERE s.state <> 1";
const DEFERRED: &str = "SELECT l.id, '' FROM library_request l \
     LEFT JOIN medium m ON m.id = l.medium WHERE l.state = 6 AND m.drive IS NULL";

const UNNEEDED: &str = "SELECT m.request, m.destination FROM ui_message m WHERE m.state <> 2 \
     AND m.work = 0 AND NOT EXISTS (SELECT 1 FROM operator_request r WHERE r.id = m.request \
     AND r.finished IS NULL)";
const FORGOTTEN: &str = "SELECT m.request, m.destination FROM ui_message m WHERE m.work = 1 \
     AND NOT EXISTS (SELECT 1 FROM library_request l WHERE l.id = m.request)";

pub(super) const RULES: &[Rule] = &[
    rule("request", "nobody waits for what an operator is asked", OperatorRequest, UNASKED),
    rule("request", "nobody waits for the medium as its state says", PhysicalMedia, AWAITED),
    rule("request", "a free label is asked for where none is missing", LibraryRequest, LABELS),
    rule("request", "a free label is put off where none is missing", Side, PUT_OFF),
    rule("request", "the medium of a deferred dismount is in no drive", LibraryRequest, DEFERRED),
    rule(
        "request",
        "a call that waits for the request was not told what became of it",
        OperatorRequest,
        UNTOLD,
    ),
    rule("request", "people are told of what nobody needs", OperatorRequest, UNNEEDED),
    rule("request", "people are told of work that is forgotten", LibraryRequest, FORGOTTEN),
    rule("request", "the request names objects that do not fit it", OperatorRequest, ARGUMENTS),
];
