//! The environment of this process.

use std::ffi::{CStr, OsStr, OsString, c_char};
use std::os::unix::ffi::OsStrExt;

unsafe extern "C" {
    /// environ(7): a list of `NAME=value`.
    static environ: *const *const c_char;
}

/// A variable. Unlike std's, it is read without a lock: nothing in this program sets variables.
pub fn variable(name: &str) -> Option<OsString> {
    // SAFETY: the C library ends the list with a null pointer and each of its strings with a NUL,
    // and nothing in this program changes it.
    unsafe {
        let mut next = environ;
        while !next.is_null() && !(*next).is_null() {
            let text = CStr::from_ptr(*next).to_bytes();
            if let Some([b'=', value @ ..]) = text.strip_prefix(name.as_bytes()) {
                return Some(OsStr::from_bytes(value).to_os_string());
            }
            next = next.add(1);
        }
    }
    None
}
