//! Running work that may block forever in a thread, with a deadline.

use super::poll;
use std::io;
use std::os::fd::AsRawFd;
use std::thread::Builder;
use std::time::Instant;

/// The result of `work`, or None if it takes longer than `until`; the thread is then abandoned.
///
/// It waits for a pipe, because the standard library's timed waits return at once on big-endian
/// MIPS: they pass a 64-bit time to a system call that reads 32 bits.
///
/// # Errors
/// No thread or pipe could be created.
pub fn within<T: Send + 'static>(
    until: Instant,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Option<T>> {
    let (reader, writer) = io::pipe()?;
    let thread = Builder::new().spawn(move || {
        let done = work();
        // Closing the pipe signals completion.
        drop(writer);
        done
    })?;
    while !poll::readable(&[reader.as_raw_fd()], until)?.contains(&true) {
        if Instant::now() >= until {
            return Ok(None);
        }
    }
    // It cannot have panicked: that aborts the process.
    Ok(thread.join().ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn what_is_done_in_time_comes_back() {
        let until = Instant::now() + Duration::from_secs(60);
        assert_eq!(within(until, || "done".to_string()).unwrap().as_deref(), Some("done"));
    }

    #[test]
    fn what_blocks_is_left_to_itself() {
        let (mut reader, writer) = io::pipe().unwrap();
        let until = Instant::now() + Duration::from_millis(20);
        let read = move || io::Read::read(&mut reader, &mut [0]).unwrap();
        assert_eq!(within(until, read).unwrap(), None);
        assert!(Instant::now() >= until);
        drop(writer);
    }
}
