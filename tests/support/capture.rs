//! Answers as devices gave them, in `tests/data/scsi/<personality>/<name>.hex`.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, dead_code)]

use std::path::Path;

/// The bytes of an answer.
pub fn capture(personality: &str, name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/scsi").join(personality);
    let text = std::fs::read_to_string(folder.join(name).with_extension("hex"))
        .unwrap_or_else(|error| panic!("{personality}/{name}: {error}"));
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let words = lines.flat_map(|line| line.split_whitespace().skip(1));
    words.map(|word| u8::from_str_radix(word, 16).unwrap()).collect()
}
