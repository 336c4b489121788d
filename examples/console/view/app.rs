//! Where the person is, and what keys do.

use std::collections::HashSet;

use rsm::model::{LibraryId, LibraryRequestId, OperatorRequestId, Timestamp};

use super::dialog::{Dialog, Next};
use super::libraries;
use super::picture::{Library, Picture, Request, Work};
use super::words::{Now, count};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Key {
    Up,
    Down,
    PageUp,
    PageDown,
    Home,
    End,
    Next,
    Previous,
    Enter,
    Escape,
    Erase,
    Letter(char),
    /// Whatever is on the screen: the person wants to leave.
    Stop,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Page {
    Requests,
    Libraries,
    Work,
}

/// What a person wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    Quit,
    Acknowledge(OperatorRequestId),
    Complete(OperatorRequestId),
    Refuse(OperatorRequestId, String),
    Leave { reason: String, until: Option<Timestamp> },
    Attend,
    TakeInventory(LibraryId),
    OpenDoor(LibraryId),
    Cancel(LibraryRequestId),
}

#[derive(Clone, Debug)]
pub struct Notice {
    pub text: String,
    pub is_bad: bool,
}

pub struct App {
    pub picture: Option<Picture>,
    pub page: Page,
    /// Where the person is on each page.
    cursors: [usize; 3],
    /// Requests that came while somebody looked, and were not looked at yet.
    pub fresh: HashSet<OperatorRequestId>,
    pub notice: Option<Notice>,
    /// Why the catalog cannot be read, and since when.
    pub trouble: Option<(String, Timestamp)>,
    pub dialog: Option<Dialog>,
    pub columns: usize,
    pub rows: usize,
}

impl App {
    pub fn new(columns: usize, rows: usize) -> Self {
        Self {
            picture: None,
            page: Page::Requests,
            cursors: [0; 3],
            fresh: HashSet::new(),
            notice: None,
            trouble: None,
            dialog: None,
            columns,
            rows,
        }
    }

    /// Shows another picture. Who has selected something keeps it. Says whether there are new
    /// requests.
    pub fn show(&mut self, picture: Picture) -> bool {
        let request = self.request().map(|request| request.id);
        let work = self.work().map(|work| work.id);
        let new = self.arrived(&picture);
        self.trouble = None;
        self.fresh.retain(|id| picture.requests.iter().any(|request| request.id == *id));
        if let (Some(first), None) = (new.first(), &self.notice) {
            let text = match new.len() {
                1 => format!("New: {}", first.1),
                more => format!("{more} new requests, the first: {}", first.1),
            };
            self.tell(text, false);
        }
        self.fresh.extend(new.iter().map(|(id, _)| *id));
        let place = picture.requests.iter().position(|one| Some(one.id) == request);
        self.cursors[0] = place.unwrap_or(self.cursors[0]);
        let place = picture.work.iter().position(|one| Some(one.id) == work);
        self.cursors[2] = place.unwrap_or(self.cursors[2]);
        self.picture = Some(picture);
        !new.is_empty()
    }

    /// The requests that were not there before; none in the first picture.
    fn arrived(&self, picture: &Picture) -> Vec<(OperatorRequestId, String)> {
        let Some(before) = &self.picture else { return Vec::new() };
        let known: HashSet<_> = before.requests.iter().map(|request| request.id).collect();
        let new = picture.requests.iter().filter(|request| !known.contains(&request.id));
        new.map(|request| (request.id, request.what.clone())).collect()
    }

    pub fn tell(&mut self, text: impl Into<String>, is_bad: bool) {
        self.notice = Some(Notice { text: text.into(), is_bad });
    }

    /// How many lines the page has.
    pub fn len(&self, now: &Now) -> usize {
        let Some(picture) = &self.picture else { return 0 };
        match self.page {
            Page::Requests => picture.requests.len(),
            Page::Libraries => libraries::rows(picture, now, self.columns).len(),
            Page::Work => picture.work.len(),
        }
    }

    /// The line of the page at which the person is.
    pub fn cursor(&self, now: &Now) -> usize {
        self.cursors[self.page as usize].min(self.len(now).saturating_sub(1))
    }

    /// The request at which the person is.
    pub fn request(&self) -> Option<&Request> {
        let all = &self.picture.as_ref()?.requests;
        all.get(self.cursors[0].min(all.len().saturating_sub(1)))
    }

    /// The work at which the person is.
    pub fn work(&self) -> Option<&Work> {
        let all = &self.picture.as_ref()?.work;
        all.get(self.cursors[2].min(all.len().saturating_sub(1)))
    }

    /// The library at which the person is.
    pub fn library(&self, now: &Now) -> Option<&Library> {
        let picture = self.picture.as_ref()?;
        let rows = libraries::rows(picture, now, self.columns);
        let (number, _) = rows.get(self.cursors[1].min(rows.len().saturating_sub(1)))?;
        picture.libraries.get(*number)
    }

    /// Does what a key says.
    pub fn key(&mut self, key: Key, now: &Now) -> Option<Wish> {
        if key == Key::Stop {
            return Some(Wish::Quit);
        }
        if let Some(dialog) = &mut self.dialog {
            let next = dialog.key(key, now);
            if !matches!(next, Next::Stays) {
                self.dialog = None;
            }
            return if let Next::Does(wish) = next { Some(wish) } else { None };
        }
        self.notice = None;
        if self.travel(key, now) {
            return None;
        }
        let Key::Letter(letter) = key else { return None };
        match letter {
            'q' => Some(Wish::Quit),
            'u' => {
                self.dialog = Some(Dialog::leave());
                None
            }
            'b' => Some(Wish::Attend),
            _ => match self.page {
                Page::Requests => self.on_requests(letter),
                Page::Libraries => self.on_libraries(letter, now),
                Page::Work => self.on_work(letter),
            },
        }
    }

    /// Moves to another line or page, if the key says so.
    fn travel(&mut self, key: Key, now: &Now) -> bool {
        let (at, last) = (self.cursor(now), self.len(now).saturating_sub(1));
        let leap = (self.rows / 2).max(1);
        let to = match key {
            Key::Up | Key::Letter('k') => at.saturating_sub(1),
            Key::Down | Key::Letter('j') => at + 1,
            Key::PageUp => at.saturating_sub(leap),
            Key::PageDown => at + leap,
            Key::Home => 0,
            Key::End => last,
            _ => return self.turn(key),
        };
        self.cursors[self.page as usize] = to.min(last);
        if self.page == Page::Requests
            && let Some(id) = self.request().map(|request| request.id)
        {
            self.fresh.remove(&id);
        }
        true
    }

    fn turn(&mut self, key: Key) -> bool {
        self.page = match (key, self.page) {
            (Key::Letter('1'), _) | (Key::Next, Page::Work) | (Key::Previous, Page::Libraries) => {
                Page::Requests
            }
            (Key::Letter('2'), _) | (Key::Next, Page::Requests) | (Key::Previous, Page::Work) => {
                Page::Libraries
            }
            (Key::Letter('3'), _)
            | (Key::Next, Page::Libraries)
            | (Key::Previous, Page::Requests) => Page::Work,
            _ => return false,
        };
        true
    }

    fn on_requests(&mut self, letter: char) -> Option<Wish> {
        let request = self.request()?;
        let (id, what) = (request.id, request.what.clone());
        match letter {
            'a' => Some(Wish::Acknowledge(id)),
            'c' => {
                let title = format!("{what}: it is done? Whoever waits goes on.");
                self.dialog = Some(Dialog::complete(id, title));
                None
            }
            'r' => {
                let fails = match request.calls() {
                    0 => "No call waits for it.".to_owned(),
                    calls => format!("{} at once.", count(calls, "call fails", "calls fail")),
                };
                let title = format!("{what}: it will not be done? {fails}");
                self.dialog = Some(Dialog::refuse(id, title));
                None
            }
            'i' => match request.library {
                Some(library) => Some(Wish::TakeInventory(library)),
                None => {
                    self.tell("This names no library to look into: see page 2.", true);
                    None
                }
            },
            _ => None,
        }
    }

    fn on_libraries(&mut self, letter: char, now: &Now) -> Option<Wish> {
        let library = self.library(now)?;
        let id = library.id;
        match letter {
            'i' => Some(Wish::TakeInventory(id)),
            'o' if library.has_door => {
                self.dialog = Some(Dialog::open(id, &library.name));
                None
            }
            'o' => {
                let text = format!("{} has no door that could be opened.", library.name);
                self.tell(text, true);
                None
            }
            _ => None,
        }
    }

    fn on_work(&mut self, letter: char) -> Option<Wish> {
        let work = self.work()?;
        if letter == 'x' {
            let title =
                format!("Cancel it: {}, for {}? Whoever waits for it fails.", work.what, work.who);
            self.dialog = Some(Dialog::cancel(work.id, title));
        }
        None
    }
}
