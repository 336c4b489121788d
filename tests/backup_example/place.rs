//! A temporary place to run the program in.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;
use walkdir::WalkDir;

/// A directory with a `home` and whatever a test puts there. All tapes have 1 MiB.
pub struct Place {
    directory: TempDir,
    tapes: u32,
}

impl Place {
    pub fn new(tapes: u32) -> Self {
        Self { directory: tempfile::tempdir().unwrap(), tapes }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        // The program reports paths without links.
        self.directory.path().canonicalize().unwrap().join(name)
    }

    /// The program with its home here.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program();
        command.current_dir(self.directory.path()).args(["--home", "home", "--tape-size", "1"]);
        command.args(["--tapes", &self.tapes.to_string()]).args(arguments);
        command
    }

    /// Runs it and expects this exit status. Returns what it said.
    pub fn run(&self, arguments: &[&str], status: i32) -> Said {
        let output = self.command(arguments).output().unwrap();
        let said = Said::of(&output);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}\n{}{}", said.out, said.err);
        said
    }

    /// Restores a set to a new directory and returns the place of the tree `name` in it.
    pub fn restore(&self, set: &str, name: &str) -> PathBuf {
        let destination = tempfile::tempdir_in(self.directory.path()).unwrap().keep();
        self.run(&["restore", set, destination.to_str().unwrap()], 0);
        destination.join(self.path(name).strip_prefix("/").unwrap())
    }
}

/// Trees to back up have directories that nobody may write, and nobody can remove them then.
impl Drop for Place {
    fn drop(&mut self) {
        let found = WalkDir::new(self.directory.path()).into_iter().filter_map(Result::ok);
        for directory in found.filter(|entry| entry.file_type().is_dir()) {
            let _ = fs::set_permissions(directory.path(), Permissions::from_mode(0o700));
        }
    }
}

/// What the program said.
pub struct Said {
    pub out: String,
    pub err: String,
}

impl Said {
    pub fn of(output: &Output) -> Self {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        Self { out: text(&output.stdout), err: text(&output.stderr) }
    }

    pub fn has(&self, line: &str) -> &Self {
        let all = format!("{}{}", self.out, self.err);
        assert!(all.contains(line), "{line:?} is not in:\n{all}");
        self
    }
}

/// The example as `cargo test` has built it, beside the directory of this test.
pub fn program() -> Command {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().and_then(Path::parent).unwrap().join("examples/backup");
    assert!(program.exists(), "run `cargo build --example backup` first");
    let mut command = Command::new(program);
    command.stdin(Stdio::null());
    command
}
