//! A person who looks at the list of requests from time to time, and does what it says.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use rsm::clock::{Clock, Thread, spawn};
use rsm::device::simulated::{Cartridge, CartridgeId};
use rsm::model::{
    InventoryMethod, OperatorRequestId, OperatorRequestSummary, OperatorTask, PhysicalMediaId,
    ServiceTarget,
};
use rsm::{ErrorKind, Session};

use crate::Failure;
use crate::chance::Chance;
use crate::cleaner::Keeper;
use crate::journal::Asked;
use crate::setting::Setting;

/// How often somebody looks.
const ROUND: Duration = Duration::from_secs(60);

pub struct Operator {
    day: Arc<Setting>,
    session: Session,
    chance: Chance,
    /// Requests that have been seen: where they are in the journal, and when they will be seen to.
    seen: HashMap<OperatorRequestId, (usize, Duration)>,
    brought: u32,
    /// Of those that were brought, how many may be used now.
    welcomed: u32,
    cleaners: u32,
    spare: Vec<rsm::device::simulated::Place>,
}

/// Somebody is there until `is_over`.
pub fn start(day: &Arc<Setting>, is_over: &Arc<AtomicBool>) -> Result<Thread<()>, Failure> {
    let mut operator = Operator {
        session: day.manager.session("operator")?,
        chance: Chance::new(day.seed, 1 << 32),
        seen: HashMap::new(),
        brought: 0,
        welcomed: 0,
        cleaners: 1,
        spare: day.spare.clone(),
        day: Arc::clone(day),
    };
    let is_over = Arc::clone(is_over);
    let clock: Arc<dyn Clock> = day.journal.clock.clone();
    let work = move || {
        while !is_over.load(Ordering::SeqCst) {
            if let Err(error) = operator.look() {
                operator.day.journal.failed("operator", error);
            }
            operator.day.journal.clock.pause(ROUND);
        }
    };
    Ok(spawn(&clock, "operator", work)?)
}

impl Operator {
    fn look(&mut self) -> Result<(), Failure> {
        self.welcome_new_media()?;
        let open = self.session.operator_requests()?;
        let now = self.day.journal.now();
        let is_open = |id| open.iter().any(|one| one.request.id == id);
        let gone: Vec<_> = self.seen.keys().copied().filter(|id| !is_open(*id)).collect();
        for id in gone {
            let done = self
                .session
                .info(id)
                .is_ok_and(|record| record.state == rsm::model::OperatorRequestState::Complete);
            self.close(id, done);
        }
        for request in &open {
            let id = request.request.id;
            match self.seen.get(&id) {
                None => self.note(request, now),
                Some((_, due)) if *due <= now => self.see_to(request, &open)?,
                Some(_) => {}
            }
        }
        Ok(())
    }

    fn note(&mut self, request: &OperatorRequestSummary, now: Duration) {
        let is_day = (7.0..19.0).contains(&self.day.hour());
        let (least, most) = if is_day { (4, 20) } else { (10, 45) };
        let due = now + self.chance.minutes(least, most);
        let mut asked = self.day.journal.asked.lock();
        asked.push(Asked {
            kind: request.request.task.kind(),
            text: request.to_string(),
            submitted: now.saturating_sub(request.age),
            answered: None,
            done: false,
        });
        self.seen.insert(request.request.id, (asked.len() - 1, due));
    }

    fn close(&mut self, id: OperatorRequestId, done: bool) {
        let Some((index, _)) = self.seen.remove(&id) else { return };
        let now = self.day.journal.now();
        if let Some(asked) = self.day.journal.asked.lock().get_mut(index)
            && asked.answered.is_none()
        {
            (asked.answered, asked.done) = (Some(now), done);
        }
    }

    fn see_to(
        &mut self,
        request: &OperatorRequestSummary,
        open: &[OperatorRequestSummary],
    ) -> Result<(), Failure> {
        let (id, hands) = (request.request.id, self.day.watched.inner.hands());
        match request.request.task {
            OperatorTask::NewMedia { .. } => return self.bring_new_media(open),
            OperatorTask::MoveMedia { medium, .. } => {
                let bar_code = self.session.info(medium)?.bar_code;
                let cartridge = hands.find_bar_code(&bar_code)?.ok_or("nobody has it")?;
                if hands.find(cartridge)?.is_none() {
                    self.put_in(cartridge)?;
                }
                self.take_inventory()?;
            }
            OperatorTask::DeviceService { device: ServiceTarget::Library(_) } => {
                for changer in 0..self.day.changers {
                    hands.clear_jam(changer)?;
                }
            }
            OperatorTask::DeviceService { device: ServiceTarget::Drive(drive) } => {
                if let Err(error) = self.session.enable(drive)
                    && error.kind() != ErrorKind::InvalidState
                {
                    self.day.journal.failed("operator", error);
                }
            }
            OperatorTask::Cleaner { .. } => return self.change_cleaner(id),
            _ => {}
        }
        match self.session.satisfy_operator_request(id) {
            Err(error) if error.kind() != ErrorKind::ObjectNotFound => return Err(error.into()),
            _ => self.close(id, true),
        }
        Ok(())
    }

    /// The request ends when there is a cleaner that is not spent.
    fn change_cleaner(&mut self, request: OperatorRequestId) -> Result<(), Failure> {
        self.cleaners += 1;
        let (device, clock) = (&self.day.watched.inner, &self.day.journal.clock);
        let keeper = Keeper { session: &self.session, library: self.day.library, device, clock };
        keeper.change(self.cleaners)?;
        self.close(request, true);
        Ok(())
    }

    /// Brings as many as are asked for, and some more. The requests end when they are labelled.
    fn bring_new_media(&mut self, open: &[OperatorRequestSummary]) -> Result<(), Failure> {
        let wanted = |one: &&OperatorRequestSummary| {
            matches!(one.request.task, OperatorTask::NewMedia { .. })
        };
        let wanted: Vec<_> = open.iter().filter(wanted).map(|one| one.request.id).collect();
        let on_the_way = usize::try_from(self.brought.saturating_sub(self.welcomed))?;
        let missing = on_the_way..wanted.len() + self.day.drives / 4;
        let nothing_is_missing = missing.is_empty();
        for _ in missing {
            self.brought += 1;
            let new = Cartridge::with_bar_code(format!("N{:05}L8", self.brought));
            self.put_in(self.day.watched.inner.hands().make(new)?)?;
        }
        if !nothing_is_missing {
            self.take_inventory()?;
        }
        let now = self.day.journal.now();
        let mut journal = self.day.journal.asked.lock();
        for id in wanted {
            if let Some((index, due)) = self.seen.get_mut(&id) {
                *due = now + 60 * ROUND;
                if let Some(asked) = journal.get_mut(*index) {
                    (asked.answered, asked.done) = (Some(now), true);
                }
            }
        }
        Ok(())
    }

    /// Puts a cartridge into the next slot that is free.
    fn put_in(&mut self, cartridge: CartridgeId) -> Result<(), Failure> {
        let hands = self.day.watched.inner.hands();
        while let Some(place) = self.spare.pop() {
            if hands.look(place)?.is_none() {
                return Ok(hands.insert(cartridge, place)?);
            }
        }
        Err("the library is full".into())
    }

    fn take_inventory(&self) -> Result<(), Failure> {
        self.session.inventory_library(self.day.library, InventoryMethod::Fast)?;
        Ok(())
    }

    /// What is new and blank is free for all.
    fn welcome_new_media(&mut self) -> Result<(), Failure> {
        let pools = self.day.pools;
        let media: Vec<PhysicalMediaId> = self.session.list(Some(pools.unrecognized.into()))?;
        for medium in media {
            match self.session.move_to_pool(medium, pools.free) {
                Ok(()) => self.welcomed += 1,
                Err(error) if error.kind() == ErrorKind::Busy => {}
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }
}
