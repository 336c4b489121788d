//! The events of one channel that nobody has taken yet.

use std::collections::VecDeque;

use parking_lot::Mutex;

use crate::model::Notification;

/// At most so many events; one more, and all are lost.
#[derive(Debug)]
pub(super) struct Queue {
    limit: usize,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    standing: Standing,
    events: VecDeque<Notification>,
    waiting: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Standing {
    #[default]
    Open,
    Lost,
    Closed,
}

/// What there is to take.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Taken {
    Event(Notification),
    Nothing,
    /// Events have been lost. That stays so.
    Lost,
    /// The channel is closed.
    Closed,
}

/// What became of the wish to close a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Closing {
    Closed,
    /// It was closed before.
    WasClosed,
    /// Somebody waits on it: it stays open.
    IsWaitedOn,
}

impl Queue {
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, state: Mutex::default() }
    }

    /// Puts an event behind the others. Says whether there was none before.
    pub(super) fn put(&self, event: Notification) -> bool {
        let mut state = self.state.lock();
        if state.standing != Standing::Open {
            return false;
        }
        if state.events.len() == self.limit {
            state.end(Standing::Lost);
            return true;
        }
        state.events.push_back(event);
        state.events.len() == 1
    }

    pub(super) fn take(&self) -> Taken {
        let mut state = self.state.lock();
        match state.standing {
            Standing::Open => state.events.pop_front().map_or(Taken::Nothing, Taken::Event),
            Standing::Lost => Taken::Lost,
            Standing::Closed => Taken::Closed,
        }
    }

    /// Events are missing.
    pub(super) fn lose(&self) {
        let mut state = self.state.lock();
        if state.standing == Standing::Open {
            state.end(Standing::Lost);
        }
    }

    /// Closes it, whoever waits on it.
    pub(super) fn close(&self) {
        self.state.lock().end(Standing::Closed);
    }

    /// Closes it unless somebody waits on it.
    pub(super) fn try_close(&self) -> Closing {
        let mut state = self.state.lock();
        if state.standing == Standing::Closed {
            return Closing::WasClosed;
        }
        if state.waiting > 0 {
            return Closing::IsWaitedOn;
        }
        state.end(Standing::Closed);
        Closing::Closed
    }

    pub(super) fn begin_wait(&self) {
        self.state.lock().waiting += 1;
    }

    pub(super) fn end_wait(&self) {
        self.state.lock().waiting -= 1;
    }
}

impl State {
    fn end(&mut self, standing: Standing) {
        self.standing = standing;
        self.events = VecDeque::new();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Id, NotificationOperation, ObjectId, ObjectType};

    fn event(n: u128) -> Notification {
        Notification {
            operation: NotificationOperation::Update,
            object: ObjectId::from_uuid(uuid::Uuid::from_u128(n)),
            object_type: ObjectType::Drive,
        }
    }

    #[test]
    fn a_full_queue_loses_everything_for_ever() {
        let queue = Queue::new(2);
        assert!(queue.put(event(1)) && !queue.put(event(2)));
        assert_eq!(queue.take(), Taken::Event(event(1)));
        assert!(!queue.put(event(3)), "there is room again");
        assert!(queue.put(event(4)), "whoever waits is to see that it is lost");
        assert!(!queue.put(event(5)));
        assert_eq!((queue.take(), queue.take()), (Taken::Lost, Taken::Lost));
        queue.close();
        assert_eq!(queue.take(), Taken::Closed);
        queue.lose();
        assert_eq!(queue.take(), Taken::Closed);
    }

    #[test]
    fn what_is_waited_on_is_closed_by_force_only() {
        let queue = Queue::new(2);
        queue.begin_wait();
        assert_eq!(queue.try_close(), Closing::IsWaitedOn);
        queue.put(event(1));
        queue.close();
        queue.end_wait();
        assert_eq!((queue.take(), queue.try_close()), (Taken::Closed, Closing::WasClosed));
        let queue = Queue::new(2);
        assert_eq!((queue.take(), queue.try_close()), (Taken::Nothing, Closing::Closed));
    }
}
