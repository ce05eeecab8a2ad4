//! Makes programs of this machine invisible to one child, for cases in which they are missing.
use std::ffi::CString;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// In the child's own view of the file system `paths` are devices, and so no programs.
///
/// Needs root or user namespaces.
pub fn hide(command: &mut Command, paths: Vec<PathBuf>) {
    if paths.is_empty() {
        return;
    }
    let c_path = |path: &Path| CString::new(path.as_os_str().as_bytes()).unwrap();
    let paths: Vec<CString> = paths.iter().map(|path| c_path(path)).collect();
    // SAFETY: between fork and exec only system calls are made, on strings made before.
    unsafe { command.pre_exec(move || cover(&paths)) };
}

/// Whether [`hide`] works here.
pub fn can_hide() -> bool {
    let mut command = Command::new("/bin/true");
    hide(&mut command, vec![PathBuf::from("/bin/false")]);
    command.status().is_ok_and(|status| status.success())
}

fn cover(paths: &[CString]) -> io::Result<()> {
    let mount = |from: *const libc::c_char, at: *const libc::c_char, flags| {
        // SAFETY: both are null or C strings, the rest may be null for these flags.
        match unsafe { libc::mount(from, at, std::ptr::null(), flags, std::ptr::null()) } {
            0 => Ok(()),
            _ => Err(io::Error::last_os_error()),
        }
    };
    // SAFETY: no memory is involved; this process has one thread.
    let alone = unsafe {
        libc::unshare(libc::CLONE_NEWNS) == 0
            || libc::unshare(libc::CLONE_NEWUSER | libc::CLONE_NEWNS) == 0
    };
    if !alone {
        return Err(io::Error::last_os_error());
    }
    mount(std::ptr::null(), c"/".as_ptr(), libc::MS_REC | libc::MS_PRIVATE)?;
    for path in paths {
        mount(c"/dev/null".as_ptr(), path.as_ptr(), libc::MS_BIND)?;
    }
    Ok(())
}
