//! Rules about requests to people and those who wait for them.

use super::{Rule, rule};
use crate::model::ObjectType::OperatorRequest;

const UNTOLD: &str = "SELECT r.id, '' FROM operator_request r \
     JOIN operator_request_wait w ON w.request = r.id \
     WHERE w.outcome IS NOT CASE WHEN r.finished IS NOT NULL THEN r.state END";
// The kinds of object are those that OperatorTask has for the kind of request.
const ARGUMENTS: &str = "SELECT r.id, 'kind ' || r.kind FROM operator_request r \
     WHERE (r.argument1_type = 0) <> (r.argument1 IS NULL) \
     OR (r.argument2_type = 0) <> (r.argument2 IS NULL) OR NOT CASE r.kind \
     WHEN 1 THEN r.argument1_type = 12 AND r.argument2_type IN (0, 9) \
     WHEN 2 THEN r.argument1_type IN (9, 16) AND r.argument2_type = 0 \
     WHEN 3 THEN r.argument1_type IN (5, 7, 9, 15) AND r.argument2_type = 0 \
     WHEN 4 THEN r.argument1_type = 15 AND r.argument2_type = 9 \
     WHEN 5 THEN r.argument1_type = 0 AND r.argument2_type = 0 ELSE 0 END";

pub(super) const RULES: &[Rule] = &[
    rule(
        "request",
        "a call that waits for the request was not told what became of it",
        OperatorRequest,
        UNTOLD,
    ),
    rule("request", "the request names objects that do not fit it", OperatorRequest, ARGUMENTS),
];
