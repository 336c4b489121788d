//! The rules of items, as pure functions.

use super::item::{Item, ItemStatus, PIN};
use super::outcome::{Failure, Overall};

/// Items that have been looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Examined {
    pub(super) statuses: Vec<ItemStatus>,
    /// The pin that counts, and the place of its item.
    pin: Option<(usize, i32)>,
}

impl Examined {
    /// Looks at each item, whatever is wrong with others.
    pub(super) fn of(items: &[Item], is_valid: impl Fn(i32) -> bool) -> Self {
        let mut pin = None;
        let statuses = items.iter().enumerate().map(|(place, item)| {
            if item.number != PIN {
                return ItemStatus::UnknownItem;
            }
            if pin.is_some() {
                return ItemStatus::DuplicateItemIgnored;
            }
            pin = Some((place, item.value.unwrap_or(0)));
            match item.value {
                None => ItemStatus::UnreadableValue,
                Some(value) if !is_valid(value) => ItemStatus::InvalidPin,
                Some(_) => ItemStatus::Ok,
            }
        });
        Self { statuses: statuses.collect(), pin }
    }

    /// The process that is meant; none is the caller.
    pub(super) fn pin(&self) -> Option<u32> {
        let (_, pin) = self.pin?;
        u32::try_from(pin).ok().filter(|pin| *pin != 0)
    }

    /// Whether the drive is the process's that is meant. A drive that is free is anybody's.
    pub(super) fn check_owner(&mut self, owner: Option<u32>, caller: u32) -> Result<(), Failure> {
        let meant = self.pin().unwrap_or(caller);
        if owner.is_none_or(|owner| owner == meant) {
            return Ok(());
        }
        match self.pin {
            Some((place, _)) => {
                let status = self.statuses.get_mut(place).filter(|status| !status.is_error());
                status.into_iter().for_each(|status| *status = ItemStatus::NotOwner);
                Ok(())
            }
            // A bad item comes first.
            None if self.bad_item().is_some() => Ok(()),
            None => Err(Failure::NotOwner),
        }
    }

    /// The last item with an error.
    pub(super) fn bad_item(&self) -> Option<Overall> {
        let last = self.statuses.iter().rposition(|status| status.is_error())?;
        Some(Overall::Item(u32::try_from(last + 1).unwrap_or(u32::MAX)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use ItemStatus::{DuplicateItemIgnored, InvalidPin, NotOwner, Ok, UnknownItem};

    const CALLER: u32 = 40;
    const OTHER: u32 = 50;

    fn examine(items: &[(i32, i32)]) -> Examined {
        let items: Vec<Item> = items.iter().map(|(n, value)| Item::new(*n, *value)).collect();
        Examined::of(&items, |pin| [0, 40, 50].contains(&pin))
    }

    fn number(examined: &Examined) -> i32 {
        examined.bad_item().map_or(0, |overall| overall.value())
    }

    #[test]
    fn every_item_has_its_status_and_the_last_bad_one_counts() {
        let examined = examine(&[(5, 0), (PIN, 0), (6, 0), (PIN, 99)]);
        assert_eq!(examined.statuses, [UnknownItem, Ok, UnknownItem, DuplicateItemIgnored]);
        assert_eq!(number(&examined), 3);
        assert_eq!(examine(&[(PIN, 99), (PIN, 40)]).statuses, [InvalidPin, DuplicateItemIgnored]);
        let unreadable = Examined::of(&[Item { number: PIN, value: None }], |_| true);
        assert_eq!(unreadable.statuses, [ItemStatus::UnreadableValue]);
        assert_eq!(number(&examine(&[])), 0);
    }

    #[test]
    fn the_pin_is_who_is_meant() {
        let check = |items: &[(i32, i32)], owner| {
            let mut examined = examine(items);
            let checked = examined.check_owner(owner, CALLER).map_err(|failure| failure.value());
            (checked.err().unwrap_or(number(&examined)), examined.statuses)
        };
        let (own, theirs) = (Some(CALLER), Some(OTHER));
        assert_eq!(check(&[], own), (0, vec![]));
        assert_eq!(check(&[], theirs), (Failure::NotOwner.value(), vec![]));
        assert_eq!(check(&[(PIN, 0)], own), (0, vec![Ok]));
        assert_eq!(check(&[(PIN, 0)], theirs), (1, vec![NotOwner]));
        assert_eq!(check(&[(PIN, 50)], theirs), (0, vec![Ok]));
        assert_eq!(check(&[(PIN, 50)], own), (1, vec![NotOwner]));
        assert_eq!(check(&[(PIN, 50), (7, 0)], own), (2, vec![NotOwner, UnknownItem]));
        assert_eq!(check(&[(7, 0)], theirs), (1, vec![UnknownItem]), "items come before");
        assert_eq!(check(&[(PIN, 99)], own), (1, vec![InvalidPin]), "and values");
        assert_eq!(check(&[(PIN, 50)], None), (0, vec![Ok]), "free");
    }
}
