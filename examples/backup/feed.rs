//! The tapes of one set, one after the other: allocated, mounted and labelled for writing; mounted
//! and checked for reading.

use rsm::Mount;
use rsm::device::{DeviceResult, MediumIo, ReadOutcome};
use rsm::model::{Access, MountOptions};
use uuid::Uuid;

use crate::console::Console;
use crate::failure::{Explain, Failure, Result};
use crate::label::{LABEL_SIZE, TapeLabel};
use crate::span::{OpenTape, TapeFeed};
use crate::store::{BackupSet, Store};
use crate::tapes::Tapes;

/// Tapes to write a set on.
pub struct WritingFeed<'a> {
    tapes: &'a Tapes,
    store: &'a Store,
    console: &'a Console,
    set: &'a mut BackupSet,
    id: Uuid,
    mounted: Option<Mount>,
}

impl<'a> WritingFeed<'a> {
    pub fn new(
        tapes: &'a Tapes,
        store: &'a Store,
        console: &'a Console,
        set: &'a mut BackupSet,
    ) -> Result<Self> {
        let id = set_id(set)?;
        Ok(Self { tapes, store, console, set, id, mounted: None })
    }

    fn step(&self, what: &str) {
        let (set, sequence) = (self.set.number, self.set.tapes.len());
        let bar_code = self.set.tapes.last().map_or("", |tape| tape.bar_code.as_str());
        self.console.step(format!("set {set}: tape {sequence} ({bar_code}): {what}"));
    }

    fn new_label(&self) -> TapeLabel {
        let (number, sequence) = (self.set.number, self.set.tapes.len() + 1);
        TapeLabel {
            id: Uuid::new_v4(),
            set: self.id,
            sequence: u32::try_from(sequence).unwrap_or(u32::MAX),
            text: format!("backup set {number}, tape {sequence}"),
        }
    }
}

impl TapeFeed for WritingFeed<'_> {
    fn next(&mut self) -> Result<OpenTape> {
        let label = self.new_label();
        let tape = self.tapes.allocate(label.id, self.set.tapes.len())?;
        let name = format!("tape {}", tape.bar_code);
        // First noted, then used: whatever we write on it, we know that it is ours to tidy up.
        self.set.tapes.push(tape.clone());
        self.store.save(self.set)?;
        self.step("allocated");
        let mounted = self.tapes.mount(&tape, MountOptions::WRITE)?;
        self.step("mounted");
        let mut medium = mounted.open(Access::Write).explain(|| format!("cannot open {name}"))?;
        let block = label.to_block();
        write_label(&mut medium, &block).explain(|| format!("cannot label {name}"))?;
        self.step("label written");
        // The manager has just identified this medium as a free one. From now on it is known by
        // our label; without this call the next mount would refuse it as the wrong medium.
        self.tapes.tell_label(&tape, &block)?;
        self.step("label known");
        self.mounted = Some(mounted);
        Ok(OpenTape { medium: Box::new(medium), name })
    }

    fn done(&mut self, tape: OpenTape) -> Result<()> {
        drop(tape.medium);
        let Some(mounted) = self.mounted.take() else { return Ok(()) };
        self.step("written");
        self.tapes.put_away(mounted, &tape.name)?;
        // Complete: from now on nobody can mount it for writing, we neither.
        if let Some(tape) = self.set.tapes.last() {
            self.tapes.complete(tape)?;
        }
        self.step("complete");
        Ok(())
    }
}

fn write_label(medium: &mut dyn MediumIo, block: &[u8]) -> DeviceResult<()> {
    medium.rewind()?;
    let _ = medium.write_block(block)?;
    let _ = medium.write_filemarks(1)?;
    Ok(())
}

/// The tapes of a set, to be read.
pub struct ReadingFeed<'a> {
    tapes: &'a Tapes,
    console: &'a Console,
    set: &'a BackupSet,
    id: Uuid,
    read: usize,
    mounted: Option<Mount>,
}

impl<'a> ReadingFeed<'a> {
    pub fn new(tapes: &'a Tapes, console: &'a Console, set: &'a BackupSet) -> Result<Self> {
        Ok(Self { tapes, console, set, id: set_id(set)?, read: 0, mounted: None })
    }

    /// The mount has proved that this is the medium of the catalog. That it also is the tape we
    /// think it is, our own label says.
    fn check_label(&self, medium: &mut dyn MediumIo, name: &str) -> Result<()> {
        let mut block = vec![0; LABEL_SIZE];
        let read = medium
            .rewind()
            .and_then(|()| medium.read_block(&mut block))
            .explain(|| format!("cannot read the label of {name}"))?;
        let label = match read {
            ReadOutcome::Block(LABEL_SIZE) => TapeLabel::from_block(&block),
            _ => None,
        };
        let sequence = u32::try_from(self.read + 1).unwrap_or(u32::MAX);
        if label.is_none_or(|label| label.set != self.id || label.sequence != sequence) {
            return Err(Failure::new(format!("{name} is not tape {sequence} of this set")));
        }
        medium.read_block(&mut block).explain(|| format!("cannot read {name}")).map(|_filemark| ())
    }
}

impl TapeFeed for ReadingFeed<'_> {
    fn next(&mut self) -> Result<OpenTape> {
        let set = self.set;
        let tape = set.tapes.get(self.read).ok_or_else(|| {
            Failure::new(format!("the tapes of set {} end before its files do", set.number))
                .advise("restore from another backup set")
        })?;
        let name = format!("tape {}", tape.bar_code);
        let mounted = self.tapes.mount(tape, MountOptions::READ)?;
        let mut medium = mounted.open(Access::Read).explain(|| format!("cannot open {name}"))?;
        self.check_label(&mut medium, &name)?;
        self.read += 1;
        self.mounted = Some(mounted);
        self.console.step(format!("set {}: reading {name}", set.number));
        Ok(OpenTape { medium: Box::new(medium), name })
    }

    fn done(&mut self, tape: OpenTape) -> Result<()> {
        drop(tape.medium);
        match self.mounted.take() {
            Some(mounted) => self.tapes.put_away(mounted, &tape.name),
            None => Ok(()),
        }
    }
}

fn set_id(set: &BackupSet) -> Result<Uuid> {
    Uuid::parse_str(&set.id).explain(|| format!("the id of set {} is not one", set.number))
}
