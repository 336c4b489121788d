//! The backup example: its parts in memory, and the program as its users run it.

#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]

#[path = "../examples/backup/failure.rs"]
#[allow(dead_code)]
mod failure;
#[path = "../examples/backup/label.rs"]
#[allow(dead_code)]
mod label;
#[path = "../examples/backup/span.rs"]
mod span;

#[path = "backup_example/commands.rs"]
mod commands;
#[path = "backup_example/killed.rs"]
mod killed;
#[path = "backup_example/labels.rs"]
mod labels;
#[path = "backup_example/place.rs"]
mod place;
#[path = "backup_example/spanning.rs"]
mod spanning;
#[path = "backup_example/tree.rs"]
mod tree;
