//! Lists of any length in the memory of one page.

use crate::catalog::{Listing, Position};
use crate::error::Result;
use crate::model::ObjectId;
use crate::session::Session;

/// Objects that are fetched at once.
pub(super) const PAGE: u32 = 1024;

/// The ids of [`Session::objects`]. Dropping it ends nothing but the list.
#[derive(Debug)]
pub struct Objects<'s> {
    session: &'s Session,
    listing: Listing,
    page: std::vec::IntoIter<ObjectId>,
    /// Where the next page begins; none after the last one.
    next: Option<Position>,
}

impl<'s> Objects<'s> {
    /// What comes before the list itself is the first page.
    pub(super) fn new(session: &'s Session, before: Vec<ObjectId>, listing: Listing) -> Self {
        Self { session, listing, page: before.into_iter(), next: Some(Position::default()) }
    }

    fn turn(&mut self, from: Position) -> Result<()> {
        self.session.check_open()?;
        let catalog = &self.session.context().catalog;
        let (page, next) = catalog.read(|view| view.page(self.listing, from, PAGE))?;
        (self.page, self.next) = (page.into_iter(), next);
        Ok(())
    }
}

impl Iterator for Objects<'_> {
    type Item = Result<ObjectId>;

    fn next(&mut self) -> Option<Result<ObjectId>> {
        loop {
            if let Some(id) = self.page.next() {
                return Some(Ok(id));
            }
            let from = self.next.take()?;
            if let Err(error) = self.turn(from) {
                return Some(Err(error));
            }
        }
    }
}

impl std::iter::FusedIterator for Objects<'_> {}
