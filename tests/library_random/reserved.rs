//! Drives that sessions keep for themselves meanwhile.

use rsm::model::{DriveId, DriveSelector, Timeout};
use rsm::{DriveReservation, ErrorKind};

use super::world::World;

/// A drive that a session keeps, unless the library took it away.
pub struct Reserved {
    session: usize,
    reservation: DriveReservation,
}

impl World {
    /// A drive, or any.
    pub fn reserve(&mut self) {
        let drives = self.robot.session.list::<DriveId>(Some(self.robot.library.into())).unwrap();
        let named = self.dice.below(2) == 0;
        let drive = Self::any(&mut self.dice, &drives).copied().filter(|_| named);
        let selector = drive.map_or(self.robot.library.into(), DriveSelector::from);
        let session = self.dice.below(2);
        let what = format!("session {session} reserves {}", drive.map_or("any", |_| "a drive"));
        let result = self.sessions[session].reserve_drive(selector, Timeout::NoWait);
        if let Some(reservation) = self.outcome(&what, result) {
            let drive = reservation.drive();
            let holder = self.robot.drive(drive).reservation.expect("it is kept");
            assert_eq!(holder.owner, self.sessions[session].owner_id().unwrap());
            self.reserved.push(Reserved { session, reservation });
        }
    }

    pub fn release(&mut self) {
        if self.reserved.is_empty() {
            return;
        }
        let at = self.dice.below(self.reserved.len());
        let Reserved { session, reservation } = self.reserved.swap_remove(at);
        let what = format!("session {session} releases its drive");
        if self.dice.below(3) == 0 {
            drop(reservation);
            return self.note(what);
        }
        let result = reservation.release();
        let kind = result.as_ref().err().map(rsm::Error::kind);
        let expected =
            [None, Some(ErrorKind::DeviceNotAvailable), Some(ErrorKind::ResourceDisabled)];
        assert!(expected.contains(&kind), "{kind:?}");
        let _ = self.outcome(&what, result);
    }

    /// A session that is closed keeps nothing.
    pub fn forget_reserved(&mut self, session: usize) {
        self.reserved.retain(|reserved| reserved.session != session);
    }

    /// What was mounted in a reserved drive is its owner's.
    pub fn assert_reserved_drives_are_their_owners(&self) {
        for info in self.robot.session.drive_reservations().unwrap() {
            let mounted = self.mounted.iter().find(|mounted| mounted.mount.drive() == info.drive);
            let Some(mounted) = mounted else { continue };
            let user = self.sessions[mounted.session].owner_id().unwrap();
            assert_eq!(user, info.holder.owner);
        }
    }
}
