//! Files, directories and links that a case asks for.
use super::script::Item;
use super::words::{self, Places};
use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

/// `file PATH [MODE] [bytes N | times N | one-line]`, `dir PATH [MODE]`, `link PATH TARGET` or
/// `gone PATH`.
pub fn prepare(item: &Item, places: &Places) -> Result<(), String> {
    let words = words::split_text(&places.fill(&item.rest)?)?;
    let (path, mut options) = match words.split_first() {
        Some((path, options)) => (Path::new(path), options.iter().map(String::as_str)),
        None => return Err(item.wrong("needs a path")),
    };
    if let Some(above) = path.parent() {
        fs::create_dir_all(above).unwrap();
    }
    if item.word == "link" {
        let target = options.next().ok_or_else(|| item.wrong("needs a target"))?;
        return symlink(target, path).map_err(|why| item.wrong(why));
    }
    if item.word == "gone" {
        let gone = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        return gone.map_err(|why| item.wrong(why));
    }
    let is_file = item.word == "file";
    let (mut mode, mut content) = (if is_file { 0o600 } else { 0o700 }, Vec::new());
    for line in &item.body {
        content.extend(words::unescape(&places.fill(line)?)?);
        content.push(b'\n');
    }
    while let Some(option) = options.next() {
        match option {
            "bytes" if is_file => {
                let size = options.next().and_then(|size| size.parse().ok());
                content.resize(size.ok_or_else(|| item.wrong("bytes N"))?, b' ');
            }
            "times" if is_file => {
                let times = options.next().and_then(|times| times.parse().ok());
                content.pop();
                content = content.repeat(times.ok_or_else(|| item.wrong("times N"))?);
            }
            "one-line" if is_file => drop(content.pop()),
            _ => mode = octal(option).ok_or_else(|| item.wrong(option))?,
        }
    }
    if is_file {
        return write(path, &content, mode);
    }
    item.no_body()?;
    fs::create_dir_all(path).unwrap();
    fs::set_permissions(path, PermissionsExt::from_mode(mode)).map_err(|why| item.wrong(why))
}

pub fn write(path: &Path, content: &[u8], mode: u32) -> Result<(), String> {
    fs::write(path, content)
        .and_then(|()| fs::set_permissions(path, PermissionsExt::from_mode(mode)))
        .map_err(|why| format!("{}: {why}", path.display()))
}

pub fn octal(text: &str) -> Option<u32> {
    (text.len() == 4).then(|| u32::from_str_radix(text, 8).ok())?
}
