//! One logical unit.

use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use super::effect::{self, Effect};
use super::noticed::{Next, Noticed};
use super::reply::sense::SenseData;
use super::{
    Command, CommandTimeouts, Completion, Data, Status, Transport, TransportError, failure,
};
use crate::clock::{Clock, SystemClock};
use crate::device::{DeviceClass, DeviceError, DeviceResult};

/// One logical unit: carries out a command, waits for as long as it [may take](CommandTimeouts),
/// and tells what it means that it failed.
///
/// A command is sent again in these cases only:
///
/// * The device was busy (BUSY, TASK SET FULL: nothing was done). For up to [a
///   minute](Self::with_patience), with growing pauses.
/// * The command only asks about the device (INQUIRY, MODE SENSE, LOG SENSE, PERSISTENT RESERVE IN,
///   REPORT ...), and a unit attention was in its way. The attention is kept: the next command that
///   does not only ask ends with it and is not sent, so that whoever uses the device is told.
/// * The command changes nothing (those, TEST UNIT READY, READ ELEMENT STATUS, READ POSITION ...),
///   and the device says as its first answer that it was switched on or reset: a new session begins
///   like this.
///
/// A command that moves, writes or reads on is never sent again for any other reason.
///
/// A clone is another reference to the same unit. It may be used from several threads; its
/// transport carries one command after the other.
#[derive(Clone, Debug)]
pub struct Unit {
    transport: Arc<dyn Transport>,
    clock: Arc<dyn Clock>,
    class: DeviceClass,
    timeouts: CommandTimeouts,
    patience: Duration,
    noticed: Arc<Mutex<Noticed>>,
}

/// How often a command is sent again that an attention was in the way of.
const ATTENTIONS: usize = 8;
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

impl Unit {
    /// The unit behind a transport: a tape drive, unless [said otherwise](Self::with_class). Asks it
    /// nothing.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self {
            transport,
            clock: Arc::new(SystemClock::new()),
            class: DeviceClass::Tape,
            timeouts: CommandTimeouts::of(DeviceClass::Tape),
            patience: Duration::from_secs(60),
            noticed: Arc::default(),
        }
    }

    /// The same unit as a device of this class, with its usual time-outs. What an answer means
    /// depends on who gives it.
    #[must_use]
    pub fn with_class(self, class: DeviceClass) -> Self {
        Self { class, timeouts: CommandTimeouts::of(class), ..self }
    }

    /// The same unit with these time-outs. After [`with_class`](Self::with_class).
    #[must_use]
    pub fn with_timeouts(self, timeouts: CommandTimeouts) -> Self {
        Self { timeouts, ..self }
    }

    /// The same unit in the time of this clock.
    #[must_use]
    pub fn with_clock(self, clock: Arc<dyn Clock>) -> Self {
        Self { clock, ..self }
    }

    /// The same unit, asked for this long while it says that it is busy.
    #[must_use]
    pub fn with_patience(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// What carries commands to it.
    pub fn transport(&self) -> &Arc<dyn Transport> {
        &self.transport
    }

    /// What kind of device it is.
    pub fn class(&self) -> DeviceClass {
        self.class
    }

    /// How long its commands may take.
    pub fn timeouts(&self) -> &CommandTimeouts {
        &self.timeouts
    }

    /// Sends a command without data.
    ///
    /// # Errors
    /// What the device's answer [means](Self::failure). A command that was carried out with a remark
    /// (RECOVERED ERROR, NO SENSE) has ended well.
    pub fn run(&self, command: &Command) -> DeviceResult<()> {
        self.exchange(command, Data::None).map(drop)
    }

    /// Sends a command, and tells how many bytes of the buffer its data take up; what the device
    /// did not fill is 0.
    ///
    /// A transport may report more than came: go by the lengths inside the data.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn read(&self, command: &Command, buffer: &mut [u8]) -> DeviceResult<usize> {
        buffer.fill(0);
        let length = buffer.len();
        let completion = self.exchange(command, Data::In(buffer))?;
        Ok(completion.transferred.min(length))
    }

    /// Sends a command with data.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub fn write(&self, command: &Command, data: &[u8]) -> DeviceResult<()> {
        self.exchange(command, Data::Out(data)).map(drop)
    }

    /// Sends a command, and tells how the device ended it, well or not.
    ///
    /// # Errors
    /// Those of [`Transport::execute`]; [`transport_failure`](Self::transport_failure) tells what
    /// they mean.
    pub fn complete(
        &self,
        command: &Command,
        mut data: Data<'_>,
    ) -> Result<Completion, TransportError> {
        let effect = effect::of(self.class, command.operation());
        if effect != Effect::Asks
            && let Some(told) = self.noticed.lock().take()
        {
            return Ok(told);
        }
        let mut attentions = 0;
        loop {
            let completion = self.complete_when_free(command, &mut data)?;
            let next = self.next(effect, command.operation(), &completion);
            if next == Next::Done || attentions == ATTENTIONS {
                return Ok(completion);
            }
            attentions += 1;
        }
    }

    /// What it means that a command ended like this, when it did not end well.
    pub fn failure(&self, command: &Command, completion: &Completion) -> DeviceError {
        failure::of_completion(self.class, command, completion)
    }

    /// What it means that a command did not end.
    pub fn transport_failure(&self, command: &Command, error: TransportError) -> DeviceError {
        failure::of_transport(command, error)
    }

    fn exchange(&self, command: &Command, data: Data<'_>) -> DeviceResult<Completion> {
        let completion =
            self.complete(command, data).map_err(|error| self.transport_failure(command, error))?;
        if ended_well(&completion) {
            Ok(completion)
        } else {
            Err(self.failure(command, &completion))
        }
    }

    /// Sends it until the device is not busy, or patience is over.
    fn complete_when_free(
        &self,
        command: &Command,
        data: &mut Data<'_>,
    ) -> Result<Completion, TransportError> {
        let timeout = self.timeouts.of_operation(command.operation());
        let deadline = self.clock.monotonic().saturating_add(self.patience);
        let mut pause = FIRST_PAUSE;
        loop {
            let completion = self.transport.execute(command.bytes(), again(data), timeout)?;
            let left = deadline.saturating_sub(self.clock.monotonic());
            if !is_busy(completion.status) || left.is_zero() {
                return Ok(completion);
            }
            self.clock.pause(pause.min(left));
            pause = (pause * 2).min(LONGEST_PAUSE);
        }
    }

    fn next(&self, effect: Effect, operation: u8, completion: &Completion) -> Next {
        let mut noticed = self.noticed.lock();
        match effect {
            Effect::Asks => noticed.ended_asking(completion, effect::passes_attentions(operation)),
            Effect::Looks => noticed.ended_looking(completion),
            Effect::Acts => noticed.answered(),
        }
    }
}

/// The same data for another try.
fn again<'a>(data: &'a mut Data<'_>) -> Data<'a> {
    match data {
        Data::None => Data::None,
        Data::In(buffer) => Data::In(buffer),
        Data::Out(data) => Data::Out(data),
    }
}

fn is_busy(status: Status) -> bool {
    matches!(status, Status::BUSY | Status::TASK_SET_FULL)
}

fn ended_well(completion: &Completion) -> bool {
    match completion.status {
        Status::GOOD => true,
        Status::CHECK_CONDITION => SenseData::read(&completion.sense)
            .is_ok_and(|sense| !sense.deferred && sense.key <= SenseData::RECOVERED_ERROR),
        _ => false,
    }
}
