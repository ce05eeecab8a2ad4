//! How many descriptors this process may have open.

/// How many are closed one by one where the kernel cannot close them together.
const DESCRIPTORS_LOOKED_AT: libc::rlim_t = 1024;

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

/// Closes all that whoever has started this process has left open, but for the standard ones.
pub fn close_others() {
    let first = libc::STDERR_FILENO + 1;
    // SAFETY: numbers only; nothing of this process's own is open yet. Kernels before 5.9 do not
    // have the first of these.
    unsafe {
        if libc::syscall(libc::SYS_close_range, first, libc::c_uint::MAX, 0) != 0 {
            let mut limit: libc::rlimit = std::mem::zeroed();
            libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit);
            for fd in first..limit.rlim_cur.min(DESCRIPTORS_LOOKED_AT) as libc::c_int {
                libc::close(fd);
            }
        }
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
