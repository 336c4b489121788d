//! Answers of devices, as they came.
#![allow(dead_code)]

use std::path::Path;

/// The makes.
pub const PERSONALITIES: [&str; 5] = ["hp-msl", "ibm-ts3100", "quantum", "stk-l700", "tgt-l700"];

/// The data of a captured answer: `tests/data/scsi/<personality>/<name>.hex`.
pub fn captured(personality: &str, name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/scsi").join(personality);
    let text = std::fs::read_to_string(folder.join(name).with_extension("hex")).unwrap();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let digits = lines.flat_map(|line| line.split_whitespace().skip(1));
    digits.map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect()
}
