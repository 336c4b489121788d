//! What must hold at every moment, and when the library rests.

use std::collections::BTreeMap;
use std::time::Duration;

use rsm::clock::Clock;
use rsm::device::simulated::CartridgeId;
use rsm::model::{
    Drive, DriveId, DriveState, LibraryOperation, LibraryRequest, LibraryRequestId,
    LibraryRequestState, Location, LogicalMediaId, MediaState, OperationalState, PhysicalMedia,
};

use super::hall::CLEANER;
use super::world::World;

/// For how long a medium that could not be read in a drive is tried in others only.
const AVOIDED: Duration = Duration::from_secs(60 * 60 + 60);

/// While people are at doors and ports the library may have nothing else to do.
fn waits_for_people(operation: LibraryOperation) -> bool {
    use LibraryOperation as Op;
    let at_ports = [Op::Inject, Op::Eject, Op::InjectCleaner, Op::EjectCleaner];
    operation == Op::DoorAccess || at_ports.contains(&operation)
}

/// For how long a medium stays in a drive that was disabled while it was mounted.
const KEPT: Duration = Duration::from_secs(300 + 60);

impl World {
    /// No cartridge is lost or doubled, and the catalog breaks no rule.
    pub fn check(&self) {
        let hands = self.robot.device.hands();
        let inside = hands.elements().unwrap().into_iter().filter_map(|seen| seen.cartridge);
        let mut all: Vec<CartridgeId> = inside.chain(hands.outside().unwrap()).collect();
        all.sort();
        let every = (0..self.hall.cartridges()).map(|n| CartridgeId(u32::try_from(n).unwrap()));
        assert_eq!(all, every.collect::<Vec<_>>(), "every cartridge is somewhere, once");
        self.robot.check();
        self.assert_labels_differ();
    }

    /// No cartridge is taken for two media.
    fn assert_labels_differ(&self) {
        let mut known = BTreeMap::new();
        for medium in self.robot.all_media() {
            let Some(label) = self.robot.side(medium.id).label else { continue };
            let label = label.label_id.escape_ascii().to_string();
            let other = known.insert(label, medium.id);
            assert_eq!(other, None, "{} is another one too", medium.id);
        }
    }

    /// When a library rests, nothing is half done.
    pub fn assert_at_rest(&self) {
        let all = self.robot.session.list::<LibraryRequestId>(None).unwrap();
        for request in all.into_iter().map(|id| self.robot.session.info(id).unwrap()) {
            // What an inventory must read may wait for drives.
            let reads = request.operation == LibraryOperation::Inventory;
            let is_begun = request.state == LibraryRequestState::InProcess
                && !reads
                && !waits_for_people(request.operation);
            let is_half = is_begun
                || request.operation == LibraryOperation::Dismount
                    && request.state == LibraryRequestState::Queued;
            assert!(!is_half, "{request:?}");
        }
    }

    /// Whoever waits knows for what: for people, for somebody else's medium, or for a drive. After
    /// something has failed, it may be for another drive than the one that failed, for a time.
    pub fn assert_waits_are_justified(&mut self) {
        let now = self.robot.clock.monotonic();
        let mut idle = BTreeMap::new();
        if self.does_library_serve() {
            let queued = self.queued.iter().map(|call| call.media().to_vec());
            for media in queued.chain(self.calls.iter().map(|call| vec![call.media])) {
                let reasons = media.iter().any(|one| self.is_kept_from(*one));
                if !reasons && self.are_drives_free(media.len()) {
                    let since = self.idle_since.get(&media[0]).copied().unwrap_or(now);
                    idle.insert(media[0], since);
                }
            }
        }
        self.idle_since = idle;
        let patience = if self.faults > 0 { AVOIDED } else { KEPT };
        for (media, since) in &self.idle_since {
            assert!(now - *since <= patience, "{media:?} waits for nothing since {since:?}");
        }
    }

    /// Whether everything else but mounts has been done, and nobody need see to the library.
    fn does_library_serve(&self) -> bool {
        let library = self.robot.session.info(self.robot.library).unwrap();
        let is_of_mounts = |operation| {
            use LibraryOperation as Op;
            matches!(operation, Op::Mount | Op::Dismount | Op::WriteFreeLabel | Op::Inventory)
        };
        let all = self.robot.session.list::<LibraryRequestId>(None).unwrap();
        library.common.enabled
            && library.common.operational_state == OperationalState::Ready
            && all
                .into_iter()
                .map(|id| self.robot.session.info(id).unwrap())
                .all(|request| request.state.is_final() || is_of_mounts(request.operation))
    }

    /// When everything works and is there, everything has been done, but what needs a cleaner, labels
    /// of media nobody has seen again, and dismounts from drives that have taken their media along.
    pub fn assert_nobody_waits(&self) {
        let may_wait = |request: &LibraryRequest| match request.operation {
            LibraryOperation::CleanDrive | LibraryOperation::WriteFreeLabel => true,
            LibraryOperation::Dismount => request.drive.is_some_and(|drive| self.is_missing(drive)),
            _ => false,
        };
        let all = self.robot.session.list::<LibraryRequestId>(None).unwrap();
        for request in all.into_iter().map(|id| self.robot.session.info(id).unwrap()) {
            assert!(request.state.is_final() || may_wait(&request), "{request:?}");
        }
    }

    /// Whether people are asked for the medium, or somebody has it.
    fn is_kept_from(&self, media: LogicalMediaId) -> bool {
        let Some(owned) = self.owned.iter().find(|owned| owned.id == media) else { return true };
        let medium = self.robot.medium(owned.medium);
        let is_here = matches!(medium.location, Some(Location::Slot(_)));
        let asked = || !self.open_requests().is_empty();
        let is_mounted = medium.media_state == MediaState::Loaded;
        is_mounted || self.lies_in_reserved_drive(&medium) || (!is_here && asked())
    }

    fn lies_in_reserved_drive(&self, medium: &PhysicalMedia) -> bool {
        let Some(Location::Drive(drive)) = medium.location else { return false };
        self.robot.drive(drive).reservation.is_some()
    }

    /// Whether so many drives can be had.
    fn are_drives_free(&self, count: usize) -> bool {
        let drives = self.robot.drives().into_iter();
        let is_free = |drive: &Drive| {
            drive.state == DriveState::Dismounted
                && drive.reservation.is_none()
                && drive.common.enabled
                && drive.common.operational_state == OperationalState::Ready
        };
        drives.filter(is_free).count() >= count
    }

    fn is_missing(&self, drive: DriveId) -> bool {
        self.robot.drive(drive).common.operational_state == OperationalState::NotPresent
    }

    /// After everything has been read the catalog knows every cartridge where it is.
    pub fn assert_catalog_agrees(&self) {
        let mut places = BTreeMap::new();
        for medium in self.robot.media() {
            let slot = match medium.location {
                Some(Location::Slot(slot)) => slot,
                // A drive that is not there any more has taken it along, for all anybody knows.
                Some(Location::Drive(drive)) if self.is_missing(drive) => continue,
                elsewhere => panic!("{medium:?} is not in a slot but in {elsewhere:?}"),
            };
            let number = self.robot.session.info(slot).unwrap().number;
            let other = places.insert(number, medium.id);
            assert_eq!(other, None, "two media in slot {number}");
        }
        for (number, place) in (1..).zip(&self.slots) {
            let inside = self.robot.device.hands().look(*place).unwrap();
            // Where nobody reads bar codes the cleaner is a medium that cannot be read.
            if inside != Some(CLEANER) {
                assert_eq!(inside.is_some(), places.contains_key(&number), "slot {number}");
            }
        }
    }
}
