//! The program's entry point, replacing the standard library's, which prepares for threads and for
//! stack overflow messages at the cost of flash and ten system calls.

use std::ffi::{CStr, OsStr, OsString};
use std::os::unix::ffi::OsStrExt;

/// Defines `main`, which passes the arguments to `$run` and exits with the status it returns.
macro_rules! entry {
    ($run:path) => {
        #[cfg(not(test))]
        #[unsafe(no_mangle)]
        extern "C" fn main(
            count: std::ffi::c_int,
            arguments: *const *const std::ffi::c_char,
        ) -> std::ffi::c_int {
            // SAFETY: the C library calls this with `count` strings.
            let arguments = unsafe { $crate::os::start::prepare(count, arguments) };
            $run(arguments).into()
        }
    };
}
pub(crate) use entry;

/// Prepares the process and returns the arguments.
///
/// # Safety
/// `arguments` must point to `count` NUL-terminated strings that live as long as the program.
#[cfg_attr(test, allow(dead_code))]
pub unsafe fn prepare(
    count: std::ffi::c_int,
    arguments: *const *const std::ffi::c_char,
) -> Vec<OsString> {
    // SAFETY: the set is plain data, filled in before its use; no other memory is involved. The
    // standard descriptors must be open, or a file opened later would get their number and the
    // messages with it. A closed pipe or a file size limit is an error of the write, not the end of
    // the program. Signals that the parent blocked or ignored are reset: SIGALRM and SIGCHLD are
    // needed.
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
        // SAFETY: by this function's contract.
        let text = unsafe { CStr::from_ptr(*arguments.add(number)) };
        list.push(OsStr::from_bytes(text.to_bytes()).to_os_string());
    }
    list
}
