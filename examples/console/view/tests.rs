//! Screens of 80 by 24, and what keys do.

use std::time::Duration;

use jiff::tz::TimeZone;
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::style::Color;
use rsm::model::{Id, Timestamp};
use uuid::Uuid;

use super::app::{App, Key, Page, Wish};
use super::draw::draw;
use super::picture::{Absence, Health, Library, Part, Picture, Progress, Request, Wait, Work};
use super::words::{Now, span};
use super::{plain, text};

/// 2026-11-21 02:02 UTC.
fn now() -> Now {
    Now { time: Timestamp::from_micros(1_795_226_520_000_000), zone: TimeZone::UTC }
}

fn minutes(number: i64) -> Timestamp {
    Timestamp::from_micros(now().time.as_micros() + number * 60_000_000)
}

fn id<I: Id>(number: u128) -> I {
    I::from_uuid(Uuid::from_u128(number))
}

fn request(number: u128, what: &str) -> Request {
    Request {
        id: id(number),
        what: what.to_owned(),
        message: "restore 17 needs it".to_owned(),
        advice: "Put it in, then i.",
        library: Some(id(1)),
        asked_by: "Nova (anna)".to_owned(),
        since: minutes(-3),
        taken_by: None,
        waits: Vec::new(),
    }
}

fn mount(deadline: i64) -> Wait {
    Wait {
        what: "a mount".to_owned(),
        who: "Nova (anna) in process 7".to_owned(),
        since: minutes(-3),
        deadline: Some(minutes(deadline)),
        is_call: true,
    }
}

fn part(name: &str, state: &str, inside: &str) -> Part {
    let [name, state, inside] = [name, state, inside].map(str::to_owned);
    Part { name, state, inside, ..Part::default() }
}

fn picture() -> Picture {
    let urgent = Request { waits: vec![mount(12)], ..request(1, "Put A00001L8 into Hall") };
    let taken = Request { taken_by: Some("you (bob)".to_owned()), ..request(2, "Repair Hall") };
    let drive = Part {
        user: "Nova (anna)".to_owned(),
        since: Some(minutes(-12)),
        ..part("Drive 1", "in use", "A00002L8")
    };
    let hall = Library {
        id: id(1),
        name: "Hall".to_owned(),
        health: Health::NeedsService("the robot is stuck".to_owned()),
        enabled: true,
        media: 12,
        slots: 20,
        has_door: true,
        parts: vec![drive, part("Drive 2", "empty", ""), part("Door 1", "closed", "")],
    };
    let vault = Library {
        id: id(2),
        name: "Vault".to_owned(),
        health: Health::Unserved,
        has_door: false,
        parts: Vec::new(),
        ..hall.clone()
    };
    let work = Work {
        id: id(1),
        library: "Hall".to_owned(),
        what: "Mount A00001L8".to_owned(),
        who: "Nova (anna)".to_owned(),
        since: minutes(-3),
        progress: Progress::Waiting,
        why: "a person is asked to bring it".to_owned(),
        order: 1,
    };
    Picture {
        place: "Catalog /c".to_owned(),
        requests: vec![urgent, taken],
        libraries: vec![hall, vault],
        work: vec![work],
        absence: None,
    }
}

fn app() -> App {
    let mut app = App::new(80, 24);
    assert!(!app.show(picture()), "nothing is new in the first picture");
    app
}

fn terminal(app: &App, columns: u16, rows: u16, colour: bool) -> Terminal<TestBackend> {
    let mut terminal = Terminal::new(TestBackend::new(columns, rows)).unwrap();
    terminal.draw(|frame| draw(frame, app, &now(), colour)).unwrap();
    terminal
}

/// What is on the screen, without blanks at the ends of lines.
fn screen(app: &App, columns: u16, rows: u16) -> Vec<String> {
    let terminal = terminal(app, columns, rows, true);
    let cells = terminal.backend().buffer().content.chunks(columns.into());
    let line = |row: &[ratatui::buffer::Cell]| {
        row.iter().map(|cell| cell.symbol()).collect::<String>().trim_end().to_owned()
    };
    cells.map(line).collect()
}

fn shows(screen: &[String], text: &str) {
    assert!(screen.iter().any(|line| line.contains(text)), "{text:?} is not in\n{screen:#?}");
}

fn press(app: &mut App, text: &str) -> Option<Wish> {
    text.chars().fold(None, |_, letter| app.key(Key::Letter(letter), &now()))
}

#[test]
fn requests_at_80_by_24() {
    let expected = [
        "[1 Requests: 2]  2 Libraries: 2, 2 in trouble   3 Queue: 1                02:02",
        "  Asked   What to do                                 At it    Needed by",
        "> 3 min   Put A00001L8 into Hall                     nobody   ! 02:14, in 12 min",
        "  3 min   Repair Hall                                you      nobody waits",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "",
        "This request",
        "Put A00001L8 into Hall",
        "Waits     a mount for Nova (anna) in process 7, since 01:59; gives up at 02:14,",
        "          in 12 min",
        "To do     Put it in, then i.",
        "State     nobody is at it",
        "Asked     at 01:59, 3 min ago, by Nova (anna)",
        "Message   restore 17 needs it",
        "",
        " a I do it  c is done  r refuse  i inventory  u nobody here  Tab page  q quit",
    ];
    assert_eq!(screen(&app(), 80, 24), expected);
}

#[test]
fn libraries_at_80_by_24() {
    let mut app = app();
    press(&mut app, "2");
    let expected = [
        " 1 Requests: 2  [2 Libraries: 2, 2 in trouble]  3 Queue: 1                02:02",
        "    What        State              Inside               Who uses it",
        "> Hall: NEEDS SERVICE  12 media, 20 slots",
        "    It needs service: the robot is stuck.",
        "    Drive 1     in use             A00002L8             Nova (anna), 12 min",
        "    Drive 2     empty",
        "    Door 1      closed",
        "  Vault: NOBODY SERVES IT  12 media, 20 slots",
        "    Nobody serves it: no program that is running has it attached. What is",
        "    asked of it waits until one has. Start the backup program.",
    ];
    let seen = screen(&app, 80, 24);
    assert_eq!(seen[..10], expected);
    assert_eq!(seen[23], " up/down  i inventory  o open door  u nobody here  Tab page  q quit");
}

#[test]
fn the_queue_says_why_something_waits() {
    let mut app = app();
    app.key(Key::Previous, &now());
    assert_eq!(app.page, Page::Work);
    let seen = screen(&app, 80, 24);
    shows(&seen, "> 3 min   waits   1   Mount A00001L8");
    shows(&seen, "State     it waits (number 1 of the mounts): a person is asked to bring it");
}

#[test]
fn nothing_is_said_by_colour_alone_and_no_colour_means_none() {
    let mut app = app();
    let coloured = terminal(&app, 80, 24, true);
    let plain = terminal(&app, 80, 24, false);
    let (coloured, plain) = (coloured.backend().buffer(), plain.backend().buffer());
    assert!(coloured.content.iter().any(|cell| cell.fg != Color::Reset));
    for (one, other) in coloured.content.iter().zip(&plain.content) {
        assert_eq!((one.symbol(), one.modifier), (other.symbol(), other.modifier));
        assert_eq!((other.fg, other.bg), (Color::Reset, Color::Reset));
        assert_eq!(one.bg, Color::Reset, "the background is the person's own, light or dark");
    }
    // What is red says why in words.
    app.tell("No right.", true);
    shows(&screen(&app, 80, 24), "! No right.");
    app.tell("It did not work, for reasons that ".repeat(5), true);
    shows(&screen(&app, 80, 24), "not work, for reasons that It did not work, for reasons that");
}

#[test]
fn what_cannot_be_undone_is_asked_for_first() {
    let mut app = app();
    assert_eq!(press(&mut app, "c"), None);
    shows(&screen(&app, 80, 24), "Put A00001L8 into Hall: it is done? Whoever waits goes on.");
    shows(&screen(&app, 80, 24), "This cannot be undone.");
    assert_eq!(press(&mut app, "n"), None);
    assert_eq!(press(&mut app, "cq"), None, "other keys are no answer");
    assert_eq!(press(&mut app, "y"), Some(Wish::Complete(id(1))));
    assert_eq!(press(&mut app, "a"), Some(Wish::Acknowledge(id(1))), "this can be undone");
    assert_eq!(app.key(Key::Stop, &now()), Some(Wish::Quit));
}

#[test]
fn who_refuses_says_why_and_reads_who_fails() {
    let mut app = app();
    press(&mut app, "r");
    shows(&screen(&app, 80, 24), "it will not be done? 1 call fails at once.");
    app.key(Key::Enter, &now());
    shows(&screen(&app, 80, 24), "! A few words are needed");
    press(&mut app, "quite losst");
    app.key(Key::Erase, &now());
    app.key(Key::Erase, &now());
    press(&mut app, "t");
    shows(&screen(&app, 80, 24), "  >       quite lost_");
    app.key(Key::Enter, &now());
    assert_eq!(press(&mut app, "y"), Some(Wish::Refuse(id(1), "quite lost".to_owned())));
    press(&mut app, "rq");
    assert_eq!(app.key(Key::Escape, &now()), None);
    assert!(app.dialog.is_none());
}

#[test]
fn leaving_takes_a_time_of_day() {
    let mut app = app();
    press(&mut app, "unight");
    app.key(Key::Enter, &now());
    press(&mut app, "25:00");
    app.key(Key::Enter, &now());
    shows(&screen(&app, 80, 24), "! That is no time");
    (0..5).for_each(|_| drop(app.key(Key::Erase, &now())));
    press(&mut app, "08:00");
    app.key(Key::Enter, &now());
    let until = Some(minutes(358));
    let wish = Wish::Leave { reason: "night".to_owned(), until };
    assert_eq!(press(&mut app, "y"), Some(wish));
    assert_eq!(now().next("01:00"), Some(minutes(24 * 60 - 62)), "tomorrow");
    let (reason, said_by) = ("night.".to_owned(), "console (bob)".to_owned());
    let absence = Some(Absence { reason, said_by, since: minutes(-1), until });
    app.show(Picture { absence, ..picture() });
    let seen = screen(&app, 80, 24);
    shows(&seen, "! NOBODY IS HERE since 02:01, until 08:00, in 5 h 58: night. Whoever needs");
    shows(&seen, "b I am back");
}

#[test]
fn what_is_new_is_marked_until_somebody_has_been_there() {
    let mut app = app();
    app.key(Key::Down, &now());
    let mut next = picture();
    next.requests.insert(0, request(3, "Bring media for pool \\Archive"));
    assert!(app.show(next.clone()));
    assert!(!app.show(next), "it is new once");
    let seen = screen(&app, 80, 24);
    shows(&seen, "[1 Requests: 3, 1 new]  2 Libraries: 2, 2 in trouble   3 Queue: 1         02:02");
    shows(&seen, "  3 min   NEW Bring media for pool \\Archive");
    shows(&seen, "> 3 min   Repair Hall");
    shows(&seen, "New: Bring media for pool \\Archive");
    app.key(Key::Home, &now());
    shows(&screen(&app, 80, 24), "> 3 min   Bring media for pool \\Archive");
    app.show(Picture::default());
    shows(&screen(&app, 80, 24), "Nobody is asked for anything. All is well.");
    assert_eq!(press(&mut app, "a"), None);
}

#[test]
fn five_hundred_requests_with_long_names_scroll() {
    let mut app = App::new(80, 24);
    let name = "a very long name of a medium ".repeat(9);
    let one = |n: u128| Request { message: name.clone(), ..request(n, &format!("{n} {name}")) };
    app.show(Picture { requests: (1..=500).map(one).collect(), ..picture() });
    let seen = screen(&app, 80, 24);
    shows(&seen, "Needed by    1/500");
    shows(&seen, "> 3 min   1 a very long name of a medium a very lo.. nobody");
    app.key(Key::End, &now());
    shows(&screen(&app, 80, 24), "> 3 min   500 a very");
    app.key(Key::PageUp, &now());
    shows(&screen(&app, 80, 24), "> 3 min   488 a very");
    shows(&screen(&app, 200, 50), "500 a very");
    shows(&screen(&app, 80, 14), "more lines: make the window higher)");
    shows(&screen(&app, 30, 10), "Make the window larger:");
    for (columns, rows) in [(1, 1), (40, 12), (41, 13), (80, 12), (300, 100)] {
        (app.columns, app.rows) = (columns.into(), rows.into());
        ["1", "2", "3", "1c"].iter().for_each(|keys| {
            press(&mut app, keys);
            screen(&app, columns, rows);
        });
        app.key(Key::Escape, &now());
    }
}

#[test]
fn a_catalog_that_cannot_be_read_is_told_and_forgotten() {
    let mut app = app();
    app.trouble = Some(("The catalog cannot be read.".to_owned(), minutes(-1)));
    shows(&screen(&app, 80, 24), "! The catalog cannot be read. What you see is from 02:01.");
    app.show(picture());
    assert!(app.trouble.is_none());
    shows(&screen(&App::new(80, 24), 80, 24), "Reading the catalog ...");
}

#[test]
fn once_prints_all_of_it_and_nothing_that_a_terminal_obeys() {
    let all = plain::text(&picture(), &now(), 80);
    for line in ["Requests: 2", "Libraries: 2", "Queue: 1", "Put A00001L8 into Hall"] {
        assert!(all.lines().any(|one| one == line), "{line} is not in\n{all}");
    }
    assert!(all.contains("in 12 min") && all.contains("a person is asked to bring it"), "{all}");
    assert!(all.lines().all(|line| text::width(line) <= 80 && line.trim_end() == line), "{all}");
    assert!(!all.contains('\u{1b}'));
    let none = plain::text(&Picture::default(), &now(), 80);
    assert!(none.contains("Requests: none") && none.contains("knows no library yet"), "{none}");
}

#[test]
fn times_are_said_as_people_say_them() {
    let said = |seconds| span(Duration::from_secs(seconds));
    let expected = ["0 s", "59 s", "1 min", "89 min", "1 h 30", "9 h 59", "10 h", "2 days"];
    assert_eq!([0, 59, 60, 5_399, 5_400, 35_999, 36_000, 172_800].map(said), expected);
    assert_eq!(now().deadline(minutes(12)), "02:14, in 12 min");
    assert_eq!(now().deadline(minutes(-1)), "02:01, over");
    assert_eq!(now().clock(minutes(60 * 24)), "Sun 02:02");
    assert_eq!(now().clock(minutes(60 * 24 * 9)), "Nov 30 02:02");
    assert_eq!(now().clock(minutes(-60 * 6)), "20:02");
}

#[test]
fn text_fits_whatever_it_is() {
    assert_eq!(text::fit("abcdef", 5), "abc..");
    assert_eq!(text::fit("ab", 5), "ab   ");
    assert_eq!(text::width(&text::fit("\u{65e5}\u{672c}\u{8a9e}\u{65e5}\u{672c}", 7)), 7);
    assert_eq!(text::clean("a\u{1b}[31mb\nc"), "a [31mb c");
    let long = text::wrap(&"x".repeat(20), 8);
    assert_eq!(long, ["xxxxxxxx", "xxxxxxxx", "xxxx"]);
    assert_eq!(text::wrap("", 8), [""]);
}
