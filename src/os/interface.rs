//! Network interfaces by name and index, and whether they are up.

use std::ffi::{CStr, CString};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};

/// The index of an interface by name. The kernel ignores what follows a colon, the label of an
/// address; such a name is no interface here.
pub fn index(name: &str) -> Option<u32> {
    let text = CString::new(name).ok()?;
    // SAFETY: the string ends in NUL.
    let number = unsafe { libc::if_nametoindex(text.as_ptr()) };
    (number != 0 && !name.as_bytes().contains(&b':')).then_some(number)
}

/// An interface as the kernel has it.
#[derive(Debug, Clone)]
pub struct Interface {
    pub name: String,
    /// Administratively up (IFF_UP).
    pub is_up: bool,
    /// Operational (IFF_RUNNING): a cable is plugged in, for example.
    pub is_running: bool,
}

/// Highest index tried for the list of names, and the list's longest length in bytes.
const INDEX_MAX: u32 = 1024;
const NAMES_BYTES_MAX: usize = 400;

/// A socket for queries about interfaces (netdevice(7)).
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

    /// The names of the interfaces, for messages; the list may be truncated.
    pub fn names(&self) -> String {
        let mut names = String::new();
        for number in 1..=INDEX_MAX {
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

    /// The interface with that index, if it exists.
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
        // SAFETY: by this function's contract.
        let result = unsafe { libc::ioctl(self.socket.as_raw_fd(), what, &raw mut *request) };
        (result == 0).then_some(())
    }
}
