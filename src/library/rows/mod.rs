//! The rows of a library's parts: known devices get their rows back, new ones get new rows.

mod facts;
mod models;
mod slots;
mod store;

pub(super) use facts::{Facts, facts};
pub(super) use slots::store_slots;
pub(super) use store::{Rows, Store};
