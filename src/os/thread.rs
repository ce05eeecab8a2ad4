//! Work that may block for ever, done beside this thread, which waits for it as long as it should.

use super::poll;
use std::io;
use std::os::fd::AsRawFd;
use std::thread::Builder;
use std::time::Instant;

/// What comes of `work` until then; nothing where it takes longer, and then it goes on, for nobody,
/// as long as the process lives.
///
/// The wait is for a pipe, because those of the standard library end at once on big-endian MIPS,
/// where the kernel is given a time of 64 bits and reads one of 32.
///
/// # Errors
/// There is no thread or no pipe to be had.
pub fn within<T: Send + 'static>(
    until: Instant,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<Option<T>> {
    let (reader, writer) = io::pipe()?;
    let thread = Builder::new().spawn(move || {
        let done = work();
        // Its end is what is waited for.
        drop(writer);
        done
    })?;
    while !poll::readable(&[reader.as_raw_fd()], until)?.contains(&true) {
        if Instant::now() >= until {
            return Ok(None);
        }
    }
    // It cannot have panicked: that ends the process.
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
