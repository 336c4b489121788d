//! A library whose devices say and do what they should not: the simulator's, twisted.
#![allow(clippy::unwrap_used, clippy::panic, missing_docs, dead_code)]

use std::fmt;
use std::sync::Arc;

use parking_lot::Mutex;
use rsm::device::simulated::SimulatedLibrary;
use rsm::device::{
    Changer, DeviceError, DeviceErrorKind, DeviceIdentity, DeviceResult, Drive, DriveHealth,
    DriveStatus, ElementAddress, ElementKind, ElementRange, ElementStatus, Geometry, LibraryDevice,
    LibraryIdentity, MediumIo, Refusal,
};
use rsm::model::{DoorState, PortPosition};

type Twist<T> = Mutex<Option<Box<dyn Fn(T) -> DeviceResult<T> + Send + Sync>>>;

type Told = fn(DeviceIdentity) -> DeviceIdentity;

/// What is to be twisted; nothing, at first.
#[derive(Default)]
pub struct Manners {
    pub geometry: Twist<Geometry>,
    pub status: Twist<Vec<ElementStatus>>,
    pub serials: Mutex<Option<Vec<String>>>,
    /// What changers and drives say of themselves.
    pub identity: Mutex<Option<Told>>,
    /// More elements than these are refused, or cut off.
    pub refuses_over: Mutex<Option<u32>>,
    pub not_ready: Mutex<bool>,
    pub panics: Mutex<bool>,
    pub drives_gone: Mutex<bool>,
    /// Done before a drive loads.
    pub before_load: Mutex<Option<Box<dyn Fn() + Send + Sync>>>,
    /// Done once when the robot has moved a cartridge.
    pub after_move: Mutex<Option<Box<dyn FnOnce() + Send + Sync>>>,
    /// Whether the drives are still busy.
    pub busy: Mutex<Option<Box<dyn Fn() -> bool + Send + Sync>>>,
    /// How often the robot was sent while the drives were busy.
    pub moved_while_busy: Mutex<usize>,
    /// How often a cartridge was moved or loaded.
    pub moves: Mutex<usize>,
}

pub fn lies<T>(twist: &Twist<T>, how: impl Fn(T) -> DeviceResult<T> + Send + Sync + 'static) {
    *twist.lock() = Some(Box::new(how));
}

fn twisted<T>(twist: &Twist<T>, value: T) -> DeviceResult<T> {
    match &*twist.lock() {
        Some(twist) => twist(value),
        None => Ok(value),
    }
}

impl Manners {
    fn told(&self, identity: DeviceIdentity) -> DeviceIdentity {
        let twist = *self.identity.lock();
        twist.map_or(identity.clone(), |twist| twist(identity))
    }
}

/// The library.
pub struct Hostile {
    pub inner: Arc<SimulatedLibrary>,
    pub manners: Arc<Manners>,
}

impl Hostile {
    pub fn new(inner: SimulatedLibrary) -> Arc<Self> {
        Arc::new(Self { inner: Arc::new(inner), manners: Arc::default() })
    }

    /// It behaves from now on.
    pub fn behave(&self) {
        *self.manners.geometry.lock() = None;
        *self.manners.status.lock() = None;
        *self.manners.serials.lock() = None;
        *self.manners.refuses_over.lock() = None;
        *self.manners.not_ready.lock() = false;
        *self.manners.panics.lock() = false;
        *self.manners.drives_gone.lock() = false;
    }
}

impl fmt::Debug for Hostile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Hostile")
    }
}

impl LibraryDevice for Hostile {
    fn identity(&self) -> LibraryIdentity {
        self.inner.identity()
    }

    fn changers(&self) -> Vec<Arc<dyn Changer>> {
        let twisted = |inner| HostileChanger { inner, manners: Arc::clone(&self.manners) };
        let all = self.inner.changers().into_iter();
        all.map(|inner| Arc::new(twisted(inner)) as Arc<dyn Changer>).collect()
    }

    fn drives(&self) -> Vec<Arc<dyn Drive>> {
        if *self.manners.drives_gone.lock() {
            return Vec::new();
        }
        let serials = self.manners.serials.lock().clone().unwrap_or_default();
        let all = self.inner.drives().into_iter().enumerate();
        all.map(|(nth, inner)| {
            let serial = serials.get(nth).cloned();
            Arc::new(HostileDrive { inner, serial, manners: Arc::clone(&self.manners) }) as _
        })
        .collect()
    }

    fn media_types(&self) -> Vec<u32> {
        self.inner.media_types()
    }
}

#[derive(Clone)]
struct HostileChanger {
    inner: Arc<dyn Changer>,
    manners: Arc<Manners>,
}

impl HostileChanger {
    fn begin(&self) -> DeviceResult<()> {
        if *self.manners.panics.lock() {
            panic!("a bug in the driver");
        }
        if *self.manners.not_ready.lock() {
            return Err(DeviceError::new(DeviceErrorKind::NotReady, "it initialises"));
        }
        Ok(())
    }
}

impl fmt::Debug for HostileChanger {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostileChanger")
    }
}

impl Changer for HostileChanger {
    fn identity(&self) -> DeviceIdentity {
        self.manners.told(self.inner.identity())
    }

    fn geometry(&self) -> DeviceResult<Geometry> {
        self.begin()?;
        twisted(&self.manners.geometry, self.inner.geometry()?)
    }

    fn ready(&self) -> DeviceResult<()> {
        self.begin()?;
        self.inner.ready()
    }

    fn element_status(
        &self,
        kind: ElementKind,
        first: ElementAddress,
        count: u32,
    ) -> DeviceResult<Vec<ElementStatus>> {
        self.begin()?;
        if self.manners.refuses_over.lock().is_some_and(|most| count > most) {
            return Err(DeviceError::refused(Refusal::Invalid, "too many elements"));
        }
        twisted(&self.manners.status, self.inner.element_status(kind, first, count)?)
    }

    fn initialize_element_status(&self, range: Option<ElementRange>) -> DeviceResult<()> {
        self.inner.initialize_element_status(range)
    }

    fn move_medium(
        &self,
        from: ElementAddress,
        to: ElementAddress,
        flip: bool,
    ) -> DeviceResult<()> {
        self.begin()?;
        *self.manners.moves.lock() += 1;
        if self.manners.busy.lock().as_ref().is_some_and(|is_busy| is_busy()) {
            *self.manners.moved_while_busy.lock() += 1;
        }
        self.inner.move_medium(from, to, flip)?;
        if let Some(call) = self.manners.after_move.lock().take() {
            call();
        }
        Ok(())
    }

    fn prevent_removal(&self, prevent: bool) -> DeviceResult<()> {
        self.inner.prevent_removal(prevent)
    }

    fn port_position(&self, port: usize) -> DeviceResult<PortPosition> {
        self.inner.port_position(port)
    }

    fn set_port(&self, port: usize, position: PortPosition) -> DeviceResult<()> {
        self.inner.set_port(port, position)
    }

    fn door_state(&self, door: usize) -> DeviceResult<DoorState> {
        self.inner.door_state(door)
    }

    fn release_door(&self, door: usize, release: bool) -> DeviceResult<()> {
        self.inner.release_door(door, release)
    }
}

struct HostileDrive {
    inner: Arc<dyn Drive>,
    serial: Option<String>,
    manners: Arc<Manners>,
}

impl fmt::Debug for HostileDrive {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HostileDrive")
    }
}

impl Drive for HostileDrive {
    fn identity(&self) -> DeviceIdentity {
        let own = self.inner.identity();
        let serial = self.serial.clone().unwrap_or_else(|| own.serial.clone());
        self.manners.told(DeviceIdentity { serial, ..own })
    }

    fn status(&self) -> DeviceResult<DriveStatus> {
        if self.manners.busy.lock().as_ref().is_some_and(|is_busy| is_busy()) {
            return Ok(DriveStatus::BecomingReady);
        }
        self.inner.status()
    }

    fn load(&self) -> DeviceResult<()> {
        if let Some(call) = &*self.manners.before_load.lock() {
            call();
        }
        if *self.manners.panics.lock() {
            panic!("a bug in the driver");
        }
        self.inner.load()
    }

    fn unload(&self) -> DeviceResult<()> {
        self.inner.unload()
    }

    fn prevent_removal(&self, prevent: bool) -> DeviceResult<()> {
        self.inner.prevent_removal(prevent)
    }

    fn health(&self) -> DeviceResult<DriveHealth> {
        self.inner.health()
    }

    fn open(&self) -> DeviceResult<Box<dyn MediumIo>> {
        self.inner.open()
    }
}
