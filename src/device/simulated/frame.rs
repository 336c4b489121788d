//! What people and the host have done to the doors, ports, magazines and locks of a changer.

use super::Place;
use super::layout::ChangerPlan;
use super::upkeep::DriveNow;
use super::world::World;
use crate::device::{Attention, DeviceError, DeviceErrorKind, DeviceResult, Refusal};

/// What can be different from one moment to the next in a changer, besides its cartridges.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Frame {
    pub doors: Vec<DoorNow>,
    pub ports: Vec<PortNow>,
    /// For each magazine: whether it is out.
    pub pulled: Vec<bool>,
    pub removal_prevented: bool,
    /// The robot is stuck.
    pub jammed: bool,
    /// Somebody reached through a door that is still open.
    pub touched: bool,
    pub noticed: Noticed,
    pub drives: Vec<DriveNow>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct DoorNow {
    pub open: bool,
    pub released: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct PortNow {
    pub extended: bool,
    /// A person put something in or took something out since it was extended.
    pub touched: bool,
}

impl Frame {
    pub(super) fn of(plan: &ChangerPlan) -> Self {
        Self {
            doors: vec![DoorNow::default(); plan.doors.len()],
            ports: vec![PortNow::default(); plan.ports().count()],
            pulled: vec![false; plan.magazines.len()],
            drives: vec![DriveNow::default(); plan.layout.drives as usize],
            ..Self::default()
        }
    }
}

/// What a device has to tell, one thing at a time, each once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Noticed(pub Vec<Attention>);

impl Noticed {
    pub(super) fn add(&mut self, attention: Attention) {
        if !self.0.contains(&attention) {
            self.0.push(attention);
        }
    }

    /// The next thing, which is told with that.
    pub(super) fn tell(&mut self) -> Option<Attention> {
        (!self.0.is_empty()).then(|| self.0.remove(0))
    }
}

impl World {
    pub(super) fn parts(&self, changer: u16) -> DeviceResult<(&ChangerPlan, &Frame)> {
        let plan = self.settings.plan(changer);
        plan.zip(self.frames.get(usize::from(changer))).ok_or_else(no_such_part)
    }

    pub(super) fn frame(&self, changer: u16) -> DeviceResult<&Frame> {
        self.parts(changer).map(|(_, frame)| frame)
    }

    pub(super) fn frame_mut(&mut self, changer: u16) -> DeviceResult<&mut Frame> {
        self.frames.get_mut(usize::from(changer)).ok_or_else(no_such_part)
    }

    /// Whether the robot can move: it is not jammed, and no door is known to be open.
    pub(super) fn check_still(&self, changer: u16) -> DeviceResult<()> {
        let (plan, frame) = self.parts(changer)?;
        if plan.doors.iter().zip(&frame.doors).any(|(door, now)| door.sensor && now.open) {
            return Err(DeviceError::new(DeviceErrorKind::NeedsOperator, "a door is open"));
        }
        if frame.jammed {
            return Err(jammed());
        }
        Ok(())
    }

    /// Whether an element is out: in a port that is extended or a magazine that was pulled.
    pub(super) fn is_out(&self, place: Place) -> bool {
        self.is_extended(place) || self.is_pulled(place)
    }

    /// Whether the robot can reach an element.
    pub(super) fn check_reach(&self, place: Place) -> DeviceResult<()> {
        if self.is_out(place) {
            return Err(not_accessible("the port or magazine is pulled out"));
        }
        Ok(())
    }
}

pub(super) fn jammed() -> DeviceError {
    DeviceError::new(DeviceErrorKind::NeedsOperator, "the robot is jammed")
}

pub(super) fn not_accessible(reason: &'static str) -> DeviceError {
    DeviceError::refused(Refusal::NotAccessible, reason)
}

pub(super) fn locked_in(reason: &'static str) -> DeviceError {
    DeviceError::refused(Refusal::RemovalPrevented, reason)
}

fn no_such_part() -> DeviceError {
    DeviceError::refused(Refusal::NoSuchElement, "there is no such changer")
}
