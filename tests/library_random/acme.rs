//! The label and the data an application writes: both name the logical medium they belong to.

#[path = "../support/acme.rs"]
mod format;

pub use format::Acme;
use rsm::Mount;
use rsm::device::{DeviceResult, MediumIo, ReadOutcome};
use rsm::model::Access;

/// The label with this number.
pub fn label(number: u32) -> Vec<u8> {
    format!("ACME{number}").into_bytes()
}

/// What stands behind the label.
pub fn data(number: u32, version: u32) -> Vec<u8> {
    format!("data of {number}, version {version}").into_bytes()
}

/// The number in a label of ours.
pub fn number(block: &[u8]) -> Option<u32> {
    std::str::from_utf8(block.strip_prefix(b"ACME")?).ok()?.parse().ok()
}

/// Writes label and data from the beginning.
pub fn write(mount: &Mount, number: u32, version: u32) -> rsm::Result<DeviceResult<()>> {
    let mut medium = mount.open(Access::Write)?;
    let mut write = || {
        medium.rewind()?;
        let _ = medium.write_block(&label(number))?;
        let _ = medium.write_block(&data(number, version))?;
        let _ = medium.write_filemarks(1)?;
        medium.flush()
    };
    Ok(write())
}

/// The first two blocks of a mounted side.
pub fn read(mount: &Mount) -> rsm::Result<DeviceResult<Vec<Vec<u8>>>> {
    Ok(blocks(&mut mount.open(Access::Read)?))
}

/// The first two blocks of a medium; fewer when there are not so many.
pub fn blocks(medium: &mut dyn MediumIo) -> DeviceResult<Vec<Vec<u8>>> {
    medium.rewind()?;
    let mut found = Vec::new();
    let mut buffer = vec![0; 65_536];
    while found.len() < 2 {
        match medium.read_block(&mut buffer)? {
            ReadOutcome::Block(length) => found.push(buffer.get(..length).unwrap_or(&[]).to_vec()),
            _ => break,
        }
    }
    Ok(found)
}
