//! Ports: the host or a person extends and retracts them.

use super::frame::{PortNow, locked_in};
use super::layout::invalid;
use super::world::World;
use super::{Hands, Place};
use crate::device::{Attention, DeviceError, DeviceResult, Refusal};

impl World {
    pub(super) fn is_extended(&self, place: Place) -> bool {
        let Ok((plan, frame)) = self.parts(place.changer) else { return false };
        let port = plan.port_of(place.address).and_then(|(port, _)| frame.ports.get(port));
        port.is_some_and(|now| now.extended)
    }

    /// A port moves, by motor or by hand.
    pub(super) fn move_port(
        &mut self,
        changer: u16,
        port: usize,
        extend: bool,
    ) -> DeviceResult<()> {
        let frame = self.frame_mut(changer)?;
        let prevented = frame.removal_prevented;
        let now = frame.ports.get_mut(port).ok_or_else(no_port)?;
        if now.extended == extend {
            return Ok(());
        }
        if extend && prevented {
            return Err(locked_in("the port is locked"));
        }
        let before = std::mem::replace(now, PortNow { extended: extend, touched: false });
        if before.touched {
            frame.noticed.add(Attention::PortAccessed);
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
        self.move_port(changer, port, extend)
    }
}

impl Hands {
    /// Pulls out a port, by its number in [`Geometry::port_groups`](crate::device::Geometry::port_groups).
    ///
    /// # Errors
    /// [`Refusal::Invalid`] where the port has a motor, [`Refusal::RemovalPrevented`],
    /// [`Refusal::NoSuchElement`].
    pub fn pull_port(&self, changer: u16, port: usize) -> DeviceResult<()> {
        self.act(|world| world.move_port_by_hand(changer, port, true))
    }

    /// Pushes a port in, with a motor or without. If somebody put in or took out something, the next
    /// verb of the changer tells [`PortAccessed`](crate::device::Attention::PortAccessed).
    ///
    /// # Errors
    /// [`Refusal::NoSuchElement`].
    pub fn push_port(&self, changer: u16, port: usize) -> DeviceResult<()> {
        self.act(|world| world.move_port_by_hand(changer, port, false))
    }
}

pub(super) fn no_port() -> DeviceError {
    DeviceError::refused(Refusal::NoSuchElement, "the changer has no such port")
}
