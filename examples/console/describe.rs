//! Records of the catalog in words.

use std::sync::LazyLock;

use rsm::model::{
    DoorState, Drive, DriveState, InsertEjectDoor, InsertEjectPort, LibraryOperation,
    LibraryRequest, OperationalState, PhysicalMedia, PhysicalMediaId, PortContent, PortPosition,
    StorageSlot,
};

use crate::source::LastMount;
use crate::view::picture::{Health, Part};
use crate::view::text::clean;

/// The name under which the library manager works for itself.
const MANAGER: &str = "RSM";

/// The user of this process, as sessions call it.
pub fn me() -> &'static str {
    static ME: LazyLock<String> = LazyLock::new(|| std::env::var("USER").unwrap_or_default());
    &ME
}

/// An application and its user.
pub fn user(application: &str, user: &str) -> String {
    match (clean(application), clean(user)) {
        (application, _) if application == MANAGER => "the library itself".to_owned(),
        (application, user) if user.is_empty() => application,
        (application, number) if number.chars().all(|letter| letter.is_ascii_digit()) => {
            format!("{application} (user {number})")
        }
        (application, user) => format!("{application} ({user})"),
    }
}

pub fn medium(record: &PhysicalMedia) -> String {
    match (clean(&record.bar_code), clean(&record.common.name)) {
        (bar_code, name) if name.is_empty() || bar_code == name => bar_code,
        (bar_code, name) if bar_code.is_empty() => name,
        (bar_code, name) => format!("{bar_code} ({name})"),
    }
}

pub fn health(record: &rsm::model::Library) -> Health {
    match record.common.operational_state {
        OperationalState::Ready => Health::Ready,
        OperationalState::Initializing => Health::Starting,
        OperationalState::NotPresent => Health::Unserved,
        OperationalState::NeedsService => {
            Health::NeedsService(clean(record.trouble.as_deref().unwrap_or_default()))
        }
    }
}

/// What is the matter with a part, if anything is.
fn trouble(state: OperationalState, enabled: bool) -> Option<&'static str> {
    match state {
        OperationalState::NeedsService => Some("NEEDS SERVICE"),
        OperationalState::NotPresent => Some("NOT THERE"),
        _ if !enabled => Some("DISABLED"),
        OperationalState::Initializing => Some("starting"),
        OperationalState::Ready => None,
    }
}

pub fn drive(
    drive: &Drive,
    medium: Option<PhysicalMediaId>,
    inside: String,
    last: Option<&LastMount>,
) -> Part {
    let state = match drive.state {
        DriveState::Dismounted => "empty",
        DriveState::Mounted => "getting ready",
        DriveState::Loaded => "in use",
        DriveState::Unloaded => "medium to take out",
        DriveState::BeingCleaned => "being cleaned",
        DriveState::Dismountable => "free, not emptied",
    };
    let wrong = trouble(drive.common.operational_state, drive.common.enabled);
    let is_used = matches!(drive.state, DriveState::Mounted | DriveState::Loaded);
    let last = last.filter(|last| is_used && medium.is_some() && last.medium == medium);
    let (user, since) = match (&drive.reservation, last) {
        (_, Some(last)) => (last.user.clone(), Some(last.since)),
        (Some(holder), None) => {
            let user = user(&holder.application, &holder.user);
            (format!("kept for {user}"), Some(holder.since))
        }
        (None, None) => (String::new(), None),
    };
    Part {
        name: format!("Drive {}", drive.number),
        state: wrong.unwrap_or(state).to_owned(),
        is_wrong: wrong.is_some(),
        inside,
        user,
        since,
    }
}

pub fn port(port: &InsertEjectPort) -> Part {
    let position = match port.position {
        PortPosition::Extended => "out",
        PortPosition::Retracted => "in",
        PortPosition::Unknown => "in or out",
    };
    let inside = match port.content {
        PortContent::Full => "holds a medium",
        PortContent::Empty => "empty",
        PortContent::Unknown => "",
    };
    part(format!("Port {}", port.number), position, inside)
}

pub fn door(door: &InsertEjectDoor) -> Part {
    let state = match door.state {
        DoorState::Open => "OPEN",
        DoorState::Closed => "closed",
        DoorState::Unknown => "open or closed",
    };
    let is_wrong = door.state == DoorState::Open;
    Part { is_wrong, ..part(format!("Door {}", door.number), state, "") }
}

/// The place of the cleaning cartridge.
pub fn cleaner(slot: &StorageSlot, uses: u32) -> Part {
    let state = match uses {
        0 => "USED UP or missing".to_owned(),
        u32::MAX => "not counted".to_owned(),
        uses => format!("{uses} uses left"),
    };
    let place = format!("slot {}", slot.number);
    Part { is_wrong: uses == 0, ..part("Cleaner".to_owned(), &state, &place) }
}

fn part(name: String, state: &str, inside: &str) -> Part {
    Part { name, state: state.to_owned(), inside: inside.to_owned(), ..Part::default() }
}

pub fn operation(operation: LibraryOperation) -> &'static str {
    match operation {
        LibraryOperation::RemoveRequest => "Stop something",
        LibraryOperation::DisableLibrary => "Disable the library",
        LibraryOperation::EnableLibrary => "Enable the library",
        LibraryOperation::DisableDrive => "Disable a drive",
        LibraryOperation::EnableDrive => "Enable a drive",
        LibraryOperation::DisableMedia => "Disable a medium",
        LibraryOperation::EnableMedia => "Enable a medium",
        LibraryOperation::UpdateLabel => "Note a label",
        LibraryOperation::Inventory => "Inventory",
        LibraryOperation::DoorAccess => "Door for people",
        LibraryOperation::Eject => "Put out",
        LibraryOperation::EjectCleaner => "Put out the cleaner",
        LibraryOperation::Inject => "Take in",
        LibraryOperation::InjectCleaner => "Take in a cleaner",
        LibraryOperation::ProcessLabel | LibraryOperation::Classify => "Read label",
        LibraryOperation::CleanDrive => "Clean",
        LibraryOperation::Dismount => "Dismount",
        LibraryOperation::Mount => "Mount",
        LibraryOperation::WriteFreeLabel => "Write free label",
        LibraryOperation::ReserveCleanerSlot => "Keep a slot for the cleaner",
        LibraryOperation::ReleaseCleanerSlot => "Give up the cleaner's slot",
    }
}

/// What a library is to do.
pub fn work(record: &LibraryRequest, medium: Option<String>, drive: Option<u32>) -> String {
    let mut text = operation(record.operation).to_owned();
    if let Some(medium) = medium {
        text.push_str(&format!(" {medium}"));
    }
    if let Some(drive) = drive {
        text.push_str(&format!(", drive {drive}"));
    }
    text
}
