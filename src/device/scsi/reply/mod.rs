//! What devices answer, read from bytes.
//!
//! Nothing an answer says is believed: lengths in it are bounded by what was received.
