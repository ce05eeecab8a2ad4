//! The limit of open descriptors (RLIMIT_NOFILE), and which of them children inherit.

/// Descriptors from this number on are not looked at; a parent rarely leaves one open there.
const DESCRIPTORS_LOOKED_AT: libc::c_int = 256;

/// Raises the soft limit towards `wanted` as far as the hard limit allows; gives the limit then in
/// force.
pub fn raise_nofile(wanted: usize) -> usize {
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

/// Sets close-on-exec on every descriptor inherited from the parent but the standard ones. They are
/// not closed: an emulator has descriptors of its own in this process.
pub fn set_cloexec() {
    for fd in libc::STDERR_FILENO + 1..DESCRIPTORS_LOOKED_AT {
        // SAFETY: numbers only; a descriptor that is not open is an error without effect.
        unsafe { libc::fcntl(fd, libc::F_SETFD, libc::FD_CLOEXEC) };
    }
}

/// Lowers soft and hard limit to `most`, for good.
pub fn limit_nofile(most: usize) {
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
