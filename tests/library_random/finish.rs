//! The library is given back and attached again; and in the end everything is as it should be.

use std::sync::Arc;
use std::time::Duration;

use rsm::clock::Clock;
use rsm::device::{ElementKind, LibraryDevice};
use rsm::model::{InventoryMethod, LogicalMediaId, MountOptions, MountRequest};

use super::acme;
use super::hall::CLEANER;
use super::robot::IMMEDIATE;
use super::world::{Owned, World};

impl World {
    pub fn attach(&mut self) {
        for tries in 0.. {
            let device = self.robot.device.clone() as Arc<dyn LibraryDevice>;
            let attached = self.robot.manager.attach(device);
            if let Some(library) = self.outcome("attach", attached) {
                assert_eq!(library, self.robot.library);
                break;
            }
            assert!(tries < 10, "the library cannot be attached");
        }
    }

    /// The library is detached, and attached again.
    pub fn come_back(&mut self) {
        if !self.mounted.is_empty() {
            return;
        }
        let detached = self.robot.manager.detach(self.robot.library);
        if self.outcome("detach", detached).is_some() {
            self.reach_in();
            self.robot.settle();
            self.attach();
        }
    }

    /// When everything works again, everything that was acknowledged is there.
    pub fn finish(&mut self) {
        self.note("finish".to_owned());
        self.robot.device.clear_faults();
        self.see_everybody_off();
        self.close_everything();
        self.help();
        (0..2).for_each(|session| self.close(session));
        self.mounted.clear();
        self.robot.settle();
        self.assert_at_rest();
        // People have seen to everything, and the library is taken into use again.
        self.satisfy_everybody();
        self.robot.clock.pause(Duration::from_secs(3600));
        self.robot.settle();
        self.enable_everything();
        self.satisfy_everybody();
        self.robot.clock.pause(Duration::from_secs(3600));
        self.robot.settle();
        self.assert_orders_have_ended();
        self.empty_ports();
        let detached = self.robot.manager.detach(self.robot.library);
        assert!(self.outcome("detach", detached).is_some());
        self.attach();
        self.robot.settle();
        self.satisfy_everybody();
        self.robot.settle();
        self.bring_everything();
        for _ in 0..2 {
            self.robot.look(InventoryMethod::FullLabelRead);
            self.robot.check();
        }
        self.robot.assert_all_in_slots(self.inside());
        self.assert_nobody_waits();
        self.assert_catalog_agrees();
        let everybody: Vec<LogicalMediaId> = self.owned.iter().map(|owned| owned.id).collect();
        for media in everybody {
            let request = MountRequest::from(media).options(MountOptions::ERROR_IF_OFFLINE);
            let result = self.sessions[0].mount(request);
            let name = self.name(media);
            let mount = self.outcome(&format!("mount {name}"), result);
            if let Some(mount) = mount {
                self.examine(&mount, media);
                mount.dismount(IMMEDIATE).unwrap();
                self.robot.settle();
            } else {
                let owned = self.owned.iter().find(|owned| owned.id == media).unwrap();
                let is_excused = owned.torn
                    || owned.written.is_some() && !owned.told
                    || owned.written.is_none() && self.spoiled.contains(&owned.medium);
                assert!(is_excused, "an acknowledged medium is lost: {name}");
            }
            self.robot.check();
        }
        self.audit();
    }

    /// How many cartridges are not outside.
    pub fn inside(&self) -> usize {
        let outside = self.robot.device.hands().outside().unwrap();
        assert!(outside.iter().all(|id| *id == CLEANER), "{outside:?}");
        self.hall.cartridges() - outside.len()
    }

    /// Reads the cartridges past the manager: nobody's data was written over.
    pub fn audit(&mut self) {
        self.robot.manager.detach(self.robot.library).unwrap();
        let device = &self.robot.device;
        let changer = &device.changers()[0];
        let place = device.drive_places()[0];
        let drive = device.drives().pop().unwrap();
        // They may have something to tell first.
        while changer.ready().is_err() || drive.status().is_err() {}
        let everything = device.hands().elements().unwrap();
        let inside = everything.iter().filter(|seen| seen.cartridge.is_some()).count();
        assert_eq!(inside, self.inside());
        for seen in everything.into_iter().filter(|seen| seen.kind == ElementKind::Slot) {
            let Some(id) = seen.cartridge else { continue };
            let is_here = |o: &&Owned| o.cartridge == Some(id) && !o.torn && o.written.is_some();
            let Some(owned) = self.owned.iter().find(is_here) else { continue };
            changer.move_medium(seen.place.address, place.address, false).unwrap();
            drive.load().unwrap();
            let blocks = acme::blocks(drive.open().unwrap().as_mut()).unwrap();
            let (number, version) = owned.written.unwrap();
            let expected = [acme::label(number), acme::data(number, version)];
            assert_eq!(blocks, expected, "data on {id:?} was written over");
            drive.unload().unwrap();
            changer.move_medium(place.address, seen.place.address, false).unwrap();
        }
    }
}
