//! Several sides come up at the same time.

use std::thread;

use super::rise::Rise;
use crate::clock::{Clock, Running};

/// Raises each in a thread of its own.
pub(super) fn side_by_side<T: Send>(
    clock: &dyn Clock,
    rises: &[Rise],
    raise: &(impl Fn(&Rise) -> Option<T> + Sync),
) -> Vec<T> {
    let running = Running::default();
    thread::scope(|scope| {
        let begun: Vec<_> = rises
            .iter()
            .map(|rise| {
                let thread = thread::Builder::new().name("rsm-movement".into());
                let (place, call) = (clock.participate(), running.begin());
                let work = move || {
                    let _here = place.begin();
                    let _call = call;
                    raise(rise)
                };
                (rise, thread.spawn_scoped(scope, work))
            })
            .collect();
        running.wait_for_end(clock);
        let ended = begun.into_iter().map(|(rise, thread)| match thread {
            Ok(thread) => thread.join().ok().flatten(),
            // One after the other, then.
            Err(_) => raise(rise),
        });
        ended.flatten().collect()
    })
}
