//! What the work of libraries has come to, for those who follow it, and what of it has failed.

use rusqlite::params;

use crate::catalog::library_request::LibraryRequestRow;
use crate::catalog::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{Id, LibraryRequestId, LibraryRequestState, Timestamp, UiMessageType};

const FOLLOWED: &str = "SELECT 1 FROM ui_destination WHERE kind = 1 LIMIT 1";
// Whoever was shown what it had come to before is shown it again.
const POST: &str = "INSERT INTO ui_message (request, work, kind, destination, folded, time) \
     SELECT ?1, 1, ?2, name, folded, ?3 FROM ui_destination WHERE scope = ?4 AND kind = ?2 \
     ON CONFLICT (request, kind, folded) DO UPDATE \
     SET state = 0, sink = NULL, process = NULL, time = excluded.time";
const DROP: &str = "DELETE FROM ui_message WHERE request = ?1";

impl View<'_> {
    /// Whether anybody follows any work.
    fn is_work_followed(&self) -> Result<bool> {
        Ok(self.first(FOLLOWED, [], |_| Ok(()))?.is_some())
    }
}

impl Transaction<'_> {
    /// The request has come to this state: that is told once to each destination of the session
    /// that asked for it, of its library and of the computer. That it has failed is an error
    /// besides.
    pub(in crate::catalog) fn tell_of_work(
        &self,
        row: &LibraryRequestRow,
        state: LibraryRequestState,
        now: Timestamp,
    ) -> Result<()> {
        let mut posted = 0;
        if self.is_work_followed()? {
            posted += self.post_work(row, UiMessageType::Information, now)?;
        }
        if state == LibraryRequestState::Failed {
            posted += self.post_work(row, UiMessageType::Error, now)?;
        }
        if posted > 0 { self.wake_ui_services() } else { Ok(()) }
    }

    fn post_work(
        &self,
        row: &LibraryRequestRow,
        kind: UiMessageType,
        now: Timestamp,
    ) -> Result<usize> {
        // [D] errors are never told to a session.
        let session = row.submitter.session.filter(|_| kind == UiMessageType::Information);
        let library = self.library(row.library)?.id.as_uuid();
        let computer = self.computer()?.id.as_uuid();
        let mut posted = 0;
        for scope in session.into_iter().chain([library, computer]) {
            let values =
                params![row.id.to_bytes(), kind.value(), now.as_micros(), scope.as_bytes()];
            posted += self.execute(POST, values)?;
        }
        Ok(posted)
    }

    /// The request is gone: what nobody was shown of it, nobody is shown any more.
    pub(in crate::catalog) fn drop_news_of_work(&self, request: LibraryRequestId) -> Result<()> {
        self.execute(DROP, params![request.to_bytes()])?;
        Ok(())
    }
}
