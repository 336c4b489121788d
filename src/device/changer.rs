//! A robot that moves cartridges between elements.

use std::fmt::Debug;

use super::{
    DeviceIdentity, DeviceResult, ElementAddress, ElementKind, ElementRange, ElementStatus,
    Geometry, Timeouts,
};
use crate::model::{DoorState, PortPosition};

/// A robot that moves cartridges between elements.
///
/// Every verb is one command to the device and may block for as long as that takes (a move:
/// minutes). Verbs may be called from several threads; a device that can do only one thing at a
/// time makes the others wait. Any verb can fail with
/// [`LookAgain`](super::DeviceErrorKind::LookAgain) before it did anything.
pub trait Changer: Send + Sync + Debug {
    /// Who the changer is. Known since it was found; asks no device.
    fn identity(&self) -> DeviceIdentity;

    /// How long it may take; what is usual for its class, unless it knows better. Asks no device.
    fn timeouts(&self) -> Timeouts {
        Timeouts::of(self.identity().class)
    }

    /// What the changer is made of.
    fn geometry(&self) -> DeviceResult<Geometry>;

    /// Whether the changer can move cartridges now.
    ///
    /// # Errors
    /// [`NotReady`](super::DeviceErrorKind::NotReady) while it initialises,
    /// [`NeedsOperator`](super::DeviceErrorKind::NeedsOperator) while a door is open.
    fn ready(&self) -> DeviceResult<()>;

    /// The state of up to `count` elements of one kind, by ascending address, beginning with
    /// `first` or the next one after it.
    ///
    /// It may return fewer than asked for: go on behind the last address returned, until the
    /// answer is empty or the range is over. An element the changer knows nothing about may be
    /// missing.
    fn element_status(
        &self,
        kind: ElementKind,
        first: ElementAddress,
        count: u32,
    ) -> DeviceResult<Vec<ElementStatus>>;

    /// Makes the changer look at all elements (or only those in the range) with its own sensors
    /// and bar-code reader. May take long.
    ///
    /// # Errors
    /// [`Refusal::Unsupported`](super::Refusal::Unsupported) for a range where
    /// [`Geometry::initializes_range`] is false.
    fn initialize_element_status(&self, range: Option<ElementRange>) -> DeviceResult<()>;

    /// Moves a cartridge from one element to another, turning it over on the way if `flip`.
    ///
    /// Returns when the cartridge has arrived, which does not mean that a drive has loaded it.
    ///
    /// # Errors
    /// [`Refused`](super::DeviceErrorKind::Refused), when nothing has moved: no such element,
    /// source empty, destination full, not accessible, cannot flip.
    /// [`OutcomeUnknown`](super::DeviceErrorKind::OutcomeUnknown) when the cartridge can be at the
    /// source, at the destination or on a transport. So it can after
    /// [`ChangerFault`](super::DeviceErrorKind::ChangerFault),
    /// [`DriveFault`](super::DeviceErrorKind::DriveFault) and
    /// [`NeedsOperator`](super::DeviceErrorKind::NeedsOperator): look at the element status.
    fn move_medium(&self, from: ElementAddress, to: ElementAddress, flip: bool)
    -> DeviceResult<()>;

    /// Prevents people from opening doors and ports, or allows it again.
    ///
    /// # Errors
    /// [`Refusal::Unsupported`](super::Refusal::Unsupported) where the changer has no lock.
    fn prevent_removal(&self, prevent: bool) -> DeviceResult<()>;

    /// Where a port is, by its index in [`Geometry::port_groups`].
    fn port_position(&self, port: usize) -> DeviceResult<PortPosition>;

    /// Extends or retracts a port.
    ///
    /// # Errors
    /// [`Refusal::Unsupported`](super::Refusal::Unsupported) where a person does this by hand.
    fn set_port(&self, port: usize, position: PortPosition) -> DeviceResult<()>;

    /// The state of a door, by its index in [`Geometry::doors`].
    fn door_state(&self, door: usize) -> DeviceResult<DoorState>;

    /// Releases the lock of a door so that a person can open it (`true`), or locks it again once
    /// closed (`false`).
    ///
    /// # Errors
    /// [`Refusal::Unsupported`](super::Refusal::Unsupported) where the door has no lock.
    fn release_door(&self, door: usize, release: bool) -> DeviceResult<()>;
}
