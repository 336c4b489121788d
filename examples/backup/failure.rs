//! Errors for people: what failed, on which tape, why, and what can be done about it.

use std::error::Error;
use std::fmt;
use std::io;

pub type Result<T, E = Failure> = std::result::Result<T, E>;

/// Something that went wrong, in the words of the person who wanted it done.
#[derive(Debug)]
pub struct Failure {
    what: String,
    advice: Option<String>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Failure {
    pub fn new(what: impl Into<String>) -> Self {
        Self { what: what.into(), advice: None, cause: None }
    }

    /// Adds what the reader can do.
    pub fn advise(mut self, advice: impl Into<String>) -> Self {
        self.advice = Some(advice.into());
        self
    }

    pub fn caused_by(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// The whole story: every cause on a line of its own, the advice last.
    pub fn report(&self) -> String {
        let mut text = format!("error: {}", self.what);
        let mut cause = self.source();
        while let Some(error) = cause {
            text += &format!("\n  because: {error}");
            cause = error.source();
        }
        if let Some(advice) = &self.advice {
            text += &format!("\n  what to do: {advice}");
        }
        text
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.what)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_deref().map(|cause| cause as &(dyn Error + 'static))
    }
}

/// The tapes are written and read through `io::Write` and `io::Read`, because that is what the tar
/// crate speaks. What they have to say travels inside an `io::Error` and comes out whole.
impl From<Failure> for io::Error {
    fn from(failure: Failure) -> Self {
        Self::other(failure)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(failure) => failure,
            Err(error) => Self::new(error.to_string()).caused_by_source_of(&error),
        }
    }
}

impl Failure {
    fn caused_by_source_of(mut self, error: &dyn Error) -> Self {
        self.cause = error.source().map(|source| source.to_string().into());
        self
    }
}

/// Says what was being done when an error of somebody else came up.
pub trait Explain<T> {
    fn explain<W: Into<String>>(self, what: impl FnOnce() -> W) -> Result<T>;
}

impl<T, E: Into<Box<dyn Error + Send + Sync>>> Explain<T> for Result<T, E> {
    fn explain<W: Into<String>>(self, what: impl FnOnce() -> W) -> Result<T> {
        self.map_err(|cause| Failure::new(what()).caused_by(cause))
    }
}
