//! Media that are put out through ports: the journal of their way.
//!
//! A row is made with the request. It gets its cell before the robot moves, and is gone when the
//! medium is out, or back in its slot.

use rusqlite::{Row, params};

use super::cartridge::Place;
use super::free_pool::finish_pending_return;
use super::transaction::{Transaction, View};
use crate::error::Result;
use crate::model::{MediaState, Timestamp};

/// A medium on its way through a port.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct PortMove {
    pub(crate) medium: i64,
    pub(crate) request: i64,
    /// Whoever uses it loses it.
    pub(crate) force: bool,
    /// The element that it goes to, or lies in.
    pub(crate) cell: Option<u16>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT medium, request, force, cell FROM port_move ", $rest)
    };
}

const OF_REQUEST: &str = select!("WHERE request = ?1 ORDER BY medium");
const STRANDED: &str = "SELECT p.medium, p.request, p.force, p.cell FROM port_move p \
     CROSS JOIN medium m ON m.key = p.medium LEFT JOIN library_request r ON r.key = p.request \
     WHERE m.library = ?1 AND (r.key IS NULL OR r.completed IS NOT NULL) ORDER BY p.medium";
const CELLS: &str = "SELECT p.cell FROM medium m JOIN port_move p ON p.medium = m.key \
     WHERE m.port = ?1 AND m.port IS NOT NULL AND p.cell IS NOT NULL";
const IN_PORT: &str = "SELECT key FROM medium WHERE port = ?1 AND port IS NOT NULL ORDER BY key";
const IS_LEAVING: &str = "SELECT 1 FROM port_move p JOIN library_request r ON r.key = p.request \
     WHERE p.medium = ?1 AND (p.cell IS NOT NULL OR r.completed IS NULL)";
const PLAN: &str = "INSERT INTO port_move (medium, request, force) VALUES (?1, ?2, ?3) \
     ON CONFLICT (medium) DO UPDATE SET request = ?2, force = ?3, cell = NULL";
const SET_CELL: &str = "UPDATE port_move SET cell = ?2 WHERE medium = ?1";
const END: &str = "DELETE FROM port_move WHERE medium = ?1";

fn read(row: &Row<'_>) -> rusqlite::Result<PortMove> {
    Ok(PortMove {
        medium: row.get(0)?,
        request: row.get(1)?,
        force: row.get(2)?,
        cell: row.get(3)?,
    })
}

impl View<'_> {
    /// The media that a request puts out, as far as they are not out.
    pub(crate) fn port_moves_of(&self, request: i64) -> Result<Vec<PortMove>> {
        self.all(OF_REQUEST, params![request], read)
    }

    /// Media that lie in a port, or may, and for which nobody cares any more: few.
    pub(crate) fn stranded_port_moves(&self, library: i64) -> Result<Vec<PortMove>> {
        self.all(STRANDED, params![library], read)
    }

    /// The cells of a port in which media lie that are to be put out.
    pub(crate) fn cells_in_use(&self, port: i64) -> Result<Vec<u16>> {
        self.all(CELLS, params![port], |row| row.get(0))
    }

    /// The media in a port.
    pub(crate) fn media_in_port(&self, port: i64) -> Result<Vec<i64>> {
        self.all(IN_PORT, params![port], |row| row.get(0))
    }

    /// The media in the ports of a library.
    pub(crate) fn media_in_ports(&self, library: i64) -> Result<Vec<i64>> {
        let mut media = Vec::new();
        for port in self.ports_of_library(library)? {
            media.extend(self.media_in_port(port.key)?);
        }
        Ok(media)
    }

    /// Whether somebody has asked for the medium to be put out.
    pub(crate) fn is_leaving(&self, medium: i64) -> Result<bool> {
        Ok(self.first(IS_LEAVING, params![medium], |_| Ok(()))?.is_some())
    }
}

impl Transaction<'_> {
    /// A request is to put out a medium.
    pub(crate) fn plan_port_move(&self, medium: i64, request: i64, force: bool) -> Result<()> {
        self.execute(PLAN, params![medium, request, force])?;
        Ok(())
    }

    /// The cell to which the robot carries the medium; none when it does not.
    pub(crate) fn set_port_cell(&self, medium: i64, cell: Option<u16>) -> Result<()> {
        self.execute(SET_CELL, params![medium, cell])?;
        Ok(())
    }

    /// The medium is out, or stays.
    pub(crate) fn end_port_move(&self, medium: i64) -> Result<()> {
        self.execute(END, params![medium])?;
        Ok(())
    }

    /// The request has ended: the media that no robot has touched for it stay where they are.
    pub(super) fn release_port_moves(&self, request: i64, now: Timestamp) -> Result<()> {
        for row in self.port_moves_of(request)?.iter().filter(|row| row.cell.is_none()) {
            self.end_port_move(row.medium)?;
            let before = self.cartridge(row.medium)?;
            let is_idle = matches!(before.medium.place, Place::Slot(_))
                && before.medium.state == MediaState::InUse
                && self.movement_of_medium(row.medium)?.is_none();
            if is_idle {
                let mut after = before.clone();
                after.medium.state = MediaState::Idle;
                finish_pending_return(self, &mut after)?;
                self.store_cartridge(&before, after, now)?;
            }
        }
        Ok(())
    }
}
