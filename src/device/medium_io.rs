//! Reading and writing a loaded medium.

use super::DeviceResult;

/// Reads and writes a loaded medium: blocks, filemarks, position.
///
/// Blocks have any length within the [limits](Self::block_limits); each write makes one block and
/// each read takes one. On a tape, writing makes whatever followed unreadable.
///
/// After a failed verb, the [position](Self::position) tells where the medium stands. A medium that
/// was unloaded or exchanged since it was opened fails every verb with
/// [`LookAgain`](super::DeviceErrorKind::LookAgain) or [`NoMedium`](super::DeviceErrorKind::NoMedium).
///
/// Dropping it closes the medium; nothing moves, and what was written without a following
/// [`write_filemarks`](Self::write_filemarks) or [`flush`](Self::flush) may be lost.
pub trait MediumIo: Send {
    /// How long blocks can be.
    fn block_limits(&mut self) -> DeviceResult<BlockLimits>;

    /// How much fits on this side.
    fn capacity(&mut self) -> DeviceResult<Capacity>;

    /// Reads the next block into `buffer`.
    ///
    /// # Errors
    /// [`MediumFault`](super::DeviceErrorKind::MediumFault) where the medium cannot be read; the
    /// medium then stands behind the bad block, or before it where the drive could not pass it.
    fn read_block(&mut self, buffer: &mut [u8]) -> DeviceResult<ReadOutcome>;

    /// Writes one block at the current position.
    ///
    /// # Errors
    /// [`EndOfMedium`](super::DeviceErrorKind::EndOfMedium): not written, nor is anything longer.
    /// [`WriteProtected`](super::DeviceErrorKind::WriteProtected).
    /// [`MediumFault`](super::DeviceErrorKind::MediumFault): how much of it was written is unknown;
    /// on a tape, the good data end before it.
    /// [`Refusal::Invalid`](super::Refusal::Invalid): length outside of the limits.
    fn write_block(&mut self, data: &[u8]) -> DeviceResult<Written>;

    /// Writes `count` filemarks at the current position. When it returns, they and everything
    /// before them are on the medium to stay. With 0 it only [flushes](Self::flush).
    ///
    /// # Errors
    /// As [`write_block`](Self::write_block).
    fn write_filemarks(&mut self, count: u32) -> DeviceResult<Written>;

    /// Moves over blocks or filemarks, or to the end of the data. Moving over nothing is fine.
    fn space(&mut self, by: Space) -> DeviceResult<Spaced>;

    /// Goes to the beginning.
    fn rewind(&mut self) -> DeviceResult<()>;

    /// Goes to a position that [`position`](Self::position) returned on this side.
    ///
    /// # Errors
    /// [`Refusal::Invalid`](super::Refusal::Invalid) beyond the end of the data, where the medium
    /// stands after it.
    fn locate(&mut self, position: Position) -> DeviceResult<()>;

    /// Where the medium stands.
    fn position(&mut self) -> DeviceResult<Position>;

    /// Waits until everything written is on the medium to stay.
    fn flush(&mut self) -> DeviceResult<()>;
}

/// A place on one side of a medium: how many blocks and filemarks are before it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position(pub u64);

/// How long blocks can be, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockLimits {
    /// The shortest.
    pub min: u32,
    /// The longest.
    pub max: u32,
}

/// How much fits on a side, in bytes, where the device can tell.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Capacity {
    /// All of it.
    pub total: Option<u64>,
    /// From the current end of the data on.
    pub remaining: Option<u64>,
}

/// What reading found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadOutcome {
    /// A block; this many bytes of the buffer were filled.
    Block(usize),
    /// A block longer than the buffer, of this many bytes where the device tells. The buffer is
    /// filled with its beginning, and the medium stands behind it.
    TooLarge(Option<usize>),
    /// A filemark; the medium stands behind it.
    Filemark,
    /// Nothing more was ever written here. A blank medium begins with this.
    EndOfData,
}

/// How a write went.
#[must_use = "an early warning says that the end of the medium is near"]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// It was written, and the end of the medium is near: room for a trailer remains.
    pub early_warning: bool,
}

/// Over what to move. Negative counts go backwards.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Space {
    /// Over blocks, no further than behind (backwards: before) the next filemark.
    Blocks(i64),
    /// Over filemarks and the blocks between them. Forwards it ends behind the last one, backwards
    /// before it.
    Filemarks(i64),
    /// To behind the last thing written.
    EndOfData,
}

/// How far it moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Spaced {
    /// Over how many of the things asked for. 0 for [`Space::EndOfData`].
    pub moved: u64,
    /// What ended the movement early, if anything did.
    pub stopped: Option<SpaceStop>,
}

/// What ended a movement early.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpaceStop {
    /// A filemark, while moving over blocks; it has been passed.
    Filemark,
    /// The end of the data.
    EndOfData,
    /// The beginning of the medium.
    Beginning,
}
