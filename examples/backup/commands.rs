//! What the program does, one function for each command.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use indicatif::HumanDuration;
use uuid::Uuid;

use crate::console::{self, Console};
use crate::failure::{Failure, Result};
use crate::feed::{ReadingFeed, WritingFeed};
use crate::home::Home;
use crate::pack::pack;
use crate::scan::{self, Scan};
use crate::span::{SpanReader, SpanWriter};
use crate::store::{BackupSet, Name, SetState};
use crate::tapes::Tapes;
use crate::unpack::{make_destination, unpack};

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All is well.
    Done,
    /// Some files could not be backed up, or not as they were found.
    Incomplete,
    /// Some files on the tapes are not what was backed up.
    Damaged,
}

/// The program at work: its home, its tapes and the person in front of it.
pub struct Backup {
    pub home: Home,
    pub tapes: Tapes,
    pub console: Console,
}

impl Backup {
    /// Writes a new set.
    pub fn create(&mut self, paths: &[PathBuf], leave_out: &[PathBuf]) -> Result<Outcome> {
        let start = Instant::now();
        let found = self.find(paths, leave_out)?;
        let mut set = self.new_set(paths)?;
        self.console.step(format!("set {}: begun", set.number));
        self.console.begin("writing", found.bytes);
        let written = self.write(&found, &mut set);
        self.console.end();
        let troubled = match written {
            Ok(troubled) => troubled,
            Err(failure) => {
                // What is written so far is of no use. If this fails too, the next start does it.
                if let Err(also) = self.tapes.discard(set, &self.home.store, &self.console) {
                    self.console.complain(&also);
                }
                return Err(failure);
            }
        };
        for line in &troubled {
            self.console.notice(line);
        }
        self.console.say(format!(
            "set {}: {} files, {}, on {}: {} ({})",
            set.number,
            set.files(),
            console::bytes(set.bytes()),
            console::tapes(set.tapes.len()),
            set.bar_codes(),
            console::rate(set.bytes(), start.elapsed()),
        ));
        let complete = troubled.is_empty() && found.unreadable.is_empty();
        Ok(if complete { Outcome::Done } else { Outcome::Incomplete })
    }

    /// Looks for what there is to back up, and says what is left out.
    fn find(&self, paths: &[PathBuf], leave_out: &[PathBuf]) -> Result<Scan> {
        let roots = scan::roots(paths)?;
        let mut met_home = roots.iter().any(|root| root.starts_with(self.home.path()));
        let found = scan::scan(
            &roots,
            |path| {
                // Tapes that back up themselves would never end.
                let is_home = path.starts_with(self.home.path());
                met_home |= is_home;
                is_home || leave_out.iter().any(|left| path == left)
            },
            // Reading the files of an open catalog takes its locks away. See `Manager::owns`.
            |path| self.tapes.owns(path),
        );
        if met_home {
            let home = self.home.path().display();
            self.console.say(format!("left out: {home}, where the tapes and catalogs are"));
        }
        for path in &found.owned {
            self.console.say(format!("left out: {}, a file of the open catalog", path.display()));
        }
        for path in &found.special {
            self.console.notice(format!("left out: {}, a socket, pipe or device", path.display()));
        }
        for line in &found.unreadable {
            self.console.notice(format!("left out: {line}"));
        }
        if found.sources.is_empty() {
            return Err(Failure::new("there is nothing to back up"));
        }
        Ok(found)
    }

    /// From here on the set exists, as one to be thrown away.
    fn new_set(&self, paths: &[PathBuf]) -> Result<BackupSet> {
        let last = self.home.store.sets()?.last().map_or(0, |set| set.number);
        let set = BackupSet {
            number: last + 1,
            id: Uuid::new_v4().to_string(),
            state: SetState::Unfinished,
            started: seconds_since_1970(),
            roots: paths.iter().map(|path| Name::from(path.as_path())).collect(),
            tapes: Vec::new(),
            entries: Vec::new(),
        };
        self.home.store.save(&set)?;
        Ok(set)
    }

    /// Writes the tapes and, when the last one is put away, makes the set a good one.
    fn write(&self, found: &Scan, set: &mut BackupSet) -> Result<Vec<String>> {
        let packed = {
            let mut feed = WritingFeed::new(&self.tapes, &self.home.store, &self.console, set)?;
            let mut stream = SpanWriter::new(&mut feed);
            let packed = pack(&found.sources, &mut stream, &self.console)?;
            stream.finish()?;
            packed
        };
        set.entries = packed.entries;
        set.state = SetState::Complete;
        self.home.store.save(set)?;
        Ok(packed.troubled)
    }

    /// Writes the files of a set below `destination`.
    pub fn restore(&mut self, number: u32, destination: &Path) -> Result<Outcome> {
        let set = self.set(number)?;
        make_destination(destination)?;
        let start = Instant::now();
        let damaged = self.read(&set, Some(destination))?;
        self.console.say(format!(
            "set {}: {} files, {}, restored to {} ({})",
            set.number,
            set.files(),
            console::bytes(set.bytes()),
            destination.display(),
            console::rate(set.bytes(), start.elapsed()),
        ));
        Ok(self.report_damage(&set, &damaged))
    }

    /// Reads one set, or all, and compares every file with its digest.
    pub fn verify(&mut self, number: Option<u32>) -> Result<Outcome> {
        let sets = match number {
            Some(number) => vec![self.set(number)?],
            None => self.home.store.sets()?,
        };
        let mut outcome = Outcome::Done;
        for set in &sets {
            let damaged = self.read(set, None)?;
            if damaged.is_empty() {
                self.console.say(format!("set {}: {} files are good", set.number, set.files()));
            }
            if self.report_damage(set, &damaged) == Outcome::Damaged {
                outcome = Outcome::Damaged;
            }
        }
        if sets.is_empty() {
            self.console.say("there are no backup sets");
        }
        Ok(outcome)
    }

    fn read(&mut self, set: &BackupSet, destination: Option<&Path>) -> Result<Vec<PathBuf>> {
        self.console.begin("reading", set.bytes());
        let mut feed = ReadingFeed::new(&self.tapes, &self.console, set)?;
        let mut stream = SpanReader::new(&mut feed);
        let damaged = unpack(&set.entries, &mut stream, destination, &self.console);
        let finished = stream.finish();
        self.console.end();
        damaged.and_then(|damaged| finished.map(|()| damaged))
    }

    fn report_damage(&self, set: &BackupSet, damaged: &[PathBuf]) -> Outcome {
        for path in damaged {
            let path = path.display();
            self.console.notice(format!("set {}: {path} is not what was backed up", set.number));
        }
        if damaged.is_empty() {
            return Outcome::Done;
        }
        self.console.say(format!("set {}: {} files are damaged", set.number, damaged.len()));
        Outcome::Damaged
    }

    /// Lists the sets.
    pub fn list(&self) -> Result<Outcome> {
        for set in self.home.store.sets()? {
            let age = seconds_since_1970().saturating_sub(set.started);
            self.console.say(format!(
                "{:>4}  {:>8} files  {:>11}  {} ago  {}",
                set.number,
                set.files(),
                console::bytes(set.bytes()),
                HumanDuration(Duration::from_secs(age)),
                set.bar_codes(),
            ));
        }
        let stock = self.tapes.stock()?;
        self.console.say(format!("{} of {} tapes are free", stock.free, stock.all));
        Ok(Outcome::Done)
    }

    /// Gives the tapes of sets back: those of one set, or of all but the newest.
    pub fn prune(&mut self, number: Option<u32>, keep: Option<usize>) -> Result<Outcome> {
        let sets = match (number, keep) {
            (Some(number), _) => vec![self.set(number)?],
            (None, Some(keep)) => {
                let mut sets = self.home.store.sets()?;
                sets.truncate(sets.len().saturating_sub(keep));
                sets
            }
            (None, None) => {
                return Err(Failure::new("nothing says which sets to prune")
                    .advise("name a set, or say how many to keep: prune --keep 2"));
            }
        };
        for set in sets {
            let line = format!("set {}: gone; tapes given back: {}", set.number, set.bar_codes());
            self.tapes.discard(set, &self.home.store, &self.console)?;
            self.console.say(line);
        }
        self.tapes.settle(&self.home.store, &self.console)?;
        let stock = self.tapes.stock()?;
        self.console.say(format!("{} of {} tapes are free", stock.free, stock.all));
        Ok(Outcome::Done)
    }

    fn set(&self, number: u32) -> Result<BackupSet> {
        let sets = self.home.store.sets()?;
        sets.into_iter().find(|set| set.number == number).ok_or_else(|| {
            Failure::new(format!("there is no backup set {number}"))
                .advise("see the list of sets: list")
        })
    }
}

fn seconds_since_1970() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}
