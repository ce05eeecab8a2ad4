//! Signals read from a descriptor (signalfd(2)).

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// What a signal asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signal {
    /// SIGTERM or SIGINT.
    End,
    /// SIGHUP.
    LookAgain,
}

/// The blocked signals' descriptor.
pub struct Signals {
    descriptor: OwnedFd,
}

impl Signals {
    pub fn open() -> io::Result<Signals> {
        // SAFETY: the set is plain data, filled in before its use; the descriptor is owned from
        // here on.
        unsafe {
            let mut set: libc::sigset_t = std::mem::zeroed();
            libc::sigemptyset(&mut set);
            for number in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
                libc::sigaddset(&mut set, number);
            }
            if libc::sigprocmask(libc::SIG_BLOCK, &set, std::ptr::null_mut()) != 0 {
                return Err(io::Error::last_os_error());
            }
            let fd = libc::signalfd(-1, &set, libc::SFD_NONBLOCK | libc::SFD_CLOEXEC);
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            Ok(Signals { descriptor: OwnedFd::from_raw_fd(fd) })
        }
    }

    pub fn descriptor(&self) -> RawFd {
        self.descriptor.as_raw_fd()
    }

    /// The next pending signal, if any.
    pub fn next(&self) -> Option<Signal> {
        // SAFETY: the struct is plain data of the size the kernel writes at most.
        let (got, info) = unsafe {
            let mut info: libc::signalfd_siginfo = std::mem::zeroed();
            let size = size_of_val(&info);
            (libc::read(self.descriptor(), (&raw mut info).cast(), size), info)
        };
        if usize::try_from(got) != Ok(size_of_val(&info)) {
            return None;
        }
        match info.ssi_signo as i32 {
            libc::SIGHUP => Some(Signal::LookAgain),
            _ => Some(Signal::End),
        }
    }
}
