//! OpenNtmsSession: who may open a session, and where.

use std::sync::Arc;

use super::{Context, Session, context};
use crate::catalog::{ComputerRow, Submitter};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AccessRights, Caller, ObjectType, SessionOptions, text};

/// What an application is called that says nothing.
const UNNAMED: &str = "RSM";

impl Session {
    /// Opens a session: on this computer, whatever it is called; for an application; with options.
    pub(crate) fn open(
        context: Arc<Context>,
        server: Option<&str>,
        application: Option<&str>,
        options: SessionOptions,
        mut caller: Caller,
    ) -> Result<Self> {
        context.check_process()?;
        let computer = context.catalog.read(|view| view.computer())?;
        server.map_or(Ok(()), |name| check_computer(&computer, name))?;
        let application = text::application_name(application.unwrap_or(UNNAMED))?.to_owned();
        options.known()?;
        caller.administrator |= caller.user == 0 || caller.user == computer.creator;
        context::require(
            &caller,
            &computer.security,
            AccessRights::USE,
            ObjectType::Computer,
            computer.id,
        )?;
        let id = context.ids.uuid();
        let user = caller.user_name.clone();
        let submitter = Submitter {
            application,
            user,
            computer: computer.name,
            session: Some(id),
            attendance: None,
        };
        Ok(Self::of(context, id, submitter, caller))
    }
}

/// Refuses another computer than this one.
fn check_computer(this: &ComputerRow, name: &str) -> Result<()> {
    if this.name.eq_ignore_ascii_case(text::computer_name(name)?) {
        return Ok(());
    }
    let reason = format!("{name} is not this computer, which is {}", this.name);
    Err(Error::new(ErrorKind::NotConnected, reason))
}
