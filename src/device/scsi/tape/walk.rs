//! Moving on drives that do not tell where the medium stands: every block on the way is read.
//!
//! Such drives say nothing about how far they have spaced either, or say something wrong. What is
//! read is told: a block, a filemark or the end of the data. Backwards the way is over the
//! beginning. It takes its time, and is never wrong.

use super::ScsiTape;
use super::spacing::beyond_the_end;
use crate::device::{DeviceResult, ReadOutcome, Space, SpaceStop, Spaced};

impl ScsiTape {
    pub(super) fn walk_by(&mut self, by: Space) -> DeviceResult<Spaced> {
        match by {
            Space::EndOfData => {
                if self.track.at().is_none() {
                    self.go_to_beginning()?;
                }
                while self.read_over()? != ReadOutcome::EndOfData {}
                Ok(Spaced { moved: 0, stopped: None })
            }
            Space::Blocks(count @ 1..) => self.walk_forward(count, false),
            Space::Filemarks(count @ 1..) => self.walk_forward(count, true),
            Space::Blocks(count) => self.walk_back(count.unsigned_abs(), false),
            Space::Filemarks(count) => self.walk_back(count.unsigned_abs(), true),
        }
    }

    fn walk_forward(&mut self, count: i64, over_filemarks: bool) -> DeviceResult<Spaced> {
        let (whole, mut moved) = (count.unsigned_abs(), 0);
        let stopped = |moved, stop| Ok(Spaced { moved, stopped: Some(stop) });
        while moved < whole {
            match self.read_over()? {
                ReadOutcome::EndOfData => return stopped(moved, SpaceStop::EndOfData),
                ReadOutcome::Filemark if over_filemarks => moved += 1,
                ReadOutcome::Filemark => return stopped(moved, SpaceStop::Filemark),
                _ if over_filemarks => {}
                _ => moved += 1,
            }
        }
        Ok(Spaced { moved, stopped: None })
    }

    fn walk_back(&mut self, count: u64, over_filemarks: bool) -> DeviceResult<Spaced> {
        let from = self.track.ask(&self.held.drive)?;
        if self.track.known() < from {
            self.walk_to(from)?;
        }
        let (to, spaced) = if over_filemarks {
            self.back_over_filemarks(from, count)
        } else {
            self.back_over_blocks(from, count)
        };
        self.walk_to(to)?;
        Ok(spaced)
    }

    fn back_over_filemarks(&self, from: u64, count: u64) -> (u64, Spaced) {
        let most = usize::try_from(count).unwrap_or(usize::MAX);
        let (moved, last) =
            self.track.filemarks_before(from).take(most).fold((0, 0), |(n, _), at| (n + 1, at));
        if moved == count {
            return (last, Spaced { moved, stopped: None });
        }
        (0, Spaced { moved, stopped: Some(SpaceStop::Beginning) })
    }

    fn back_over_blocks(&self, from: u64, count: u64) -> (u64, Spaced) {
        let mark = self.track.filemarks_before(from).next();
        let first = mark.map_or(0, |mark| mark + 1);
        match from.checked_sub(count) {
            Some(to) if to >= first => (to, Spaced { moved: count, stopped: None }),
            _ => {
                let stop = mark.map_or(SpaceStop::Beginning, |_| SpaceStop::Filemark);
                let spaced = Spaced { moved: from - first, stopped: Some(stop) };
                (mark.unwrap_or(0), spaced)
            }
        }
    }

    /// Goes to a position from the beginning, or from where it stands if that is before it.
    pub(super) fn walk_to(&mut self, position: u64) -> DeviceResult<()> {
        let is_on_the_way =
            self.track.at().is_some_and(|at| at <= position && at <= self.track.known());
        if !is_on_the_way {
            self.go_to_beginning()?;
        }
        while self.track.ask(&self.held.drive)? < position {
            if self.read_over()? == ReadOutcome::EndOfData {
                return Err(beyond_the_end());
            }
        }
        Ok(())
    }
}
