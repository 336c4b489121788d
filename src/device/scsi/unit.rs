//! One logical unit.

use std::sync::Arc;
use std::time::Duration;

use super::{Command, Completion, Data, Transport, TransportError};

/// One logical unit: carries out a command and waits for as long as that command may take.
#[derive(Clone, Debug)]
pub struct Unit {
    transport: Arc<dyn Transport>,
}

impl Unit {
    /// The unit behind a transport.
    pub fn new(transport: Arc<dyn Transport>) -> Self {
        Self { transport }
    }

    /// Sends a command, and tells how the device ended it.
    ///
    /// # Errors
    /// Those of [`Transport::execute`].
    pub fn complete(
        &self,
        command: &Command,
        data: Data<'_>,
    ) -> Result<Completion, TransportError> {
        self.transport.execute(command.bytes(), data, Duration::from_secs(60))
    }
}
