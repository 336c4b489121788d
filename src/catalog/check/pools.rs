//! Rules about pools and about counters.

use super::{Rule, rule};
use crate::model::ObjectType::{Library, MediaPool, MediaType, PhysicalMedia};

const MEDIA_WITHOUT_TYPE: &str = "SELECT m.id, '' FROM medium m JOIN pool p ON p.key = m.pool \
     WHERE p.media_type IS NULL";
const POOL_BELOW_MEDIA: &str = "SELECT c.id, '' FROM pool c JOIN pool p ON p.key = c.parent \
     WHERE p.media_type IS NOT NULL";
const ROOTS: &str = "SELECT id, '' FROM pool WHERE (parent IS NULL) <> (key = 1)";
const UNREACHABLE: &str = "WITH RECURSIVE below (key) AS (SELECT 1 UNION \
     SELECT p.key FROM pool p JOIN below b ON p.parent = b.key) \
     SELECT id, '' FROM pool WHERE key NOT IN (SELECT key FROM below)";
const SYSTEM_ROOTS: &str = "SELECT NULL, 'pool type ' || k.column1 FROM (VALUES (1), (2), (3)) k \
     WHERE (SELECT count(*) FROM pool WHERE parent = 1 AND type = k.column1 \
     AND media_type IS NULL) <> 1";
const SYSTEM_POOLS: &str = "SELECT t.id, 'pool type ' || k.column1 FROM (VALUES (1), (2), (3)) k \
     JOIN media_type t WHERE t.key IN (SELECT media_type FROM library_media_type) \
     AND NOT EXISTS (SELECT 1 FROM pool p JOIN pool r ON r.key = p.parent \
     WHERE p.type = k.column1 AND p.media_type = t.key AND r.parent = 1 AND r.type = p.type)";
const MEDIA_COUNT: &str = "SELECT id, media_count || ' instead of ' || found FROM (SELECT p.*, \
     (SELECT count(*) FROM medium m WHERE m.pool = p.key) AS found FROM pool p) \
     WHERE media_count <> found";
const LOGICAL_COUNT: &str = "SELECT p.id, p.logical_count || ' instead of ' || \
     coalesce(n.found, 0) FROM pool p LEFT JOIN (SELECT m.pool, count(s.logical) AS found \
     FROM side s JOIN medium m ON m.key = s.key >> 8 GROUP BY m.pool) n ON n.pool = p.key \
     WHERE p.logical_count <> coalesce(n.found, 0)";
const POOL_COUNT: &str = "SELECT id, pool_count || ' instead of ' || found FROM (SELECT p.*, \
     (SELECT count(*) FROM pool c WHERE c.parent = p.key) AS found FROM pool p) \
     WHERE pool_count <> found";
const LIBRARY_COUNT: &str = "SELECT id, media_count || ' instead of ' || found FROM (SELECT l.*, \
     (SELECT count(*) FROM medium m WHERE m.library = l.key) AS found FROM library l) \
     WHERE media_count <> found";

pub(super) const RULES: &[Rule] = &[
    rule("I6", "the medium is in a pool without media type", PhysicalMedia, MEDIA_WITHOUT_TYPE),
    rule("I6", "the pool is below one that holds media", MediaPool, POOL_BELOW_MEDIA),
    rule("I16", "the pool has no parent, or is a root that has one", MediaPool, ROOTS),
    rule("I16", "the pool cannot be reached from the root", MediaPool, UNREACHABLE),
    rule("I16", "there is not one system root of this kind", MediaPool, SYSTEM_ROOTS),
    rule(
        "I16",
        "the media type is listed by a library and lacks a system pool",
        MediaType,
        SYSTEM_POOLS,
    ),
    rule("I17", "the pool counts its media wrongly", MediaPool, MEDIA_COUNT),
    rule("I17", "the pool counts its logical media wrongly", MediaPool, LOGICAL_COUNT),
    rule("I17", "the pool counts its pools wrongly", MediaPool, POOL_COUNT),
    rule("I17", "the library counts its media wrongly", Library, LIBRARY_COUNT),
];
