//! One stream of bytes over as many tapes as it takes.
//!
//! A tape holds blocks, not bytes, and ends at a place nobody knows beforehand. [`SpanWriter`]
//! cuts the stream into blocks of equal size and goes on to the next tape when the drive warns that
//! the end is near; [`SpanReader`] puts the stream together again. Where tapes come from is not
//! their business: that is a [`TapeFeed`].

use std::io::{self, Read, Write};

use rsm::device::{DeviceErrorKind, MediumIo, ReadOutcome};

use crate::failure::{Explain, Failure, Result};

/// Length of every block of data. The last one of a set is filled up with zeros, which tar ignores.
pub const BLOCK_SIZE: usize = 64 << 10;

/// A tape in a drive, standing at its first block of data.
pub struct OpenTape {
    /// Reads and writes it.
    pub medium: Box<dyn MediumIo>,
    /// How people know it.
    pub name: String,
}

/// Hands out the tapes of one set, in their order.
pub trait TapeFeed {
    /// The next tape of the set: for writing a fresh one with its label on it, for reading the one
    /// that follows.
    fn next(&mut self) -> Result<OpenTape>;

    /// Takes a tape back that is written full or read to its end.
    fn done(&mut self, tape: OpenTape) -> Result<()>;
}

/// Writes the stream.
pub struct SpanWriter<'a> {
    feed: &'a mut dyn TapeFeed,
    tape: Option<OpenTape>,
    block: Vec<u8>,
}

impl<'a> SpanWriter<'a> {
    pub fn new(feed: &'a mut dyn TapeFeed) -> Self {
        Self { feed, tape: None, block: Vec::with_capacity(BLOCK_SIZE) }
    }

    /// Writes what is left and ends the last tape. Only then the whole stream is there to stay.
    pub fn finish(mut self) -> Result<()> {
        if !self.block.is_empty() {
            self.block.resize(BLOCK_SIZE, 0);
            self.write_block()?;
        }
        match self.tape.take() {
            Some(tape) => self.end_tape(tape),
            None => Ok(()),
        }
    }

    /// Puts the full block on a tape: on this one, or on the next.
    fn write_block(&mut self) -> Result<()> {
        let mut fresh = false;
        loop {
            let mut tape = match self.tape.take() {
                Some(tape) => tape,
                None => {
                    fresh = true;
                    self.feed.next()?
                }
            };
            match tape.medium.write_block(&self.block) {
                // The warning comes while there is still room for the end mark.
                Ok(written) if written.early_warning => {
                    self.block.clear();
                    return self.end_tape(tape);
                }
                Ok(_) => {
                    self.block.clear();
                    self.tape = Some(tape);
                    return Ok(());
                }
                // A drive that does not warn: the block goes to the next tape.
                Err(error) if error.kind() == DeviceErrorKind::EndOfMedium && !fresh => {
                    self.end_tape(tape)?;
                }
                Err(error) => {
                    let failure = Failure::new(format!("cannot write to {}", tape.name));
                    return Err(failure
                        .advise(format!("take {} out of use and start the backup again", tape.name))
                        .caused_by(error));
                }
            }
        }
    }

    /// The filemark makes everything before it durable, and tells the reader where to change tapes.
    fn end_tape(&mut self, mut tape: OpenTape) -> Result<()> {
        match tape.medium.write_filemarks(1) {
            Ok(_) => {}
            // No room even for the mark: the end of the data says the same.
            Err(error) if error.kind() == DeviceErrorKind::EndOfMedium => {
                tape.medium.flush().explain(|| format!("cannot finish {}", tape.name))?;
            }
            Err(error) => return Err(error).explain(|| format!("cannot finish {}", tape.name)),
        }
        self.feed.done(tape)
    }
}

impl Write for SpanWriter<'_> {
    fn write(&mut self, data: &[u8]) -> io::Result<usize> {
        let room = BLOCK_SIZE - self.block.len();
        let taken = data.get(..room).unwrap_or(data);
        self.block.extend_from_slice(taken);
        if self.block.len() == BLOCK_SIZE {
            self.write_block()?;
        }
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Reads the stream. It does not end by itself: tar knows where its archive ends, so whoever asks
/// for more than there is has lost a tape.
pub struct SpanReader<'a> {
    feed: &'a mut dyn TapeFeed,
    tape: Option<OpenTape>,
    block: Vec<u8>,
    filled: usize,
    taken: usize,
}

impl<'a> SpanReader<'a> {
    pub fn new(feed: &'a mut dyn TapeFeed) -> Self {
        Self { feed, tape: None, block: vec![0; BLOCK_SIZE], filled: 0, taken: 0 }
    }

    /// Puts the last tape away.
    pub fn finish(mut self) -> Result<()> {
        match self.tape.take() {
            Some(tape) => self.feed.done(tape),
            None => Ok(()),
        }
    }

    fn read_block(&mut self) -> Result<()> {
        loop {
            let mut tape = match self.tape.take() {
                Some(tape) => tape,
                None => self.feed.next()?,
            };
            let outcome = tape.medium.read_block(&mut self.block).map_err(|error| {
                Failure::new(format!("cannot read {}", tape.name))
                    .advise("clean the drive and try again; else restore from an older backup set")
                    .caused_by(error)
            })?;
            match outcome {
                ReadOutcome::Block(length) if length > 0 => {
                    (self.filled, self.taken) = (length, 0);
                    self.tape = Some(tape);
                    return Ok(());
                }
                ReadOutcome::Filemark | ReadOutcome::EndOfData => self.feed.done(tape)?,
                ReadOutcome::Block(_) | ReadOutcome::TooLarge(_) => {
                    return Err(Failure::new(format!(
                        "{} holds a block this program did not write",
                        tape.name
                    )));
                }
            }
        }
    }
}

impl Read for SpanReader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.filled {
            self.read_block()?;
        }
        let mut rest = self.block.get(self.taken..self.filled).unwrap_or_default();
        let count = rest.read(buffer)?;
        self.taken += count;
        Ok(count)
    }
}
