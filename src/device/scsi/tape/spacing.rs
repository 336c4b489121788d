//! Moving over blocks and filemarks on drives that tell where the medium stands.

use super::ScsiTape;
use super::ended::signed;
use super::track::told_filemarks;
use crate::device::scsi::command::tape::{self, SpaceOver};
use crate::device::scsi::reply::sense::SenseData;
use crate::device::scsi::{Data, Status};
use crate::device::{
    DeviceError, DeviceErrorKind, DeviceResult, Refusal, Space, SpaceStop, Spaced,
};

/// The greatest count of SPACE(6), which every drive has.
const MOST: u64 = 0x007f_ffff;

/// How one SPACE ended.
struct Moved {
    /// How much of what was asked for is left, as the drive says.
    left: Option<u64>,
    stopped: Option<SpaceStop>,
}

impl ScsiTape {
    pub(super) fn space_by(&mut self, by: Space) -> DeviceResult<Spaced> {
        let nothing = matches!(by, Space::Blocks(0) | Space::Filemarks(0));
        if nothing {
            return Ok(Spaced { moved: 0, stopped: None });
        }
        if self.track.tells() {
            // A drive that is found not to tell after all does not move for that.
            let from = self.track.ask(&self.held.drive)?;
            if self.track.tells() {
                return self.space_told(from, by);
            }
        }
        self.walk_by(by)
    }

    fn space_told(&mut self, from: u64, by: Space) -> DeviceResult<Spaced> {
        match by {
            Space::EndOfData => {
                self.space_to_end()?;
                Ok(Spaced { moved: 0, stopped: None })
            }
            Space::Blocks(count) => self.space_blocks(from, count),
            Space::Filemarks(count) => self.space_filemarks(count),
        }
    }

    /// How many blocks lie between two positions is known without being told.
    fn space_blocks(&mut self, from: u64, count: i64) -> DeviceResult<Spaced> {
        let (whole, mut at, mut moved) = (count.unsigned_abs(), from, 0);
        while moved < whole {
            let step = (whole - moved).min(MOST);
            let end = self.space_once(SpaceOver::Blocks, step, count < 0)?;
            let now = self.track.ask(&self.held.drive)?;
            let marks = u64::from(end.stopped == Some(SpaceStop::Filemark));
            let passed = now
                .abs_diff(at)
                .checked_sub(marks)
                .filter(|passed| *passed <= step && (end.stopped.is_some() || *passed == step));
            moved += passed.ok_or_else(contradiction)?;
            at = now;
            if end.stopped.is_some() {
                return Ok(Spaced { moved, stopped: end.stopped });
            }
        }
        Ok(Spaced { moved, stopped: None })
    }

    fn space_filemarks(&mut self, count: i64) -> DeviceResult<Spaced> {
        let (whole, mut moved) = (count.unsigned_abs(), 0);
        let before = told_filemarks(&self.held.drive)?;
        while moved < whole {
            let step = (whole - moved).min(MOST);
            let end = self.space_once(SpaceOver::Filemarks, step, count < 0)?;
            if end.stopped.is_some() {
                let after = told_filemarks(&self.held.drive)?;
                let told = before.zip(after).map(|(before, after)| before.abs_diff(after));
                let said = end.left.and_then(|left| step.checked_sub(left)).map(|now| moved + now);
                let moved = told.or(said).filter(|moved| *moved < whole);
                let moved = moved.ok_or_else(contradiction)?;
                return Ok(Spaced { moved, stopped: end.stopped });
            }
            moved += step;
        }
        Ok(Spaced { moved, stopped: None })
    }

    fn space_to_end(&mut self) -> DeviceResult<()> {
        self.space_once(SpaceOver::EndOfData, 0, false).map(drop)
    }

    fn space_once(&mut self, over: SpaceOver, count: u64, back: bool) -> DeviceResult<Moved> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let command = tape::space(over, if back { -count } else { count });
        let (completion, sense) = self.send(&command, Data::None)?;
        self.track.lose();
        if completion.status == Status::GOOD {
            return Ok(Moved { left: Some(0), stopped: None });
        }
        let Some(sense) = sense.filter(|sense| !sense.deferred) else {
            return Err(self.failed(&command, &completion));
        };
        match stop(&sense, over, back) {
            Some(stopped) => {
                let left = signed(&sense).map(i64::unsigned_abs);
                Ok(Moved { left, stopped })
            }
            None => Err(self.failed(&command, &completion)),
        }
    }

    /// Goes to a position on a drive that tells, or walks there.
    pub(super) fn go_to(&mut self, position: u64) -> DeviceResult<()> {
        if self.track.tells() {
            match self.track.ask(&self.held.drive) {
                Err(error) if error.kind() != DeviceErrorKind::OutcomeUnknown => return Err(error),
                _ => {}
            }
        }
        if !self.track.tells() {
            return self.walk_to(position);
        }
        if !self.cannot_locate && self.locate_told(position)? {
            return Ok(());
        }
        self.go_to_beginning()?;
        while self.track.ask(&self.held.drive)? < position {
            let at = self.track.ask(&self.held.drive)?;
            let spaced = self.space_blocks(at, i64::try_from(position - at).unwrap_or(i64::MAX))?;
            if spaced.stopped == Some(SpaceStop::EndOfData) {
                return Err(beyond_the_end());
            }
        }
        self.check_at(position)
    }

    /// Goes there by LOCATE, unless the drive has none.
    fn locate_told(&mut self, position: u64) -> DeviceResult<bool> {
        let command = tape::locate(position);
        let (completion, sense) = self.send(&command, Data::None)?;
        self.track.lose();
        if completion.status == Status::GOOD {
            return self.check_at(position).map(|()| true);
        }
        let at_end = |sense: SenseData| {
            !sense.deferred && (sense.key == SenseData::BLANK_CHECK || sense.condition() == 0x0005)
        };
        if sense.is_some_and(at_end) {
            self.space_to_end()?;
            return Err(beyond_the_end());
        }
        let error = self.failed(&command, &completion);
        match error.kind() {
            DeviceErrorKind::Refused(Refusal::Unsupported) => {
                self.cannot_locate = true;
                Ok(false)
            }
            // Some refuse what lies beyond the end.
            DeviceErrorKind::Refused(Refusal::Invalid) => {
                self.space_to_end()?;
                let end = self.track.ask(&self.held.drive)?;
                Err(if end < position { beyond_the_end() } else { error })
            }
            _ => Err(error),
        }
    }

    fn check_at(&mut self, position: u64) -> DeviceResult<()> {
        if self.track.ask(&self.held.drive)? == position {
            return Ok(());
        }
        Err(contradiction())
    }
}

/// What ended a movement early; `Some(None)` for a remark about one that did not end early.
fn stop(sense: &SenseData, over: SpaceOver, back: bool) -> Option<Option<SpaceStop>> {
    let remark = sense.key <= SenseData::RECOVERED_ERROR;
    if !remark && sense.key != SenseData::BLANK_CHECK {
        return None;
    }
    let at_end = !back && (sense.key == SenseData::BLANK_CHECK || sense.condition() == 0x0005);
    match over {
        SpaceOver::EndOfData => Some(None),
        _ if at_end => Some(Some(SpaceStop::EndOfData)),
        SpaceOver::Blocks if sense.filemark => Some(Some(SpaceStop::Filemark)),
        _ if back && (sense.end_of_medium || sense.condition() == 0x0004) => {
            Some(Some(SpaceStop::Beginning))
        }
        _ if remark => Some(None),
        _ => None,
    }
}

pub(super) fn beyond_the_end() -> DeviceError {
    DeviceError::refused(Refusal::Invalid, "beyond the end of the data")
}

fn contradiction() -> DeviceError {
    let reason = "the drive contradicts itself about where the medium stands";
    DeviceError::new(DeviceErrorKind::OutcomeUnknown, reason)
}
