//! Which functions of the original API have successors: those whose names are search words of the
//! documentation of public items.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]
#![allow(missing_docs, dead_code)]

use std::collections::BTreeSet;
use std::fs;

use super::source;

/// The aliases of public functions, and of what public traits require.
pub fn aliases_of_public_items() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for file in source::files("") {
        let text = fs::read_to_string(&file).expect("source");
        let has_public_trait = text.contains("pub trait ");
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        for (at, line) in lines.iter().enumerate() {
            if !line.starts_with("#[doc(alias") {
                continue;
            }
            let item = lines[at..].iter().find(|line| {
                let is_doc = line.starts_with("//") || line.starts_with('#') || line.is_empty();
                !is_doc && !line.ends_with("]") && !line.starts_with('"')
            });
            let item = item.expect("an item");
            if item.starts_with("pub fn ") || has_public_trait && item.starts_with("fn ") {
                found.extend(line.split('"').skip(1).step_by(2).map(str::to_owned));
            }
        }
    }
    found
}
