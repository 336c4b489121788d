//! What things are: ids, states, policies, options, records and rights. No I/O, no clock, no
//! randomness.

mod id;
mod numbered;
mod object_type;
mod time;

pub use id::*;
pub use numbered::UnknownValue;
pub use object_type::ObjectType;
pub use time::{Timeout, Timestamp};
