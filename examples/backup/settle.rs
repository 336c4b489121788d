//! Putting things in order: what a killed program, an operator or a prune left behind.
//!
//! A program that can be killed at any moment needs no other way to end. It only has to know, at
//! its next start, what may be lying about, and that is little, because each step is written down
//! before it is taken:
//!
//! | killed | what is left | what is done |
//! |---|---|---|
//! | between allocating a tape and writing that down | a logical medium in our pool that is in no set | deallocated |
//! | while a set was written or thrown away | a set that is not complete | its tapes are deallocated, it is forgotten |
//! | between writing our label and telling the manager | a tape whose label is not the recorded one | see [`Tapes::reclaim`] |

use std::collections::HashSet;

use rsm::model::{Id, LogicalMediaId, ObjectType, PhysicalMediaId, Side, SideState};
use uuid::Uuid;

use crate::console::Console;
use crate::failure::{Explain, Result};
use crate::label::LABEL_TYPE;
use crate::store::{BackupSet, SetState, Store, Tape};
use crate::tapes::Tapes;

impl Tapes {
    /// Puts everything in order. Afterwards every tape is in a complete set or free.
    pub fn settle(&self, store: &Store, console: &Console) -> Result<()> {
        for set in store.sets()?.into_iter().filter(|set| set.state != SetState::Complete) {
            console.notice(format!("set {} was not finished; its tapes are freed", set.number));
            self.discard(set, store, console)?;
        }
        let tapes: Vec<Tape> = store.sets()?.into_iter().flat_map(|set| set.tapes).collect();
        self.give_orphans_back(&tapes, console)?;
        self.wait()?;
        self.reclaim(&tapes, console)
    }

    /// Throws a set away. It is marked first: if we are killed on the way, the next start goes on.
    pub fn discard(&self, mut set: BackupSet, store: &Store, console: &Console) -> Result<()> {
        set.state = SetState::Discarded;
        store.save(&set)?;
        for tape in &set.tapes {
            self.give_back(tape)?;
            console.step(format!("set {}: tape {} given back", set.number, tape.bar_code));
        }
        store.remove(&set)
    }

    /// The pool is ours alone: what is allocated there and in no set was allocated in the moment
    /// we were killed.
    fn give_orphans_back(&self, tapes: &[Tape], console: &Console) -> Result<()> {
        let known: HashSet<&str> = tapes.iter().map(|tape| tape.logical_media.as_str()).collect();
        for id in self.enumerate(self.pool(), ObjectType::LogicalMedia)? {
            if !known.contains(id.to_string().as_str()) {
                let id = LogicalMediaId::from_uuid(id.as_uuid());
                self.session().deallocate_media(id).explain(|| "cannot give a tape back")?;
                console.step("a tape that belongs to no set is given back");
            }
        }
        Ok(())
    }

    /// Makes free media of the tapes that nobody needs.
    fn reclaim(&self, tapes: &[Tape], console: &Console) -> Result<()> {
        self.free_blank_tapes(console)?;
        self.wait()?;
        let refused = self.unlabelled()?;
        if !refused.is_empty() {
            // Either the tape cannot be written, or there is another label on it than the library
            // expected, and it writes over none it does not know. Reading all labels finds out.
            let bar_codes = refused.join(" ");
            console.notice(format!("{bar_codes} did not get a free label; reading all labels"));
            self.read_all_labels()?;
        }
        self.free_strays(tapes, console)?;
        self.wait()?;
        self.forget_ghosts(console)?;
        if !refused.is_empty() {
            for bar_code in self.unlabelled()? {
                console.notice(format!(
                    "tape {bar_code} cannot be labelled and is of no use: \
                     see whether it is write protected"
                ));
            }
        }
        Ok(())
    }

    /// New tapes have no label and come to the unrecognized pool, with all that carry something
    /// nobody here can read. In a simulated library they are for us; in a real one somebody must
    /// have said so.
    fn free_blank_tapes(&self, console: &Console) -> Result<()> {
        let unknown = self.media_of(self.system_pool("Unrecognized")?)?;
        if !self.takes_unknown() {
            leave_alone(unknown.len(), console);
            return Ok(());
        }
        for medium in unknown {
            let sides = self.sides(medium)?;
            if sides.iter().all(|side| side.state == SideState::Unrecognized) {
                self.make_free(medium, "new", console)?;
            }
        }
        Ok(())
    }

    /// The free tapes in the library that have no free label although the library has nothing more
    /// to do.
    fn unlabelled(&self) -> Result<Vec<String>> {
        let mut bar_codes = Vec::new();
        for medium in self.media_of(self.system_pool("Free")?)? {
            let unprepared = |side: &Side| side.state == SideState::Unprepared;
            if self.is_here(medium)? && self.sides(medium)?.iter().any(unprepared) {
                bar_codes.push(self.bar_code(medium)?);
            }
        }
        Ok(bar_codes)
    }

    /// Tapes whose label the catalog did not expect come to the import pool. With a label of ours
    /// that is in no set, it is one we had just written when we were killed. The manager was not
    /// told, so it took the tape for somebody's backup and kept its hands off. We know better.
    /// In a real library it may be another home's backup.
    fn free_strays(&self, tapes: &[Tape], console: &Console) -> Result<()> {
        if !self.takes_unknown() {
            return Ok(());
        }
        let known: HashSet<&str> = tapes.iter().map(|tape| tape.label.as_str()).collect();
        for medium in self.media_of(self.system_pool("Import")?)? {
            let sides = self.sides(medium)?;
            if sides.iter().all(|side| is_stray(side, &known)) {
                self.make_free(medium, "left by a backup that was not finished", console)?;
            }
        }
        Ok(())
    }

    /// A stray is catalogued anew, as what its label says it is. What it was before is in no
    /// library any more, and never will be again.
    fn forget_ghosts(&self, console: &Console) -> Result<()> {
        let (mut here, mut away) = (HashSet::new(), Vec::new());
        for medium in self.media_of(self.system_pool("Free")?)? {
            let bar_code = self.bar_code(medium)?;
            if self.is_here(medium)? {
                here.insert(bar_code);
            } else {
                away.push((medium, bar_code));
            }
        }
        for (medium, bar_code) in away.into_iter().filter(|(_, bar_code)| here.contains(bar_code)) {
            self.session()
                .delete_offline_media(medium)
                .explain(|| format!("cannot forget the old record of tape {bar_code}"))?;
            console.step(format!("tape {bar_code} is known by its new label only"));
        }
        Ok(())
    }

    /// Moves a medium to the free pool. The library writes free labels on it; only then it can be
    /// allocated.
    fn make_free(&self, medium: PhysicalMediaId, why: &str, console: &Console) -> Result<()> {
        let bar_code = self.bar_code(medium)?;
        self.session()
            .move_to_pool(medium, self.system_pool("Free")?)
            .explain(|| format!("cannot make tape {bar_code} a free one"))?;
        console.step(format!("tape {bar_code} is free: {why}"));
        Ok(())
    }
}

/// Whether the label is one of ours, and in no set.
fn is_stray(side: &Side, known: &HashSet<&str>) -> bool {
    let Some(label) = side.label.as_ref().filter(|label| label.label_type == LABEL_TYPE) else {
        return false;
    };
    Uuid::from_slice(&label.label_id).is_ok_and(|id| !known.contains(id.to_string().as_str()))
}

fn leave_alone(unknown: usize, console: &Console) {
    if unknown > 0 {
        console.notice(format!(
            "tapes that are new, or carry what nobody here can read: {unknown}; they are left alone \
             without --take-unknown-tapes"
        ));
    }
}
