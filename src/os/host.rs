//! This machine's host name.

use std::ffi::{CStr, CString};

/// Longest host name with its NUL, in bytes (RFC 1035 section 2.3.4 allows less).
const NAME_BYTES: usize = 256;

/// The configured host name, if any.
pub fn name() -> Option<String> {
    let mut name: [libc::c_char; NAME_BYTES] = [0; NAME_BYTES];
    // SAFETY: pointer and length are of one array; the last byte is left to end the string.
    let text = unsafe {
        if libc::gethostname(name.as_mut_ptr(), NAME_BYTES - 1) != 0 {
            return None;
        }
        CStr::from_ptr(name.as_ptr())
    };
    text.to_str().ok().filter(|name| !name.is_empty()).map(str::to_string)
}

/// The canonical name of a host by `/etc/hosts` or DNS (getaddrinfo(3), AI_CANONNAME).
pub fn canonical(name: &str) -> Option<String> {
    let name = CString::new(name).ok()?;
    // SAFETY: the hints are zeroed and then filled in; the list is read before it is freed, and
    // freed once. Only its first entry has the canonical name.
    unsafe {
        let mut hints: libc::addrinfo = std::mem::zeroed();
        hints.ai_flags = libc::AI_CANONNAME;
        hints.ai_socktype = libc::SOCK_DGRAM;
        let mut list = std::ptr::null_mut();
        if libc::getaddrinfo(name.as_ptr(), std::ptr::null(), &raw const hints, &raw mut list) != 0
            || list.is_null()
        {
            return None;
        }
        let canonical = (*list).ai_canonname;
        let text = (!canonical.is_null())
            .then(|| CStr::from_ptr(canonical).to_str().ok().map(str::to_string));
        libc::freeaddrinfo(list);
        text.flatten()
    }
}
