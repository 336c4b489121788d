//! Reading the words of one line of the state.

use std::iter::Peekable;
use std::str::{FromStr, Lines, SplitWhitespace};

use crate::device::{DeviceClass, DeviceError, DeviceErrorKind};

pub(super) type Parsed<T> = Result<T, DeviceError>;

pub(super) const CLASSES: [DeviceClass; 4] =
    [DeviceClass::Tape, DeviceClass::CdRom, DeviceClass::Disk, DeviceClass::Dvd];

pub(super) fn damaged(reason: &str) -> DeviceError {
    DeviceError::new(
        DeviceErrorKind::Gone,
        format!("the state of the simulated library is damaged: {reason}"),
    )
}

/// The lines of the state, one after the other.
pub(super) struct LineReader<'a>(Peekable<Lines<'a>>);

impl<'a> LineReader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self(text.lines().peekable())
    }

    /// The next line, whatever it is.
    pub(super) fn next(&mut self) -> Option<&'a str> {
        self.0.next()
    }

    /// The words of the next line, which must begin with `keyword`.
    pub(super) fn expect(&mut self, keyword: &str) -> Parsed<Words<'a>> {
        self.next_if(keyword).ok_or_else(|| damaged(&format!("a line {keyword:?} is missing")))
    }

    /// The words of the next line, if it begins with `keyword`.
    pub(super) fn next_if(&mut self, keyword: &str) -> Option<Words<'a>> {
        let line = self.0.next_if(|line| line.split(' ').next() == Some(keyword))?;
        let mut words = line.split_whitespace();
        words.next();
        Some(Words(words))
    }
}

/// The words of one line.
pub(super) struct Words<'a>(SplitWhitespace<'a>);

impl<'a> Words<'a> {
    pub(super) fn word(&mut self) -> Parsed<&'a str> {
        self.0.next().ok_or_else(|| damaged("a line is too short"))
    }

    pub(super) fn number<T: FromStr>(&mut self) -> Parsed<T> {
        let word = self.word()?;
        word.parse().map_err(|_| damaged(&format!("{word:?} is no number that fits")))
    }

    /// All numbers that are left.
    pub(super) fn rest<T: FromStr>(&mut self) -> Parsed<Vec<T>> {
        let left = self.0.clone().count();
        (0..left).map(|_| self.number()).collect()
    }

    pub(super) fn optional<T: FromStr>(&mut self) -> Parsed<Option<T>> {
        let mut rest = self.0.clone();
        if rest.next() == Some("-") {
            self.0 = rest;
            return Ok(None);
        }
        self.number().map(Some)
    }

    pub(super) fn flag(&mut self) -> Parsed<bool> {
        Ok(self.number::<u8>()? != 0)
    }

    pub(super) fn class(&mut self) -> Parsed<DeviceClass> {
        let number = self.number::<u8>()?;
        let class = CLASSES.into_iter().find(|class| *class as u8 == number);
        class.ok_or_else(|| damaged("the class of its drives is unknown"))
    }
}
