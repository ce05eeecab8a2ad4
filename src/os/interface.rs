//! Interfaces by name and number, and whether they are up.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// The number of the interface of that name; none where there is no such interface. The kernel
/// passes over what stands behind a colon, the label of an address; that is no interface here.
pub fn number(name: &str) -> Option<u32> {
    let text = CString::new(name).ok()?;
    // SAFETY: the string ends in NUL.
    let number = unsafe { libc::if_nametoindex(text.as_ptr()) };
    (number != 0 && !name.contains(':')).then_some(number)
}

/// What the kernel is asked about interfaces with.
pub struct Interfaces {
    /// Any socket will do.
    socket: OwnedFd,
}

impl Interfaces {
    pub fn open() -> io::Result<Interfaces> {
        // SAFETY: no memory is involved; the descriptor is owned from here on.
        let socket = unsafe {
            let fd = libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0);
            if fd < 0 {
                return Err(io::Error::last_os_error());
            }
            OwnedFd::from_raw_fd(fd)
        };
        Ok(Interfaces { socket })
    }

    /// The name of an interface, and whether it is up (IFF_UP: its owner wants it to work; whether
    /// a cable is in is another thing). None where it is gone.
    pub fn look(&self, number: u32) -> Option<(String, bool)> {
        // SAFETY: a request of zeros is valid; the kernel reads the number and writes the name,
        // then reads the name and writes the flags, all within the struct. The name ends in NUL:
        // the kernel's names are shorter than its place.
        unsafe {
            let mut request: libc::ifreq = std::mem::zeroed();
            request.ifr_ifru.ifru_ifindex = number as libc::c_int;
            self.ask(libc::SIOCGIFNAME as _, &mut request)?;
            let name = CStr::from_ptr(request.ifr_name.as_ptr()).to_string_lossy().into_owned();
            self.ask(libc::SIOCGIFFLAGS as _, &mut request)?;
            Some((name, i32::from(request.ifr_ifru.ifru_flags) & libc::IFF_UP != 0))
        }
    }

    /// # Safety
    /// `what` has to be a request that takes an `ifreq`.
    unsafe fn ask(&self, what: libc::Ioctl, request: &mut libc::ifreq) -> Option<()> {
        // SAFETY: as the caller has promised.
        let result = unsafe { libc::ioctl(self.socket.as_raw_fd(), what, &raw mut *request) };
        (result == 0).then_some(())
    }
}
