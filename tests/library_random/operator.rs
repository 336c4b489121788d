//! What operators ask of a library, in calls that may wait: doors, ports, cleaning, what is enabled,
//! and the order of the queue.

use std::sync::Arc;

use parking_lot::Mutex;
use rsm::clock::{Clock, Thread, spawn};
use rsm::model::{
    CleanerEject, CleanerInject, DoorInventory, DriveId, EjectAction, InjectAction,
    LibraryRequestId,
};
use rsm::{ErrorKind, Session};

use super::people::Errand;
use super::world::World;

/// A call of an operator, under way.
pub struct Order {
    what: String,
    session: Arc<Session>,
    result: Arc<Mutex<Option<rsm::Result<Option<LibraryRequestId>>>>>,
    thread: Thread<()>,
}

type Asked = rsm::Result<Option<LibraryRequestId>>;

impl World {
    /// An operator does something.
    pub fn operate(&mut self) {
        let library = self.robot.library;
        match self.dice.below(20) {
            0..4 if self.hall.doors() > 0 => {
                let how = [DoorInventory::Fast, DoorInventory::Omid, DoorInventory::Default];
                let how = how[self.dice.below(how.len())];
                self.order("open a door", move |session| {
                    session.access_library_door(library, how).map(Some)
                });
                self.come_for(Errand::Door);
            }
            4 if self.hall.doors() > 0 => self.visit(Errand::Door),
            5..7 if self.hall.magazines() > 0 => self.visit(Errand::Magazine),
            0..4 if self.hall.cells() > 0 => self.inject(),
            4..8 if self.hall.cells() > 0 => self.eject(),
            8..11 if self.hall.has_cleaner() => self.clean(),
            11..14 => self.switch(),
            14..16 => self.reorder(),
            _ => self.stop_something(),
        }
    }

    /// Mostly.
    fn come_for(&mut self, errand: Errand) {
        if self.dice.below(5) > 0 {
            self.visit(errand);
        }
    }

    fn order(&mut self, what: &str, call: impl FnOnce(&Session) -> Asked + Send + 'static) {
        let session = Arc::new(self.robot.manager.session("operator").expect("a session"));
        let result: Arc<Mutex<Option<Asked>>> = Arc::default();
        let clock: Arc<dyn Clock> = self.robot.clock.clone();
        let (told, own) = (Arc::clone(&result), Arc::clone(&session));
        let thread = spawn(&clock, "operator", move || *told.lock() = Some(call(&own)));
        let what = format!("an operator wants to {what}");
        self.note(what.clone());
        let thread = thread.expect("a thread");
        self.orders.push(Order { what, session, result, thread });
    }

    fn inject(&mut self) {
        let library = self.robot.library;
        let action = [InjectAction::Start, InjectAction::StartMany][self.dice.below(2)];
        self.order("inject", move |session| session.inject_media(library, action).map(Some));
        self.come_for(Errand::PutIn);
    }

    fn eject(&mut self) {
        let media = self.robot.media();
        let Some(first) = Self::any(&mut self.dice, &media).map(|medium| medium.id) else { return };
        let second = Self::any(&mut self.dice, &media).map(|medium| medium.id);
        let second = second.filter(|_| self.dice.below(3) == 0);
        self.order("eject", move |session| {
            second.map_or(Ok(None), |second| session.eject_media(EjectAction::Queue(second)))?;
            session.eject_media(EjectAction::Start(Some(first)))
        });
        self.come_for(Errand::TakeOut);
    }

    fn clean(&mut self) {
        let library = self.robot.library;
        let slot = self.robot.slot(1 + self.dice.below(15) as u32);
        let drives: Vec<DriveId> = self.robot.session.list(Some(library.into())).unwrap();
        let drive = drives[self.dice.below(drives.len())];
        match self.dice.below(5) {
            0 => self.order("reserve a slot", move |session| {
                session.reserve_cleaner_slot(library, slot).map(|()| None)
            }),
            1 | 2 => {
                let action = CleanerInject::Start { cleans_left: 6 };
                self.order("put in a cleaner", move |session| {
                    session.inject_cleaner(library, action).map(Some)
                });
                self.come_for(Errand::Cleaner);
            }
            3 => {
                self.order("put out the cleaner", move |session| {
                    session.eject_cleaner(library, CleanerEject::Start).map(Some)
                });
                self.come_for(Errand::TakeOut);
            }
            _ => self.order("clean a drive", move |session| session.clean_drive(drive)),
        }
    }

    /// What is disabled is enabled again soon.
    fn switch(&mut self) {
        let library = self.robot.library;
        let drives = self.robot.drives();
        let disabled = drives.iter().find(|drive| !drive.common.enabled).map(|drive| drive.id);
        let is_enabled = self.robot.session.info(library).unwrap().common.enabled;
        if !is_enabled {
            self.order("enable the library", move |s| s.enable(library).map(|()| None));
        } else if let Some(drive) = disabled {
            self.order("enable a drive", move |session| session.enable(drive).map(|()| None));
        } else if self.dice.below(4) == 0 {
            self.order("disable the library", move |s| s.disable(library).map(|()| None));
        } else {
            let drive = drives[self.dice.below(drives.len())].id;
            self.order("disable a drive", move |session| session.disable(drive).map(|()| None));
        }
    }

    /// Everything can be used again.
    pub fn enable_everything(&mut self) {
        let (library, session) = (self.robot.library, &self.robot.session);
        if !session.info(library).unwrap().common.enabled {
            session.enable(library).expect("enabled");
        }
        for drive in self.robot.drives() {
            if !drive.common.enabled {
                self.robot.session.enable(drive.id).expect("enabled");
            }
        }
    }

    fn reorder(&mut self) {
        let Some(request) = self.any_queued() else { return };
        let rank = [1, 2, u32::MAX][self.dice.below(3)];
        let result = self.robot.session.set_request_order(request, rank);
        let kind = result.as_ref().err().map(rsm::Error::kind);
        assert!([None, Some(ErrorKind::InvalidParameter)].contains(&kind), "{kind:?}");
        let _ = self.outcome(&format!("rank {rank}"), result);
    }

    /// Ends something that operators have asked for.
    fn stop_something(&mut self) {
        let Some(request) = Self::any(&mut self.dice, &self.ordered).copied() else { return };
        let library = self.robot.library;
        let session = &self.robot.session;
        let (what, result) = match self.dice.below(4) {
            0 => (
                "stop an injection",
                session.inject_media(library, InjectAction::Stop(request)).map(drop),
            ),
            1 => {
                ("retract", session.inject_media(library, InjectAction::Retract(request)).map(drop))
            }
            2 => ("stop an ejection", session.eject_media(EjectAction::Stop(request)).map(drop)),
            _ => ("cancel", session.cancel_library_request(request)),
        };
        let _ = self.outcome(what, result);
    }

    /// Hears what has become of calls.
    pub fn collect_orders(&mut self) {
        let ended: Vec<Order> =
            self.orders.extract_if(.., |order| order.result.lock().is_some()).collect();
        for order in ended {
            self.end_order(order);
        }
    }

    fn end_order(&mut self, order: Order) {
        order.thread.join().expect("a call does not panic");
        let result = order.result.lock().take().expect("it has ended");
        let _closed = order.session.close();
        if let Some(Some(request)) = self.outcome(&order.what, result) {
            self.ordered.push(request);
        }
    }

    /// The calls of those who cannot wait any longer end.
    pub fn end_orders(&mut self) {
        for order in std::mem::take(&mut self.orders) {
            let _closed = order.session.close();
            self.end_order(order);
        }
        self.ordered.clear();
    }

    /// Nobody waits any more.
    pub fn assert_orders_have_ended(&mut self) {
        self.collect_orders();
        let left: Vec<&String> = self.orders.iter().map(|order| &order.what).collect();
        assert!(left.is_empty(), "{left:?} wait for ever");
    }
}
