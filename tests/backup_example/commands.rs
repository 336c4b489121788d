//! The commands of the program.

use std::fs::{self, File};
use std::os::unix::net::UnixListener;

use rsm::device::simulated::{CartridgeId, Hands, SimulatedLibrary};

use crate::place::{Place, Said, program};
use crate::tree;

#[test]
fn without_arguments_it_backs_up_its_repository_and_proves_the_copy_equal() {
    let temporary = tempfile::tempdir().unwrap();
    let output = program().env("TMPDIR", temporary.path()).output().unwrap();
    let said = Said::of(&output);
    assert!(output.status.success(), "{}{}", said.out, said.err);
    said.has("\nequal: ").has(" tapes: B00001L8 B00002L8 ").has(" MB/s");
    assert_eq!(fs::read_dir(temporary.path()).unwrap().count(), 0, "something was left behind");
}

#[test]
fn a_tree_over_several_tapes_comes_back_as_it_was() {
    let place = Place::new(6);
    tree::make(&place.path("tree"), 2500);
    let said = place.run(&["create", "tree"], 0);
    said.has("set 1: ").has(" on 3 tapes: B00001L8 B00002L8 B00003L8");
    place.run(&["list"], 0).has("B00001L8 B00002L8 B00003L8").has("3 of 6 tapes are free");
    place.run(&["verify"], 0).has("files are good");
    tree::assert_equal(&place.path("tree"), &place.restore("1", "tree"));
    place.run(&["prune", "1"], 0).has("6 of 6 tapes are free");
    place.run(&["verify", "1"], 1).has("there is no backup set 1").has("what to do: ");
}

#[test]
fn sets_share_the_tapes_and_the_oldest_go_first() {
    let place = Place::new(4);
    tree::make(&place.path("tree"), 1200);
    for set in ["set 1: ", "set 2: "] {
        place.run(&["create", "tree"], 0).has(set);
    }
    place.run(&["list"], 0).has("0 of 4 tapes are free");
    place.run(&["prune", "--keep", "1"], 0).has("set 1: gone").has("2 of 4 tapes are free");
    place.run(&["create", "tree"], 0).has("set 3: ");
    place.run(&["verify"], 0).has("set 2: ").has("set 3: ");
    tree::assert_equal(&place.path("tree"), &place.restore("2", "tree"));
}

#[test]
fn a_tree_that_contains_the_catalog_is_backed_up_without_it() {
    let place = Place::new(4);
    tree::make(&place.path("inside"), 100);
    place.run(&["list"], 0);
    // Another name of a file that the catalog depends on.
    fs::hard_link(place.path("home/catalog/catalog.db"), place.path("inside/db")).unwrap();
    let home = place.path("home").display().to_string();
    let all = place.path(".").display().to_string();
    let said = place.run(&["create", &all], 0);
    said.has(&format!("left out: {home}, where the tapes and catalogs are"));
    said.has("inside/db, a file of the open catalog");
    fs::remove_file(place.path("inside/db")).unwrap();
    let restored = place.restore("1", "");
    assert!(!restored.join("home").exists());
    tree::assert_equal(&place.path("inside/data"), &restored.join("inside/data"));
    place.run(&["verify"], 0);
    place.run(&["prune", "1"], 0).has("4 of 4 tapes are free");
}

#[test]
fn a_source_larger_than_all_tapes_ends_with_advice_and_frees_them() {
    let place = Place::new(2);
    tree::make(&place.path("tree"), 3000);
    let said = place.run(&["create", "tree"], 1);
    said.has("error: the backup does not fit: 2 tapes are full").has("what to do: give tapes");
    place.run(&["list"], 0).has("2 of 2 tapes are free");
    tree::make(&place.path("small"), 1000);
    place.run(&["create", "small"], 0);
    place.run(&["verify"], 0);
}

#[test]
fn what_cannot_be_backed_up_is_told() {
    let place = Place::new(2);
    fs::create_dir(place.path("tree")).unwrap();
    fs::write(place.path("tree/file"), "x").unwrap();
    let _socket = UnixListener::bind(place.path("tree/socket")).unwrap();
    let said = place.run(&["create", "tree"], 0);
    said.has("tree/socket, a socket, pipe or device").has("set 1: 1 files");
    place.run(&["create", "missing"], 1).has("cannot back up missing");
    place.run(&["create", "home"], 1).has("there is nothing to back up");
    place.run(&["create"], 2);
    place.run(&["prune"], 2);
}

#[test]
fn nothing_that_is_there_is_overwritten() {
    let place = Place::new(2);
    fs::create_dir(place.path("tree")).unwrap();
    fs::write(place.path("tree/file"), "x").unwrap();
    place.run(&["create", "tree"], 0);
    place.run(&["restore", "1", "tree"], 1).has("is not empty");
    assert_eq!(fs::read(place.path("tree/file")).unwrap(), b"x");
}

#[test]
fn a_damaged_tape_is_found_out() {
    let place = Place::new(2);
    tree::make(&place.path("tree"), 300);
    place.run(&["create", "tree"], 0);
    // One bit in the middle of the data of the first file that is not a header.
    let tapes = fs::read_dir(place.path("home/library/cartridges")).unwrap();
    let mut damaged = 0;
    for tape in tapes.map(|tape| tape.unwrap().path()) {
        let mut bytes = fs::read(&tape).unwrap();
        let middle = 150 << 10;
        if bytes.len() > 2 * middle {
            bytes[middle] ^= 1;
            fs::write(&tape, bytes).unwrap();
            damaged += 1;
        }
    }
    assert_eq!(damaged, 1);
    place.run(&["verify"], 1).has("1 files are damaged").has("is not what was backed up");
    place.run(&["restore", "1", "copy"], 1).has("1 files are damaged");
}

fn hands(place: &Place) -> Hands {
    SimulatedLibrary::open(place.path("home/library")).unwrap().hands()
}

fn tape(hands: &Hands, bar_code: &str) -> CartridgeId {
    hands.find_bar_code(bar_code).unwrap().unwrap()
}

#[test]
fn a_tape_that_is_not_there_is_asked_for_by_its_bar_code() {
    let place = Place::new(3);
    tree::make(&place.path("tree"), 1500);
    place.run(&["create", "tree"], 0).has(" on 2 tapes: B00001L8 B00002L8");
    let hands = hands(&place);
    let second = tape(&hands, "B00002L8");
    let slot = hands.find(second).unwrap().unwrap();
    hands.remove(slot).unwrap();
    let said = place.run(&["verify"], 1);
    said.has("error: cannot mount tape B00002L8").has("what to do: put the tape back");
    hands.insert(second, slot).unwrap();
    place.run(&["verify"], 0).has("files are good");
}

#[test]
fn a_write_protected_tape_is_told_and_not_used() {
    let place = Place::new(2);
    tree::make(&place.path("tree"), 200);
    place.run(&["create", "tree"], 0).has(": B00001L8 ");
    let hands = hands(&place);
    hands.write_protect(tape(&hands, "B00001L8"), true).unwrap();
    let said = place.run(&["prune", "1"], 0);
    said.has("tape B00001L8 cannot be labelled").has("1 of 2 tapes are free");
    place.run(&["create", "tree"], 0).has(": B00002L8 ");
    hands.write_protect(tape(&hands, "B00001L8"), false).unwrap();
    place.run(&["list"], 0).has("1 of 2 tapes are free");
}

#[test]
fn two_programs_do_not_share_a_home_at_once() {
    let place = Place::new(2);
    place.run(&["list"], 0);
    let running = File::open(place.path("home/running")).unwrap();
    running.lock().unwrap();
    place.run(&["list"], 1).has("another backup is running").has("what to do: wait");
    drop(running);
    place.run(&["list"], 0);
}
