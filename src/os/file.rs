//! Opening files without being led astray by links, and making what nobody else may read.

use std::ffi::CString;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Longest file of the system's that is read, in bytes: 10,000 addresses.
const SYSTEM_FILE_BYTES_MAX: u64 = 1024 * 1024;
/// How much is asked for at first, in bytes: most files are smaller.
const READ_BYTES: usize = 4096;

/// Opens a file for reading; a link at the end of the path is an error, a FIFO does not block.
pub fn open_for_reading(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)
}

/// Opens a file for lines, making it if need be: behind what stands there, or in its place. A FIFO
/// that nobody reads is an error rather than waited for.
pub fn open_log(path: &Path, begins_anew: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    if begins_anew {
        options.write(true).truncate(true);
    } else {
        options.append(true);
    }
    options.create(true).custom_flags(libc::O_NONBLOCK).open(path)
}

/// Makes a file that must not exist yet, mode 0600.
pub fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).custom_flags(libc::O_NOFOLLOW).open(path)
}

/// Opens a file that serves as a lock, making it if need be, mode 0600, never through a link.
pub fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    options.write(true).create(true).truncate(false).mode(0o600).custom_flags(flags).open(path)
}

/// Makes a directory with mode 0700; those above it, where missing, with the usual mode.
pub fn make_private_directory(path: &Path) -> io::Result<()> {
    if let Some(above) = path.parent() {
        fs::create_dir_all(above)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        result => result,
    }
}

/// Puts what has happened to the names in a directory on its medium.
pub fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// Opens a file that holds a secret. A link is followed (the owner of the command line chose it);
/// a FIFO is waited for, as a shell's process substitution is one.
pub fn open_secret(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// The user this process acts as.
pub fn own_user() -> u32 {
    // SAFETY: no memory is involved, and it cannot fail.
    unsafe { libc::geteuid() }
}

/// Whether both are of the same file.
pub fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Whether this process may make and rename files in a directory.
pub fn may_write(directory: &Path) -> bool {
    let Ok(path) = CString::new(directory.as_os_str().as_bytes()) else { return false };
    // SAFETY: a C string that lives through the call.
    unsafe { libc::access(path.as_ptr(), libc::W_OK | libc::X_OK) == 0 }
}

/// The content of a small file of the system's, as far as it is UTF-8; of a larger one its begin.
pub fn text_of(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    read(&mut File::open(path)?, SYSTEM_FILE_BYTES_MAX, &mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Adds what comes to `bytes`, which is empty, to its end or so many bytes of it. It is the only
/// reader of whole files: each one made of the standard library's costs more than 1 KB of flash.
pub fn read(from: &mut dyn Read, bytes_max: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    let bytes_max = usize::try_from(bytes_max).unwrap_or(usize::MAX);
    let mut count = 0;
    let result = loop {
        if count == bytes.len() {
            let size = count.saturating_mul(2).max(READ_BYTES);
            bytes.resize(size.min(bytes_max), 0);
        }
        let room = bytes.get_mut(count..).unwrap_or_default();
        if room.is_empty() {
            break Ok(());
        }
        match from.read(room) {
            Ok(0) => break Ok(()),
            Ok(got) => count += got,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => break Err(error),
        }
    };
    bytes.truncate(count);
    result
}

/// Standard input without a buffer: what is not read yet is for the kernel to keep.
pub fn standard_input() -> ManuallyDrop<File> {
    // SAFETY: descriptor 0 is open for the whole life of the process (its start sees to it), and
    // the file is never dropped, so never closed.
    ManuallyDrop::new(unsafe { File::from_raw_fd(libc::STDIN_FILENO) })
}

/// Standard output without std's line buffer, which would cost 2 KB of flash for a few lines.
pub fn standard_output() -> ManuallyDrop<File> {
    // SAFETY: descriptor 1 is open for the whole life of the process (its start sees to it), and
    // the file is never dropped, so never closed.
    ManuallyDrop::new(unsafe { File::from_raw_fd(libc::STDOUT_FILENO) })
}
