//! The page of what people are asked.

use ratatui::text::{Line, Span};

use super::picture::{Picture, Request, Wait};
use super::text::{BAD, HEAD, PLAIN, STRONG, fit, lines, named};
use super::words::{Now, count};

const AGE: usize = 7;

/// Columns for what is to be done, who is at it, and until when.
fn widths(columns: usize) -> (usize, usize, usize) {
    let (taken, until) = if columns < 100 { (8, 18) } else { (16, 26) };
    (columns.saturating_sub(AGE + taken + until + 3).max(12), taken, until)
}

pub fn head(columns: usize) -> Line<'static> {
    let (what, taken, until) = widths(columns - 2);
    let text = format!(
        "  {} {} {} {}",
        fit("Asked", AGE),
        fit("What to do", what),
        fit("At it", taken),
        fit("Needed by", until)
    );
    Line::styled(fit(&text, columns), HEAD)
}

/// One line of a request. `is_new`: nobody has looked at it here.
pub fn row(request: &Request, is_new: bool, now: &Now, columns: usize) -> Line<'static> {
    let (what_room, taken_room, until_room) = widths(columns);
    let what = if is_new { format!("NEW {}", request.what) } else { request.what.clone() };
    let taken = request.taken_by.as_deref().unwrap_or("nobody");
    // The details have the name.
    let taken = if taken.starts_with("you (") { "you" } else { taken };
    let deadline = request.deadline();
    let urgent = now.is_urgent(deadline);
    let until = deadline.map_or_else(|| waiting(request), |at| now.deadline(at));
    let until = if urgent { format!("! {until}") } else { until };
    let style = if is_new { STRONG } else { PLAIN };
    Line::from(vec![
        Span::raw(format!("{} ", fit(&now.age(request.since), AGE))),
        Span::styled(format!("{} ", fit(&what, what_room)), style),
        Span::raw(format!("{} ", fit(taken, taken_room))),
        Span::styled(fit(&until, until_room), if urgent { BAD } else { PLAIN }),
    ])
}

fn waiting(request: &Request) -> String {
    match (request.calls(), request.waits.len()) {
        (0, 0) => "nobody waits".to_owned(),
        (0, _) => "the library waits".to_owned(),
        (calls, _) => format!("{}, no limit", count(calls, "waits", "wait")),
    }
}

/// All there is to know about a request, of so many who wait: what matters most comes first.
pub fn details(request: &Request, waits: usize, now: &Now, columns: usize) -> Vec<Line<'static>> {
    let mut all = lines(&request.what, STRONG, columns);
    let mut add = |name: &str, text: &str, style| all.extend(named(name, text, style, columns));
    if request.waits.is_empty() {
        add("Waits", "nobody; nothing fails while it stays open", PLAIN);
    }
    for (number, wait) in request.waits.iter().take(waits).enumerate() {
        let style = if now.is_urgent(wait.deadline) { BAD } else { PLAIN };
        add(if number == 0 { "Waits" } else { "" }, &in_words(wait, now), style);
    }
    if request.waits.len() > waits {
        add("", &format!("and {} more", request.waits.len() - waits), PLAIN);
    }
    add("To do", request.advice, PLAIN);
    match &request.taken_by {
        Some(somebody) => add("State", &format!("{somebody} is at it"), PLAIN),
        None => add("State", "nobody is at it", PLAIN),
    }
    let asked = (now.clock(request.since), now.age(request.since));
    add("Asked", &format!("at {}, {} ago, by {}", asked.0, asked.1, request.asked_by), PLAIN);
    if !request.message.is_empty() {
        add("Message", &request.message, PLAIN);
    }
    all
}

fn in_words(wait: &Wait, now: &Now) -> String {
    let until = match wait.deadline {
        Some(at) => format!("gives up at {}", now.deadline(at)),
        None => "waits without limit".to_owned(),
    };
    format!("{} for {}, since {}; {until}", wait.what, wait.who, now.clock(wait.since))
}

/// What to say when there is none.
pub fn none(picture: &Picture) -> &'static str {
    if picture.libraries.iter().any(|library| library.is_wrong()) {
        return "Nobody is asked for anything. But a library is in trouble: see page 2.";
    }
    "Nobody is asked for anything. All is well."
}
