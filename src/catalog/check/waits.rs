//! Rules about allocations that wait, and their operator requests.

use super::{Rule, rule};
use crate::model::ObjectType::{MediaPool, OperatorRequest};

// Origin 1: made by a waiting allocation. Pool 0: the call can be given nothing any more.
const NOBODY_WAITS: &str = "SELECT r.id, 'state ' || r.state FROM operator_request r \
     WHERE r.origin = 1 AND r.finished IS NULL AND NOT EXISTS (SELECT 1 FROM allocation_wait w \
     WHERE w.request = r.id AND w.side IS NULL AND w.pool <> 0)";
const NOBODY_ASKED: &str = "SELECT w.request, 'wait ' || w.key FROM allocation_wait w \
     WHERE w.pool <> 0 AND NOT EXISTS (SELECT 1 FROM operator_request r \
     WHERE r.id = w.request AND r.origin = 1 AND r.kind = 1)";
const GIVEN_UNASKED: &str = "SELECT r.id, 'state ' || r.state FROM allocation_wait w \
     JOIN operator_request r ON r.id = w.request WHERE w.side IS NOT NULL AND r.state <> 5";
const NO_POOL: &str = "SELECT p.id, 'wait ' || w.key FROM allocation_wait w \
     LEFT JOIN pool p ON p.key = w.pool WHERE w.pool <> 0 AND w.side IS NULL \
     AND (p.type IS NOT 1000 OR p.media_type IS NULL)";

pub(super) const RULES: &[Rule] = &[
    rule("I20", "the open request belongs to no waiting allocation", OperatorRequest, NOBODY_WAITS),
    rule("I20", "an allocation waits without a request", OperatorRequest, NOBODY_ASKED),
    rule(
        "I20",
        "an allocation has its side, and its request is not Complete",
        OperatorRequest,
        GIVEN_UNASKED,
    ),
    rule("wait", "an allocation waits for a side of a pool that has none", MediaPool, NO_POOL),
];
