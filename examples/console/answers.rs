//! Does what the person wants, and says in a sentence what came of it.

use rsm::model::{DoorInventory, InventoryMethod};
use rsm::{Error, ErrorKind, Result, Session};

use crate::view::app::Wish;
use crate::view::text::clean;

/// What came of a wish, and whether it is bad.
pub fn carry_out(session: &Session, wish: &Wish) -> (String, bool) {
    match attempt(session, wish) {
        Ok(text) => (text.to_owned(), false),
        Err(error) => (in_vain(wish, &error), true),
    }
}

fn attempt(session: &Session, wish: &Wish) -> Result<&'static str> {
    Ok(match wish {
        Wish::Quit => "",
        Wish::Acknowledge(id) => {
            session.acknowledge_operator_request(*id)?;
            "You are at it; others see that."
        }
        Wish::Complete(id) => {
            session.satisfy_operator_request(*id)?;
            "It is done; whoever waited goes on."
        }
        Wish::Refuse(id, reason) => {
            session.refuse_operator_request(*id, reason)?;
            "It is refused; whoever waited was told why."
        }
        Wish::Leave { reason, until } => {
            session.leave_unattended(reason, *until)?;
            "Nobody is here now. When you are back, press b."
        }
        Wish::Attend => {
            session.attend()?;
            "Somebody is here: calls wait for people."
        }
        Wish::TakeInventory(id) => {
            session.inventory_library(*id, InventoryMethod::Fast)?;
            "The inventory is finished."
        }
        Wish::OpenDoor(id) => {
            session.access_library_door(*id, DoorInventory::Default)?;
            "The door is unlocked as soon as the robot has put away what nobody uses: see page 3."
        }
        Wish::Cancel(id) => {
            session.cancel_library_request(*id)?;
            "It is cancelled."
        }
    })
}

/// What to say while something takes long.
pub fn begins(wish: &Wish) -> &'static str {
    match wish {
        Wish::TakeInventory(_) => "The library looks at what it holds ...",
        _ => "",
    }
}

fn in_vain(wish: &Wish, error: &Error) -> String {
    match (wish, error.kind()) {
        (Wish::Acknowledge(_), ErrorKind::InvalidState) => "Somebody is at it already.".to_owned(),
        (
            Wish::Acknowledge(_) | Wish::Complete(_) | Wish::Refuse(..),
            ErrorKind::ObjectNotFound | ErrorKind::InvalidState,
        ) => "Too late: it was answered, or nobody needs it any more.".to_owned(),
        (Wish::Cancel(_), ErrorKind::ObjectNotFound) => "Too late: it is finished.".to_owned(),
        (Wish::Cancel(_), ErrorKind::AccessDenied) if error.reason().contains("stopped") => {
            "The library is at it, and it cannot be stopped.".to_owned()
        }
        (Wish::TakeInventory(_) | Wish::OpenDoor(_), ErrorKind::DeviceNotAvailable) => {
            "That cannot be done now: nobody serves the library, or it needs service.".to_owned()
        }
        _ => sentence(error),
    }
}

/// An error as a person says it.
pub fn sentence(error: &Error) -> String {
    let reason = clean(error.reason());
    match error.kind() {
        ErrorKind::AccessDenied => {
            format!("You have no right to do that. Root has, and who made the catalog: {reason}.")
        }
        ErrorKind::Busy => {
            format!("Another program is busy with that ({reason}). Try again in a moment.")
        }
        ErrorKind::DatabaseFull => {
            format!("The disk is full, or the catalog as large as it may be ({reason}).")
        }
        _ => {
            let mut letters = reason.chars();
            let first = letters.next().map(|letter| letter.to_uppercase().to_string());
            format!("{}{}.", first.unwrap_or_default(), letters.as_str().trim_end_matches('.'))
        }
    }
}
