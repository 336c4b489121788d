//! Questions before what cannot be undone.

use rsm::model::{LibraryId, LibraryRequestId, OperatorRequestId};

use super::app::{Key, Wish};
use super::words::Now;

/// Longest text the catalog takes.
const LONGEST: usize = 255;

/// A question, with what has to be typed before it.
#[derive(Clone, Debug)]
pub struct Dialog {
    pub title: String,
    pub fields: Vec<Field>,
    /// The field at which the person is; behind the last, the question.
    pub at: usize,
    /// What was wrong with what was typed.
    pub hint: Option<&'static str>,
    then: Then,
}

#[derive(Clone, Debug)]
pub struct Field {
    pub label: &'static str,
    pub text: String,
}

#[derive(Clone, Copy, Debug)]
enum Then {
    Complete(OperatorRequestId),
    Refuse(OperatorRequestId),
    Leave,
    Open(LibraryId),
    Cancel(LibraryRequestId),
}

/// What a key has led to.
#[derive(Debug)]
pub enum Next {
    Stays,
    Closes,
    Does(Wish),
}

impl Dialog {
    pub fn complete(id: OperatorRequestId, title: String) -> Self {
        Self::new(Then::Complete(id), title, &[])
    }

    pub fn refuse(id: OperatorRequestId, title: String) -> Self {
        Self::new(Then::Refuse(id), title, &["Why not? Whoever waits will read it"])
    }

    pub fn leave() -> Self {
        let title = "Nobody is here from now on: whoever needs people fails at once, in all \
                     programs, instead of waiting.";
        let fields = ["Why? Whoever fails will read it", "Until when (HH:MM; empty: until b)"];
        Self::new(Then::Leave, title.to_owned(), &fields)
    }

    pub fn open(id: LibraryId, name: &str) -> Self {
        let title = format!(
            "Open the door of {name}? Nothing is mounted from then on until it is closed again."
        );
        Self::new(Then::Open(id), title, &[])
    }

    pub fn cancel(id: LibraryRequestId, title: String) -> Self {
        Self::new(Then::Cancel(id), title, &[])
    }

    fn new(then: Then, title: String, labels: &[&'static str]) -> Self {
        let field = |label: &&'static str| Field { label, text: String::new() };
        Self { title, fields: labels.iter().map(field).collect(), at: 0, hint: None, then }
    }

    /// What the person should know before the answer.
    pub fn warning(&self) -> &'static str {
        match self.then {
            Then::Complete(_) | Then::Refuse(_) | Then::Cancel(_) => "This cannot be undone.",
            Then::Leave => "With b you are back.",
            Then::Open(_) => "It is over when the door is closed.",
        }
    }

    pub fn is_typing(&self) -> bool {
        self.at < self.fields.len()
    }

    pub fn key(&mut self, key: Key, now: &Now) -> Next {
        self.hint = None;
        match (key, self.fields.get_mut(self.at)) {
            (Key::Escape, _) => return Next::Closes,
            (Key::Enter, Some(field)) => {
                self.hint = wrong(self.then, self.at, field.text.trim(), now);
                self.at += usize::from(self.hint.is_none());
            }
            (Key::Erase, Some(field)) => {
                field.text.pop();
            }
            (Key::Letter(letter), Some(field)) if field.text.chars().count() < LONGEST => {
                field.text.push(letter);
            }
            (Key::Letter('y' | 'Y'), None) => return Next::Does(self.wish(now)),
            (Key::Letter('n' | 'N'), None) => return Next::Closes,
            _ => {}
        }
        Next::Stays
    }

    fn wish(&self, now: &Now) -> Wish {
        let typed = |number: usize| {
            self.fields.get(number).map(|field| field.text.trim().to_owned()).unwrap_or_default()
        };
        match self.then {
            Then::Complete(id) => Wish::Complete(id),
            Then::Refuse(id) => Wish::Refuse(id, typed(0)),
            Then::Leave => Wish::Leave { reason: typed(0), until: now.next(&typed(1)) },
            Then::Open(id) => Wish::OpenDoor(id),
            Then::Cancel(id) => Wish::Cancel(id),
        }
    }
}

/// What is wrong with what was typed.
fn wrong(then: Then, field: usize, text: &str, now: &Now) -> Option<&'static str> {
    match (then, field) {
        (Then::Refuse(_) | Then::Leave, 0) if text.is_empty() => {
            Some("A few words are needed: people wonder what has happened.")
        }
        (Then::Leave, 1) if !text.is_empty() && now.next(text).is_none() => {
            Some("That is no time: type it like 08:00, or nothing.")
        }
        _ => None,
    }
}
