//! Paths of media pools.

use std::fmt;
use std::str::FromStr;

use super::{limits, text};
use crate::{Error, ErrorKind, Result};

/// The path of a media pool in canonical form: a leading backslash, components separated by
/// backslashes. The root pool is `\`. Paths are compared exactly, case included.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct PoolPath(String);

impl PoolPath {
    /// What separates the components.
    pub const SEPARATOR: char = '\\';

    /// The longest path in characters, leading backslash included.
    pub const LONGEST: usize = limits::POOLHIERARCHY_LENGTH - 1;

    /// The path of the root pool.
    pub fn root() -> Self {
        Self(Self::SEPARATOR.into())
    }

    /// Reads a path; the leading backslash may be absent.
    ///
    /// # Errors
    /// `InvalidName`: the text is empty, a component is empty or has more than 63 characters, the
    /// canonical form has more than 511 characters, or there is a control character.
    pub fn parse(path: &str) -> Result<Self> {
        if path.is_empty() {
            return Err(Error::new(ErrorKind::InvalidName, "the pool path is empty"));
        }
        let below_root = path.strip_prefix(Self::SEPARATOR).unwrap_or(path);
        let mut parsed = Self::root();
        if below_root.is_empty() {
            return Ok(parsed);
        }
        for name in below_root.split(Self::SEPARATOR) {
            parsed.push(name)?;
        }
        parsed.within_limit()
    }

    /// The path of the pool of that name directly below this one.
    ///
    /// # Errors
    /// `InvalidName`: the name is no pool name, or the path gets too long.
    pub fn child(&self, name: &str) -> Result<Self> {
        let mut child = self.clone();
        child.push(name)?;
        child.within_limit()
    }

    /// The path of the pool above; none for the root pool.
    pub fn parent(&self) -> Option<Self> {
        match self.split()? {
            ("", _) => Some(Self::root()),
            (above, _) => Some(Self(above.to_owned())),
        }
    }

    /// The last component; none for the root pool.
    pub fn name(&self) -> Option<&str> {
        self.split().map(|(_, name)| name)
    }

    /// The components from the top; none for the root pool.
    pub fn components(&self) -> impl Iterator<Item = &str> {
        self.0.split(Self::SEPARATOR).filter(|name| !name.is_empty())
    }

    /// Whether this is the root pool.
    pub fn is_root(&self) -> bool {
        self.split().is_none()
    }

    /// The canonical form.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn split(&self) -> Option<(&str, &str)> {
        self.0.rsplit_once(Self::SEPARATOR).filter(|(_, name)| !name.is_empty())
    }

    fn push(&mut self, name: &str) -> Result<()> {
        let name = text::pool_name(name)?;
        if !self.is_root() {
            self.0.push(Self::SEPARATOR);
        }
        self.0.push_str(name);
        Ok(())
    }

    fn within_limit(self) -> Result<Self> {
        match self.0.chars().count() {
            0..=Self::LONGEST => Ok(self),
            count => Err(Error::new(
                ErrorKind::InvalidName,
                format!(
                    "the pool path has {count} characters, at most {} are permitted",
                    Self::LONGEST
                ),
            )),
        }
    }
}

impl fmt::Display for PoolPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PoolPath {
    type Err = Error;

    fn from_str(path: &str) -> Result<Self> {
        Self::parse(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn canonical_form_has_the_leading_backslash() -> Result<()> {
        assert_eq!(PoolPath::parse("App\\P")?.as_str(), "\\App\\P");
        assert_eq!(PoolPath::parse("\\App\\P")?, PoolPath::parse("App\\P")?);
        assert_ne!(PoolPath::parse("app\\p")?, PoolPath::parse("App\\P")?);
        assert_eq!(PoolPath::parse("\\")?, PoolPath::root());
        Ok(())
    }

    #[test]
    fn parts_of_a_path() -> Result<()> {
        let path = PoolPath::parse("\\App\\P")?;
        assert_eq!(path.name(), Some("P"));
        assert_eq!(path.parent(), Some(PoolPath::parse("App")?));
        assert_eq!(path.components().collect::<Vec<_>>(), ["App", "P"]);
        assert_eq!(PoolPath::parse("App")?.parent(), Some(PoolPath::root()));
        let root = PoolPath::root();
        assert!(root.is_root() && root.name().is_none() && root.parent().is_none());
        assert_eq!(root.components().count(), 0);
        assert_eq!(root.child("App")?.child("P")?, path);
        Ok(())
    }

    #[test]
    fn malformed_paths_are_refused() {
        let long = "x".repeat(64);
        let bad = [
            "",
            "\\\\",
            "App\\\\P",
            "\\\\App",
            "App\\",
            "a\0b",
            "a\nb",
            &long,
            &"y".repeat(10_000),
        ];
        for path in bad {
            let error = PoolPath::parse(path).expect_err(path);
            assert_eq!(error.kind(), ErrorKind::InvalidName, "{path:?}");
        }
        assert!(PoolPath::parse(&"x".repeat(63)).is_ok());
    }

    #[test]
    fn a_path_has_at_most_511_characters() -> Result<()> {
        // Eight components of 63 characters with their backslashes are 512 characters.
        let eight = vec!["n".repeat(63); 8].join("\\");
        assert!(PoolPath::parse(&eight).is_err());
        let longest = PoolPath::parse(eight.get(1..).unwrap_or_default())?;
        assert_eq!(longest.as_str().chars().count(), PoolPath::LONGEST);
        assert!(longest.child("x").is_err());
        Ok(())
    }

    proptest! {
        #[test]
        fn reading_never_panics_and_the_canonical_form_reads_back(text in "\\PC{0,80}|[\\\\a\u{e9}]{0,20}") {
            if let Ok(path) = PoolPath::parse(&text) {
                prop_assert_eq!(PoolPath::parse(path.as_str()).ok(), Some(path.clone()));
                let rebuilt = path
                    .components()
                    .try_fold(PoolPath::root(), |above, name| above.child(name));
                prop_assert_eq!(rebuilt.ok(), Some(path));
            }
        }
    }
}
