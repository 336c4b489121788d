//! Shows what SCSI changers and drives say of themselves. Read-only: nothing is moved, loaded,
//! written, reserved or set.
//!
//! ```text
//! scsi_inspect                                   every changer and drive of this computer
//! scsi_inspect --device /dev/sg3                 this one
//! scsi_inspect --device iscsi://host/target      all of a target, with --features iscsi
//! scsi_inspect --device iscsi://host/target/1    this unit
//! ```
//!
//! Exit status: 0 all answered; 1 something did not; 2 wrong usage.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::error::Error;
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;
use rsm::device::scsi::command::tape::{PositionForm, read_position};
use rsm::device::scsi::discover::{self, Discovered, Discovery};
use rsm::device::scsi::reply::tape::ShortPosition;
use rsm::device::scsi::{ScsiChanger, ScsiDrive};
use rsm::device::{
    Changer, DeviceClass, DeviceErrorKind, DeviceIdentity, DeviceResult, Drive, DriveStatus,
    ElementKind, ElementStatus, Geometry, LoadedMedium, Occupancy, TapeAlerts, VolumeTag,
};

/// Shows what SCSI changers and drives say of themselves, and changes nothing.
#[derive(Parser)]
#[command(name = "scsi_inspect")]
struct Arguments {
    /// A node (/dev/sg3) or iscsi://[user%secret@]host[:port]/target[/unit]; without it, all of
    /// this computer
    #[arg(long, value_name = "DEVICE")]
    device: Option<String>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let found = match look(arguments.device.as_deref()) {
        Ok(found) => found,
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(1);
        }
    };
    let mut all_answered = found.failures.is_empty();
    for device in &found.devices {
        if let Err(error) = show(device) {
            println!("  error: {error}");
            all_answered = false;
        }
    }
    for (name, error) in &found.failures {
        println!("{name}\n  error: {error}");
    }
    if found.devices.is_empty() && found.failures.is_empty() {
        println!("no changers and no drives");
    }
    if all_answered { ExitCode::SUCCESS } else { ExitCode::from(1) }
}

/// What there is to show.
fn look(device: Option<&str>) -> Result<Discovery, Box<dyn Error>> {
    let Some(device) = device else { return Ok(discover::host()) };
    if device.starts_with("iscsi://") {
        return behind(device);
    }
    let node = Path::new(device).canonicalize()?;
    let is_it = |name: &str| Path::new(name) == node;
    let mut found = discover::host();
    found.devices.retain(|one| is_it(&one.identity.device_name));
    found.failures.retain(|(name, _)| is_it(name));
    match found.devices.is_empty() && found.failures.is_empty() {
        true => Err(format!("{device} is no changer and no drive").into()),
        false => Ok(found),
    }
}

#[cfg(feature = "iscsi")]
fn behind(device: &str) -> Result<Discovery, Box<dyn Error>> {
    use rsm::device::scsi::{IscsiOptions, IscsiUrl};

    let url: IscsiUrl = device.parse()?;
    let mut found = discover::target(&url, &IscsiOptions::new())?;
    if let Some(unit) = url.unit() {
        let name = url.with_unit(unit).to_string();
        found.devices.retain(|one| one.identity.device_name == name);
        found.failures.retain(|(failed, _)| *failed == name);
    }
    Ok(found)
}

#[cfg(not(feature = "iscsi"))]
fn behind(_: &str) -> Result<Discovery, Box<dyn Error>> {
    Err("built without iSCSI: build with --features iscsi".into())
}

fn show(device: &Discovered) -> DeviceResult<()> {
    let DeviceIdentity { vendor, product, revision, serial, device_name, class, address } =
        &device.identity;
    println!("{device_name}");
    println!("  {class:?}: {vendor} {product}, firmware {revision}, serial number {serial}");
    if let Some(at) = address {
        println!("  at host {} bus {} target {} unit {}", at.port, at.bus, at.target, at.lun);
    }
    match class {
        DeviceClass::Changer => show_changer(&ScsiChanger::new(device.unit.clone())?),
        _ => show_drive(device),
    }
}

/// Asks again what the device did not answer for having something to tell first, and shows that.
fn ask<T>(question: impl Fn() -> DeviceResult<T>) -> DeviceResult<T> {
    for _ in 0..8 {
        match question() {
            Err(error) if matches!(error.kind(), DeviceErrorKind::LookAgain(_)) => {
                println!("  it tells: {error}");
            }
            answer => return answer,
        }
    }
    question()
}

fn show_changer(changer: &ScsiChanger) -> DeviceResult<()> {
    match ask(|| changer.ready()) {
        Ok(()) => println!("  ready"),
        Err(error) => println!("  not ready: {error}"),
    }
    let geometry = ask(|| changer.geometry())?;
    println!(
        "  {} robot hands, {} slots, {} import/export elements, {} drives",
        geometry.transports.count,
        geometry.slots.count,
        geometry.ports.count,
        geometry.drives.count
    );
    let told = |so: bool| if so { "yes" } else { "no" };
    println!(
        "  bar-code reader: {}, turns media over: {}, looks at a range: {}",
        told(geometry.bar_code_reader),
        told(geometry.can_flip),
        told(geometry.initializes_range)
    );
    for kind in [ElementKind::Transport, ElementKind::Drive, ElementKind::Port, ElementKind::Slot] {
        show_elements(changer, &geometry, kind)?;
    }
    Ok(())
}

/// The elements of a kind; those that are empty and have nothing to tell are only counted.
fn show_elements(
    changer: &ScsiChanger,
    geometry: &Geometry,
    kind: ElementKind,
) -> DeviceResult<()> {
    let range = geometry.range(kind);
    let (mut from, mut plain) = (0, 0);
    while let Some(first) = range.address(from) {
        let found = ask(|| changer.element_status(kind, first, range.count - from))?;
        let Some(last) = found.last() else { break };
        from = range.index_of(last.address).map_or(range.count, |index| index + 1);
        for status in &found {
            match line(status) {
                Some(line) => println!("  {kind:?} {}: {line}", status.address),
                None => plain += 1,
            }
        }
    }
    if plain > 0 {
        println!("  {kind:?}: {plain} empty");
    }
    Ok(())
}

fn line(status: &ElementStatus) -> Option<String> {
    let mut words = match status.occupancy {
        Occupancy::Empty => Vec::new(),
        Occupancy::Full => vec!["a cartridge".to_owned()],
        Occupancy::Unknown => vec!["perhaps a cartridge".to_owned()],
        Occupancy::NotPresent => vec!["not there".to_owned()],
    };
    for tag in [&status.volume_tag, &status.alternate_volume_tag] {
        match tag {
            VolumeTag::Absent => {}
            VolumeTag::Unreadable => words.push("bar code unreadable".to_owned()),
            VolumeTag::Read(text) => words.push(text.clone()),
        }
    }
    if let Some(source) = status.source {
        words.push(format!("from {source}"));
    }
    if let Some(device) = &status.device {
        words.push(format!("drive {} {} {}", device.vendor, device.product, device.serial));
    }
    if let Some(sense) = status.exception {
        words.push(format!("exception {sense}"));
    }
    if !status.accessible && status.occupancy == Occupancy::Full {
        words.push("out of reach".to_owned());
    }
    (!words.is_empty()).then(|| words.join(", "))
}

fn show_drive(device: &Discovered) -> DeviceResult<()> {
    let drive = ScsiDrive::new(device.unit.clone())?;
    match ask(|| drive.status())? {
        DriveStatus::Empty => println!("  no cartridge"),
        DriveStatus::BecomingReady => println!("  loading or unloading"),
        DriveStatus::Unloaded => println!("  a cartridge that is not loaded"),
        DriveStatus::NotUsable => println!("  a cartridge it cannot use"),
        DriveStatus::Ready(medium) => {
            println!("  loaded: {}", loaded(&medium));
            show_position(device);
        }
    }
    match ask(|| drive.health()) {
        Ok(health) => println!("  alerts: {}", alerts(health.alerts)),
        Err(error) => println!("  alerts: not told ({error})"),
    }
    Ok(())
}

fn loaded(medium: &LoadedMedium) -> String {
    let mut words = Vec::new();
    if let Some(density) = medium.density {
        words.push(format!("density {density:02X}h"));
    }
    if let Some(serial) = &medium.serial {
        words.push(format!("cartridge {serial}"));
    }
    if medium.write_protected {
        words.push("write protected".to_owned());
    }
    if medium.write_once {
        words.push("can be written once".to_owned());
    }
    if words.is_empty() { "it tells nothing of it".to_owned() } else { words.join(", ") }
}

/// Where a tape stands; other media have no position.
fn show_position(device: &Discovered) {
    if device.identity.class != DeviceClass::Tape {
        return;
    }
    let position = ask(|| {
        let mut answer = [0; 20];
        device.unit.read(&read_position(PositionForm::Short), &mut answer)?;
        Ok(ShortPosition::read(&answer))
    });
    match position {
        Ok(Ok(ShortPosition { beginning: true, .. })) => println!("  position: at the beginning"),
        Ok(Ok(ShortPosition { object: Some(object), .. })) => println!("  position: {object}"),
        Ok(Ok(_)) => println!("  position: not known"),
        Ok(Err(error)) => println!("  position: not told ({error})"),
        Err(error) => println!("  position: not told ({error})"),
    }
}

fn alerts(alerts: TapeAlerts) -> String {
    let raised: Vec<_> =
        (1..=64).filter(|&number| alerts.has(number)).map(|number| number.to_string()).collect();
    if raised.is_empty() { "none".to_owned() } else { raised.join(", ") }
}
