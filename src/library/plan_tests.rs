//! The planner by itself: what it may never do, whatever the drives and whoever waits.

use std::collections::HashSet;
use std::convert::Infallible;

use proptest::prelude::*;

use super::plan::{Bay, Claim, Drives, Plan, Spot, Use, Wanted, Way};
use crate::model::Timestamp;

const NOW: i64 = 1_000;

/// Until then drives are avoided in which a medium failed.
const AVOIDED: i64 = 77_777;

fn at(micros: i64) -> Timestamp {
    Timestamp::from_micros(micros)
}

fn bay(key: i64, used: Use) -> Bay {
    Bay { key, changer: Some(1), used, in_service: true, is_dirty: false, is_reserved: false }
}

fn left(medium: i64, since: i64, until: i64) -> Use {
    Use::Left { medium, since: at(since), until: at(until) }
}

fn in_slot(request: i64) -> Wanted {
    Wanted {
        request,
        medium: Some(request),
        spot: Spot::Slot { slot: request, changer: 1 },
        named: None,
        own: Vec::new(),
        avoided: Vec::new(),
    }
}

/// A plan for calls in their order.
fn plan(bays: Vec<Bay>, calls: Vec<Vec<Wanted>>) -> Plan {
    let mut plan = Plan::new(Drives::new(bays, at(NOW)));
    let calls = calls.into_iter().map(|call| Ok::<_, Infallible>(Some(call)));
    plan.go_through(calls).expect("it cannot fail");
    plan
}

/// Who got which drive.
fn granted(plan: &Plan) -> Vec<(i64, i64)> {
    plan.grants.iter().map(|grant| (grant.request, grant.claim.drive)).collect()
}

#[test]
fn the_lowest_empty_drive_is_taken_before_those_whose_medium_must_go() {
    let bays = vec![bay(1, left(90, 5, 10)), bay(2, Use::Empty), bay(3, left(91, 3, 10))];
    let calls = (11..15).map(|n| vec![in_slot(n)]).collect();
    let plan = plan(bays, calls);
    assert_eq!(granted(&plan), [(11, 2), (12, 3), (13, 1)], "longest left first");
    let evicted: Vec<_> = plan.grants.iter().map(|grant| grant.claim.way).collect();
    assert_eq!(evicted[1], Way::Fetch { slot: 12, evicting: Some(91) });
}

#[test]
fn a_drive_that_cannot_be_cleaned_is_taken_last() {
    let dirty = |key, used| Bay { is_dirty: true, ..bay(key, used) };
    let bays = vec![dirty(1, Use::Empty), bay(2, left(90, 5, 10)), bay(3, Use::Empty)];
    let calls = (11..15).map(|n| vec![in_slot(n)]).collect();
    assert_eq!(granted(&plan(bays, calls)), [(11, 3), (12, 2), (13, 1)]);
    // What a clean one keeps for a while is not waited for.
    let bays = vec![dirty(1, Use::Empty), bay(2, left(90, 5, 2 * NOW))];
    assert_eq!(granted(&plan(bays, vec![vec![in_slot(11)]])), [(11, 1)]);
}

#[test]
fn a_drive_keeps_its_medium_until_its_delay_is_over() {
    let kept = vec![bay(1, left(90, 5, NOW + 7)), bay(2, left(91, 6, NOW + 3))];
    let nothing = plan(kept.clone(), vec![vec![in_slot(11)]]);
    assert_eq!((granted(&nothing), nothing.until), (vec![], Some(at(NOW + 3))));
    // Its own next mount does not wait for that.
    let again = Wanted { spot: Spot::Drive { drive: 1, is_up: true }, ..in_slot(90) };
    let turned = Wanted { spot: Spot::Drive { drive: 2, is_up: false }, ..in_slot(91) };
    let plan = plan(kept, vec![vec![again], vec![turned], vec![in_slot(12)]]);
    assert_eq!(plan.grants[0].claim, Claim { drive: 1, way: Way::InPlace });
    assert_eq!(plan.grants[1].claim, Claim { drive: 2, way: Way::Turn });
    assert_eq!(plan.grants.len(), 2);
}

#[test]
fn a_call_gets_all_it_wants_or_nothing_and_holds_up_nobody() {
    let bays = vec![bay(1, Use::Empty), bay(2, Use::Empty)];
    let three = (11..14).map(in_slot).collect();
    let plan = plan(bays, vec![three, vec![in_slot(14)], vec![in_slot(15)]]);
    assert_eq!(granted(&plan), [(14, 1), (15, 2)]);
}

#[test]
fn those_of_a_call_that_have_no_choice_choose_first() {
    let bays = vec![bay(1, Use::Empty), bay(2, left(90, 5, 10))];
    let named = Wanted { named: Some(1), ..in_slot(12) };
    let there = Wanted { spot: Spot::Drive { drive: 2, is_up: true }, ..in_slot(90) };
    let both = plan(bays.clone(), vec![vec![in_slot(11), named.clone()]]);
    assert_eq!(granted(&both), [(12, 1), (11, 2)]);
    let all = plan(bays, vec![vec![in_slot(11), there]]);
    assert_eq!(granted(&all), [(90, 2), (11, 1)]);
}

#[test]
fn a_medium_that_lies_in_another_drive_than_the_named_one_needs_both() {
    let bays = vec![bay(1, left(90, 5, NOW + 9)), bay(2, Use::Empty), bay(3, Use::Empty)];
    let wanted =
        Wanted { spot: Spot::Drive { drive: 1, is_up: true }, named: Some(2), ..in_slot(90) };
    let plan = plan(bays, vec![vec![wanted], vec![in_slot(11)], vec![in_slot(12)]]);
    let way = Way::Transfer { from: 1, evicting: None };
    assert_eq!(plan.grants[0].claim, Claim { drive: 2, way });
    assert_eq!(granted(&plan), [(90, 2), (11, 3)]);
    assert!(plan.drives.are_all_taken());
}

#[test]
fn reserved_drives_are_for_their_owners_who_take_them_first() {
    let reserved = Bay { is_reserved: true, ..bay(3, Use::Empty) };
    let bays = vec![bay(1, Use::Empty), bay(2, left(90, 1, 2)), reserved];
    let own = |n| Wanted { own: vec![3], ..in_slot(n) };
    let calls = vec![vec![own(11)], vec![own(12)], vec![own(13)], vec![own(14)]];
    assert_eq!(granted(&plan(bays.clone(), calls)), [(11, 3), (12, 1), (13, 2)]);
    let others = (21..24).map(|n| vec![in_slot(n)]).collect();
    assert_eq!(granted(&plan(bays.clone(), others)), [(21, 1), (22, 2)]);
    let named = Wanted { named: Some(3), ..in_slot(31) };
    assert_eq!(granted(&plan(bays, vec![vec![named]])), []);
}

#[test]
fn a_drive_in_which_the_medium_failed_is_the_last_resort() {
    let wary = |n| Wanted { avoided: vec![(1, at(AVOIDED))], ..in_slot(n) };
    let both = vec![bay(1, Use::Empty), bay(2, Use::Taken)];
    let waiting = plan(both, vec![vec![wary(11)]]);
    assert_eq!(granted(&waiting), [], "the other may come free");
    assert_eq!(waiting.until, Some(at(AVOIDED)), "it does not wait for ever");
    let out = Bay { in_service: false, ..bay(2, Use::Taken) };
    let one = vec![bay(1, Use::Empty), out];
    assert_eq!(granted(&plan(one, vec![vec![wary(11)]])), [(11, 1)]);
}

#[test]
fn of_one_call_those_choose_first_that_have_less_choice() {
    let wary = Wanted { avoided: vec![(2, at(AVOIDED))], ..in_slot(12) };
    let bays = vec![bay(1, Use::Empty), bay(2, Use::Empty)];
    let call = vec![in_slot(11), wary.clone()];
    assert_eq!(granted(&plan(bays.clone(), vec![call])), [(12, 1), (11, 2)]);
    // Both may not be tried in the same drive yet.
    let both =
        plan(bays, vec![vec![Wanted { request: 13, medium: Some(13), ..wary.clone() }, wary]]);
    assert_eq!((granted(&both).len(), both.until), (0, Some(at(AVOIDED))));
}

#[test]
fn nobody_is_asked_for_when_no_drive_is_left() {
    let mut plan = Plan::new(Drives::new(vec![bay(1, Use::Empty)], at(NOW)));
    let mut asked = 0;
    let calls = (1..100).map(|n| {
        asked += 1;
        Ok::<_, Infallible>(Some(vec![in_slot(n)]))
    });
    plan.go_through(calls).expect("it cannot fail");
    assert_eq!((asked, plan.grants.len()), (1, 1));
}

fn uses(drive: i64) -> impl Strategy<Value = Use> {
    prop_oneof![
        Just(Use::Taken),
        Just(Use::Full { medium: 500 + drive }),
        Just(Use::Empty),
        (0..NOW, 0..2 * NOW).prop_map(move |(since, until)| left(500 + drive, since, until)),
    ]
}

fn bays() -> impl Strategy<Value = Vec<Bay>> {
    let bay = |key: i64| {
        (0..3_i64, uses(key), prop::bool::weighted(0.8), prop::bool::weighted(0.2)).prop_map(
            move |(changer, used, in_service, is_reserved)| Bay {
                is_dirty: key % 3 == 0,
                key,
                changer: (changer > 0).then_some(changer),
                used: if in_service { used } else { Use::Taken },
                in_service,
                is_reserved,
            },
        )
    };
    (1..10_i64).prop_flat_map(move |count| (1..=count).map(bay).collect::<Vec<_>>())
}

/// Some want media that lie in drives; several may want the same.
fn wanted() -> impl Strategy<Value = Wanted> {
    let spot = prop_oneof![
        (0..30_i64, 1..3_i64).prop_map(|(slot, changer)| (slot, Spot::Slot { slot, changer })),
        (1..10_i64, any::<bool>())
            .prop_map(|(drive, is_up)| (500 + drive, Spot::Drive { drive, is_up })),
    ];
    let some = |weight| prop::option::weighted(weight, 1..10_i64);
    (spot, some(0.2), some(0.2), some(0.2)).prop_map(|((medium, spot), named, own, avoided)| {
        let own = own.into_iter().collect();
        let avoided = avoided.into_iter().map(|drive| (drive, at(AVOIDED))).collect();
        Wanted { request: 0, medium: Some(medium), spot, named, own, avoided }
    })
}

fn calls() -> impl Strategy<Value = Vec<Vec<Wanted>>> {
    prop::collection::vec(prop::collection::vec(wanted(), 1..4), 0..25).prop_map(|mut calls| {
        for (n, wanted) in calls.iter_mut().flatten().enumerate() {
            wanted.request = n as i64;
        }
        calls
    })
}

fn drives_of(claim: Claim) -> Vec<i64> {
    match claim.way {
        Way::Transfer { from, .. } => vec![claim.drive, from],
        _ => vec![claim.drive],
    }
}

/// Whether the drive may be given for what is in a slot: by the rules, not by the planner's means.
fn fits(bay: &Bay, wanted: &Wanted, changer: i64) -> bool {
    let is_free = match bay.used {
        Use::Taken | Use::Full { .. } => false,
        Use::Empty => true,
        Use::Left { until, .. } => until <= at(NOW),
    };
    is_free
        && (!bay.is_reserved || wanted.own.contains(&bay.key))
        && wanted.named.map_or(bay.changer == Some(changer), |named| named == bay.key)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn no_drive_and_no_medium_is_given_twice(bays in bays(), calls in calls()) {
        let plan = plan(bays.clone(), calls);
        let (mut drives, mut media) = (HashSet::new(), HashSet::new());
        for grant in &plan.grants {
            prop_assert!(media.insert(grant.medium));
            for drive in drives_of(grant.claim) {
                prop_assert!(drives.insert(drive));
                let bay = bays.iter().find(|bay| bay.key == drive).expect("a drive");
                prop_assert_ne!(bay.used, Use::Taken);
            }
        }
    }

    #[test]
    fn a_call_gets_all_or_nothing(bays in bays(), calls in calls()) {
        let plan = plan(bays, calls.clone());
        let given: HashSet<i64> = plan.grants.iter().map(|grant| grant.request).collect();
        for call in calls {
            let got = call.iter().filter(|wanted| given.contains(&wanted.request)).count();
            prop_assert!(got == 0 || got == call.len());
        }
    }

    #[test]
    fn what_is_given_up_is_as_it_was(bays in bays(), call in prop::collection::vec(wanted(), 2..4)) {
        let mut impossible = call.clone();
        impossible.push(Wanted { named: Some(99), ..in_slot(77) });
        let alone = plan(bays.clone(), vec![call.clone()]);
        let after = plan(bays, vec![impossible, call]);
        prop_assert_eq!(alone.grants, after.grants);
    }

    #[test]
    fn nothing_that_could_run_is_left_while_a_drive_fits(bays in bays(), calls in calls()) {
        let plan = plan(bays, calls.clone());
        let given: HashSet<i64> = plan.grants.iter().map(|grant| grant.request).collect();
        let moving: HashSet<Option<i64>> = plan.grants.iter().map(|grant| grant.medium).collect();
        for call in calls {
            let [wanted] = call.as_slice() else { continue };
            let Spot::Slot { changer, .. } = wanted.spot else { continue };
            let waits = !given.contains(&wanted.request) && !moving.contains(&wanted.medium);
            if waits && wanted.avoided.is_empty() {
                let idle = plan.drives.bays().iter().find(|bay| fits(bay, wanted, changer));
                prop_assert!(idle.is_none(), "{wanted:?} could have {idle:?}");
            }
        }
    }

    #[test]
    fn the_order_is_respected(bays in bays(), calls in calls()) {
        // Of each call, what it gets does not depend on those behind it.
        let all = plan(bays.clone(), calls.clone());
        for first in 0..calls.len() {
            let before = plan(bays.clone(), calls[..first].to_vec());
            prop_assert!(all.grants.starts_with(&before.grants));
        }
    }

    #[test]
    fn the_time_of_the_next_look_is_when_a_delay_ends(bays in bays(), calls in calls()) {
        if let Some(until) = plan(bays.clone(), calls).until {
            let ends = bays.iter().any(|bay| matches!(bay.used, Use::Left { until: u, .. } if u == until));
            prop_assert!((ends || until == at(AVOIDED)) && until > at(NOW));
        }
    }
}
