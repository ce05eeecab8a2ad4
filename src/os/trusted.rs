//! Opening files only through paths that no user but root can change.

use super::file;
use std::ffi::{CStr, CString, OsString};
use std::fs::{self, File};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd};
use std::os::unix::ffi::OsStringExt;
use std::os::unix::fs::{MetadataExt, fchown};
use std::path::{Component, Path, PathBuf};

/// Most path components walked, those of symbolic links included; the kernel follows 40 links.
const STEPS_MAX: usize = 256;
const STICKY: u32 = 0o1000;
/// Write permission for group or others.
const OTHERS_WRITE: u32 = 0o022;

/// A directory that only root can change, and the name of a file in it that is no symbolic link.
struct TrustedPath {
    directory: File,
    name: CString,
}

/// Opens a log file, creating it and its directories if necessary, if only root can have placed it
/// there.
///
/// # Errors
/// PermissionDenied, with a message: other users can change a directory or link on the path.
pub fn open_log(path: &Path, truncate: bool) -> io::Result<File> {
    let path = walk(path)?;
    let flags = libc::O_WRONLY | libc::O_CREAT | libc::O_NONBLOCK;
    let how = if truncate { libc::O_TRUNC } else { libc::O_APPEND };
    open_at(&path.directory, &path.name, flags | how)
}

/// Changes the owner of root's file that was opened by `path`, so that this process can reopen it
/// as that user. Does nothing unless only root can have placed it there, or if it is reached
/// through a symbolic link or has another hard link.
pub fn hand_over(file: &File, path: &Path, user: u32, group: u32) -> io::Result<()> {
    let (about, there) = (file.metadata()?, path.symlink_metadata()?);
    let is_plain = about.is_file() && about.nlink() == 1;
    let is_itself = file::is_same(&about, &there);
    if is_plain && is_itself && about.uid() == 0 && walk(path).is_ok() {
        return fchown(file, Some(user), Some(group));
    }
    Ok(())
}

/// Walks from the root directory, one component at a time, so that what was checked is what is
/// used. Each directory must belong to root and be writable by root only. A sticky one, such as
/// `/tmp`, is accepted if it leads to a directory of root's, which others cannot rename. A symbolic
/// link is followed if it is root's, in a directory that only root can change.
fn walk(path: &Path) -> io::Result<TrustedPath> {
    let (mut directory, mut mode) = root()?;
    let mut left: Vec<OsString> = Vec::new();
    if path.as_os_str().is_empty() {
        let message = "cannot make an empty path absolute";
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    let from = if path.is_absolute() { PathBuf::new() } else { Path::new(".").canonicalize()? };
    push(&mut left, &from.join(path));
    let mut passed = PathBuf::from("/");
    for _ in 0..STEPS_MAX {
        let Some(name) = left.pop() else { return Err(io::ErrorKind::IsADirectory.into()) };
        let is_last = left.is_empty();
        let next = passed.join(&name);
        let name = CString::new(name.into_vec())?;
        let is_only_roots = mode & OTHERS_WRITE == 0;
        if is_last && !is_only_roots {
            return Err(others_may_change(&passed));
        }
        let found = match open_at(&directory, &name, libc::O_PATH) {
            Err(error) if is_last && error.kind() == io::ErrorKind::NotFound => {
                return Ok(TrustedPath { directory, name });
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                make_directory(&directory, &name)?;
                open_at(&directory, &name, libc::O_PATH)?
            }
            found => found?,
        };
        let about = found.metadata()?;
        if about.is_symlink() {
            if about.uid() != 0 || !is_only_roots {
                return Err(others_may_change(&next));
            }
            let target = fs::read_link(&next)?;
            if target.is_absolute() {
                (directory, mode) = root()?;
                passed = PathBuf::from("/");
            }
            push(&mut left, &target);
        } else if is_last {
            return Ok(TrustedPath { directory, name });
        } else {
            mode = check(&found, &next)?;
            (directory, passed) = (found, next);
        }
    }
    Err(io::Error::from_raw_os_error(libc::ELOOP))
}

/// Pushes the components of a path, the first one last.
fn push(left: &mut Vec<OsString>, path: &Path) {
    let parts = path.components().rev();
    left.extend(parts.filter(|one| *one != Component::RootDir).map(|one| one.as_os_str().into()));
}

/// The mode of a directory, after checking that others cannot change root's files in it.
fn check(directory: &File, path: &Path) -> io::Result<u32> {
    let about = directory.metadata()?;
    let mode = about.mode();
    if !about.is_dir() {
        return Err(io::ErrorKind::NotADirectory.into());
    }
    if about.uid() != 0 || (mode & OTHERS_WRITE != 0 && mode & STICKY == 0) {
        return Err(others_may_change(path));
    }
    Ok(mode)
}

fn others_may_change(path: &Path) -> io::Error {
    let message = format!("users other than root can change {}", path.display());
    io::Error::new(io::ErrorKind::PermissionDenied, message)
}

/// The root directory and its mode.
fn root() -> io::Result<(File, u32)> {
    let root = owned(|| {
        // SAFETY: a static C string.
        unsafe { libc::open(c"/".as_ptr(), libc::O_PATH | libc::O_CLOEXEC) }
    })?;
    let mode = check(&root, Path::new("/"))?;
    Ok((root, mode))
}

/// Opens a directory entry; a symbolic link is not followed (with O_PATH it is opened itself).
fn open_at(directory: &File, name: &CStr, flags: libc::c_int) -> io::Result<File> {
    const MODE: libc::c_uint = 0o666;
    let flags = flags | libc::O_NOFOLLOW | libc::O_CLOEXEC;
    // SAFETY: a C string that lives through the call.
    owned(|| unsafe { libc::openat(directory.as_raw_fd(), name.as_ptr(), flags, MODE) })
}

/// Creates a directory; one that exists by now is accepted, and has to be checked.
fn make_directory(directory: &File, name: &CStr) -> io::Result<()> {
    const MODE: libc::mode_t = 0o755;
    // SAFETY: a C string that lives through the call.
    match unsafe { libc::mkdirat(directory.as_raw_fd(), name.as_ptr(), MODE) } {
        0 => Ok(()),
        _ => match io::Error::last_os_error() {
            error if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            error => Err(error),
        },
    }
}

fn owned(open: impl Fn() -> libc::c_int) -> io::Result<File> {
    match open() {
        // SAFETY: it has just been opened, and nothing else owns it.
        fd if fd >= 0 => Ok(unsafe { File::from_raw_fd(fd) }),
        _ => Err(io::Error::last_os_error()),
    }
}

#[cfg(test)]
mod tests;
