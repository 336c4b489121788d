//! Items: what a call is told besides its arguments.

use super::outcome::Failure;

/// The number of the item that names the process meant as owner; 0 is the caller. The only item
/// whose number is known.
pub const PIN: i32 = 17201;

/// An item: what it is, and its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// Its number.
    pub number: i32,
    /// Its value; none where the reference to it leads nowhere.
    pub value: Option<i32>,
}

impl Item {
    /// An item with a value.
    pub const fn new(number: i32, value: i32) -> Self {
        Self { number, value: Some(value) }
    }
}

/// The items of a call. A number of 0 ends the list, and is no item.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Items<'a> {
    /// None.
    #[default]
    None,
    /// These.
    List(&'a [Item]),
    /// As the original took them: three lists of one length, all or none.
    Lists {
        /// The numbers.
        numbers: Option<&'a [i32]>,
        /// A value for each.
        values: Option<&'a [Option<i32>]>,
        /// Whether there is a list for the statuses.
        statuses: bool,
    },
}

impl<'a> From<&'a [Item]> for Items<'a> {
    fn from(items: &'a [Item]) -> Self {
        Self::List(items)
    }
}

impl<'a, const N: usize> From<&'a [Item; N]> for Items<'a> {
    fn from(items: &'a [Item; N]) -> Self {
        Self::List(items)
    }
}

impl<'a> From<Option<&'a [Item]>> for Items<'a> {
    fn from(items: Option<&'a [Item]>) -> Self {
        items.map_or(Self::None, Self::List)
    }
}

impl Items<'_> {
    /// The items up to the end of the list.
    pub(super) fn list(self) -> Result<Vec<Item>, Failure> {
        let all: Vec<Item> = match self {
            Self::None | Self::Lists { numbers: None, values: None, statuses: false } => Vec::new(),
            Self::List(items) => items.to_vec(),
            Self::Lists { numbers: Some(numbers), values: Some(values), statuses: true } => {
                // A list of values that is too short has no value for the rest.
                let values = values.iter().copied().chain(std::iter::repeat(None));
                let item = |(number, value): (&i32, _)| Item { number: *number, value };
                numbers.iter().zip(values).map(item).collect()
            }
            Self::Lists { .. } => return Err(Failure::ItemArraysIncomplete),
        };
        Ok(all.into_iter().take_while(|item| item.number != 0).collect())
    }
}

/// What is to be said of an item.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ItemStatus {
    /// Nothing.
    Ok,
    /// A warning: it was given before, and the first counts.
    DuplicateItemIgnored,
    /// No such item.
    UnknownItem,
    /// It has no value.
    UnreadableValue,
    /// The pin is no living process, and not the owner.
    InvalidPin,
    /// The pin is not the owner.
    NotOwner,
}

impl ItemStatus {
    /// 0 for nothing, positive for a warning, negative for an error.
    pub const fn value(self) -> i32 {
        match self {
            Self::Ok => 0,
            Self::DuplicateItemIgnored => 1,
            Self::UnknownItem => -1,
            Self::UnreadableValue => -2,
            Self::InvalidPin => -3,
            Self::NotOwner => -4,
        }
    }

    /// Whether it is an error.
    pub const fn is_error(self) -> bool {
        self.value() < 0
    }
}
