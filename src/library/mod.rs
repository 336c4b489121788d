//! The manager of one library.
//!
//! A library is [attached](Libraries::attach) by a process, which owns its hardware, or
//! [stands by](standby) until its owner is gone. Whatever moves a cartridge takes a drive and the
//! medium by a row of the journal ([`claim`]), does it, and ends the row with the result in one
//! transaction; what is left behind by a crash is [settled](settle) from what the changer says. No
//! transaction and no lock but a changer's own is held while a device works.

mod absence;
mod admit;
mod arrival;
mod attach;
mod attached;
mod bring;
mod bring_back;
mod bring_checked;
mod carry_home;
mod claim;
mod clear_drive;
mod collect;
mod compare;
mod crew;
mod debts;
mod dismount;
mod doors;
mod drives;
mod failure;
mod free_label;
mod geometry;
mod guard;
mod handling;
mod health;
mod host;
mod identify;
mod inventory;
mod jobs;
mod lease;
mod leave;
mod lock;
mod media_types;
mod member;
mod mount;
mod movements;
mod needs_cleaning;
mod newcomer;
mod observed;
mod obstacle;
mod outcome;
mod plan;
#[cfg(test)]
mod plan_tests;
mod pool;
mod port_care;
mod ports;
mod put_away;
mod put_out;
mod queue;
mod read_slot;
mod readings;
mod reconcile;
mod record_mount;
mod registry;
mod release;
mod remove;
mod reserve;
mod rise;
mod room;
mod rows;
mod run;
mod settle;
mod side_by_side;
mod stand_alone;
mod standby;
mod stow;
mod stuck;
mod take_in;
mod timeouts;
mod trouble;
mod units;
mod verify;
mod worker;

pub(crate) use attached::Attached;
pub(crate) use dismount::ask_for_drive;
pub(crate) use failure::error_of;
pub(crate) use host::Host;
pub(crate) use lease::{Lease, OpenMedium};
pub(crate) use lock::LibraryLock;
pub(crate) use outcome::Awaiting;
pub(crate) use queue::{serve_call, serve_or_wait};
pub(crate) use registry::{Libraries, deadline_of};
pub(crate) use release::{begin_dismount, cancel_dismount};
pub(crate) use remove::{remove_drive, remove_library};
pub(crate) use reserve::grant_reservations;
pub(crate) use stand_alone::AfterEject;
pub(crate) use verify::label_of;

pub(crate) use media_types::{
    SYSTEM_ROOTS, drop_media_type, ensure_media_type, system_pool_security,
};
