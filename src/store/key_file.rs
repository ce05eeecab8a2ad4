//! The file with the key of each host: read strictly, completed without ever risking an old key.

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
/// A shorter key could be guessed, in characters.
const KEY_CHARACTERS_MIN: usize = 8;
/// How much randomness a new key holds, in bytes.
const KEY_BYTES: usize = 32;
/// How much of a wrong name is shown, in characters.
const SHOWN_CHARACTERS_MAX: usize = 80;

/// What the file holds.
pub struct Keys {
    /// Names in lower case without a trailing dot, each once, and their keys.
    pub hosts: Vec<(String, Secret)>,
    /// The hosts whose keys were made just now.
    pub made: Vec<String>,
    /// Whether others than its owner can read or change the file.
    pub is_exposed: bool,
}

/// The file as it stands.
struct Found {
    text: String,
    hosts: Vec<(String, Secret)>,
    is_exposed: bool,
    owner: Option<(u32, u32)>,
}

/// Reads the file, and makes a key for each of `needed` that has none; these are in the file when
/// this is back. The file may be missing, and is made then; a link to it is followed, as whoever
/// chose the path chose the link.
///
/// # Errors
/// What is wrong, to be told behind the file's name: it cannot be read or understood, or a key
/// that is needed cannot be written.
pub fn complete(path: &Path, needed: &[String]) -> Result<Keys, String> {
    let lacking = |found: &Found| -> Vec<String> {
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
        // Another may be making keys just now: those count.
        _lock = lock(path);
        found = read(path)?;
        made = lacking(&found);
    }
    if made.is_empty() {
        return Ok(Keys { hosts: found.hosts, made, is_exposed: found.is_exposed });
    }
    let text = lines(&found, &made)?;
    write(path, &found, &text).map_err(|why| format!("cannot write new keys: {why}"))?;
    // What stands there counts, whoever else has written.
    let found = read(path)?;
    if let Some(lost) = needed.iter().find(|name| !has(&found.hosts, name)) {
        return Err(format!("the new key of {lost} is not in it"));
    }
    Ok(Keys { hosts: found.hosts, made, is_exposed: found.is_exposed })
}

/// Waits for others who make keys in the same directory, and keeps them waiting. Where it cannot be
/// had, what stands in the file is looked at once more anyway.
fn lock(path: &Path) -> Option<File> {
    let directory = super::directory_of(path);
    let _ = file::make_private_directory(directory);
    let directory = File::open(directory).ok()?;
    directory.lock().is_ok().then_some(directory)
}

fn has(hosts: &[(String, Secret)], name: &str) -> bool {
    hosts.iter().any(|(one, _)| one == name)
}

fn read(path: &Path) -> Result<Found, String> {
    let about = match fs::metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            // Where the link leads is not there yet; a file in the link's place would hide it. What
            // is no link has been made by another this moment.
            if path.symlink_metadata().is_ok_and(|about| about.is_symlink()) {
                return Err("is a link to nothing".into());
            }
            return Ok(Found {
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
    // Editors of another system put a byte order mark there, which nobody sees.
    let hosts = hosts(text.strip_prefix('\u{feff}').unwrap_or(&text))?;
    let owner = Some((about.uid(), about.gid()));
    Ok(Found { text, hosts, is_exposed: about.mode() & 0o077 != 0, owner })
}

/// The hosts of all lines; a key is never shown, not even a wrong one.
fn hosts(text: &str) -> Result<Vec<(String, Secret)>, String> {
    let mut hosts: Vec<(String, Secret)> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, key) = host(line).map_err(|why| format!("line {}: {why}", index + 1))?;
        if has(&hosts, &name) {
            return Err(format!("line {}: {name} has a key already", index + 1));
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
        return Err(format!("the key of {normal} has less than {KEY_CHARACTERS_MIN} characters"));
    }
    Ok((normal, Secret::new(key.into())))
}

/// The lines to be added.
fn lines(found: &Found, made: &[String]) -> Result<String, String> {
    if found.hosts.len() + made.len() > HOSTS_MAX {
        return Err(format!("would have more than {HOSTS_MAX} hosts"));
    }
    let mut text = String::new();
    if !found.text.is_empty() && !found.text.ends_with('\n') {
        text.push('\n');
    }
    for name in made {
        let mut bytes = [0; KEY_BYTES];
        random::fill_secret(&mut bytes).map_err(|why| format!("cannot make a key: {why}"))?;
        text.push_str(&format!("{name} {}\n", base64::encode_for_url(&bytes)));
    }
    if (found.text.len() + text.len()) as u64 > FILE_BYTES_MAX {
        return Err(format!("would be larger than {FILE_BYTES_MAX} bytes"));
    }
    Ok(text)
}

/// Puts the old lines and the new ones in the file's place, for its owner; where nothing can be put
/// there, because the file is mounted or its directory not ours, adds the new lines to it.
fn write(path: &Path, found: &Found, new: &str) -> io::Result<()> {
    let is_there = found.owner.is_some();
    let target = if is_there { fs::canonicalize(path)? } else { path.to_path_buf() };
    let all = format!("{}{new}", found.text);
    let file = WholeFile::at(&target);
    match file.place(all.as_bytes(), found.owner) {
        Ok(()) => file.settle(),
        Err(error) if is_there && is_about_the_place(&error) => {
            let mut file = OpenOptions::new().append(true).open(&target)?;
            let added = file.write_all(new.as_bytes()).and_then(|()| file.sync_all());
            if added.is_err() {
                // A part of a line would keep the whole file from being understood.
                let _ = file.set_len(found.text.len() as u64);
            }
            added
        }
        Err(error) => Err(error),
    }
}

fn is_about_the_place(error: &io::Error) -> bool {
    use ErrorKind::{CrossesDevices, PermissionDenied, ReadOnlyFilesystem, ResourceBusy};
    matches!(error.kind(), CrossesDevices | PermissionDenied | ReadOnlyFilesystem | ResourceBusy)
}

#[cfg(test)]
mod tests;
