//! The manager of one library.

mod free_pool;
mod media_types;

pub(crate) use free_pool::{
    finish_pending_return, fits_free_pool, free_pool_to_return_to, give_to_free_pool,
};
pub(crate) use media_types::{
    SYSTEM_ROOTS, drop_media_type, ensure_media_type, system_pool_security,
};
