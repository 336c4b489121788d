//! What the person at the terminal sees.

use std::io::Write;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::failure::Failure;

/// Lines on standard output, notices on standard error, and a progress bar where there is a
/// terminal to draw it on.
pub struct Console {
    bar: ProgressBar,
    verbose: bool,
}

impl Console {
    pub fn new(verbose: bool) -> Self {
        Self { bar: ProgressBar::hidden(), verbose }
    }

    /// A line of the answer. Nobody may be listening any more; that is not our failure.
    pub fn say(&self, line: impl AsRef<str>) {
        self.bar.suspend(|| {
            let _ = writeln!(std::io::stdout(), "{}", line.as_ref());
        });
    }

    /// A step on the way, for those who asked to see them.
    pub fn step(&self, line: impl AsRef<str>) {
        if self.verbose {
            self.say(line);
        }
    }

    /// Something the person should know although the work goes on.
    pub fn notice(&self, line: impl AsRef<str>) {
        self.bar.suspend(|| {
            let _ = writeln!(std::io::stderr(), "note: {}", line.as_ref());
        });
    }

    /// What went wrong, why, and what to do.
    pub fn complain(&self, failure: &Failure) {
        self.bar.suspend(|| {
            let _ = writeln!(std::io::stderr(), "{}", failure.report());
        });
    }

    /// Begins a bar over so many bytes. indicatif hides it when there is no terminal.
    pub fn begin(&mut self, what: &'static str, bytes: u64) {
        self.bar = ProgressBar::new(bytes).with_message(what);
        let template = "{msg} [{bar:30}] {bytes}/{total_bytes} {binary_bytes_per_sec} {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            self.bar.set_style(style.progress_chars("=> "));
        }
    }

    /// So many bytes more are done.
    pub fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// Takes the bar away.
    pub fn end(&mut self) {
        self.bar.finish_and_clear();
        self.bar = ProgressBar::hidden();
    }
}

/// So many tapes.
pub fn tapes(count: usize) -> String {
    format!("{count} {}", if count == 1 { "tape" } else { "tapes" })
}

/// Bytes in the unit people use.
pub fn bytes(count: u64) -> String {
    indicatif::BinaryBytes(count).to_string()
}

/// Bytes in a second, in MB.
pub fn rate(count: u64, time: Duration) -> String {
    format!("{:.0} MB/s", count as f64 / 1e6 / time.as_secs_f64().max(1e-6))
}
