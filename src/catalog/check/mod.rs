//! The rules every catalog keeps, as queries that return what is broken.
//!
//! Rules I1 to I22 are the invariants of the specification; rules with a word for a name are the
//! catalog's own, about what is stored twice for speed. Not asked here: what the schema itself
//! makes impossible (one medium per slot and per drive, one pool of a name below a parent), I3
//! (a logical medium is part of its side's row and has no pool of its own), I21 (a bar code on two
//! media is legal when an inventory found it so), and the rules about history (I10, I11, I19).

mod attributes;
mod grades;
mod media;
mod places;
mod pools;
mod requests;
mod reservations;
mod waits;

#[cfg(test)]
mod tests;

use std::fmt;

use super::column::id_or_null;
use super::transaction::View;
use crate::error::Result;
use crate::model::{ObjectId, ObjectType};

/// Objects reported per query: enough to see what is wrong, whatever the size of the catalog.
const REPORTED: usize = 100;

/// Something in the catalog that breaks one of its rules. Found by
/// [`Manager::check`](crate::Manager::check).
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Broken {
    /// The rule: the number of an invariant ("I7"), or a word for a rule of the catalog's own.
    pub rule: &'static str,
    /// What is wrong, in words.
    pub what: String,
    /// The object concerned, if one can be named.
    pub object: Option<(ObjectType, ObjectId)>,
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.what)?;
        match self.object {
            Some((object_type, id)) => write!(f, " ({object_type:?} {id})"),
            None => Ok(()),
        }
    }
}

/// One query. Each row is something broken: the id of the object, which may be null, and a detail,
/// which may be empty.
struct Rule {
    name: &'static str,
    what: &'static str,
    object: ObjectType,
    sql: &'static str,
}

const fn rule(
    name: &'static str,
    what: &'static str,
    object: ObjectType,
    sql: &'static str,
) -> Rule {
    Rule { name, what, object, sql }
}

const INTEGRITY: &str =
    "SELECT NULL, integrity_check FROM pragma_integrity_check WHERE integrity_check <> 'ok'";
const STORAGE: Rule = rule("storage", "the database is damaged", ObjectType::Unknown, INTEGRITY);

/// All of them but those about storage and grades.
const RULES: [&[Rule]; 7] = [
    attributes::RULES,
    media::RULES,
    places::RULES,
    pools::RULES,
    requests::RULES,
    reservations::RULES,
    waits::RULES,
];

impl View<'_> {
    /// Everything in the catalog that breaks a rule; nothing on a healthy one.
    pub(crate) fn check(&self) -> Result<Vec<Broken>> {
        let mut broken = self.check_rule(&STORAGE)?;
        for rule in RULES.iter().copied().flatten() {
            broken.extend(self.check_rule(rule)?);
        }
        broken.extend(self.check_grades()?);
        Ok(broken)
    }

    fn check_rule(&self, rule: &Rule) -> Result<Vec<Broken>> {
        self.some(rule.sql, [], REPORTED, |row| {
            let object: Option<ObjectId> = id_or_null(row, 0)?;
            let detail: String = row.get(1)?;
            let what = match detail.as_str() {
                "" => rule.what.to_owned(),
                detail => format!("{}: {detail}", rule.what),
            };
            Ok(Broken { rule: rule.name, what, object: object.map(|id| (rule.object, id)) })
        })
    }
}
