//! A help text, taken apart.

use super::regex;
use std::collections::BTreeSet;
use std::process::Command;

/// What an applet prints for `--help`.
pub struct Help {
    text: String,
}

impl Help {
    pub fn of(applet: &str) -> Help {
        let program = env!("CARGO_BIN_EXE_ddnsbox");
        let output = Command::new(program).args([applet, "--help"]).output().unwrap();
        // One applet prints it on standard error, as its original.
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(output.status.success(), "{applet} --help failed ({}):\n{text}", output.status);
        Help { text }
    }

    /// All flags, long and short, with their hyphens.
    pub fn flags(&self) -> BTreeSet<String> {
        let flag = regex(r"(?:^|[\s\[|])(--?[A-Za-z][A-Za-z-]*)");
        // A flag of another program is not one of this one's.
        flag.captures_iter(&self.text).map(|found| found[1].to_string()).collect()
    }

    /// Words that look like an environment variable.
    pub fn variables(&self) -> BTreeSet<String> {
        let name = regex(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b");
        name.find_iter(&self.text).map(|found| found.as_str().to_string()).collect()
    }

    pub fn has_word(&self, word: &str) -> bool {
        has_word(&self.text, word)
    }

    /// The keys of a TOML file with their defaults, from lines such as `[limits] workers = 4`.
    pub fn keys(&self) -> Vec<(String, String)> {
        let line = regex(r"^  (?:\[([a-z]+)\]| {8}) +[a-z_]+ (?:=|[a-z])");
        let key = regex(r#"([a-z_]+) = ("[^"]*"|\[\]|[a-z0-9]+)"#);
        let (mut section, mut found) = (String::new(), Vec::new());
        for text in self.text.lines() {
            let Some(start) = line.captures(text) else { continue };
            if let Some(name) = start.get(1) {
                section = name.as_str().into();
            }
            for one in key.captures_iter(text) {
                let value = one[2].trim_matches(|c| "\"[]".contains(c));
                found.push((format!("{section}.{}", &one[1]), value.into()));
            }
        }
        found
    }

    /// Each option that has a line of its own, with its description.
    pub fn entries(&self) -> Vec<(String, String)> {
        let head = regex(
            r"(?x)^\ {2,6} (?: -[A-Za-z],\ )? ( --[A-Za-z-]+ | [a-z]+(?:_[a-z]+)* |
            [A-Z]+(?:_[A-Z]+)* ) (?: [,\ ].* )? $",
        );
        let mut entries: Vec<(String, String)> = Vec::new();
        for line in self.text.lines() {
            let indentation = line.len() - line.trim_start().len();
            if let Some(found) = head.captures(line).filter(|_| indentation < 10) {
                entries.push((found[1].to_string(), String::new()));
            } else if indentation < 10 {
                // A paragraph ends the list.
                entries.push((String::new(), String::new()));
            }
            if let Some((_, text)) = entries.last_mut() {
                text.push_str(line.trim());
                text.push(' ');
            }
        }
        entries.retain(|(name, _)| !name.is_empty() && name != "interface");
        entries
    }
}

/// Whether a word occurs that is not part of a longer name.
pub fn has_word(text: &str, word: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.match_indices(word).any(|(at, _)| {
        !text[..at].ends_with(inside) && !text[at + word.len()..].starts_with(inside)
    })
}

/// The defaults and ranges a description names: `default 60`, `1..300`.
pub fn figures(text: &str) -> BTreeSet<String> {
    let figure = regex(r"default ([^\s;:,)]+)|\b\d+\.\.\d+\b");
    figure.find_iter(text).map(|found| found.as_str().trim_end_matches('.').to_string()).collect()
}
