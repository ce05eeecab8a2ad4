//! The file with each host's key: read strictly, extended without ever risking an existing key.

use super::whole_file::WholeFile;
use crate::os::{file, random};
use crate::text::secret::Secret;
use crate::text::{base64, dns_name, printable};
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// Largest file read or written, in bytes.
const FILE_BYTES_MAX: u64 = 256 * 1024;
/// Most hosts in a file.
pub const HOSTS_MAX: usize = 4096;
/// Shortest key accepted, in characters: a shorter one could be guessed.
const KEY_CHARACTERS_MIN: usize = 8;
/// Random bytes of a new key.
const KEY_BYTES: usize = 32;
/// How much of an invalid name is shown, in characters.
const SHOWN_CHARACTERS_MAX: usize = 80;

/// The content of the file.
pub struct Keys {
    /// Names in lower case without a trailing dot, each once, with their keys.
    pub hosts: Vec<(String, Secret)>,
    /// The hosts whose keys were just generated.
    pub made: Vec<String>,
    /// Whether users other than its owner can read or change the file.
    pub is_exposed: bool,
}

/// The file as it is.
struct Current {
    text: String,
    hosts: Vec<(String, Secret)>,
    is_exposed: bool,
    owner: Option<(u32, u32)>,
}

/// Reads the file, and generates a key for each of `needed` that has none; these are in the file
/// when this returns. A missing file is created. A symbolic link is followed, since the user has
/// chosen the path.
///
/// # Errors
/// What is wrong, to follow the file's name: it cannot be read or parsed, or a new key cannot be
/// written.
pub fn complete(path: &Path, needed: &[String]) -> Result<Keys, String> {
    let lacking = |found: &Current| -> Vec<String> {
        let mut lacking = Vec::new();
        for name in needed {
            if !has(&found.hosts, name) {
                lacking.push(name.clone());
            }
        }
        lacking
    };
    let mut found = read(path)?;
    let mut made = lacking(&found);
    let mut _lock = None;
    if !made.is_empty() {
        // Another process may be adding keys; those count.
        _lock = lock(path);
        found = read(path)?;
        made = lacking(&found);
    }
    if made.is_empty() {
        return Ok(Keys { hosts: found.hosts, made, is_exposed: found.is_exposed });
    }
    let text = lines(&found, &made)?;
    write(path, &found, &text).map_err(|why| format!("cannot write new keys: {why}"))?;
    // Only the file counts, since others may have written it, too.
    let found = read(path)?;
    if let Some(lost) = needed.iter().find(|name| !has(&found.hosts, name)) {
        return Err(format!("the new key of {lost} was lost"));
    }
    Ok(Keys { hosts: found.hosts, made, is_exposed: found.is_exposed })
}

/// Locks out other processes that add keys in the same directory. Without a lock, re-reading the
/// file still detects lost keys.
fn lock(path: &Path) -> Option<File> {
    let directory = super::directory_of(path);
    let _ = file::make_private_directory(directory);
    let directory = File::open(directory).ok()?;
    directory.lock().is_ok().then_some(directory)
}

fn has(hosts: &[(String, Secret)], name: &str) -> bool {
    hosts.iter().any(|(one, _)| one == name)
}

fn read(path: &Path) -> Result<Current, String> {
    let about = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // A file in place of a dangling link would hide the target once that appears. If it is
            // no link, another process has just created it.
            if path.symlink_metadata().is_ok_and(|about| about.is_symlink()) {
                return Err("is a dangling symbolic link".into());
            }
            return Ok(Current {
                text: String::new(),
                hosts: vec![],
                is_exposed: false,
                owner: None,
            });
        }
        about => about.map_err(|error| error.to_string())?,
    };
    if !about.is_file() {
        return Err(if about.is_dir() { "is a directory" } else { "is not a plain file" }.into());
    }
    let mut bytes = Vec::new();
    let read = File::open(path)
        .and_then(|mut opened| file::read(&mut opened, FILE_BYTES_MAX + 1, &mut bytes));
    read.map_err(|error| error.to_string())?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Err(format!("is larger than {FILE_BYTES_MAX} bytes"));
    }
    let text = String::from_utf8(bytes).map_err(|_| "is not UTF-8")?;
    // Some editors write a byte order mark, which is invisible.
    let hosts = hosts(text.strip_prefix('\u{feff}').unwrap_or(&text))?;
    let owner = Some((about.uid(), about.gid()));
    Ok(Current { text, hosts, is_exposed: about.mode() & 0o077 != 0, owner })
}

/// Parses all lines; messages never contain a key, not even an invalid one.
fn hosts(text: &str) -> Result<Vec<(String, Secret)>, String> {
    let mut hosts: Vec<(String, Secret)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, key) = host(line).map_err(|why| format!("line {}: {why}", index + 1))?;
        if has(&hosts, &name) {
            return Err(format!("line {}: duplicate key for {name}", index + 1));
        }
        if hosts.len() == HOSTS_MAX {
            return Err(format!("has more than {HOSTS_MAX} hosts"));
        }
        hosts.push((name, key));
    }
    Ok(hosts)
}

fn host(line: &str) -> Result<(String, Secret), String> {
    let mut message = line.split_ascii_whitespace();
    let (Some(name), Some(key), None) = (message.next(), message.next(), message.next()) else {
        return Err("must be a host name and its key".into());
    };
    let normal = dns_name::normalize(name)
        .map_err(|why| format!("'{}' {why}", printable::line(name, SHOWN_CHARACTERS_MAX)))?;
    if key.chars().count() < KEY_CHARACTERS_MIN {
        return Err(format!("the key of {normal} is shorter than {KEY_CHARACTERS_MIN} characters"));
    }
    Ok((normal, Secret::new(key.into())))
}

/// The lines to add.
fn lines(found: &Current, made: &[String]) -> Result<String, String> {
    if found.hosts.len() + made.len() > HOSTS_MAX {
        return Err(format!("would have more than {HOSTS_MAX} hosts"));
    }
    let mut text = String::new();
    if !found.text.is_empty() && !found.text.ends_with('\n') {
        text.push('\n');
    }
    for name in made {
        let mut bytes = [0; KEY_BYTES];
        random::fill_secret(&mut bytes).map_err(|why| format!("cannot generate a key: {why}"))?;
        text.push_str(&format!("{name} {}\n", base64::encode_for_url(&bytes)));
    }
    if (found.text.len() + text.len()) as u64 > FILE_BYTES_MAX {
        return Err(format!("would be larger than {FILE_BYTES_MAX} bytes"));
    }
    Ok(text)
}

/// Replaces the file with the old and new lines, keeping its owner. If it cannot be replaced,
/// because it is a mount point or its directory is not writable, appends the new lines.
fn write(path: &Path, found: &Current, new: &str) -> io::Result<()> {
    let is_there = found.owner.is_some();
    let target = if is_there { fs::canonicalize(path)? } else { path.to_path_buf() };
    let all = format!("{}{new}", found.text);
    let file = WholeFile::at(&target);
    match file.place(all.as_bytes(), found.owner) {
        Ok(()) => file.sync(),
        Err(error) if is_there && cannot_replace(&error) => {
            let mut file = OpenOptions::new().append(true).open(&target)?;
            let added = file.write_all(new.as_bytes()).and_then(|()| file.sync_all());
            if added.is_err() {
                // A partial line would make the whole file invalid.
                let _ = file.set_len(found.text.len() as u64);
            }
            added
        }
        Err(error) => Err(error),
    }
}

fn cannot_replace(error: &io::Error) -> bool {
    use ErrorKind::{CrossesDevices, PermissionDenied, ReadOnlyFilesystem, ResourceBusy};
    matches!(error.kind(), CrossesDevices | PermissionDenied | ReadOnlyFilesystem | ResourceBusy)
}

#[cfg(test)]
mod tests;
