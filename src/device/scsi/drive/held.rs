//! What a drive and the media opened in it share.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use parking_lot::Mutex;

use crate::device::scsi::reply::sense::SenseData;
use crate::device::scsi::{Command, Completion, Data, Status, Unit};
use crate::device::{
    Attention, DeviceError, DeviceErrorKind, DeviceIdentity, DeviceResult, Refusal, TapeAlerts,
};

/// What a drive and the media opened in it share.
#[derive(Debug)]
pub(in crate::device::scsi) struct Shared {
    pub(in crate::device::scsi) unit: Unit,
    pub(in crate::device::scsi) identity: DeviceIdentity,
    /// Counts the times from which on what was open is not any more.
    generation: AtomicU64,
    open: AtomicBool,
    pub(super) learned: Learned,
    kept: Mutex<Kept>,
}

/// What the drive was found not to do.
#[derive(Debug, Default)]
pub(super) struct Learned {
    pub no_memory: AtomicBool,
    pub no_configuration: AtomicBool,
    pub no_alerts: AtomicBool,
    pub no_statistics: AtomicBool,
    /// It unloads only when asked to "eject".
    pub unloads_by_ejecting: AtomicBool,
}

/// What the drive said about its health and nobody was told yet: it says it only once.
#[derive(Debug, Default)]
pub(super) struct Kept {
    pub alerts: TapeAlerts,
    pub asks_for_cleaning: bool,
}

impl Shared {
    pub(super) fn new(unit: Unit, identity: DeviceIdentity) -> Self {
        Self {
            unit,
            identity,
            generation: AtomicU64::new(0),
            open: AtomicBool::new(false),
            learned: Learned::default(),
            kept: Mutex::default(),
        }
    }

    /// From now on, what was open fails.
    pub(super) fn close_all(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Runs a command; what its failure says about the medium and the drive is noted.
    pub(in crate::device::scsi) fn run(&self, command: &Command) -> DeviceResult<()> {
        match self.complete(command, Data::None)? {
            (completion, _) if completion.status == Status::GOOD => Ok(()),
            (_, Some(sense)) if is_remark(&sense) => Ok(()),
            (completion, _) => Err(self.failure(command, &completion)),
        }
    }

    /// Runs a command that reads; gives the length of the answer.
    pub(in crate::device::scsi) fn read(
        &self,
        command: &Command,
        buffer: &mut [u8],
    ) -> DeviceResult<usize> {
        self.noted(self.unit.read(command, buffer))
    }

    /// The same result; what a failure says about the medium is noted.
    pub(super) fn noted<T>(&self, result: DeviceResult<T>) -> DeviceResult<T> {
        result.inspect_err(|error| self.note_failure(error))
    }

    /// Sends a command; gives its end, with the sense data there are.
    pub(in crate::device::scsi) fn complete(
        &self,
        command: &Command,
        data: Data<'_>,
    ) -> DeviceResult<(Completion, Option<SenseData>)> {
        let completion = self
            .unit
            .complete(command, data)
            .map_err(|error| self.unit.transport_failure(command, error))?;
        let checked = completion.status == Status::CHECK_CONDITION;
        let sense = checked.then(|| SenseData::read(&completion.sense).ok()).flatten();
        if let Some(sense) = &sense {
            self.note_remark(sense);
        }
        Ok((completion, sense))
    }

    /// What the end of a command means, when it did not end well.
    pub(in crate::device::scsi) fn failure(
        &self,
        command: &Command,
        completion: &Completion,
    ) -> DeviceError {
        let error = self.unit.failure(command, completion);
        self.note_failure(&error);
        error
    }

    /// What is open does not survive an exchange of the medium, nor a reset.
    fn note_failure(&self, error: &DeviceError) {
        if let DeviceErrorKind::LookAgain(Attention::MediumChanged | Attention::Reset) =
            error.kind()
        {
            self.close_all();
        }
    }

    /// That the drive asks for cleaning is no failure of anything.
    fn note_remark(&self, sense: &SenseData) {
        // CLEANING REQUESTED, and how some drives say it with a code of their own.
        let asks = matches!(sense.condition(), 0x0017 | 0x8001);
        if asks && sense.key <= SenseData::RECOVERED_ERROR {
            self.kept.lock().asks_for_cleaning = true;
        }
    }

    pub(super) fn keep(&self, alerts: TapeAlerts) {
        self.kept.lock().alerts.0 |= alerts.0;
    }

    /// What was kept, which is told with that.
    pub(super) fn tell(&self) -> Kept {
        std::mem::take(&mut *self.kept.lock())
    }
}

/// A remark about a command that was carried out.
pub(in crate::device::scsi) fn is_remark(sense: &SenseData) -> bool {
    !sense.deferred && sense.key <= SenseData::RECOVERED_ERROR
}

/// A drive whose medium is open.
#[derive(Debug)]
pub(in crate::device::scsi) struct Held {
    pub(in crate::device::scsi) drive: Arc<Shared>,
    generation: u64,
}

impl Held {
    /// Takes the drive, which serves one at a time.
    pub(super) fn take(drive: &Arc<Shared>) -> DeviceResult<Self> {
        if drive.open.swap(true, Ordering::SeqCst) {
            return Err(DeviceError::refused(Refusal::InUse, "the medium is open already"));
        }
        let generation = drive.generation.load(Ordering::SeqCst);
        Ok(Self { drive: Arc::clone(drive), generation })
    }

    /// Whether the drive holds what was opened, as far as is known.
    pub(in crate::device::scsi) fn check(&self) -> DeviceResult<()> {
        if self.drive.generation.load(Ordering::SeqCst) == self.generation {
            return Ok(());
        }
        Err(DeviceError::new(
            DeviceErrorKind::LookAgain(Attention::MediumChanged),
            "the medium was unloaded or exchanged since it was opened",
        ))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.drive.open.store(false, Ordering::SeqCst);
    }
}
