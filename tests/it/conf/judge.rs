//! What came of a run against what the case says; what is not said must not be.
use super::stage::{End, SECRET_START, Stage, ZONE};
use crate::cases::files::octal;
use crate::cases::script::{Item, Step};
use crate::cases::words::{self, difference};
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{FileTypeExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// Every file below the scratch directory, with its mode and content.
pub type Files = BTreeMap<PathBuf, (u32, Vec<u8>)>;

pub fn files(directory: &Path) -> Files {
    let mut found = Files::new();
    let mut ahead = vec![directory.to_owned()];
    while let Some(directory) = ahead.pop() {
        for entry in fs::read_dir(directory).into_iter().flatten().flatten() {
            let (path, about) = (entry.path(), entry.path().symlink_metadata().unwrap());
            if about.is_dir() {
                ahead.push(path.clone());
            }
            let plain = about.is_file() && !about.file_type().is_socket();
            let content = if plain { fs::read(&path).unwrap_or_default() } else { Vec::new() };
            found.insert(path, (about.permissions().mode(), content));
        }
    }
    found
}

/// Everything that is not as it should be, in words.
pub fn judge(stage: &Stage, step: &Step, end: &End, before: &Files) -> Result<Vec<String>, String> {
    let mut faults = Vec::new();
    let expects = |word: &str| step.expected.iter().find(|item| item.word == word);
    let exit = expects("exit").map_or("0", |item| &item.rest);
    let came = end.status.map_or("by a signal".to_owned(), |status| status.to_string());
    if exit != came {
        faults.push(format!("exit {came}, not {exit}"));
    }
    for (word, bytes) in [("says", &end.stderr), ("prints", &end.stdout)] {
        let text = String::from_utf8_lossy(bytes);
        let came: Vec<String> = text.lines().map(str::to_owned).collect();
        let wanted = body(stage, expects(word))?;
        faults.extend(difference(&wanted, &came).map(|lines| format!("{word}:\n{lines}")));
        if text.contains(SECRET_START) || text.contains(ZONE) {
            faults.push(format!("{word}: a secret is shown"));
        }
        if !text.is_empty() && !text.ends_with('\n') {
            faults.push(format!("{word}: the last line has no end"));
        }
        let is_utf8 = std::str::from_utf8(bytes).is_ok();
        if text.contains(|c: char| c.is_control() && c != '\n') || !is_utf8 {
            faults.push(format!("{word}: odd characters: {text:?}"));
        }
    }
    if stage.server.was_touched() {
        faults.push("a packet was sent to the DNS server".to_owned());
    }
    faults.extend(logged(stage, step)?);
    let mut named = Vec::new();
    for item in &step.expected {
        faults.extend(single(stage, item, end, &mut named)?);
    }
    faults.extend(other_files(before, &files(&stage.directory), &named));
    Ok(faults)
}

/// The lines below a word, with the places filled in.
fn body(stage: &Stage, item: Option<&Item>) -> Result<Vec<String>, String> {
    let Some(item) = item else { return Ok(Vec::new()) };
    let text_only = ["says", "prints"].contains(&&*item.word);
    if text_only && (!item.rest.is_empty() || item.body.is_empty()) {
        return Err(item.wrong("has its lines below it; leave it out for silence"));
    }
    let mut lines = Vec::new();
    for line in &item.body {
        match line.as_str() {
            "{usage}" => lines.extend(stage.applet.usage.lines().map(str::to_owned)),
            line => lines.push(stage.places.fill(line).map_err(|why| item.wrong(why))?),
        }
    }
    Ok(lines)
}

/// `logged udp` or `logged PATH` and lines: what came to that socket, and nothing to the others.
fn logged(stage: &Stage, step: &Step) -> Result<Vec<String>, String> {
    let mut faults = Vec::new();
    let mut wanted = Vec::new();
    for item in step.expected.iter().filter(|item| item.word == "logged") {
        let name = stage.places.fill(&item.rest)?;
        if !stage.ears.iter().any(|(one, _)| *one == name) {
            return Err(item.wrong("nobody listens there"));
        }
        wanted.push((name, body(stage, Some(item))?));
    }
    for (name, ear) in &stage.ears {
        let lines = wanted.iter().find(|(one, _)| one == name).map(|(_, lines)| lines.clone());
        let off = difference(&lines.unwrap_or_default(), &ear.heard());
        faults.extend(off.map(|lines| format!("logged {name}:\n{lines}")));
    }
    Ok(faults)
}

/// `mode PATH OCTAL`, `absent PATH`, `present PATH`, `content PATH` and lines, `takes RANGE`.
fn single(
    stage: &Stage,
    item: &Item,
    end: &End,
    named: &mut Vec<PathBuf>,
) -> Result<Option<String>, String> {
    let rest = stage.places.fill(&item.rest).map_err(|why| item.wrong(why))?;
    let (path, more) = rest.split_once(' ').unwrap_or((&rest, ""));
    if ["mode", "absent", "present", "content"].contains(&&*item.word) {
        named.push(PathBuf::from(path));
        if (item.word == "mode") == more.is_empty() {
            return Err(item.wrong("takes a path (and `mode` an octal number)"));
        }
    }
    if !["says", "prints", "logged", "content"].contains(&&*item.word) {
        item.no_body()?;
    }
    let about = Path::new(path).symlink_metadata();
    Ok(match item.word.as_str() {
        "mode" => {
            let mode = octal(more).ok_or_else(|| item.wrong("PATH OCTAL"))?;
            let came = about.map_err(|why| item.wrong(why))?.permissions().mode() & 0o7777;
            (came != mode).then(|| format!("{path}: mode {came:04o}, not {mode:04o}"))
        }
        "absent" => about.is_ok().then(|| format!("{path} is there")),
        "present" => about.is_err().then(|| format!("{path} is missing")),
        "content" => match fs::read_to_string(path) {
            Err(why) => Some(format!("{path}: {why}")),
            Ok(text) => {
                let came: Vec<String> = text.lines().map(str::to_owned).collect();
                difference(&body(stage, Some(item))?, &came)
                    .map(|lines| format!("{path}:\n{lines}"))
            }
        },
        "takes" => {
            let range = words::seconds(&rest).map_err(|why| item.wrong(why))?;
            let off = !range.contains(&end.seconds);
            off.then(|| format!("it took {:.2} s, not {rest}", end.seconds))
        }
        _ => None,
    })
}

/// Files that came, went or changed though no word of the case names them.
fn other_files(before: &Files, after: &Files, named: &[PathBuf]) -> Vec<String> {
    let mut paths: Vec<&PathBuf> = before.keys().chain(after.keys()).collect();
    paths.sort();
    paths.dedup();
    let changed = paths.into_iter().filter(|path| before.get(*path) != after.get(*path));
    // The lock beside a cache stays, and nobody minds it.
    let is_lock = |path: &Path| {
        let about = fs::symlink_metadata(path);
        path.extension().is_some_and(|end| end == "lock")
            && about
                .is_ok_and(|about| about.len() == 0 && about.permissions().mode() & 0o7777 == 0o600)
    };
    let unsaid = changed.filter(|path| !named.contains(path) && !is_lock(path));
    unsaid.map(|path| format!("came, went or changed: {}", path.display())).collect()
}
