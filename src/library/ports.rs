//! Ports: where people put cartridges in and take them out.

use std::time::Duration;

use super::Attached;
use super::failure::device;
use super::units::{ChangerUnit, asking, port_groups};
use crate::catalog::PortRow;
use crate::device::{
    DeviceErrorKind, DeviceResult, ElementAddress, ElementKind, ElementRange, ElementStatus,
    Occupancy, Refusal,
};
use crate::error::Result;
use crate::model::{PortContent, PortPosition};

/// A port with its row and its changer.
#[derive(Debug)]
pub(super) struct Port<'a> {
    pub(super) row: PortRow,
    pub(super) changer: &'a ChangerUnit,
    /// Which of the changer's ports it is.
    place: usize,
    cells: ElementRange,
    /// The library moves it; else people do.
    pub(super) motorised: bool,
}

impl Port<'_> {
    pub(super) fn has(&self, cell: ElementAddress) -> bool {
        self.cells.contains(cell)
    }

    pub(super) fn is_single(&self) -> bool {
        self.cells.count == 1
    }

    /// How long people have.
    pub(super) fn limit(&self) -> Duration {
        Duration::from_secs(u64::from(self.row.max_extend))
    }
}

/// A port at one moment.
#[derive(Clone, Debug)]
pub(super) struct PortNow {
    pub(super) position: PortPosition,
    pub(super) cells: Vec<ElementStatus>,
}

impl PortNow {
    /// Whether the robot reaches it.
    pub(super) fn is_in(&self) -> bool {
        self.position != PortPosition::Extended
    }

    pub(super) fn content(&self) -> PortContent {
        let has = |what| self.cells.iter().any(|cell| cell.occupancy == what);
        match () {
            () if has(Occupancy::Full) => PortContent::Full,
            () if has(Occupancy::Unknown) => PortContent::Unknown,
            () => PortContent::Empty,
        }
    }
}

/// Takes a verb that the device does not have for done.
fn if_supported(done: DeviceResult<()>) -> DeviceResult<()> {
    match done {
        Err(error) if error.kind() == DeviceErrorKind::Refused(Refusal::Unsupported) => Ok(()),
        other => other,
    }
}

impl Attached {
    /// The ports, by number.
    pub(super) fn ports(&self) -> Result<Vec<Port<'_>>> {
        let rows = self.host.catalog.read(|view| view.ports_of_library(self.key))?;
        let mut ports = Vec::new();
        for row in rows {
            let Some(changer) = self.changers.iter().find(|unit| Some(unit.key) == row.changer)
            else {
                continue;
            };
            let groups = port_groups(&changer.geometry).into_iter().enumerate();
            let found = groups.into_iter().find(|(_, group)| group.cells.first.0 == row.address);
            if let Some((place, group)) = found {
                let (cells, motorised) = (group.cells, group.motorised);
                ports.push(Port { row, changer, place, cells, motorised });
            }
        }
        Ok(ports)
    }

    /// Looks at a port, and tells the catalog.
    pub(super) fn look_at_port(&self, port: &Port<'_>) -> Result<PortNow> {
        let now =
            Self::port_now(port).map_err(|error| device("a port could not be looked at", error))?;
        let (content, position) = (now.content(), now.position);
        let (key, time) = (port.row.id, self.now());
        let row = self.host.catalog.read(|view| view.port_by_id(key))?;
        if row.is_some_and(|row| (row.content, row.position) != (content, position)) {
            self.host.catalog.write(move |transaction| match transaction.port_by_id(key)? {
                Some(row) => transaction.set_port_state(&row, content, position, time),
                None => Ok(()),
            })?;
        }
        Ok(now)
    }

    fn port_now(port: &Port<'_>) -> DeviceResult<PortNow> {
        let position = match asking(|| port.changer.device.port_position(port.place)) {
            Err(error) if error.kind() == DeviceErrorKind::Refused(Refusal::Unsupported) => {
                PortPosition::Unknown
            }
            other => other?,
        };
        let mut cells = port.changer.look_at_all(ElementKind::Port)?;
        cells.retain(|cell| port.cells.contains(cell.address));
        Ok(PortNow { position, cells })
    }

    /// Lets people have a port, or takes it back, if the library moves it.
    pub(super) fn move_port(&self, port: &Port<'_>, position: PortPosition) -> Result<()> {
        let changer = &port.changer.device;
        if position == PortPosition::Extended {
            if_supported(asking(|| changer.prevent_removal(false)))
                .map_err(|error| device("a port could not be unlocked", error))?;
        }
        if port.motorised {
            if_supported(asking(|| changer.set_port(port.place, position)))
                .map_err(|error| device("a port could not be moved", error))?;
        }
        self.look_at_port(port).map(drop)
    }

    /// While the robot is at the ports, people do not move them.
    pub(super) fn lock_ports(&self, ports: &[Port<'_>], lock: bool) {
        for port in ports {
            if let Err(error) = if_supported(asking(|| port.changer.device.prevent_removal(lock))) {
                tracing::warn!(%error, "a port could not be locked or unlocked");
            }
        }
    }
}
