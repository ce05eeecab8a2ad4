//! The last bound on anything that stalls or swells: the process says one line and ends.

use std::sync::atomic::{AtomicUsize, Ordering};

/// Longest subject kept for the handler, in bytes.
const SUBJECT_BYTES_MAX: usize = 512;

// The handler may only touch what is ready before it runs: no allocation, no lock.
static mut SUBJECT: [u8; SUBJECT_BYTES_MAX] = [0; SUBJECT_BYTES_MAX];
static SUBJECT_BYTES: AtomicUsize = AtomicUsize::new(0);

/// While it lives, the process ends with exit status 1 after the seconds given to [`Alarm::arm`].
pub struct Alarm(());

impl Alarm {
    /// Sets the alarm; `subject` says what is being done, for the line written if it rings.
    ///
    /// One alarm at a time: a process has only one timer of this kind.
    pub fn arm(seconds: u32, subject: &str) -> Alarm {
        remember(subject);
        let ring: extern "C" fn(libc::c_int) = ring;
        // SAFETY: `ring` is async-signal-safe (it reads statics, writes and exits), the action
        // struct is zeroed and then filled in, and SIGALRM is used by nothing else.
        unsafe {
            let mut action: libc::sigaction = std::mem::zeroed();
            action.sa_sigaction = ring as usize;
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

/// What the line says when the alarm rings, without its full stop.
pub const LATE_WORDS: &str = "no complete answer within the time allowed";

extern "C" fn ring(_signal: libc::c_int) {
    end(LATE_WORDS.as_bytes())
}

/// Ends the process because it may not have more memory.
pub fn out_of_memory() -> ! {
    end(b"out of memory, an answer was larger than allowed")
}

/// How long it is waited for room for the line, in milliseconds.
const ROOM_MILLISECONDS_MAX: libc::c_int = 1000;

/// Writes "ERROR: SUBJECT: `why`" and ends the process with status 1.
///
/// Async-signal-safe, and needs no memory.
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
    // are async-signal-safe and get valid pointers with their lengths. One call, so one line; none
    // where nobody reads, as the end must not wait for that.
    unsafe {
        libc::poll(&mut room, 1, ROOM_MILLISECONDS_MAX);
        if room.revents & libc::POLLOUT != 0 {
            libc::writev(libc::STDERR_FILENO, line.as_ptr(), line.len() as libc::c_int);
        }
        libc::_exit(1)
    }
}
