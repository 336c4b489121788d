//! A program in a terminal of its own: what is on the screen, and keys.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(missing_docs, dead_code)]

use std::fs::File;
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::process::{Child, Command, ExitStatus};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};
use rustix::fs::{Mode, OFlags, open};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

const COLUMNS: u16 = 100;
const ROWS: u16 = 30;

/// Some programs go by the size of the terminal before which the tests run, if there is one.
const LARGEST: (usize, usize) = (200, 500);

/// How long something may take to appear; nothing takes so long that comes at all.
const PATIENCE: Duration = Duration::from_secs(100);

/// What a terminal has been told, as far as the program makes use of it.
struct Screen {
    cells: Vec<Vec<char>>,
    row: usize,
    column: usize,
    /// A sequence or character that has not come to its end.
    pending: Vec<u8>,
    /// Whether it shows another screen than the one on which it was started.
    is_other: bool,
    has_ended: bool,
}

impl Screen {
    fn take(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        while let Some(used) = self.take_one() {
            self.pending.drain(..used);
        }
    }

    /// One character or control sequence; none if it is not complete. Gives its length.
    fn take_one(&mut self) -> Option<usize> {
        match *self.pending.first()? {
            0x1b => self.escape(),
            b'\r' => {
                self.column = 0;
                Some(1)
            }
            b'\n' => {
                self.row += 1;
                Some(1)
            }
            byte if byte < 0x20 => Some(1),
            byte => {
                let length = match byte {
                    0xf0.. => 4,
                    0xe0.. => 3,
                    0xc0.. => 2,
                    _ => 1,
                };
                let text = std::str::from_utf8(self.pending.get(..length)?).expect("text");
                let letter = text.chars().next()?;
                if let Some(cell) =
                    self.cells.get_mut(self.row).and_then(|row| row.get_mut(self.column))
                {
                    *cell = letter;
                }
                self.column += 1;
                Some(length)
            }
        }
    }

    fn escape(&mut self) -> Option<usize> {
        if *self.pending.get(1)? != b'[' {
            return Some(2);
        }
        let end = 2 + self.pending[2..].iter().position(|byte| (0x40..0x7f).contains(byte))?;
        let text = String::from_utf8_lossy(&self.pending[2..end]).into_owned();
        let numbers: Vec<usize> = text.split(';').map(|it| it.parse().unwrap_or(0)).collect();
        let number = |nth: usize| numbers.get(nth).copied().unwrap_or(0).max(1);
        match self.pending[end] {
            b'H' => (self.row, self.column) = (number(0) - 1, number(1) - 1),
            b'C' => self.column += number(0),
            end @ (b'h' | b'l') if text == "?1049" => self.is_other = end == b'h',
            b'J' => self.cells.iter_mut().for_each(|row| row.fill(' ')),
            _ => {}
        }
        Some(end + 1)
    }

    fn text(&self) -> String {
        let lines =
            self.cells.iter().map(|row| row.iter().collect::<String>().trim_end().to_owned());
        lines.collect::<Vec<_>>().join("\n").trim_end().to_owned()
    }
}

/// The program. It is killed when this is dropped.
pub struct Pty {
    process: Child,
    keys: File,
    shared: Arc<(Mutex<Screen>, Condvar)>,
}

impl Pty {
    pub fn start(mut command: Command) -> Self {
        let ours = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).expect("a terminal");
        grantpt(&ours).and_then(|()| unlockpt(&ours)).expect("a terminal");
        let name = ptsname(&ours, Vec::new()).expect("its name");
        let theirs = open(name, OFlags::RDWR | OFlags::NOCTTY, Mode::empty()).expect("its end");
        let size = Winsize { ws_row: ROWS, ws_col: COLUMNS, ws_xpixel: 0, ws_ypixel: 0 };
        tcsetwinsize(&ours, size).expect("a size");
        let end = |of: &OwnedFd| of.try_clone().expect("one more");
        let process = command
            .env("TERM", "xterm")
            .env("TZ", "UTC")
            .stdin(end(&theirs))
            .stdout(end(&theirs))
            .stderr(theirs)
            .spawn()
            .expect("the program");
        // It has the program's end of the terminal as well.
        drop(command);
        let screen = Screen {
            cells: vec![vec![' '; LARGEST.1]; LARGEST.0],
            row: 0,
            column: 0,
            pending: Vec::new(),
            is_other: false,
            has_ended: false,
        };
        let shared = Arc::new((Mutex::new(screen), Condvar::new()));
        let (shown, mut output) = (Arc::clone(&shared), File::from(end(&ours)));
        thread::spawn(move || {
            let mut bytes = [0; 4096];
            loop {
                // An error says that nobody has the other end any more.
                let count = output.read(&mut bytes).unwrap_or(0);
                let mut screen = shown.0.lock();
                screen.take(&bytes[..count]);
                screen.has_ended = count == 0;
                shown.1.notify_all();
                if count == 0 {
                    return;
                }
            }
        });
        Self { process, keys: File::from(ours), shared }
    }

    /// Waits until the screen is as it is to be.
    #[track_caller]
    pub fn until(&self, so: impl Fn(&str) -> bool) {
        let (screen, changed) = &*self.shared;
        let deadline = Instant::now() + PATIENCE;
        let mut screen = screen.lock();
        loop {
            let text = screen.text();
            if so(&text) {
                return;
            }
            assert!(!screen.has_ended, "it has ended:\n{text}");
            let is_late = changed.wait_until(&mut screen, deadline).timed_out();
            assert!(!is_late, "it does not appear:\n{text}");
        }
    }

    pub fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).expect("it listens");
    }

    /// Waits until the program has ended.
    pub fn end(mut self) -> ExitStatus {
        let (screen, changed) = &*self.shared;
        let deadline = Instant::now() + PATIENCE;
        let mut locked = screen.lock();
        while !locked.has_ended {
            let is_late = changed.wait_until(&mut locked, deadline).timed_out();
            assert!(!is_late, "it does not end:\n{}", locked.text());
        }
        assert!(!locked.is_other, "the terminal is not given back");
        drop(locked);
        self.process.wait().expect("it has ended")
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ended = self.process.kill().and_then(|()| self.process.wait().map(drop));
    }
}
