//! What the standard library does not do with sockets.

use std::io;
use std::net::{TcpListener, UdpSocket};
use std::os::fd::AsRawFd;

/// Longest name of an interface in bytes (IFNAMSIZ less its NUL).
pub const INTERFACE_BYTES_MAX: usize = libc::IFNAMSIZ - 1;

/// Makes `socket` send and receive through one interface only (SO_BINDTODEVICE), whatever the
/// routing rules say of its source address. Since Linux 5.7 no privilege is needed.
pub fn bind_to_device(socket: &UdpSocket, interface: &str) -> io::Result<()> {
    // SAFETY: pointer and length are of one string; the kernel needs no NUL behind it.
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

/// Lets so many wait that have not been accepted yet; the standard library lets 128, which a burst
/// of connections passes, and those behind it try again only after a second.
pub fn let_wait(listener: &TcpListener, count: i32) {
    // SAFETY: no memory is involved. If it fails, it is as before.
    unsafe { libc::listen(listener.as_raw_fd(), count) };
}

/// Whether an error means that this machine is short of something, rather than the network.
pub fn is_shortage(error: &io::Error) -> bool {
    let shortages = [libc::EMFILE, libc::ENFILE, libc::ENOMEM, libc::ENOBUFS];
    error.raw_os_error().is_some_and(|number| shortages.contains(&number))
}
