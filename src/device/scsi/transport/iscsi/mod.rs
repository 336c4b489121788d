//! iSCSI from user space, by libiscsi.

mod connection;
mod options;
mod session;
mod url;

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

pub use options::IscsiOptions;
pub use url::{InvalidIscsiUrl, IscsiUrl};

use self::connection::{Connection, Outcome};
use self::session::SessionName;
use super::{Completion, Data, Status, Transport, TransportError, TransportErrorKind};

/// What a command of six bytes can ask for is less.
const LONGEST_TRANSFER: usize = 16 * 1024 * 1024;
/// How often a target that asks whether we are there gets its answer.
const ATTENDANCE: Duration = Duration::from_secs(3);
/// How long the last word to a target may take.
const FAREWELL: Duration = Duration::from_millis(500);

/// A target a portal told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IscsiTarget {
    /// Its name.
    pub name: String,
    /// Its portals, `address:port,group` each.
    pub portals: Vec<String>,
}

/// A logical unit behind iSCSI, with a session of its own.
///
/// When the connection breaks while a command runs, that command is
/// [lost](TransportErrorKind::Lost); when its time-out comes, the session is closed. No command is
/// ever sent twice. The next command logs in again, and the device then tells of a reset. When
/// there is nothing to do, a thread answers the target's questions whether we are there.
///
/// On drop it logs out, which takes half a second at most.
#[derive(Debug)]
pub struct IscsiTransport {
    session: Arc<Session>,
    unit: u16,
}

#[derive(Debug)]
struct Session {
    shared: Arc<Shared>,
    attendant: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    url: IscsiUrl,
    options: IscsiOptions,
    name: SessionName,
    session: Mutex<Option<Connection>>,
    closing: Mutex<bool>,
    closed: Condvar,
}

impl IscsiTransport {
    fn log_in(url: &IscsiUrl, options: &IscsiOptions) -> Result<Self, TransportError> {
        let (Some(_), Some(unit)) = (url.target(), url.unit()) else {
            let reason = format!("{url} names no target or no unit");
            return Err(TransportError::new(TransportErrorKind::Gone, reason));
        };
        let name = SessionName::new();
        let deadline = Instant::now() + options.login_timeout;
        let session = session::log_in(url, options, name, deadline)?;
        let shared = Arc::new(Shared {
            url: url.clone(),
            options: options.clone(),
            name,
            session: Mutex::new(Some(session)),
            closing: Mutex::new(false),
            closed: Condvar::new(),
        });
        let attended = Arc::clone(&shared);
        let attendant = std::thread::Builder::new()
            .name("rsm-iscsi".to_owned())
            .spawn(move || attended.attend())
            .map_err(|error| {
                let reason = "no thread can be started";
                TransportError::new(TransportErrorKind::Gone, reason).caused_by(error)
            })?;
        let session = Session { shared, attendant: Some(attendant) };
        Ok(Self { session: Arc::new(session), unit })
    }

    /// Another unit in the same session: their commands wait for each other.
    pub(crate) fn sibling(&self, unit: u16) -> Self {
        Self { session: Arc::clone(&self.session), unit }
    }
}

impl Shared {
    /// Answers the target now and then, until the transport is dropped.
    fn attend(&self) {
        let mut closing = self.closing.lock();
        while !*closing {
            self.closed.wait_for(&mut closing, ATTENDANCE);
            if !*closing && let Some(mut session) = self.session.try_lock() {
                session.take_if(|connection| !connection.attend());
            }
        }
    }

    /// The session, or a new one.
    fn connected(
        &self,
        session: Option<Connection>,
        deadline: Instant,
    ) -> Result<Connection, TransportError> {
        if let Some(mut connection) = session
            && connection.attend()
        {
            return Ok(connection);
        }
        session::log_in(&self.url, &self.options, self.name, deadline)
    }
}

impl Transport for IscsiTransport {
    fn execute(
        &self,
        command: &[u8],
        data: Data<'_>,
        timeout: Duration,
    ) -> Result<Completion, TransportError> {
        let length = data.len();
        if length > LONGEST_TRANSFER {
            return Err(TransportError::too_long(length));
        }
        let shared = &self.session.shared;
        let mut session = shared.session.lock();
        let deadline = Instant::now() + timeout;
        let connection = shared.connected(session.take(), deadline)?;
        let (connection, ended) = connection
            .command(self.unit, command, data, deadline)
            .map_err(|outcome| lost(outcome, timeout))?;
        *session = Some(connection);
        Ok(Completion {
            status: Status(ended.status),
            sense: ended.sense,
            transferred: length.saturating_sub(ended.missing),
        })
    }

    fn name(&self) -> String {
        self.session.shared.url.clone().with_unit(self.unit).to_string()
    }

    fn max_transfer(&self) -> usize {
        LONGEST_TRANSFER
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        *self.shared.closing.lock() = true;
        self.shared.closed.notify_all();
        if let Some(attendant) = self.attendant.take() {
            let _ = attendant.join();
        }
        if let Some(mut connection) = self.shared.session.lock().take() {
            connection.log_out(Instant::now() + FAREWELL);
        }
    }
}

/// A command that was sent, and whose end is not known.
fn lost(outcome: Outcome, timeout: Duration) -> TransportError {
    match outcome {
        Outcome::TimedOut => {
            let reason = format!("no answer within {timeout:?}");
            TransportError::new(TransportErrorKind::TimedOut, reason)
        }
        Outcome::Broken(why) | Outcome::Elsewhere(why) => {
            let reason = format!("the connection broke: {why}");
            TransportError::new(TransportErrorKind::Lost, reason)
        }
        Outcome::Status(status) => {
            let reason = format!("the answer makes no sense: {status}");
            TransportError::new(TransportErrorKind::Lost, reason)
        }
    }
}
