//! The manager of one library.

mod free_pool;

pub(crate) use free_pool::{finish_pending_return, free_pool_to_return_to, give_to_free_pool};
