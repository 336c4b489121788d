//! When a machine, or its catalog, is lost: what to do, in order.
//!
//! This page is for whoever stands before a new machine and a library full of tapes. Nothing on it
//! writes to a tape. Take one step at a time, and look at what the step says before the next.
//!
//! * You have a copy of the folder `export`: go to [With a backup](#with-a-backup).
//! * You have none: go to [Without a backup](#without-a-backup). What the applications know is enough.
//! * Nothing is lost yet: go to [Before it happens](#before-it-happens).
//!
//! # Before it happens
//!
//! 1. Export the catalog regularly, for example at the end of each backup:
//!    [`export_database`](crate::Session::export_database). Nobody has to stop for it.
//! 2. Copy the folder `export` to another machine or to a tape that you find without the catalog.
//!    Copy all files in it. Do not copy `catalog.db` and the files beside it:
//!    [`Manager::owns`](crate::Manager::owns) tells which these are.
//! 3. Let each application keep, for each tape it owns, the id of the
//!    [logical medium](crate::model::LogicalMediaId) **and** the type and identifier of its
//!    [label](crate::model::Label). The label is what still counts when no catalog is left.
//!
//! ```
//! # let directory = tempfile::tempdir()?;
//! # let manager = rsm::OpenOptions::new().create(true).open(directory.path())?;
//! # let session = manager.session("example")?;
//! let export = session.export_database()?;
//! for file in &export.files {
//!     println!("{} {}", file.sha256, export.directory.join(&file.name).display());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # With a backup
//!
//! 1. **Stop** every program that uses the catalog. Let no application start by itself.
//! 2. **Make an empty catalog** in the directory where it was, or in a new one:
//!    [`OpenOptions::create`](crate::OpenOptions::create). If the old one can still be opened, use it
//!    as it is. If it is damaged, move its directory away first and keep it.
//!    *Look*: the directory holds `catalog.db`.
//! 3. **Put the files of the backup into the folder `export`** of that directory. Make the folder if
//!    it is not there.
//!    *Look*: it holds `manifest` and the file that `manifest` names. `sha256sum` of that file must
//!    print what `manifest` says.
//! 4. **Ask for the import**: [`import_database`](crate::Session::import_database).
//!    *Look*: it returned `Ok`. `DatabaseFailure` means that a file is missing or damaged: take another
//!    copy of the backup, go to 3. `AccessDenied` means that you are not the
//!    administrator of this catalog.
//! 5. **Close the program, open the catalog again.** The export takes the place of the catalog now.
//!    Until a library is attached, nothing touches a tape.
//!    *Look*: your pools are there. [`Manager::check`](crate::Manager::check) finds nothing. No
//!    [operator request](crate::Session::operator_requests) says that the catalog was not imported.
//!    Rights are those of the backup: the administrator is the user, by number, who made the lost
//!    catalog, besides the superuser.
//!    If opening fails with `NotReady`, some program has the catalog open still: go to 1. If it fails
//!    with `DatabaseFull`, make room, open again: it goes on. To give the import up instead, remove
//!    the file `import.wanted`; if there is `import.ready`, leave it, there is no way back any more.
//! 6. **Attach the library.** The inventory at the start finds where the tapes are now. If tapes may
//!    have been exchanged and have no bar codes, have every label read:
//!    [`inventory_library`](crate::Session::inventory_library) with
//!    [`FullLabelRead`](crate::model::InventoryMethod::FullLabelRead).
//!    *Look*: wait until it is [idle](crate::Manager::wait_until_idle). Each tape is in its slot.
//! 7. **Let each application compare its own records with the catalog**, by the table below, before
//!    it writes anything. The catalog is as old as the backup; the tapes are not.
//! 8. **Export** again, and copy that.
//!
//! | what happened after the backup | the catalog says | the application does |
//! |---|---|---|
//! | it deallocated a side | Allocated, in its pool | [`deallocate_media`](crate::Session::deallocate_media) again |
//! | it allocated a side and wrote its label on it | not allocated; the medium is in a free pool, or in an import pool | [`allocate_media`](crate::Session::allocate_media), naming the side; if the catalog still has the free label, [`update_omid`](crate::Session::update_omid) with its own; then it stores the new id |
//! | media were moved to other slots | the old slots | nothing: the inventory has seen it |
//! | media were taken out | in their old slots | nothing: the inventory has made them offline |
//! | new media were put in | nothing | nothing: they are in an import pool, or in an unrecognized one |
//!
//! Do the second row **first, and soon**: a tape that the catalog believes to be free can be allocated
//! by anybody. Its label tells the truth: a mount that finds another label than the catalog says
//! fails, and nothing is overwritten. When every label has been read (step 6, `FullLabelRead`), such
//! tapes are in the import pool, where nobody gets them by chance.
//!
//! Sides that were waiting for their free label when the export was made are
//! [Unprepared](crate::model::SideState::Unprepared) and stay so: the tape may hold something newer.
//! When you are sure of a medium, move it to the free pool it is in
//! ([`move_to_pool`](crate::Session::move_to_pool)); then its label is written.
//!
//! ```
//! # let directory = tempfile::tempdir()?;
//! # let directory = directory.path();
//! # let saved = directory.join("saved");
//! # let catalog = directory.join("catalog");
//! # let copy = |from: &std::path::Path, to: &std::path::Path| -> std::io::Result<()> {
//! #     std::fs::create_dir_all(to)?;
//! #     for file in std::fs::read_dir(from)? {
//! #         let file = file?;
//! #         std::fs::copy(file.path(), to.join(file.file_name()))?;
//! #     }
//! #     Ok(())
//! # };
//! # {
//! #     use rsm::model::PoolOpenMode;
//! #     let lost = rsm::OpenOptions::new().create(true).open(directory.join("lost"))?;
//! #     let session = lost.session("example")?;
//! #     session.open_pool(r"\Backup", None, PoolOpenMode::CreateNew)?;
//! #     copy(&session.export_database()?.directory, &saved)?;
//! # }
//! use rsm::model::PoolOpenMode;
//! use rsm::{Manager, OpenOptions};
//!
//! // Step 2.
//! let manager = OpenOptions::new().create(true).open(&catalog)?;
//! // Step 3: however you bring files back.
//! copy(&saved, &catalog.join("export"))?;
//! // Step 4.
//! manager.session("recovery")?.import_database()?;
//! // Step 5.
//! drop(manager);
//! let manager = Manager::open(&catalog)?;
//! let session = manager.session("recovery")?;
//! session.open_pool(r"\Backup", None, PoolOpenMode::OpenExisting)?;
//! assert!(manager.check()?.is_empty());
//! assert!(session.operator_requests()?.is_empty());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Without a backup
//!
//! The tapes know who they are, and the applications know which are theirs. The catalog is made
//! again from both.
//!
//! 1. **Stop** every program that uses the catalog. If the old directory is still there, move it
//!    away, and keep it.
//! 2. **Make an empty catalog**: [`OpenOptions::create`](crate::OpenOptions::create). Register the
//!    [label formats](crate::Manager::register_label_format) of all applications before anything else:
//!    a tape whose label nobody knows ends in the unrecognized pool.
//! 3. **Attach the library.** With an empty catalog every label is read, whatever is set for the
//!    library. That takes minutes for each tape and drive.
//!    *Look*: wait until it is [idle](crate::Manager::wait_until_idle). Tapes with a known label are in
//!    the import pool of their type, all others in the unrecognized pool.
//! 4. **Create the pools** of the applications: [`open_pool`](crate::Session::open_pool).
//! 5. **Let each application take its own tapes**: it goes through the sides in the import pool and
//!    picks those whose [label](crate::model::Side::label) type and identifier are in its records.
//!    It allocates each, naming the side, into its pool. Of a medium with two sides it takes each side
//!    that is its own; the other stays [Import](crate::model::SideState::Import) until then.
//! 6. **Replace the old id by the new one** in the application's records, wherever it holds that label.
//!    *Look*: each label in the records that is in the library has a new id. The others are elsewhere.
//! 7. **Put in the tapes from the shelf**, and do 5 and 6 again, until nothing is missing.
//!    *Look*: what is left in the import pool belongs to an application that has not been here yet, or
//!    to nobody. Move nothing of it to a free pool before you know.
//! 8. **Export**, and copy that.
//!
//! ```
//! use std::collections::HashMap;
//!
//! use rsm::model::{AllocateRequest, Label, LogicalMediaId, PhysicalMediaId, PoolId, SideId, SideState};
//! use rsm::Session;
//!
//! /// Steps 5 and 6. `records` has the label of each tape the application owns, and its id.
//! fn take_back(
//!     session: &Session,
//!     import: PoolId,
//!     own: PoolId,
//!     records: &mut HashMap<Vec<u8>, LogicalMediaId>,
//! ) -> rsm::Result<()> {
//!     for medium in session.list::<PhysicalMediaId>(Some(import.into()))? {
//!         for side in session.list::<SideId>(Some(medium.into()))? {
//!             let record = session.info(side)?;
//!             let Some(Label { label_type, label_id, .. }) = record.label else { continue };
//!             let is_own = label_type == "Acme Backup" && records.contains_key(&label_id);
//!             if is_own && record.state == SideState::Import {
//!                 let taken = session.allocate_media(AllocateRequest::from(own).naming(side))?;
//!                 records.insert(label_id, taken.logical_media);
//!             }
//!         }
//!     }
//!     Ok(())
//! }
//! ```
