//! Rules about attributes.

use super::{Rule, rule};
use crate::model::ObjectType::Unknown;

const OF_NOTHING: &str = "SELECT a.object, a.name FROM attribute a WHERE a.object NOT IN ( \
     SELECT id FROM medium UNION ALL SELECT id FROM side \
     UNION ALL SELECT logical FROM side WHERE logical IS NOT NULL \
     UNION ALL SELECT id FROM pool UNION ALL SELECT id FROM slot UNION ALL SELECT id FROM drive \
     UNION ALL SELECT id FROM library UNION ALL SELECT id FROM media_type \
     UNION ALL SELECT id FROM changer UNION ALL SELECT id FROM port UNION ALL SELECT id FROM door \
     UNION ALL SELECT id FROM library_request UNION ALL SELECT id FROM operator_request \
     UNION ALL SELECT id FROM device_type UNION ALL SELECT id FROM computer)";

pub(super) const RULES: &[Rule] =
    &[rule("I22", "an attribute belongs to no object", Unknown, OF_NOTHING)];
