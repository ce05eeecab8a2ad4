//! The last limit on time and memory: the process writes one line and exits.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Longest subject kept for the signal handler, in bytes.
const SUBJECT_BYTES_MAX: usize = 512;

// The signal handler may neither allocate nor lock, so this is prepared beforehand.
static mut SUBJECT: [u8; SUBJECT_BYTES_MAX] = [0; SUBJECT_BYTES_MAX];
static SUBJECT_BYTES: AtomicUsize = AtomicUsize::new(0);

/// While it exists, the process exits with status 1 after the time given to [`Alarm::arm`].
pub struct Alarm(());

impl Alarm {
    /// Sets the alarm; `subject` names the operation in the line that is written if it expires.
    ///
    /// Only one at a time: a process has one timer of this kind.
    pub fn arm(seconds: u32, subject: &str) -> Alarm {
        remember(subject);
        let handler: extern "C" fn(libc::c_int) = on_alarm;
        // SAFETY: `on_alarm` is async-signal-safe (it reads statics, writes and exits), the action
        // struct is zeroed and then filled in, and SIGALRM is used by nothing else.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = handler as usize;
            libc::sigaction(libc::SIGALRM, &action, std::ptr::null_mut());
            libc::alarm(seconds);
        }
        Alarm(())
    }
}

impl Drop for Alarm {
    fn drop(&mut self) {
        // SAFETY: no memory is involved.
        unsafe { libc::alarm(0) };
        SUBJECT_BYTES.store(0, Ordering::Release);
    }
}

fn remember(subject: &str) {
    SUBJECT_BYTES.store(0, Ordering::Release);
    let length = subject.len().min(SUBJECT_BYTES_MAX);
    // SAFETY: `length` bounds both sides; the handler does not read while the length is zero, and
    // only one thread of ours exists to write.
    unsafe {
        std::ptr::copy_nonoverlapping(subject.as_ptr(), (&raw mut SUBJECT).cast::<u8>(), length);
    }
    SUBJECT_BYTES.store(length, Ordering::Release);
}

/// The message when the alarm expires, without its full stop.
pub const TIMEOUT_MESSAGE: &str = "no complete answer within the time allowed";

extern "C" fn on_alarm(_signal: libc::c_int) {
    end(TIMEOUT_MESSAGE.as_bytes())
}

/// Exits because an allocation failed.
pub fn out_of_memory() -> ! {
    end(b"out of memory, an answer was larger than allowed")
}

/// How long to wait until the line can be written, in milliseconds.
const WRITE_MILLISECONDS_MAX: libc::c_int = 1000;

/// Writes "ERROR: SUBJECT: `why`" and exits with status 1.
///
/// Async-signal-safe; allocates nothing.
fn end(why: &'static [u8]) -> ! {
    let length = SUBJECT_BYTES.load(Ordering::Acquire);
    let part = |bytes: &'static [u8]| libc::iovec {
        iov_base: bytes.as_ptr().cast_mut().cast(),
        iov_len: bytes.len(),
    };
    let subject = libc::iovec { iov_base: (&raw mut SUBJECT).cast(), iov_len: length };
    let colon = if length == 0 { part(b"") } else { part(b": ") };
    let line = [part(b"ERROR: "), subject, colon, part(why), part(b".\n")];
    let mut room = libc::pollfd { fd: libc::STDERR_FILENO, events: libc::POLLOUT, revents: 0 };
    // SAFETY: the subject is not changed while its length is not zero; `poll`, `writev` and `_exit`
    // are async-signal-safe and get valid pointers with their lengths. One call, so one line; it is
    // dropped if nothing reads standard error, since the exit must not wait for that.
    unsafe {
        libc::poll(&mut room, 1, WRITE_MILLISECONDS_MAX);
        if room.revents & libc::POLLOUT != 0 {
            libc::writev(libc::STDERR_FILENO, line.as_ptr(), line.len() as libc::c_int);
        }
        libc::_exit(1)
    }
}
