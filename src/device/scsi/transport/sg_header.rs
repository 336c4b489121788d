//! The header by which the SCSI generic driver of Linux takes commands and gives answers.
#![allow(unsafe_code)]

use std::ffi::{c_int, c_uchar, c_uint, c_ushort, c_void};
use std::mem::offset_of;
use std::os::fd::OwnedFd;
use std::time::Duration;

use rustix::io::Errno;

use super::{Completion, Data, Status, TransportError, TransportErrorKind};

/// `struct sg_io_hdr` of `scsi/sg.h`.
#[repr(C)]
struct Header {
    interface_id: c_int,
    dxfer_direction: c_int,
    cmd_len: c_uchar,
    mx_sb_len: c_uchar,
    iovec_count: c_ushort,
    dxfer_len: c_uint,
    dxferp: *mut c_void,
    cmdp: *const c_uchar,
    sbp: *mut c_uchar,
    timeout: c_uint,
    flags: c_uint,
    pack_id: c_int,
    #[cfg(target_pointer_width = "64")]
    padding: c_int,
    usr_ptr: *mut c_void,
    status: c_uchar,
    masked_status: c_uchar,
    msg_status: c_uchar,
    sb_len_wr: c_uchar,
    host_status: c_ushort,
    driver_status: c_ushort,
    resid: c_int,
    duration: c_uint,
    info: c_uint,
}

impl Header {
    const EMPTY: Self = Self {
        interface_id: INTERFACE,
        dxfer_direction: NO_DATA,
        cmd_len: 0,
        mx_sb_len: 0,
        iovec_count: 0,
        dxfer_len: 0,
        dxferp: std::ptr::null_mut(),
        cmdp: std::ptr::null(),
        sbp: std::ptr::null_mut(),
        timeout: 0,
        flags: 0,
        pack_id: 0,
        #[cfg(target_pointer_width = "64")]
        padding: 0,
        usr_ptr: std::ptr::null_mut(),
        status: 0,
        masked_status: 0,
        msg_status: 0,
        sb_len_wr: 0,
        host_status: 0,
        driver_status: 0,
        resid: 0,
        duration: 0,
        info: 0,
    };
}

#[cfg(target_pointer_width = "64")]
const _: () = {
    assert!(size_of::<Header>() == 88);
    assert!(offset_of!(Header, dxferp) == 16);
    assert!(offset_of!(Header, timeout) == 40);
    assert!(offset_of!(Header, usr_ptr) == 56);
    assert!(offset_of!(Header, status) == 64);
    assert!(offset_of!(Header, host_status) == 68);
    assert!(offset_of!(Header, info) == 80);
};
#[cfg(target_pointer_width = "32")]
const _: () = {
    assert!(size_of::<Header>() == 64);
    assert!(offset_of!(Header, dxferp) == 16);
    assert!(offset_of!(Header, timeout) == 28);
    assert!(offset_of!(Header, status) == 44);
    assert!(offset_of!(Header, info) == 60);
};

const SIZE: usize = size_of::<Header>();
const INTERFACE: c_int = 'S' as c_int;
const NO_DATA: c_int = -1;
const TO_DEVICE: c_int = -2;
const FROM_DEVICE: c_int = -3;
/// Behind the commands that wait already, not before them.
const AT_TAIL: c_uint = 0x10;
const SENSE: usize = 252;

/// A command that the driver has, with the memory it answers into.
///
/// The memory is the flight's own and never the caller's: a caller whose command is given up goes
/// on, while the flight stays until its answer has come.
#[derive(Debug)]
pub(super) struct Flight {
    id: c_int,
    command: Vec<u8>,
    data: Vec<u8>,
    sense: Vec<u8>,
    direction: c_int,
    timeout: c_uint,
}

impl Flight {
    pub(super) fn new(id: c_int, command: &[u8], data: &Data<'_>, timeout: Duration) -> Self {
        let (direction, data) = match data {
            Data::In(buffer) if !buffer.is_empty() => (FROM_DEVICE, vec![0; buffer.len()]),
            Data::Out(bytes) if !bytes.is_empty() => (TO_DEVICE, bytes.to_vec()),
            _ => (NO_DATA, Vec::new()),
        };
        Self {
            id,
            command: command.to_vec(),
            data,
            sense: vec![0; SENSE],
            direction,
            timeout: timeout.as_millis().clamp(1, c_uint::MAX.into()) as c_uint,
        }
    }

    pub(super) fn id(&self) -> c_int {
        self.id
    }

    /// Hands the command to the driver.
    pub(super) fn send(&mut self, node: &OwnedFd) -> Result<(), Errno> {
        let header = Header {
            dxfer_direction: self.direction,
            cmd_len: self.command.len().min(u8::MAX.into()) as c_uchar,
            mx_sb_len: SENSE as c_uchar,
            dxfer_len: c_uint::try_from(self.data.len()).map_err(|_| Errno::INVAL)?,
            dxferp: self.data.as_mut_ptr().cast(),
            cmdp: self.command.as_ptr(),
            sbp: self.sense.as_mut_ptr(),
            timeout: self.timeout,
            flags: AT_TAIL,
            pack_id: self.id,
            ..Header::EMPTY
        };
        let header: *const Header = &raw const header;
        // SAFETY: the slice is exactly the header above, which has no padding and lives until the
        // end of this function. What the kernel
        // gets by it are addresses of three vectors of this flight, with their lengths. The
        // command is read before `write` returns, and so are data to the device. Sense data and
        // data from the device are written through these addresses only inside a later `read` of
        // the same file: direct transfer is not asked for, so that the device itself fills
        // buffers of the kernel, and answers nobody reads are freed with the file. Reads of the
        // file happen only in `Answer::read`, behind the lock of the transport, which keeps every
        // flight, unmoved in memory, until its answer was read. A flight is never freed before
        // that but after its file is closed.
        let bytes = unsafe { std::slice::from_raw_parts(header.cast::<u8>(), SIZE) };
        match rustix::io::write(node, bytes)? {
            SIZE => Ok(()),
            _ => Err(Errno::IO),
        }
    }
}

/// The driver's answer to one command.
pub(super) struct Answer {
    header: Header,
}

impl Answer {
    /// The next answer that has come.
    ///
    /// # Errors
    /// `EAGAIN` if there is none.
    pub(super) fn read(node: &OwnedFd) -> Result<Self, Errno> {
        let mut header = Header::EMPTY;
        let place: *mut Header = &raw mut header;
        // SAFETY: the slice is exactly the header above, which nothing else uses meanwhile. Any
        // bytes are a header: it has no padding, and every number and raw pointer is valid. The
        // driver also writes into the memory of the flight that is answered; `Flight::send` says
        // why that is there.
        let bytes = unsafe { std::slice::from_raw_parts_mut(place.cast::<u8>(), SIZE) };
        match rustix::io::read(node, bytes)? {
            SIZE => Ok(Self { header }),
            _ => Err(Errno::IO),
        }
    }

    /// Which command it answers.
    pub(super) fn id(&self) -> c_int {
        self.header.pack_id
    }

    /// How the command ended, and its data.
    ///
    /// # Errors
    /// It did not reach the device, or its end is not known.
    pub(super) fn completion(
        self,
        flight: Flight,
        data: Data<'_>,
    ) -> Result<Completion, TransportError> {
        let Header { status, host_status, driver_status, sb_len_wr, resid, .. } = self.header;
        let status = conflict(status, host_status).unwrap_or(Status(status));
        delivered(status.0, host_status, driver_status)?;
        let missing = usize::try_from(resid).unwrap_or(0);
        let transferred = flight.data.len().saturating_sub(missing);
        if let Data::In(buffer) = data {
            let came = flight.data.iter().take(transferred);
            buffer.iter_mut().zip(came).for_each(|(byte, &read)| *byte = read);
        }
        let mut sense = flight.sense;
        sense.truncate(sb_len_wr.into());
        Ok(Completion { status, sense, transferred })
    }
}

/// A reservation conflict, which comes in two ways: as the device's status, or without one, as the
/// host status that means it.
fn conflict(status: u8, host: c_ushort) -> Option<Status> {
    const NEXUS_FAILURE: c_ushort = 0x11;
    (status == 0 && host == NEXUS_FAILURE).then_some(Status::RESERVATION_CONFLICT)
}

/// Whether the device itself ended the command: what the host adapter and its driver say.
fn delivered(status: u8, host: c_ushort, driver: c_ushort) -> Result<(), TransportError> {
    use TransportErrorKind::{Gone, Lost, TimedOut};

    const HOST_FINE: c_ushort = 0x00;
    /// The middle layer explains a status that the device gave.
    const HOST_EXPLAINS: [c_ushort; 4] = [0x10, 0x11, 0x12, 0x13];
    let kind = match (host, driver & 0x0F) {
        (_, 0x06) | (0x03, _) => TimedOut,
        (HOST_FINE, 0x00 | 0x08) => return Ok(()),
        (host, _) if status != 0 && HOST_EXPLAINS.contains(&host) => return Ok(()),
        // No connection, no such target, the path failed before it was used.
        (0x01 | 0x04 | 0x0F, _) => Gone,
        _ => Lost,
    };
    let reason = match kind {
        TimedOut => "the device did not answer in time",
        Gone => "the device cannot be reached",
        _ => "the answer was lost on the way",
    };
    let reason = format!("{reason} (host status {host:#04x}, driver status {driver:#04x})");
    Err(TransportError::new(kind, reason))
}

#[cfg(test)]
mod tests {
    use super::{Status, conflict, delivered};

    #[test]
    fn wrong_18_a_reservation_conflict_is_one_in_both_encodings() {
        assert_eq!(conflict(0, 0x11), Some(Status::RESERVATION_CONFLICT));
        assert!(delivered(0x18, 0x11, 0).is_ok());
        assert_eq!(conflict(0x18, 0x11), None, "the device says it itself");
        assert!(delivered(0x18, 0, 0).is_ok());
        assert_eq!(conflict(0, 0x07), None);
    }
}
