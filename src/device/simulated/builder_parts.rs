//! Doors, ports, magazines and drives of a changer that is to be made.

use std::ops::Range;

use super::layout::ChangerPlan;
use super::{DoorLayout, DriveLayout, PortLayout, SimulatedLibraryBuilder};

impl SimulatedLibraryBuilder {
    /// Adds a door to the changer added last, or to the usual one.
    ///
    /// ```
    /// use rsm::device::simulated::{DoorLayout, SimulatedLibrary};
    /// use rsm::device::{Attention, DeviceErrorKind, LibraryDevice};
    /// use rsm::model::DoorState;
    ///
    /// let library = SimulatedLibrary::builder()
    ///     .door(DoorLayout { slots: 0..10, ..DoorLayout::default() })
    ///     .build()?;
    /// let (changer, hands) = (library.changers().remove(0), library.hands());
    /// assert!(hands.open_door(0, 0).is_err(), "it is locked");
    /// changer.release_door(0, true)?;
    /// hands.open_door(0, 0)?;
    /// assert_eq!(changer.door_state(0)?, DoorState::Open);
    /// let closed = changer.ready().err().map(|error| error.kind());
    /// assert_eq!(closed, Some(DeviceErrorKind::NeedsOperator));
    /// hands.close_door(0, 0)?;
    /// changer.release_door(0, false)?;
    /// changer.ready()?;
    /// # Ok::<(), rsm::device::DeviceError>(())
    /// ```
    pub fn door(self, door: DoorLayout) -> Self {
        self.on_last_changer(|plan| plan.doors.push(door))
    }

    /// Makes the next import/export elements of the changer added last one port. Those for which
    /// this is not said are ports of one cell that are pulled out by hand.
    ///
    /// ```
    /// use rsm::device::simulated::{Cartridge, ChangerLayout, Place, PortLayout, SimulatedLibrary};
    /// use rsm::device::LibraryDevice;
    /// use rsm::model::PortPosition;
    ///
    /// let library = SimulatedLibrary::builder()
    ///     .changer(ChangerLayout { ports: 5, ..ChangerLayout::default() })
    ///     .port(PortLayout { cells: 5, motorised: true, ..PortLayout::default() })
    ///     .build()?;
    /// let (changer, hands) = (library.changers().remove(0), library.hands());
    /// let address = changer.geometry()?.ports.first;
    /// changer.set_port(0, PortPosition::Extended)?;
    /// let tape = hands.make(Cartridge::with_bar_code("A00001L8"))?;
    /// hands.put_in(tape, Place { changer: 0, address })?;
    /// changer.set_port(0, PortPosition::Retracted)?;
    /// # Ok::<(), rsm::device::DeviceError>(())
    /// ```
    pub fn port(self, port: PortLayout) -> Self {
        self.on_last_changer(|plan| plan.ports.push(port))
    }

    /// Makes slots of the changer added last, counted from 0, a magazine: they come and go together
    /// ([`Hands::pull_magazine`](super::Hands::pull_magazine)).
    pub fn magazine(self, slots: Range<u32>) -> Self {
        self.on_last_changer(|plan| plan.magazines.push(slots))
    }

    /// Says how some drives of the changer added last differ from the others; what is said last
    /// counts.
    pub fn drives(self, drives: DriveLayout) -> Self {
        self.on_last_changer(|plan| plan.drives.push(drives))
    }

    fn on_last_changer(mut self, change: impl FnOnce(&mut ChangerPlan)) -> Self {
        let changers = &mut self.settings.changers;
        if changers.is_empty() {
            changers.push(ChangerPlan::default());
        }
        if let Some(last) = changers.last_mut() {
            change(last);
        }
        self
    }
}
