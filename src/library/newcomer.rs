//! The record of a medium nobody knew.

use super::arrival::Arrival;
use super::verify::label_of;
use crate::catalog::{Cartridge, MediaTypeRow, MediumRow, Place, PoolRow, SideRow, first_side_key};
use crate::ids::Ids;
use crate::label::{Identified, NameSources, initial_name};
use crate::model::{
    BarCodeState, MediaState, PhysicalMediaId, PoolType, SideId, SideState, Timestamp, text,
};

/// Ids for a new medium, made before they are needed.
#[derive(Clone, Debug)]
pub(super) struct NewIds {
    medium: PhysicalMediaId,
    sides: Vec<SideId>,
}

/// Most sides a medium can have.
const SIDES: usize = 2;

impl NewIds {
    pub(super) fn fresh(ids: &Ids) -> Self {
        Self { medium: ids.fresh(), sides: (0..SIDES).map(|_| ids.fresh()).collect() }
    }
}

/// The record of a cartridge that arrived, not placed yet. `number` is its sequence number.
pub(super) fn newcomer(
    arrival: &Arrival,
    media_type: &MediaTypeRow,
    pool: &PoolRow,
    number: i64,
    ids: &NewIds,
    now: Timestamp,
) -> Cartridge {
    let is_unreadable =
        !arrival.is_claimed() && !arrival.is_incompatible && arrival.has_read_error();
    let state = if is_unreadable { MediaState::RecoverableError } else { MediaState::Idle };
    let count = usize::from(media_type.sides);
    let sides = (0..).zip(ids.sides.iter().take(count));
    let medium = MediumRow {
        key: number,
        id: ids.medium,
        pool: pool.key,
        pool_type: pool.pool_type,
        media_type: media_type.key,
        library: 0,
        place: Place::Nowhere,
        home_slot: None,
        state,
        enabled: true,
        exclusive: false,
        return_pending: false,
        mounted_side: None,
        bar_code: String::new(),
        bar_code_state: BarCodeState::Unreadable,
        name: name(arrival, media_type, number),
        name_is_manual: false,
        description: String::new(),
        media_code: 0,
        density_code: 0,
        created: now,
        modified: now,
    };
    let sides = sides.map(|(index, id)| {
        let found = arrival.sides.get(index);
        SideRow {
            key: first_side_key(number) + i64::try_from(index).unwrap_or(0),
            id: *id,
            grade: None,
            state: side_state(arrival, pool.pool_type, found),
            allocate_count: 0,
            logical: None,
            mount_count: 0,
            capacity: 0,
            label: found.and_then(Identified::label).map(label_of),
            pending_label: None,
            name: None,
            description: String::new(),
            created: now,
            modified: now,
        }
    });
    Cartridge { medium, sides: sides.collect() }
}

fn side_state(arrival: &Arrival, pool: PoolType, found: Option<&Identified>) -> SideState {
    match found {
        _ if arrival.is_incompatible => SideState::Incompatible,
        _ if pool == PoolType::Import => SideState::Import,
        Some(Identified::ReadError) | None => SideState::Unknown,
        Some(_) => SideState::Unrecognized,
    }
}

fn name(arrival: &Arrival, media_type: &MediaTypeRow, number: i64) -> String {
    let label = arrival.sides.first().and_then(Identified::label);
    let label_name = label.map(|info| text::to_object_name(info.media_name()));
    initial_name(&NameSources {
        bar_code: arrival.bar_code_text(),
        sides: u32::from(media_type.sides),
        label_name: label_name.as_deref(),
        sequence_number: &number.to_string(),
    })
}
