//! A virtual tape library behind iSCSI, by tgt.
//!
//! Tests that need it ask [`wanted`] first: they run when `RSM_TEST_TGT=1` is set, and otherwise
//! say that they were left out.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs, dead_code)]

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

/// The name of the target.
pub const TARGET: &str = "iqn.2026-11.test.rsm:library";
/// The unit that is the changer; the drives follow.
pub const CHANGER: u16 = 1;
pub const FIRST_DRIVE: u16 = 2;
/// The addresses of the first elements.
pub const PORTS: u16 = 16;
pub const DRIVES: u16 = 256;
pub const SLOTS: u16 = 1024;

/// Whether tests with tgt are to run. Says what is left out if not.
pub fn wanted() -> bool {
    if std::env::var_os("RSM_TEST_TGT").is_some_and(|value| value == "1") {
        return true;
    }
    left_out("it needs tgt (Debian: apt-get install tgt) and RSM_TEST_TGT=1");
    false
}

/// Tells that the test of this thread is left out; also where the output of tests is not shown.
pub fn left_out(why: &str) {
    let thread = std::thread::current();
    let line = format!("left out: {}: {why}\n", thread.name().unwrap_or("a test"));
    let _ = std::io::stderr().write_all(line.as_bytes());
}

/// What the library is made of.
#[derive(Clone)]
pub struct Layout {
    pub slots: u16,
    pub drives: u16,
    pub ports: u16,
    /// Megabytes on a tape.
    pub size: u32,
    /// What lies in the slots, from the first on; `-` is nothing, `CODE=clean` a cleaning tape,
    /// `CODE=WORM` a tape that can be written once.
    pub tapes: String,
    /// Who may log in.
    pub account: Option<(&'static str, &'static str)>,
    /// How the target proves itself.
    pub own_account: Option<(&'static str, &'static str)>,
}

impl Default for Layout {
    fn default() -> Self {
        Self {
            slots: 10,
            drives: 2,
            ports: 2,
            size: 16,
            tapes: "A00001L6 A00002L6 A00003L6 CLN001L1=clean W00001LW=WORM".to_owned(),
            account: None,
            own_account: None,
        }
    }
}

/// A running library. It is shut down on drop, and also when this process is killed.
pub struct Tgt {
    script: Child,
    answers: BufReader<ChildStdout>,
    port: u16,
    dir: TempDir,
}

impl Tgt {
    pub fn start(layout: &Layout) -> Self {
        // Somebody else may take the port between the look and the start.
        (0..10).find_map(|_| Self::try_start(layout)).expect("tgtd comes up")
    }

    fn try_start(layout: &Layout) -> Option<Self> {
        let dir = TempDir::new().unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let (account, secret) = layout.account.unwrap_or_default();
        let (own_account, own_secret) = layout.own_account.unwrap_or_default();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/real/library.sh");
        let mut script = Command::new("sh")
            .arg(script)
            .env("LIBRARY_DIR", dir.path())
            .env("LIBRARY_PORT", port.to_string())
            .env("LIBRARY_IQN", TARGET)
            .env("LIBRARY_SLOTS", layout.slots.to_string())
            .env("LIBRARY_DRIVES", layout.drives.to_string())
            .env("LIBRARY_PORTS", layout.ports.to_string())
            .env("LIBRARY_SIZE", layout.size.to_string())
            .env("LIBRARY_TAPES", &layout.tapes)
            .env("LIBRARY_ACCOUNT", account)
            .env("LIBRARY_SECRET", secret)
            .env("LIBRARY_OWN_ACCOUNT", own_account)
            .env("LIBRARY_OWN_SECRET", own_secret)
            // Who kills the tests leaves it time to end its daemon.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("sh");
        let answers = BufReader::new(script.stdout.take().unwrap());
        let mut library = Self { script, answers, port, dir };
        (library.answer() == "ready").then_some(library)
    }

    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where a unit is.
    pub fn url(&self, unit: u16) -> String {
        format!("iscsi://127.0.0.1:{}/{TARGET}/{unit}", self.port)
    }

    /// Where everything is.
    pub fn target_url(&self) -> String {
        format!("iscsi://127.0.0.1:{}/{TARGET}", self.port)
    }

    /// Ends the daemon without warning.
    pub fn kill(&mut self) {
        self.ask("kill");
    }

    /// Starts it again, with every tape in its first slot.
    pub fn start_again(&mut self) {
        self.ask("start");
    }

    /// Stops it, so that it takes commands and answers none.
    pub fn freeze(&mut self) {
        self.ask("freeze");
    }

    /// Lets it go on.
    pub fn thaw(&mut self) {
        self.ask("thaw");
    }

    /// A hand takes the cartridge out of a cell of the ports.
    pub fn take_out(&mut self, cell: u16) {
        self.ask(&format!("take {}", PORTS + cell));
    }

    /// A hand puts the cartridge with this bar code into a cell of the ports.
    pub fn put_in(&mut self, cell: u16, bar_code: &str) {
        self.ask(&format!("put {} {bar_code}", PORTS + cell));
    }

    /// Whether bytes have come that the daemon did not take yet.
    pub fn has_unread(&self) -> bool {
        let sockets = std::fs::read_to_string("/proc/net/tcp").unwrap();
        let local = format!("0100007F:{:04X}", self.port);
        sockets.lines().map(|line| line.split_whitespace().collect::<Vec<_>>()).any(|words| {
            let queues = words.get(4).and_then(|queues| queues.split_once(':'));
            words.get(1) == Some(&local.as_str())
                && words.get(3) == Some(&"01")
                && queues.is_some_and(|(_, unread)| unread != "00000000")
        })
    }

    fn ask(&mut self, word: &str) {
        let stdin = self.script.stdin.as_mut().unwrap();
        writeln!(stdin, "{word}").and_then(|()| stdin.flush()).expect("the script listens");
        assert_eq!(self.answer(), format!("{word} done"));
    }

    fn answer(&mut self) -> String {
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("text");
        line.trim_end().to_owned()
    }
}

impl Drop for Tgt {
    fn drop(&mut self) {
        drop(self.script.stdin.take());
        let _ended = self.script.wait();
    }
}
