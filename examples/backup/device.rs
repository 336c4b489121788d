//! Real libraries: the one behind a device that a user names.

use std::path::Path;
use std::sync::Arc;

use rsm::device::LibraryDevice;
use rsm::device::scsi::discover::{self, Discovered, DiscoveredLibrary, Discovery};
use rsm::device::scsi::{ScsiLibrary, Transport};

use crate::failure::{Explain, Failure, Result};

/// Opens the library of `/dev/sgN` or `iscsi://host:port/target[/unit]`: of a changer with the
/// drives it names, or of a drive that stands alone. Of a target without a unit it is the first
/// changer's.
pub fn library(device: &str) -> Result<Arc<dyn LibraryDevice>> {
    let (found, wanted) = look(device)?;
    let is_it = |one: &Discovered| match &wanted {
        Some(name) => one.identity.device_name == *name,
        None => true,
    };
    let (libraries, alone) = found.libraries();
    let library = match libraries.iter().find(|library| is_it(&library.changer)) {
        Some(library) => robotic(library),
        None => match alone.iter().find(|drive| is_it(drive)) {
            Some(drive) => ScsiLibrary::stand_alone(transport(drive)),
            None => return Err(nothing(device, &found)),
        },
    };
    Ok(Arc::new(library.explain(|| format!("the library {device} cannot be used"))?))
}

fn robotic(library: &DiscoveredLibrary) -> rsm::device::DeviceResult<ScsiLibrary> {
    let builder = ScsiLibrary::builder().changer(transport(&library.changer));
    let drives = library.drives.iter().map(transport);
    drives.fold(builder, |builder, drive| builder.drive(drive)).build()
}

fn transport(device: &Discovered) -> Arc<dyn Transport> {
    Arc::clone(device.unit.transport())
}

/// The devices to choose from, and the name of the one that is meant if there is a choice.
fn look(device: &str) -> Result<(Discovery, Option<String>)> {
    if device.starts_with("iscsi://") {
        return behind(device);
    }
    let node = Path::new(device).canonicalize().explain(|| format!("there is no {device}"))?;
    Ok((discover::host(), Some(node.display().to_string())))
}

#[cfg(feature = "iscsi")]
fn behind(device: &str) -> Result<(Discovery, Option<String>)> {
    use rsm::device::scsi::{IscsiOptions, IscsiUrl};

    let url: IscsiUrl = device.parse().explain(|| format!("{device} cannot be used"))?;
    let found = discover::target(&url, &IscsiOptions::new());
    let found = found.explain(|| format!("{url} cannot be reached"))?;
    Ok((found, url.unit().map(|_| url.to_string())))
}

#[cfg(not(feature = "iscsi"))]
fn behind(_: &str) -> Result<(Discovery, Option<String>)> {
    Err(Failure::new("this program was built without iSCSI").advise("build with --features iscsi"))
}

fn nothing(device: &str, found: &Discovery) -> Failure {
    let failure = Failure::new(format!("{device} is no changer and no drive that stands alone"));
    match found.failures.first() {
        Some((name, error)) => failure.caused_by(format!("{name}: {error}")),
        None => failure.advise("name the changer of the library"),
    }
}
