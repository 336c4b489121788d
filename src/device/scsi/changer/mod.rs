//! A SCSI changer.

mod geometry;
mod learned;
mod status;

use std::collections::BTreeSet;
use std::sync::Arc;

use parking_lot::Mutex;

use self::learned::Learned;
pub(super) use self::status::Seen;
use super::Unit;
use super::binding::Binder;
use super::command::changer::{
    RangeForm, exchange_medium, initialize_element_status, initialize_element_status_with_range,
    move_medium, open_close_import_export_element,
};
use super::command::primary;
use super::quirks::Quirks;
use crate::device::{
    Changer, DeviceClass, DeviceError, DeviceErrorKind, DeviceIdentity, DeviceResult, Drive,
    ElementAddress, ElementKind, ElementRange, ElementStatus, Geometry, Refusal,
};
use crate::model::{DoorState, PortPosition};

/// A SCSI medium changer.
///
/// What it is made of says its mode page 1Dh. The status of its elements is asked for kind by kind,
/// in chunks that get smaller where it refuses. Moves name its first hand, or the standard's own
/// choice where it tells of none.
///
/// Some changers never say which elements their hands reach, or what people may do with a port.
/// Until one has said so for any element of a kind, every element of that kind counts as reachable,
/// every port as one for both ways, and where a port is remains
/// [unknown](Refusal::Unsupported). Nobody tells of doors: a
/// [`Geometry`] has none, and people open them as they like; the changer says afterwards that its
/// media may have been exchanged. Import/export elements are ports of one cell each.
///
/// A transport is one after the other: a status that is asked for during a move waits for its end.
#[derive(Debug)]
pub struct ScsiChanger {
    unit: Unit,
    identity: DeviceIdentity,
    quirks: Quirks,
    /// The commands it knows, where it tells.
    operations: Option<BTreeSet<u8>>,
    learned: Mutex<Learned>,
    binder: Binder,
}

impl ScsiChanger {
    /// The changer that a unit is. Asks it who it is and what commands it knows, and waits for
    /// nothing.
    ///
    /// # Errors
    /// [`Refusal::Unsupported`] for a unit that is no changer; what keeps it from answering.
    pub fn new(unit: Unit) -> DeviceResult<Self> {
        let unit = unit.with_class(DeviceClass::Changer);
        let identity = unit.identity()?;
        if identity.class != DeviceClass::Changer {
            let reason = format!("{} is no changer", identity.device_name);
            return Err(DeviceError::refused(Refusal::Unsupported, reason));
        }
        let quirks = Quirks::of(&identity);
        let commands = unit.supported_commands().unwrap_or_else(|error| {
            tracing::debug!(%error, "what commands the changer knows is not told");
            None
        });
        let unit = unit.offering(commands.as_deref().unwrap_or_default());
        let operations = commands
            .filter(|commands| !commands.is_empty())
            .map(|commands| commands.iter().map(|command| command.operation).collect());
        let (learned, binder) = (Mutex::default(), Binder::default());
        Ok(Self { unit, identity, quirks, operations, learned, binder })
    }

    /// The same changer with the drives it may hold. They show which drive is where, as far as the
    /// changer does not tell: what is left over on both sides belongs together.
    #[must_use]
    pub fn with_drives(self, drives: Vec<Arc<dyn Drive>>) -> Self {
        Self { binder: self.binder.with_drives(drives), ..self }
    }

    /// The same changer with the drive of this serial number at an element, as long as the changer
    /// does not say otherwise.
    #[must_use]
    pub fn with_drive_at(self, element: ElementAddress, serial: impl Into<String>) -> Self {
        self.binder.learn(element, serial.into());
        self
    }

    /// Notes which drive has been found at an element.
    pub(super) fn learn_drive(&self, element: ElementAddress, serial: String) {
        self.binder.learn(element, serial);
    }

    /// Moves the cartridge at `source` to `first`, and the one that is there to `second`, which can
    /// be `source`, in one command; each is turned over on its way as `flip` says.
    ///
    /// # Errors
    /// As [`move_medium`](Changer::move_medium), and
    /// [`Refusal::Unsupported`] of the many changers that cannot.
    pub fn exchange_medium(
        &self,
        source: ElementAddress,
        first: ElementAddress,
        second: ElementAddress,
        flip: [bool; 2],
    ) -> DeviceResult<()> {
        let hand = self.hand(flip.contains(&true))?;
        self.unit.run(&exchange_medium(hand, source, first, second, flip))
    }

    /// The hand that moves name.
    fn hand(&self, flip: bool) -> DeviceResult<ElementAddress> {
        let geometry = self.known_geometry()?;
        if flip && !geometry.can_flip {
            let reason = "the changer turns no medium over";
            return Err(DeviceError::refused(Refusal::Unsupported, reason));
        }
        Ok(geometry.transports.address(0).unwrap_or_default())
    }

    fn port(&self, port: usize) -> DeviceResult<ElementAddress> {
        let ports = self.known_geometry()?.ports;
        let address = u32::try_from(port).ok().and_then(|index| ports.address(index));
        address.ok_or_else(|| {
            DeviceError::refused(Refusal::NoSuchElement, format!("there is no port {port}"))
        })
    }

    /// How it may take the command with a range, the likely form first.
    fn range_forms(&self) -> Vec<RangeForm> {
        if let Some(known) = self.learned.lock().range_form.clone() {
            return known;
        }
        let mut forms = self.quirks.range_forms();
        if let Some(operations) = &self.operations {
            forms.retain(|form| operations.contains(&form.operation()));
        }
        forms
    }

    fn initialize_range(&self, range: ElementRange) -> DeviceResult<()> {
        let forms = self.range_forms();
        for (index, form) in forms.iter().enumerate() {
            let done = self.unit.run(&initialize_element_status_with_range(*form, range));
            if is_unsupported(&done) {
                continue;
            }
            let rest = forms.iter().skip(index).copied().collect();
            self.learned.lock().range_form = Some(rest);
            return done;
        }
        self.learned.lock().range_form = Some(Vec::new());
        let reason = "the changer looks at all of its elements only";
        Err(DeviceError::refused(Refusal::Unsupported, reason))
    }
}

impl Changer for ScsiChanger {
    fn identity(&self) -> DeviceIdentity {
        self.identity.clone()
    }

    fn geometry(&self) -> DeviceResult<Geometry> {
        let geometry = self.read_geometry()?;
        self.binder.forget();
        self.learned.lock().geometry = Some(geometry.clone());
        Ok(geometry)
    }

    fn ready(&self) -> DeviceResult<()> {
        self.unit.test_unit_ready()
    }

    fn element_status(
        &self,
        kind: ElementKind,
        first: ElementAddress,
        count: u32,
    ) -> DeviceResult<Vec<ElementStatus>> {
        let mut found = self.look(kind, first, count)?;
        if kind == ElementKind::Drive {
            self.binder.bind(&mut found, || self.look_at_all_drives())?;
        }
        Ok(found.elements)
    }

    fn initialize_element_status(&self, range: Option<ElementRange>) -> DeviceResult<()> {
        match range {
            Some(range) => self.initialize_range(range),
            None => self.unit.run(&initialize_element_status()),
        }
    }

    fn move_medium(
        &self,
        from: ElementAddress,
        to: ElementAddress,
        flip: bool,
    ) -> DeviceResult<()> {
        let hand = self.hand(flip)?;
        self.unit.run(&move_medium(hand, from, to, flip))
    }

    fn prevent_removal(&self, prevent: bool) -> DeviceResult<()> {
        self.unit.run(&primary::prevent_allow_medium_removal(prevent))
    }

    fn port_position(&self, port: usize) -> DeviceResult<PortPosition> {
        let address = self.port(port)?;
        let found = self.look(ElementKind::Port, address, 1)?;
        let is_it = |status: &&ElementStatus| status.address == address;
        let status = found.elements.iter().find(is_it);
        if !self.learned.lock().tells_access(ElementKind::Port) {
            let reason = "the changer does not tell where its ports are";
            return Err(DeviceError::refused(Refusal::Unsupported, reason));
        }
        Ok(match status {
            Some(status) if status.accessible => PortPosition::Retracted,
            Some(_) => PortPosition::Extended,
            None => PortPosition::Unknown,
        })
    }

    fn set_port(&self, port: usize, position: PortPosition) -> DeviceResult<()> {
        let open = match position {
            PortPosition::Extended => true,
            PortPosition::Retracted => false,
            PortPosition::Unknown => {
                let reason = "a port is extended or retracted";
                return Err(DeviceError::refused(Refusal::Invalid, reason));
            }
        };
        let element = self.port(port)?;
        self.unit.run(&open_close_import_export_element(element, open))
    }

    fn door_state(&self, door: usize) -> DeviceResult<DoorState> {
        Err(no_door(door))
    }

    fn release_door(&self, door: usize, _release: bool) -> DeviceResult<()> {
        Err(no_door(door))
    }
}

fn no_door(door: usize) -> DeviceError {
    let reason = format!("the changer does not tell of a door {door}");
    DeviceError::refused(Refusal::Unsupported, reason)
}

fn is_unsupported(done: &DeviceResult<()>) -> bool {
    let refused = DeviceErrorKind::Refused(Refusal::Unsupported);
    done.as_ref().is_err_and(|error| error.kind() == refused)
}
