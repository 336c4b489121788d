//! People who reach into the library.

use std::sync::Arc;

use super::changer::existing;
use super::shared::Shared;
use super::world::World;
use super::{Cartridge, CartridgeId, Place};
use crate::device::{DeviceError, DeviceResult, ElementKind, Refusal, VolumeTag};

/// What people do to a library with their hands.
///
/// There are two kinds of people. Those who go the way the library offers
/// [open a door](Self::open_door), [pull a port](Self::pull_port) or a
/// [magazine](Self::pull_magazine), [put in](Self::put_in) and [take out](Self::take_out), and close
/// it again; the library notices, and locks can stop them. Those with a key
/// [insert](Self::insert), [remove](Self::remove) and [swap](Self::swap) at any element, behind the
/// robot's back, whatever is closed or open, unless the changer
/// [prevents removal](crate::device::Changer::prevent_removal); no sensor tells of them.
///
/// Cartridges that are nowhere in the library are outside, and are never lost. Every change raises
/// [`LibraryDevice::changes`](crate::device::LibraryDevice::changes).
#[derive(Clone, Debug)]
pub struct Hands {
    pub(super) shared: Arc<Shared>,
}

/// An element, as somebody sees it who looks inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Where it is.
    pub place: Place,
    /// What it is.
    pub kind: ElementKind,
    /// The cartridge in it.
    pub cartridge: Option<CartridgeId>,
}

impl Hands {
    pub(super) fn new(shared: &Arc<Shared>) -> Self {
        Self { shared: Arc::clone(shared) }
    }

    /// Every element of every changer, by kind and address.
    pub fn elements(&self) -> DeviceResult<Vec<Seen>> {
        self.shared.store.look(|world| {
            let mut all = Vec::new();
            for (changer, plan) in (0u16..).zip(&world.settings.changers) {
                for kind in ElementKind::ALL {
                    for address in plan.layout.range(kind).iter() {
                        let place = Place { changer, address };
                        let cartridge = world.cartridge_at(place)?;
                        all.push(Seen { place, kind, cartridge });
                    }
                }
            }
            Ok(all)
        })
    }

    /// The cartridge in one element.
    ///
    /// # Errors
    /// [`Refusal::NoSuchElement`].
    pub fn look(&self, place: Place) -> DeviceResult<Option<CartridgeId>> {
        self.shared.store.look(|world| world.cartridge_at(place))
    }

    /// Where a cartridge is; `None` when it is outside.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when there is no such cartridge.
    pub fn find(&self, id: CartridgeId) -> DeviceResult<Option<Place>> {
        self.shared.store.look(|world| Ok(world.record(id)?.spot.place))
    }

    /// The first cartridge with this bar code, wherever it is.
    pub fn find_bar_code(&self, text: &str) -> DeviceResult<Option<CartridgeId>> {
        self.shared.store.look(|world| {
            let found = world.ids().find(|(_, record)| record.bar_code.text() == Some(text));
            Ok(found.map(|(id, _)| id))
        })
    }

    /// The bar code on a cartridge, as it is, whether or not the library has a reader.
    pub fn bar_code(&self, id: CartridgeId) -> DeviceResult<VolumeTag> {
        self.shared.store.look(|world| Ok(world.record(id)?.bar_code.clone()))
    }

    /// The cartridges that are outside.
    pub fn outside(&self) -> DeviceResult<Vec<CartridgeId>> {
        self.shared.store.look(|world| {
            let outside = world.ids().filter(|(_, record)| record.spot.place.is_none());
            Ok(outside.map(|(id, _)| id).collect())
        })
    }

    /// Unpacks a new cartridge. It is outside.
    ///
    /// # Errors
    /// [`Refusal::Invalid`] when its bar code cannot be one.
    pub fn make(&self, cartridge: Cartridge) -> DeviceResult<CartridgeId> {
        self.shared.store.change(|world| world.make(cartridge))
    }

    /// Sets the write protection of a cartridge. It counts from the next time it is opened.
    pub fn write_protect(&self, id: CartridgeId, protect: bool) -> DeviceResult<()> {
        self.shared.store.change(|world| {
            world.record_mut(id)?.write_protected = protect;
            Ok(())
        })
    }

    /// Puts a cartridge that is outside into an element. It does not load in the drive of a robot;
    /// a stand-alone drive takes its time for that in the background.
    ///
    /// # Errors
    /// [`Refusal::DestinationFull`], [`Refusal::NoSuchElement`], [`Refusal::RemovalPrevented`];
    /// [`Refusal::Invalid`] when the cartridge is not outside.
    pub fn insert(&self, id: CartridgeId, place: Place) -> DeviceResult<()> {
        self.reach(&[place], |world| world.put_in_by_hand(id, place))?;
        self.shared.begin_loading(place);
        Ok(())
    }

    /// Takes a cartridge out of an element. It is outside then.
    ///
    /// # Errors
    /// [`Refusal::SourceEmpty`], [`Refusal::NoSuchElement`], [`Refusal::RemovalPrevented`];
    /// [`Refusal::NotAccessible`] when it is loaded in a drive: press its
    /// [button](Self::press_eject).
    pub fn remove(&self, place: Place) -> DeviceResult<CartridgeId> {
        self.reach(&[place], |world| world.take(place))
    }

    /// Exchanges what is in two elements; either may be empty.
    ///
    /// # Errors
    /// Those of [`remove`](Self::remove), except for an empty element.
    pub fn swap(&self, one: Place, other: Place) -> DeviceResult<()> {
        if one == other {
            return existing(&self.shared, one).map(|_| ());
        }
        self.reach(&[one, other], |world| {
            let moves = [(one, world.check_take(one)?), (other, world.check_take(other)?)];
            for (place, _) in moves.iter().filter(|(_, id)| id.is_some()) {
                world.take(*place)?;
            }
            for (from, id) in moves {
                let to = if from == one { other } else { one };
                id.map_or(Ok(()), |id| world.put_by_hand(id, to))?;
            }
            Ok(())
        })
    }

    fn reach<T>(
        &self,
        places: &[Place],
        change: impl FnOnce(&mut World) -> DeviceResult<T>,
    ) -> DeviceResult<T> {
        for place in places {
            existing(&self.shared, *place)?;
        }
        let done = self.shared.store.change(|world| {
            for place in places {
                if world.frame(place.changer)?.removal_prevented {
                    return Err(DeviceError::refused(
                        Refusal::RemovalPrevented,
                        "the doors are locked",
                    ));
                }
                self.check_idle(*place)?;
            }
            let done = change(world)?;
            places.iter().for_each(|place| self.shared.begin_cleaning(world, *place));
            Ok(done)
        })?;
        self.shared.changes.raise();
        Ok(done)
    }

    /// Whether a drive, if it is one, is neither loading nor unloading.
    pub(super) fn check_idle(&self, place: Place) -> DeviceResult<()> {
        if self.shared.is_busy(place) {
            return Err(DeviceError::refused(Refusal::NotAccessible, "the drive is busy"));
        }
        Ok(())
    }

    /// Changes the state, and lets the library notice.
    pub(super) fn act<T>(
        &self,
        change: impl FnOnce(&mut World) -> DeviceResult<T>,
    ) -> DeviceResult<T> {
        let done = self.shared.store.change(change)?;
        self.shared.changes.raise();
        Ok(done)
    }
}
