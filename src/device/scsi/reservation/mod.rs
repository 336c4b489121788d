//! Persistent reservation of a drive.

mod holder;
mod orders;

use std::num::NonZeroU64;

pub use holder::Holder;
use orders::Outcome;

use super::Unit;
use super::command::reservation::{ReservationAction, ReservationType};
use crate::device::{DeviceError, DeviceErrorKind, DeviceResult, Refusal};

/// Keeps other hosts from using a drive: a persistent reservation (SPC-5, 5.14) with the key of an
/// installation.
///
/// The key must be the same for an installation as long as it lives, and differ from those of
/// others: what a process that died has left behind is recognised by it, and taken over without
/// asking.
///
/// The type is *Exclusive Access*: one way from one host to the drive holds it, and nobody else may
/// read, write or move the medium. The types for *registrants only* and *all registrants* would
/// let in every host that registers itself, which nothing prevents; with them, other ways of this
/// host could be used at the same time, which a tape drive has no use for. Another process of this
/// installation, or the same one over another way, takes the reservation over by its key.
///
/// The reservation is kept by the drive until it is [released](Self::release), taken over, or the
/// drive is switched off. Dropping this value changes nothing.
///
/// ```no_run
/// use std::num::NonZeroU64;
/// # use rsm::device::DeviceResult;
/// use rsm::device::scsi::{Preempt, Reservation, Reserving, Unit};
///
/// # fn example(unit: &Unit, ask: impl Fn(String) -> bool) -> DeviceResult<()> {
/// let key = NonZeroU64::MIN;
/// let reservation = Reservation::new(key).with_preempt(Preempt::Ask);
/// if let Reserving::Ask(holder) = reservation.reserve(unit)?
///     && ask(format!("the drive is reserved by {holder}; take it?"))
/// {
///     reservation.preempt(unit, &holder)?;
/// }
/// // ... the drive is used ...
/// reservation.release(unit)?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reservation {
    key: NonZeroU64,
    preempt: Preempt,
}

/// What to do when somebody else has reserved the drive.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Preempt {
    /// Leave it to him.
    #[default]
    Never,
    /// Tell who it is, so that a person can decide.
    Ask,
    /// Take it from him, and end his commands.
    Yes,
}

/// How reserving went.
#[must_use = "the drive may be reserved by somebody else"]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reserving {
    /// The drive is ours.
    Held,
    /// Somebody else has it, and a person is to decide ([`Preempt::Ask`]). Nothing was changed.
    Ask(Holder),
}

/// How often others may come in between.
const ROUNDS: usize = 3;
const EXCLUSIVE: ReservationType = ReservationType::ExclusiveAccess;

impl Reservation {
    /// Reservations with this key, which leave drives to others that have them.
    pub const fn new(key: NonZeroU64) -> Self {
        Self { key, preempt: Preempt::Never }
    }

    /// The same, with another policy.
    #[must_use]
    pub const fn with_preempt(self, preempt: Preempt) -> Self {
        Self { preempt, ..self }
    }

    /// The key.
    pub const fn key(&self) -> NonZeroU64 {
        self.key
    }

    /// Who holds the drive; `None` where nobody does. Changes nothing.
    ///
    /// # Errors
    /// [`Reserved`](DeviceErrorKind::Reserved) where somebody has reserved it in the old way (RESERVE
    /// of SPC-2), of which a drive does not tell whose it is.
    /// [`Refusal::Unsupported`] for a drive without persistent reservations. What keeps it from
    /// answering.
    pub fn holder(&self, unit: &Unit) -> DeviceResult<Option<Holder>> {
        holder::find(unit, self.key)
    }

    /// Reserves the drive, unless it is ours already: then it makes sure that it is, over the way
    /// that the unit uses. It may be repeated at any time; it should be after
    /// [`LookAgain`](DeviceErrorKind::LookAgain).
    ///
    /// # Errors
    /// [`Reserved`](DeviceErrorKind::Reserved) where somebody else has it, with who it is in the
    /// reason. [`Refusal::Unsupported`] for a drive without persistent reservations, or one that
    /// does not keep them. [`Refusal::InUse`] where it has no room for another key. What keeps it
    /// from answering; a reservation may have been made then.
    pub fn reserve(&self, unit: &Unit) -> DeviceResult<Reserving> {
        self.attempt(unit, |holder| match self.preempt {
            Preempt::Never => Err(holder.error()),
            Preempt::Ask => Ok(false),
            Preempt::Yes => Ok(true),
        })
    }

    /// Takes the drive from this holder, whatever the policy is: somebody has agreed to it.
    ///
    /// # Errors
    /// As [`reserve`](Self::reserve). [`Reserved`](DeviceErrorKind::Reserved) where meanwhile yet
    /// another has it.
    pub fn preempt(&self, unit: &Unit, agreed: &Holder) -> DeviceResult<()> {
        self.attempt(
            unit,
            |holder| {
                if holder.key == agreed.key { Ok(true) } else { Err(holder.error()) }
            },
        )
        .map(drop)
    }

    /// Gives the drive back, and forgets the key there. Does nothing where somebody else has it.
    ///
    /// # Errors
    /// What keeps the drive from answering; the reservation may still be there then.
    pub fn release(&self, unit: &Unit) -> DeviceResult<()> {
        if let Some(holder) = self.holder(unit)?
            && holder.is_ours
        {
            self.release_ours(unit, &holder)?;
        }
        // A way that is not registered has nothing to forget.
        orders::unregister(unit, self.key).map(drop)
    }

    fn release_ours(&self, unit: &Unit, holder: &Holder) -> DeviceResult<()> {
        let released = orders::give(unit, ReservationAction::Release, holder.kind, self.key, 0)?;
        if released == Outcome::Done && !self.is_held(unit)? {
            return Ok(());
        }
        // It is held over another way, which is not there any more.
        if self.reserve(unit)? == Reserving::Held {
            orders::give(unit, ReservationAction::Release, EXCLUSIVE, self.key, 0)?;
        }
        Ok(())
    }

    /// Reserves; `may_take` decides about somebody else's.
    fn attempt(
        &self,
        unit: &Unit,
        may_take: impl Fn(&Holder) -> DeviceResult<bool>,
    ) -> DeviceResult<Reserving> {
        let mut found = self.holder(unit)?;
        for _ in 0..ROUNDS {
            if let Some(holder) = &found
                && !holder.is_ours
                && !may_take(holder)?
            {
                return Ok(Reserving::Ask(holder.clone()));
            }
            orders::register(unit, self.key)?;
            self.take(unit, found.as_ref())?;
            found = self.holder(unit)?;
            if found.as_ref().is_some_and(|holder| holder.is_ours && holder.kind == EXCLUSIVE) {
                return Ok(Reserving::Held);
            }
        }
        Err(found.map_or_else(not_kept, |holder| holder.error()))
    }

    /// Takes the reservation from whoever has it, if anybody.
    fn take(&self, unit: &Unit, from: Option<&Holder>) -> DeviceResult<()> {
        if from.is_none_or(|holder| holder.is_ours) {
            let outcome = orders::give(unit, ReservationAction::Reserve, EXCLUSIVE, self.key, 0)?;
            if outcome == Outcome::Done {
                return Ok(());
            }
        }
        let Some(holder) = from else { return Ok(()) };
        orders::preempt(unit, EXCLUSIVE, self.key, holder.key).map(drop)
    }

    fn is_held(&self, unit: &Unit) -> DeviceResult<bool> {
        Ok(self.holder(unit)?.is_some_and(|holder| holder.is_ours))
    }
}

fn not_kept() -> DeviceError {
    DeviceError::new(
        DeviceErrorKind::Refused(Refusal::Unsupported),
        "the drive does not keep reservations",
    )
}
