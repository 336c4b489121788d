//! Commands of tape drives (SSC-5), and of the cartridge's memory (SPC-5).

use super::Command;

/// The longest block, and the greatest count of blocks or filemarks, in a command of six bytes.
pub const LONGEST: u32 = 0x00ff_ffff;

/// Over what [`space`] moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpaceOver {
    /// Blocks, up to a filemark.
    Blocks,
    /// Filemarks.
    Filemarks,
    /// Everything: to the end of the data.
    EndOfData,
}

/// Which form [`read_position`] asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PositionForm {
    /// 20 bytes, with numbers up to 32 bits.
    Short,
    /// 32 bytes, with the number of filemarks.
    Long,
}

/// LOAD UNLOAD (SSC-5, 7.3), which loads.
pub const fn load() -> Command {
    Command::six("LOAD UNLOAD", [0x1b, 0, 0, 0, 0x01, 0])
}

/// LOAD UNLOAD, which unloads.
pub const fn unload() -> Command {
    Command::six("LOAD UNLOAD", [0x1b, 0, 0, 0, 0, 0])
}

/// LOAD UNLOAD, which unloads and has the bit set that means "eject" in START STOP UNIT. A tape
/// drive takes it as "retension before that", which takes longer and changes nothing else.
pub const fn unload_ejecting() -> Command {
    Command::six("LOAD UNLOAD", [0x1b, 0, 0, 0, 0x02, 0])
}

/// REWIND (SSC-5, 7.11). It ends when the medium stands at its beginning.
pub const fn rewind() -> Command {
    Command::six("REWIND", [0x01, 0, 0, 0, 0, 0])
}

/// READ(6) (SSC-5, 5.8) of one block of at most this many bytes (up to [`LONGEST`]). A block of
/// another length is told of: how long it is says the sense data, never the transfer.
pub const fn read_block(length: u32) -> Command {
    let [_, high, middle, low] = length.to_be_bytes();
    Command::six("READ(6)", [0x08, 0, high, middle, low, 0])
}

/// READ(6) of one block of the length that the drive is set to.
pub const fn read_fixed_block() -> Command {
    Command::six("READ(6)", [0x08, 0x01, 0, 0, 1, 0])
}

/// WRITE(6) (SSC-5, 5.21) of one block of this many bytes (up to [`LONGEST`]).
pub const fn write_block(length: u32) -> Command {
    let [_, high, middle, low] = length.to_be_bytes();
    Command::six("WRITE(6)", [0x0a, 0, high, middle, low, 0])
}

/// WRITE(6) of one block of the length that the drive is set to.
pub const fn write_fixed_block() -> Command {
    Command::six("WRITE(6)", [0x0a, 0x01, 0, 0, 1, 0])
}

/// WRITE FILEMARKS(6) (SSC-5, 5.24) of up to [`LONGEST`] filemarks. It ends when everything is on
/// the medium; with 0 filemarks it does only that.
pub const fn write_filemarks(count: u32) -> Command {
    let [_, high, middle, low] = count.to_be_bytes();
    Command::six("WRITE FILEMARKS(6)", [0x10, 0, high, middle, low, 0])
}

/// SPACE(6) or SPACE(16) (SSC-5, 7.14 and 7.15), whichever has room for the count. Negative counts
/// go backwards.
pub const fn space(over: SpaceOver, count: i64) -> Command {
    let code = match over {
        SpaceOver::Blocks => 0,
        SpaceOver::Filemarks => 1,
        SpaceOver::EndOfData => 3,
    };
    let [c0, c1, c2, c3, c4, c5, c6, c7] = count.to_be_bytes();
    if -0x0080_0000 <= count && count <= 0x007f_ffff {
        return Command::six("SPACE(6)", [0x11, code, c5, c6, c7, 0]);
    }
    Command::sixteen("SPACE(16)", [0x91, code, 0, 0, c0, c1, c2, c3, c4, c5, c6, c7, 0, 0, 0, 0])
}

/// LOCATE(10) or LOCATE(16) (SSC-5, 7.4 and 7.5), whichever has room for the number of blocks and
/// filemarks before the position.
pub const fn locate(position: u64) -> Command {
    let [p0, p1, p2, p3, p4, p5, p6, p7] = position.to_be_bytes();
    if position <= u32::MAX as u64 {
        return Command::ten("LOCATE(10)", [0x2b, 0, 0, p4, p5, p6, p7, 0, 0, 0]);
    }
    Command::sixteen("LOCATE(16)", [0x92, 0, 0, 0, p0, p1, p2, p3, p4, p5, p6, p7, 0, 0, 0, 0])
}

/// READ POSITION (SSC-5, 7.7).
pub const fn read_position(form: PositionForm) -> Command {
    let action = match form {
        PositionForm::Short => 0x00,
        PositionForm::Long => 0x06,
    };
    Command::ten("READ POSITION", [0x34, action, 0, 0, 0, 0, 0, 0, 0, 0])
}

/// READ BLOCK LIMITS (SSC-5, 7.6).
pub const fn read_block_limits() -> Command {
    Command::six("READ BLOCK LIMITS", [0x05, 0, 0, 0, 0, 0])
}

/// ERASE(6) (SSC-5, 5.2): from here to the end of the medium with `long`, otherwise it writes that
/// the data end here.
pub const fn erase(long: bool) -> Command {
    Command::six("ERASE(6)", [0x19, long as u8, 0, 0, 0, 0])
}

/// REPORT DENSITY SUPPORT (SSC-5, 7.10): of the loaded medium, or of the drive.
pub const fn report_density_support(of_medium: bool, length: u16) -> Command {
    let [high, low] = length.to_be_bytes();
    Command::ten("REPORT DENSITY SUPPORT", [0x44, of_medium as u8, 0, 0, 0, 0, 0, high, low, 0])
}

/// READ ATTRIBUTE (SPC-5, 6.18): the attributes in the cartridge's memory, from this one on.
pub const fn read_attribute(first: u16, length: u32) -> Command {
    let [f0, f1] = first.to_be_bytes();
    let [l0, l1, l2, l3] = length.to_be_bytes();
    Command::sixteen("READ ATTRIBUTE", [0x8c, 0, 0, 0, 0, 0, 0, 0, f0, f1, l0, l1, l2, l3, 0, 0])
}
