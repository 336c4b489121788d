//! The answers to PERSISTENT RESERVE IN (SPC-5, 6.16).

use std::fmt;

use super::{Fields, Malformed};
use crate::device::scsi::command::reservation::ReservationType;

/// The keys of all registrants, one for each way from a host to the device, as far as they came.
///
/// # Errors
/// [`Malformed::Short`] without the header.
pub fn keys(bytes: &[u8]) -> Result<Vec<u64>, Malformed> {
    let (_, list) = list(bytes)?;
    let (keys, _) = list.bytes().as_chunks::<8>();
    Ok(keys.iter().map(|key| u64::from_be_bytes(*key)).collect())
}

/// Who holds a reservation, by READ RESERVATION.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reserved {
    /// The key of the holder; 0 where all registrants hold it.
    pub key: u64,
    /// The type of the reservation.
    pub kind: ReservationType,
}

/// Who holds the device; `None` where nobody does.
///
/// # Errors
/// [`Malformed::Short`] where it is cut off.
pub fn reserved(bytes: &[u8]) -> Result<Option<Reserved>, Malformed> {
    let (length, list) = list(bytes)?;
    if length == 0 {
        return Ok(None);
    }
    Ok(Some(Reserved { key: list.u64(0)?, kind: ReservationType::of(list.byte(13)?) }))
}

/// A registrant, by READ FULL STATUS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registrant {
    /// Its key.
    pub key: u64,
    /// The type of the reservation, where it holds it.
    pub holds: Option<ReservationType>,
    /// Who it is.
    pub transport_id: TransportId,
}

/// All registrants. One that is cut off is left out.
///
/// # Errors
/// [`Malformed::Short`] without the header.
pub fn registrants(bytes: &[u8]) -> Result<Vec<Registrant>, Malformed> {
    let (_, mut rest) = list(bytes)?;
    let mut found = Vec::new();
    while let Some((registrant, length)) = registrant(rest) {
        found.push(registrant);
        rest = rest.rest(length);
    }
    Ok(found)
}

/// The port of a host (SPC-5, 7.6.4: TransportID).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransportId {
    /// An iSCSI name, with what tells its sessions from each other where that is given.
    Iscsi(String),
    /// The world-wide name of a Fibre Channel port.
    FibreChannel(u64),
    /// The address of a SAS port.
    Sas(u64),
    /// Another one, or none: the number of the protocol.
    Other(u8),
}

impl TransportId {
    fn read(fields: Fields<'_>) -> Self {
        let protocol = fields.byte(0).unwrap_or(0x0f) & 0x0f;
        let known = match protocol {
            0x0 => fields.u64(8).ok().map(Self::FibreChannel),
            0x6 => fields.u64(4).ok().map(Self::Sas),
            0x5 => {
                let length = fields.u16(2).map_or(0, usize::from);
                Some(Self::Iscsi(fields.text(4, length)))
            }
            _ => None,
        };
        known.unwrap_or(Self::Other(protocol))
    }
}

impl fmt::Display for TransportId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Iscsi(name) => f.write_str(name),
            Self::FibreChannel(port) => write!(f, "Fibre Channel port {port:016x}"),
            Self::Sas(address) => write!(f, "SAS address {address:016x}"),
            Self::Other(protocol) => write!(f, "a port of protocol {protocol:X}h"),
        }
    }
}

/// The stated length of the list, and what came of it.
fn list(bytes: &[u8]) -> Result<(u32, Fields<'_>), Malformed> {
    let fields = Fields::new("persistent reservation", bytes);
    let length = fields.u32(4)?;
    Ok((length, fields.part(8, usize::try_from(length).unwrap_or(usize::MAX))))
}

fn registrant(fields: Fields<'_>) -> Option<(Registrant, usize)> {
    let additional = usize::try_from(fields.u32(20).ok()?).ok()?;
    let id = fields.whole(24, additional).ok()?;
    let kind = ReservationType::of(fields.byte(13).ok()?);
    let registrant = Registrant {
        key: fields.u64(0).ok()?,
        holds: fields.bit(12, 0).then_some(kind),
        transport_id: TransportId::read(id),
    };
    Some((registrant, additional.checked_add(24)?))
}
