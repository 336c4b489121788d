//! The faults that are still to come.

use super::fault_rates::Chances;
use super::faults::{Fault, Occasion};

/// Those that were planned, in that order, and those that come by chance.
#[derive(Debug, Default)]
pub(super) struct FaultPlan {
    planned: Vec<Planned>,
    pub(super) chances: Option<Chances>,
    /// How many verbs still find nobody, after the power was lost.
    pub(super) dark: u32,
}

#[derive(Debug)]
struct Planned {
    fault: Fault,
    /// How often it happens yet; `None` for always.
    left: Option<u32>,
    /// How many occasions go well before it happens.
    wait: u32,
}

impl FaultPlan {
    pub(super) fn by_chance(chances: Option<Chances>) -> Self {
        Self { chances, ..Self::default() }
    }

    pub(super) fn add(&mut self, fault: Fault, left: Option<u32>) {
        if left != Some(0) {
            self.planned.push(Planned { fault, left, wait: patience(&fault) });
        }
    }

    /// Nothing more is to go wrong, neither by plan nor by chance.
    pub(super) fn clear(&mut self) {
        *self = Self { dark: self.dark, ..Self::default() };
    }

    /// What goes wrong on this occasion: the first fault that waits for it, or what chance brings.
    pub(super) fn take(&mut self, occasion: Occasion) -> Option<Fault> {
        let mut due = None;
        for (index, planned) in self.planned.iter_mut().enumerate() {
            if planned.fault.occasion() != occasion {
                continue;
            }
            if planned.wait > 0 {
                planned.wait -= 1;
                continue;
            }
            planned.wait = patience(&planned.fault);
            planned.left = planned.left.map(|left| left.saturating_sub(1));
            due = Some((index, planned.fault, planned.left == Some(0)));
            break;
        }
        let Some((index, fault, is_last)) = due else {
            return self.chances.as_mut()?.draw(occasion);
        };
        if is_last {
            self.planned.remove(index);
        }
        Some(fault)
    }

    /// Whether the bar code of any cartridge can go wrong.
    pub(super) fn scans_fail(&self) -> bool {
        let planned = self.planned.iter().map(|planned| planned.fault.occasion());
        self.chances.as_ref().is_some_and(Chances::scans_fail)
            || planned.into_iter().any(|occasion| matches!(occasion, Occasion::Scan(_)))
    }
}

fn patience(fault: &Fault) -> u32 {
    match fault {
        Fault::PowerLoss { after, .. } => *after,
        _ => 0,
    }
}
