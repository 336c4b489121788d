//! Digests of files.

use std::io::{ErrorKind, Read};

use sha2::{Digest, Sha256};

use crate::failure::Result;

/// Bytes read at a time.
const CHUNK: usize = 256 << 10;

/// Reads to the end and hands on every piece. Returns the length and the digest.
pub fn digest(
    from: &mut impl Read,
    mut each: impl FnMut(&[u8]) -> Result<()>,
) -> Result<(u64, String)> {
    let mut buffer = vec![0; CHUNK];
    let (mut length, mut digest) = (0, Sha256::new());
    loop {
        let count = match from.read(&mut buffer) {
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            other => other?,
        };
        let data = buffer.get(..count).unwrap_or_default();
        if data.is_empty() {
            return Ok((length, hex(digest)));
        }
        digest.update(data);
        each(data)?;
        length += count as u64;
    }
}

/// A digest as text.
pub fn hex(digest: Sha256) -> String {
    digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}
