//! The rules of the house, read off the sources: floors, doors, sizes, a sentence for each file.

mod circles;

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Rooms by floor, lowest first. A room may use rooms on lower floors only.
const FLOORS: &[&[&str]] = &[
    &["os", "text", "crypto", "record", "log", "error"],
    &["wire", "store"],
    &["env", "config"],
    &["providers", "sources", "notify", "net"],
    &["engine"],
    &["apis"],
    &["daemon"],
    &["applets"],
    &["main"],
];

/// Arrows within a floor that are drawn in ARCHITECTURE.md.
const DRAWN: &[(&str, &str)] =
    &[("log", "os"), ("log", "text"), ("os", "error"), ("record", "text")];

/// A word, and the files it may stand in (prefixes of paths below `src`).
const DOORS: &[(&str, &[&str])] = &[
    ("unsafe ", &["os/"]),
    ("libc::", &["os/"]),
    ("std::process", &["os/process.rs"]),
    ("minreq", &["net/http/plain.rs"]),
    ("rustls", &["net/tls"]),
    ("webpki", &["net/tls"]),
    ("httparse", &["wire/http.rs"]),
    ("sha1::", &["crypto.rs"]),
    ("sha2::", &["crypto.rs"]),
    ("md5::", &["crypto.rs"]),
    ("digest::", &["crypto.rs"]),
    ("use hmac", &["crypto.rs"]),
    ("base64ct", &["text/base64.rs"]),
    ("toml_span", &[]),
    ("lexopt", &["config/"]),
    ("std::env", &[]),
    (
        "cfg(feature",
        &[
            "applets/mod.rs",
            "daemon/mod.rs",
            "main.rs",
            "net/http.rs",
            "net/mod.rs",
            "providers/mod.rs",
        ],
    ),
    ("not(feature", &["main.rs", "net/http.rs", "net/mod.rs"]),
    ("thread::sleep", &["net/mod.rs"]),
    ("thread::spawn", &[]),
    ("thread::Builder", &["os/thread.rs"]),
    ("println!", &[]),
    ("eprintln!", &[]),
    ("dbg!", &[]),
    ("stderr()", &["log/"]),
    ("stdout()", &["main.rs"]),
    ("anyhow", &[]),
    ("Log::new", &["applets/", "daemon/supervised.rs", "main.rs"]),
];

/// What the pure rooms must not touch: sockets, files, clocks, the environment, processes.
const PURE: &[&str] = &["providers", "engine", "apis", "wire", "text"];
const IMPURE_WORDS: &[&str] =
    &["std::fs", "std::net::Udp", "std::net::Tcp", "SystemTime", "Instant", "crate::os", "std::io"];

/// Rooms that read what others sent: there blanks, case and digits are those of ASCII, and no `+`
/// begins a number.
const FOREIGN: &[&str] = &["apis", "net", "providers", "sources", "wire", "env", "crypto"];
const UNICODE_WORDS: &[&str] = &[
    ".trim()",
    "str::trim)",
    "trim_start()",
    "trim_end()",
    "is_whitespace",
    "split_whitespace",
    ".to_lowercase()",
    ".to_uppercase()",
    "is_alphanumeric()",
    "is_numeric()",
    "parse::<u",
    "parse::<i",
];

/// Nothing below the applets may know which old tool is asking.
const TOOLS: &[&str] =
    &["cf-ddns", "cf_ddns", "pydyndns", "ddns-gateway", "ddns_gateway", "ipv6ddns", "update-dns"];

const FILE_LINES_MAX: usize = 400;
const LINE_CHARACTERS_MAX: usize = 100;

struct Source {
    /// Below `src`, with slashes.
    path: String,
    text: String,
    /// Only what is not a comment.
    code: String,
}

impl Source {
    fn room(&self) -> &str {
        let first = self.path.split('/').next().unwrap();
        first.strip_suffix(".rs").unwrap_or(first)
    }

    /// Tests may do what they like inside.
    fn is_test(&self) -> bool {
        self.path.ends_with("/tests.rs") || self.path == "env/fake.rs"
    }
}

fn files_below(directory: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(directory).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files_below(&path, into);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
}

fn read(directory: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join(directory);
    let mut paths = Vec::new();
    files_below(&root, &mut paths);
    paths.sort();
    let source = |path: PathBuf| {
        let text = fs::read_to_string(&path).unwrap();
        let is_comment = |line: &&str| line.trim_start().starts_with("//");
        let before_tests = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
        let code = before_tests.lines().filter(|line| !is_comment(line));
        let code = code.map(|line| format!("{line}\n")).collect();
        let path = path.strip_prefix(&root).unwrap().to_str().unwrap().to_string();
        Source { path, text, code }
    };
    paths.into_iter().map(source).collect()
}

/// Fails with all of `faults`, so that one run shows everything.
fn report(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

#[test]
fn rooms_import_only_downward() {
    let floors: BTreeMap<&str, usize> = FLOORS
        .iter()
        .enumerate()
        .flat_map(|(floor, rooms)| rooms.iter().map(move |&room| (room, floor)))
        .collect();
    let mut faults = Vec::new();
    for source in read("src") {
        let room = source.room();
        let Some(&floor) = floors.get(room) else {
            faults.push(format!("{}: the room '{room}' stands on no floor", source.path));
            continue;
        };
        for mention in source.code.split("crate::").skip(1) {
            let other = mention.split(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap();
            let arrow = (room, other);
            match floors.get(other) {
                _ if other == room || DRAWN.contains(&arrow) => {}
                Some(&below) if below < floor => {}
                Some(_) => faults.push(format!("{}: {room} may not use {other}", source.path)),
                None => faults.push(format!("{}: no room '{other}'", source.path)),
            }
        }
    }
    report(faults);
}

#[test]
fn doors_are_kept() {
    let mut faults = Vec::new();
    for source in read("src").iter().filter(|source| !source.is_test()) {
        for (word, allowed) in DOORS {
            if source.code.contains(word) && !allowed.iter().any(|at| source.path.starts_with(at)) {
                faults.push(format!("{}: `{word}` belongs to {allowed:?}", source.path));
            }
        }
        if PURE.contains(&source.room()) {
            for word in IMPURE_WORDS.iter().filter(|word| source.code.contains(**word)) {
                faults.push(format!("{}: a pure room touches `{word}`", source.path));
            }
        }
        if FOREIGN.contains(&source.room()) {
            for word in UNICODE_WORDS.iter().filter(|word| source.code.contains(**word)) {
                faults.push(format!("{}: `{word}` on foreign text, use ASCII's", source.path));
            }
        }
        if !["applets", "main"].contains(&source.room()) {
            for word in TOOLS.iter().filter(|word| source.code.contains(**word)) {
                faults.push(format!("{}: knows of the tool `{word}`", source.path));
            }
        }
    }
    report(faults);
}

#[test]
fn every_unsafe_block_says_why_it_is_sound() {
    let mut faults = Vec::new();
    for source in read("src") {
        let lines: Vec<&str> = source.text.lines().collect();
        for (number, line) in lines.iter().enumerate() {
            let code = line.trim_start();
            let is_block = code.contains("unsafe {") || code.starts_with("unsafe impl");
            let above = &lines[number.saturating_sub(6)..number];
            if is_block
                && !code.starts_with("//")
                && !above.iter().any(|l| l.contains("// SAFETY:"))
            {
                faults.push(format!("{}:{}: no SAFETY comment", source.path, number + 1));
            }
        }
    }
    report(faults);
}

#[test]
fn files_are_small_and_say_what_they_are() {
    let mut faults = Vec::new();
    for source in ["src", "tests"].iter().flat_map(|directory| read(directory)) {
        let first = source.text.lines().next().unwrap_or_default();
        if !first.starts_with("//! ") {
            faults.push(format!("{}: does not open with a sentence", source.path));
        }
        let count = source.text.lines().count();
        if count > FILE_LINES_MAX {
            faults.push(format!("{}: {count} lines", source.path));
        }
        for (number, line) in source.text.lines().enumerate() {
            if line.chars().count() > LINE_CHARACTERS_MAX {
                faults.push(format!("{}:{}: too wide", source.path, number + 1));
            }
        }
    }
    report(faults);
}

#[test]
fn secrets_cannot_be_printed() {
    let source =
        fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/text/secret.rs"));
    let code = source.unwrap();
    for word in ["derive(", "impl fmt::", "impl std::fmt", "impl Debug", "impl Display"] {
        assert!(!code.contains(word), "secret.rs has `{word}`");
    }
}

#[test]
fn the_version_is_told_in_one_place() {
    let changes = Path::new(env!("CARGO_MANIFEST_DIR")).join("CHANGELOG.md");
    let heading = format!("## {}", env!("CARGO_PKG_VERSION"));
    assert!(fs::read_to_string(changes).unwrap().contains(&heading), "CHANGELOG.md: no {heading}");
}
