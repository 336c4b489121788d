//! Ports for which nobody cares any more: what was left in them is taken home, or has been taken out.

use std::sync::Arc;

use super::Attached;
use super::crew::caught;
use super::leave::dismiss;
use super::ports::{Port, PortNow};
use crate::device::Occupancy;
use crate::error::Result;
use crate::model::{OperationalState, PortContent, PortPosition, ServiceTarget};

impl Attached {
    /// Has the ports seen to when the device has noticed something, if anything was left in them.
    pub(super) fn tend_ports(self: &Arc<Self>) -> Result<()> {
        let (library, noticed) = (self.key, self.noticed());
        let has_ports = self.changers.iter().any(|changer| changer.geometry.ports.count > 0);
        if !has_ports || self.tasks.lock().ports_seen == noticed {
            return Ok(());
        }
        let is_wanted = self.host.catalog.read(|view| {
            let id = view.library(library)?.id;
            let is_left = !view.media_in_ports(library)?.is_empty()
                || view.service_request(ServiceTarget::Library(id))?.is_some();
            Ok(is_left && !view.are_ports_in_use(library)?)
        })?;
        {
            let mut tasks = self.tasks.lock();
            if tasks.at_ports || !is_wanted {
                return Ok(());
            }
            (tasks.at_ports, tasks.ports_seen) = (true, noticed);
        }
        let sent = self.employ(|library| {
            if let Err(error) = caught(|| library.see_to_ports()) {
                tracing::warn!(%error, "what is in the ports is seen to later");
            }
            library.tasks.lock().at_ports = false;
        });
        if !matches!(sent, Ok(true)) {
            self.tasks.lock().at_ports = false;
        }
        sent.map(drop)
    }

    /// Takes home what an interrupted request has left in the ports, as far as the robot reaches it;
    /// notes what people have taken out.
    pub(super) fn see_to_ports(&self) -> Result<()> {
        let library = self.key;
        let (stranded, inside) = self
            .host
            .catalog
            .read(|view| Ok((view.stranded_port_moves(library)?, view.media_in_ports(library)?)))?;
        let ports = self.ports()?;
        if !stranded.is_empty() {
            for port in &ports {
                self.move_port(port, PortPosition::Retracted)?;
            }
        }
        for leaving in &stranded {
            self.bring_one_back(*leaving, &ports)?;
        }
        let now = ports.iter().map(|port| self.look_at_port(port)).collect::<Result<Vec<_>>>()?;
        let is_stranded = |medium: &i64| stranded.iter().any(|leaving| leaving.medium == *medium);
        for medium in inside.into_iter().filter(|medium| !is_stranded(medium)) {
            self.note_surplus_taken(medium, &ports, &now)?;
        }
        if now.iter().all(|port| port.content() == PortContent::Empty) {
            self.ports_are_empty(&ports)?;
        }
        Ok(())
    }

    /// A medium for which there was no slot may have been taken out.
    fn note_surplus_taken(&self, medium: i64, ports: &[Port<'_>], now: &[PortNow]) -> Result<()> {
        let cartridge = self.host.catalog.read(|view| view.cartridge(medium))?;
        let crate::catalog::Place::Port(at) = cartridge.medium.place else { return Ok(()) };
        let port = ports.iter().zip(now).find(|(port, _)| port.row.key == at);
        let code = cartridge.medium.bar_code.as_str();
        let is_there = port.is_some_and(|(_, now)| {
            now.cells.iter().any(|cell| {
                cell.occupancy == Occupancy::Full
                    && cell.volume_tag.text().is_none_or(|text| text == code)
            })
        });
        if is_there {
            return Ok(());
        }
        let time = self.now();
        self.host.catalog.write(move |transaction| {
            transaction.was_taken_out(medium, time)?;
            let policy = transaction.computer()?.media_pool_policy;
            dismiss(transaction, medium, policy, time)
        })
    }

    /// The ports are taken back. What people were asked for there has been done.
    fn ports_are_empty(&self, ports: &[Port<'_>]) -> Result<()> {
        for port in ports {
            if !self.look_at_port(port)?.is_in() {
                self.move_port(port, PortPosition::Retracted)?;
            }
        }
        let row = self.host.catalog.read(|view| view.library(self.key))?;
        // A library that needs service has asked for something else.
        if row.operational_state != OperationalState::Ready {
            return Ok(());
        }
        let (id, now) = (self.id, self.now());
        self.host
            .catalog
            .write(move |transaction| transaction.end_service(ServiceTarget::Library(id), now))
    }
}
