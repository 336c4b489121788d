//! Magazines: slots that a person takes out and puts back together.

use super::frame::locked_in;
use super::world::World;
use super::{Hands, Place};
use crate::device::{Attention, DeviceError, DeviceResult, Refusal};

impl World {
    pub(super) fn is_pulled(&self, place: Place) -> bool {
        let Ok((plan, frame)) = self.parts(place.changer) else { return false };
        let mut pulled = frame.pulled.iter().enumerate().filter(|(_, pulled)| **pulled);
        pulled.any(|(magazine, _)| plan.magazine_slots(magazine).contains(place.address))
    }

    /// A person takes a magazine out, or puts it back with what is in it.
    pub(super) fn move_magazine(
        &mut self,
        changer: u16,
        magazine: usize,
        pull: bool,
    ) -> DeviceResult<()> {
        let frame = self.frame_mut(changer)?;
        let prevented = frame.removal_prevented;
        let pulled = frame.pulled.get_mut(magazine).ok_or_else(no_magazine)?;
        if *pulled == pull {
            return Ok(());
        }
        if pull && prevented {
            return Err(locked_in("the magazine is locked"));
        }
        *pulled = pull;
        frame.noticed.add(Attention::MediumChanged);
        Ok(())
    }
}

impl Hands {
    /// Takes out a magazine, by the order in which they were
    /// [added](super::SimulatedLibraryBuilder::magazine). What is in it goes with it: its cartridges
    /// keep their places, which [`put_in`](Self::put_in) and [`take_out`](Self::take_out) reach, and
    /// the robot does not. The next verb of the changer tells
    /// [`MediumChanged`](crate::device::Attention::MediumChanged).
    ///
    /// # Errors
    /// [`Refusal::RemovalPrevented`], [`Refusal::NoSuchElement`].
    pub fn pull_magazine(&self, changer: u16, magazine: usize) -> DeviceResult<()> {
        self.act(|world| world.move_magazine(changer, magazine, true))
    }

    /// Puts a magazine back, with what is in it. The next verb of the changer tells
    /// [`MediumChanged`](crate::device::Attention::MediumChanged).
    ///
    /// # Errors
    /// [`Refusal::NoSuchElement`].
    pub fn push_magazine(&self, changer: u16, magazine: usize) -> DeviceResult<()> {
        self.act(|world| world.move_magazine(changer, magazine, false))
    }
}

fn no_magazine() -> DeviceError {
    DeviceError::refused(Refusal::NoSuchElement, "the changer has no such magazine")
}
