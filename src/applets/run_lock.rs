//! The lock by which one run at a time of the same kind looks and writes.

use crate::env::Env;
use crate::error::Error;
use crate::store::lock_file::{Lock, LockFile};
use std::io;

/// How often the lock is tried, in milliseconds.
const STEP_MILLISECONDS: u32 = 100;

/// What came of waiting for the lock.
pub enum LockResult {
    /// Held until it is dropped.
    Acquired(Lock),
    /// Another run still holds it.
    Busy,
    /// The file cannot be locked.
    Failed(io::Error),
}

/// Waits for the lock, for so many seconds at most.
///
/// # Errors
/// Unavailable: asked to stop meanwhile.
pub fn acquire(mut file: LockFile, seconds: u32, env: &mut dyn Env) -> Result<LockResult, Error> {
    for _ in 0..seconds * 1000 / STEP_MILLISECONDS {
        file = match file.try_lock() {
            Ok(Ok(lock)) => return Ok(LockResult::Acquired(lock)),
            Ok(Err(file)) => file,
            Err(error) => return Ok(LockResult::Failed(error)),
        };
        env.pause(STEP_MILLISECONDS)?;
    }
    Ok(LockResult::Busy)
}
