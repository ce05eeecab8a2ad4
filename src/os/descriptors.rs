//! How many descriptors this process may have open.

/// The first that is taken for free without a look: this many a process usually may have.
const DESCRIPTORS_LOOKED_AT: libc::c_int = 256;

/// Raises the limit to `wanted` as far as it may be raised, and gives back what it is then.
pub fn make_room(wanted: usize) -> usize {
    let number = |limit: libc::rlim_t| usize::try_from(limit).unwrap_or(usize::MAX);
    // SAFETY: the struct is plain data that lives through the calls.
    unsafe {
        let mut limit: libc::rlimit = std::mem::zeroed();
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) != 0 {
            return wanted;
        }
        if number(limit.rlim_cur) < wanted {
            limit.rlim_cur = limit.rlim_max.min(wanted as libc::rlim_t);
            libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
            libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit);
        }
        number(limit.rlim_cur)
    }
}

/// Keeps from children all that whoever has started this process has left open, but for the
/// standard ones. Not from this process: an emulator has descriptors of its own in it.
pub fn keep_from_children() {
    for fd in libc::STDERR_FILENO + 1..DESCRIPTORS_LOOKED_AT {
        // SAFETY: numbers only; of what is not open nothing comes.
        unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
}

/// Lowers the limit to `most`, and how far it may be raised again, for good.
pub fn bound(most: usize) {
    // SAFETY: the struct is plain data that lives through the calls.
    unsafe {
        let mut limit: libc::rlimit = std::mem::zeroed();
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) == 0 {
            limit.rlim_cur = limit.rlim_cur.min(most as libc::rlim_t);
            limit.rlim_max = limit.rlim_max.min(most as libc::rlim_t);
            libc::setrlimit(libc::RLIMIT_NOFILE, &limit);
        }
    }
}
