//! Names of media: where the first name of a medium comes from.

use super::info::cut_chars;

/// Longest display name, in characters.
const MAX_NAME: usize = 63;

/// What a new medium can be named after.
#[derive(Clone, Copy, Debug)]
pub struct NameSources<'a> {
    /// The bar code, if one was read.
    pub bar_code: Option<&'a str>,
    /// Number of sides of the medium.
    pub sides: u32,
    /// The label's [own name](super::LabelInfo::media_name), or the volume name of the file
    /// system, if the label was claimed.
    pub label_name: Option<&'a str>,
    /// The sequence number of the medium.
    pub sequence_number: &'a str,
}

/// The display name of a medium nobody has named: its bar code; for a medium of one side, the
/// name in its label; else its sequence number. Empty sources are skipped, the name is cut to 63
/// characters. Names are not unique.
///
/// Trailing blanks and NULs do not count: both pad fixed fields.
pub fn initial_name(sources: &NameSources<'_>) -> String {
    let label_name = sources.label_name.filter(|_| sources.sides == 1);
    let mut name = [sources.bar_code, label_name]
        .into_iter()
        .flatten()
        .map(trimmed)
        .find(|name| !name.is_empty())
        .unwrap_or(sources.sequence_number)
        .to_owned();
    cut_chars(&mut name, MAX_NAME);
    name
}

/// The display name of a side (numbered from 1): that of its medium, with ` side 1`, ` side 2`
/// added on media of several sides **\[D]**. A long name gives way to the addition.
pub fn side_name(medium_name: &str, side: u32, sides: u32) -> String {
    let addition = if sides > 1 { format!(" side {side}") } else { String::new() };
    let mut name = medium_name.to_owned();
    cut_chars(&mut name, MAX_NAME - addition.len());
    name + &addition
}

fn trimmed(text: &str) -> &str {
    text.trim_end_matches([' ', '\0'])
}

#[cfg(test)]
mod tests {
    use super::*;

    const TAPE: NameSources<'_> =
        NameSources { bar_code: None, sides: 1, label_name: None, sequence_number: "17" };

    #[test]
    fn labels_na1() {
        let label_name = Some("Nightly set 7");
        let sources = NameSources { bar_code: Some("A00007L8"), label_name, ..TAPE };
        assert_eq!(initial_name(&sources), "A00007L8");
    }

    #[test]
    fn labels_na2() {
        let sources = NameSources { label_name: Some("Nightly set 7"), ..TAPE };
        assert_eq!(initial_name(&sources), "Nightly set 7");
    }

    #[test]
    fn labels_na3() {
        let sources = NameSources { sides: 2, label_name: Some("VOLUME"), ..TAPE };
        assert_eq!(initial_name(&sources), "17");
    }

    #[test]
    fn labels_na4() {
        assert_eq!(initial_name(&TAPE), "17");
    }

    #[test]
    fn empty_sources_are_skipped_and_long_ones_cut() {
        let sources = NameSources { bar_code: Some("  \0"), label_name: Some(""), ..TAPE };
        assert_eq!(initial_name(&sources), "17");
        let long = "\u{e9}".repeat(80);
        let sources = NameSources { bar_code: Some(&long), ..TAPE };
        assert_eq!(initial_name(&sources), "\u{e9}".repeat(63));
    }

    #[test]
    fn sides_are_named_after_the_medium() {
        assert_eq!(side_name("A1", 1, 1), "A1");
        assert_eq!(side_name("A1", 2, 2), "A1 side 2");
        assert_eq!(side_name(&"x".repeat(63), 1, 2), "x".repeat(56) + " side 1");
    }
}
