//! Media in pools and states that no call brings about without devices.
#![allow(clippy::unwrap_used, dead_code)]

use rsm::model::{CreatedMedia, Id, MediaTypeCode, PoolId, SideState};

use crate::support::Fixture;

use SideState::{Allocated, Available, Complete, Decommissioned, Reserved};

/// Puts a medium into a pool and its sides into states that no call brings about without devices.
pub fn put(f: &Fixture, medium: &CreatedMedia, pool: PoolId, states: &[SideState]) {
    let (medium_id, pool_id) = (medium.physical_media.to_bytes(), pool.to_bytes());
    let pool = "(SELECT key FROM pool WHERE id = ?1)";
    f.sql(&format!("UPDATE medium SET pool = {pool} WHERE id = ?2"), (pool_id, medium_id));
    for (side, state) in medium.sides.iter().zip(states) {
        f.sql(
            &format!("UPDATE side SET pool = {pool}, state = ?2 WHERE id = ?3"),
            (pool_id, state.value(), side.side.to_bytes()),
        );
    }
    f.sql(
        "UPDATE pool SET media_count = (SELECT count(*) FROM medium m WHERE m.pool = pool.key), \
         logical_count = (SELECT count(s.logical) FROM side s WHERE s.pool = pool.key)",
        [],
    );
}

/// A medium that lies in a pool of any kind with its sides in these states.
pub fn medium_in(
    f: &Fixture,
    pool: PoolId,
    code: MediaTypeCode,
    states: &[SideState],
) -> CreatedMedia {
    let start = f.pool(r"\Start", code);
    let can_be_created =
        |s| matches!(s, Allocated | Complete | Available | Decommissioned | Reserved);
    let first: Vec<SideState> =
        states.iter().map(|s| if can_be_created(*s) { *s } else { Available }).collect();
    let medium = f.medium(start, &first, 1);
    put(f, &medium, pool, states);
    let start = f.session.info(start).unwrap();
    assert_eq!(start.number_of_physical_media, 0);
    f.session.delete_pool(start.id).unwrap();
    medium
}

pub fn states(f: &Fixture, medium: &CreatedMedia) -> Vec<SideState> {
    medium.sides.iter().map(|side| f.session.info(side.side).unwrap().state).collect()
}
