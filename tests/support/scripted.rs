//! A transport that plays a device from a script.
//!
//! ```ignore
//! let script = Scripted::new();
//! script.expect(&[0x00, 0, 0, 0, 0, 0]).sense(6, 0x29, 0x00);   // exactly this command
//! script.expect_operation(0x12).answer(&inquiry);                // any INQUIRY
//! script.expect_operation(0xa5).fails(TransportErrorKind::TimedOut);
//! let unit = Unit::new(script.clone());
//! ...
//! script.done();                                                 // all of it has come
//! ```
//!
//! Expectations are met in their order. A command nobody expects goes to the
//! [`otherwise`](Scripted::otherwise) device, and fails the test without one: it panics in the
//! thread that sent it, and again in [`done`](Scripted::done). An expectation without an outcome
//! ends GOOD.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, dead_code)]

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};
use rsm::device::scsi::{Completion, Data, Status, Transport, TransportError, TransportErrorKind};

/// Plays a device for the commands that no expectation is for.
pub type Device = dyn Fn(&[u8], &mut Data<'_>) -> Result<Completion, TransportError> + Send + Sync;

#[derive(Default)]
pub struct Scripted {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    steps: VecDeque<Step>,
    otherwise: Option<Arc<Device>>,
    sent: Vec<Sent>,
    unexpected: Option<String>,
    max_transfer: Option<usize>,
    /// Numbers of the steps whose command is held now, and of those that may go on.
    held: Vec<u64>,
    released: Vec<u64>,
    next: u64,
}

/// A command that came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    pub command: Vec<u8>,
    /// What it brought with it.
    pub data: Vec<u8>,
    /// How much room it had for data.
    pub room: usize,
    pub timeout: Duration,
}

struct Step {
    number: u64,
    command: Expected,
    data: Option<Vec<u8>>,
    hold: bool,
    outcome: Outcome,
}

enum Expected {
    Exactly(Vec<u8>),
    Operation(u8),
}

enum Outcome {
    Ends { answer: Vec<u8>, transferred: Option<usize>, status: Status, sense: Vec<u8> },
    Fails(TransportErrorKind),
}

/// What is to happen when the expected command comes; each call adds to it.
pub struct Expectation {
    script: Arc<Scripted>,
    number: u64,
}

impl Scripted {
    /// A device that expects nothing yet.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Expects exactly this command next.
    pub fn expect(self: &Arc<Self>, command: &[u8]) -> Expectation {
        self.add(Expected::Exactly(command.to_vec()))
    }

    /// Expects a command with this operation code next, whatever its other bytes.
    pub fn expect_operation(self: &Arc<Self>, operation: u8) -> Expectation {
        self.add(Expected::Operation(operation))
    }

    /// Plays this device for every command that is not the next expected one, instead of failing.
    pub fn otherwise(
        &self,
        device: impl Fn(&[u8], &mut Data<'_>) -> Result<Completion, TransportError>
        + Send
        + Sync
        + 'static,
    ) {
        self.state.lock().otherwise = Some(Arc::new(device));
    }

    /// Longer transfers than this fail with `TooLong`.
    pub fn limit_transfer(&self, bytes: usize) {
        self.state.lock().max_transfer = Some(bytes);
    }

    /// The commands that came so far.
    pub fn sent(&self) -> Vec<Sent> {
        self.state.lock().sent.clone()
    }

    /// Their operation codes.
    pub fn operations(&self) -> Vec<u8> {
        self.state.lock().sent.iter().map(|sent| sent.command[0]).collect()
    }

    /// Everything expected has come, and nothing else.
    #[track_caller]
    pub fn done(&self) {
        let state = self.state.lock();
        if let Some(unexpected) = &state.unexpected {
            panic!("{unexpected}");
        }
        if let Some(step) = state.steps.front() {
            panic!("{} did not come, nor did what follows", step.command);
        }
    }

    fn add(self: &Arc<Self>, command: Expected) -> Expectation {
        let mut state = self.state.lock();
        let number = state.next;
        state.next += 1;
        let outcome = Outcome::Ends {
            answer: vec![],
            transferred: None,
            status: Status::GOOD,
            sense: vec![],
        };
        state.steps.push_back(Step { number, command, data: None, hold: false, outcome });
        Expectation { script: Arc::clone(self), number }
    }
}

impl Expectation {
    /// It ends GOOD with these data, as far as there is room for them.
    pub fn answer(self, data: &[u8]) -> Self {
        self.change(|step| match &mut step.outcome {
            Outcome::Ends { answer, .. } => *answer = data.to_vec(),
            Outcome::Fails(_) => panic!("it fails, there is no answer"),
        })
    }

    /// The transport says that this much was transferred, whatever really was.
    pub fn says_transferred(self, bytes: usize) -> Self {
        self.change(|step| match &mut step.outcome {
            Outcome::Ends { transferred, .. } => *transferred = Some(bytes),
            Outcome::Fails(_) => panic!("it fails, nothing is transferred"),
        })
    }

    /// It ends with this status, without sense data.
    pub fn status(self, given: Status) -> Self {
        self.change(|step| match &mut step.outcome {
            Outcome::Ends { status, .. } => *status = given,
            Outcome::Fails(_) => panic!("it fails, there is no status"),
        })
    }

    /// It ends with CHECK CONDITION and these sense data in fixed format.
    pub fn sense(self, key: u8, code: u8, qualifier: u8) -> Self {
        self.sense_bytes(&fixed_sense(key, code, qualifier))
    }

    /// It ends with CHECK CONDITION and these sense data.
    pub fn sense_bytes(self, bytes: &[u8]) -> Self {
        self.change(|step| match &mut step.outcome {
            Outcome::Ends { status, sense, .. } => {
                *status = Status::CHECK_CONDITION;
                *sense = bytes.to_vec();
            }
            Outcome::Fails(_) => panic!("it fails, there are no sense data"),
        })
    }

    /// The transport fails.
    pub fn fails(self, kind: TransportErrorKind) -> Self {
        self.change(|step| step.outcome = Outcome::Fails(kind))
    }

    /// The command must bring exactly these data.
    pub fn brings(self, data: &[u8]) -> Self {
        self.change(|step| step.data = Some(data.to_vec()))
    }

    /// The command stays with the device until it is released.
    pub fn hold(self) -> Held {
        let (script, number) = (Arc::downgrade(&self.script), self.number);
        self.change(|step| step.hold = true);
        Held { script, number }
    }

    fn change(self, change: impl FnOnce(&mut Step)) -> Self {
        {
            let mut state = self.script.state.lock();
            let step = state.steps.iter_mut().find(|step| step.number == self.number);
            change(step.expect("the command came already"));
        }
        self
    }
}

/// A command that stays with the device. Dropping this releases it.
pub struct Held {
    script: Weak<Scripted>,
    number: u64,
}

impl Held {
    /// Waits until the command has reached the device.
    #[track_caller]
    pub fn wait_until_reached(&self) {
        let script = self.script.upgrade().expect("the device is gone");
        let mut state = script.state.lock();
        while !state.held.contains(&self.number) {
            let late = script.changed.wait_for(&mut state, Duration::from_secs(120)).timed_out();
            assert!(!late, "the command did not come");
        }
    }

    /// Lets it go on.
    pub fn release(self) {
        drop(self);
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        if let Some(script) = self.script.upgrade() {
            script.state.lock().released.push(self.number);
            script.changed.notify_all();
        }
    }
}

impl Transport for Scripted {
    fn execute(
        &self,
        command: &[u8],
        mut data: Data<'_>,
        timeout: Duration,
    ) -> Result<Completion, TransportError> {
        let mut state = self.state.lock();
        let sent = Sent::of(command, &data, timeout);
        let length = sent.room.max(sent.data.len());
        state.sent.push(sent);
        if state.max_transfer.is_some_and(|most| length > most) {
            return Err(TransportError::new(TransportErrorKind::TooLong, "longer than the script"));
        }
        let expected = state.steps.front().is_some_and(|step| step.command.fits(command));
        if !expected && let Some(device) = state.otherwise.clone() {
            drop(state);
            return device(command, &mut data);
        }
        if !expected {
            let unexpected = state.unexpected(command);
            state.unexpected = Some(unexpected.clone());
            drop(state);
            panic!("{unexpected}");
        }
        let step = state.steps.pop_front().expect("it was there");
        if step.hold {
            state.held.push(step.number);
            self.changed.notify_all();
            while !state.released.contains(&step.number) {
                self.changed.wait(&mut state);
            }
        }
        drop(state);
        step.play(data)
    }

    fn name(&self) -> String {
        "script".to_owned()
    }

    fn max_transfer(&self) -> usize {
        self.state.lock().max_transfer.unwrap_or(usize::MAX)
    }
}

impl State {
    fn unexpected(&self, command: &[u8]) -> String {
        let next = self.steps.front().map_or("nothing".to_owned(), |step| step.command.to_string());
        format!("{command:02x?} came, expected was {next}")
    }
}

impl Sent {
    fn of(command: &[u8], data: &Data<'_>, timeout: Duration) -> Self {
        let (data, room) = match data {
            Data::None => (vec![], 0),
            Data::In(buffer) => (vec![], buffer.len()),
            Data::Out(data) => (data.to_vec(), 0),
        };
        Self { command: command.to_vec(), data, room, timeout }
    }
}

impl Step {
    fn play(self, data: Data<'_>) -> Result<Completion, TransportError> {
        if let Some(expected) = self.data {
            let Data::Out(data) = data else { panic!("{} brings no data", self.command) };
            assert_eq!(data, expected, "the data of {}", self.command);
            return self.outcome.end(Data::Out(data));
        }
        self.outcome.end(data)
    }
}

impl Outcome {
    fn end(self, data: Data<'_>) -> Result<Completion, TransportError> {
        let (answer, transferred, status, sense) = match self {
            Self::Fails(kind) => return Err(TransportError::new(kind, "as the script says")),
            Self::Ends { answer, transferred, status, sense } => {
                (answer, transferred, status, sense)
            }
        };
        let really = match data {
            Data::In(buffer) => {
                let length = answer.len().min(buffer.len());
                buffer[..length].copy_from_slice(&answer[..length]);
                length
            }
            Data::Out(data) => data.len(),
            Data::None => 0,
        };
        Ok(Completion { status, sense, transferred: transferred.unwrap_or(really) })
    }
}

impl Expected {
    fn fits(&self, command: &[u8]) -> bool {
        match self {
            Self::Exactly(bytes) => bytes == command,
            Self::Operation(operation) => command.first() == Some(operation),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exactly(bytes) => write!(f, "{bytes:02x?}"),
            Self::Operation(operation) => write!(f, "operation {operation:02x}"),
        }
    }
}

impl fmt::Debug for Scripted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Scripted")
    }
}

/// Current sense data in fixed format.
pub fn fixed_sense(key: u8, code: u8, qualifier: u8) -> Vec<u8> {
    vec![0x70, 0, key, 0, 0, 0, 0, 10, 0, 0, 0, 0, code, qualifier, 0, 0, 0, 0]
}
