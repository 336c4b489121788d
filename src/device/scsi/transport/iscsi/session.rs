//! Logging in to a target.

use std::ffi::CString;
use std::net::{SocketAddr, ToSocketAddrs};
use std::time::Instant;

use super::connection::{Connection, Outcome, c_text};
use super::options::IscsiOptions;
use super::url::{Account, IscsiUrl};
use crate::device::scsi::{TransportError, TransportErrorKind};

/// A target may send us on, but not for ever.
const MOST_PORTALS: usize = 4;

/// This end of a session: the same to the target after a new login.
#[derive(Clone, Copy, Debug)]
pub(super) struct SessionName {
    random: u32,
    qualifier: u16,
}

impl SessionName {
    /// A name that no other session has.
    pub(super) fn new() -> Self {
        let [a, b, c, d, e, ..] = *uuid::Uuid::new_v4().as_bytes();
        Self { random: u32::from_be_bytes([0, a, b, c]), qualifier: u16::from_be_bytes([d, e]) }
    }
}

/// Logs in to the target of a URL, or to its portal for discovery if it names no target.
///
/// # Errors
/// * [`TransportErrorKind::Denied`]: the target refuses this account, or did not prove to know
///   the other secret.
/// * [`TransportErrorKind::Gone`]: anything else. No command was sent.
pub(super) fn log_in(
    url: &IscsiUrl,
    options: &IscsiOptions,
    name: SessionName,
    deadline: Instant,
) -> Result<Connection, TransportError> {
    let deadline = deadline.min(Instant::now() + options.login_timeout);
    let mut portals: Vec<String> = portals(url)?.iter().map(SocketAddr::to_string).collect();
    let mut last = gone("it has no address");
    let mut tried = 0;
    while let Some(portal) = (tried < MOST_PORTALS).then(|| portals.pop()).flatten() {
        tried += 1;
        let mut connection = prepare(url, options, name)?;
        let outcome = match connection.connect(&text(&portal)?, deadline) {
            Outcome::Status(0) => connection.log_in(deadline),
            outcome => outcome,
        };
        match outcome {
            Outcome::Status(0) => return Ok(connection),
            Outcome::Elsewhere(portal) => {
                last = gone("it sends elsewhere and nowhere");
                portals.push(portal);
            }
            outcome => last = refusal(outcome),
        }
    }
    Err(last)
}

/// The addresses of a portal; the one to try first is the last.
fn portals(url: &IscsiUrl) -> Result<Vec<SocketAddr>, TransportError> {
    let found = (url.host(), url.port()).to_socket_addrs();
    let mut portals: Vec<_> =
        found.map_err(|error| gone("its host is not known").caused_by(error))?.collect();
    portals.reverse();
    Ok(portals)
}

fn prepare(
    url: &IscsiUrl,
    options: &IscsiOptions,
    name: SessionName,
) -> Result<Connection, TransportError> {
    let mut connection =
        Connection::new(&text(&options.initiator)?).ok_or_else(|| gone("there is no memory"))?;
    let target = url.target().map(text).transpose()?;
    let mut accepted = connection.name_session(name.random, name.qualifier)
        && connection.target(target.as_deref())
        && connection.digest(options.digest);
    let chap = options.chap.as_ref().or(url.chap.as_ref());
    if let Some(Account { user, secret }) = chap {
        accepted &= connection.chap(&text(user)?, &text(secret)?);
    }
    if let Some(Account { user, secret }) = &options.mutual {
        accepted &= connection.mutual_chap(&text(user)?, &text(secret)?);
    }
    match accepted {
        true => Ok(connection),
        false => Err(gone("the options of the session are not accepted")),
    }
}

/// Why a login came to nothing.
fn refusal(outcome: Outcome) -> TransportError {
    let why = match outcome {
        Outcome::TimedOut => return gone("it does not answer"),
        Outcome::Broken(why) => why,
        Outcome::Status(status) => format!("status {status}"),
        Outcome::Elsewhere(portal) => format!("it is at {portal}"),
    };
    // The status classes of the login response for authentication and authorization, which
    // libiscsi tells in its text only; and a target that cannot prove who it is.
    let denied = ["(513)", "(514)", "CHAP", "uthentication"].iter().any(|sign| why.contains(sign));
    if denied {
        let reason = format!("the target refuses this account, or is not itself: {why}");
        return TransportError::new(TransportErrorKind::Denied, reason);
    }
    gone(&why)
}

fn gone(why: &str) -> TransportError {
    TransportError::new(TransportErrorKind::Gone, format!("no session with the target: {why}"))
}

fn text(text: &str) -> Result<CString, TransportError> {
    c_text(text).ok_or_else(|| gone("a name holds NUL"))
}
