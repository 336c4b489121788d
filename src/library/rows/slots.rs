//! The rows of slots.

use crate::catalog::View;
use crate::device::{ElementAddress, ElementRange};
use crate::error::Result;
use crate::library::host::Host;
use crate::library::units::CHUNK;
use crate::model::SlotState;

/// Gives every slot of a changer a row, and returns their keys in the order of their addresses.
/// Slots the changer does not have any more stay, not present.
pub(in crate::library) fn store_slots(
    host: &Host,
    library: i64,
    changer: i64,
    range: ElementRange,
) -> Result<Vec<i64>> {
    let mut keys = vec![0; usize::try_from(range.count).unwrap_or(0)];
    let mut gone = Vec::new();
    let mut from = 0;
    loop {
        let known = host.catalog.read(|view| view.slot_places(changer, from, CHUNK))?;
        let Some((_, last)) = known.last() else { break };
        from = u32::from(*last) + 1;
        for (key, address) in known {
            let index = range.index_of(ElementAddress(address));
            match index.and_then(|i| keys.get_mut(usize::try_from(i).ok()?)) {
                Some(place) => *place = key,
                None => gone.push(key),
            }
        }
    }
    insert_missing(host, library, changer, range, &mut keys)?;
    for batch in gone.chunks(CHUNK as usize) {
        let (batch, now) = (batch.to_vec(), host.now());
        host.catalog.write(move |transaction| {
            batch
                .iter()
                .try_for_each(|slot| transaction.set_slot_state(*slot, SlotState::NotPresent, now))
        })?;
    }
    Ok(keys)
}

fn insert_missing(
    host: &Host,
    library: i64,
    changer: i64,
    range: ElementRange,
    keys: &mut [i64],
) -> Result<()> {
    let missing: Vec<(usize, u16)> = keys
        .iter()
        .enumerate()
        .filter(|(_, key)| **key == 0)
        .filter_map(|(i, _)| Some((i, range.address(u32::try_from(i).ok()?)?.0)))
        .collect();
    for batch in missing.chunks(CHUNK as usize) {
        let new: Vec<_> = batch.iter().map(|(_, address)| (host.ids.fresh(), *address)).collect();
        let now = host.now();
        let made = host.catalog.write(move |transaction| {
            let first = next_number(transaction, library)?;
            (first..)
                .zip(&new)
                .map(|(number, (id, address))| {
                    transaction.insert_slot(*id, library, number, (changer, *address), now)
                })
                .collect::<Result<Vec<i64>>>()
        })?;
        for ((index, _), key) in batch.iter().zip(made) {
            if let Some(place) = keys.get_mut(*index) {
                *place = key;
            }
        }
    }
    Ok(())
}

fn next_number(view: &View<'_>, library: i64) -> Result<u32> {
    Ok(view.last_slot_number(library)? + 1)
}
