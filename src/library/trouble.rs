//! A library that cannot be used, or not all of it: the catalog says so, with the reason.

use super::Attached;
use super::host::Host;
use crate::catalog::Trouble;
use crate::device::DeviceError;
use crate::error::{Error, Result};
use crate::model::text;

/// Whether something failed because a device does not do what it should, and not the catalog or
/// the caller.
pub(super) fn is_of_device(error: &Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        if cause.is::<DeviceError>() {
            return true;
        }
        source = cause.source();
    }
    false
}

/// The library can move nothing until a person has helped.
pub(super) fn tell_trouble(host: &Host, library: i64, error: &Error) -> Result<()> {
    let trouble = Trouble { reason: text::legible(error.reason()), stops: true };
    let now = host.now();
    host.catalog.write(move |transaction| transaction.trouble_library(library, &trouble, now))
}

impl Attached {
    /// The library works: all of it, or what can be used of it.
    pub(super) fn begin_service(&self) -> Result<()> {
        let mut troubles = self.troubles.lock().clone();
        for changer in &self.changers {
            troubles.extend(changer.oddity.lock().clone());
        }
        let (library, now) = (self.key, self.now());
        self.host.catalog.write(move |transaction| {
            if troubles.is_empty() {
                return transaction.library_is_well(library, now);
            }
            let trouble = Trouble { reason: troubles.join("; "), stops: false };
            transaction.trouble_library(library, &trouble, now)
        })
    }
}
