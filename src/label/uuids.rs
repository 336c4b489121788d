//! UUIDs in label texts.

use uuid::Uuid;

/// Length of the form 8-4-4-4-12.
const LENGTH: usize = 36;

/// The first UUID written as 8-4-4-4-12 hexadecimal digits, in braces or not, that is not part of
/// a longer run of digits **\[D]**.
pub(super) fn find_uuid(text: &str) -> Option<Uuid> {
    let text = text.as_bytes();
    let is_digit = |at: usize| text.get(at).is_some_and(u8::is_ascii_hexdigit);
    text.windows(LENGTH).enumerate().find_map(|(start, window)| {
        let joined = start.checked_sub(1).is_some_and(is_digit) || is_digit(start + LENGTH);
        if joined { None } else { Uuid::try_parse_ascii(window).ok() }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0";

    #[test]
    fn the_first_is_found_in_any_case_with_or_without_braces() {
        let expected = Uuid::from_u128(0x0f1e_2d3c_4b5a_6978_8796_a5b4_c3d2_e1f0);
        let other = "11111111-2222-3333-4444-555555555555";
        for text in [
            TEXT.to_owned(),
            format!("a|{{{}}}|{{{other}}}|", TEXT.to_uppercase()),
            format!("\u{e9}\u{1f4fc}{TEXT}\u{e9}"),
        ] {
            assert_eq!(find_uuid(&text), Some(expected), "{text}");
        }
    }

    #[test]
    fn longer_runs_and_other_forms_are_none() {
        let simple = TEXT.replace('-', "");
        for text in [&format!("a{TEXT}"), &format!("{TEXT}0"), &simple, &TEXT[1..], ""] {
            assert_eq!(find_uuid(text), None, "{text}");
        }
    }
}
