//! The program is killed at any moment of a backup and started again: no tape is lost, no earlier
//! set is hurt, and work goes on.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::sync::Arc;

use rsm::OpenOptions;
use rsm::device::MediumIo;
use rsm::device::simulated::SimulatedLibrary;
use rsm::model::{Access, AllocateRequest, DismountOptions, MountRequest, PoolOpenMode, Timeout};
use uuid::Uuid;

use crate::label::{BackupLabels, TapeLabel};
use crate::place::Place;
use crate::tree;

const CREATE: &[&str] = &["create", "tree"];
const PRUNE: &[&str] = &["prune", "--keep", "1"];

/// Starts a command and kills it when it says this for the `count`th time. Says whether it did.
fn kill_at(place: &Place, arguments: &[&str], words: &str, count: usize) -> bool {
    let mut command = place.command(arguments);
    command.arg("--verbose");
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let found = lines.filter(|line| line.contains(words)).nth(count - 1).is_some();
    child.kill().unwrap();
    child.wait().unwrap();
    found
}

#[test]
fn whenever_it_is_killed_no_tape_is_lost_and_work_goes_on() {
    let place = Place::new(6);
    tree::make(&place.path("tree"), 1500);
    place.run(&["create", "tree"], 0).has("set 1: ").has(" on 2 tapes");
    let moments = [
        ("begun", 1),
        ("allocated", 1),
        ("mounted", 1),
        ("label written", 1),
        ("label known", 1),
        (": written", 1),
        ("complete", 1),
        ("allocated", 2),
        ("label written", 2),
        ("complete", 2),
    ];
    for (words, count) in moments {
        assert!(kill_at(&place, CREATE, words, count), "never said {words:?} {count} times");
        // Killed at its very end, it may have been quicker.
        if place.run(&["list"], 0).out.lines().count() == 3 {
            place.run(&["prune", "2"], 0);
        }
        place.run(&["list"], 0).has("4 of 6 tapes are free");
    }
    let said = place.run(&["create", "tree"], 0);
    said.has(" on 2 tapes");
    place.run(&["verify"], 0).has("set 1: ").has("set 2: ");
    tree::assert_equal(&place.path("tree"), &place.restore("1", "tree"));
    tree::assert_equal(&place.path("tree"), &place.restore("2", "tree"));
    place.run(&["prune", "--keep", "0"], 0).has("6 of 6 tapes are free");
}

/// Nothing is put in order in between: each start finds what all the killed ones before have left.
#[test]
fn killed_again_and_again_it_loses_no_tape() {
    let place = Place::new(6);
    tree::make(&place.path("tree"), 1200);
    place.run(CREATE, 0);
    for round in 0..24 {
        let command = if round % 3 == 2 { PRUNE } else { CREATE };
        kill_at(&place, command, "", 1 + round * 5 % 13);
    }
    place.run(&["verify"], 0);
    place.run(&["prune", "--keep", "0"], 0).has("6 of 6 tapes are free");
    place.run(CREATE, 0);
    place.run(&["verify"], 0).has("files are good");
}

/// Leaves what a program leaves that was killed after it wrote its label and before it told the
/// manager.
fn label_a_tape_and_tell_nobody(place: &Place) {
    let manager = OpenOptions::new().open(place.path("home/catalog")).unwrap();
    manager.register_label_format(Arc::new(BackupLabels)).unwrap();
    let library = SimulatedLibrary::open(place.path("home/library")).unwrap();
    manager.attach(Arc::new(library)).unwrap();
    manager.wait_until_idle(Timeout::Forever).unwrap();
    let session = manager.session("killed backup").unwrap();
    let pool = session.open_pool(r"\Backup", None, PoolOpenMode::OpenExisting).unwrap();
    let allocation = session.allocate_media(AllocateRequest::from(pool)).unwrap();
    let request = MountRequest::from(allocation.logical_media).for_writing();
    let mount = session.mount(request).unwrap();
    let mut medium = mount.open(Access::Write).unwrap();
    let (id, set) = (Uuid::new_v4(), Uuid::new_v4());
    let label = TapeLabel { id, set, sequence: 1, text: "killed".to_owned() };
    medium.rewind().unwrap();
    let _ = medium.write_block(&label.to_block()).unwrap();
    let _ = medium.write_filemarks(1).unwrap();
    drop(medium);
    mount.dismount(DismountOptions::IMMEDIATE).unwrap();
    manager.wait_until_idle(Timeout::Forever).unwrap();
}

#[test]
fn a_tape_with_a_label_that_nobody_was_told_of_is_found_and_freed() {
    let place = Place::new(3);
    tree::make(&place.path("tree"), 300);
    place.run(&["create", "tree"], 0);
    label_a_tape_and_tell_nobody(&place);
    let said = place.run(&["--verbose", "list"], 0);
    said.has("a tape that belongs to no set is given back").has("reading all labels");
    said.has("is free: left by a backup that was not finished");
    said.has("is known by its new label only").has("2 of 3 tapes are free");
    assert!(place.run(&["list"], 0).err.is_empty(), "it is settled for good");
    place.run(&["create", "tree"], 0);
    place.run(&["create", "tree"], 0).has("set 3: ");
    place.run(&["verify"], 0);
    place.run(&["prune", "--keep", "0"], 0).has("3 of 3 tapes are free");
}
