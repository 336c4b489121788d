//! Keeps the picture true. Nothing is read while nothing happens: notifications say when to look.

use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use rsm::model::{ObjectType, Timeout};
use rsm::{ErrorKind, Result, Session};

use crate::answers::sentence;
use crate::source::Source;
use crate::terminal::Event;

/// What happens within this time is shown together.
const TOGETHER: Duration = Duration::from_millis(200);

/// After this time it looks once more, for what passes without an event: time itself, such as the
/// end of an absence.
const AT_LEAST: Duration = Duration::from_secs(60);

/// After an error it is tried again.
const RETRY: Duration = Duration::from_secs(3);

/// Sends pictures until nobody wants them any more.
pub fn follow(session: &Arc<Session>, place: &str, to: &Sender<Event>) {
    loop {
        let Err(error) = watch(session, place, to) else { return };
        // Lost events are nothing to tell: everything is read again.
        if error.kind() != ErrorKind::NoData {
            let why = format!("The catalog cannot be read. {}", sentence(&error));
            if to.send(Event::Trouble(why)).is_err() {
                return;
            }
            std::thread::sleep(RETRY);
        }
    }
}

/// Ends well when nobody wants pictures.
fn watch(session: &Arc<Session>, place: &str, to: &Sender<Event>) -> Result<()> {
    let events = session.subscribe(ObjectType::Generic)?;
    let mut source = Source::new(Arc::clone(session), place.to_owned())?;
    loop {
        if to.send(Event::Picture(Box::new(source.picture()?))).is_err() {
            return Ok(());
        }
        let mut is_old = false;
        while !is_old {
            match events.wait(Timeout::After(AT_LEAST)) {
                Ok(event) => is_old = source.note(&event)?,
                Err(error) if error.kind() == ErrorKind::Timeout => is_old = true,
                Err(error) => return Err(error),
            }
        }
        std::thread::sleep(TOGETHER);
        for event in events.try_iter() {
            source.note(&event?)?;
        }
    }
}
