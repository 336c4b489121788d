//! Applications: they allocate, mount, write, and give back.

use rsm::Mount;
use rsm::device::simulated::{CartridgeId, Place};
use rsm::device::{DeviceError, DeviceErrorKind};
use rsm::model::{
    Access, AllocateRequest, LabelUpdate, LogicalMediaId, MountOptions, MountRequest,
};

use super::acme;
use super::robot::{DEFERRED, IMMEDIATE};
use super::world::{Mounted, Owned, World};

impl World {
    pub fn allocate(&mut self) {
        let session = &self.sessions[self.dice.below(2)];
        let request = AllocateRequest::from(self.pool).error_if_unavailable();
        let result = session.allocate_media(request);
        if let Some(allocation) = self.outcome("allocate", result) {
            let id = allocation.logical_media;
            let medium = allocation.physical_media;
            let owned =
                Owned { id, medium, cartridge: None, written: None, told: false, torn: false };
            self.owned.push(owned);
        }
    }

    pub fn mount(&mut self) {
        let Some(owned) = Self::any(&mut self.dice, &self.owned) else { return };
        let media = owned.id;
        let writable = self.dice.below(3) > 0;
        let index = self.dice.below(2);
        let session = &self.sessions[index];
        let at_once = MountOptions::ERROR_IF_UNAVAILABLE | MountOptions::ERROR_IF_OFFLINE;
        let request = MountRequest::from(media).options(at_once);
        let request = if writable { request.for_writing() } else { request };
        let result = session.mount(request);
        let what = format!("mount {}", self.name(media));
        let Some(mount) = self.outcome(&what, result) else { return };
        self.examine(&mount, media);
        self.mounted.push(Mounted { mount, media, writable, session: index });
    }

    pub fn name(&self, media: LogicalMediaId) -> String {
        let owned = self.owned.iter().find(|owned| owned.id == media);
        owned.map_or_else(
            || "former".to_owned(),
            |o| format!("{:?} {:?} told {} torn {}", o.cartridge, o.written, o.told, o.torn),
        )
    }

    /// The cartridge in the drive of a mount.
    pub fn cartridge_of(&self, mount: &Mount) -> CartridgeId {
        let drive = self.robot.drive(mount.drive());
        let is_meant = |place: &Place| {
            drive.device_name.ends_with(&format!(" {}.{}", place.changer, place.address))
        };
        let place = self.robot.device.drive_places().into_iter().find(is_meant).unwrap();
        self.robot.device.hands().look(place).unwrap().expect("a mounted cartridge")
    }

    /// Never the wrong medium.
    pub fn examine(&mut self, mount: &Mount, media: LogicalMediaId) {
        self.mounts += 1;
        let here = self.cartridge_of(mount);
        let read = acme::read(mount);
        let index = self.owned.iter().position(|owned| owned.id == media).expect("owned");
        let owned = &mut self.owned[index];
        let cartridge = *owned.cartridge.get_or_insert(here);
        assert_eq!(cartridge, here, "another cartridge was mounted");
        let (written, torn) = (owned.written, owned.torn);
        // The drive may be gone, or the medium bad.
        let Ok(Ok(blocks)) = read else { return };
        match written {
            Some((number, version)) if !torn => {
                let expected = [acme::label(number), acme::data(number, version)];
                assert_eq!(blocks, expected, "the medium has not its own content");
            }
            _ => {
                let other = blocks.first().and_then(|block| acme::number(block));
                let is_others = |o: &Owned| o.id != media && o.written.map(|w| w.0) == other;
                assert!(
                    other.is_none() || !self.owned.iter().any(is_others),
                    "the medium has the content of {other:?}"
                );
            }
        }
    }

    pub fn write(&mut self) {
        let writable: Vec<usize> = (0..self.mounted.len())
            .filter(|index| {
                let m = &self.mounted[*index];
                m.writable && self.owned.iter().any(|owned| owned.id == m.media)
            })
            .collect();
        let Some(&index) = Self::any(&mut self.dice, &writable) else { return };
        let media = self.mounted[index].media;
        let forgets = self.dice.below(8) == 0;
        if let Err(error) = self.mounted[index].mount.open(Access::Write) {
            return self.note(format!("the drive cannot be used: {error}"));
        }
        let owned = self.owned.iter_mut().find(|owned| owned.id == media).expect("owned");
        let (number, version) = owned.written.unwrap_or_else(|| {
            self.labels += 1;
            (self.labels, 0)
        });
        owned.torn = true;
        owned.written = Some((number, version + 1));
        let done = acme::write(&self.mounted[index].mount, number, version + 1);
        let done = done.unwrap_or_else(|error| {
            Err(DeviceError::new(DeviceErrorKind::Gone, error.to_string()))
        });
        let mut what = format!("write {number} version {}: {done:?}", version + 1);
        if done.is_ok() {
            owned.torn = false;
            if !owned.told && !forgets {
                let label = acme::label(number);
                self.sessions[0].update_omid(media, LabelUpdate::Raw(&label)).expect("reported");
                owned.told = true;
                what.push_str(", reported");
            }
        }
        self.note(what);
    }

    pub fn dismount(&mut self) {
        if self.mounted.is_empty() {
            return;
        }
        let mounted = self.mounted.swap_remove(self.dice.below(self.mounted.len()));
        let options = if self.dice.below(2) == 0 { IMMEDIATE } else { DEFERRED };
        let what = format!("dismount {} {options:?}", self.name(mounted.media));
        let result = mounted.mount.dismount(options);
        assert!(self.outcome(&what, result).is_some(), "a mount can be dismounted");
    }

    pub fn deallocate(&mut self) {
        if self.owned.is_empty() {
            return;
        }
        let owned = self.owned.swap_remove(self.dice.below(self.owned.len()));
        if owned.torn || owned.written.is_some() && !owned.told {
            self.spoiled.push(owned.medium);
        }
        let what = format!("deallocate {:?} {:?}", owned.cartridge, owned.written);
        let result = self.sessions[0].deallocate_media(owned.id);
        assert!(self.outcome(&what, result).is_some(), "an owned medium can be released");
    }
}
