//! How searches find sides: `side.grade` must be what the model says.

use rusqlite::Row;

use super::{Broken, REPORTED};
use crate::catalog::cartridge::{medium_key, side_number, side_up};
use crate::catalog::column::{id, numbered};
use crate::catalog::transaction::View;
use crate::error::Result;
use crate::model::{Grade, MediumFacts, ObjectType, SideId, SideState};

const SIDES: &str = "SELECT s.key, s.id, s.state, s.grade, m.enabled, m.state, m.exclusive, \
     m.mounted_side, p.type FROM side s CROSS JOIN medium m ON m.key = s.key >> 8 \
     CROSS JOIN pool p ON p.key = m.pool ORDER BY s.key";

/// The sides of one medium, as far as they have been read.
struct Group {
    medium: i64,
    facts: MediumFacts,
    states: Vec<SideState>,
    sides: Vec<(u8, SideId, Option<i64>)>,
}

impl Group {
    fn start(row: &Row<'_>) -> rusqlite::Result<Self> {
        let state = numbered(row, 5)?;
        let facts = MediumFacts {
            enabled: row.get(4)?,
            state,
            exclusive: row.get(6)?,
            side_up: side_up(state, row.get(7)?),
            pool: numbered(row, 8)?,
        };
        Ok(Self { medium: medium_key(row.get(0)?), facts, states: Vec::new(), sides: Vec::new() })
    }

    fn add(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        self.states.push(numbered(row, 2)?);
        self.sides.push((side_number(row.get(0)?), id(row, 1)?, row.get(3)?));
        Ok(())
    }

    fn broken(self) -> impl Iterator<Item = Broken> {
        let Self { facts, states, sides, .. } = self;
        sides.into_iter().filter_map(move |(number, side, stored)| {
            let right = Grade::of_side(usize::from(number), &states, &facts).stored();
            (stored != right).then(|| Broken {
                rule: "grade",
                what: format!("searches see the side as {stored:?} instead of {right:?}"),
                object: Some((ObjectType::Side, side.into())),
            })
        })
    }
}

impl View<'_> {
    pub(super) fn check_grades(&self) -> Result<Vec<Broken>> {
        let mut broken = Vec::new();
        let mut open: Option<Group> = None;
        self.each(SIDES, [], |row| {
            let medium = medium_key(row.get(0)?);
            if let Some(done) = open.take_if(|group| group.medium != medium)
                && broken.len() < REPORTED
            {
                broken.extend(done.broken());
            }
            let group = match &mut open {
                Some(group) => group,
                None => open.insert(Group::start(row)?),
            };
            group.add(row)
        })?;
        broken.extend(open.into_iter().flat_map(Group::broken));
        Ok(broken)
    }
}
