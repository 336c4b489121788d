//! What the catalog says and what is where, for whoever looks for an error.

use rsm::model::{LibraryRequestId, PortId};

use super::world::{SLOTS, World};

impl World {
    /// What the catalog says and what is where, for whoever looks for an error.
    pub fn show(&self) {
        for medium in self.robot.all_media() {
            let side = self.robot.side(medium.id);
            let label = side.label.map(|l| l.label_id.escape_ascii().to_string());
            let owner = side.logical_media;
            println!(
                "{} {:?} {:?} {:?} {:?} label {label:?} owner {owner:?}",
                medium.common.name,
                medium.bar_code,
                medium.media_state,
                medium.location,
                side.state
            );
        }
        for drive in self.robot.drives() {
            println!(
                "{} {:?} {:?}",
                drive.common.name, drive.state, drive.common.operational_state
            );
        }
        self.show_requests();
        for number in 1..=SLOTS {
            println!("slot {number} {:?}", self.robot.slot_state(number));
        }
        for seen in self.robot.device.hands().elements().unwrap() {
            if let Some(id) = seen.cartridge {
                let code = self.robot.device.hands().bar_code(id);
                println!("{:?} {} {id:?} {code:?}", seen.kind, seen.place.address);
            }
        }
    }

    /// What has not been done, and what people are asked for.
    pub fn show_requests(&self) {
        let requests: Vec<LibraryRequestId> = self.robot.session.list(None).unwrap();
        for request in requests.into_iter().map(|id| self.robot.session.info(id).unwrap()) {
            if !request.state.is_final() {
                let (operation, state) = (request.operation, request.state);
                println!("{operation:?} {state:?} {:?} {:?}", request.reason, request.medium);
            }
        }
        let ports: Vec<PortId> = self.robot.session.list(Some(self.robot.library.into())).unwrap();
        for port in ports.into_iter().map(|id| self.robot.session.info(id).unwrap()) {
            println!("{} {:?} {:?}", port.common.name, port.content, port.position);
        }
        for asked in self.robot.session.operator_requests().unwrap() {
            println!("asked: {:?}", asked.request.task);
        }
    }
}
