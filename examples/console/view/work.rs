//! The page of what libraries do, and what waits for them.

use ratatui::text::{Line, Span};

use super::picture::{Progress, Work};
use super::text::{HEAD, PLAIN, STRONG, fit, lines, named};
use super::words::{Now, progress};

const AGE: usize = 7;
const STATE: usize = 7;
const ORDER: usize = 3;

/// Columns for what is done, the library, and for whom.
fn widths(columns: usize) -> (usize, usize, usize) {
    let (library, who) = if columns < 100 { (12, 16) } else { (24, 32) };
    (columns.saturating_sub(AGE + STATE + ORDER + library + who + 5).max(12), library, who)
}

pub fn head(columns: usize) -> Line<'static> {
    let (what, library, who) = widths(columns - 2);
    let text = format!(
        "  {} {} {} {} {} {}",
        fit("Since", AGE),
        fit("State", STATE),
        fit("No.", ORDER),
        fit("What", what),
        fit("Library", library),
        fit("For", who)
    );
    Line::styled(fit(&text, columns), HEAD)
}

pub fn row(work: &Work, now: &Now, columns: usize) -> Line<'static> {
    let (what, library, who) = widths(columns);
    let order = if work.order == 0 { String::new() } else { work.order.to_string() };
    let style = if work.progress == Progress::Working { STRONG } else { PLAIN };
    Line::from(vec![
        Span::raw(format!("{} ", fit(&now.age(work.since), AGE))),
        Span::styled(format!("{} ", fit(progress(work.progress), STATE)), style),
        Span::raw(format!("{} ", fit(&order, ORDER))),
        Span::styled(format!("{} ", fit(&work.what, what)), style),
        Span::raw(format!("{} {}", fit(&work.library, library), fit(&work.who, who))),
    ])
}

pub fn details(work: &Work, now: &Now, columns: usize) -> Vec<Line<'static>> {
    let mut all = lines(&format!("{} in {}", work.what, work.library), STRONG, columns);
    let asked =
        format!("at {}, {} ago, by {}", now.clock(work.since), now.age(work.since), work.who);
    all.extend(named("Asked", &asked, PLAIN, columns));
    all.extend(named("State", &why(work), PLAIN, columns));
    all
}

/// How far it has got, and why no further.
pub fn why(work: &Work) -> String {
    let why = match work.progress {
        Progress::Working => "the library is at it",
        Progress::PutOff => "the medium stays in its drive until the drive is wanted",
        _ if work.why.is_empty() => "it waits for its turn",
        _ => "it waits",
    };
    let rank = match work.order {
        0 => String::new(),
        order => format!(" (number {order} of the mounts)"),
    };
    match work.why.as_str() {
        "" => format!("{why}{rank}"),
        reason => format!("{why}{rank}: {reason}"),
    }
}

pub fn none() -> &'static str {
    "The libraries have nothing to do."
}
