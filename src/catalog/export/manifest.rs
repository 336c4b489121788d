//! The manifest of an export: which files are it, and what they must be.
//!
//! Lines of text. The last one holds the checksum of those before it, so a manifest that is not
//! whole is known as such.

use std::fmt::Write;
use std::path::{Component, Path};

use super::digest;
use crate::catalog::failure::damaged;
use crate::catalog::migration;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{ExportInfo, ExportedFile, Timestamp};

/// The format that this release writes, and the newest that it reads.
pub(super) const FORMAT: u32 = 1;

const HEAD: &str = "rsm export";
const END: &str = "end";

/// A manifest as text.
pub(super) fn encode(info: &ExportInfo) -> String {
    let mut text = format!(
        "{HEAD} {}\nschema {}\ngeneration {}\ntime {}\n",
        info.format_version,
        info.schema_version,
        info.generation,
        info.time.as_micros()
    );
    for file in &info.files {
        // Writing to a string does not fail.
        let _written = writeln!(text, "file {} {} {}", file.name, file.size, file.sha256);
    }
    let sum = digest::of_bytes(text.as_bytes());
    text + &format!("{END} {sum}\n")
}

/// What a manifest says that lies in `directory`.
///
/// # Errors
/// `DatabaseFailure`: it is not whole, no manifest, or of a later release.
pub(super) fn decode(text: &str, directory: &Path) -> Result<ExportInfo> {
    let mut lines = text.lines();
    let format_version = number(lines.next().and_then(|line| line.strip_prefix(HEAD)))?;
    if format_version > FORMAT {
        return Err(newer("format", format_version, FORMAT));
    }
    check_end(text)?;
    let schema_version = number(value(lines.next(), "schema"))?;
    let newest = u32::try_from(migration::NEWEST).unwrap_or(0);
    if schema_version > newest {
        return Err(newer("schema", schema_version, newest));
    }
    let generation = number(value(lines.next(), "generation"))?;
    let time = Timestamp::from_micros(number(value(lines.next(), "time"))?);
    let files = lines
        .take_while(|line| !line.starts_with(END))
        .map(|line| file(value(Some(line), "file")))
        .collect::<Result<Vec<_>>>()?;
    let directory = directory.to_owned();
    Ok(ExportInfo { directory, format_version, schema_version, generation, time, files })
}

fn newer(what: &str, found: u32, known: u32) -> Error {
    let reason = format!(
        "the export has {what} version {found}, this program knows up to {known}: use a newer release"
    );
    Error::new(ErrorKind::DatabaseFailure, reason)
}

fn check_end(text: &str) -> Result<()> {
    let body = text.rfind(END).and_then(|at| text.split_at_checked(at));
    let is_whole = body
        .is_some_and(|(body, end)| end == format!("{END} {}\n", digest::of_bytes(body.as_bytes())));
    if is_whole { Ok(()) } else { Err(damaged("the manifest of the export is damaged")) }
}

fn value<'t>(line: Option<&'t str>, name: &str) -> Option<&'t str> {
    line?.strip_prefix(name)
}

fn number<T: std::str::FromStr>(text: Option<&str>) -> Result<T> {
    text.and_then(|text| text.trim().parse().ok())
        .ok_or_else(|| damaged("the manifest of the export is damaged"))
}

fn file(text: Option<&str>) -> Result<ExportedFile> {
    let words: Vec<&str> = text.unwrap_or_default().split_whitespace().collect();
    let [name, size, sha256] = words.as_slice() else {
        return Err(damaged("the manifest of the export is damaged"));
    };
    if !is_plain(name) {
        return Err(damaged("the manifest of the export names a file outside its folder"));
    }
    let (name, sha256) = ((*name).to_owned(), (*sha256).to_owned());
    Ok(ExportedFile { name, size: number(Some(size))?, sha256 })
}

/// Whether it is the name of a file and no way to one.
fn is_plain(name: &str) -> bool {
    let mut parts = Path::new(name).components();
    matches!((parts.next(), parts.next()), (Some(Component::Normal(_)), None))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(name: &str) -> ExportInfo {
        let sha256 = digest::of_bytes(b"x");
        ExportInfo {
            directory: "/c/export".into(),
            format_version: FORMAT,
            schema_version: 1,
            generation: 3,
            time: Timestamp::from_micros(1_700_000_000_000_001),
            files: vec![ExportedFile { name: name.to_owned(), size: 4096, sha256 }],
        }
    }

    fn refused(text: &str) -> String {
        let error = decode(text, Path::new("/c/export")).expect_err("refused");
        assert_eq!(error.kind(), ErrorKind::DatabaseFailure);
        error.reason().to_owned()
    }

    #[test]
    fn a_manifest_reads_back() {
        let info = info("catalog-1.db");
        let again = decode(&encode(&info), Path::new("/c/export"));
        assert_eq!(again.expect("whole"), info);
    }

    #[test]
    fn any_flipped_bit_and_any_cut_is_noticed() {
        let text = encode(&info("catalog-1.db")).into_bytes();
        for at in 0..text.len() {
            let mut flipped = text.clone();
            flipped[at] ^= 1;
            refused(&String::from_utf8_lossy(&flipped));
            refused(&String::from_utf8_lossy(&text[..at]));
        }
        refused(&(encode(&info("catalog-1.db")) + "file more 1 2\n"));
    }

    #[test]
    fn later_versions_are_refused_with_what_to_do() {
        let mut newer = info("catalog-1.db");
        newer.schema_version = 99;
        assert!(refused(&encode(&newer)).contains("newer release"));
        // Of a later format, nothing but its number is understood.
        assert!(refused("rsm export 2\nwhatever\n").contains("newer release"));
    }

    #[test]
    fn names_that_lead_elsewhere_are_refused() {
        for name in ["../catalog.db", "/etc/passwd", "a/b", ".."] {
            assert!(refused(&encode(&info(name))).contains("outside"), "{name}");
        }
    }
}
