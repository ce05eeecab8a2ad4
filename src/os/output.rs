//! Standard output and standard error for a daemon, which must not wait for whoever reads them.

use super::poll;
use std::fs::{self, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};

pub const OUTPUT: RawFd = libc::STDOUT_FILENO;
pub const ERROR: RawFd = libc::STDERR_FILENO;
/// What a pipe takes whole or not at all (PIPE_BUF), in bytes.
const PIECE_BYTES_MAX: usize = 4096;

/// Opens both anew where they are pipes or terminals, so that a write which would wait fails. The
/// flag for that belongs to the open file, which is not this process's alone: a shell's, often.
/// Where it may not open them (another user's pipe) or cannot (a socket) they stay, and a look
/// before each write has to do. Files on a medium that is stuck make every write wait.
pub fn open_anew() {
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
            // SAFETY: numbers only; what had that number is not used by anybody else.
            unsafe { libc::dup2(file.as_raw_fd(), fd) };
        }
    }
}

/// Writes as much as goes without waiting, and gives how many bytes that was.
pub fn offer(fd: RawFd, bytes: &[u8]) -> io::Result<usize> {
    let mut taken = 0;
    for piece in bytes.chunks(PIECE_BYTES_MAX) {
        // Where the kernel cannot tell (no memory), a line is worth the risk to wait.
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
            match offer(fd, &LINE).unwrap() {
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
        assert_eq!(offer(writer.as_raw_fd(), &[b'x'; 100_000]).unwrap(), 0);
        let mut read = vec![0; taken];
        reader.read_exact(&mut read).unwrap();
        assert_eq!(offer(writer.as_raw_fd(), &LINE).unwrap(), LINE.len());
        // More than it holds goes as far as it does, in whole pieces.
        let taken = offer(writer.as_raw_fd(), &[b'x'; 1_000_000]).unwrap();
        assert!(taken > 0 && taken.is_multiple_of(PIECE_BYTES_MAX), "{taken}");
    }

    #[test]
    fn a_socket_that_nobody_reads_takes_what_it_holds() {
        let (reader, writer) = UnixStream::pair().unwrap();
        assert!(fill(writer.as_raw_fd()) > 0);
        drop(reader);
        assert!(offer(writer.as_raw_fd(), &LINE).is_err());
    }
}
