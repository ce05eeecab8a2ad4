//! Waiting for several descriptors at once.

use std::io;
use std::os::fd::RawFd;
use std::time::Instant;

/// Longest wait in one go, in seconds: in milliseconds it has to fit into what C calls an int.
const WAIT_SECONDS_MAX: u64 = 86_400;

/// What is waited for at one descriptor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// Negative: nothing, so that lists keep their places.
    pub fd: RawFd,
    /// Whether for room to write, else for something to read.
    pub is_for_room: bool,
}

impl Wait {
    /// For nothing at all.
    pub const NOTHING: Wait = Wait { fd: -1, is_for_room: false };

    pub fn to_read(fd: RawFd) -> Wait {
        Wait { fd, is_for_room: false }
    }

    pub fn for_room(fd: RawFd) -> Wait {
        Wait { fd, is_for_room: true }
    }
}

/// Waits until one of `descriptors` can be read (or has ended), or `until`, and says which can.
///
/// Interrupted waits count as nothing readable; the caller looks at its deadline anyway. A look
/// that does not wait is made again: what it does not find would be taken for not there.
pub fn readable(descriptors: &[RawFd], until: Instant) -> io::Result<Vec<bool>> {
    let waits: Vec<Wait> = descriptors.iter().map(|&fd| Wait::to_read(fd)).collect();
    ready(&waits, until)
}

/// The same for reading and for writing.
pub fn ready(waits: &[Wait], until: Instant) -> io::Result<Vec<bool>> {
    let asked = |wait: &Wait| {
        let events = if wait.is_for_room { libc::POLLOUT } else { libc::POLLIN };
        libc::pollfd { fd: wait.fd, events, revents: 0 }
    };
    // The kernel takes no more than there can be descriptors, and would count placeholders.
    let mut asked: Vec<libc::pollfd> =
        waits.iter().filter(|wait| wait.fd >= 0).map(asked).collect();
    loop {
        // Rounded up, or the last millisecond would be spent turning.
        let left = until.saturating_duration_since(Instant::now());
        let milliseconds = left.as_secs().min(WAIT_SECONDS_MAX) as libc::c_int * 1000
            + left.subsec_micros().div_ceil(1000) as libc::c_int;
        // SAFETY: pointer and count are of one vector that lives through the call.
        let ready =
            unsafe { libc::poll(asked.as_mut_ptr(), asked.len() as libc::nfds_t, milliseconds) };
        if ready >= 0 {
            break;
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
        if milliseconds > 0 {
            return Ok(vec![false; waits.len()]);
        }
    }
    let mut answers = asked.iter().map(|one| one.revents != 0);
    let answer = |wait: &Wait| wait.fd >= 0 && answers.next().unwrap_or(false);
    Ok(waits.iter().map(answer).collect())
}
