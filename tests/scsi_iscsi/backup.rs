//! The example for backups.

use crate::backup_on_device::back_up;
use crate::tgt::{Layout, Tgt, wanted};

const TAPE: u32 = 2;

#[test]
fn the_example_backs_up_to_a_library_and_restores_from_it() {
    if !wanted() {
        return;
    }
    let tapes = "A00001L6 A00002L6 A00003L6 A00004L6".to_owned();
    let library = Tgt::start(&Layout { tapes, size: TAPE, ..Layout::default() });
    back_up(&library.target_url(), (TAPE as usize) << 20);
}
