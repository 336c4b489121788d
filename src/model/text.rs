//! Checks of texts that callers hand in.
//!
//! Lengths count Unicode scalar values. Each function gives back the text as it is to be stored.

use super::limits;
use crate::{Error, ErrorKind, Result};

/// The longest part of a computer's name, between dots.
const LONGEST_LABEL: usize = 63;

/// Checks the name of a medium, side, logical medium or library: 1 to 63 characters, none of them
/// a control character.
///
/// # Errors
/// `InvalidParameter`.
pub fn object_name(text: &str) -> Result<&str> {
    check("the name", text, 1, limits::OBJECTNAME_LENGTH - 1, ErrorKind::InvalidParameter)
}

/// Checks one component of a pool path: as [`object_name`], and without a backslash.
///
/// # Errors
/// `InvalidName`.
pub fn pool_name(text: &str) -> Result<&str> {
    if text.contains(super::PoolPath::SEPARATOR) {
        return Err(Error::new(ErrorKind::InvalidName, "the pool name contains a backslash"));
    }
    check("the pool name", text, 1, limits::OBJECTNAME_LENGTH - 1, ErrorKind::InvalidName)
}

/// Checks a description: at most 126 characters; line ends and tabs are permitted, other control
/// characters are not.
///
/// # Errors
/// `InvalidParameter`.
pub fn description(text: &str) -> Result<&str> {
    let longest = limits::DESCRIPTION_LENGTH - 1;
    length("the description", text, 0, longest, ErrorKind::InvalidParameter)?;
    lines("the description", text)
}

/// Checks a message to an operator: at most 255 characters; line ends and tabs are permitted,
/// other control characters are not.
///
/// # Errors
/// `MessageExceedsMaxSize`, `InvalidParameter` for a control character.
pub fn operator_message(text: &str) -> Result<&str> {
    let longest = limits::MESSAGE_LENGTH - 1;
    length("the message", text, 0, longest, ErrorKind::MessageExceedsMaxSize)?;
    lines("the message", text)
}

/// Takes a bar code: trailing blanks and NULs are cut; what is left has at most 63 characters,
/// none of them a control character. Empty means that there is no readable bar code.
///
/// # Errors
/// `InvalidParameter`.
pub fn bar_code(text: &str) -> Result<&str> {
    let cut = text.trim_end_matches([' ', '\0']);
    check("the bar code", cut, 0, limits::BARCODE_LENGTH - 1, ErrorKind::InvalidParameter)
}

/// Checks the name of an attribute: 1 to 31 characters, none of them a control character.
///
/// # Errors
/// `InvalidName`.
pub fn attribute_name(text: &str) -> Result<&str> {
    check("the attribute name", text, 1, limits::MAXATTR_NAMELEN - 1, ErrorKind::InvalidName)
}

/// Checks the name an application gives itself: 1 to 63 characters, none of them a control
/// character.
///
/// # Errors
/// `InvalidParameter`.
pub fn application_name(text: &str) -> Result<&str> {
    let longest = limits::APPLICATIONNAME_LENGTH - 1;
    check("the application name", text, 1, longest, ErrorKind::InvalidParameter)
}

/// A name that a computer can have: parts between dots, each of 1 to 63 letters, digits, `-` and
/// `_`.
///
/// # Errors
/// `InvalidComputerName`.
pub fn computer_name(text: &str) -> Result<&str> {
    let is_known = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let is_label =
        |label: &str| (1..=LONGEST_LABEL).contains(&label.len()) && label.bytes().all(is_known);
    if text.split('.').all(is_label) {
        return Ok(text);
    }
    Err(Error::new(ErrorKind::InvalidComputerName, format!("{text:?} is no name of a computer")))
}

/// The first 63 characters of a text, without its control characters: a display name made from
/// what was found on a medium. Empty when nothing is left.
pub fn to_object_name(text: &str) -> String {
    let readable = text.trim().chars().filter(|c| !c.is_control());
    let cut: String = readable.take(limits::OBJECTNAME_LENGTH - 1).collect();
    cut.trim_end().to_owned()
}

/// The first 255 characters of a text: what people are told.
pub fn to_message(text: &str) -> String {
    text.chars().take(limits::MESSAGE_LENGTH - 1).collect()
}

/// What a stranger says, without control characters and no longer than a message.
pub(crate) fn legible(text: &str) -> String {
    legible_within(text, limits::MESSAGE_LENGTH)
}

/// The same, for an array of this length, terminator included.
pub(crate) fn legible_within(text: &str, length: usize) -> String {
    text.chars().filter(|c| !c.is_control()).take(length.saturating_sub(1)).collect()
}

/// Length and characters of a text.
pub(super) fn check<'a>(
    what: &str,
    text: &'a str,
    shortest: usize,
    longest: usize,
    kind: ErrorKind,
) -> Result<&'a str> {
    length(what, text, shortest, longest, kind)?;
    if text.contains(char::is_control) {
        return Err(control_character(what, kind));
    }
    Ok(text)
}

/// No control characters but line ends and tabs.
fn lines<'a>(what: &str, text: &'a str) -> Result<&'a str> {
    if text.contains(|c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
        return Err(control_character(what, ErrorKind::InvalidParameter));
    }
    Ok(text)
}

fn length(what: &str, text: &str, shortest: usize, longest: usize, kind: ErrorKind) -> Result<()> {
    let count = text.chars().count();
    if count < shortest {
        return Err(Error::new(kind, format!("{what} is empty")));
    }
    if count > longest {
        return Err(Error::new(
            kind,
            format!("{what} has {count} characters, at most {longest} are permitted"),
        ));
    }
    Ok(())
}

fn control_character(what: &str, kind: ErrorKind) -> Error {
    Error::new(kind, format!("{what} contains a control character"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind<T>(result: Result<T>) -> Option<ErrorKind> {
        result.err().map(|error| error.kind())
    }

    #[test]
    fn names_have_one_to_sixty_three_characters() {
        // A character of four bytes counts as one.
        let clef = '\u{1D11E}';
        for good in ["a", "Set 1", &"x".repeat(63), &String::from(clef).repeat(63)] {
            assert_eq!(object_name(good).ok(), Some(good));
            assert_eq!(pool_name(good).ok(), Some(good));
        }
        for bad in ["", &"x".repeat(64), &"x".repeat(10_000), "a\0b", "a\nb", "\u{85}"] {
            assert_eq!(kind(object_name(bad)), Some(ErrorKind::InvalidParameter), "{bad:?}");
            assert_eq!(kind(pool_name(bad)), Some(ErrorKind::InvalidName), "{bad:?}");
        }
    }

    #[test]
    fn only_pool_names_refuse_the_separator() {
        assert!(object_name("a\\b").is_ok());
        assert_eq!(kind(pool_name("a\\b")), Some(ErrorKind::InvalidName));
    }

    #[test]
    fn descriptions_are_free_text_of_126_characters() {
        assert!(description("").is_ok());
        assert!(description("two\nlines\tof text").is_ok());
        assert!(description(&"d".repeat(126)).is_ok());
        assert_eq!(kind(description(&"d".repeat(127))), Some(ErrorKind::InvalidParameter));
        assert_eq!(kind(description("a\0")), Some(ErrorKind::InvalidParameter));
    }

    #[test]
    fn messages_are_free_text_of_255_characters() {
        assert!(operator_message("").is_ok());
        assert!(operator_message(&"\u{1D11E}".repeat(255)).is_ok());
        let long = "m".repeat(256);
        assert_eq!(kind(operator_message(&long)), Some(ErrorKind::MessageExceedsMaxSize));
        assert!(operator_message("two\nlines\tof text").is_ok());
        assert_eq!(kind(operator_message("a\0")), Some(ErrorKind::InvalidParameter));
    }

    #[test]
    fn bar_codes_lose_trailing_blanks_and_nuls() {
        assert_eq!(bar_code("AB1  \0 \0").ok(), Some("AB1"));
        assert_eq!(bar_code(" AB1").ok(), Some(" AB1"));
        assert_eq!(bar_code("   ").ok(), Some(""));
        assert!(bar_code(&format!("{} ", "B".repeat(63))).is_ok());
        assert_eq!(kind(bar_code(&"B".repeat(64))), Some(ErrorKind::InvalidParameter));
        assert_eq!(kind(bar_code("A\0B")), Some(ErrorKind::InvalidParameter));
    }

    #[test]
    fn attribute_names_have_one_to_thirty_one_characters() {
        assert!(attribute_name(&"n".repeat(31)).is_ok());
        assert_eq!(kind(attribute_name(&"n".repeat(32))), Some(ErrorKind::InvalidName));
        assert_eq!(kind(attribute_name("")), Some(ErrorKind::InvalidName));
    }

    #[test]
    fn what_is_found_on_a_medium_becomes_a_valid_name() {
        assert_eq!(to_object_name("  Nightly\0 set 7 \r\n"), "Nightly set 7");
        assert_eq!(to_object_name(&"x".repeat(100)).len(), 63);
        assert_eq!(to_object_name(&format!("{}   tail", "x".repeat(60))).len(), 60);
        assert_eq!(to_object_name("\u{1}\u{2}"), "");
    }
}
