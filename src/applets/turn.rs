//! Waiting for other runs of the same kind: one at a time may look and write.

use crate::env::Env;
use crate::error::Error;
use crate::store::lock_file::{Lock, LockFile};
use std::io;

/// How often it is looked whether the other run has ended, in milliseconds.
const STEP_MILLISECONDS: u32 = 100;

/// Whose turn it is.
pub enum Turn {
    /// Ours, until the lock is dropped.
    Ours(Lock),
    /// Another run's, still.
    Theirs,
    /// Nobody can tell: the file cannot be locked.
    Unknown(io::Error),
}

/// Waits for our turn, for so many seconds at most.
///
/// # Errors
/// Unavailable: asked to stop meanwhile.
pub fn wait(mut file: LockFile, seconds: u32, env: &mut dyn Env) -> Result<Turn, Error> {
    for _ in 0..seconds * 1000 / STEP_MILLISECONDS {
        file = match file.try_lock() {
            Ok(Ok(lock)) => return Ok(Turn::Ours(lock)),
            Ok(Err(file)) => file,
            Err(error) => return Ok(Turn::Unknown(error)),
        };
        env.pause(STEP_MILLISECONDS)?;
    }
    Ok(Turn::Theirs)
}
