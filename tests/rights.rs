//! The published table of rights, row by row, by both access models: each row once denied, when
//! nothing changes, and once allowed. The rights are read from the table; what is written here is
//! only which object each row means, and how the call is made.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "rights/library.rs"]
mod library;
#[path = "rights/media.rs"]
mod media;
#[path = "rights/objects.rs"]
mod objects;
#[path = "support/original.rs"]
mod original;
#[path = "support/placed.rs"]
mod placed;
#[path = "rights/requests.rs"]
mod requests;
#[path = "rights/scene.rs"]
mod scene;
#[path = "support/source.rs"]
mod source;
mod support;
#[path = "rights/table.rs"]
mod table;

use std::collections::BTreeSet;

#[test]
fn every_function_of_the_table_is_built_and_walked() {
    let built = original::aliases_of_public_items();
    let groups = [media::FUNCTIONS, objects::FUNCTIONS, library::FUNCTIONS, requests::FUNCTIONS];
    let walked: BTreeSet<&str> = groups.into_iter().flatten().copied().collect();
    for function in table::functions() {
        assert!(walked.contains(function.as_str()), "{function} is not walked");
        assert!(built.contains(&function), "{function} is not built");
    }
}
