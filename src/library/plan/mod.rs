//! Who of those that wait goes on: decided from plain data, without catalog or devices.
//!
//! Drives and what is wanted go in, in the order of the queue; what is to be done comes out. A call
//! gets a drive for each of its media or nothing, and one that can get nothing does not hold up
//! those behind it. Nobody is asked for when no drive is left.

mod drives;

use std::collections::HashSet;

use crate::model::Timestamp;
pub(crate) use drives::{Bay, Choice, Drives, Use};

/// A drive, and what is to happen in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Claim {
    pub(crate) drive: i64,
    pub(crate) way: Way,
}

/// How the cartridge gets into the drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Way {
    /// It is there, with the right side up.
    InPlace,
    /// It is there, with the wrong side up.
    Turn,
    /// It is in this slot; another medium that is in the drive goes home first.
    Fetch { slot: i64, evicting: Option<i64> },
    /// It was left in this other drive, and goes home first, as does what is in its own.
    Transfer { from: i64, evicting: Option<i64> },
}

/// Where a cartridge is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    /// In a slot, in reach of a changer.
    Slot { slot: i64, changer: i64 },
    /// In a drive, with the wanted side up or another.
    Drive { drive: i64, is_up: bool },
}

/// A cartridge that is to come up, and is nobody's now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// Whoever wants it knows it by this.
    pub(crate) request: i64,
    /// None while it is not known.
    pub(crate) medium: Option<i64>,
    pub(crate) spot: Spot,
    /// The only drive that will do.
    pub(crate) named: Option<i64>,
    /// The drives that are reserved for whoever wants it.
    pub(crate) own: Vec<i64>,
    /// Drives in which it has failed, and until when it is not tried there if there is another.
    pub(crate) avoided: Vec<(i64, Timestamp)>,
}

impl Wanted {
    fn can_choose(&self) -> bool {
        self.named.is_none() && matches!(self.spot, Spot::Slot { .. })
    }
}

/// Something that is to be done now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Grant {
    pub(crate) request: i64,
    pub(crate) medium: Option<i64>,
    pub(crate) claim: Claim,
}

/// Whether a drive can be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Having {
    Now(Claim),
    /// The medium or every drive is taken. Later it may be different; at this time it is, if
    /// nothing happens before.
    Wait(Option<Timestamp>),
}

/// What a look at those who wait has come to so far.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) drives: Drives,
    pub(crate) grants: Vec<Grant>,
    /// When another look may come to something else, if nothing happens before.
    pub(crate) until: Option<Timestamp>,
    moving: HashSet<i64>,
    /// Some call got nothing, or would have.
    is_refused: bool,
}

impl Plan {
    pub(crate) fn new(drives: Drives) -> Self {
        Self { drives, grants: Vec::new(), until: None, moving: HashSet::new(), is_refused: false }
    }

    /// Goes through calls in their order, as far as there are drives. A call that wants what cannot
    /// be had whatever drives are free is none.
    pub(crate) fn go_through<C: AsRef<[Wanted]>, E>(
        &mut self,
        calls: impl IntoIterator<Item = Result<Option<C>, E>>,
    ) -> Result<(), E> {
        let mut calls = calls.into_iter();
        while !self.drives.are_all_taken() {
            match calls.next() {
                Some(call) => {
                    if let Some(call) = call? {
                        self.is_refused |= !self.offer(call.as_ref());
                    }
                }
                None => return Ok(()),
            }
        }
        // Whoever is left was not asked.
        self.is_refused = true;
        Ok(())
    }

    /// Whether whoever waits for a drive may have got none, and some changer reaches none that is
    /// left over.
    pub(crate) fn is_short(&self) -> bool {
        self.is_refused && !self.drives.are_left_over()
    }

    /// Takes a drive for each cartridge of a call, or none; says whether it did.
    pub(crate) fn offer(&mut self, call: &[Wanted]) -> bool {
        let before = self.grants.len();
        let mut taken = Vec::new();
        // Those that have no choice choose first, then those that have less.
        let mut in_turn: Vec<&Wanted> = call.iter().collect();
        in_turn.sort_by_key(|wanted| (wanted.can_choose(), wanted.avoided.is_empty()));
        for wanted in in_turn {
            match self.having(wanted) {
                Having::Now(claim) => {
                    taken.extend(self.take(claim));
                    self.moving.extend(wanted.medium);
                    let (request, medium) = (wanted.request, wanted.medium);
                    self.grants.push(Grant { request, medium, claim });
                }
                Having::Wait(until) => {
                    self.until = self.until.into_iter().chain(until).min();
                    self.give_back(before, taken);
                    return false;
                }
            }
        }
        true
    }

    fn take(&mut self, claim: Claim) -> Vec<(i64, Use)> {
        let from = match claim.way {
            Way::Transfer { from, .. } => Some(from),
            Way::InPlace | Way::Turn | Way::Fetch { .. } => None,
        };
        let drives = [claim.drive].into_iter().chain(from);
        drives.filter_map(|drive| Some((drive, self.drives.take(drive)?))).collect()
    }

    fn give_back(&mut self, before: usize, taken: Vec<(i64, Use)>) {
        for grant in self.grants.drain(before..) {
            if let Some(medium) = grant.medium {
                self.moving.remove(&medium);
            }
        }
        taken.into_iter().for_each(|(drive, used)| self.drives.put_back(drive, used));
    }

    /// How a cartridge could come up now. Takes nothing.
    fn having(&self, wanted: &Wanted) -> Having {
        if wanted.medium.is_some_and(|medium| self.moving.contains(&medium)) {
            return Having::Wait(None);
        }
        let own = wanted.own.as_slice();
        match (wanted.spot, wanted.named) {
            (Spot::Drive { drive, is_up }, named) => {
                let left = self.drives.left_in(drive, own);
                if left.is_none() || left != wanted.medium {
                    return Having::Wait(None);
                }
                let Some(other) = named.filter(|named| *named != drive) else {
                    let way = if is_up { Way::InPlace } else { Way::Turn };
                    return Having::Now(Claim { drive, way });
                };
                let choice = self.drives.choose_named(other, own);
                having(choice, |evicting| Way::Transfer { from: drive, evicting })
            }
            (Spot::Slot { slot, .. }, Some(named)) => {
                let choice = self.drives.choose_named(named, own);
                having(choice, |evicting| Way::Fetch { slot, evicting })
            }
            (Spot::Slot { slot, changer }, None) => {
                let choice = self.drives.choose(changer, own, &wanted.avoided);
                having(choice, |evicting| Way::Fetch { slot, evicting })
            }
        }
    }
}

fn having(choice: Choice, way: impl FnOnce(Option<i64>) -> Way) -> Having {
    match choice {
        Choice::Drive(drive, evicting) => Having::Now(Claim { drive, way: way(evicting) }),
        Choice::Wait(until) => Having::Wait(until),
    }
}
