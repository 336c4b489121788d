//! Files into the tar stream.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use sha2::{Digest, Sha256};
use tar::{Builder, EntryType, Header};

use crate::console::Console;
use crate::digest::hex;
use crate::failure::Result;
use crate::scan::{Source, name_in_archive};
use crate::store::{Entry, Kind, Name};

/// What writing the archive made of the sources.
#[derive(Default)]
pub struct Packed {
    pub entries: Vec<Entry>,
    /// Files that could not be read, or not as they were found.
    pub troubled: Vec<String>,
}

/// Writes all sources as one tar stream.
pub fn pack(sources: &[Source], stream: &mut dyn Write, console: &Console) -> Result<Packed> {
    let mut packed = Packed::default();
    let mut archive = Builder::new(stream);
    for source in sources {
        let name = name_in_archive(&source.path)?;
        if name.as_os_str().is_empty() {
            continue;
        }
        match pack_one(source, name, &mut archive, console)? {
            Ok((kind, trouble)) => {
                packed.entries.push(entry(source, name, kind));
                packed.troubled.extend(trouble);
            }
            Err(error) => packed.troubled.push(format!("{}: {error}", source.path.display())),
        }
    }
    archive.into_inner()?;
    Ok(packed)
}

/// The outer error is that of the tapes and ends the backup; the inner one is that of the source,
/// of which nothing has been written then.
type OneResult = Result<io::Result<(Kind, Option<String>)>>;

fn pack_one(
    source: &Source,
    name: &Path,
    archive: &mut Builder<&mut dyn Write>,
    console: &Console,
) -> OneResult {
    let mut header = header(source);
    let kind = source.metadata.file_type();
    if kind.is_dir() {
        header.set_entry_type(EntryType::Directory);
        archive.append_data(&mut header, name, io::empty())?;
        return Ok(Ok((Kind::Directory, None)));
    }
    if kind.is_symlink() {
        let target = match fs::read_link(&source.path) {
            Ok(target) => target,
            Err(error) => return Ok(Err(error)),
        };
        header.set_entry_type(EntryType::Symlink);
        archive.append_link(&mut header, name, &target)?;
        return Ok(Ok((Kind::Link { target: Name::from(target.as_path()) }, None)));
    }
    let file = match File::open(&source.path) {
        Ok(file) => file,
        Err(error) => return Ok(Err(error)),
    };
    let size = source.metadata.len();
    header.set_entry_type(EntryType::Regular);
    header.set_size(size);
    let mut content = ExactContent::new(file, size, console);
    archive.append_data(&mut header, name, &mut content)?;
    let trouble = content.trouble.map(|trouble| format!("{}: {trouble}", source.path.display()));
    Ok(Ok((Kind::File { size, sha256: hex(content.digest) }, trouble)))
}

fn header(source: &Source) -> Header {
    let metadata = &source.metadata;
    let mut header = Header::new_gnu();
    header.set_mode(metadata.mode() & 0o7777);
    header.set_uid(metadata.uid().into());
    header.set_gid(metadata.gid().into());
    header.set_mtime(u64::try_from(metadata.mtime()).unwrap_or(0));
    header.set_size(0);
    header
}

fn entry(source: &Source, name: &Path, kind: Kind) -> Entry {
    let metadata = &source.metadata;
    Entry {
        name: Name::from(name),
        kind,
        mode: metadata.mode() & 0o7777,
        user: metadata.uid(),
        group: metadata.gid(),
        modified: (metadata.mtime(), u32::try_from(metadata.mtime_nsec()).unwrap_or(0)),
    }
}

/// The content of a file in exactly the length that was announced. A file may change while it is
/// read: what is missing is made up with zeros, what is too much is left out, and both are told.
/// Hashed on the way.
struct ExactContent<'a> {
    file: Option<File>,
    left: u64,
    digest: Sha256,
    trouble: Option<String>,
    console: &'a Console,
}

impl<'a> ExactContent<'a> {
    fn new(file: File, size: u64, console: &'a Console) -> Self {
        Self { file: Some(file), left: size, digest: Sha256::new(), trouble: None, console }
    }

    fn read_file(&mut self, buffer: &mut [u8]) -> usize {
        let Some(file) = &mut self.file else { return 0 };
        match file.read(buffer) {
            Ok(0) => self.trouble = Some("became shorter while it was read".to_owned()),
            Ok(count) => return count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                return self.read_file(buffer);
            }
            Err(error) => self.trouble = Some(format!("cannot be read to its end: {error}")),
        }
        self.file = None;
        0
    }
}

impl Read for ExactContent<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let wanted = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(buffer) = buffer.get_mut(..wanted).filter(|buffer| !buffer.is_empty()) else {
            return Ok(0);
        };
        let count = match self.read_file(buffer) {
            0 => {
                buffer.fill(0);
                buffer.len()
            }
            count => count,
        };
        self.digest.update(buffer.get(..count).unwrap_or_default());
        self.left -= count as u64;
        self.console.advance(count as u64);
        Ok(count)
    }
}
