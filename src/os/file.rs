//! Opening files safely: no symbolic links where they could be attacks, private modes, bounded
//! reads.

use std::ffi::CString;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, Read};
use std::mem::ManuallyDrop;
use std::os::fd::FromRawFd;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::Path;

/// Longest system file that is read, in bytes: 10,000 addresses in /proc/net/if_inet6.
const SYSTEM_FILE_BYTES_MAX: u64 = 1024 * 1024;
/// Size of the first read, in bytes: most files are smaller.
const READ_BYTES: usize = 4096;

/// Opens a file for reading; a link at the end of the path is an error, a FIFO does not block.
pub fn open_for_reading(path: &Path) -> io::Result<File> {
    OpenOptions::new().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)
}

/// Opens a log file, creating it if necessary, to append or to truncate. A FIFO without a reader is
/// an error rather than a wait.
pub fn open_log(path: &Path, truncate: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    if truncate {
        options.write(true).truncate(true);
    } else {
        options.append(true);
    }
    options.create(true).custom_flags(libc::O_NONBLOCK).open(path)
}

/// Creates a file that must not exist yet, mode 0600.
pub fn create_new(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true).mode(0o600).custom_flags(libc::O_NOFOLLOW).open(path)
}

/// Opens a lock file, creating it with mode 0600 if necessary, never through a symbolic link.
pub fn open_lock(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    let flags = libc::O_NOFOLLOW | libc::O_NONBLOCK;
    options.write(true).create(true).truncate(false).mode(0o600).custom_flags(flags).open(path)
}

/// Creates a directory with mode 0700; missing parents get the default mode.
pub fn make_private_directory(path: &Path) -> io::Result<()> {
    if let Some(above) = path.parent() {
        fs::create_dir_all(above)?;
    }
    match DirBuilder::new().mode(0o700).create(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && path.is_dir() => Ok(()),
        result => result,
    }
}

/// Flushes a directory's entries to its medium (fsync).
pub fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(path)?.sync_all()
}

/// The effective user id.
pub fn own_user() -> u32 {
    // SAFETY: no memory is involved, and it cannot fail.
    unsafe { libc::geteuid() }
}

/// Whether both are metadata of the same file.
pub fn is_same(one: &Metadata, other: &Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

/// Whether this process may create and rename files in a directory.
pub fn may_write(directory: &Path) -> bool {
    let Ok(path) = CString::new(directory.as_os_str().as_bytes()) else { return false };
    // SAFETY: a C string that lives through the call.
    unsafe { libc::access(path.as_ptr(), libc::W_OK | libc::X_OK) == 0 }
}

/// The content of a small system file, lossily decoded; of a larger one the beginning.
pub fn text_of(path: &Path) -> io::Result<String> {
    let mut bytes = Vec::new();
    read(&mut File::open(path)?, SYSTEM_FILE_BYTES_MAX, &mut bytes)?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads to the end or up to `bytes_max` into `bytes`, which has to be empty. Files are read by
/// this function only: each instance of the standard library's costs more than 1 KB of flash.
pub fn read(from: &mut dyn Read, bytes_max: u64, bytes: &mut Vec<u8>) -> io::Result<()> {
    let bytes_max = usize::try_from(bytes_max).unwrap_or(usize::MAX);
    let mut count = 0;
    let result = loop {
        if count == bytes.len() {
            let size = count.saturating_mul(2).max(READ_BYTES);
            let size = size.min(bytes_max);
            // `resize` sets byte after byte; most files fit into the first buffer.
            match count {
                0 => *bytes = vec![0; size],
                _ => bytes.resize(size, 0),
            }
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

/// Unbuffered standard input: what is not read yet stays in the kernel.
pub fn standard_input() -> ManuallyDrop<File> {
    // SAFETY: descriptor 0 is open for the whole life of the process (see os/start.rs), and the
    // file is never dropped, so never closed.
    ManuallyDrop::new(unsafe { File::from_raw_fd(libc::STDIN_FILENO) })
}

/// Unbuffered standard output: std's line buffer would cost 2 KB of flash for a few lines.
pub fn standard_output() -> ManuallyDrop<File> {
    // SAFETY: descriptor 1 is open for the whole life of the process (see os/start.rs), and the
    // file is never dropped, so never closed.
    ManuallyDrop::new(unsafe { File::from_raw_fd(libc::STDOUT_FILENO) })
}
