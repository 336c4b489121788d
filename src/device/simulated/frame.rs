//! What people and the host have done to the doors, ports, magazines and locks of a changer.

use super::layout::{ChangerPlan, invalid};
use super::upkeep::DriveNow;
use super::world::{World, no_such_element};
use super::{CartridgeId, Place};
use crate::device::{Attention, DeviceError, DeviceErrorKind, DeviceResult, ElementKind, Refusal};
use crate::model::DoorState;

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
    fn parts(&self, changer: u16) -> DeviceResult<(&ChangerPlan, &Frame)> {
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

    pub(super) fn is_extended(&self, place: Place) -> bool {
        let Ok((plan, frame)) = self.parts(place.changer) else { return false };
        let port = plan.port_of(place.address).and_then(|(port, _)| frame.ports.get(port));
        port.is_some_and(|now| now.extended)
    }

    pub(super) fn is_pulled(&self, place: Place) -> bool {
        let Ok((plan, frame)) = self.parts(place.changer) else { return false };
        let mut pulled = frame.pulled.iter().enumerate().filter(|(_, pulled)| **pulled);
        pulled.any(|(magazine, _)| plan.magazine_slots(magazine).contains(place.address))
    }

    /// Whether the robot can reach an element.
    pub(super) fn check_reach(&self, place: Place) -> DeviceResult<()> {
        if self.is_out(place) {
            return Err(not_accessible("the port or magazine is pulled out"));
        }
        Ok(())
    }

    /// The state of a door, as the library sees it.
    pub(super) fn door_state(&self, changer: u16, door: usize) -> DeviceResult<DoorState> {
        let (plan, frame) = self.parts(changer)?;
        let (layout, now) = plan.doors.get(door).zip(frame.doors.get(door)).ok_or_else(no_door)?;
        Ok(match (layout.sensor, now.open) {
            (false, _) => DoorState::Unknown,
            (true, true) => DoorState::Open,
            (true, false) => DoorState::Closed,
        })
    }

    pub(super) fn release_door(
        &mut self,
        changer: u16,
        door: usize,
        release: bool,
    ) -> DeviceResult<()> {
        let (plan, _) = self.parts(changer)?;
        if !plan.doors.get(door).ok_or_else(no_door)?.lockable {
            return Err(DeviceError::refused(Refusal::Unsupported, "the door has no lock"));
        }
        self.door_mut(changer, door)?.released = release;
        Ok(())
    }

    fn door_mut(&mut self, changer: u16, door: usize) -> DeviceResult<&mut DoorNow> {
        self.frame_mut(changer)?.doors.get_mut(door).ok_or_else(no_door)
    }

    /// A person opens a door.
    pub(super) fn open_door(&mut self, changer: u16, door: usize) -> DeviceResult<()> {
        let (plan, frame) = self.parts(changer)?;
        let (layout, now) = plan.doors.get(door).zip(frame.doors.get(door)).ok_or_else(no_door)?;
        let locked = !now.released || frame.removal_prevented;
        if layout.lockable && locked && !now.open {
            return Err(locked_in("the door is locked"));
        }
        self.door_mut(changer, door)?.open = true;
        Ok(())
    }

    /// A person closes a door. What was touched behind it is news for the host, if the library
    /// notices doors at all.
    pub(super) fn close_door(&mut self, changer: u16, door: usize) -> DeviceResult<()> {
        let was_open = std::mem::replace(&mut self.door_mut(changer, door)?.open, false);
        let (plan, _) = self.parts(changer)?;
        let sensor = plan.doors.get(door).is_some_and(|door| door.sensor);
        let frame = self.frame_mut(changer)?;
        if was_open && std::mem::replace(&mut frame.touched, false) && sensor {
            frame.noticed.add(Attention::MediumChanged);
        }
        Ok(())
    }

    /// A port moves, by motor or by hand. Returns whether it was elsewhere.
    pub(super) fn move_port(
        &mut self,
        changer: u16,
        port: usize,
        extend: bool,
    ) -> DeviceResult<bool> {
        let frame = self.frame_mut(changer)?;
        let prevented = frame.removal_prevented;
        let now = frame.ports.get_mut(port).ok_or_else(no_port)?;
        if now.extended == extend {
            return Ok(false);
        }
        if extend && prevented {
            return Err(locked_in("the port is locked"));
        }
        let before = std::mem::replace(now, PortNow { extended: extend, touched: false });
        if before.touched {
            frame.noticed.add(Attention::PortAccessed);
        }
        Ok(true)
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

    /// Whether a person without a key reaches an element: through an open door, in an extended
    /// port, in a pulled magazine.
    fn check_open(&self, place: Place) -> DeviceResult<()> {
        let kind = self.settings.kind_of(place).ok_or_else(|| no_such_element(place))?;
        let (plan, frame) = self.parts(place.changer)?;
        let mut open = frame.doors.iter().enumerate().filter(|(_, now)| now.open);
        let reached = self.is_out(place)
            || match kind {
                ElementKind::Slot => {
                    open.any(|(door, _)| plan.door_slots(door).contains(place.address))
                }
                ElementKind::Transport => open.next().is_some(),
                ElementKind::Port | ElementKind::Drive => false,
            };
        if reached { Ok(()) } else { Err(not_accessible("nothing is open there")) }
    }

    /// A person puts a cartridge where it can be reached.
    pub(super) fn reach_in(&mut self, id: CartridgeId, place: Place) -> DeviceResult<()> {
        self.check_open(place)?;
        self.put_by_hand(id, place)?;
        self.touch(place)
    }

    /// A person takes a cartridge from where it can be reached.
    pub(super) fn reach_out(&mut self, place: Place) -> DeviceResult<CartridgeId> {
        self.check_open(place)?;
        let id = self.take(place)?;
        self.touch(place)?;
        Ok(id)
    }

    fn touch(&mut self, place: Place) -> DeviceResult<()> {
        let port = self.settings.plan(place.changer).and_then(|plan| plan.port_of(place.address));
        let pulled = self.is_pulled(place);
        let frame = self.frame_mut(place.changer)?;
        match port.and_then(|(port, _)| frame.ports.get_mut(port)) {
            Some(port) => port.touched = true,
            // A magazine makes itself known when it is put back.
            None => frame.touched |= !pulled,
        }
        Ok(())
    }

    /// The port that an element belongs to tells what is in it.
    pub(super) fn content_known(&self, place: Place) -> bool {
        let plan = self.settings.plan(place.changer);
        let port = plan.and_then(|plan| plan.port_of(place.address));
        port.is_none_or(|(_, port)| port.reports_content)
    }

    /// Whether a port is moved by the host.
    pub(super) fn is_motorised(&self, changer: u16, port: usize) -> DeviceResult<bool> {
        let (plan, _) = self.parts(changer)?;
        plan.ports().nth(port).map(|port| port.motorised).ok_or_else(no_port)
    }

    /// A person pulls or pushes a port.
    pub(super) fn move_port_by_hand(
        &mut self,
        changer: u16,
        port: usize,
        extend: bool,
    ) -> DeviceResult<()> {
        if extend && self.is_motorised(changer, port)? {
            return invalid("the port is extended by its motor");
        }
        self.move_port(changer, port, extend).map(|_| ())
    }
}

pub(super) fn jammed() -> DeviceError {
    DeviceError::new(DeviceErrorKind::NeedsOperator, "the robot is jammed")
}

fn not_accessible(reason: &'static str) -> DeviceError {
    DeviceError::refused(Refusal::NotAccessible, reason)
}

fn locked_in(reason: &'static str) -> DeviceError {
    DeviceError::refused(Refusal::RemovalPrevented, reason)
}

fn no_such_part() -> DeviceError {
    DeviceError::refused(Refusal::NoSuchElement, "there is no such changer")
}

fn no_door() -> DeviceError {
    DeviceError::refused(Refusal::NoSuchElement, "the changer has no such door")
}

pub(super) fn no_port() -> DeviceError {
    DeviceError::refused(Refusal::NoSuchElement, "the changer has no such port")
}

fn no_magazine() -> DeviceError {
    DeviceError::refused(Refusal::NoSuchElement, "the changer has no such magazine")
}
