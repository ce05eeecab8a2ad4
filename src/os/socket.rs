//! Socket options that the standard library lacks.

use std::io;
use std::net::{TcpListener, UdpSocket};
use std::os::fd::AsRawFd;

/// Longest name of an interface in bytes (IFNAMSIZ less its NUL).
pub const INTERFACE_BYTES_MAX: usize = libc::IFNAMSIZ - 1;

/// Binds `socket` to one interface (SO_BINDTODEVICE), regardless of routing rules for its source
/// address. Since Linux 5.7 no privilege is needed.
pub fn bind_to_device(socket: &UdpSocket, interface: &str) -> io::Result<()> {
    // SAFETY: pointer and length are of one string; the kernel needs no NUL after it.
    let result = unsafe {
        libc::setsockopt(
            socket.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_BINDTODEVICE,
            interface.as_ptr().cast(),
            interface.len() as libc::socklen_t,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Sets the backlog of connections not yet accepted. The standard library's 128 is exceeded by a
/// burst, and the surplus retries only after a second.
pub fn set_backlog(listener: &TcpListener, count: i32) {
    // SAFETY: no memory is involved. If it fails the backlog is unchanged.
    unsafe { libc::listen(listener.as_raw_fd(), count) };
}

/// Whether an error means a local lack of resources rather than a network failure.
pub fn is_shortage(error: &io::Error) -> bool {
    let shortages = [libc::EMFILE, libc::ENFILE, libc::ENOMEM, libc::ENOBUFS];
    error.raw_os_error().is_some_and(|number| shortages.contains(&number))
}
