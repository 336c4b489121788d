//! The answer to REPORT SUPPORTED OPERATION CODES (SPC-5, 6.34).

use std::time::Duration;

use super::{Fields, Malformed};

/// A command that a device knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SupportedCommand {
    /// The operation code.
    pub operation: u8,
    /// The service action, where the operation code has several.
    pub service_action: Option<u16>,
    /// The length of the command in bytes.
    pub length: u16,
    /// How long it usually takes, where the device tells.
    pub nominal: Option<Duration>,
    /// How long it should be waited for, where the device tells.
    pub recommended: Option<Duration>,
}

/// The commands that a device knows, as far as they came.
///
/// # Errors
/// [`Malformed::Short`] without the length of the list.
pub fn supported_commands(bytes: &[u8]) -> Result<Vec<SupportedCommand>, Malformed> {
    let fields = Fields::new("list of commands", bytes);
    let length = usize::try_from(fields.u32(0)?).unwrap_or(usize::MAX);
    let mut rest = fields.part(4, length);
    let mut found = Vec::new();
    while let Some((command, length)) = command(rest) {
        found.push(command);
        rest = rest.rest(length);
    }
    Ok(found)
}

fn command(fields: Fields<'_>) -> Option<(SupportedCommand, usize)> {
    let length = fields.u16(6).ok()?;
    let timeouts = fields.bit(5, 1).then(|| timeouts(fields.rest(8))).flatten();
    let (nominal, recommended, more) = timeouts.unwrap_or_default();
    let service_action = fields.u16(2).ok().filter(|_| fields.bit(5, 0));
    let operation = fields.byte(0).ok()?;
    let command = SupportedCommand { operation, service_action, length, nominal, recommended };
    Some((command, 8 + more))
}

/// The nominal and the recommended time, and the length of the descriptor.
fn timeouts(fields: Fields<'_>) -> Option<(Option<Duration>, Option<Duration>, usize)> {
    let length = usize::from(fields.u16(0).ok()?) + 2;
    let fields = fields.part(0, length);
    let seconds = |at: usize| {
        let told = fields.u32(at).ok().filter(|seconds| *seconds != 0);
        told.map(|seconds| Duration::from_secs(seconds.into()))
    };
    Some((seconds(4), seconds(8), length))
}
