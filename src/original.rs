//! What the functions of the original API are called here.
//!
//! Their names are also found by the search of this documentation, as are those of its types,
//! constants and errors. What a function returned through pointers, its successor returns; instead
//! of a number for an error there is an [`Error`] with a [kind](ErrorKind) of its own for each.
//! Sizes of structures, lengths of buffers and handles are gone.
//!
//! | original | here |
//! |---|---|
//! | `OpenNtmsSession` | [`Manager::open_session`], [`Manager::session`], [`Manager::session_as`] |
//! | `CloseNtmsSession` | [`Session::close`], or dropping the [`Session`] |
//! | `AllocateNtmsMedia` | [`Session::allocate_media`] |
//! | `DeallocateNtmsMedia` | [`Session::deallocate_media`] |
//! | `SetNtmsMediaComplete` | [`Session::complete_media`] |
//! | `SwapNtmsMedia` | [`Session::swap_media`] |
//! | `DecommissionNtmsMedia` | [`Session::decommission_side`] |
//! | `CreateNtmsMedia` | [`Session::create_offline_media`] |
//! | `DeleteNtmsMedia` | [`Session::delete_offline_media`] |
//! | `MoveToNtmsMediaPool` | [`Session::move_to_pool`] |
//! | `ChangeNtmsMediaType` | [`Session::move_and_retype`] |
//! | `CreateNtmsMediaPool` | [`Session::open_pool`], [`Session::open_pool_secured`] |
//! | `DeleteNtmsMediaPool` | [`Session::delete_pool`] |
//! | `GetNtmsMediaPoolName` | [`Session::pool_path`] |
//! | `AddNtmsMediaType` | [`Session::add_media_type`] |
//! | `DeleteNtmsMediaType` | [`Session::remove_media_type`] |
//! | `MountNtmsMedia` | [`Session::mount`], [`Session::mount_all`], [`Session::queue_mount`] |
//! | `DismountNtmsMedia` | [`Session::dismount`], [`Mount::dismount`] |
//! | `EnumerateNtmsObject` | [`Session::enumerate`], [`Session::list`], [`Session::objects`] |
//! | `GetNtmsObjectInformation` | [`Session::info`], [`Session::find`] |
//! | `SetNtmsObjectInformation` | [`Session::set_info`] |
//! | `GetNtmsObjectAttribute` | [`Session::get_attribute`] |
//! | `SetNtmsObjectAttribute` | [`Session::set_attribute`] |
//! | `GetNtmsObjectSecurity` | [`Session::get_security`] |
//! | `SetNtmsObjectSecurity` | [`Session::set_security`] |
//! | `EnableNtmsObject` | [`Session::enable`] |
//! | `DisableNtmsObject` | [`Session::disable`] |
//! | `AccessNtmsLibraryDoor` | [`Session::access_library_door`] |
//! | `InjectNtmsMedia` | [`Session::inject_media`] |
//! | `EjectNtmsMedia` | [`Session::eject_media`] |
//! | `EjectDiskFromSADrive` | [`Manager::eject_standalone`] |
//! | `GetVolumesFromDrive` | [`volumes_from_drive`] |
//! | `InventoryNtmsLibrary` | [`Session::inventory_library`] |
//! | `IdentifyNtmsSlot` | [`Session::identify_slot`] |
//! | `DismountNtmsDrive` | [`Session::dismount_drive`] |
//! | `DeleteNtmsDrive` | [`Session::delete_drive`] |
//! | `DeleteNtmsLibrary` | [`Session::delete_library`] |
//! | `CancelNtmsLibraryRequest` | [`Session::cancel_library_request`] |
//! | `DeleteNtmsRequests` | [`Session::delete_requests`] |
//! | `GetNtmsRequestOrder` | [`Session::request_order`] |
//! | `SetNtmsRequestOrder` | [`Session::set_request_order`] |
//! | `GetNtmsUIOptions` | [`Session::ui_destinations`] |
//! | `SetNtmsUIOptions` | [`Session::set_ui_destinations`] |
//! | `CleanNtmsDrive` | [`Session::clean_drive`] |
//! | `InjectNtmsCleaner` | [`Session::inject_cleaner`] |
//! | `EjectNtmsCleaner` | [`Session::eject_cleaner`] |
//! | `ReserveNtmsCleanerSlot` | [`Session::reserve_cleaner_slot`] |
//! | `ReleaseNtmsCleanerSlot` | [`Session::release_cleaner_slot`] |
//! | `BeginNtmsDeviceChangeDetection` | [`Session::begin_change_detection`] |
//! | `SetNtmsDeviceChangeDetection` | [`ChangeDetection::watch`], [`Session::poll_changes`] |
//! | `EndNtmsDeviceChangeDetection` | [`ChangeDetection::end`] |
//! | `OpenNtmsNotification` | [`Session::subscribe`] |
//! | `WaitForNtmsNotification` | [`Notifications::wait`] |
//! | `CloseNtmsNotification` | [`Notifications::close`] |
//! | `SubmitNtmsOperatorRequest` | [`Session::submit_operator_request`] |
//! | `WaitForNtmsOperatorRequest` | [`Session::wait_operator_request`] |
//! | `SatisfyNtmsOperatorRequest` | [`Session::satisfy_operator_request`] |
//! | `CancelNtmsOperatorRequest` | [`Session::cancel_operator_request`] |
//! | `UpdateNtmsOmidInfo` | [`Session::update_omid`] |
//! | `ClaimMediaLabel` | [`LabelFormat::claim`](crate::label::LabelFormat::claim) |
//! | `MaxMediaLabel` | [`LabelFormat::max_label`](crate::label::LabelFormat::max_label); formats are made known with [`Manager::register_label_format`] |
//! | `AIFMOALLOCATE` | [`Session::reserve_drive`]; with item lists, [`DriveItems::mo_allocate`](crate::drive_items::DriveItems::mo_allocate) |
//! | `AIFMODEALLOCATE` | [`Session::release_drive`]; with item lists, [`DriveItems::mo_deallocate`](crate::drive_items::DriveItems::mo_deallocate) |

#[cfg(doc)]
use crate::{
    ChangeDetection, Error, ErrorKind, Manager, Mount, Notifications, Session, volumes_from_drive,
};
