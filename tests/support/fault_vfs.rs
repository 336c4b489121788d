//! A disk that fails: a layer over SQLite's own access to files, which fails writes and syncs when
//! it is told to. For the whole process, so only for child processes.
#![allow(unsafe_code, clippy::unwrap_used, clippy::expect_used, missing_docs, dead_code)]

use std::ffi::{c_int, c_void};
use std::mem::size_of;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicI32, AtomicI64, AtomicPtr, Ordering::SeqCst};

use rusqlite::ffi;

const NEVER: i64 = i64::MAX / 2;

/// Writes and syncs until the first that fails.
static LEFT: AtomicI64 = AtomicI64::new(NEVER);
/// How many fail from there on.
static FAILURES: AtomicI64 = AtomicI64::new(0);
/// Whether the process dies instead.
static IS_DEADLY: AtomicBool = AtomicBool::new(false);
/// How writes fail.
static WRITE_ERROR: AtomicI32 = AtomicI32::new(ffi::SQLITE_IOERR_WRITE);
/// SQLite's own layer.
static REAL: AtomicPtr<ffi::sqlite3_vfs> = AtomicPtr::new(ptr::null_mut());

/// The `nth` write or sync from now on (counted from 0) fails, and so do those after it, `failures`
/// in all.
pub fn arm(nth: u32, failures: u32) {
    FAILURES.store(i64::from(failures), SeqCst);
    LEFT.store(i64::from(nth), SeqCst);
}

/// From now on, writes that fail do so because the disk is full.
pub fn fill() {
    WRITE_ERROR.store(ffi::SQLITE_FULL, SeqCst);
}

/// Nothing fails any more. Says how many failures were not used up.
pub fn disarm() -> i64 {
    LEFT.store(NEVER, SeqCst);
    FAILURES.swap(0, SeqCst).max(0)
}

/// Whether something still fails.
pub fn is_armed() -> bool {
    FAILURES.load(SeqCst) > 0
}

/// The process dies at its `nth` write or sync from now on (counted from 0), as a killed one does.
pub fn die_at(nth: u32) {
    IS_DEADLY.store(true, SeqCst);
    arm(nth, 1);
}

fn fails() -> bool {
    let fails = may_fail();
    if fails && IS_DEADLY.load(SeqCst) {
        std::process::abort();
    }
    fails
}

fn may_fail() -> bool {
    LEFT.fetch_sub(1, SeqCst) <= 0 && FAILURES.fetch_sub(1, SeqCst) > 0
}

/// An open file: ours, and behind it in the same memory the real one.
#[repr(C)]
struct File {
    base: ffi::sqlite3_file,
    real: *mut ffi::sqlite3_file,
}

/// Every database opened from now on in this process goes through this layer.
pub fn install() {
    // SAFETY: SQLite's default layer exists for the life of the process, and is copied with our
    // own way of opening files. The copy is leaked, so it lives as long. Its other functions do not
    // look at what we changed.
    unsafe {
        assert_eq!(ffi::sqlite3_initialize(), ffi::SQLITE_OK);
        let real = ffi::sqlite3_vfs_find(ptr::null());
        assert!(!real.is_null());
        REAL.store(real, SeqCst);
        let mut ours = Box::new(ptr::read(real));
        ours.zName = c"fault".as_ptr();
        ours.pNext = ptr::null_mut();
        ours.szOsFile += size_of::<File>() as c_int;
        ours.xOpen = Some(open);
        assert_eq!(ffi::sqlite3_vfs_register(Box::into_raw(ours), 1), ffi::SQLITE_OK);
    }
}

unsafe extern "C" fn open(
    _vfs: *mut ffi::sqlite3_vfs,
    name: ffi::sqlite3_filename,
    file: *mut ffi::sqlite3_file,
    flags: c_int,
    out_flags: *mut c_int,
) -> c_int {
    let vfs = REAL.load(SeqCst);
    // SAFETY: SQLite gives memory of `szOsFile` bytes, which is room for our part and the real one
    // behind it; our part's size keeps the real one aligned to pointers.
    unsafe {
        let ours = file.cast::<File>();
        (*ours).real = ours.add(1).cast();
        let real_open = (*vfs).xOpen.expect("open");
        let result = real_open(vfs, name, (*ours).real, flags, out_flags);
        let is_open = !(*(*ours).real).pMethods.is_null();
        (*ours).base.pMethods = if is_open { &METHODS } else { ptr::null() };
        result
    }
}

/// Passes a call on to the real file.
macro_rules! pass_on {
    ($name:ident, $method:ident $(, $argument:ident: $kind:ty)*) => {
        pass_on!($name, $method -> c_int $(, $argument: $kind)*);
    };
    ($name:ident, $method:ident -> $result:ty $(, $argument:ident: $kind:ty)*) => {
        unsafe extern "C" fn $name(file: *mut ffi::sqlite3_file $(, $argument: $kind)*) -> $result {
            // SAFETY: called by SQLite with a file that `open` made and that is open.
            unsafe {
                let real = (*file.cast::<File>()).real;
                ((*(*real).pMethods).$method.expect("method"))(real $(, $argument)*)
            }
        }
    };
}

pass_on!(close, xClose);
pass_on!(read, xRead, to: *mut c_void, amount: c_int, at: i64);
pass_on!(real_write, xWrite, from: *const c_void, amount: c_int, at: i64);
pass_on!(truncate, xTruncate, size: i64);
pass_on!(real_sync, xSync, flags: c_int);
pass_on!(file_size, xFileSize, size: *mut i64);
pass_on!(lock, xLock, level: c_int);
pass_on!(unlock, xUnlock, level: c_int);
pass_on!(check_lock, xCheckReservedLock, result: *mut c_int);
pass_on!(control, xFileControl, what: c_int, with: *mut c_void);
pass_on!(sector_size, xSectorSize);
pass_on!(characteristics, xDeviceCharacteristics);
pass_on!(shm_map, xShmMap, region: c_int, size: c_int, extend: c_int, to: *mut *mut c_void);
pass_on!(shm_lock, xShmLock, offset: c_int, count: c_int, flags: c_int);
pass_on!(shm_barrier, xShmBarrier -> ());
pass_on!(shm_unmap, xShmUnmap, delete: c_int);
pass_on!(fetch, xFetch, at: i64, amount: c_int, to: *mut *mut c_void);
pass_on!(unfetch, xUnfetch, at: i64, from: *mut c_void);

unsafe extern "C" fn write(
    file: *mut ffi::sqlite3_file,
    from: *const c_void,
    amount: c_int,
    at: i64,
) -> c_int {
    if fails() {
        return WRITE_ERROR.load(SeqCst);
    }
    // SAFETY: the arguments are SQLite's.
    unsafe { real_write(file, from, amount, at) }
}

unsafe extern "C" fn sync(file: *mut ffi::sqlite3_file, flags: c_int) -> c_int {
    if fails() {
        return ffi::SQLITE_IOERR_FSYNC;
    }
    // SAFETY: the arguments are SQLite's.
    unsafe { real_sync(file, flags) }
}

static METHODS: ffi::sqlite3_io_methods = ffi::sqlite3_io_methods {
    iVersion: 3,
    xClose: Some(close),
    xRead: Some(read),
    xWrite: Some(write),
    xTruncate: Some(truncate),
    xSync: Some(sync),
    xFileSize: Some(file_size),
    xLock: Some(lock),
    xUnlock: Some(unlock),
    xCheckReservedLock: Some(check_lock),
    xFileControl: Some(control),
    xSectorSize: Some(sector_size),
    xDeviceCharacteristics: Some(characteristics),
    xShmMap: Some(shm_map),
    xShmLock: Some(shm_lock),
    xShmBarrier: Some(shm_barrier),
    xShmUnmap: Some(shm_unmap),
    xFetch: Some(fetch),
    xUnfetch: Some(unfetch),
};
