//! The way into the program, in place of the standard library's: that one prepares for threads and
//! for stack overflows that want to be told, which costs flash and ten system calls.

use std::ffi::{CStr, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// Makes `$run`, a function of the arguments that gives back the exit status, the program.
macro_rules! entry {
    ($run:path) => {
        #[cfg(not(test))]
        #[unsafe(no_mangle)]
        extern "C" fn main(
            count: std::ffi::c_int,
            arguments: *const *const std::ffi::c_char,
        ) -> std::ffi::c_int {
            // SAFETY: this is what the C library calls, with so many strings.
            let arguments = unsafe { $crate::os::start::prepare(count, arguments) };
            $run(arguments).into()
        }
    };
}
pub(crate) use entry;

/// What has to be done first; gives back the arguments.
///
/// # Safety
/// There have to be `count` strings that end in NUL at `arguments`, for as long as the program
/// runs.
#[cfg_attr(test, allow(dead_code))]
pub unsafe fn prepare(
    count: std::ffi::c_int,
    arguments: *const *const std::ffi::c_char,
) -> Vec<OsString> {
    // SAFETY: the set is plain data, filled in before its use; no other memory is involved. The
    // standard descriptors have to be open: a file opened later would get their number, and what
    // is said to standard error would go into it. A pipe that nobody reads and a file at its limit
    // are errors of the write, not the end of the program. What a parent holds back or ignores is
    // no wish of the operator's: an alarm has to ring, and a child's status has to be heard.
    unsafe {
        for fd in libc::STDIN_FILENO..=libc::STDERR_FILENO {
            if libc::fcntl(fd, libc::F_GETFD) < 0 {
                libc::open(c"/dev/null".as_ptr(), libc::O_RDWR);
            }
        }
        libc::signal(libc::SIGPIPE, libc::SIG_IGN);
        libc::signal(libc::SIGXFSZ, libc::SIG_IGN);
        libc::signal(libc::SIGCHLD, libc::SIG_DFL);
        let mut none: libc::sigset_t = std::mem::zeroed();
        libc::sigemptyset(&mut none);
        libc::sigprocmask(libc::SIG_SETMASK, &none, std::ptr::null_mut());
    }
    let count = usize::try_from(count).unwrap_or_default();
    let mut list = Vec::with_capacity(count);
    for number in 0..count {
        // SAFETY: as the caller has promised.
        let text = unsafe { CStr::from_ptr(*arguments.add(number)) };
        list.push(OsStr::from_bytes(text.to_bytes()).to_os_string());
    }
    list
}
