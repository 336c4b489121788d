//! One event per object and operation, and the order of the events of an operation.
//!
//! Several changes of an object give one event, an insert swallows updates, and an object that came
//! and went in the same operation leaves no trace. Told apart from these, and behind them: that a
//! request went on in the operation that made it, and completions.
//!
//! What holds others is inserted before what it holds, and deleted after it.

use std::collections::HashMap;

use super::Change;
use crate::model::NotificationOperation::{Delete, Insert, Update};
use crate::model::{Notification, NotificationOperation, ObjectId, ObjectType};

pub(super) fn coalesced(changes: Vec<Change>) -> Vec<Notification> {
    let (apart, changes): (Vec<_>, Vec<_>) =
        changes.into_iter().partition(|change| change.is_apart);
    let mut objects = Objects::default();
    changes.iter().for_each(|change| objects.note(change.event));
    let mut events: Vec<Notification> = objects.events.into_iter().flatten().collect();
    sort_those(&mut events, Insert, |event| depth(event.object_type));
    sort_those(&mut events, Delete, |event| u8::MAX - depth(event.object_type));
    let is_left = |event: &Notification| {
        event.operation != Update || objects.last.get(&event.object) != Some(&Delete)
    };
    events.extend(apart.into_iter().map(|change| change.event).filter(is_left));
    events
}

/// What has become of each object.
#[derive(Default)]
struct Objects {
    /// In the order of the first event of each.
    events: Vec<Option<Notification>>,
    places: HashMap<ObjectId, usize>,
    last: HashMap<ObjectId, NotificationOperation>,
}

impl Objects {
    fn note(&mut self, event: Notification) {
        self.last.insert(event.object, event.operation);
        let place = self.places.get(&event.object).copied();
        let earlier = place.and_then(|at| self.events.get_mut(at)?.take());
        let Some(earlier) = earlier else { return self.put(None, event) };
        match (earlier.operation, event.operation) {
            (Insert, Delete) => {}
            (Delete, Insert) => self.put(place, Notification { operation: Update, ..event }),
            (_, Delete) => self.put(None, event),
            _ => self.put(place, earlier),
        }
    }

    fn put(&mut self, place: Option<usize>, event: Notification) {
        match place.and_then(|at| self.events.get_mut(at)) {
            Some(free) => *free = Some(event),
            None => {
                self.places.insert(event.object, self.events.len());
                self.events.push(Some(event));
            }
        }
    }
}

/// Sorts the events of one operation among themselves; the others stay where they are.
fn sort_those(
    events: &mut [Notification],
    operation: NotificationOperation,
    key: impl Fn(&Notification) -> u8,
) {
    let mut those: Vec<&mut Notification> =
        events.iter_mut().filter(|event| event.operation == operation).collect();
    let mut sorted: Vec<Notification> = those.iter().map(|event| **event).collect();
    sorted.sort_by_key(key);
    those.iter_mut().zip(sorted).for_each(|(place, event)| **place = event);
}

/// How many others an object of this kind lies in. Pools are made one in another in that order.
fn depth(kind: ObjectType) -> u8 {
    match kind {
        ObjectType::Computer => 0,
        ObjectType::Library => 1,
        ObjectType::PhysicalMedia => 3,
        ObjectType::Side => 4,
        ObjectType::LogicalMedia => 5,
        _ => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Id, NotificationOperation::EventComplete};

    fn id(n: u128) -> ObjectId {
        ObjectId::from_uuid(uuid::Uuid::from_u128(n))
    }

    fn event(operation: NotificationOperation, object_type: ObjectType, n: u128) -> Notification {
        Notification { operation, object: id(n), object_type }
    }

    #[test]
    fn one_event_per_object_and_completions_last() {
        let pool = ObjectType::MediaPool;
        let changes = vec![
            Change::completed(pool, id(1)),
            Change::updated(pool, id(1)),
            Change::inserted(pool, id(2)),
            Change::updated(pool, id(1)),
            Change::updated(pool, id(2)),
            Change::inserted(pool, id(3)),
            Change::deleted(pool, id(3)),
            Change::updated(pool, id(4)),
            Change::deleted(pool, id(4)),
            Change::deleted(pool, id(5)),
            Change::inserted(pool, id(5)),
        ];
        let expected = [
            event(Update, pool, 1),
            event(Insert, pool, 2),
            event(Delete, pool, 4),
            event(Update, pool, 5),
            event(EventComplete, pool, 1),
        ];
        assert_eq!(coalesced(changes), expected);
    }

    #[test]
    fn an_object_that_is_gone_does_not_go_on() {
        let request = ObjectType::LibraryRequest;
        let changes = vec![
            Change::inserted(request, id(1)),
            Change::went_on(request, id(1)),
            Change::deleted(request, id(1)),
            Change::went_on(request, id(2)),
            Change::deleted(request, id(2)),
            Change::inserted(request, id(3)),
            Change::went_on(request, id(3)),
            Change::completed(request, id(1)),
        ];
        let expected = [
            event(Delete, request, 2),
            event(Insert, request, 3),
            event(Update, request, 3),
            event(EventComplete, request, 1),
        ];
        assert_eq!(coalesced(changes), expected);
    }

    #[test]
    fn what_holds_others_comes_first_and_goes_last() {
        let (medium, side) = (ObjectType::PhysicalMedia, ObjectType::Side);
        let changes = vec![
            Change::inserted(side, id(1)),
            Change::deleted(medium, id(2)),
            Change::updated(ObjectType::MediaPool, id(3)),
            Change::inserted(medium, id(4)),
            Change::deleted(side, id(5)),
            Change::inserted(ObjectType::Library, id(6)),
        ];
        let expected = [
            event(Insert, ObjectType::Library, 6),
            event(Delete, side, 5),
            event(Update, ObjectType::MediaPool, 3),
            event(Insert, medium, 4),
            event(Delete, medium, 2),
            event(Insert, side, 1),
        ];
        assert_eq!(coalesced(changes), expected);
    }
}
