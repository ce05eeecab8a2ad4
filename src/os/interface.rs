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

/// An interface as the kernel has it.
#[derive(Debug, Clone)]
pub struct Interface {
    pub name: String,
    /// Whether its owner wants it to work (IFF_UP).
    pub is_up: bool,
    /// Whether it could (IFF_RUNNING): a cable is in, say.
    pub is_running: bool,
}

/// The highest number that is tried for the list of names, and how long that may become.
const NUMBERS_MAX: u32 = 1024;
const NAMES_BYTES_MAX: usize = 400;

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

    /// Whether there is an interface of that name.
    pub fn has(&self, name: &str) -> bool {
        // SAFETY: a request of zeros is valid; the last byte of the name stays 0; the kernel reads
        // the name and writes the number within the struct.
        unsafe {
            let mut request: libc::ifreq = std::mem::zeroed();
            let room = request.ifr_name.len() - 1;
            for (to, &from) in request.ifr_name.iter_mut().take(room).zip(name.as_bytes()) {
                *to = from as libc::c_char;
            }
            name.len() <= room && self.ask(libc::SIOCGIFINDEX as _, &mut request).is_some()
        }
    }

    /// The names of the interfaces there are, to be shown: some may be missing.
    pub fn names(&self) -> String {
        let mut names = String::new();
        for number in 1..=NUMBERS_MAX {
            let Some(found) = self.look(number) else { continue };
            if !names.is_empty() {
                names.push_str(", ");
            }
            names.push_str(&found.name);
            if names.len() >= NAMES_BYTES_MAX {
                break;
            }
        }
        names
    }

    /// The interface of that number; none where it is gone.
    pub fn look(&self, number: u32) -> Option<Interface> {
        // SAFETY: a request of zeros is valid; the kernel reads the number and writes the name,
        // then reads the name and writes the flags, all within the struct. The name ends in NUL:
        // the kernel's names are shorter than its place.
        unsafe {
            let mut request: libc::ifreq = std::mem::zeroed();
            request.ifr_ifru.ifru_ifindex = number as libc::c_int;
            self.ask(libc::SIOCGIFNAME as _, &mut request)?;
            let name = CStr::from_ptr(request.ifr_name.as_ptr()).to_string_lossy().into_owned();
            self.ask(libc::SIOCGIFFLAGS as _, &mut request)?;
            let flags = i32::from(request.ifr_ifru.ifru_flags);
            let (is_up, is_running) = (flags & libc::IFF_UP != 0, flags & libc::IFF_RUNNING != 0);
            Some(Interface { name, is_up, is_running })
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
