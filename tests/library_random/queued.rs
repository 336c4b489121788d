//! Mounts that are queued and looked after later, by sessions that may be closed meanwhile.

use std::sync::Arc;

use rsm::ErrorKind;
use rsm::model::{
    LibraryRequestId, LibraryRequestState, LogicalMediaId, MountOptions, MountPriority,
    MountRequest, OperatorRequestId,
};

use super::world::{Mounted, World};

/// The mounts of one call.
pub struct Queued {
    session: usize,
    media: Vec<LogicalMediaId>,
    requests: Vec<LibraryRequestId>,
    writable: bool,
}

impl Queued {
    pub fn media(&self) -> &[LogicalMediaId] {
        &self.media
    }
}

impl World {
    /// One or two media, which need not be there.
    pub fn queue(&mut self) {
        let Some(first) = Self::any(&mut self.dice, &self.owned).map(|owned| owned.id) else {
            return;
        };
        let second = Self::any(&mut self.dice, &self.owned).map(|owned| owned.id);
        let both = self.dice.below(3) == 0;
        let second = second.filter(|second| both && *second != first);
        let media: Vec<LogicalMediaId> = [first].into_iter().chain(second).collect();
        let (session, writable) = (self.dice.below(2), self.dice.below(3) > 0);
        let priority = [MountPriority::LOW, MountPriority::NORMAL, MountPriority::HIGHEST];
        let mut request = MountRequest::all(media.clone()).priority(priority[self.dice.below(3)]);
        if self.dice.below(4) == 0 {
            request = request.options(MountOptions::ERROR_IF_OFFLINE);
        }
        if writable {
            request = request.for_writing();
        }
        let what = format!("session {session} queues {}", media.len());
        let result = self.sessions[session].queue_mount(request);
        if let Some(requests) = self.outcome(&what, result) {
            self.queued.push(Queued { session, media, requests, writable });
        }
    }

    /// Takes what has come up, and forgets what has failed.
    pub fn collect(&mut self) {
        for call in std::mem::take(&mut self.queued) {
            let states: Vec<LibraryRequestState> = call
                .requests
                .iter()
                .map(|request| self.robot.session.info(*request).expect("a known request").state)
                .collect();
            if states.iter().any(|state| !state.is_final()) {
                self.queued.push(call);
                continue;
            }
            self.note(format!("the mounts of session {}: {states:?}", call.session));
            let passed = states.iter().all(|state| *state == LibraryRequestState::Passed);
            assert!(passed || !states.contains(&LibraryRequestState::Passed), "all or none");
            if !passed {
                continue;
            }
            for (request, media) in call.requests.iter().zip(call.media) {
                let side = self.robot.session.info(*request).unwrap().side.expect("a side");
                let mount = self.sessions[call.session].mounted(side).expect("its mount");
                if self.owned.iter().any(|owned| owned.id == media) {
                    self.examine(&mount, media);
                }
                let (session, writable) = (call.session, call.writable);
                self.mounted.push(Mounted { mount, media, writable, session });
            }
        }
    }

    /// One of the mounts that are queued.
    pub fn any_queued(&mut self) -> Option<LibraryRequestId> {
        let requests: Vec<LibraryRequestId> =
            self.queued.iter().flat_map(|call| call.requests.clone()).collect();
        Self::any(&mut self.dice, &requests).copied()
    }

    pub fn cancel(&mut self) {
        let Some(request) = self.any_queued() else { return };
        let result = self.robot.session.cancel_library_request(request);
        let kind = result.as_ref().err().map(rsm::Error::kind);
        let expected = [None, Some(ErrorKind::ObjectNotFound), Some(ErrorKind::AccessDenied)];
        assert!(expected.contains(&kind), "{kind:?}");
        let _ = self.outcome("cancel", result);
    }

    /// Nothing is left of a session that is closed.
    pub fn close(&mut self, session: usize) {
        let closed = self.sessions[session].close();
        assert!(self.outcome(&format!("close session {session}"), closed).is_some());
        let mut left: Vec<LibraryRequestId> = Vec::new();
        self.queued.retain(|call| {
            let is_its = call.session == session;
            left.extend(call.requests.iter().filter(|_| is_its));
            !is_its
        });
        for request in left {
            let state = self.robot.session.info(request).unwrap().state;
            assert!(state.is_final(), "{state:?}");
        }
        self.end_calls(session);
        self.mounted.retain(|mounted| mounted.session != session);
        self.forget_reserved(session);
        self.sessions[session] = Arc::new(self.robot.manager.session("again").unwrap());
    }

    /// What people are asked for.
    pub fn open_requests(&self) -> Vec<OperatorRequestId> {
        let is_open = |id: &OperatorRequestId| {
            !self.robot.session.info(*id).expect("a known request").state.is_final()
        };
        let all = self.robot.session.list::<OperatorRequestId>(None).expect("requests");
        all.into_iter().filter(is_open).collect()
    }

    /// People have done what they were asked for.
    pub fn satisfy_everybody(&mut self) {
        for request in self.open_requests() {
            let result = self.robot.session.satisfy_operator_request(request);
            let _ = self.outcome("satisfy", result);
        }
    }

    /// An operator says yes, truly or not, or no.
    pub fn answer(&mut self) {
        let open = self.open_requests();
        let Some(request) = Self::any(&mut self.dice, &open).copied() else { return };
        let refuses = self.dice.below(3) == 0;
        let session = &self.robot.session;
        let result = if refuses {
            session.cancel_operator_request(request)
        } else {
            session.satisfy_operator_request(request)
        };
        let what = if refuses { "refuse" } else { "satisfy" };
        assert!(self.outcome(what, result).is_some());
    }
}
