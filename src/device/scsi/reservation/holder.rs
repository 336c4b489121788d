//! Who has reserved a drive.

use std::fmt;
use std::num::NonZeroU64;

use crate::device::scsi::Unit;
use crate::device::scsi::command::reservation::{
    ReservationQuestion, ReservationType, persistent_reserve_in,
};
use crate::device::scsi::reply::reservation::{self, TransportId};
use crate::device::{DeviceError, DeviceErrorKind, DeviceResult};

/// Room for 500 registrants, far more than drives have.
const ROOM: u16 = 4096;

/// Who has reserved a drive.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// His key; 0 where all registrants hold it.
    pub key: u64,
    /// The type of his reservation.
    pub kind: ReservationType,
    /// It is this installation.
    pub is_ours: bool,
    /// The port of his host, where the drive tells.
    pub port: Option<TransportId>,
}

impl Holder {
    /// The drive is not ours.
    pub(super) fn error(&self) -> DeviceError {
        DeviceError::new(DeviceErrorKind::Reserved, format!("the drive is reserved by {self}"))
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.port {
            _ if self.is_ours => f.write_str("this installation"),
            Some(port) => write!(f, "{port}, key {:016x}", self.key),
            None => write!(f, "another host, key {:016x}", self.key),
        }
    }
}

/// Who holds the drive.
pub(super) fn find(unit: &Unit, ours: NonZeroU64) -> DeviceResult<Option<Holder>> {
    let answer = ask(unit, ReservationQuestion::Reservation).map_err(who_does_not_tell)?;
    let Some(reserved) = reservation::reserved(&answer)? else { return Ok(None) };
    let is_ours = match reserved.key {
        0 => {
            let keys = reservation::keys(&ask(unit, ReservationQuestion::Keys)?)?;
            !keys.is_empty() && keys.iter().all(|key| *key == ours.get())
        }
        key => key == ours.get(),
    };
    let port = if is_ours { None } else { port(unit, ours) };
    Ok(Some(Holder { key: reserved.key, kind: reserved.kind, is_ours, port }))
}

/// The port of the first holder that is not us. Not every drive tells.
fn port(unit: &Unit, ours: NonZeroU64) -> Option<TransportId> {
    let answer = ask(unit, ReservationQuestion::FullStatus).ok()?;
    let registrants = reservation::registrants(&answer).ok()?;
    let mut others = registrants.into_iter().filter(|one| one.key != ours.get());
    others.find(|one| one.holds.is_some()).map(|one| one.transport_id)
}

fn ask(unit: &Unit, question: ReservationQuestion) -> DeviceResult<Vec<u8>> {
    unit.answer(&persistent_reserve_in(question, ROOM), ROOM.into())
}

/// Only a reservation of the old kind keeps a drive from telling about reservations.
fn who_does_not_tell(error: DeviceError) -> DeviceError {
    if error.kind() != DeviceErrorKind::Reserved {
        return error;
    }
    let reason = "the drive is reserved by another host with RESERVE of SPC-2, and does not tell \
                  whose it is";
    DeviceError::new(DeviceErrorKind::Reserved, reason).caused_by(error)
}
