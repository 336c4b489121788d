//! Rules about media, their sides and the logical media on them.

use super::{Rule, rule};
use crate::model::ObjectType::{LogicalMedia, PhysicalMedia, Side, Unknown};

const SIDE_POOL: &str = "SELECT s.id, '' FROM side s JOIN medium m ON m.key = s.key >> 8 \
     WHERE s.pool <> m.pool";
const SIDE_LIBRARY: &str = "SELECT s.id, '' FROM side s JOIN medium m ON m.key = s.key >> 8 \
     WHERE s.library <> m.library";
const LOGICAL_STATE: &str = "SELECT id, 'state ' || state FROM side \
     WHERE (logical IS NOT NULL) <> (state IN (5, 6))";
const LOGICAL_PARTS: &str = "SELECT id, '' FROM side \
     WHERE (logical IS NOT NULL) <> (logical_name IS NOT NULL) \
     OR (logical IS NOT NULL) <> (logical_description IS NOT NULL) \
     OR (logical IS NOT NULL) <> (logical_created IS NOT NULL) \
     OR (logical IS NOT NULL) <> (logical_modified IS NOT NULL)";
const LOGICAL_TWICE: &str = "SELECT logical, count(*) || ' sides' FROM side \
     WHERE logical IS NOT NULL GROUP BY logical HAVING count(*) > 1";
// The last five bytes of an id are the key it carries.
const FORWARD_MISSING: &str = "SELECT s.logical, '' FROM side s \
     LEFT JOIN logical_forward f ON f.side = s.key AND f.logical = s.logical \
     WHERE s.logical IS NOT NULL AND f.side IS NULL \
     AND substr(hex(s.logical), 23) <> printf('%010X', s.key & 1099511627775)";
const FORWARD_IDLE: &str = "SELECT f.logical, '' FROM logical_forward f \
     LEFT JOIN side s ON s.key = f.side AND s.logical = f.logical WHERE s.key IS NULL \
     OR substr(hex(f.logical), 23) = printf('%010X', f.side & 1099511627775)";
const SIDES: &str = "SELECT m.id, n.sides || ' sides, the last is ' || coalesce(n.last, 'none') \
     FROM medium m JOIN media_type t ON t.key = m.media_type \
     JOIN (SELECT m.key, count(s.key) AS sides, max(s.key & 255) AS last FROM medium m \
     LEFT JOIN side s ON s.key BETWEEN m.key * 256 AND m.key * 256 + 255 GROUP BY m.key) n \
     ON n.key = m.key WHERE n.sides <> t.sides OR n.last IS NOT t.sides - 1";
const SIDE_ALONE: &str =
    "SELECT id, '' FROM side s WHERE NOT EXISTS (SELECT 1 FROM medium m WHERE m.key = s.key >> 8)";
const TYPE_OF_POOL: &str = "SELECT m.id, '' FROM medium m JOIN pool p ON p.key = m.pool \
     WHERE p.media_type IS NOT NULL AND p.media_type <> m.media_type";
const STATE_IN_POOL: &str = "SELECT s.id, 'state ' || s.state || ' in a pool of type ' || p.type \
     FROM side s JOIN medium m ON m.key = s.key >> 8 JOIN pool p ON p.key = m.pool \
     WHERE NOT CASE p.type WHEN 1 THEN s.state IN (1, 2, 3, 4) WHEN 2 THEN s.state IN (0, 2, 7) \
     WHEN 3 THEN s.state IN (2, 8) WHEN 1000 THEN s.state IN (2, 3, 4, 5, 6, 8, 9) ELSE 0 END";
const RESERVED: &str = "SELECT s.id, '' FROM side s JOIN medium m ON m.key = s.key >> 8 \
     WHERE s.state = 9 AND (m.exclusive = 0 OR NOT EXISTS (SELECT 1 FROM side o \
     WHERE o.key BETWEEN m.key * 256 AND m.key * 256 + 255 AND o.state IN (5, 6)))";
const EXCLUSIVE: &str = "SELECT m.id, '' FROM medium m WHERE m.exclusive <> 0 \
     AND NOT EXISTS (SELECT 1 FROM side o \
     WHERE o.key BETWEEN m.key * 256 AND m.key * 256 + 255 AND o.state IN (5, 6))";
const RETURN_PENDING: &str = "SELECT m.id, '' FROM medium m JOIN pool p ON p.key = m.pool \
     WHERE m.return_pending <> 0 AND (p.type <> 1000 OR (m.state = 0 AND m.enabled <> 0))";
const NUMBERS: &str = "SELECT m.id, 'number ' || m.key FROM medium m \
     WHERE m.key >= (SELECT next_sequence FROM computer)";
const IDS: &str = "SELECT id, count(*) || ' objects' FROM (SELECT id FROM computer \
     UNION ALL SELECT id FROM media_type UNION ALL SELECT id FROM library \
     UNION ALL SELECT id FROM device_type UNION ALL SELECT id FROM changer UNION ALL SELECT id FROM slot \
     UNION ALL SELECT id FROM drive UNION ALL SELECT id FROM port UNION ALL SELECT id FROM pool \
     UNION ALL SELECT id FROM operator_request \
     UNION ALL SELECT id FROM medium UNION ALL SELECT id FROM side \
     UNION ALL SELECT DISTINCT logical FROM side WHERE logical IS NOT NULL) \
     GROUP BY id HAVING count(*) > 1";
const REFERENCES: &str = "SELECT NULL, \"table\" || ' ' || coalesce(rowid, '') || ' to ' || parent \
     FROM pragma_foreign_key_check";

pub(super) const RULES: &[Rule] = &[
    rule("I1", "the side is listed in another pool than its medium", Side, SIDE_POOL),
    rule("library", "the side is listed in another library than its medium", Side, SIDE_LIBRARY),
    rule("I2", "the state of the side and its logical medium disagree", Side, LOGICAL_STATE),
    rule("I2", "the logical medium on the side is not whole", Side, LOGICAL_PARTS),
    rule("I2", "the logical medium is on more than one side", LogicalMedia, LOGICAL_TWICE),
    rule("forward", "the logical medium cannot be found by its id", LogicalMedia, FORWARD_MISSING),
    rule(
        "forward",
        "an entry that leads to no logical medium, or that none needs",
        LogicalMedia,
        FORWARD_IDLE,
    ),
    rule("I4", "the medium has not the sides of its type", PhysicalMedia, SIDES),
    rule("I4", "the side belongs to no medium", Side, SIDE_ALONE),
    rule("I5", "the medium is of another type than its pool", PhysicalMedia, TYPE_OF_POOL),
    rule("I7", "the side is in a state that its pool does not permit", Side, STATE_IN_POOL),
    rule("I8", "the side is Reserved for nobody", Side, RESERVED),
    rule("I9", "the medium is held whole by nobody", PhysicalMedia, EXCLUSIVE),
    rule(
        "return",
        "the medium should have returned to the free pool, or not wait for that",
        PhysicalMedia,
        RETURN_PENDING,
    ),
    rule("I18", "the number of the medium can be given again", PhysicalMedia, NUMBERS),
    rule("I18", "the id belongs to more than one object", Unknown, IDS),
    rule("reference", "a row refers to one that does not exist", Unknown, REFERENCES),
];
