//! Where a device behind iSCSI is.

use std::fmt;
use std::str::FromStr;

/// The port of iSCSI.
const PORT: u16 = 3260;

/// Where a device behind iSCSI is: `iscsi://[user%secret@]host[:port][/target[/unit]]`.
///
/// Without a target it is a portal, to be asked for its targets; without a unit it is all of the
/// target. A secret with `@` or `/` in it goes to [`IscsiOptions::chap`](super::IscsiOptions::chap)
/// instead. Neither [`fmt::Display`] nor [`fmt::Debug`] show the secret.
///
/// ```
/// use rsm::device::scsi::IscsiUrl;
///
/// let url: IscsiUrl = "iscsi://robot%s3cret@vault:3261/iqn.2026-11.example:lib/1".parse()?;
/// assert_eq!((url.host(), url.port(), url.unit()), ("vault", 3261, Some(1)));
/// assert_eq!(url.target(), Some("iqn.2026-11.example:lib"));
/// assert_eq!(url.to_string(), "iscsi://vault:3261/iqn.2026-11.example:lib/1");
/// # Ok::<(), rsm::device::scsi::InvalidIscsiUrl>(())
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct IscsiUrl {
    host: String,
    port: u16,
    target: Option<String>,
    unit: Option<u16>,
    pub(super) chap: Option<Account>,
}

/// Who logs in, and how it is proved.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Account {
    pub user: String,
    pub secret: String,
}

/// Why a text is no [`IscsiUrl`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no iSCSI URL: {0}")]
pub struct InvalidIscsiUrl(&'static str);

impl IscsiUrl {
    /// The name or address of the portal's host.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// The port of the portal; 3260 if none was named.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The name of the target.
    pub fn target(&self) -> Option<&str> {
        self.target.as_deref()
    }

    /// The number of the logical unit.
    pub fn unit(&self) -> Option<u16> {
        self.unit
    }

    /// The portal alone, with its account.
    pub(super) fn portal(&self) -> Self {
        Self { target: None, unit: None, ..self.clone() }
    }

    /// The same target's unit of this number.
    #[must_use]
    pub fn with_unit(mut self, unit: u16) -> Self {
        self.unit = Some(unit);
        self
    }

    /// The same portal's target of this name.
    #[must_use]
    pub fn with_target(mut self, target: &str) -> Self {
        self.target = Some(target.to_owned());
        self.unit = None;
        self
    }
}

impl FromStr for IscsiUrl {
    type Err = InvalidIscsiUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let rest = text.strip_prefix("iscsi://").ok_or(InvalidIscsiUrl("it begins otherwise"))?;
        if text.contains(|sign: char| sign.is_control() || sign.is_whitespace()) {
            return Err(InvalidIscsiUrl("there is a space in it"));
        }
        let (authority, path) = rest.split_once('/').unwrap_or((rest, ""));
        let (chap, portal) = match authority.rsplit_once('@') {
            Some((account, portal)) => (Some(account_of(account)?), portal),
            None => (None, authority),
        };
        let (host, port) = portal_of(portal)?;
        let (target, unit) = path.split_once('/').unwrap_or((path, ""));
        let unit = match unit {
            "" => None,
            unit => Some(unit.parse().ok().filter(|&unit: &u16| unit < 0x4000)),
        };
        let unit = match unit {
            Some(None) => return Err(InvalidIscsiUrl("its unit is no number below 16384")),
            unit => unit.flatten(),
        };
        let target = (!target.is_empty()).then(|| target.to_owned());
        if target.is_none() && unit.is_some() {
            return Err(InvalidIscsiUrl("it has a unit and no target"));
        }
        Ok(Self { host, port, target, unit, chap })
    }
}

fn account_of(text: &str) -> Result<Account, InvalidIscsiUrl> {
    let (user, secret) = text.split_once('%').ok_or(InvalidIscsiUrl("it has no secret"))?;
    if user.is_empty() || secret.is_empty() {
        return Err(InvalidIscsiUrl("its user or its secret is empty"));
    }
    Ok(Account { user: user.to_owned(), secret: secret.to_owned() })
}

fn portal_of(text: &str) -> Result<(String, u16), InvalidIscsiUrl> {
    let (host, port) = match text.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, "")) => (host, None),
        Some((host, rest)) => (host, Some(rest.strip_prefix(':').unwrap_or("none"))),
        None => text.split_once(':').map_or((text, None), |(host, port)| (host, Some(port))),
    };
    if host.is_empty() {
        return Err(InvalidIscsiUrl("it has no host"));
    }
    let port = match port.map(str::parse) {
        None => PORT,
        Some(Ok(port)) if port != 0 => port,
        Some(_) => return Err(InvalidIscsiUrl("its port is none")),
    };
    Ok((host.to_owned(), port))
}

impl fmt::Display for IscsiUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.host.contains(':') {
            true => write!(f, "iscsi://[{}]:{}", self.host, self.port)?,
            false => write!(f, "iscsi://{}:{}", self.host, self.port)?,
        }
        if let Some(target) = &self.target {
            write!(f, "/{target}")?;
        }
        match self.unit {
            Some(unit) => write!(f, "/{unit}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for IscsiUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "IscsiUrl({self})")
    }
}

impl fmt::Debug for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Account").field("user", &self.user).finish_non_exhaustive()
    }
}
