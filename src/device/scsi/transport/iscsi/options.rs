//! How to log in.

use std::time::{Duration, Instant};

use super::session::{SessionName, log_in};
use super::url::{Account, IscsiUrl};
use super::{IscsiTarget, IscsiTransport};
use crate::device::scsi::{TransportError, TransportErrorKind};

/// How to log in to a target.
///
/// ```no_run
/// use rsm::device::scsi::{IscsiOptions, IscsiUrl, Transport};
///
/// let url: IscsiUrl = "iscsi://vault/iqn.2026-11.example:lib/1".parse()?;
/// let transport = IscsiOptions::new().chap("robot", "s3cret").open(&url)?;
/// println!("{}", transport.name());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct IscsiOptions {
    pub(super) initiator: String,
    pub(super) digest: bool,
    pub(super) chap: Option<Account>,
    pub(super) mutual: Option<Account>,
    pub(super) login_timeout: Duration,
}

impl Default for IscsiOptions {
    fn default() -> Self {
        Self {
            initiator: "iqn.2026-11.rsm:initiator".to_owned(),
            digest: false,
            chap: None,
            mutual: None,
            login_timeout: Duration::from_secs(15),
        }
    }
}

impl IscsiOptions {
    /// No account, digests if the target asks for them, at most 15 seconds for a login.
    pub fn new() -> Self {
        Self::default()
    }

    /// The name of this end, which targets know their users by; `iqn.2026-11.rsm:initiator`
    /// otherwise.
    #[must_use]
    pub fn initiator(mut self, name: &str) -> Self {
        self.initiator = name.to_owned();
        self
    }

    /// Proves to the target who we are (CHAP). It takes the place of an account in the URL.
    #[must_use]
    pub fn chap(mut self, user: &str, secret: &str) -> Self {
        self.chap = Some(Account { user: user.to_owned(), secret: secret.to_owned() });
        self
    }

    /// The target proves who it is as well (mutual CHAP); it needs an account of ours, too.
    #[must_use]
    pub fn mutual_chap(mut self, user: &str, secret: &str) -> Self {
        self.mutual = Some(Account { user: user.to_owned(), secret: secret.to_owned() });
        self
    }

    /// Headers must carry a checksum, or there is no session.
    #[must_use]
    pub fn header_digest(mut self) -> Self {
        self.digest = true;
        self
    }

    /// How long a login may take at most, and less if the command before which it is done may
    /// not take that long. Asking for the address of a host name takes as long as the system
    /// takes for it.
    #[must_use]
    pub fn login_timeout(mut self, timeout: Duration) -> Self {
        self.login_timeout = timeout;
        self
    }

    /// Logs in to a unit. What is asked of it is only sent by
    /// [`Transport::execute`](crate::device::scsi::Transport::execute).
    ///
    /// # Errors
    /// * [`TransportErrorKind::Denied`]: the target refuses this account, or did not prove to
    ///   know the secret of [`IscsiOptions::mutual_chap`].
    /// * [`TransportErrorKind::Gone`]: there is no such host, portal or target, the URL names no
    ///   target or no unit, an option was not accepted, or no answer came in time.
    pub fn open(&self, url: &IscsiUrl) -> Result<IscsiTransport, TransportError> {
        IscsiTransport::log_in(url, self)
    }

    /// The targets behind a portal. What else the URL names does not matter.
    ///
    /// # Errors
    /// Those of [`IscsiOptions::open`].
    pub fn targets(&self, url: &IscsiUrl) -> Result<Vec<IscsiTarget>, TransportError> {
        let deadline = Instant::now() + self.login_timeout;
        let mut connection = log_in(&url.portal(), self, SessionName::new(), deadline)?;
        let text = connection.targets(deadline).map_err(|_| {
            let reason = "the portal does not tell its targets";
            TransportError::new(TransportErrorKind::Gone, reason)
        })?;
        let targets = text.lines().filter_map(|line| {
            let mut words = line.split(' ').map(str::to_owned);
            let name = words.next().filter(|name| !name.is_empty())?;
            Some(IscsiTarget { name, portals: words.collect() })
        });
        Ok(targets.collect())
    }
}
