//! The console for operators: what it shows and what keys do, in memory, and the program as scripts
//! run it, beside a program that serves a library.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/pty.rs"]
mod pty;
#[path = "../examples/console/view/mod.rs"]
#[allow(dead_code)]
mod view;

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::sync::Arc;

use pty::Pty;
use rsm::device::LibraryDevice;
use rsm::device::simulated::{Cartridge, ChangerLayout, SimulatedLibrary};
use rsm::model::{
    AllocateRequest, LibraryId, LogicalMediaId, MediaTypeCode, MountRequest, OperatorTask,
    PhysicalMediaId, PoolOpenMode, Timeout,
};
use rsm::{Manager, OpenOptions, Session};

/// The example as `cargo test` has built it, beside the directory of this test.
fn program() -> Command {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().and_then(Path::parent).unwrap().join("examples/console");
    assert!(program.exists(), "run `cargo build --example console` first");
    Command::new(program)
}

fn console(arguments: &[&str]) -> Output {
    let mut command = program();
    command.args(arguments).env("TZ", "UTC").stdin(Stdio::null()).output().unwrap()
}

/// What it prints of a catalog, which it can open.
fn once(directory: &Path) -> String {
    let output = console(&["--once", directory.to_str().unwrap()]);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn has(text: &str, parts: &[&str]) {
    // Lines are broken between words.
    let joined = text.split_whitespace().collect::<Vec<_>>().join(" ");
    for part in parts {
        assert!(joined.contains(part), "{part:?} is not in\n{text}");
    }
}

/// A library with one drive and two tapes that are allocated.
fn site(manager: &Manager, session: &Session) -> (LibraryId, Vec<LogicalMediaId>) {
    let device = SimulatedLibrary::builder()
        .name("Hall")
        .changer(ChangerLayout { drives: 1, slots: 4, ..ChangerLayout::default() })
        .cartridges(["A00001L8", "A00002L8"].map(Cartridge::with_bar_code))
        .build()
        .unwrap();
    let library = manager.attach(Arc::new(device) as Arc<dyn LibraryDevice>).unwrap();
    manager.wait_until_idle(Timeout::Forever).unwrap();
    let lto = session.media_type(MediaTypeCode::LtoUltrium).unwrap();
    let free = session.open_pool(r"\Free\LTO Ultrium", None, PoolOpenMode::OpenExisting).unwrap();
    let pool = session.open_pool(r"\Nightly", Some(lto), PoolOpenMode::OpenAlways).unwrap();
    let media: Vec<PhysicalMediaId> = session.list(Some(library.into())).unwrap();
    media.iter().for_each(|medium| session.move_to_pool(*medium, free).unwrap());
    manager.wait_until_idle(Timeout::Forever).unwrap();
    let allocate = |medium: &PhysicalMediaId| {
        session.move_to_pool(*medium, pool).unwrap();
        let request = AllocateRequest::from(pool).error_if_unavailable();
        session.allocate_media(request).unwrap().logical_media
    };
    (library, media.iter().map(allocate).collect())
}

#[test]
fn once_tells_of_requests_drives_and_the_queue_of_another_process() {
    let directory = tempfile::tempdir().unwrap();
    let manager = OpenOptions::new().create(true).open(directory.path()).unwrap();
    has(&once(directory.path()), &["Requests: none", "The catalog knows no library yet"]);
    let session = manager.session("Nova").unwrap();
    let (library, media) = site(&manager, &session);
    let mount = session.mount(media[0]).unwrap();
    session.queue_mount(MountRequest::from(media[1])).unwrap();
    let text = "Set 7, please\u{1b}[2J\u{7}";
    assert!(session.submit_operator_request(OperatorTask::Message, Some(text)).is_err());
    let message = session.submit_operator_request(OperatorTask::Message, Some("Set 7\nplease"));
    manager.wait_until_idle(Timeout::Forever).unwrap();
    let seen = once(directory.path());
    has(&seen, &["Requests: 1", "Read: Set 7 please", "nobody is at it", "Hall: ready 2 media"]);
    has(&seen, &["in use A00001L8 Nova", "Queue: 1", "Mount A00002L8", "number 1 of the mounts"]);
    assert!(seen.bytes().all(|byte| byte == b'\n' || !byte.is_ascii_control()), "{seen:?}");
    session.acknowledge_operator_request(message.unwrap()).unwrap();
    session.leave_unattended("nobody comes at night", None).unwrap();
    let seen = once(directory.path());
    has(&seen, &["is at it", "NOBODY IS HERE", "nobody comes at night"]);
    drop(mount);
    session.close().unwrap();
    manager.detach(library).unwrap();
    has(&once(directory.path()), &["Hall: NOBODY SERVES IT", "Drive 1 not known"]);
}

#[test]
fn what_it_cannot_do_it_says_in_a_sentence() {
    let directory = tempfile::tempdir().unwrap();
    let place = directory.path().to_str().unwrap();
    let fails = |arguments: &[&str], status, text: &str| {
        let output = console(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(status), "{said}");
        assert!(output.stdout.is_empty());
        has(&said, &[text]);
    };
    fails(&["--once", place], 1, "There is no catalog there.");
    fails(&["--once", "/nowhere"], 1, "The catalog in /nowhere cannot be opened");
    fails(&[place], 1, "This is no terminal. With --once it prints everything once.");
    fails(&[], 2, "--demo");
    fails(&["--demo", place], 2, "cannot be used with");
    let nothing_was_made = std::fs::read_dir(place).unwrap().next().is_none();
    assert!(nothing_was_made);
}

#[test]
fn the_demonstration_shows_its_trouble_and_leaves_nothing_behind() {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = program();
    let output = command.args(["--demo", "--once"]).env("TMPDIR", temporary.path());
    let output = output.stdin(Stdio::null()).output().unwrap();
    let said = String::from_utf8(output.stdout.clone()).unwrap();
    assert!(output.status.success(), "{output:?}");
    has(&said, &["Requests: 4", "South hall: NEEDS SERVICE", "Vault: NOBODY SERVES IT"]);
    has(&said, &["Put A00006L8 into North hall", "every drive is in use", "Cleaner 2 uses left"]);
    assert_eq!(std::fs::read_dir(temporary.path()).unwrap().count(), 0, "something was left");
}

#[test]
fn in_a_terminal_a_request_is_acknowledged_with_keys() {
    let temporary = tempfile::tempdir().unwrap();
    let mut command = program();
    command.arg("--demo").env("TMPDIR", temporary.path());
    let mut console = Pty::start(command);
    let is_asked = |screen: &str| screen.contains("nobody is at it");
    console.until(|screen| screen.contains("[1 Requests: 4]") && is_asked(screen));
    console.press("a");
    // It says so, the list does, and a colleague does it a little later.
    let said = "You are at it; others see that.";
    let signs = [said, " you ", "[1 Requests: 3]"];
    console.until(|screen| signs.iter().any(|sign| screen.contains(sign)));
    // Libraries, and back.
    console.press("2");
    console.until(|screen| screen.contains("South hall: NEEDS SERVICE"));
    console.press("1");
    console.until(|screen| screen.contains("[1 Requests: "));
    console.press("q");
    assert!(console.end().success());
}
