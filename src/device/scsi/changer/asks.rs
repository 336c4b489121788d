//! Commands that changers have in common with other devices.

use super::ScsiChanger;
use crate::device::DeviceResult;
use crate::device::scsi::Command;
use crate::device::scsi::reply::Fields;

pub(super) const fn test_unit_ready() -> Command {
    Command::six("TEST UNIT READY", [0; 6])
}

pub(super) fn prevent_allow_medium_removal(prevent: bool) -> Command {
    Command::six("PREVENT ALLOW MEDIUM REMOVAL", [0x1E, 0, 0, 0, u8::from(prevent), 0])
}

impl ScsiChanger {
    /// A mode page, from its own header on.
    pub(super) fn mode_page(&self, code: u8) -> DeviceResult<Vec<u8>> {
        let mut buffer = [0; 255];
        let command = Command::six("MODE SENSE", [0x1A, 0x08, code, 0, 255, 0]);
        let length = self.unit.read(&command, &mut buffer)?;
        let answer = Fields::new("mode data", buffer.get(..length).unwrap_or(&buffer));
        let all = answer.part(0, usize::from(answer.byte(0)?) + 1);
        let page = all.rest(4 + usize::from(all.byte(3)?));
        Ok(page.bytes().to_vec())
    }
}
