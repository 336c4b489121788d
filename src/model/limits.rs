//! Lengths of texts and data, as the original API stated them.
//!
//! A length of an array counts the terminator of the original's strings: the longest permitted
//! text is one character shorter. Characters are Unicode scalar values.

/// Array length including the terminator: object name.
#[doc(alias = "NTMS_OBJECTNAME_LENGTH")]
pub const OBJECTNAME_LENGTH: usize = 64;
/// Array length including the terminator: description.
#[doc(alias = "NTMS_DESCRIPTION_LENGTH")]
pub const DESCRIPTION_LENGTH: usize = 127;
/// Array length including the terminator: device name.
#[doc(alias = "NTMS_DEVICENAME_LENGTH")]
pub const DEVICENAME_LENGTH: usize = 64;
/// Array length including the terminator: serial number.
#[doc(alias = "NTMS_SERIALNUMBER_LENGTH")]
pub const SERIALNUMBER_LENGTH: usize = 32;
/// Array length including the terminator: firmware revision.
#[doc(alias = "NTMS_REVISION_LENGTH")]
pub const REVISION_LENGTH: usize = 32;
/// Array length including the terminator: bar code.
#[doc(alias = "NTMS_BARCODE_LENGTH")]
pub const BARCODE_LENGTH: usize = 64;
/// Array length including the terminator: sequence number text.
#[doc(alias = "NTMS_SEQUENCE_LENGTH")]
pub const SEQUENCE_LENGTH: usize = 32;
/// Array length including the terminator: vendor name.
#[doc(alias = "NTMS_VENDORNAME_LENGTH")]
pub const VENDORNAME_LENGTH: usize = 128;
/// Array length including the terminator: product name.
#[doc(alias = "NTMS_PRODUCTNAME_LENGTH")]
pub const PRODUCTNAME_LENGTH: usize = 128;
/// Array length including the terminator: user name.
#[doc(alias = "NTMS_USERNAME_LENGTH")]
pub const USERNAME_LENGTH: usize = 64;
/// Array length including the terminator: application name.
#[doc(alias = "NTMS_APPLICATIONNAME_LENGTH")]
pub const APPLICATIONNAME_LENGTH: usize = 64;
/// Array length including the terminator: computer name.
#[doc(alias = "NTMS_COMPUTERNAME_LENGTH")]
pub const COMPUTERNAME_LENGTH: usize = 64;
/// Array length including the terminator: operator message, first interface version.
#[doc(alias = "NTMS_I1_MESSAGE_LENGTH")]
pub const I1_MESSAGE_LENGTH: usize = 127;
/// Array length including the terminator: operator message.
#[doc(alias = "NTMS_MESSAGE_LENGTH")]
pub const MESSAGE_LENGTH: usize = 256;
/// Array length including the terminator: full pool path.
#[doc(alias = "NTMS_POOLHIERARCHY_LENGTH")]
pub const POOLHIERARCHY_LENGTH: usize = 512;
/// Limit: label id, bytes (no terminator).
#[doc(alias = "NTMS_OMIDLABELID_LENGTH")]
pub const OMIDLABELID_LENGTH: usize = 255;
/// Array length including the terminator: label type.
#[doc(alias = "NTMS_OMIDLABELTYPE_LENGTH")]
pub const OMIDLABELTYPE_LENGTH: usize = 64;
/// Array length including the terminator: label info.
#[doc(alias = "NTMS_OMIDLABELINFO_LENGTH")]
pub const OMIDLABELINFO_LENGTH: usize = 256;
/// Limit: attribute data; must stay below this.
#[doc(alias = "NTMS_MAXATTR_LENGTH")]
pub const MAXATTR_LENGTH: usize = 65536;
/// Array length including the terminator: attribute name.
#[doc(alias = "NTMS_MAXATTR_NAMELEN")]
pub const MAXATTR_NAMELEN: usize = 32;
