//! Interfaces by name and number, and whether they are up.

use std::ffi::{CStr, CString};
use std::io;
use std::net::UdpSocket;
use std::os::fd::AsRawFd;

/// The number of the interface of that name; none where there is no such interface. The kernel
/// passes over what stands behind a colon, the label of an address; that is no interface here.
pub fn number(name: &str) -> Option<u32> {
    let text = CString::new(name).ok()?;
    // SAFETY: the string ends in NUL.
    let number = unsafe { libc::if_nametoindex(text.as_ptr()) };
    (number != 0 && !name.contains(':')).then_some(number)
}

/// The name of an interface; none where it is gone.
pub fn name(number: u32) -> Option<String> {
    let mut name: [libc::c_char; libc::IF_NAMESIZE] = [0; libc::IF_NAMESIZE];
    // SAFETY: the buffer has the size the function asks for, and it ends what it writes in NUL.
    let text = unsafe {
        if libc::if_indextoname(number, name.as_mut_ptr()).is_null() {
            return None;
        }
        CStr::from_ptr(name.as_ptr())
    };
    Some(text.to_string_lossy().into_owned())
}

/// Whether an interface is up (IFF_UP: its owner wants it to work; whether a cable is in is
/// another thing).
pub fn is_up(name: &str) -> io::Result<bool> {
    let socket = UdpSocket::bind((std::net::Ipv4Addr::UNSPECIFIED, 0))?;
    // SAFETY: a request of zeros is valid; the name is cut so that its last byte stays zero. The
    // kernel reads the name and writes the flags, both within the struct.
    unsafe {
        let mut request: libc::ifreq = std::mem::zeroed();
        for (to, from) in request.ifr_name.iter_mut().zip(name.bytes().take(libc::IFNAMSIZ - 1)) {
            *to = from as libc::c_char;
        }
        if libc::ioctl(socket.as_raw_fd(), libc::SIOCGIFFLAGS as _, &raw mut request) < 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(i32::from(request.ifr_ifru.ifru_flags) & libc::IFF_UP != 0)
    }
}
