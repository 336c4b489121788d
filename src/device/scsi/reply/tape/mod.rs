//! What tape drives answer (SSC-5), and what a cartridge's memory holds (SPC-5).

mod attribute;
mod block_limits;
mod density;
mod medium_configuration;
mod position;

pub use attribute::{CartridgeMemory, MemoryKind};
pub use block_limits::BlockLengths;
pub use density::{Density, densities};
pub use medium_configuration::MediumConfiguration;
pub use position::{LongPosition, ShortPosition};
