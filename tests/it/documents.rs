//! Keeps help texts, manual pages, sources and documents in agreement.

mod help;
mod manual;
mod samples;
mod sources;

use help::Help;
use manual::Manual;
use regex::Regex;
use sources::{Pull, literals, pulled, pulls, served, sources};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Applets whose help lists the keys of their configuration file.
const HELP_HAS_KEYS: &[&str] = &["ddns-gateway", "ipv6ddns"];
/// Explained in ddnsbox(8), not in each help text.
const SHARED_VARIABLES: &[&str] =
    &["DDNSBOX_SYSLOG", "DDNSBOX_USER", "SSL_CERT_DIR", "SSL_CERT_FILE"];
/// A hidden flag of the tests.
const INTERNAL: &[&str] = &["--upstream-via"];
/// Upper ends of ranges that are not worth mentioning.
const UNBOUNDED: &[&str] = &["2147483647", "u32::MAX"];
/// What stands for a name in the path of a file.
const PLACEHOLDERS: &[&str] = &["APPLET", "NAME", "toy"];
/// Bounds on the README, in bytes: short enough to be read, long enough to say what this is.
const README_BYTES: std::ops::RangeInclusive<usize> = 5_000..=8_000;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).unwrap()
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// All files below a directory, sorted.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// The applets, as the program itself lists them.
fn applets() -> Vec<String> {
    let program = Command::new(env!("CARGO_BIN_EXE_ddnsbox")).output().unwrap();
    let text = String::from_utf8(program.stdout).unwrap();
    let list = text.split("Applets:\n").nth(1).unwrap();
    list.lines()
        .take_while(|line| !line.is_empty())
        .map(|line| line.split_whitespace().next().unwrap().to_string())
        .collect()
}

fn manual_of(applet: &str) -> Manual {
    Manual::read(&read(&format!("docs/man/{applet}.8")))
}

/// Fails with all the faults, one a line.
fn none(faults: Vec<String>) {
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

#[test]
fn each_applet_has_a_manual_page() {
    let mut expected: BTreeSet<String> =
        applets().iter().map(|applet| format!("{applet}.8")).collect();
    expected.insert("ddnsbox.8".into());
    let pages = files(&root().join("docs/man"));
    let pages: BTreeSet<String> =
        pages.iter().map(|path| path.file_name().unwrap().to_string_lossy().into()).collect();
    assert_eq!(pages, expected);
    let overview = read("docs/man/ddnsbox.8");
    for applet in applets() {
        assert!(overview.contains(&format!(".It Xr {applet} 8\n")), "ddnsbox.8: {applet}");
    }
}

#[test]
fn help_and_manual_name_the_same_options() {
    let mut faults = Vec::new();
    for applet in applets() {
        let (help, manual) = (Help::of(&applet), manual_of(&applet));
        let (in_help, in_manual) = (help.flags(), manual.names("Fl"));
        for name in in_help.symmetric_difference(&in_manual) {
            faults.push(format!("{applet}: {name} is not in both help and manual"));
        }
        for name in help.variables() {
            if !manual.has("Ev", &name) {
                faults.push(format!("{applet}: variable {name} is not in the manual"));
            }
        }
        for name in manual.names("Ev") {
            if !SHARED_VARIABLES.contains(&name.as_str()) && !help.has_word(&name) {
                faults.push(format!("{applet}: variable {name} is not in the help"));
            }
        }
        if HELP_HAS_KEYS.contains(&applet.as_str()) {
            for name in manual.names("Cm") {
                let word = name.rsplit('.').next().unwrap();
                if !help.has_word(word) {
                    faults.push(format!("{applet}: key {name} is not in the help"));
                }
            }
            for (key, _) in help.keys() {
                if !manual.has("Cm", &key) {
                    faults.push(format!("{applet}: key {key} is not in the manual"));
                }
            }
        }
    }
    none(faults);
}

#[test]
fn help_and_manual_agree_on_defaults_and_ranges() {
    let mut faults = Vec::new();
    let mut compared = 0;
    for applet in applets() {
        let (help, manual) = (Help::of(&applet), manual_of(&applet));
        for (name, text) in help.entries() {
            let Some(entry) = manual.entry(&name) else {
                faults.push(format!("{applet}: {name} has no entry in the manual"));
                continue;
            };
            let figures = help::figures(&text);
            compared += figures.len();
            for figure in figures.symmetric_difference(&help::figures(entry)) {
                faults.push(format!("{applet}: {name}: {figure:?} is not in help and manual"));
            }
        }
        for (key, default) in help.keys() {
            let entry = manual.entry(&key).unwrap_or_default();
            if !default.is_empty() && !entry.contains(&default) {
                faults.push(format!("{applet}: {key}: the manual lacks the default {default}"));
            }
        }
    }
    none(faults);
    assert!(compared > 40, "only {compared} defaults and ranges were found");
}

#[test]
fn manual_and_sources_name_the_same_options() {
    let mut faults = Vec::new();
    for applet in applets() {
        let manual = manual_of(&applet);
        let all = sources(&applet, |_| true);
        for name in literals(&all, "[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+") {
            if !manual.has("Ev", &name) {
                faults.push(format!("{applet}: variable {name} is not in the manual"));
            }
        }
        let pulled = pulled(&applet);
        assert!(pulled.len() > 5, "{applet}: only {pulled:?} is pulled");
        for name in &pulled {
            if !INTERNAL.contains(&name.as_str()) && !manual.has_word(name.trim_start_matches('-'))
            {
                faults.push(format!("{applet}: {name:?} of the settings is not in the manual"));
            }
        }
        for kind in ["Fl", "Ev", "Cm"] {
            for name in manual.names(kind) {
                let is_short = kind == "Fl" && name.trim_start_matches('-').len() == 1;
                let mut parts = name.split('.');
                let is_known = pulled.contains(&name)
                    || name.contains('.') && parts.all(|part| pulled.contains(part))
                    || literals(&all, "[A-Z_]+").contains(&name);
                if !is_short
                    && !is_known
                    && !["--help", "--version"].contains(&name.as_str())
                    && !SHARED_VARIABLES.contains(&name.as_str())
                {
                    faults.push(format!("{applet}: {name} of the manual is not in the sources"));
                }
            }
        }
    }
    none(faults);
}

/// OpenWrt's scripts and help texts cannot read the table of providers.
#[test]
fn every_provider_served_is_known_everywhere() {
    let script = read("openwrt/files/usr/lib/ddnsbox/ddns_gateway.sh");
    let help = read("src/applets/ddns_gateway/usage.rs");
    let mut faults = Vec::new();
    for name in served() {
        for written in [format!("'{name}_url:string'"), format!("echo \"{name}_url = ")] {
            if !script.contains(&written) {
                faults.push(format!("ddns_gateway.sh: no {written}"));
            }
        }
        if !help.contains(&format!("{name}_url")) {
            faults.push(format!("help of ddns-gateway: no {name}_url"));
        }
    }
    none(faults);
}

#[test]
fn manual_and_sources_agree_on_defaults_and_ranges() {
    let mut faults = Vec::new();
    let mut compared = 0;
    for applet in applets() {
        let manual = manual_of(&applet);
        for Pull { names, range, default } in
            pulls(&sources(&applet, |path| path.contains("settings")))
        {
            let is_switch = range.is_none() && names.iter().all(|name| name.starts_with("--"));
            if is_switch || INTERNAL.contains(&names[0].as_str()) {
                continue;
            }
            compared += 1;
            // A switch has no default to mention.
            let of_value = |name: &String| range.is_some() || !name.starts_with("--");
            for name in names.into_iter().filter(of_value) {
                let Some(entry) = manual.entry(&name) else {
                    faults.push(format!("{applet}: {name} has no entry in the manual"));
                    continue;
                };
                let figures = help::figures(entry);
                // A switch in a variable is 1 or 0.
                let digit = if default == "true" { "1" } else { "0" };
                let is_default = |word: &str| figures.contains(&format!("default {word}"));
                if !(is_default(&default) || range.is_none() && is_default(digit)) {
                    faults.push(format!("{applet}: {name}: default {default} in the sources"));
                }
                if let Some((from, to)) = &range
                    && !UNBOUNDED.contains(&to.as_str())
                    && !figures.contains(&format!("{from}..{to}"))
                {
                    faults.push(format!("{applet}: {name}: {from}..{to} in the sources"));
                }
            }
        }
    }
    none(faults);
    assert!(compared > 25, "only {compared} options with a default were found");
}

#[test]
fn manual_pages_are_well_formed() {
    for path in files(&root().join("docs/man")) {
        let shown = path.display();
        for (program, arguments) in [
            ("mandoc", &["-T", "lint", "-W", "warning"][..]),
            ("man", &["--warnings", "-E", "UTF-8", "-Tutf8", "-l"]),
        ] {
            let mut command = Command::new(program);
            command.args(arguments).arg(&path).env("LC_ALL", "C.UTF-8").stdin(Stdio::null());
            // Either may be missing.
            let Ok(output) = command.output() else { continue };
            let said =
                [&output.stderr[..], if program == "mandoc" { &output.stdout[..] } else { &[] }];
            let said = String::from_utf8_lossy(&said.concat()).into_owned();
            assert!(said.is_empty(), "{program} {shown}: {said}");
            assert!(output.status.success(), "{program} {shown}: {}", output.status);
        }
    }
}

/// The documents: those in the root, and all below docs and tests.
fn documents() -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> =
        fs::read_dir(root()).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.extend(files(&root().join("docs")));
    found.extend(files(&root().join("tests")));
    found.retain(|path| path.extension().is_some_and(|end| end == "md"));
    found
}

/// The anchor that a heading gets: lower case, without punctuation, with hyphens for blanks.
fn anchor(heading: &str) -> String {
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

#[test]
fn links_and_paths_in_documents_exist() {
    let link = regex(r"\]\(([^)\s]+)\)");
    let path_in_text = regex(r"`((?:src|tests|docs|openwrt|tools|\.ci|\.cargo)/[A-Za-z0-9_./-]+)`");
    let room = regex(r"`([a-z0-9_]+(?:/[a-z0-9_]+)+(?:\.rs)?)(?:::[A-Za-z_:]+)?`");
    let heading = regex(r"(?m)^#+ (.*)$");
    let mut faults = Vec::new();
    for document in documents() {
        let text = fs::read_to_string(&document).unwrap();
        let shown = document.strip_prefix(root()).unwrap().display().to_string();
        let is_history = shown == "CHANGELOG.md";
        for found in link.captures_iter(&text) {
            let target = &found[1];
            if target.starts_with("http") {
                continue;
            }
            let (file, fragment) = target.split_once('#').unwrap_or((target, ""));
            let path = match file {
                "" => document.clone(),
                _ => document.parent().unwrap().join(file),
            };
            let Ok(text) = fs::read_to_string(&path) else {
                faults.push(format!("{shown}: {target} does not exist"));
                continue;
            };
            if !fragment.is_empty()
                && !heading.captures_iter(&text).any(|one| anchor(&one[1]) == fragment)
            {
                faults.push(format!("{shown}: {target}: no such heading"));
            }
        }
        for found in room.captures_iter(&text) {
            let path = root().join("src").join(&found[1]);
            let is_room = root().join("src").join(found[1].split('/').next().unwrap()).is_dir();
            if is_room && !is_history && !path.exists() && !path.with_extension("rs").exists() {
                faults.push(format!("{shown}: `{}` is not in src", &found[1]));
            }
        }
        for found in path_in_text.captures_iter(&text) {
            let is_pattern = PLACEHOLDERS.iter().any(|word| help::has_word(&found[1], word));
            if !is_history && !is_pattern && !root().join(&found[1]).exists() {
                faults.push(format!("{shown}: `{}` does not exist", &found[1]));
            }
        }
    }
    none(faults);
}

/// What troubleshooting.md quotes in the first column of its tables are messages of the program.
#[test]
fn quoted_messages_exist() {
    let mut sources = String::new();
    for path in files(&root().join("src")) {
        // Below the checkout: that may lie in a directory named so.
        if !path.strip_prefix(root()).unwrap().to_string_lossy().contains("test") {
            sources.push_str(&fs::read_to_string(&path).unwrap());
        }
    }
    let sources = regex(r"\\\n\s*").replace_all(&sources, "");
    let cell = regex(r"(?m)^\| ([^|]*) \|");
    let quote = regex("`([^`]*)`");
    let text = read("docs/troubleshooting.md");
    let mut faults = Vec::new();
    let mut seen = 0;
    for cell in cell.captures_iter(&text) {
        for quote in quote.captures_iter(&cell[1]) {
            for piece in quote[1].split('…').map(str::trim).filter(|piece| piece.contains(' ')) {
                seen += 1;
                if !sources.contains(piece) {
                    faults.push(format!("docs/troubleshooting.md: no message has '{piece}'"));
                }
            }
        }
    }
    none(faults);
    assert!(seen > 8, "only {seen} messages were found");
}

#[test]
fn the_readme_is_short_and_keeps_its_promises() {
    let text = read("README.md");
    assert!(README_BYTES.contains(&text.len()), "README.md has {} bytes", text.len());
    for command in ["cargo demo", "tests/run"] {
        assert!(text.contains(&format!("\n    {command}\n")), "README.md: {command}");
    }
    assert!(read(".cargo/config.toml").contains("\ndemo = "), "no alias for cargo demo");
    assert!(read(".ci/run").ends_with("exec tests/run\n"), ".ci/run runs something else");
    for applet in applets() {
        assert!(text.contains(&format!("(docs/man/{applet}.8)")), "README.md: {applet}");
    }
}
