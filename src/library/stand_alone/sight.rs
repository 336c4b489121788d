//! What a look at a stand-alone drive means, given what the catalog knows.

/// What is to be found out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in crate::library) struct Look {
    /// The label is read even if nothing seems to have changed.
    pub(in crate::library) reads: bool,
    /// What was ejected and not taken is loaded again.
    pub(in crate::library) takes_back: bool,
}

impl Look {
    /// Only what has changed.
    pub(in crate::library) const POLL: Self = Self { reads: false, takes_back: false };
    /// People may have been there while nobody looked.
    pub(in crate::library) const START: Self = Self { reads: true, takes_back: false };
    /// Everything there is.
    pub(in crate::library) const FULL: Self = Self { reads: true, takes_back: true };

    /// A look that finds out what both do.
    pub(in crate::library) fn and(self, other: Self) -> Self {
        Self { reads: self.reads || other.reads, takes_back: self.takes_back || other.takes_back }
    }
}

/// What is in the drive.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Inside {
    Nothing,
    /// A cartridge that is not loaded: it can be taken, or loaded.
    Unloaded,
    /// A cartridge that is loaded, or that the drive cannot use.
    Loaded,
}

/// What the drive said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sight {
    pub(super) inside: Inside,
    /// The cartridge may be another one than before.
    pub(super) exchanged: bool,
}

/// What the catalog says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// The medium inside.
    pub(super) medium: Option<i64>,
    /// The drive could not load it.
    pub(super) is_unusable: bool,
    /// A session has it.
    pub(super) is_mounted: bool,
    /// The drive is said to hold something, known or not.
    pub(super) is_occupied: bool,
    /// What lies in the mouth of the drive was ejected.
    pub(super) is_out: bool,
}

/// What follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Conclusion {
    /// The catalog has it right.
    Same,
    /// Nothing is inside any more.
    Empty,
    /// The medium was ejected, and lies in the mouth.
    Ejected,
    /// What is inside must be read.
    Read,
}

/// Compares what was seen with what is known.
pub(super) fn conclude(known: &Known, sight: Sight, look: Look) -> Conclusion {
    match sight.inside {
        Inside::Nothing if known.medium.is_some() || known.is_occupied || known.is_out => {
            Conclusion::Empty
        }
        Inside::Nothing => Conclusion::Same,
        Inside::Unloaded if known.is_out && known.medium.is_none() && !look.takes_back => {
            Conclusion::Same
        }
        // It was being ejected when everything stopped.
        Inside::Unloaded if known.is_out => Conclusion::Read,
        Inside::Unloaded if known.is_unusable && !sight.exchanged && !look.reads => {
            Conclusion::Same
        }
        // Nobody but a person unloads what the manager did not.
        Inside::Unloaded if known.medium.is_some() && !sight.exchanged && !look.reads => {
            Conclusion::Ejected
        }
        Inside::Unloaded if known.is_mounted && !sight.exchanged => Conclusion::Ejected,
        Inside::Loaded if known.is_mounted && !sight.exchanged => Conclusion::Same,
        Inside::Loaded if known.medium.is_some() && !sight.exchanged && !look.reads => {
            Conclusion::Same
        }
        Inside::Unloaded | Inside::Loaded => Conclusion::Read,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Conclusion::{Ejected, Empty, Read, Same};
    use Inside::{Loaded, Nothing, Unloaded};

    const FREE: Known = Known {
        medium: None,
        is_unusable: false,
        is_mounted: false,
        is_occupied: false,
        is_out: false,
    };
    const HELD: Known = Known { medium: Some(1), is_occupied: true, ..FREE };
    const UNUSABLE: Known = Known { is_unusable: true, ..HELD };
    const MOUNTED: Known = Known { is_mounted: true, ..HELD };
    const OUT: Known = Known { is_out: true, ..FREE };
    const HALF_OUT: Known = Known { is_out: true, ..HELD };
    const DOUBT: Known = Known { is_occupied: true, ..FREE };

    fn conclusions(known: Known, inside: Inside, exchanged: bool) -> [Conclusion; 3] {
        let sight = Sight { inside, exchanged };
        [Look::POLL, Look::START, Look::FULL].map(|look| conclude(&known, sight, look))
    }

    #[test]
    fn an_empty_drive_lets_everything_leave() {
        for known in [HELD, MOUNTED, OUT, DOUBT] {
            assert_eq!(conclusions(known, Nothing, false), [Empty; 3], "{known:?}");
        }
        assert_eq!(conclusions(FREE, Nothing, false), [Same; 3]);
    }

    #[test]
    fn an_unloaded_cartridge_was_ejected_or_has_just_come() {
        assert_eq!(conclusions(HELD, Unloaded, false), [Ejected, Read, Read]);
        assert_eq!(conclusions(UNUSABLE, Unloaded, false), [Same, Read, Read]);
        assert_eq!(conclusions(MOUNTED, Unloaded, false), [Ejected; 3]);
        assert_eq!(conclusions(FREE, Unloaded, false), [Read; 3]);
        assert_eq!(conclusions(DOUBT, Unloaded, false), [Read; 3]);
        assert_eq!(conclusions(OUT, Unloaded, false), [Same, Same, Read]);
        assert_eq!(conclusions(HALF_OUT, Unloaded, false), [Read; 3]);
    }

    #[test]
    fn a_loaded_cartridge_is_read_when_it_may_be_another() {
        assert_eq!(conclusions(HELD, Loaded, false), [Same, Read, Read]);
        assert_eq!(conclusions(HELD, Loaded, true), [Read; 3]);
        assert_eq!(conclusions(MOUNTED, Loaded, false), [Same; 3]);
        assert_eq!(conclusions(MOUNTED, Loaded, true), [Read; 3]);
        assert_eq!(conclusions(FREE, Loaded, false), [Read; 3]);
        assert_eq!(conclusions(OUT, Loaded, false), [Read; 3]);
    }

    #[test]
    fn looks_add_up() {
        assert_eq!(Look::POLL.and(Look::START), Look::START);
        assert_eq!(Look::START.and(Look::FULL), Look::FULL);
    }
}
