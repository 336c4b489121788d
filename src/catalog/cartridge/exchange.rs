//! Exchanging the logical media of two sides.

use rusqlite::params;

use super::medium_key;
use super::{SideRow, Transaction};
use crate::catalog::logical::side_key_of;
use crate::error::Result;
use crate::model::{Id, ObjectType, Timestamp};

const SIDE_LOGICAL: &str = "UPDATE side SET logical = ?2, logical_name = ?3, \
     logical_description = ?4, logical_created = ?5, logical_modified = ?6, modified = ?6 \
     WHERE key = ?1";

impl Transaction<'_> {
    /// Puts the logical medium of each of two sides, as they were read, onto the other. Nothing
    /// else of the sides changes, so searches and counters stay as they are.
    pub(crate) fn exchange_logical(&self, sides: [&SideRow; 2], now: Timestamp) -> Result<()> {
        let [one, other] = sides;
        // Both old ways go before a new one comes: an id leads to one side, and a side has one id.
        for logical in sides.iter().filter_map(|side| side.logical.as_ref()) {
            self.remove_forward(logical.id)?;
        }
        self.put_logical(other, one, now)?;
        self.put_logical(one, other, now)?;
        for side in sides {
            self.updated(ObjectType::Side, side.id);
        }
        for logical in sides.iter().filter_map(|side| side.logical.as_ref()) {
            self.updated(ObjectType::LogicalMedia, logical.id);
        }
        for side in sides {
            let medium = self.cartridge(medium_key(side.key))?.medium.id;
            let logical = side.logical.as_ref();
            logical.map_or(Ok(()), |logical| self.follow_logical(medium, logical.id, now))?;
        }
        Ok(())
    }

    /// The logical medium of `from` is on the side `to` from now on.
    fn put_logical(&self, from: &SideRow, to: &SideRow, now: Timestamp) -> Result<()> {
        let logical = from.logical.as_ref();
        self.execute(
            SIDE_LOGICAL,
            params![
                to.key,
                logical.map(|l| l.id.to_bytes()),
                logical.map(|l| &l.name),
                logical.map(|l| &l.description),
                logical.map(|l| l.created.as_micros()),
                now.as_micros()
            ],
        )?;
        match logical {
            Some(come) if side_key_of(come.id) != to.key => self.add_forward(come.id, to.key),
            _ => Ok(()),
        }
    }
}
