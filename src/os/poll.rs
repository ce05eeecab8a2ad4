//! Waiting for several descriptors at once (poll(2)).

use std::io;
use std::os::fd::RawFd;
use std::time::Instant;

/// Longest wait of one call, in seconds: its milliseconds have to fit into a C int.
const WAIT_SECONDS_MAX: u64 = 86_400;

/// Names a registered descriptor: which part of the program it belongs to, and which one of that
/// part's it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    pub source: u8,
    pub id: u64,
}

/// What a descriptor is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interest {
    Read,
    Write,
}

/// Descriptors to wait for, and after a wait the tokens of those that are ready.
#[derive(Default)]
pub struct PollSet {
    descriptors: Vec<libc::pollfd>,
    tokens: Vec<Token>,
    ready: Vec<Token>,
}

impl PollSet {
    /// Forgets all descriptors, so that they can be registered for the next wait.
    pub fn clear(&mut self) {
        self.descriptors.clear();
        self.tokens.clear();
        self.ready.clear();
    }

    pub fn register(&mut self, token: Token, fd: RawFd, interest: Interest) {
        self.descriptors.push(asked(fd, interest));
        self.tokens.push(token);
    }

    /// Waits until a descriptor is ready (or at its end), or `until`.
    ///
    /// # Errors
    /// See poll(2). An interrupted wait is no error: nothing is ready then.
    pub fn wait(&mut self, until: Instant) -> io::Result<()> {
        self.ready.clear();
        if poll(&mut self.descriptors, until)? {
            for (descriptor, &token) in self.descriptors.iter().zip(&self.tokens) {
                if descriptor.revents != 0 {
                    self.ready.push(token);
                }
            }
        }
        Ok(())
    }

    /// Whether the descriptor registered under this token is ready.
    pub fn is_ready(&self, token: Token) -> bool {
        self.ready.contains(&token)
    }
}

fn asked(fd: RawFd, interest: Interest) -> libc::pollfd {
    let events = if interest == Interest::Write { libc::POLLOUT } else { libc::POLLIN };
    libc::pollfd { fd, events, revents: 0 }
}

/// Waits until one of `descriptors` can be read (or is at its end), or `until`; says which can.
///
/// # Errors
/// See poll(2). An interrupted wait is no error: nothing is readable then.
pub fn readable(descriptors: &[RawFd], until: Instant) -> io::Result<Vec<bool>> {
    let mut all: Vec<libc::pollfd> =
        descriptors.iter().map(|&fd| asked(fd, Interest::Read)).collect();
    let any = poll(&mut all, until)?;
    Ok(all.iter().map(|one| any && one.revents != 0).collect())
}

/// Whether a write to `fd` would be taken now, at least in part.
///
/// # Errors
/// See poll(2).
pub fn is_writable(fd: RawFd) -> io::Result<bool> {
    poll(&mut [asked(fd, Interest::Write)], Instant::now())
}

/// Whether any is ready. A look that does not wait is repeated when interrupted, as its caller
/// would take the descriptor for not ready.
fn poll(descriptors: &mut [libc::pollfd], until: Instant) -> io::Result<bool> {
    loop {
        // Rounded up, or the last millisecond would be a busy loop.
        let left = until.saturating_duration_since(Instant::now());
        let milliseconds = left.as_secs().min(WAIT_SECONDS_MAX) as libc::c_int * 1000
            + left.subsec_micros().div_ceil(1000) as libc::c_int;
        let count = descriptors.len() as libc::nfds_t;
        // SAFETY: pointer and count are of one slice that lives through the call.
        let ready = unsafe { libc::poll(descriptors.as_mut_ptr(), count, milliseconds) };
        if ready >= 0 {
            return Ok(ready > 0);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
        if milliseconds > 0 {
            return Ok(false);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::fd::AsRawFd;

    #[test]
    fn readiness_goes_by_token() {
        let (silent, _writer) = io::pipe().unwrap();
        let (reader, mut writer) = io::pipe().unwrap();
        writer.write_all(b"x").unwrap();
        let (one, two) = (Token { source: 1, id: 7 }, Token { source: 2, id: 7 });
        let mut set = PollSet::default();
        for _ in 0..2 {
            set.clear();
            set.register(one, silent.as_raw_fd(), Interest::Read);
            set.register(two, reader.as_raw_fd(), Interest::Read);
            set.wait(Instant::now()).unwrap();
            assert_eq!((set.is_ready(one), set.is_ready(two)), (false, true));
        }
        set.clear();
        assert!(!set.is_ready(two));
    }
}
