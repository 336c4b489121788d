//! Rules about where media are, and about slots, drives and mounts.

use super::{Rule, rule};
use crate::model::ObjectType::{Drive, Library, PhysicalMedia, StorageSlot};

const OFFLINE: &str = "SELECT m.id, 'state ' || m.state FROM medium m \
     JOIN library l ON l.key = m.library WHERE l.type = 1 AND (m.slot IS NOT NULL \
     OR m.drive IS NOT NULL OR m.port IS NOT NULL OR m.state NOT IN (0, 6) \
     OR m.mounted_side IS NOT NULL)";
const ELSEWHERE: &str = "SELECT m.id, '' FROM medium m LEFT JOIN slot s ON s.key = m.slot \
     LEFT JOIN drive d ON d.key = m.drive LEFT JOIN port p ON p.key = m.port \
     WHERE coalesce(s.library, d.library, p.library, m.library) <> m.library";
const SLOT_OF_MEDIUM: &str = "SELECT m.id, 'slot state ' || s.state FROM medium m \
     JOIN slot s ON s.key = m.slot WHERE s.state NOT IN (1, 4)";
const FULL_SLOT: &str = "SELECT s.id, '' FROM slot s JOIN library l ON l.key = s.library \
     WHERE s.state = 1 AND s.cleaner = 0 AND s.key IS NOT l.cleaner_slot \
     AND NOT EXISTS (SELECT 1 FROM medium m WHERE m.slot = s.key)";
const DRIVE_OF_MEDIUM: &str = "SELECT m.id, 'drive state ' || d.state FROM medium m \
     JOIN drive d ON d.key = m.drive WHERE d.state NOT IN (1, 2, 5, 7)";
const OCCUPIED_DRIVE: &str = "SELECT d.id, 'state ' || d.state FROM drive d \
     WHERE d.saved_side IS NOT NULL AND (d.state NOT IN (1, 2, 5, 7) \
     OR NOT EXISTS (SELECT 1 FROM medium m WHERE m.drive = d.key AND m.key = d.saved_side >> 8))";
const MOUNTED_SIDE: &str = "SELECT m.id, 'state ' || m.state FROM medium m \
     JOIN media_type t ON t.key = m.media_type WHERE (m.state IN (2, 3) \
     AND (m.mounted_side IS NULL OR m.drive IS NULL)) OR m.mounted_side >= t.sides";
const MOUNT: &str = "SELECT m.id, 'medium state ' || m.state || ', drive state ' || d.state \
     FROM mount n JOIN medium m ON m.key = n.medium JOIN drive d ON d.key = n.drive \
     WHERE m.drive IS NOT n.drive OR m.mounted_side IS NOT (n.side & 255) \
     OR n.side >> 8 <> n.medium OR m.state NOT IN (2, 3) OR d.state NOT IN (1, 2) \
     OR d.saved_side IS NOT n.side OR n.handles < 0";

const CLEANER_SLOT: &str = "SELECT l.id, '' FROM library l \
     LEFT JOIN slot s ON s.key = l.cleaner_slot \
     WHERE (l.cleaner_slot IS NOT NULL AND s.library IS NOT l.key) \
     OR (l.cleaner_slot IS NULL AND l.flags & 2)";

pub(super) const RULES: &[Rule] = &[
    rule("I12", "the medium is offline and yet somewhere or in use", PhysicalMedia, OFFLINE),
    rule(
        "I12",
        "the medium is in a slot, drive or port of another library",
        PhysicalMedia,
        ELSEWHERE,
    ),
    rule("I13", "the medium is in a slot that is not full", PhysicalMedia, SLOT_OF_MEDIUM),
    rule("I13", "the slot is full of nothing", StorageSlot, FULL_SLOT),
    rule("I14", "the medium is in a drive that is empty", PhysicalMedia, DRIVE_OF_MEDIUM),
    rule("I14", "the drive is said to hold a medium that is not in it", Drive, OCCUPIED_DRIVE),
    rule(
        "I15",
        "the medium is up in a drive, and not exactly one side of it",
        PhysicalMedia,
        MOUNTED_SIDE,
    ),
    rule("cleaner", "the cleaner has no slot, or one of another library", Library, CLEANER_SLOT),
    rule("mount", "a mount disagrees with its medium or drive", PhysicalMedia, MOUNT),
];
