//! The devices behind a target.

use std::error::Error;
use std::sync::Arc;

use super::{Discovery, is_of_no_use};
use crate::device::scsi::{IscsiOptions, IscsiTransport, IscsiUrl, TransportError, Unit};

/// Units that are looked for one by one where a target does not list them.
const LOOKED_FOR: u16 = 256;

/// The changers and drives behind a target, each with a session of its own. The URL's unit does
/// not matter.
///
/// A target that does not list its units (REPORT LUNS) is asked for units 0 to 255 one by one.
///
/// # Errors
/// Those of [`IscsiOptions::open`]: there is no session with the target, or it was lost. A unit
/// that does not tell who it is is among the [failures](Discovery::failures).
pub fn target(url: &IscsiUrl, options: &IscsiOptions) -> Result<Discovery, TransportError> {
    let mut found = Discovery::default();
    for unit in units(url, options)? {
        found.ask(Arc::new(options.open(&url.clone().with_unit(unit))?));
    }
    Ok(found)
}

/// The numbers of the units behind a target.
fn units(url: &IscsiUrl, options: &IscsiOptions) -> Result<Vec<u16>, TransportError> {
    let first = options.open(&url.clone().with_unit(0))?;
    let mut units = match Unit::new(Arc::new(first.sibling(0))).report_luns() {
        Ok(listed) => listed.into_iter().filter_map(|unit| unit.number()).collect(),
        Err(_) => tried(&first),
    };
    units.sort_unstable();
    units.dedup();
    Ok(units)
}

/// The numbers of the units that answer, until the target does not.
fn tried(first: &IscsiTransport) -> Vec<u16> {
    let mut units = Vec::new();
    for number in 0..LOOKED_FOR {
        match Unit::new(Arc::new(first.sibling(number))).identity() {
            Ok(_) => units.push(number),
            Err(error) if is_of_no_use(&error) => {}
            Err(error) if error.source().is_some() => break,
            Err(_) => units.push(number),
        }
    }
    units
}
