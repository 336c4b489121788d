//! Text that fits.

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::{Line, Span};

/// How text is set off. Whatever matters is said in words as well.
pub const PLAIN: Style = Style::new();
pub const STRONG: Style = Style::new().add_modifier(Modifier::BOLD);
pub const BAD: Style = Style::new().fg(Color::Red).add_modifier(Modifier::BOLD);
pub const GOOD: Style = Style::new().fg(Color::Green);
pub const BAR: Style = Style::new().add_modifier(Modifier::REVERSED);
pub const HEAD: Style =
    Style::new().add_modifier(Modifier::BOLD).add_modifier(Modifier::UNDERLINED);

/// The columns that text takes on a terminal.
pub fn width(text: &str) -> usize {
    Span::raw(text).width()
}

/// Text in exactly so many columns: cut off, with a mark, or filled with blanks.
pub fn fit(text: &str, columns: usize) -> String {
    let mut fitted = text.to_owned();
    if width(text) > columns {
        fitted = cut(text, columns.saturating_sub(2));
        fitted.push_str(if columns < 3 { "" } else { ".." });
    }
    fitted.push_str(&" ".repeat(columns.saturating_sub(width(&fitted))));
    fitted
}

/// The beginning of text, in at most so many columns.
fn cut(text: &str, columns: usize) -> String {
    let mut beginning = String::new();
    let mut used = 0;
    for letter in text.chars() {
        used += width(letter.encode_utf8(&mut [0; 4]));
        if used > columns {
            break;
        }
        beginning.push(letter);
    }
    beginning
}

/// Text in lines of at most so many columns, broken between words where that is possible.
pub fn wrap(text: &str, columns: usize) -> Vec<String> {
    let columns = columns.max(8);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let mut word = word.to_owned();
        let used = lines.last().map_or(0, |line| width(line));
        if used > 0 && used + 1 + width(&word) > columns {
            lines.push(String::new());
        }
        while width(&word) > columns {
            let beginning = cut(&word, columns);
            word = word.split_off(beginning.len());
            put(&mut lines, &beginning);
            lines.push(String::new());
        }
        put(&mut lines, &word);
    }
    lines
}

fn put(lines: &mut [String], word: &str) {
    if let Some(line) = lines.last_mut() {
        line.push_str(if line.is_empty() { "" } else { " " });
        line.push_str(word);
    }
}

/// The width of names before what they name.
const NAME: usize = 10;

/// A name and what it names, in as many lines as it takes.
pub fn named(name: &str, text: &str, style: Style, columns: usize) -> Vec<Line<'static>> {
    let mut lines = Vec::new();
    let parts = wrap(text, columns.saturating_sub(NAME + 1)).into_iter();
    for (number, part) in parts.enumerate() {
        let name = fit(if number == 0 { name } else { "" }, NAME);
        lines.push(Line::from(vec![Span::styled(name, STRONG), Span::styled(part, style)]));
    }
    lines
}

/// Several lines of text.
pub fn lines(text: &str, style: Style, columns: usize) -> Vec<Line<'static>> {
    wrap(text, columns).into_iter().map(|line| Line::styled(line, style)).collect()
}

/// Text from elsewhere, without what a terminal would obey.
pub fn clean(text: &str) -> String {
    text.replace(char::is_control, " ").trim().to_owned()
}
