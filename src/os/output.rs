//! Non-blocking standard output and standard error for daemons.

use super::poll;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};

pub const OUTPUT: RawFd = libc::STDOUT_FILENO;
pub const ERROR: RawFd = libc::STDERR_FILENO;
/// What a pipe takes atomically (PIPE_BUF), in bytes.
const ATOMIC_BYTES_MAX: usize = 4096;

/// Reopens both, if they are pipes or terminals, with O_NONBLOCK. The flag belongs to the open file
/// description, which is often shared with a shell, so it must not be set on that. What cannot be
/// reopened (another user's pipe, a socket) is polled before each write instead. Writes to regular
/// files can still block on a stuck medium.
pub fn make_nonblocking() {
    for fd in [OUTPUT, ERROR] {
        let path = format!("/proc/self/fd/{fd}");
        let can_wait = |about: &fs::Metadata| {
            about.file_type().is_fifo() || about.file_type().is_char_device()
        };
        if !fs::metadata(&path).as_ref().is_ok_and(can_wait) {
            continue;
        }
        let flags = libc::O_NONBLOCK | libc::O_NOCTTY;
        if let Ok(file) = OpenOptions::new().write(true).custom_flags(flags).open(&path) {
            // SAFETY: no memory is involved; nothing else owns that descriptor.
            unsafe { libc::dup2(file.as_raw_fd(), fd) };
        }
    }
}

/// Writes as much as possible without blocking; returns how many bytes that was.
pub fn write_nonblocking(fd: RawFd, bytes: &[u8]) -> io::Result<usize> {
    let mut taken = 0;
    for piece in bytes.chunks(ATOMIC_BYTES_MAX) {
        // If poll fails (no memory), rather risk blocking than lose the line.
        let may_write = poll::is_writable(fd).unwrap_or(true);
        let count = if may_write { write(fd, piece)? } else { 0 };
        taken += count;
        if count < piece.len() {
            break;
        }
    }
    Ok(taken)
}

fn write(fd: RawFd, piece: &[u8]) -> io::Result<usize> {
    let (from, length) = (piece.as_ptr().cast(), piece.len());
    // SAFETY: pointer and length are of one slice that lives through the calls.
    let mut count =
        unsafe { libc::send(fd, from, length, libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL) };
    if count < 0 && io::Error::last_os_error().raw_os_error() == Some(libc::ENOTSOCK) {
        // SAFETY: as above.
        count = unsafe { libc::write(fd, from, length) };
    }
    match usize::try_from(count) {
        Ok(count) => Ok(count),
        Err(_) => match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::WouldBlock => Ok(0),
            error => Err(error),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Read;
    use std::os::unix::net::UnixStream;

    const LINE: [u8; 100] = [b'x'; 100];

    /// Fills it until nothing more is taken, and gives the number of bytes.
    fn fill(fd: RawFd) -> usize {
        let mut all = 0;
        loop {
            match write_nonblocking(fd, &LINE).unwrap() {
                0 => return all,
                count => all += count,
            }
        }
    }

    #[test]
    fn a_pipe_that_nobody_reads_takes_whole_lines_and_then_none() {
        let (mut reader, writer) = io::pipe().unwrap();
        let taken = fill(writer.as_raw_fd());
        assert_eq!(taken % LINE.len(), 0);
        assert_eq!(write_nonblocking(writer.as_raw_fd(), &[b'x'; 100_000]).unwrap(), 0);
        let mut read = vec![0; taken];
        reader.read_exact(&mut read).unwrap();
        assert_eq!(write_nonblocking(writer.as_raw_fd(), &LINE).unwrap(), LINE.len());
        // More than it holds goes as far as it does, in whole pieces.
        let taken = write_nonblocking(writer.as_raw_fd(), &[b'x'; 1_000_000]).unwrap();
        assert!(taken > 0 && taken.is_multiple_of(ATOMIC_BYTES_MAX), "{taken}");
    }

    #[test]
    fn a_socket_that_nobody_reads_takes_what_it_holds() {
        let (reader, writer) = UnixStream::pair().unwrap();
        assert!(fill(writer.as_raw_fd()) > 0);
        drop(reader);
        assert!(write_nonblocking(writer.as_raw_fd(), &LINE).is_err());
    }
}
