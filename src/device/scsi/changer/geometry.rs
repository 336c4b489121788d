//! What a changer is made of.

use super::ScsiChanger;
use crate::device::scsi::command::changer::open_close_import_export_element;
use crate::device::scsi::reply::mode_changer::{
    CAPABILITIES, Capabilities, ELEMENT_ADDRESSES, ElementAddresses, TRANSPORT_GEOMETRY, can_rotate,
};
use crate::device::{
    DeviceError, DeviceErrorKind, DeviceResult, ElementAddress, ElementKind, ElementRange,
    Geometry, PortGeometry,
};

/// So many slots show whether bar codes are read.
const SOME: u32 = 1000;

impl ScsiChanger {
    /// What it is made of, asked for once.
    pub(super) fn known_geometry(&self) -> DeviceResult<Geometry> {
        if let Some(known) = self.learned.lock().geometry.clone() {
            return Ok(known);
        }
        let geometry = self.read_geometry()?;
        self.learned.lock().geometry = Some(geometry.clone());
        Ok(geometry)
    }

    /// What it says that it is made of.
    pub(super) fn read_geometry(&self) -> DeviceResult<Geometry> {
        let addresses = self.mode_page(ELEMENT_ADDRESSES)?;
        let addresses = ElementAddresses::read(&addresses)?;
        let can_flip = self.optional_page(TRANSPORT_GEOMETRY)?;
        let capabilities = self.optional_page(CAPABILITIES)?;
        let reader = capabilities.and_then(|page| Capabilities::read(&page).ok());
        let mut geometry = Geometry {
            transports: addresses.transports,
            slots: addresses.slots,
            ports: addresses.ports,
            drives: addresses.drives,
            bar_code_reader: reader.is_some_and(|reader| reader.volume_tag_reader),
            can_flip: can_flip.is_some_and(|page| can_rotate(&page).unwrap_or(false)),
            initializes_range: !self.range_forms().is_empty(),
            port_groups: self.port_groups(addresses.ports),
            ..Geometry::default()
        };
        if !geometry.is_possible() {
            let reason = "it reports element addresses that cannot be";
            return Err(DeviceError::new(DeviceErrorKind::ChangerFault, reason));
        }
        geometry.bar_code_reader |= self.has_read_bar_codes(&geometry);
        Ok(geometry)
    }

    /// A page that changers need not have.
    fn optional_page(&self, code: u8) -> DeviceResult<Option<Vec<u8>>> {
        match self.mode_page(code) {
            Err(error) if matches!(error.kind(), DeviceErrorKind::Refused(_)) => Ok(None),
            other => other.map(Some),
        }
    }

    fn mode_page(&self, code: u8) -> DeviceResult<Vec<u8>> {
        let data = self.unit.mode_sense(code, false)?;
        let page = data.pages.into_iter().find(|page| page.code == code && page.subpage == 0);
        Ok(page.map(|page| page.bytes).unwrap_or_default())
    }

    /// Where it says that it opens ports, each element is one that it moves.
    fn port_groups(&self, ports: ElementRange) -> Vec<PortGeometry> {
        let open = open_close_import_export_element(ElementAddress(0), true).operation();
        let opens = self.operations.as_ref().is_some_and(|known| known.contains(&open));
        let single = |first| PortGeometry {
            cells: ElementRange { first, count: 1 },
            motorised: true,
            max_extended: None,
        };
        if opens { ports.iter().map(single).collect() } else { Vec::new() }
    }

    /// Some have a reader and do not say so: bar codes show it.
    fn has_read_bar_codes(&self, geometry: &Geometry) -> bool {
        let is_known = self.learned.lock().reads_bar_codes;
        if is_known || geometry.slots.count == 0 || geometry.bar_code_reader {
            return is_known;
        }
        let all = (ElementAddress(0), geometry.slots);
        match self.look_in(ElementKind::Slot, all, SOME) {
            Ok(_) => self.learned.lock().reads_bar_codes,
            Err(error) => {
                tracing::debug!(%error, "whether there is a bar-code reader cannot be told yet");
                false
            }
        }
    }
}
