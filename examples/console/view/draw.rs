//! The screen.

use ratatui::Frame;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Color;
use ratatui::text::{Line, Span};

use super::app::{App, Page};
use super::dialog::Dialog;
use super::picture::{Absence, Picture};
use super::text::{BAD, BAR, HEAD, PLAIN, STRONG, fit, lines, named, width};
use super::words::Now;
use super::{libraries, requests, work};

/// Less than this is no use.
const SMALLEST: (u16, u16) = (40, 12);

/// Of those who wait for a request, so many are shown; the first to give up come first.
const WAITS: usize = 3;

/// Draws everything. Without colour nothing is lost but the colour.
pub fn draw(frame: &mut Frame<'_>, app: &App, now: &Now, colour: bool) {
    let area = frame.area();
    let buffer = frame.buffer_mut();
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        let text =
            format!("Make the window larger: {} x {} at least. q quits.", SMALLEST.0, SMALLEST.1);
        put(buffer, area, &lines(&text, PLAIN, usize::from(area.width)));
        return;
    }
    let columns = usize::from(area.width);
    let mut above = vec![tabs(app, now, columns)];
    above.extend(banner(app, now, columns));
    let mut below = notice(app, columns);
    below.push(keys(app, columns));
    let below_rows = tall(below.len());
    let (above_rows, rows) = (tall(above.len()), area.height);
    put(buffer, Rect { height: above_rows, ..area }, &above);
    let middle = rows.saturating_sub(above_rows + below_rows);
    let detail = detail(app, now, columns);
    let details = tall(detail.len()).min((middle * 3 / 5).max(6)).min(middle);
    let list = Rect { y: above_rows, height: middle - details, ..area };
    draw_list(buffer, list, app, now);
    let place = Rect { y: above_rows + list.height, height: details, ..area };
    put(buffer, place, &shortened(detail, usize::from(details)));
    put(buffer, Rect { y: rows - below_rows, height: below_rows, ..area }, &below);
    if !colour {
        buffer.content.iter_mut().for_each(|cell| {
            cell.set_fg(Color::Reset).set_bg(Color::Reset);
        });
    }
}

fn tall(lines: usize) -> u16 {
    u16::try_from(lines).unwrap_or(u16::MAX)
}

fn put(buffer: &mut Buffer, area: Rect, lines: &[Line<'static>]) {
    for (row, line) in (area.top()..area.bottom()).zip(lines) {
        buffer.set_line(area.left(), row, line, area.width);
    }
}

/// What does not fit is counted.
fn shortened(mut lines: Vec<Line<'static>>, rows: usize) -> Vec<Line<'static>> {
    if lines.len() > rows && rows > 0 {
        let hidden = lines.len() - rows + 1;
        lines.truncate(rows - 1);
        lines.push(Line::styled(format!("({hidden} more lines: make the window higher)"), STRONG));
    }
    lines
}

fn tabs(app: &App, now: &Now, columns: usize) -> Line<'static> {
    let (mut asked, mut served, mut queued) = (0, 0, 0);
    let mut wrong = String::new();
    if let Some(picture) = &app.picture {
        (asked, served, queued) =
            (picture.requests.len(), picture.libraries.len(), picture.work.len());
        let bad = picture.libraries.iter().filter(|library| library.is_wrong()).count();
        if bad > 0 {
            wrong = format!(", {bad} in trouble");
        }
    }
    let new = match app.fresh.len() {
        0 => String::new(),
        number => format!(", {number} new"),
    };
    let all = [
        (Page::Requests, format!("1 Requests: {asked}{new}")),
        (Page::Libraries, format!("2 Libraries: {served}{wrong}")),
        (Page::Work, format!("3 Queue: {queued}")),
    ];
    let mut text = String::new();
    for (page, name) in all {
        let (before, after) = if page == app.page { ("[", "]") } else { (" ", " ") };
        text.push_str(&format!("{before}{name}{after} "));
    }
    let clock = now.clock(now.time);
    let room = columns.saturating_sub(width(&clock) + 1);
    Line::styled(format!("{}{clock} ", fit(&text, room)), BAR)
}

/// What everybody must know who looks at any page.
fn banner(app: &App, now: &Now, columns: usize) -> Vec<Line<'static>> {
    let mut all = Vec::new();
    if let Some((why, since)) = &app.trouble {
        let text = format!("! {why} What you see is from {}.", now.clock(*since));
        all.extend(lines(&text, BAD, columns));
    }
    if let Some(absence) = app.picture.as_ref().and_then(|picture| picture.absence.as_ref()) {
        all.extend(lines(&format!("! {}", absent(absence, now)), BAD, columns));
    }
    all
}

/// That nobody is there, in a sentence.
pub fn absent(absence: &Absence, now: &Now) -> String {
    let until = absence.until.map_or_else(
        || "until somebody is back (b)".to_owned(),
        |until| format!("until {}", now.deadline(until)),
    );
    format!(
        "NOBODY IS HERE since {}, {until}: {}. Whoever needs people fails at once. Said by {}.",
        now.clock(absence.since),
        absence.reason.trim_end_matches('.'),
        absence.said_by
    )
}

fn draw_list(buffer: &mut Buffer, area: Rect, app: &App, now: &Now) {
    let columns = usize::from(area.width);
    let Some(picture) = &app.picture else {
        put(buffer, area, &[Line::raw("Reading the catalog ...")]);
        return;
    };
    let (head, none) = match app.page {
        Page::Requests => (requests::head(columns), requests::none(picture)),
        Page::Libraries => (libraries::head(columns), libraries::none()),
        Page::Work => (work::head(columns), work::none()),
    };
    let len = app.len(now);
    if len == 0 {
        put(buffer, area, &lines(none, PLAIN, columns));
        return;
    }
    put(buffer, area, &[head]);
    let room = usize::from(area.height).saturating_sub(1);
    let cursor = app.cursor(now);
    let first = cursor.saturating_sub(room / 2).min(len.saturating_sub(room));
    let rows = rows(app, picture, now, columns - 2, first..len.min(first + room));
    let place = Rect { y: area.y + 1, height: area.height.saturating_sub(1), ..area };
    for (row, (number, line)) in (place.top()..place.bottom()).zip((first..).zip(rows)) {
        let mark = if number == cursor { "> " } else { "  " };
        buffer.set_line(area.left(), row, &marked(mark, line), area.width);
        if number == cursor {
            buffer.set_style(Rect { y: row, height: 1, ..area }, BAR);
        }
    }
    if len > room {
        let text = format!(" {}/{len}", cursor + 1);
        let at = area.width.saturating_sub(tall(text.len()));
        buffer.set_line(at, area.y, &Line::styled(text, HEAD), area.width - at);
    }
}

fn marked(mark: &'static str, line: Line<'static>) -> Line<'static> {
    let mut spans = vec![Span::raw(mark)];
    spans.extend(line.spans.into_iter().map(|span| span.patch_style(line.style)));
    Line::from(spans)
}

fn rows(
    app: &App,
    picture: &Picture,
    now: &Now,
    columns: usize,
    range: std::ops::Range<usize>,
) -> Vec<Line<'static>> {
    match app.page {
        Page::Requests => {
            let some = picture.requests.get(range).unwrap_or_default().iter();
            some.map(|one| requests::row(one, app.fresh.contains(&one.id), now, columns)).collect()
        }
        Page::Libraries => {
            let all = libraries::rows(picture, now, app.columns).into_iter();
            all.skip(range.start).take(range.len()).map(|(_, line)| line).collect()
        }
        Page::Work => {
            let some = picture.work.get(range).unwrap_or_default().iter();
            some.map(|one| work::row(one, now, columns)).collect()
        }
    }
}

/// What is below the list: a question, or all about the line at which the person is.
fn detail(app: &App, now: &Now, columns: usize) -> Vec<Line<'static>> {
    let (title, lines) = match (&app.dialog, app.page) {
        (Some(dialog), _) => ("A question", ask(dialog, columns)),
        (None, Page::Requests) => {
            let request = app.request();
            (
                "This request",
                request.map(|one| requests::details(one, WAITS, now, columns)).unwrap_or_default(),
            )
        }
        (None, Page::Work) => {
            let work = app.work();
            ("This work", work.map(|one| work::details(one, now, columns)).unwrap_or_default())
        }
        (None, Page::Libraries) => return Vec::new(),
    };
    if lines.is_empty() {
        return lines;
    }
    let mut all = vec![Line::styled(fit(title, columns), HEAD)];
    all.extend(lines);
    all
}

fn ask(dialog: &Dialog, columns: usize) -> Vec<Line<'static>> {
    let mut all = lines(&dialog.title, STRONG, columns);
    for (number, field) in dialog.fields.iter().enumerate().take(dialog.at + 1) {
        let end = if number == dialog.at { "_" } else { "" };
        all.extend(lines(&format!("{}:", field.label), PLAIN, columns));
        all.extend(named("  >", &format!("{}{end}", field.text), STRONG, columns));
    }
    if let Some(hint) = dialog.hint {
        all.extend(lines(&format!("! {hint}"), BAD, columns));
    }
    if !dialog.is_typing() {
        all.extend(lines(dialog.warning(), PLAIN, columns));
        all.push(Line::styled("y: yes, do it    n: no, leave it", STRONG));
    }
    all
}

/// What the console has to say, in at least one line and at most three.
fn notice(app: &App, columns: usize) -> Vec<Line<'static>> {
    let mut all = match &app.notice {
        Some(notice) if notice.is_bad => lines(&format!("! {}", notice.text), BAD, columns),
        Some(notice) => lines(&notice.text, STRONG, columns),
        None => vec![Line::default()],
    };
    all.truncate(3);
    all
}

fn keys(app: &App, columns: usize) -> Line<'static> {
    let is_absent = app.picture.as_ref().is_some_and(|picture| picture.absence.is_some());
    let attend = if is_absent { "b I am back" } else { "u nobody here" };
    let text = match (&app.dialog, app.page) {
        (Some(dialog), _) if dialog.is_typing() => "Enter next  Esc back".to_owned(),
        (Some(_), _) => "y yes  n no".to_owned(),
        (None, Page::Requests) => {
            format!("a I do it  c is done  r refuse  i inventory  {attend}  Tab page  q quit")
        }
        (None, Page::Libraries) => {
            format!("up/down  i inventory  o open door  {attend}  Tab page  q quit")
        }
        (None, Page::Work) => format!("up/down  x cancel  {attend}  Tab page  q quit"),
    };
    Line::styled(fit(&format!(" {text}"), columns), BAR)
}
