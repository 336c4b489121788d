//! Checksums.

use std::fs::File;
use std::io::{self, Read, Write};

use sha2::{Digest, Sha256};

/// How much of a file is read at a time.
const BLOCK: usize = 1 << 20;

/// The checksum of some bytes, in hexadecimal digits.
pub(super) fn of_bytes(bytes: &[u8]) -> String {
    in_digits(&Sha256::digest(bytes))
}

/// The size of a file and its checksum. What is read is also written to `to`.
pub(in crate::catalog) fn of_file(
    file: &mut File,
    to: &mut dyn Write,
) -> io::Result<(u64, String)> {
    let (mut sum, mut size, mut block) = (Sha256::new(), 0, vec![0; BLOCK]);
    loop {
        let read = match file.read(&mut block) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let Some(bytes) = block.get(..read).filter(|bytes| !bytes.is_empty()) else {
            return Ok((size, in_digits(&sum.finalize())));
        };
        sum.update(bytes);
        to.write_all(bytes)?;
        size += bytes.len() as u64;
    }
}

fn in_digits(sum: &[u8]) -> String {
    sum.iter().map(|byte| format!("{byte:02x}")).collect()
}
