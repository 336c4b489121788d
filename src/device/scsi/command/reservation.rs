//! PERSISTENT RESERVE IN and OUT (SPC-5, 6.16 and 6.17).

use super::Command;

/// What PERSISTENT RESERVE IN asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReservationQuestion {
    /// READ KEYS: the keys of all registrants.
    Keys,
    /// READ RESERVATION: who holds it.
    Reservation,
    /// READ FULL STATUS: all registrants, with where they are.
    FullStatus,
}

/// What PERSISTENT RESERVE OUT does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReservationAction {
    /// REGISTER.
    Register,
    /// REGISTER AND IGNORE EXISTING KEY.
    RegisterAndIgnoreExistingKey,
    /// RESERVE.
    Reserve,
    /// RELEASE.
    Release,
    /// CLEAR: removes the reservation and all registrations.
    Clear,
    /// PREEMPT: removes others' registrations, and takes their reservation.
    Preempt,
    /// PREEMPT AND ABORT: and ends their commands.
    PreemptAndAbort,
}

/// The type of a reservation (SPC-5, table of persistent reservation types).
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ReservationType {
    /// Others may read; the holder writes.
    WriteExclusive,
    /// Nobody but the holder may do anything.
    ExclusiveAccess,
    /// Others may read; registrants write.
    WriteExclusiveRegistrantsOnly,
    /// Nobody but registrants may do anything; one of them holds it.
    ExclusiveAccessRegistrantsOnly,
    /// Others may read; registrants write, and all of them hold it.
    WriteExclusiveAllRegistrants,
    /// Nobody but registrants may do anything, and all of them hold it.
    ExclusiveAccessAllRegistrants,
    /// Another one.
    Other(u8),
}

/// The length of the parameters of PERSISTENT RESERVE OUT.
pub const PARAMETERS: u32 = 24;

/// PERSISTENT RESERVE IN.
pub const fn persistent_reserve_in(question: ReservationQuestion, allocation: u16) -> Command {
    let action = match question {
        ReservationQuestion::Keys => 0x00,
        ReservationQuestion::Reservation => 0x01,
        ReservationQuestion::FullStatus => 0x03,
    };
    let [high, low] = allocation.to_be_bytes();
    Command::ten("PERSISTENT RESERVE IN", [0x5e, action, 0, 0, 0, 0, 0, high, low, 0])
}

/// PERSISTENT RESERVE OUT of the whole unit, of [`PARAMETERS`] bytes of parameters.
pub const fn persistent_reserve_out(action: ReservationAction, kind: ReservationType) -> Command {
    let action = match action {
        ReservationAction::Register => 0x00,
        ReservationAction::Reserve => 0x01,
        ReservationAction::Release => 0x02,
        ReservationAction::Clear => 0x03,
        ReservationAction::Preempt => 0x04,
        ReservationAction::PreemptAndAbort => 0x05,
        ReservationAction::RegisterAndIgnoreExistingKey => 0x06,
    };
    let [a, b, c, d] = PARAMETERS.to_be_bytes();
    let bytes = [0x5f, action, kind.code(), 0, 0, a, b, c, d, 0];
    Command::ten("PERSISTENT RESERVE OUT", bytes)
}

/// The parameters of PERSISTENT RESERVE OUT: our key, and the key that the action is about (the new
/// one to register, 0 to unregister; the one to preempt). A registration through which port
/// whatever is for that port only, and is forgotten when the device is switched off.
pub fn reserve_parameters(key: u64, about: u64) -> [u8; PARAMETERS as usize] {
    let mut bytes = [0; PARAMETERS as usize];
    let (ours, rest) = bytes.split_at_mut(8);
    let (other, _) = rest.split_at_mut(8);
    ours.copy_from_slice(&key.to_be_bytes());
    other.copy_from_slice(&about.to_be_bytes());
    bytes
}

impl ReservationType {
    /// The type with this code.
    pub const fn of(code: u8) -> Self {
        match code & 0x0f {
            0x1 => Self::WriteExclusive,
            0x3 => Self::ExclusiveAccess,
            0x5 => Self::WriteExclusiveRegistrantsOnly,
            0x6 => Self::ExclusiveAccessRegistrantsOnly,
            0x7 => Self::WriteExclusiveAllRegistrants,
            0x8 => Self::ExclusiveAccessAllRegistrants,
            other => Self::Other(other),
        }
    }

    /// Its code.
    pub const fn code(self) -> u8 {
        match self {
            Self::WriteExclusive => 0x1,
            Self::ExclusiveAccess => 0x3,
            Self::WriteExclusiveRegistrantsOnly => 0x5,
            Self::ExclusiveAccessRegistrantsOnly => 0x6,
            Self::WriteExclusiveAllRegistrants => 0x7,
            Self::ExclusiveAccessAllRegistrants => 0x8,
            Self::Other(code) => code & 0x0f,
        }
    }
}
