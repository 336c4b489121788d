//! The page of libraries, with what is in them.

use ratatui::text::{Line, Span};

use super::picture::{Health, Library, Part, Picture};
use super::text::{BAD, GOOD, HEAD, PLAIN, STRONG, fit, wrap};
use super::words::{Now, health};

const NAME: usize = 11;
const STATE: usize = 18;
const INSIDE: usize = 20;

impl Library {
    /// Whether somebody should look at it.
    pub fn is_wrong(&self) -> bool {
        matches!(self.health, Health::NeedsService(_) | Health::Unserved)
    }

    /// What is wrong, and what it means.
    pub fn trouble(&self) -> Option<String> {
        match &self.health {
            Health::NeedsService(reason) if reason.is_empty() => {
                Some("It needs service.".to_owned())
            }
            Health::NeedsService(reason) => Some(format!("It needs service: {reason}.")),
            Health::Unserved => Some(
                "Nobody serves it: no program that is running has it attached. What is asked of \
                 it waits until one has. Start the backup program."
                    .to_owned(),
            ),
            Health::Starting => Some("It is being looked at and is not ready yet.".to_owned()),
            Health::Ready => None,
        }
    }
}

pub fn head(columns: usize) -> Line<'static> {
    let text = format!(
        "    {} {} {} Who uses it",
        fit("What", NAME),
        fit("State", STATE),
        fit("Inside", INSIDE)
    );
    Line::styled(fit(&text, columns), HEAD)
}

/// All lines of the page, each with the library it belongs to.
pub fn rows(picture: &Picture, now: &Now, columns: usize) -> Vec<(usize, Line<'static>)> {
    let mut rows = Vec::new();
    for (number, library) in picture.libraries.iter().enumerate() {
        rows.push((number, title(library, columns)));
        for line in wrap(&library.trouble().unwrap_or_default(), columns.saturating_sub(6)) {
            if !line.is_empty() {
                rows.push((number, Line::styled(format!("  {line}"), STRONG)));
            }
        }
        rows.extend(library.parts.iter().map(|part| (number, row(part, now, columns))));
    }
    rows
}

fn title(library: &Library, columns: usize) -> Line<'static> {
    let state = health(&library.health, library.enabled);
    let style = match () {
        () if library.is_wrong() || !library.enabled => BAD,
        () if library.health == Health::Ready => GOOD,
        () => PLAIN,
    };
    let stock = format!("  {} media, {} slots", library.media, library.slots);
    let room = columns.saturating_sub(stock.len() + state.len() + 6).max(8);
    let name = fit(&library.name, room.min(super::text::width(&library.name)));
    Line::from(vec![
        Span::styled(name, STRONG),
        Span::raw(": "),
        Span::styled(state, style),
        Span::raw(stock),
    ])
}

fn row(part: &Part, now: &Now, columns: usize) -> Line<'static> {
    let room = columns.saturating_sub(NAME + STATE + INSIDE + 7).max(8);
    let user = match part.since {
        Some(since) if !part.user.is_empty() => format!("{}, {}", part.user, now.age(since)),
        _ => part.user.clone(),
    };
    Line::from(vec![
        Span::raw(format!("  {} ", fit(&part.name, NAME))),
        Span::styled(fit(&part.state, STATE), if part.is_wrong { BAD } else { PLAIN }),
        Span::raw(format!(" {} {}", fit(&part.inside, INSIDE), fit(&user, room))),
    ])
}

pub fn none() -> &'static str {
    "The catalog knows no library yet. A program that attaches one makes it known."
}
