//! The calls that move a medium from pool to pool.

mod move_to_pool;
mod retype;
mod transfer;

use transfer::Transfer;
