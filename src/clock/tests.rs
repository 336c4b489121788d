use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::thread;

use parking_lot::Mutex;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

fn shared(clock: Arc<VirtualClock>) -> Arc<dyn Clock> {
    clock
}

/// Both that move by themselves.
fn automatic() -> [Arc<dyn Clock>; 2] {
    [shared(VirtualClock::automatic()), shared(VirtualClock::one_at_a_time(7))]
}

#[test]
fn a_raise_before_the_wait_is_not_missed() {
    let [free, turns] = automatic();
    for clock in [Arc::new(SystemClock::new()) as Arc<dyn Clock>, VirtualClock::new(), free, turns]
    {
        let signal = Signal::new();
        let seen = signal.count();
        signal.raise();
        assert_eq!(clock.wait(&signal, seen, None), Woken::Signalled);
        assert_eq!(clock.wait(&signal, seen, Some(Duration::ZERO)), Woken::Signalled);
    }
}

#[test]
fn virtual_time_wakes_at_the_deadline_and_not_before() {
    let clock = VirtualClock::new();
    let signal = Signal::new();
    let waiter = {
        let (clock, signal) = (Arc::clone(&clock), Arc::clone(&signal));
        thread::spawn(move || clock.wait(&signal, 0, Some(10 * SECOND)))
    };
    clock.wait_for_waiters(1);
    clock.advance(9 * SECOND);
    assert!(!waiter.is_finished());
    assert_eq!(clock.advance_to_next(), Some(SECOND));
    assert_eq!(waiter.join().ok(), Some(Woken::Deadline));
    assert_eq!(clock.monotonic(), 10 * SECOND);
    assert_eq!(clock.advance_to_next(), None);
}

#[test]
fn a_thread_alone_jumps() {
    for clock in automatic() {
        clock.pause(60 * SECOND);
        let _here = clock.participate().begin();
        clock.pause(60 * SECOND);
        assert_eq!(clock.monotonic(), 120 * SECOND);
        let epoch = VirtualClock::new().now();
        assert_eq!(clock.now(), epoch.saturating_add(120 * SECOND));
    }
}

#[test]
fn what_lasts_in_several_threads_overlaps() {
    for clock in automatic() {
        let here = clock.participate().begin();
        let threads: Vec<_> = (1..=20)
            .map(|seconds| {
                let time = Arc::clone(&clock);
                let work = move || {
                    (0..100).for_each(|_| time.pause(seconds * SECOND));
                    time.monotonic()
                };
                (seconds, spawn(&clock, "device", work).unwrap())
            })
            .collect();
        for (seconds, thread) in threads {
            assert_eq!(thread.join().unwrap(), 100 * seconds * SECOND);
        }
        assert_eq!(clock.monotonic(), 2000 * SECOND);
        drop(here);
    }
}

#[test]
fn time_stands_still_while_a_participant_is_blocked_elsewhere() {
    let clock = shared(VirtualClock::automatic());
    let (go, gate) = channel::<()>();
    let blocked = spawn(&clock, "blocked", move || gate.recv()).unwrap();
    let time = Arc::clone(&clock);
    let sleeper = spawn(&clock, "sleeper", move || time.pause(SECOND)).unwrap();
    (0..1000).for_each(|_| thread::yield_now());
    assert_eq!(clock.monotonic(), Duration::ZERO);
    go.send(()).unwrap();
    sleeper.join().unwrap();
    blocked.join().unwrap().unwrap();
    assert_eq!(clock.monotonic(), SECOND);
}

#[test]
fn no_time_passes_between_a_raise_and_who_waited_for_it() {
    for clock in automatic() {
        let (ping, pong) = (Signal::new(), Signal::new());
        let (to, from, time) = (Arc::clone(&ping), Arc::clone(&pong), Arc::clone(&clock));
        let other = spawn(&clock, "other", move || {
            for round in 0..2000 {
                time.wait(&to, round, None);
                assert_eq!(time.monotonic(), u32::try_from(round).unwrap() * SECOND);
                from.raise();
            }
        });
        let _here = clock.participate().begin();
        for round in 0..2000 {
            ping.raise();
            // Without the other's answer this would be over at once.
            let far = clock.monotonic() + 3600 * SECOND;
            assert_eq!(clock.wait(&pong, round, Some(far)), Woken::Signalled);
            clock.pause(SECOND);
        }
        other.unwrap().join().unwrap();
    }
}

#[test]
fn equal_deadlines_come_one_after_the_other_in_a_fixed_order() {
    for clock in automatic() {
        let come = Arc::new(Mutex::new(Vec::new()));
        let here = clock.participate().begin();
        let threads: Vec<_> = (0..50)
            .map(|number| {
                let (come, time) = (Arc::clone(&come), Arc::clone(&clock));
                let work = move || {
                    time.pause(SECOND);
                    (0..10).for_each(|_| thread::yield_now());
                    come.lock().push(number);
                };
                spawn(&clock, "one of many", work).unwrap()
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        assert_eq!(*come.lock(), (0..50).collect::<Vec<_>>());
        drop(here);
    }
}

#[test]
fn who_ends_panics_or_never_begins_does_not_stop_time() {
    for clock in automatic() {
        drop(clock.participate());
        let panicking = spawn(&clock, "panicking", || panic!("as it should")).unwrap();
        assert!(panicking.join().is_err());
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let _here = clock.participate().begin();
            panic!("as it should");
        }));
        let time = Arc::clone(&clock);
        thread::spawn(move || {
            let _here = time.participate().begin();
            let _again = time.participate().begin();
        })
        .join()
        .unwrap();
        clock.pause(SECOND);
        assert_eq!(clock.monotonic(), SECOND);
    }
}

#[test]
fn a_participant_can_step_outside() {
    for clock in automatic() {
        let here = clock.participate().begin();
        let (time, place) = (Arc::clone(&clock), clock.participate());
        let thread = thread::spawn(move || {
            let _here = place.begin();
            time.pause(SECOND);
        });
        here.outside(|| thread.join()).unwrap();
        assert_eq!(clock.monotonic(), SECOND);
        let panicked = catch_unwind(AssertUnwindSafe(|| here.outside(|| panic!("as it should"))));
        assert!(panicked.is_err());
        let time = Arc::clone(&clock);
        let held = spawn(&clock, "held up", move || time.pause(SECOND)).unwrap();
        (0..100).for_each(|_| thread::yield_now());
        assert_eq!(clock.monotonic(), SECOND, "it takes part again");
        held.join().unwrap();
    }
}

#[test]
fn a_turn_is_kept_over_time_and_given_in_order() {
    for clock in automatic() {
        let (turn, come) = (Arc::new(Turn::default()), Arc::new(Mutex::new(Vec::new())));
        let here = clock.participate().begin();
        let threads: Vec<_> = (1..=10)
            .map(|number| {
                let (turn, come, time) = (Arc::clone(&turn), Arc::clone(&come), Arc::clone(&clock));
                let work = move || {
                    time.pause(Duration::from_millis(number));
                    let _held = turn.take(time.as_ref());
                    time.pause(SECOND);
                    come.lock().push((number, time.monotonic().as_millis()));
                };
                spawn(&clock, "in line", work).unwrap()
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        let expected: Vec<_> = (1..=10).map(|n| (n, u128::from(n * 1000 + 1))).collect();
        assert_eq!(*come.lock(), expected);
        drop(here);
    }
}

/// Threads that share a signal, and what they do in which order.
fn history(seed: u64) -> Vec<(u32, Duration)> {
    let clock = shared(VirtualClock::one_at_a_time(seed));
    let (signal, done) = (Signal::new(), Arc::new(Mutex::new(Vec::new())));
    let _here = clock.participate().begin();
    let threads: Vec<_> = (0..8)
        .map(|number| {
            let (signal, done, time) = (Arc::clone(&signal), Arc::clone(&done), Arc::clone(&clock));
            let work = move || {
                for step in 0..50 {
                    done.lock().push((number, time.monotonic()));
                    let seen = signal.count();
                    let until = time.monotonic() + (number + step) * SECOND;
                    match step % 3 {
                        0 => signal.raise(),
                        1 => drop(time.wait(&signal, seen, Some(until))),
                        _ => time.pause(number * SECOND),
                    }
                }
            };
            spawn(&clock, "worker", work).unwrap()
        })
        .collect();
    threads.into_iter().for_each(|thread| thread.join().unwrap());
    Arc::into_inner(done).unwrap().into_inner()
}

#[test]
fn one_at_a_time_one_seed_gives_one_history() {
    let first = history(1);
    (0..20).for_each(|_| assert_eq!(history(1), first));
    assert!((2..10).any(|seed| history(seed) != first), "other seeds give others");
}
