//! The day, from its beginning to its end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rsm::model::{DeviceEvent, DeviceEventKind};
use rsm::model::{Drive, DriveId, HistoryOf, Timeout};

use crate::Failure;
use crate::journal::Span;
use crate::lanes::Lane;
use crate::setting::Setting;
use crate::{applications, cleaner, operator, troubles};

/// What is left of it.
pub struct Day {
    pub setting: Arc<Setting>,
    /// In the order of their places.
    pub drives: Vec<Drive>,
    pub lanes: Vec<Lane>,
    /// What happened to drives and media, oldest first.
    pub events: Vec<DeviceEvent>,
}

/// How many entries of the history are read at once.
const PAGE: u32 = 1_000;

pub fn live(setting: Setting) -> Result<Day, Failure> {
    let (setting, is_over) = (Arc::new(setting), Arc::new(AtomicBool::new(false)));
    let person = operator::start(&setting, &is_over)?;
    let others = [troubles::start(&setting)?, cleaner::soil(&setting)?];
    let workers = applications::start(&setting)?;
    for thread in workers.into_iter().chain(others) {
        thread.join().map_err(|_| "an application panicked")?;
    }
    is_over.store(true, Ordering::SeqCst);
    person.join().map_err(|_| "the operator panicked")?;
    setting.manager.wait_until_idle(Timeout::Forever)?;
    setting.watched.finish();
    let broken = setting.manager.check()?;
    if !broken.is_empty() {
        return Err(format!("the catalog is not as it must be: {broken:?}").into());
    }
    let drives = drives(&setting)?;
    let events = events(&setting)?;
    let numbered = drives.iter().enumerate();
    let lanes = numbered
        .map(|(n, drive)| Lane::new(&setting, n, drive.id, &out(&setting, &events, drive.id)));
    let lanes = lanes.collect();
    Ok(Day { drives, lanes, events, setting })
}

fn drives(setting: &Setting) -> Result<Vec<Drive>, Failure> {
    let session = setting.manager.session("report")?;
    let ids: Vec<DriveId> = session.list(Some(setting.library.into()))?;
    let mut drives = ids.into_iter().map(|id| session.info(id)).collect::<Result<Vec<_>, _>>()?;
    let serials = setting.watched.serials();
    drives.sort_by_key(|drive| serials.iter().position(|one| *one == drive.serial_number));
    Ok(drives)
}

fn events(setting: &Setting) -> Result<Vec<DeviceEvent>, Failure> {
    let session = setting.manager.session("report")?;
    let mut all: Vec<DeviceEvent> = Vec::new();
    loop {
        let before = all.last().map(|event| event.number);
        let page = session.device_history(HistoryOf::Everything, before, PAGE)?;
        if page.is_empty() {
            break;
        }
        all.extend(page);
    }
    all.retain(|event| setting.since(event.time) >= setting.day.begin);
    all.reverse();
    Ok(all)
}

/// When a drive was out of service.
fn out(setting: &Setting, events: &[DeviceEvent], drive: DriveId) -> Vec<Span> {
    let (mut spans, mut since) = (Vec::new(), None);
    for event in events.iter().filter(|event| event.drive == Some(drive)) {
        let time = setting.since(event.time);
        match event.what {
            DeviceEventKind::OutOfService => since = since.or(Some(time)),
            DeviceEventKind::InService => {
                spans.extend(since.take().map(|begin| Span { begin, end: time }));
            }
            _ => {}
        }
    }
    spans.extend(since.map(|begin| Span { begin, end: setting.day.end }));
    spans
}
