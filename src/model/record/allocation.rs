//! What an allocation is asked for, and what it gives.

use crate::model::{AllocateOptions, Id, LogicalMediaId, PhysicalMediaId, PoolId, SideId, Timeout};
use crate::{Error, ErrorKind, Result};

/// What to allocate, for [`Session::allocate_media`](crate::Session::allocate_media).
///
/// Made from the id of a pool: one side, whichever comes first. The other sides of its medium stay
/// Available for others. Who wants a two-sided medium whole says so:
///
/// ```no_run
/// use rsm::model::{AllocateRequest, PoolId};
/// # fn example(session: &rsm::Session, pool: PoolId) -> rsm::Result<()> {
/// let first = session.allocate_media(AllocateRequest::from(pool).new_medium())?;
/// // The second side is Reserved: nobody else gets it.
/// let held = first.logical_media;
/// let second = session.allocate_media(AllocateRequest::from(pool).next_of(held))?;
/// assert_eq!(first.physical_media, second.physical_media);
/// // A third one there is not: MediaUnavailable.
/// # Ok(())
/// # }
/// ```
///
/// Each side is deallocated by itself; a Reserved side that was never taken is free again when the
/// last of the others is.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct AllocateRequest {
    /// The application pool that will hold the medium.
    #[doc(alias = "lpMediaPool")]
    pub pool: PoolId,
    /// A particular side to allocate or import; else one is searched for.
    #[doc(alias = "lpPartition")]
    pub side: Option<SideId>,
    /// With `NEXT`, a logical medium on the exclusive medium to go on with.
    #[doc(alias = "lpMediaId")]
    pub next_of: Option<LogicalMediaId>,
    /// Options.
    #[doc(alias = "dwOptions")]
    pub options: AllocateOptions,
    /// How long to wait for media when there is nothing to allocate; without a statement not at
    /// all. Operators see who waits for what, and until when.
    #[doc(alias = "dwTimeout")]
    pub timeout: Timeout,
}

impl From<PoolId> for AllocateRequest {
    /// Any available side for that pool, without waiting.
    fn from(pool: PoolId) -> Self {
        Self {
            pool,
            side: None,
            next_of: None,
            options: AllocateOptions::empty(),
            timeout: Timeout::NoWait,
        }
    }
}

impl AllocateRequest {
    /// Takes a medium of which no side is in use, and reserves its other sides (`NEW`).
    #[must_use]
    pub fn new_medium(self) -> Self {
        self.with(AllocateOptions::NEW)
    }

    /// Takes the next side of the medium this logical medium is on (`NEXT`).
    #[must_use]
    pub fn next_of(mut self, logical_media: LogicalMediaId) -> Self {
        self.next_of = Some(logical_media);
        self.with(AllocateOptions::NEXT)
    }

    /// Fails at once when nothing is available; nobody is asked to bring media.
    #[must_use]
    pub fn error_if_unavailable(self) -> Self {
        self.with(AllocateOptions::ERROR_IF_UNAVAILABLE)
    }

    /// Takes this side; imports it when it waits for that.
    #[must_use]
    pub fn naming(mut self, side: SideId) -> Self {
        self.side = Some(side);
        self
    }

    /// Waits for media as stated.
    #[must_use]
    pub fn timeout(mut self, timeout: Timeout) -> Self {
        self.timeout = timeout;
        self
    }

    /// Checks what can be checked without the catalog.
    ///
    /// # Errors
    /// `InvalidParameter`: an id is missing, an option is unknown, or options contradict each
    /// other.
    pub fn check(&self) -> Result<()> {
        if self.pool.is_null() {
            return Err(missing("the pool"));
        }
        let options = self.options;
        if options.contains(AllocateOptions::NEXT) && self.next_of.is_none_or(|id| id.is_null()) {
            return Err(missing("the logical medium that NEXT goes on with"));
        }
        options.checked()?;
        if self.side.is_some_and(|id| id.is_null()) {
            return Err(missing("the named side"));
        }
        Ok(())
    }

    fn with(mut self, option: AllocateOptions) -> Self {
        self.options |= option;
        self
    }
}

fn missing(what: &str) -> Error {
    Error::new(ErrorKind::InvalidParameter, format!("{what} is missing"))
}

/// An allocated side.
#[doc(alias = "NTMS_ALLOCATION_INFORMATION")]
#[non_exhaustive]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Allocation {
    /// The application's hold on the side, until it is released. What an application writes down:
    /// every later call names the side by it.
    pub logical_media: LogicalMediaId,
    /// The side.
    pub side: SideId,
    /// Its medium.
    pub physical_media: PhysicalMediaId,
    /// The pool the medium was in before the call.
    #[doc(alias = "AllocatedFrom")]
    pub allocated_from: PoolId,
    /// The number of the side on the medium, from 0.
    pub side_number: u16,
}

#[cfg(test)]
mod tests {
    use super::*;
    use uuid::Uuid;

    fn pool() -> PoolId {
        PoolId::from_uuid(Uuid::from_u128(1))
    }

    fn kind(request: AllocateRequest) -> Option<ErrorKind> {
        request.check().err().map(|error| error.kind())
    }

    #[test]
    fn requests_are_built_step_by_step() {
        let held = LogicalMediaId::from_uuid(Uuid::from_u128(2));
        let side = SideId::from_uuid(Uuid::from_u128(3));
        let next = AllocateRequest::from(pool()).next_of(held).naming(side);
        assert_eq!(next.options, AllocateOptions::NEXT);
        assert_eq!((next.next_of, next.side), (Some(held), Some(side)));
        assert_eq!(kind(next), None);
        assert_eq!(
            kind(AllocateRequest::from(pool()).new_medium().timeout(Timeout::Forever)),
            None
        );
    }

    #[test]
    fn missing_ids_and_bad_options_are_refused() {
        let bad = Some(ErrorKind::InvalidParameter);
        assert_eq!(kind(AllocateRequest::from(PoolId::NULL)), bad);
        assert_eq!(kind(AllocateRequest::from(pool()).next_of(LogicalMediaId::NULL)), bad);
        assert_eq!(kind(AllocateRequest::from(pool()).naming(SideId::NULL)), bad);
        let mut next_of_nothing = AllocateRequest::from(pool());
        next_of_nothing.options = AllocateOptions::NEXT;
        assert_eq!(kind(next_of_nothing), bad);
        let held = LogicalMediaId::from_uuid(Uuid::from_u128(2));
        assert_eq!(kind(AllocateRequest::from(pool()).next_of(held).new_medium()), bad);
        let mut unknown = AllocateRequest::from(pool());
        unknown.options = AllocateOptions::from_bits_retain(8);
        assert_eq!(kind(unknown), bad);
    }
}
