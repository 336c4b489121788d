//! Linux: `/dev/sg*`, by the driver's own header of `SG_IO`.
//!
//! A command goes out with `write(2)` and its answer comes with `read(2)`, never by the ioctl
//! `SG_IO`: that one sends its command again when a signal or a stop of the process interrupts it,
//! and waits for as long as the kernel tries to revive a device. Here a command is sent once, and
//! the wait ends with its deadline.

use std::ffi::c_int;
use std::fs;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;

use super::sg_header::{Answer, Flight};
use super::sg_ioctl;
use super::{Completion, Data, Transport, TransportError, TransportErrorKind};
use crate::model::ScsiAddress;

/// What every host adapter can do in one command: eight pages.
const LEAST_TRANSFER: usize = 32 * 1024;
/// The driver carries sixteen commands of one file; the rest is for commands that were given up.
const MOST_IN_FLIGHT: usize = 15;

/// A logical unit behind the SCSI generic driver of Linux.
///
/// A command that was given up at its deadline is left to the kernel, which ends it in its own
/// time; commands after it queue behind it, each with a deadline of its own.
///
/// On drop the node is closed. Nothing is sent.
#[derive(Debug)]
pub struct SgTransport {
    path: PathBuf,
    address: Option<ScsiAddress>,
    longest: AtomicUsize,
    channel: Mutex<Channel>,
}

#[derive(Debug)]
struct Channel {
    node: OwnedFd,
    next: c_int,
    given_up: Vec<Flight>,
}

impl SgTransport {
    /// Opens a node: `/dev/sg0`. Nothing is sent to the device.
    ///
    /// # Errors
    /// * [`TransportErrorKind::Denied`]: this process may not read and write the node.
    /// * [`TransportErrorKind::Gone`]: there is no such node or no device behind it, it is no node
    ///   of the SCSI generic driver, or another process has opened it for itself alone.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, TransportError> {
        use rustix::fs::{Mode, OFlags};

        let path = path.as_ref().to_owned();
        let flags = OFlags::RDWR | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let node = rustix::fs::open(&path, flags, Mode::empty())
            .map_err(|errno| refused(errno, format!("{} cannot be opened", path.display())))?;
        sg_ioctl::version(&node).map_err(|errno| {
            let reason = format!("{} is no SCSI generic device", path.display());
            TransportError::new(TransportErrorKind::Gone, reason).caused_by(errno)
        })?;
        let longest = sg_ioctl::longest_transfer(&node).unwrap_or(LEAST_TRANSFER);
        Ok(Self {
            address: address(&path),
            longest: AtomicUsize::new(longest.max(LEAST_TRANSFER)),
            channel: Mutex::new(Channel { node, next: 0, given_up: Vec::new() }),
            path,
        })
    }

    /// A transfer of this length was refused: from now on half of it is the limit.
    fn learn_limit(&self, refused: usize) {
        let half = (refused / 2).max(LEAST_TRANSFER);
        self.longest.fetch_min(half, Ordering::Relaxed);
    }

    fn not_sent(&self, errno: Errno, length: usize) -> TransportError {
        if matches!(errno, Errno::INVAL | Errno::NOMEM) && length > LEAST_TRANSFER {
            self.learn_limit(length);
            return TransportError::too_long(length).caused_by(errno);
        }
        refused(errno, format!("{} takes no command", self.path.display()))
    }
}

impl Transport for SgTransport {
    fn execute(
        &self,
        command: &[u8],
        data: Data<'_>,
        timeout: Duration,
    ) -> Result<Completion, TransportError> {
        let length = data.len();
        if length > self.max_transfer() {
            return Err(TransportError::too_long(length));
        }
        let mut channel = self.channel.lock();
        let deadline = Instant::now() + timeout;
        channel.forget_ended();
        let flight =
            channel.send(command, &data, timeout).map_err(|errno| self.not_sent(errno, length))?;
        match channel.answer(&flight, deadline) {
            Ok(Some(answer)) => answer.completion(flight, data),
            Ok(None) => {
                channel.given_up.push(flight);
                let reason = format!("no answer within {timeout:?}");
                Err(TransportError::new(TransportErrorKind::TimedOut, reason))
            }
            Err(errno) => {
                channel.given_up.push(flight);
                let reason = "the device went away with the command";
                Err(TransportError::new(TransportErrorKind::Lost, reason).caused_by(errno))
            }
        }
    }

    fn name(&self) -> String {
        self.path.display().to_string()
    }

    fn address(&self) -> Option<ScsiAddress> {
        self.address
    }

    fn max_transfer(&self) -> usize {
        self.longest.load(Ordering::Relaxed)
    }
}

impl Channel {
    /// Hands a command to the driver, once.
    fn send(
        &mut self,
        command: &[u8],
        data: &Data<'_>,
        timeout: Duration,
    ) -> Result<Flight, Errno> {
        if self.given_up.len() >= MOST_IN_FLIGHT {
            return Err(Errno::BUSY);
        }
        self.next = self.next.wrapping_add(1) & c_int::MAX;
        let mut flight = Flight::new(self.next, command, data, timeout);
        rustix::io::retry_on_intr(|| flight.send(&self.node))?;
        Ok(flight)
    }

    /// Waits for the answer to a command; nothing if there is none at the deadline.
    fn answer(&mut self, flight: &Flight, deadline: Instant) -> Result<Option<Answer>, Errno> {
        loop {
            match Answer::read(&self.node) {
                Ok(answer) if answer.id() == flight.id() => return Ok(Some(answer)),
                Ok(answer) => self.ended(&answer),
                Err(Errno::AGAIN | Errno::INTR) => {
                    if !wait(&self.node, deadline)? {
                        return Ok(None);
                    }
                }
                Err(errno) => return Err(errno),
            }
        }
    }

    fn ended(&mut self, answer: &Answer) {
        self.given_up.retain(|flight| flight.id() != answer.id());
    }

    /// Takes the answers to commands that were given up.
    fn forget_ended(&mut self) {
        while !self.given_up.is_empty() {
            match Answer::read(&self.node) {
                Ok(answer) => self.ended(&answer),
                Err(_) => return,
            }
        }
    }
}

/// Waits until something can be read; false at the deadline.
fn wait(node: &OwnedFd, deadline: Instant) -> Result<bool, Errno> {
    let left = deadline.saturating_duration_since(Instant::now());
    if left.is_zero() {
        return Ok(false);
    }
    let mut poll = [PollFd::new(node, PollFlags::IN)];
    let left = left.try_into().ok();
    match rustix::event::poll(&mut poll, left.as_ref()) {
        Ok(_) | Err(Errno::INTR) => {}
        Err(errno) => return Err(errno),
    }
    let [poll] = poll;
    match poll.revents() {
        events if events.contains(PollFlags::IN) => Ok(true),
        events if events.intersects(PollFlags::HUP | PollFlags::ERR) => Err(Errno::NODEV),
        _ => Ok(true),
    }
}

/// A command or an open that the kernel refused: nothing was sent.
fn refused(errno: Errno, reason: String) -> TransportError {
    let kind = match errno {
        Errno::PERM | Errno::ACCESS | Errno::ROFS => TransportErrorKind::Denied,
        _ => TransportErrorKind::Gone,
    };
    TransportError::new(kind, format!("{reason}: {errno}")).caused_by(errno)
}

/// Where the device is: the kernel names it `host:bus:target:unit`.
fn address(path: &Path) -> Option<ScsiAddress> {
    let node = fs::canonicalize(path).ok()?;
    let device = Path::new("/sys/class/scsi_generic").join(node.file_name()?).join("device");
    let place = fs::canonicalize(device).ok()?;
    let mut numbers = place.file_name()?.to_str()?.split(':').map(|number| number.parse().ok());
    let mut next = || numbers.next().flatten();
    Some(ScsiAddress { port: next()?, bus: next()?, target: next()?, lun: next()? })
}
