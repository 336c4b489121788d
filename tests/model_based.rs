//! Random calls against the catalog and against a plain model written from the contract: every
//! answer, every error, the whole visible state and the invariants, after every step.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

#[path = "support/by_hand.rs"]
mod by_hand;
#[path = "model_based/model.rs"]
mod model;
#[path = "model_based/queue.rs"]
mod queue;
#[path = "model_based/world.rs"]
mod world;

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use rsm::model::{AccessModel, SideState};
use world::{Op, Reply, World};

/// Run so often with the same seed, or as `PROPTEST_CASES` and `PROPTEST_RNG_SEED` say.
const CASES: u32 = 100;
const SEED: u64 = 20_030_325;
const STEPS: usize = 160;

fn config() -> ProptestConfig {
    let mut config = ProptestConfig {
        failure_persistence: None,
        max_shrink_iters: 2000,
        ..ProptestConfig::default()
    };
    if std::env::var_os("PROPTEST_CASES").is_none() {
        config.cases = CASES;
    }
    if std::env::var_os("PROPTEST_RNG_SEED").is_none() {
        config.rng_seed = RngSeed::Fixed(SEED);
    }
    config
}

fn state() -> impl Strategy<Value = SideState> {
    use SideState::*;
    prop_oneof![
        4 => Just(Available),
        2 => Just(Import),
        2 => Just(Allocated),
        1 => Just(Reserved),
        1 => Just(Complete),
        1 => Just(Decommissioned),
        1 => Just(Unprepared),
    ]
}

fn reply() -> impl Strategy<Value = Reply> {
    prop_oneof![3 => Just(Reply::Satisfy), 1 => Just(Reply::Cancel), 1 => Just(Reply::Acknowledge)]
}

fn op() -> impl Strategy<Value = Op> {
    let n = any::<u8>;
    let options =
        prop_oneof![8 => Just(0), 6 => Just(1), 3 => Just(4), 2 => Just(5), 1 => 0..16_u32];
    let limit = prop_oneof![2 => Just(0), 3 => 1..4_u32, 1 => Just(u32::MAX)];
    prop_oneof![
        20 => (n(), n(), options).prop_map(|(who, pool, options)| Op::Allocate { who, pool, options }),
        12 => (n(), n(), n(), any::<bool>())
            .prop_map(|(who, pool, side, new)| Op::Named { who, pool, side, new }),
        10 => (n(), n(), n(), prop::option::weighted(0.2, n()))
            .prop_map(|(who, pool, logical, side)| Op::Next { who, pool, logical, side }),
        20 => (n(), n()).prop_map(|(who, logical)| Op::Deallocate { who, logical }),
        6 => (n(), n()).prop_map(|(who, logical)| Op::Complete { who, logical }),
        10 => (n(), n(), n()).prop_map(|(who, logical, with)| Op::Swap { who, logical, with }),
        3 => (n(), n()).prop_map(|(who, side)| Op::Decommission { who, side }),
        8 => (n(), n(), any::<bool>())
            .prop_map(|(who, medium, enabled)| Op::EnableMedium { who, medium, enabled }),
        2 => (n(), n(), any::<bool>())
            .prop_map(|(who, library, enabled)| Op::EnableLibrary { who, library, enabled }),
        10 => (n(), n(), n()).prop_map(|(who, medium, pool)| Op::Move { who, medium, pool }),
        6 => (n(), n(), n()).prop_map(|(who, medium, pool)| Op::Retype { who, medium, pool }),
        6 => (n(), any::<bool>(), any::<bool>(), limit)
            .prop_map(|(pool, draws, returns, limit)| Op::SetPool { pool, draws, returns, limit }),
        6 => (n(), 0..8_u32).prop_map(|(pool, rights)| Op::Grant { pool, rights }),
        6 => (n(), n(), prop::collection::vec(state(), 0..4))
            .prop_map(|(who, pool, states)| Op::Create { who, pool, states }),
        3 => (n(), n()).prop_map(|(who, medium)| Op::Delete { who, medium }),
        10 => n().prop_map(|medium| Op::WriteLabels { medium }),
        6 => (n(), n()).prop_map(|(medium, library)| Op::BringOnline { medium, library }),
        3 => n().prop_map(|medium| Op::TakeOffline { medium }),
        16 => (n(), n(), any::<bool>(), prop::option::of(0..3000_u16))
            .prop_map(|(who, pool, new, limit)| Op::Wait { who, pool, new, limit }),
        5 => (0..2000_u16).prop_map(|ms| Op::Advance { ms }),
        6 => (n(), n(), reply()).prop_map(|(who, wait, reply)| Op::Reply { who, wait, reply }),
        1 => n().prop_map(|session| Op::CloseSession { session }),
        3 => prop::bool::weighted(0.7).prop_map(|detection| Op::Detect { detection }),
        4 => any::<bool>().prop_map(|two_sided| Op::CreatePool { two_sided }),
        3 => (n(), n()).prop_map(|(who, pool)| Op::DeletePool { who, pool }),
        1 => Just(Op::Reopen),
    ]
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn the_catalog_does_what_the_contract_says(
        xp in prop::bool::weighted(0.2),
        ops in prop::collection::vec(op(), 1..STEPS),
    ) {
        let mut world =
            World::new(if xp { AccessModel::WindowsXp } else { AccessModel::Server2003 });
        for op in &ops {
            world.step(op);
        }
        world.finish();
    }
}
