//! What processes say they have done, held against what the catalog holds.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, dead_code)]

use std::collections::{BTreeMap, BTreeSet};

use rsm::model::{
    AllocateRequest, Allocation, EnumerateOptions, Id, LogicalMediaId, ObjectType, PoolId, SideId,
};
use rsm::{Manager, Session};
use uuid::Uuid;

/// Random numbers that depend on nothing but the seed (SplitMix64).
pub struct Dice(pub u64);

impl Dice {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % limit as u64) as usize
    }
}

/// Allocates and deallocates at random, and tells each answer, and each release beforehand, until
/// `goes_on` says no. Returns how many calls were answered.
pub fn work(
    session: &Session,
    pool: PoolId,
    seed: u64,
    tell: impl Fn(&str),
    mut goes_on: impl FnMut() -> bool,
) -> usize {
    let (mut dice, mut held, mut answers) = (Dice(seed), Vec::<LogicalMediaId>::new(), 0);
    while goes_on() {
        answers += 1;
        if held.len() < 2 || (held.len() < 4 && dice.below(2) == 0) {
            match session.allocate_media(AllocateRequest::from(pool)) {
                Ok(allocation) => {
                    held.push(allocation.logical_media);
                    tell(&allocated(&allocation));
                }
                Err(error) => tell(&format!("error {:?}", error.kind())),
            }
        } else {
            let logical = held.swap_remove(dice.below(held.len()));
            tell(&format!("releasing {logical}"));
            match session.deallocate_media(logical) {
                Ok(()) => tell(&format!("released {logical}")),
                Err(error) => {
                    held.push(logical);
                    tell(&format!("kept {logical}"));
                    tell(&format!("error {:?}", error.kind()));
                }
            }
        }
    }
    answers
}

pub fn allocated(allocation: &Allocation) -> String {
    format!("allocated {} {}", allocation.logical_media, allocation.side)
}

/// What was acknowledged.
#[derive(Debug, Default)]
pub struct Ledger {
    /// Allocations that were acknowledged and not released.
    pub held: BTreeMap<LogicalMediaId, SideId>,
    /// Of these, those whose release has begun: they may be gone.
    pub going: BTreeSet<LogicalMediaId>,
    /// Releases that were acknowledged.
    pub gone: Vec<LogicalMediaId>,
    /// Errors that were told.
    pub errors: Vec<String>,
}

impl Ledger {
    /// Takes note of one line that [`work`] tells.
    pub fn note(&mut self, line: &str) {
        let words: Vec<&str> = line.split(' ').collect();
        let id = |text: &str| LogicalMediaId::from_uuid(Uuid::parse_str(text).expect("id"));
        match words.as_slice() {
            ["allocated", logical, side] => {
                let side = SideId::from_uuid(Uuid::parse_str(side).expect("id"));
                let other = self.held.insert(id(logical), side);
                assert_eq!(other, None, "a logical medium was given twice");
            }
            ["releasing", logical] => {
                self.going.insert(id(logical));
            }
            ["kept", logical] => {
                self.going.remove(&id(logical));
            }
            ["released", logical] => {
                self.going.remove(&id(logical));
                assert!(self.held.remove(&id(logical)).is_some(), "released what nobody had");
                self.gone.push(id(logical));
            }
            ["error", kind] => self.errors.push((*kind).to_owned()),
            _ => panic!("unknown line: {line}"),
        }
    }

    /// Everything acknowledged is in the catalog, no side has two owners, at most `unanswered`
    /// allocations are there that nobody was told of; these are released. The catalog breaks no
    /// rule.
    pub fn settle(&mut self, manager: &Manager, pool: PoolId, unanswered: usize) {
        assert_eq!(manager.check().expect("readable"), []);
        let session = manager.session("ledger").expect("session");
        let none = EnumerateOptions::empty();
        let found = session
            .enumerate(Some(pool.into()), ObjectType::LogicalMedia, none)
            .expect("logical media");
        let mut found: BTreeSet<LogicalMediaId> =
            found.into_iter().map(|id| LogicalMediaId::from_uuid(id.as_uuid())).collect();
        let going = std::mem::take(&mut self.going);
        let mut sides = BTreeSet::new();
        self.held.retain(|logical, side| {
            let is_there = found.remove(logical);
            assert!(is_there || going.contains(logical), "an allocation was lost: {logical}");
            if is_there {
                assert!(sides.insert(*side), "a side has two owners: {side}");
                let record = session.info(*side).expect("side");
                assert_eq!(record.logical_media, Some(*logical), "it is on another side");
            }
            is_there
        });
        for logical in self.gone.drain(..) {
            assert!(!found.contains(&logical), "a release was lost: {logical}");
        }
        assert!(found.len() <= unanswered, "{} calls nobody was told of", found.len());
        for logical in found {
            session.deallocate_media(logical).expect("nobody's");
        }
    }
}
