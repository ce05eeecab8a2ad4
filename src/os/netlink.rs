//! A route netlink socket (netlink(7), rtnetlink(7)).

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// Buffer for one datagram; the kernel's dumps use at most this much at a time.
pub const DATAGRAM_BYTES: usize = 16 * 1024;

/// The group of messages about IPv6 addresses: `1 << (RTNLGRP_IPV6_IFADDR - 1)`.
const RTMGRP_IPV6_IFADDR: u32 = 0x100;

/// An open socket of the family NETLINK_ROUTE.
pub struct Netlink {
    socket: OwnedFd,
}

impl Netlink {
    /// Opens a socket on which [`Netlink::receive`] times out after `seconds`.
    pub fn open(seconds: u32) -> io::Result<Netlink> {
        let socket = socket(0)?;
        let limit = libc::timeval { tv_sec: seconds as _, tv_usec: 0 };
        // SAFETY: pointer and size are of one struct. If it is refused, the kernel still answers.
        unsafe {
            libc::setsockopt(
                socket.as_raw_fd(),
                libc::SOL_SOCKET,
                libc::SO_RCVTIMEO,
                (&raw const limit).cast(),
                size_of_val(&limit) as libc::socklen_t,
            );
        }
        Ok(Netlink { socket })
    }

    /// Opens a non-blocking socket that receives changes of IPv6 addresses.
    pub fn watch_v6_addresses() -> io::Result<Netlink> {
        let socket = socket(libc::SOCK_NONBLOCK)?;
        // SAFETY: the address is plain data, filled in before its use, and passed with its size.
        let bound = unsafe {
            let mut address: libc::sockaddr_nl = std::mem::zeroed();
            address.nl_family = libc::AF_NETLINK as libc::sa_family_t;
            address.nl_groups = RTMGRP_IPV6_IFADDR;
            let size = size_of_val(&address) as libc::socklen_t;
            libc::bind(socket.as_raw_fd(), (&raw const address).cast(), size)
        };
        if bound != 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Netlink { socket })
    }

    pub fn descriptor(&self) -> RawFd {
        self.fd()
    }

    /// Sends a request to the kernel.
    pub fn send(&self, request: &[u8]) -> io::Result<()> {
        // SAFETY: pointer and length are of one slice.
        let sent = unsafe { libc::send(self.fd(), request.as_ptr().cast(), request.len(), 0) };
        if usize::try_from(sent) == Ok(request.len()) {
            Ok(())
        } else {
            Err(io::Error::last_os_error())
        }
    }

    /// The next datagram from the kernel; those from other processes are skipped.
    pub fn receive<'a>(&self, buffer: &'a mut [u8]) -> io::Result<&'a [u8]> {
        loop {
            // SAFETY: an address of zeros is a valid one; pointers and lengths are of one slice
            // and one struct each.
            let (got, from) = unsafe {
                let mut from: libc::sockaddr_nl = std::mem::zeroed();
                let mut length = size_of_val(&from) as libc::socklen_t;
                let got = libc::recvfrom(
                    self.fd(),
                    buffer.as_mut_ptr().cast(),
                    buffer.len(),
                    libc::MSG_TRUNC,
                    (&raw mut from).cast(),
                    &raw mut length,
                );
                (got, from.nl_pid)
            };
            match usize::try_from(got) {
                Err(_) => {
                    let error = io::Error::last_os_error();
                    if error.kind() != io::ErrorKind::Interrupted {
                        return Err(error);
                    }
                }
                Ok(_) if from != 0 => {}
                Ok(length) => {
                    let short = || io::Error::new(io::ErrorKind::InvalidData, "answer too long");
                    return buffer.get(..length).ok_or_else(short);
                }
            }
        }
    }

    fn fd(&self) -> RawFd {
        self.socket.as_raw_fd()
    }
}

/// A netlink socket with these additional flags.
fn socket(flags: libc::c_int) -> io::Result<OwnedFd> {
    let kind = libc::SOCK_RAW | libc::SOCK_CLOEXEC | flags;
    // SAFETY: no memory is involved; the descriptor is owned from here on.
    unsafe {
        let fd = libc::socket(libc::AF_NETLINK, kind, libc::NETLINK_ROUTE);
        if fd < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(OwnedFd::from_raw_fd(fd))
    }
}
