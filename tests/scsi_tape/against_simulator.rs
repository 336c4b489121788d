//! The same verbs on a simulated tape, whose meaning is the reference, and on drives of several
//! habits.

use proptest::prelude::*;
use rsm::device::Drive;
use rsm::device::simulated::Cartridge;

use super::tape_drive::{Habits, Tape};
use super::verbs::{act, reference, verb};

fn habits() -> impl Strategy<Value = Habits> {
    let good = any::<[bool; 4]>().prop_map(|[a, b, c, d]| Habits {
        tells_position: true,
        has_long_form: a || b,
        has_locate: b,
        descriptors: c,
        tells_residual: d || !(a || b),
        ..Habits::GOOD
    });
    prop_oneof![3 => good, 1 => Just(Habits::EMULATOR)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn drives_do_what_the_simulator_does(
        habits in habits(),
        verbs in prop::collection::vec(verb(), 0..40),
        capacity in 400..3000u64,
    ) {
        let warning = 300;
        // Nobody can tell where a full tape stands if the drive does not.
        let capacity = if habits.tells_position { capacity } else { 1 << 20 };
        let cartridge = Cartridge::new().capacity(capacity).early_warning(warning);
        let mut expected = reference(cartridge).open().unwrap();
        let mut tape = Tape::new(habits);
        (tape.capacity, tape.early_warning) = (capacity, warning);
        let (drive, ..) = tape.drive();
        let mut medium = drive.open().unwrap();
        medium.rewind().unwrap();
        for (number, verb) in verbs.into_iter().enumerate() {
            let number = number as u8;
            prop_assert_eq!(
                act(&mut *medium, verb, number),
                act(&mut *expected, verb, number),
                "{}: {:?}", number, verb
            );
        }
    }
}
