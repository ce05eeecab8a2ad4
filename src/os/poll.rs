//! Waiting for several descriptors at once.

use std::io;
use std::os::fd::RawFd;
use std::time::Instant;

/// Longest wait in one go, in seconds: in milliseconds it has to fit into what C calls an int.
const WAIT_SECONDS_MAX: u64 = 86_400;

/// Waits until one of `descriptors` can be read (or has ended), or `until`, and says which can.
///
/// Interrupted waits count as nothing readable; the caller looks at its deadline anyway.
pub fn readable(descriptors: &[RawFd], until: Instant) -> io::Result<Vec<bool>> {
    let mut asked: Vec<libc::pollfd> = descriptors
        .iter()
        .map(|&fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 })
        .collect();
    // Rounded up, or the last millisecond would be spent turning.
    let left = until.saturating_duration_since(Instant::now());
    let milliseconds = left.as_secs().min(WAIT_SECONDS_MAX) as libc::c_int * 1000
        + left.subsec_micros().div_ceil(1000) as libc::c_int;
    // SAFETY: pointer and count are of one vector that lives through the call.
    let ready =
        unsafe { libc::poll(asked.as_mut_ptr(), asked.len() as libc::nfds_t, milliseconds) };
    if ready < 0 {
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
        return Ok(vec![false; descriptors.len()]);
    }
    Ok(asked.iter().map(|one| one.revents != 0).collect())
}
