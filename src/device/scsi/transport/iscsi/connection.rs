//! One connection, by libiscsi behind its shim.
#![allow(unsafe_code)]

use std::ffi::{CStr, CString, c_char, c_int, c_uchar, c_void};
use std::marker::PhantomData;
use std::os::fd::BorrowedFd;
use std::ptr::NonNull;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;

use super::super::Data;

/// A session of the shim: never looked into from here.
#[repr(C)]
struct Raw {
    hidden: [u8; 0],
    neither_send_nor_sync: PhantomData<*mut c_void>,
}

unsafe extern "C" {
    fn rsm_iscsi_new(initiator: *const c_char) -> *mut Raw;
    fn rsm_iscsi_free(session: *mut Raw);
    fn rsm_iscsi_set_isid(session: *mut Raw, random: u32, qualifier: u32) -> c_int;
    fn rsm_iscsi_set_target(session: *mut Raw, name: *const c_char) -> c_int;
    fn rsm_iscsi_set_digest(session: *mut Raw, wanted: c_int) -> c_int;
    fn rsm_iscsi_set_chap(session: *mut Raw, user: *const c_char, secret: *const c_char) -> c_int;
    fn rsm_iscsi_set_mutual_chap(
        session: *mut Raw,
        user: *const c_char,
        secret: *const c_char,
    ) -> c_int;
    fn rsm_iscsi_begin_connect(session: *mut Raw, portal: *const c_char) -> c_int;
    fn rsm_iscsi_begin_login(session: *mut Raw) -> c_int;
    fn rsm_iscsi_begin_logout(session: *mut Raw) -> c_int;
    fn rsm_iscsi_begin_discovery(session: *mut Raw) -> c_int;
    fn rsm_iscsi_begin_command(
        session: *mut Raw,
        unit: u32,
        command: *const c_uchar,
        length: u32,
        direction: c_int,
        data: *mut c_uchar,
        size: u32,
    ) -> c_int;
    fn rsm_iscsi_ended(session: *const Raw) -> c_int;
    fn rsm_iscsi_status(session: *const Raw) -> c_int;
    fn rsm_iscsi_missing(session: *const Raw) -> u32;
    fn rsm_iscsi_sense(session: *const Raw, sense: *mut c_uchar, room: u32) -> u32;
    fn rsm_iscsi_clear(session: *mut Raw);
    fn rsm_iscsi_targets(session: *const Raw) -> *const c_char;
    fn rsm_iscsi_fd(session: *const Raw) -> c_int;
    fn rsm_iscsi_events(session: *const Raw) -> c_int;
    fn rsm_iscsi_service(session: *mut Raw, events: c_int) -> c_int;
    fn rsm_iscsi_error(session: *const Raw) -> *const c_char;
    fn rsm_iscsi_elsewhere(session: *const Raw) -> *const c_char;
}

/// A connection to a portal. Dropping it closes the socket, without a word to the target.
#[derive(Debug)]
pub(super) struct Connection {
    raw: NonNull<Raw>,
}

// SAFETY: a session of libiscsi is plain memory and a socket; nothing in it belongs to a thread.
// All calls take `&mut self` or only read, so that no two threads are in it at a time.
unsafe impl Send for Connection {}

/// How something that was begun came out.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The device's status; good is 0.
    Status(u8),
    /// There was no answer: the connection is of no use any more, and why.
    Broken(String),
    /// The target is at another portal.
    Elsewhere(String),
    /// There was no answer before the deadline. The connection is of no use any more.
    TimedOut,
}

/// A command's end.
#[derive(Debug)]
pub(super) struct Ended {
    pub status: u8,
    pub sense: Vec<u8>,
    pub missing: usize,
}

impl Connection {
    /// A session that is not connected yet; none without memory.
    pub(super) fn new(initiator: &CStr) -> Option<Self> {
        // SAFETY: the name is text that ends with NUL; libiscsi copies it.
        let raw = unsafe { rsm_iscsi_new(initiator.as_ptr()) };
        NonNull::new(raw).map(|raw| Self { raw })
    }

    /// Names this end of the session: the same number is the same session to the target.
    pub(super) fn name_session(&mut self, random: u32, qualifier: u16) -> bool {
        // SAFETY: `raw` is a session of the shim until drop; numbers only.
        unsafe { rsm_iscsi_set_isid(self.raw.as_ptr(), random, qualifier.into()) != 0 }
    }

    /// The target to log in to; without one the session is for discovery.
    pub(super) fn target(&mut self, name: Option<&CStr>) -> bool {
        let name = name.map_or(std::ptr::null(), CStr::as_ptr);
        // SAFETY: as in `name_session`; the name is null or text that ends with NUL, and copied.
        unsafe { rsm_iscsi_set_target(self.raw.as_ptr(), name) != 0 }
    }

    /// Headers carry a checksum: if the target agrees, or always.
    pub(super) fn digest(&mut self, always: bool) -> bool {
        // SAFETY: as in `name_session`.
        unsafe { rsm_iscsi_set_digest(self.raw.as_ptr(), always.into()) != 0 }
    }

    pub(super) fn chap(&mut self, user: &CStr, secret: &CStr) -> bool {
        // SAFETY: as in `target`.
        unsafe { rsm_iscsi_set_chap(self.raw.as_ptr(), user.as_ptr(), secret.as_ptr()) != 0 }
    }

    pub(super) fn mutual_chap(&mut self, user: &CStr, secret: &CStr) -> bool {
        // SAFETY: as in `target`.
        unsafe { rsm_iscsi_set_mutual_chap(self.raw.as_ptr(), user.as_ptr(), secret.as_ptr()) != 0 }
    }

    pub(super) fn connect(&mut self, portal: &CStr, deadline: Instant) -> Outcome {
        // SAFETY: as in `target`.
        let begun = unsafe { rsm_iscsi_begin_connect(self.raw.as_ptr(), portal.as_ptr()) };
        let outcome = self.finish(begun, deadline);
        self.close_in_programs();
        outcome
    }

    pub(super) fn log_in(&mut self, deadline: Instant) -> Outcome {
        // SAFETY: as in `name_session`.
        let begun = unsafe { rsm_iscsi_begin_login(self.raw.as_ptr()) };
        self.finish(begun, deadline)
    }

    pub(super) fn log_out(&mut self, deadline: Instant) -> Outcome {
        // SAFETY: as in `name_session`.
        let begun = unsafe { rsm_iscsi_begin_logout(self.raw.as_ptr()) };
        self.finish(begun, deadline)
    }

    /// The targets behind the portal: a line each, its name and then its portals.
    pub(super) fn targets(&mut self, deadline: Instant) -> Result<String, Outcome> {
        // SAFETY: as in `name_session`.
        let begun = unsafe { rsm_iscsi_begin_discovery(self.raw.as_ptr()) };
        match self.finish(begun, deadline) {
            Outcome::Status(0) => {
                // SAFETY: as in `name_session`; the text belongs to the session.
                Ok(unsafe { text(rsm_iscsi_targets(self.raw.as_ptr())) })
            }
            outcome => Err(outcome),
        }
    }

    /// Sends one command. Takes the connection, and gives it back if it is of use still: nothing
    /// can write into the buffer once this returns.
    pub(super) fn command(
        mut self,
        unit: u16,
        command: &[u8],
        data: Data<'_>,
        deadline: Instant,
    ) -> Result<(Self, Ended), Outcome> {
        let (direction, start, size) = match data {
            Data::In(buffer) if !buffer.is_empty() => (1, buffer.as_mut_ptr(), buffer.len()),
            // libiscsi reads what it sends; its type for a buffer is the same both ways.
            Data::Out(bytes) if !bytes.is_empty() => (2, bytes.as_ptr().cast_mut(), bytes.len()),
            _ => (0, std::ptr::null_mut(), 0),
        };
        let length = command.len() as u32;
        let size = u32::try_from(size).unwrap_or(u32::MAX);
        // SAFETY: as in `name_session`. The command is copied before the call returns. The buffer
        // is borrowed until this function returns, and libiscsi uses it only inside calls made
        // here: either the command has ended below and is cleared, so that its task is freed, or
        // this connection is dropped, which frees the task with the session. Lengths that do not
        // fit are refused by the shim.
        let begun = unsafe {
            rsm_iscsi_begin_command(
                self.raw.as_ptr(),
                unit.into(),
                command.as_ptr(),
                length,
                direction,
                start,
                size,
            )
        };
        let status = match self.wait(begun, deadline) {
            Outcome::Status(status) => status,
            outcome => return Err(outcome),
        };
        let ended = Ended { status, sense: self.sense(), missing: self.missing() };
        self.clear();
        Ok((self, ended))
    }

    /// Answers the target, if it has asked for something; false if the connection is lost.
    pub(super) fn attend(&mut self) -> bool {
        let now = Instant::now();
        loop {
            match self.ready(PollFlags::IN, now) {
                Some(events) if events.is_empty() => break,
                Some(events) if events == PollFlags::IN => {
                    if !self.service(events) {
                        return false;
                    }
                }
                _ => return false,
            }
        }
        let wanted = self.events();
        !wanted.contains(PollFlags::OUT) || self.service(PollFlags::OUT)
    }

    fn finish(&mut self, begun: c_int, deadline: Instant) -> Outcome {
        let outcome = self.wait(begun, deadline);
        self.clear();
        outcome
    }

    /// Carries on with what was begun until it ends.
    fn wait(&mut self, begun: c_int, deadline: Instant) -> Outcome {
        if begun == 0 {
            return Outcome::Broken(self.error());
        }
        while !self.ended() {
            match self.ready(self.events(), deadline) {
                None => return Outcome::Broken(self.error()),
                Some(events) if events.is_empty() => {
                    if Instant::now() >= deadline {
                        return Outcome::TimedOut;
                    }
                }
                Some(events) => {
                    if !self.service(events) && !self.ended() {
                        return Outcome::Broken(self.error());
                    }
                }
            }
        }
        // SAFETY: as in `name_session`.
        match unsafe { rsm_iscsi_status(self.raw.as_ptr()) } {
            -2 => Outcome::Elsewhere(self.elsewhere()),
            status => match u8::try_from(status) {
                Ok(status) => Outcome::Status(status),
                Err(_) => Outcome::Broken(self.error()),
            },
        }
    }

    /// Waits for the socket; nothing happened if the deadline came first. None: it cannot be
    /// waited for.
    fn ready(&self, wanted: PollFlags, deadline: Instant) -> Option<PollFlags> {
        /// libiscsi may have nothing to wait for a while.
        const LONGEST: Duration = Duration::from_secs(1);

        let left = deadline.saturating_duration_since(Instant::now()).min(LONGEST);
        let socket = self.socket()?;
        let mut polled = [PollFd::new(&socket, wanted | PollFlags::RDHUP)];
        match poll(&mut polled, left.try_into().ok().as_ref()) {
            Ok(_) => {}
            Err(Errno::INTR) => return Some(PollFlags::empty()),
            Err(_) => return None,
        }
        let [polled] = polled;
        Some(polled.revents())
    }

    /// Lets libiscsi read and write; false if the connection is lost.
    fn service(&mut self, events: PollFlags) -> bool {
        // An answer may lie before the end of the stream: what can be read is read first.
        let events = match events.contains(PollFlags::IN) {
            true => events & (PollFlags::IN | PollFlags::OUT),
            false if events.contains(PollFlags::RDHUP) => PollFlags::HUP,
            false => events,
        };
        // SAFETY: as in `name_session`. The buffer of a running command is alive, see `command`.
        unsafe { rsm_iscsi_service(self.raw.as_ptr(), events.bits().into()) != 0 }
    }

    fn socket(&self) -> Option<BorrowedFd<'_>> {
        // SAFETY: as in `name_session`.
        let socket = unsafe { rsm_iscsi_fd(self.raw.as_ptr()) };
        // SAFETY: the socket is open for as long as libiscsi tells its number; it is closed only
        // in calls with `&mut self`.
        (socket >= 0).then(|| unsafe { BorrowedFd::borrow_raw(socket) })
    }

    /// Programs this process starts do not get the socket.
    fn close_in_programs(&self) {
        if let Some(socket) = self.socket() {
            let _ = rustix::io::fcntl_setfd(socket, rustix::io::FdFlags::CLOEXEC);
        }
    }

    fn events(&self) -> PollFlags {
        // SAFETY: as in `name_session`.
        let events = unsafe { rsm_iscsi_events(self.raw.as_ptr()) };
        PollFlags::from_bits_truncate(events as u16)
    }

    fn ended(&self) -> bool {
        // SAFETY: as in `name_session`.
        unsafe { rsm_iscsi_ended(self.raw.as_ptr()) != 0 }
    }

    fn missing(&self) -> usize {
        // SAFETY: as in `name_session`.
        unsafe { rsm_iscsi_missing(self.raw.as_ptr()) as usize }
    }

    fn sense(&self) -> Vec<u8> {
        let mut sense = vec![0; 252];
        // SAFETY: as in `name_session`; the shim writes no more than there is room.
        let length =
            unsafe { rsm_iscsi_sense(self.raw.as_ptr(), sense.as_mut_ptr(), sense.len() as u32) };
        sense.truncate(length as usize);
        sense
    }

    fn clear(&mut self) {
        // SAFETY: as in `name_session`.
        unsafe { rsm_iscsi_clear(self.raw.as_ptr()) }
    }

    fn error(&self) -> String {
        // SAFETY: as in `name_session`; the text belongs to the session.
        unsafe { text(rsm_iscsi_error(self.raw.as_ptr())) }
    }

    fn elsewhere(&self) -> String {
        // SAFETY: as in `error`.
        unsafe { text(rsm_iscsi_elsewhere(self.raw.as_ptr())) }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: the session is not used afterwards.
        unsafe { rsm_iscsi_free(self.raw.as_ptr()) }
    }
}

/// Text of C, copied; empty where there is none.
///
/// # Safety
/// The pointer is null or points to text that ends with NUL and stays during the call.
unsafe fn text(pointer: *const c_char) -> String {
    if pointer.is_null() {
        return String::new();
    }
    // SAFETY: promised by the caller.
    unsafe { CStr::from_ptr(pointer) }.to_string_lossy().trim().to_owned()
}

/// Text for C: none if there is a NUL in it.
pub(super) fn c_text(text: &str) -> Option<CString> {
    CString::new(text).ok()
}
