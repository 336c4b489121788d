//! A robot that cannot go on without a person: jammed, or behind an open door.
//!
//! Nothing is begun meanwhile, and nothing that was under way is given up. The robot is asked ever
//! more rarely whether it can move again, and at once when somebody says that it can; then its
//! hands are emptied first.

use std::sync::Arc;
use std::time::Duration;

use super::Attached;
use super::failure::device;
use super::trouble::tell_trouble;
use super::units::{ChangerUnit, asking};
use crate::device::{DeviceError, DeviceErrorKind};
use crate::error::Result;
use crate::model::{
    InventoryMethod, LibraryRequestId, OperatorRequestId, ServiceTarget, Timestamp,
};

/// The first and the longest pause between two looks.
const FIRST_PAUSE: Duration = Duration::from_secs(2);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What requests wait for while the robot is stuck, for people.
pub(super) const NEEDS_PERSON: &str = "the robot needs a person";

/// When a robot that is stuck is asked again.
#[derive(Debug)]
pub(super) struct Stuck {
    pause: Duration,
    due: Timestamp,
    /// What people were asked.
    asked: Option<OperatorRequestId>,
    /// Somebody is asking.
    is_tried: bool,
}

/// Why the robot cannot go on without a person, if it cannot.
fn obstacle(changer: &ChangerUnit) -> Option<DeviceError> {
    let needs_help = |error: &DeviceError| {
        matches!(
            error.kind(),
            DeviceErrorKind::NeedsOperator | DeviceErrorKind::ChangerFault | DeviceErrorKind::Gone
        )
    };
    asking(|| changer.device.ready()).err().filter(needs_help)
}

impl Attached {
    pub(super) fn is_stuck(&self) -> bool {
        self.stuck.lock().is_some()
    }

    /// Requests that were under way are done again when the robot can move.
    pub(super) fn wait_for_person(&self, requests: Vec<LibraryRequestId>) -> Result<()> {
        let now = self.now();
        self.host.catalog.write(move |transaction| {
            for request in &requests {
                if let Some(row) = transaction.unfinished_request(*request)? {
                    transaction.let_wait(&row, NEEDS_PERSON, now)?;
                }
            }
            Ok(())
        })
    }

    /// A movement failed: looks whether the robot can go on by itself.
    pub(super) fn look_after_robot(&self, changer: &ChangerUnit) {
        let Some(error) = obstacle(changer) else { return };
        if self.is_door_open() {
            return;
        }
        {
            let mut stuck = self.stuck.lock();
            if stuck.is_some() {
                return;
            }
            let due = self.now().saturating_add(FIRST_PAUSE);
            let asked = None;
            *stuck = Some(Stuck { pause: FIRST_PAUSE, due, asked, is_tried: false });
        }
        self.ask_for_help(error);
        self.changed.raise();
    }

    fn ask_for_help(&self, error: DeviceError) {
        let error = device("the robot is stuck", error);
        if let Err(error) = tell_trouble(&self.host, self.key, &error) {
            tracing::warn!(%error, "nobody can be told that the robot is stuck");
        }
        let asked = self.what_is_asked();
        if let Some(stuck) = self.stuck.lock().as_mut() {
            stuck.asked = asked;
        }
    }

    fn what_is_asked(&self) -> Option<OperatorRequestId> {
        let device = ServiceTarget::Library(self.id);
        self.host.catalog.read(|view| view.service_request(device)).ok().flatten()
    }

    /// Sends somebody to ask the robot again, when that is due. Says when it is.
    pub(super) fn tend_robot(self: &Arc<Self>) -> Result<Option<Timestamp>> {
        let asked = if self.is_stuck() { self.what_is_asked() } else { return Ok(None) };
        {
            let mut stuck = self.stuck.lock();
            let Some(stuck) = stuck.as_mut() else { return Ok(None) };
            let is_due = stuck.due <= self.now() || (stuck.asked.is_some() && stuck.asked != asked);
            if stuck.is_tried || !is_due {
                return Ok((!stuck.is_tried).then_some(stuck.due));
            }
            stuck.is_tried = true;
        }
        let sent = self.employ(|library| library.try_to_go_on());
        if !matches!(sent, Ok(true))
            && let Some(stuck) = self.stuck.lock().as_mut()
        {
            stuck.is_tried = false;
        }
        sent.map(|_| None)
    }

    fn try_to_go_on(&self) {
        if let Some(error) = self.changers.iter().find_map(obstacle) {
            self.ask_for_help(error);
            return self.wait_longer();
        }
        if let Err(error) = self.go_on() {
            tracing::warn!(%error, "the robot moves again, and what was under way cannot be settled");
            self.wait_longer();
        }
    }

    fn wait_longer(&self) {
        if let Some(stuck) = self.stuck.lock().as_mut() {
            stuck.pause = (stuck.pause * 2).min(LONGEST_PAUSE);
            stuck.due = self.now().saturating_add(stuck.pause);
            stuck.is_tried = false;
        }
    }

    /// The robot moves again. People may have moved anything meanwhile.
    fn go_on(&self) -> Result<()> {
        for changer in &self.changers {
            self.settle_hands(changer)?;
        }
        *self.stuck.lock() = None;
        self.settle_debts();
        self.begin_service()?;
        self.inventory(InventoryMethod::LibraryDefault)
    }
}
