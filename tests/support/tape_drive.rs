//! A tape drive in memory that answers commands as real ones do, with the habits of several.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, missing_docs, dead_code)]

use std::collections::VecDeque;
use std::sync::Arc;

use parking_lot::Mutex;
use rsm::device::scsi::{Completion, Data, ScsiDrive, Status, Unit};

use super::scripted::Scripted;

/// What each block and filemark takes on the tape besides its data.
const OVERHEAD: u64 = 16;

/// How the drive behaves.
#[derive(Clone, Copy, Debug)]
pub struct Habits {
    /// READ POSITION tells.
    pub tells_position: bool,
    /// READ POSITION tells the same, wherever it stands.
    pub tells_a_constant: bool,
    /// READ POSITION has its long form.
    pub has_long_form: bool,
    pub has_locate: bool,
    /// Sense data come in descriptors.
    pub descriptors: bool,
    /// SPACE says how far it came short.
    pub tells_residual: bool,
    /// SPACE over blocks passes filemarks, backwards over filemarks it goes one too far, and it
    /// says nothing of the beginning.
    pub spaces_wrongly: bool,
    /// It takes blocks of this length only.
    pub fixed: Option<u32>,
    /// It gives only a part of a block that has another length than asked for: so much as the two
    /// differ, and nothing of a longer one.
    pub gives_a_part: bool,
    /// UNLOAD does nothing unless asked to "eject".
    pub unloads_by_ejecting: bool,
}

impl Habits {
    pub const GOOD: Self = Self {
        tells_position: true,
        tells_a_constant: false,
        has_long_form: true,
        has_locate: true,
        descriptors: false,
        tells_residual: true,
        spaces_wrongly: false,
        fixed: None,
        gives_a_part: false,
        unloads_by_ejecting: false,
    };
    /// As a well-known emulator has them.
    pub const EMULATOR: Self = Self {
        tells_position: false,
        has_locate: false,
        tells_residual: false,
        spaces_wrongly: true,
        gives_a_part: true,
        unloads_by_ejecting: true,
        ..Self::GOOD
    };
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    Block(Vec<u8>),
    Filemark,
}

#[derive(Debug)]
pub struct Tape {
    pub habits: Habits,
    pub records: Vec<Record>,
    pub at: usize,
    pub capacity: u64,
    pub early_warning: u64,
    pub protected: bool,
    pub loaded: bool,
    /// What it says before it carries out anything, in this order.
    pub attentions: VecDeque<(u8, u8, u8)>,
    pub block_length: u32,
    pub commands: u64,
}

/// How a command ended: the answer, or sense data.
type End = Result<Vec<u8>, Said>;

struct Said {
    key: u8,
    condition: u16,
    filemark: bool,
    end_of_medium: bool,
    incorrect_length: bool,
    information: Option<i64>,
    answer: Vec<u8>,
}

fn said(key: u8, condition: u16) -> Said {
    Said {
        key,
        condition,
        filemark: false,
        end_of_medium: false,
        incorrect_length: false,
        information: None,
        answer: vec![],
    }
}

impl Tape {
    pub fn new(habits: Habits) -> Self {
        Self {
            habits,
            records: vec![],
            at: 0,
            capacity: 1 << 30,
            early_warning: 1 << 20,
            protected: false,
            loaded: true,
            attentions: VecDeque::new(),
            block_length: habits.fixed.unwrap_or(0),
            commands: 0,
        }
    }

    /// The drive, behind a transport.
    pub fn drive(self) -> (ScsiDrive, Arc<Mutex<Self>>, Arc<Scripted>) {
        let tape = Arc::new(Mutex::new(self));
        let script = Scripted::new();
        let behind = Arc::clone(&tape);
        script.otherwise(move |command, data| Ok(behind.lock().execute(command, data)));
        let drive = ScsiDrive::new(Unit::new(script.clone())).unwrap();
        (drive, tape, script)
    }

    fn execute(&mut self, command: &[u8], data: &mut Data<'_>) -> Completion {
        self.commands += 1;
        let end = match command[0] {
            0x12 => inquiry(command),
            _ if !self.attentions.is_empty() => {
                let (key, code, qualifier) = self.attentions.pop_front().unwrap();
                Err(said(key, u16::from_be_bytes([code, qualifier])))
            }
            _ => self.carry_out(command, data),
        };
        let (answer, sense) = match end {
            Ok(answer) => (answer, None),
            Err(said) => (said.answer.clone(), Some(self.sense(&said))),
        };
        if let Data::In(buffer) = data {
            let length = answer.len().min(buffer.len());
            buffer[..length].copy_from_slice(&answer[..length]);
        }
        let whole = match data {
            Data::None => 0,
            Data::In(buffer) => buffer.len(),
            Data::Out(data) => data.len(),
        };
        // As many ways to a drive do, it says that everything was transferred.
        match sense {
            None => Completion::good(whole),
            Some(sense) => {
                Completion { status: Status::CHECK_CONDITION, sense, transferred: whole }
            }
        }
    }

    fn carry_out(&mut self, command: &[u8], data: &mut Data<'_>) -> End {
        let needs_medium = !matches!(command[0], 0x05 | 0x15 | 0x1a | 0x1b | 0x1e | 0x4d);
        if needs_medium && !self.loaded {
            return Err(said(2, 0x3a00));
        }
        let six = || i64::from(u32::from_be_bytes([0, command[2], command[3], command[4]]));
        match (command[0], data) {
            (0x00 | 0x1e, _) => Ok(vec![]),
            (0x01, _) => {
                self.at = 0;
                Ok(vec![])
            }
            (0x05, _) => Ok(match self.habits.fixed {
                Some(length) => {
                    let [_, a, b, c] = length.to_be_bytes();
                    vec![0, a, b, c, b, c]
                }
                None => vec![0, 0x80, 0, 0, 0, 1],
            }),
            (0x08, Data::In(buffer)) => self.read(command[1] & 1 != 0, buffer.len()),
            (0x0a, Data::Out(data)) => self.write(data.to_vec()),
            (0x10, _) => self.write_filemarks(six()),
            (0x11, _) => self.space(command[1] & 7, six() << 40 >> 40),
            (0x15, Data::Out(data)) => {
                self.block_length = u32::from_be_bytes([0, data[9], data[10], data[11]]);
                Ok(vec![])
            }
            (0x1a, _) => {
                let [_, a, b, c] = self.block_length.to_be_bytes();
                let specific = 0x10 | if self.protected { 0x80 } else { 0 };
                Ok(vec![11, 0, specific, 8, 0x5a, 0, 0, 0, 0, a, b, c])
            }
            (0x1b, _) => {
                self.at = 0;
                self.loaded = match command[4] & 3 {
                    0 => self.loaded && self.habits.unloads_by_ejecting,
                    2 => false,
                    _ => true,
                };
                Ok(vec![])
            }
            (0x2b, _) if self.habits.has_locate => {
                let to = u32::from_be_bytes(command[3..7].try_into().unwrap()) as usize;
                self.at = to.min(self.records.len());
                if to > self.records.len() { Err(said(8, 0x0005)) } else { Ok(vec![]) }
            }
            (0x34, _) => self.position(command[1]),
            _ => Err(said(5, 0x2000)),
        }
    }

    fn used(&self) -> u64 {
        let length = |record: &Record| match record {
            Record::Block(data) => data.len() as u64 + OVERHEAD,
            Record::Filemark => OVERHEAD,
        };
        self.records[..self.at].iter().map(length).sum()
    }

    fn read(&mut self, fixed: bool, asked: usize) -> End {
        let Some(record) = self.records.get(self.at).cloned() else {
            return Err(said(8, 0x0005));
        };
        self.at += 1;
        let left = if fixed { 1 } else { asked as i64 };
        let Record::Block(block) = record else {
            return Err(Said { filemark: true, information: Some(left), ..said(0, 0x0001) });
        };
        if block.len() == asked {
            return Ok(block);
        }
        let difference = asked as i64 - block.len() as i64;
        let part = if self.habits.gives_a_part { asked.saturating_sub(block.len()) } else { asked };
        Err(Said {
            incorrect_length: true,
            information: Some(if fixed { 1 } else { difference }),
            answer: block[..block.len().min(part)].to_vec(),
            ..said(0, 0)
        })
    }

    fn add(&mut self, record: Record, length: u64) -> End {
        if self.protected {
            return Err(said(7, 0x2700));
        }
        if self.used() + length + OVERHEAD > self.capacity {
            return Err(Said { end_of_medium: true, ..said(0xd, 0x0002) });
        }
        self.records.truncate(self.at);
        self.records.push(record);
        self.at += 1;
        if self.capacity - self.used() <= self.early_warning {
            return Err(Said { end_of_medium: true, information: Some(0), ..said(0, 0x0002) });
        }
        Ok(vec![])
    }

    fn write(&mut self, data: Vec<u8>) -> End {
        let length = data.len() as u64;
        self.add(Record::Block(data), length)
    }

    fn write_filemarks(&mut self, count: i64) -> End {
        let mut end = Ok(vec![]);
        for left in (0..count).rev() {
            end = self.add(Record::Filemark, 0);
            if end.as_ref().is_err_and(|said| said.key != 0) {
                return end.map_err(|said| Said { information: Some(left + 1), ..said });
            }
        }
        end
    }

    fn space(&mut self, code: u8, count: i64) -> End {
        if code == 3 {
            self.at = self.records.len();
            return Ok(vec![]);
        }
        let wrongly = self.habits.spaces_wrongly;
        let mut left = count.unsigned_abs();
        while left > 0 {
            let next = if count > 0 { Some(self.at) } else { self.at.checked_sub(1) };
            let Some(record) = next.and_then(|next| self.records.get(next)) else {
                return self.ran_out(count > 0, left);
            };
            let is_filemark = *record == Record::Filemark;
            self.at = if count > 0 { self.at + 1 } else { self.at - 1 };
            left -= u64::from(wrongly && code == 0 || is_filemark == (code == 1));
            if is_filemark && code == 0 && !wrongly {
                let information = self.residual(left);
                return Err(Said { filemark: true, information, ..said(0, 0x0001) });
            }
        }
        if wrongly && code == 1 && count < 0 {
            self.at = self.at.saturating_sub(1);
        }
        Ok(vec![])
    }

    fn ran_out(&self, forward: bool, left: u64) -> End {
        let information = self.residual(left);
        match (forward, self.habits.spaces_wrongly) {
            (true, false) => Err(Said { information, ..said(8, 0x0005) }),
            (true, true) => Err(said(0, 0x0005)),
            (false, false) => Err(Said { end_of_medium: true, information, ..said(0, 0x0004) }),
            (false, true) => Ok(vec![]),
        }
    }

    fn residual(&self, left: u64) -> Option<i64> {
        self.habits.tells_residual.then_some(left as i64)
    }

    fn position(&self, form: u8) -> End {
        let at = if self.habits.tells_a_constant { 0 } else { self.at };
        let mut answer = vec![0; if form == 0 { 20 } else { 32 }];
        match form {
            0 if !self.habits.tells_position => answer[0] = 0x14,
            0 => answer[4..8].copy_from_slice(&(at as u32).to_be_bytes()),
            6 if self.habits.has_long_form && self.habits.tells_position => {
                let marks = self.records[..at].iter().filter(|r| **r == Record::Filemark).count();
                answer[8..16].copy_from_slice(&(at as u64).to_be_bytes());
                answer[16..24].copy_from_slice(&(marks as u64).to_be_bytes());
            }
            _ => return Err(said(5, 0x2400)),
        }
        Ok(answer)
    }

    fn sense(&self, said: &Said) -> Vec<u8> {
        let [code, qualifier] = said.condition.to_be_bytes();
        let bit = |is: bool, bit: u8| u8::from(is) << bit;
        let bits =
            bit(said.filemark, 7) | bit(said.end_of_medium, 6) | bit(said.incorrect_length, 5);
        if self.habits.descriptors {
            let mut bytes = vec![0x72, said.key, code, qualifier, 0, 0, 0, 4, 4, 2, 0, bits];
            if let Some(information) = said.information {
                bytes[7] += 12;
                bytes.extend([0, 10, 0x80, 0]);
                // In four of the eight bytes.
                bytes.extend(u64::from(information as u32).to_be_bytes());
            }
            return bytes;
        }
        let mut bytes = vec![0x70, 0, bits | said.key, 0, 0, 0, 0, 10, 0, 0, 0, 0, code, qualifier];
        bytes.extend([0; 4]);
        if let Some(information) = said.information {
            bytes[0] |= 0x80;
            bytes[3..7].copy_from_slice(&(information as i32).to_be_bytes());
        }
        bytes
    }
}

fn inquiry(command: &[u8]) -> End {
    if command[1] & 1 == 0 {
        let mut answer = vec![1, 0x80, 6, 2, 31, 0, 0, 0];
        answer.extend(b"ACME    TAPE            0001");
        return Ok(answer);
    }
    match command[2] {
        0x80 => Ok([&[1, 0x80, 0, 7], b"TAPE001".as_slice()].concat()),
        _ => Err(said(5, 0x2400)),
    }
}
