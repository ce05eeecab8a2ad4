//! Whether the system has a thread for those who take it for granted.

use std::io;
use std::thread::Builder;

/// Starts a thread that does nothing, and waits for its end.
///
/// The client for plain HTTP starts one for each request, and where it gets none a panic is all it
/// has to say; what this one had, memory above all, that one will find.
///
/// # Errors
/// There is none to be had.
pub fn can_start() -> io::Result<()> {
    let thread = Builder::new().spawn(|| ())?;
    // It cannot panic, having nothing to do.
    let _ = thread.join();
    Ok(())
}
