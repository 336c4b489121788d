//! Times in which nobody is there to do what people are asked: what calls would wait for is refused
//! at once, and a record of it stays for those who come back.

use std::sync::Arc;

use rusqlite::{Row, params};

use super::column::{id, time, time_or_null};
use super::computer::ComputerRow;
use super::library_request::{Because, LibraryRequestRow};
use super::operator_request::{Answer, OperatorRequestRow, Origin, columns};
use super::submitter::Submitter;
use super::transaction::{Transaction, View};
use crate::error::{ErrorKind, Result};
use crate::model::{
    Absence, Attendance, Id, LibraryOperation, LibraryRequestState, ObjectType, OperatorRequestId,
    OperatorRequestState, OperatorTask, Timestamp,
};

const ABSENCE: &str = "SELECT reason, application, user, since, until FROM absence WHERE key = 1";
const SET: &str = "INSERT INTO absence (key, reason, application, user, since, until) \
     VALUES (1, ?1, ?2, ?3, ?4, ?5) ON CONFLICT (key) DO UPDATE SET reason = excluded.reason, \
     application = excluded.application, user = excluded.user, since = excluded.since, \
     until = excluded.until";
const END: &str = "DELETE FROM absence WHERE key = 1";
const REFUSED_BEFORE: &str = "SELECT id FROM operator_request WHERE argument1 = ?1 AND kind = ?2 \
     AND argument2 IS ?3 AND answer = ?4 AND submitted >= ?5 AND state = 4 LIMIT 1";
const AWAITED: &str = "SELECT DISTINCT request FROM operator_request_wait WHERE request > x''";

/// A session that never waits for people leaves a record of each cause once in this time.
const ONE_RECORD_IN: i64 = 24 * 60 * 60 * 1_000_000;

/// Why nobody is asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Unattended {
    pub(crate) answer: Answer,
    since: Timestamp,
}

fn read(row: &Row<'_>) -> rusqlite::Result<Absence> {
    let asker = (row.get(1)?, row.get(2)?);
    Ok(Absence::new(row.get(0)?, asker, time(row, 3)?, time_or_null(row, 4)?))
}

impl From<Absence> for Unattended {
    fn from(absence: Absence) -> Self {
        let answer =
            Answer { by: absence.user, reason: format!("nobody attends: {}", absence.reason) };
        Self { answer, since: absence.since }
    }
}

impl View<'_> {
    /// Whether nobody is there.
    pub(crate) fn absence(&self, now: Timestamp) -> Result<Option<Absence>> {
        let absence = self.first(ABSENCE, [], read)?;
        Ok(absence.filter(|absence| absence.until.is_none_or(|until| until > now)))
    }

    /// Why nobody is asked in the name of a session that has said this for itself.
    pub(crate) fn why_unattended(
        &self,
        own: Option<Attendance>,
        now: Timestamp,
    ) -> Result<Option<Unattended>> {
        Ok(match own {
            Some(Attendance::Attended) => None,
            Some(Attendance::Unattended) => {
                let reason = "the session that asks does not wait for people".to_owned();
                let since = Timestamp::from_micros(now.as_micros().saturating_sub(ONE_RECORD_IN));
                Some(Unattended { answer: Answer { by: String::new(), reason }, since })
            }
            None => self.absence(now)?.map(Unattended::from),
        })
    }

    /// Why nobody is asked for work that a session has asked for.
    pub(crate) fn why_unattended_work(
        &self,
        row: &LibraryRequestRow,
        now: Timestamp,
    ) -> Result<Option<Unattended>> {
        match row.submitter.session {
            Some(_) => self.why_unattended(row.submitter.attendance, now),
            None => Ok(None),
        }
    }
}

impl LibraryRequestRow {
    /// Whether it fails when nobody is there, and nothing else is said: a session has asked for it.
    /// What libraries do by themselves waits for those who come back.
    fn follows(&self) -> bool {
        self.submitter.session.is_some() && self.submitter.attendance.is_none()
    }
}

impl Transaction<'_> {
    /// Nobody is there from now on: whoever waits for people, and has not said that somebody
    /// attends to him, fails.
    pub(crate) fn begin_absence(&self, absence: &Absence, computer: &ComputerRow) -> Result<()> {
        let until = absence.until.map(Timestamp::as_micros);
        let since = absence.since.as_micros();
        let values = params![absence.reason, absence.application, absence.user, since, until];
        self.execute(SET, values)?;
        self.updated(ObjectType::Computer, computer.id);
        let why = Unattended::from(absence.clone());
        for request in self.open_operator_requests()? {
            self.give_up(&request, &why, absence.since)?;
        }
        // Calls that wait for requests look whether that goes for them.
        for request in self.all(AWAITED, [], |row| id::<OperatorRequestId>(row, 0))? {
            self.wake(request.as_uuid());
        }
        Ok(())
    }

    /// Those who wait for the request fail if they go by what was said for all sessions. It is
    /// refused, unless others wait for it who do not.
    fn give_up(
        &self,
        request: &OperatorRequestRow,
        why: &Unattended,
        now: Timestamp,
    ) -> Result<()> {
        let mut waiting = self.work_waiting_for(request)?;
        waiting.retain(|row| row.task.operation != LibraryOperation::WriteFreeLabel);
        let (follow, stay): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(LibraryRequestRow::follows);
        let is_given_up = match request.origin {
            Origin::Application => false,
            Origin::Allocation => self.does_allocation_follow(request.id)?,
            // Others may need what people are asked to do about a library.
            Origin::Manager if request.is_about_library() => false,
            Origin::Manager => stay.is_empty() && !follow.is_empty(),
        };
        if is_given_up {
            self.note_answer(request.id, &why.answer)?;
            let refused = OperatorRequestState::Refused;
            return self.set_operator_request_state(request.id, refused, now);
        }
        follow.iter().try_for_each(|row| match row.task.operation {
            LibraryOperation::Mount => self.leave_without_people(row, why, now),
            LibraryOperation::Dismount => self.leave_without_room(row, why, now),
            LibraryOperation::CleanDrive => self.leave_uncleaned(row, why, now),
            // Whoever carries it out is at it alone.
            _ => Ok(()),
        })
    }

    /// Nobody is there to bring the medium that a mount waits for.
    pub(super) fn leave_without_people(
        &self,
        row: &LibraryRequestRow,
        why: &Unattended,
        now: Timestamp,
    ) -> Result<()> {
        let Some(row) = self.unfinished_request(row.id)? else { return Ok(()) };
        let medium = row.task.medium.map(|id| self.medium_key(id)).transpose()?.flatten();
        let Some(medium) = medium else { return Ok(()) };
        let (medium, target) = (self.cartridge(medium)?.medium, self.library(row.library)?);
        let title = medium.title();
        let message = format!("A mount needed medium {title} in library {}.", target.name);
        let task = OperatorTask::MoveMedia { medium: medium.id, to: target.id };
        self.note_unattended(&task, &message, &row.submitter, why, now)?;
        let reason = why.answer.refusal(&format!("nobody brings medium {title}"));
        let because = Because::new(ErrorKind::RequestRefused, reason);
        self.end_call(&row, LibraryRequestState::Failed, &because, now)
    }

    /// Somebody is there again.
    pub(crate) fn end_absence(&self, computer: &ComputerRow) -> Result<()> {
        if self.execute(END, [])? > 0 {
            self.updated(ObjectType::Computer, computer.id);
        }
        Ok(())
    }

    /// Leaves a record of what people were not asked; one for each cause.
    pub(crate) fn note_unattended(
        &self,
        task: &OperatorTask,
        message: &str,
        submitter: &Arc<Submitter>,
        why: &Unattended,
        now: Timestamp,
    ) -> Result<()> {
        let [(_, first), (_, second)] = task.arguments().map(columns);
        let since = why.since.as_micros();
        let cause = params![first, task.kind().value(), second, why.answer.reason, since];
        if self.first(REFUSED_BEFORE, cause, |_| Ok(()))?.is_some() {
            return Ok(());
        }
        let refused = (OperatorRequestState::Refused, why.answer.clone());
        self.insert_of_manager(task, message, submitter, refused, now).map(drop)
    }
}
