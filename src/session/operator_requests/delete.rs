//! DeleteNtmsRequests: forgets requests that are done.

use crate::error::Result;
use crate::model::{AccessRights, Id, LibraryRequestId, ObjectId, OperatorRequestId, RequestKind};
use crate::session::Session;
use crate::session::context::require_on_computer;

impl Session {
    /// Deletes those of these requests that are final, and says how many it deleted. Requests that
    /// are not final, ids that no request has and ids of requests of the other kind are passed
    /// over. Requests are deleted by themselves in time: see
    /// [`Computer`](crate::model::Computer::operator_request_purge_time).
    ///
    /// ```no_run
    /// use rsm::model::{OperatorRequestId, RequestKind};
    /// # fn example(session: &rsm::Session) -> rsm::Result<()> {
    /// let all: Vec<_> = session.list::<OperatorRequestId>(None)?;
    /// let all: Vec<_> = all.into_iter().map(Into::into).collect();
    /// println!("{} deleted", session.delete_requests(RequestKind::Operator, &all)?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// `InvalidHandle`: the session is closed; `AccessDenied`: MODIFY on the computer is missing
    /// (CONTROL by the rules of Windows XP).
    #[doc(alias = "DeleteNtmsRequests")]
    pub fn delete_requests(&self, kind: RequestKind, requests: &[ObjectId]) -> Result<usize> {
        self.check_open()?;
        let (actor, requests) = (self.actor(), requests.to_vec());
        self.context().catalog.write(move |transaction| {
            let wanted = actor.model.choose(AccessRights::MODIFY, AccessRights::CONTROL);
            require_on_computer(transaction, &actor.caller, wanted)?;
            let mut deleted = 0;
            for request in &requests {
                let is_deleted = match kind {
                    RequestKind::Library => {
                        let request = LibraryRequestId::from_uuid(request.as_uuid());
                        transaction.delete_final_library_request(request)?
                    }
                    RequestKind::Operator => {
                        let request = OperatorRequestId::from_uuid(request.as_uuid());
                        transaction.delete_final_operator_request(request)?
                    }
                };
                deleted += usize::from(is_deleted);
            }
            Ok(deleted)
        })
    }
}
