//! The terminal: one thread draws, others read keys, wait for signals, follow the catalog and carry
//! out wishes. The one that draws never waits for a catalog, so keys always work.

use std::io::{Write as _, stdout};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::thread;
use std::time::{Duration, SystemTime};

use jiff::tz::TimeZone;
use parking_lot::Mutex;
use ratatui::backend::CrosstermBackend;
use ratatui::crossterm::cursor::Show;
use ratatui::crossterm::event::{self, KeyCode, KeyEvent, KeyEventKind, KeyModifiers};
use ratatui::crossterm::execute;
use ratatui::crossterm::terminal::{self, EnterAlternateScreen, LeaveAlternateScreen};
use ratatui::{DefaultTerminal, Terminal};
use rsm::Session;
use rsm::model::Timestamp;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::view::app::{App, Key, Wish};
use crate::view::draw::draw;
use crate::view::picture::Picture;
use crate::view::words::Now;
use crate::{Failure, answers, live};

/// What can happen to the console.
pub enum Event {
    Key(Key),
    Resized(u16, u16),
    Picture(Box<Picture>),
    Trouble(String),
    /// What came of a wish, and whether it is bad.
    Answer(String, bool),
    /// A signal, by its number.
    Signal(i32),
    /// A thread has panicked, or the terminal is gone.
    Broken,
}

/// How the console looks and sounds.
#[derive(Clone, Copy)]
pub struct Manner {
    pub colour: bool,
    pub bell: bool,
}

/// Ages change while nothing happens.
const TICK: Duration = Duration::from_secs(5);

pub fn now() -> Now {
    Now { time: Timestamp::from(SystemTime::now()), zone: TimeZone::system() }
}

/// Shows the console until the person leaves, or a signal comes, whose number it returns.
pub fn run(session: &Arc<Session>, place: &str, manner: Manner) -> Result<Option<i32>, Failure> {
    let (to, events) = channel();
    let signals = Signals::new([SIGHUP, SIGINT, SIGQUIT, SIGTERM])?;
    let mut screen = Screen::open(&to)?;
    spawn("signals", &to, move |to| wait_for_signals(signals, to))?;
    spawn("keys", &to, read_keys)?;
    let (following, place) = (Arc::clone(session), place.to_owned());
    spawn("catalog", &to, move |to| live::follow(&following, &place, to))?;
    let size = screen.0.size()?;
    let app = App::new(size.width.into(), size.height.into());
    Console { session, app, manner, to }.live(&mut screen.0, &events)
}

/// Whether the terminal is the console's now.
static IS_OURS: AtomicBool = AtomicBool::new(false);

/// Held by who writes on it, so that a panic elsewhere waits until the picture is complete.
static DRAWING: Mutex<()> = Mutex::new(());

/// A panic does not wait longer: it may come from drawing.
const A_PICTURE: Duration = Duration::from_millis(500);

/// The terminal as the console has it. Dropping it gives it back as it was.
struct Screen(DefaultTerminal);

impl Screen {
    /// A panic gives it back too, before it says what it has to say; then the console ends.
    fn open(to: &Sender<Event>) -> Result<Self, Failure> {
        let (to, before) = (to.clone(), std::panic::take_hook());
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            before(panic);
            let _nobody = to.send(Event::Broken);
        }));
        IS_OURS.store(true, Ordering::SeqCst);
        let opened = terminal::enable_raw_mode()
            .and_then(|()| execute!(stdout(), EnterAlternateScreen))
            .and_then(|()| Terminal::new(CrosstermBackend::new(stdout())));
        opened.map(Self).map_err(|error| {
            give_back();
            error.into()
        })
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        give_back();
    }
}

/// Once is enough: twice moves the cursor back over what was printed meanwhile.
fn give_back() {
    let _drawn = DRAWING.try_lock_for(A_PICTURE);
    if IS_OURS.swap(false, Ordering::SeqCst) {
        let _gone = execute!(stdout(), LeaveAlternateScreen, Show);
        let _gone = terminal::disable_raw_mode();
    }
}

fn spawn(
    name: &str,
    to: &Sender<Event>,
    work: impl FnOnce(&Sender<Event>) + Send + 'static,
) -> std::io::Result<()> {
    let to = to.clone();
    thread::Builder::new().name(name.to_owned()).spawn(move || work(&to))?;
    Ok(())
}

fn wait_for_signals(mut signals: Signals, to: &Sender<Event>) {
    for signal in signals.forever() {
        if to.send(Event::Signal(signal)).is_err() {
            return;
        }
    }
}

fn read_keys(to: &Sender<Event>) {
    loop {
        let event = match event::read() {
            Ok(event::Event::Key(key)) if key.kind != KeyEventKind::Release => {
                let Some(key) = meaning(key) else { continue };
                Event::Key(key)
            }
            Ok(event::Event::Resize(columns, rows)) => Event::Resized(columns, rows),
            Ok(_) => continue,
            Err(_) => Event::Broken,
        };
        let is_last = matches!(event, Event::Broken);
        if to.send(event).is_err() || is_last {
            return;
        }
    }
}

fn meaning(key: KeyEvent) -> Option<Key> {
    let control = key.modifiers.contains(KeyModifiers::CONTROL);
    Some(match key.code {
        KeyCode::Char('c' | 'd') if control => Key::Stop,
        KeyCode::Char(_) if control => return None,
        KeyCode::Char(letter) => Key::Letter(letter),
        KeyCode::Up => Key::Up,
        KeyCode::Down => Key::Down,
        KeyCode::PageUp => Key::PageUp,
        KeyCode::PageDown => Key::PageDown,
        KeyCode::Home => Key::Home,
        KeyCode::End => Key::End,
        KeyCode::Tab | KeyCode::Right => Key::Next,
        KeyCode::BackTab | KeyCode::Left => Key::Previous,
        KeyCode::Enter => Key::Enter,
        KeyCode::Esc => Key::Escape,
        KeyCode::Backspace => Key::Erase,
        _ => return None,
    })
}

/// What happens next: the person leaves, for a signal or without.
type End = Option<Option<i32>>;

struct Console<'a> {
    session: &'a Arc<Session>,
    app: App,
    manner: Manner,
    to: Sender<Event>,
}

impl Console<'_> {
    fn live(
        mut self,
        terminal: &mut DefaultTerminal,
        events: &Receiver<Event>,
    ) -> Result<Option<i32>, Failure> {
        loop {
            let now = now();
            let drawing = DRAWING.lock();
            if IS_OURS.load(Ordering::SeqCst) {
                terminal.draw(|frame| draw(frame, &self.app, &now, self.manner.colour))?;
            }
            drop(drawing);
            let first = match events.recv_timeout(TICK) {
                Ok(event) => event,
                Err(RecvTimeoutError::Timeout) => continue,
                Err(RecvTimeoutError::Disconnected) => return Ok(None),
            };
            for event in std::iter::once(first).chain(events.try_iter()) {
                if let Some(end) = self.take(event)? {
                    return Ok(end);
                }
            }
        }
    }

    fn take(&mut self, event: Event) -> Result<End, Failure> {
        match event {
            Event::Key(key) => match self.app.key(key, &now()) {
                Some(Wish::Quit) => return Ok(Some(None)),
                Some(wish) => self.carry_out(wish)?,
                None => {}
            },
            Event::Resized(columns, rows) => {
                (self.app.columns, self.app.rows) = (columns.into(), rows.into());
            }
            Event::Picture(picture) => {
                if self.app.show(*picture) && self.manner.bell {
                    ring()?;
                }
            }
            Event::Trouble(why) => {
                let since = self.app.trouble.as_ref().map_or_else(|| now().time, |(_, at)| *at);
                self.app.trouble = Some((why, since));
            }
            Event::Answer(text, is_bad) => self.app.tell(text, is_bad),
            Event::Signal(signal) => return Ok(Some(Some(signal))),
            Event::Broken => return Err("a part of the console has failed".into()),
        }
        Ok(None)
    }

    /// In a thread of its own: it may take as long as a robot does.
    fn carry_out(&mut self, wish: Wish) -> Result<(), Failure> {
        self.app.tell(answers::begins(&wish), false);
        let session = Arc::clone(self.session);
        spawn("wish", &self.to, move |to| {
            let (text, is_bad) = answers::carry_out(&session, &wish);
            let _nobody = to.send(Event::Answer(text, is_bad));
        })?;
        Ok(())
    }
}

/// The bell of the terminal. Nothing on the screen changes.
fn ring() -> std::io::Result<()> {
    let mut out = stdout();
    out.write_all(b"\x07")?;
    out.flush()
}
