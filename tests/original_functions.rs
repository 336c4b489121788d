//! Every function of the original API has a successor that is found by its name.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/original.rs"]
mod original;
#[path = "support/source.rs"]
mod source;

use std::collections::BTreeSet;
use std::fs;

/// Original name, group, and what still brings it.
fn functions() -> Vec<(String, String, String)> {
    let text = include_str!("data/functions.csv");
    let mut lines = text.lines();
    assert_eq!(lines.next(), Some("original,group,pending"));
    lines
        .map(|line| {
            let [name, group, pending] = line.split(',').collect::<Vec<_>>()[..] else {
                panic!("{line}");
            };
            (name.to_owned(), group.to_owned(), pending.to_owned())
        })
        .collect()
}

#[test]
fn the_list_is_whole() {
    let functions = functions();
    let count = |group: &str| functions.iter().filter(|(_, of, _)| of == group).count();
    for (group, number) in [
        ("Session Management", 2),
        ("Media Services", 16),
        ("Object Management", 9),
        ("Library Control", 16),
        ("Cleaner Management", 5),
        ("Change Detection", 3),
        ("Database Backup and Recovery", 2),
        ("Database Notification", 3),
        ("Operator Request", 4),
        ("On-Media-Identifier Management", 1),
        ("Media Label Library", 2),
        ("Drive Allocation", 2),
    ] {
        assert_eq!(count(group), number, "{group}");
    }
    assert_eq!(functions.len(), 65);
    let names: BTreeSet<&String> = functions.iter().map(|(name, _, _)| name).collect();
    assert_eq!(names.len(), functions.len());
}

#[test]
fn every_function_has_a_successor_in_the_interface_and_in_the_table() {
    let built = original::aliases_of_public_items();
    let table = fs::read_to_string("src/original.rs").unwrap();
    for (name, _, pending) in functions() {
        let is_in_table = table.contains(&format!("//! | `{name}` | ["));
        if pending.is_empty() {
            assert!(built.contains(&name), "nothing public has the alias {name}");
            assert!(is_in_table, "{name} is missing in the table of the documentation");
        } else {
            let what = "take the mark off the list, and put it into the table";
            assert!(!built.contains(&name), "{name} is no longer pending: {what}");
            assert!(!is_in_table, "{name} is pending, and in the table");
        }
    }
}

#[test]
fn the_table_names_nothing_else() {
    let table = fs::read_to_string("src/original.rs").unwrap();
    let known: BTreeSet<String> = functions().into_iter().map(|(name, _, _)| name).collect();
    let rows = table.lines().filter_map(|line| line.strip_prefix("//! | `"));
    for row in rows {
        let name = row.split('`').next().unwrap();
        assert!(known.contains(name), "{name}");
    }
}
