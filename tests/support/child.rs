//! Child processes: the test binary runs itself again and plays another part.
//!
//! The file that uses this has a test `child`, ignored unless it is asked for, that calls
//! [`part`] and does what it says. A child answers with [`tell`]; its parent reads [`Child::next`].
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(clippy::print_stderr, missing_docs, dead_code)]

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStderr, Command, Stdio};

use rsm::{Manager, Session};

const PART: &str = "RSM_TEST_PART";
const MARK: &str = "@";

/// The part this process plays and its arguments; none in the parent.
pub fn part() -> Option<Vec<String>> {
    let part = std::env::var(PART).ok()?;
    Some(part.split('\n').map(str::to_owned).collect())
}

/// Tells the parent one line. Several threads may do so at once.
pub fn tell(line: &str) {
    // One write per line: lines of several threads do not mix. A parent that is gone ends us.
    if std::io::stderr().write_all(format!("{MARK}{line}\n").as_bytes()).is_err() {
        std::process::exit(1);
    }
}

/// Waits for a line from the parent; none when it is gone.
pub fn hear() -> Option<String> {
    let mut line = String::new();
    let read = std::io::stdin().read_line(&mut line).ok()?;
    (read > 0).then(|| line.trim_end().to_owned())
}

/// Opens the catalog of a directory, and a session of an application with this name.
pub fn join(directory: &str, application: &str) -> (Manager, Session) {
    let manager = Manager::open(directory).expect("catalog");
    let session = manager.session(application).expect("session");
    (manager, session)
}

/// A running child. It is killed when it is dropped.
pub struct Child {
    process: std::process::Child,
    answers: BufReader<ChildStderr>,
}

impl Child {
    /// Starts a child that plays a part.
    pub fn start(part: &[&str]) -> Self {
        Self::start_with(part, &std::env::current_exe().expect("own path"), |_| {})
    }

    /// Starts a child from this program file, set up further.
    pub fn start_with(part: &[&str], program: &Path, set_up: impl FnOnce(&mut Command)) -> Self {
        let mut command = Command::new(program);
        command
            .args(["child", "--exact", "--ignored", "--nocapture", "--test-threads=1"])
            .env(PART, part.join("\n"))
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        set_up(&mut command);
        let mut process = command.spawn().expect("child");
        let answers = BufReader::new(process.stderr.take().expect("pipe"));
        Self { process, answers }
    }

    /// The next thing it tells; none when it has ended. What else it writes is shown.
    pub fn next(&mut self) -> Option<String> {
        loop {
            let mut line = String::new();
            // A child that was killed may leave half a line, which tells nothing.
            if self.answers.read_line(&mut line).expect("text") == 0 || !line.ends_with('\n') {
                eprintln!("child ended: {:?}", self.process.wait());
                return None;
            }
            match line.trim_end().strip_prefix(MARK) {
                Some(answer) => return Some(answer.to_owned()),
                None => eprint!("child: {line}"),
            }
        }
    }

    /// Everything it still tells until it ends.
    pub fn rest(&mut self) -> Vec<String> {
        std::iter::from_fn(|| self.next()).collect()
    }

    /// Tells it a line.
    pub fn say(&mut self, line: &str) {
        let stdin = self.process.stdin.as_mut().expect("pipe");
        writeln!(stdin, "{line}").and_then(|()| stdin.flush()).expect("it listens");
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Ends it without warning, as `kill -9` does.
    pub fn kill(&mut self) {
        self.process.kill().expect("it may be killed");
        self.process.wait().expect("it ends");
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let _ended = self.process.kill().and_then(|()| self.process.wait().map(drop));
    }
}

/// A copy of the test program that everybody may run, for children of another user.
pub fn program_for_everybody(directory: &Path) -> PathBuf {
    use std::os::unix::fs::PermissionsExt;
    let copy = directory.join("program");
    fs::copy(std::env::current_exe().expect("own path"), &copy).expect("copy");
    for path in [directory, &copy] {
        fs::set_permissions(path, fs::Permissions::from_mode(0o755)).expect("permissions");
    }
    copy
}
