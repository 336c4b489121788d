//! GetVolumesFromDrive: what file system is on the disk of a drive, as the host has it.

use std::fs;
use std::io;
use std::os::unix::ffi::OsStringExt;
use std::path::{Path, PathBuf};

use crate::error::{Error, ErrorKind, Result};

/// The volume on a removable disk; nothing where the disk has no file system that the host knows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DriveVolumes {
    /// A name of the volume that stays the same wherever the disk is put in: its path by the UUID of
    /// the file system, `/dev/disk/by-uuid/...`.
    pub volume: Option<String>,
    /// Where it is mounted.
    pub mount_point: Option<PathBuf>,
}

/// The volume on the disk in a drive, by the path or the name of its block device: `/dev/sr0` or
/// `sr0`. Of several the first one is given. It is a question to the host: no catalog, no right and
/// no special user is needed, and the disk is not touched.
///
/// # Errors
/// * `InvalidParameter`: the device is missing.
/// * `InvalidDrive`: it is unknown, a part of a disk, a tape drive or a changer.
/// * `NotReady`: there is no disk in it.
///
/// ```
/// use rsm::{ErrorKind, volumes_from_drive};
///
/// let unknown = volumes_from_drive("/dev/no such drive").err().map(|error| error.kind());
/// assert_eq!(unknown, Some(ErrorKind::InvalidDrive));
/// ```
#[doc(alias = "GetVolumesFromDrive")]
pub fn volumes_from_drive(device: &str) -> Result<DriveVolumes> {
    Host(Path::new("/")).volumes_of(device)
}

/// Where the host's file systems begin.
struct Host<'r>(&'r Path);

/// Whole disks and their partitions.
struct Block {
    name: String,
    /// The numbers of the device, as `8:1`.
    number: String,
}

impl Host<'_> {
    fn volumes_of(&self, device: &str) -> Result<DriveVolumes> {
        if device.is_empty() {
            return Err(Error::new(ErrorKind::InvalidParameter, "the device is missing"));
        }
        let invalid = |what| {
            Err(Error::new(
                ErrorKind::InvalidDrive,
                format!("{device} is no drive of disks: {what}"),
            ))
        };
        let Some(name) = self.name_of(device) else { return invalid("no such device") };
        let disk = self.block(&name);
        let Some(number) = first_line(&disk.join("dev")) else {
            return invalid("no block device");
        };
        if disk.join("partition").exists() {
            return invalid("a part of a disk");
        }
        if first_line(&disk.join("size")).is_none_or(|size| size == "0") {
            let reason = format!("there is no disk in {device}");
            return Err(Error::new(ErrorKind::NotReady, reason));
        }
        let mut blocks = vec![Block { name, number }];
        blocks.extend(partitions(&disk));
        let mounts = self.mounts();
        let found = blocks.iter().map(|block| self.volume(block, &mounts));
        Ok(found.into_iter().find(|found| *found != DriveVolumes::default()).unwrap_or_default())
    }

    /// The kernel's name of a device that is named by a path, a link or itself.
    fn name_of(&self, device: &str) -> Option<String> {
        let path = if device.contains('/') {
            self.0.join(device.trim_start_matches('/'))
        } else {
            self.0.join("dev").join(device)
        };
        let path = fs::canonicalize(path).ok()?;
        let is_device = path.starts_with(fs::canonicalize(self.0.join("dev")).ok()?);
        let name = path.file_name()?.to_str()?.to_owned();
        is_device.then_some(name)
    }

    fn block(&self, name: &str) -> PathBuf {
        self.0.join("sys/class/block").join(name)
    }

    fn volume(&self, block: &Block, mounts: &[(String, PathBuf)]) -> DriveVolumes {
        let mount = mounts.iter().find(|(number, _)| *number == block.number);
        DriveVolumes {
            volume: self.stable_name(&block.name),
            mount_point: mount.map(|(_, path)| path.clone()),
        }
    }

    /// The link that names the file system on this device.
    fn stable_name(&self, name: &str) -> Option<String> {
        let links = fs::read_dir(self.0.join("dev/disk/by-uuid")).ok()?;
        let mut names: Vec<String> = links
            .flatten()
            .filter(|link| {
                let target = fs::read_link(link.path());
                target.is_ok_and(|target| target.file_name().is_some_and(|to| to == name))
            })
            .filter_map(|link| link.file_name().into_string().ok())
            .collect();
        names.sort_unstable();
        names.first().map(|uuid| format!("/dev/disk/by-uuid/{uuid}"))
    }

    /// Numbers and places of what is mounted.
    fn mounts(&self) -> Vec<(String, PathBuf)> {
        let text = fs::read(self.0.join("proc/self/mountinfo")).unwrap_or_default();
        text.split(|byte| *byte == b'\n').filter_map(mount).collect()
    }
}

/// The partitions of a disk, by number.
fn partitions(disk: &Path) -> Vec<Block> {
    let Ok(entries) = fs::read_dir(disk) else { return Vec::new() };
    let mut found: Vec<(u32, Block)> = entries
        .flatten()
        .filter_map(|entry| {
            let place = first_line(&entry.path().join("partition"))?.parse().ok()?;
            let number = first_line(&entry.path().join("dev"))?;
            Some((place, Block { name: entry.file_name().into_string().ok()?, number }))
        })
        .collect();
    found.sort_by_key(|(place, _)| *place);
    found.into_iter().map(|(_, block)| block).collect()
}

fn first_line(file: &Path) -> Option<String> {
    let text: io::Result<String> = fs::read_to_string(file);
    Some(text.ok()?.lines().next()?.trim().to_owned())
}

/// Number and place of one line of mountinfo, if it shows the whole of a file system.
fn mount(line: &[u8]) -> Option<(String, PathBuf)> {
    let mut words = line.split(|byte| *byte == b' ').skip(2);
    let number = String::from_utf8(words.next()?.to_vec()).ok()?;
    let root = words.next()?;
    let place = words.next()?;
    (root == b"/").then(|| (number, PathBuf::from(std::ffi::OsString::from_vec(unescape(place)))))
}

/// Blanks and the like are written as three octal digits.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((first, tail)) = rest.split_first() {
        rest = tail;
        let code = tail.get(..3).filter(|_| *first == b'\\').and_then(octal);
        match code {
            Some(byte) => {
                plain.push(byte);
                rest = tail.get(3..).unwrap_or_default();
            }
            None => plain.push(*first),
        }
    }
    plain
}

fn octal(digits: &[u8]) -> Option<u8> {
    u8::from_str_radix(std::str::from_utf8(digits).ok()?, 8).ok()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use tempfile::TempDir;

    use super::*;

    /// A host with these files and, from the first to the second, links.
    struct Fake(TempDir);

    impl Fake {
        fn new() -> Self {
            let fake = Self(TempDir::new().unwrap());
            for directory in ["dev/disk/by-uuid", "proc/self", "sys/class/block"] {
                fs::create_dir_all(fake.0.path().join(directory)).unwrap();
            }
            fake
        }

        fn file(&self, path: &str, text: &str) -> &Self {
            let path = self.0.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
            self
        }

        fn link(&self, path: &str, to: &str) -> &Self {
            symlink(to, self.0.path().join(path)).unwrap();
            self
        }

        /// A disk with these partitions, of which the numbers follow one another.
        fn disk(&self, name: &str, number: &str, size: &str, parts: &[&str]) -> &Self {
            let disk = format!("sys/class/block/{name}");
            self.file(&format!("dev/{name}"), "").file(&format!("{disk}/dev"), number);
            self.file(&format!("{disk}/size"), size);
            for (place, part) in (1..).zip(parts) {
                let of_disk = format!("{disk}/{part}");
                let number = format!("{number}{place}\n");
                self.file(&format!("dev/{part}"), "").file(&format!("{of_disk}/dev"), &number);
                self.file(&format!("{of_disk}/partition"), &format!("{place}\n"));
                self.link(&format!("sys/class/block/{part}"), &format!("{name}/{part}"));
            }
            self
        }

        fn ask(&self, device: &str) -> Result<DriveVolumes> {
            Host(self.0.path()).volumes_of(device)
        }
    }

    fn found(volume: &str, mount_point: &str) -> DriveVolumes {
        let some = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        DriveVolumes { volume: some(volume), mount_point: some(mount_point).map(PathBuf::from) }
    }

    fn kind(result: Result<DriveVolumes>) -> ErrorKind {
        result.err().unwrap().kind()
    }

    #[test]
    fn a_disk_without_partitions_is_one_volume() {
        let fake = Fake::new();
        fake.disk("sr0", "11:0", "9000\n", &[]).link("dev/disk/by-uuid/2026-01-01", "../../sr0");
        fake.file(
            "proc/self/mountinfo",
            "30 20 11:0 / /media/my\\040disc ro - iso9660 /dev/sr0 ro\n",
        );
        let expected = found("/dev/disk/by-uuid/2026-01-01", "/media/my disc");
        assert_eq!(fake.ask("/dev/sr0").unwrap(), expected);
        assert_eq!(fake.ask("sr0").unwrap(), expected);
        fake.link("dev/cdrom", "sr0");
        assert_eq!(fake.ask("/dev/cdrom").unwrap(), expected);
    }

    #[test]
    fn the_first_partition_with_a_file_system_counts() {
        let fake = Fake::new();
        fake.disk("sdb", "8:16", "100", &["sdb1", "sdb2", "sdb10"]);
        assert_eq!(fake.ask("sdb").unwrap(), found("", ""), "no file system");
        fake.link("dev/disk/by-uuid/AAAA", "../../sdb10")
            .link("dev/disk/by-uuid/BBBB", "../../sdb2");
        assert_eq!(fake.ask("sdb").unwrap(), found("/dev/disk/by-uuid/BBBB", ""));
        fake.file(
            "proc/self/mountinfo",
            "1 0 8:1 / / rw - ext4 a rw\n2 1 8:162 /sub /part rw - ext4 b rw\n\
             3 1 8:162 / /whole rw - ext4 b rw\nnonsense\n",
        );
        assert_eq!(fake.ask("sdb").unwrap(), found("/dev/disk/by-uuid/BBBB", "/whole"));
    }

    #[test]
    fn what_is_no_disk_is_refused() {
        let fake = Fake::new();
        fake.disk("sdb", "8:16", "100", &["sdb1"]).disk("sr0", "11:0", "0\n", &[]);
        fake.file("dev/nst0", "").file("dev/sch0", "").file("etc/passwd", "");
        assert_eq!(kind(fake.ask("")), ErrorKind::InvalidParameter);
        for device in ["/dev/nst0", "sch0", "sdc", "sdb1", "../etc/passwd", "/", "/etc/passwd"] {
            assert_eq!(kind(fake.ask(device)), ErrorKind::InvalidDrive, "{device}");
        }
        assert_eq!(kind(fake.ask("/dev/sr0")), ErrorKind::NotReady);
    }

    #[test]
    fn odd_lines_are_no_mounts() {
        assert_eq!(mount(b""), None);
        assert_eq!(mount(b"1 2 8:1"), None);
        assert_eq!(unescape(b"a\\134b\\04"), b"a\\b\\04");
        assert_eq!(unescape(b"\\999"), b"\\999");
    }
}
