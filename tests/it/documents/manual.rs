//! A manual page in mdoc, taken apart.

use super::help;
use std::collections::BTreeSet;

/// Macros that mark up the words after them.
const MACROS: &[&str] =
    &["Ar", "Cm", "Em", "Ev", "Fl", "Fn", "Li", "Ns", "Op", "Pa", "Pq", "Sx", "Xr"];

/// What a page says of one option, or of several together.
struct Entry {
    /// Each with its macro: a flag with its hyphens, a variable, a key, an argument.
    names: Vec<(&'static str, String)>,
    text: String,
}

pub struct Manual {
    entries: Vec<Entry>,
    text: String,
}

impl Manual {
    pub fn read(page: &str) -> Manual {
        let mut manual = Manual { entries: Vec::new(), text: String::new() };
        let mut is_inside = false;
        for line in page.lines() {
            if let Some(head) = line.strip_prefix(".It ") {
                manual.entries.push(Entry { names: names(head), text: String::new() });
                is_inside = true;
            } else if line.starts_with(".El") || line.starts_with(".S") {
                is_inside = false;
            }
            let words = plain(line);
            if let Some(entry) = manual.entries.last_mut().filter(|_| is_inside) {
                entry.text.push_str(&words);
            }
            // Some variables are described in prose.
            if line.starts_with(".Ev ") {
                manual.entries.insert(0, Entry { names: names(&line[1..]), text: String::new() });
            }
            manual.text.push_str(&words);
        }
        manual
    }

    /// All names with an entry that a macro marks.
    pub fn names(&self, kind: &str) -> BTreeSet<String> {
        let all = self.entries.iter().flat_map(|entry| &entry.names);
        all.filter(|(one, _)| *one == kind).map(|(_, name)| name.clone()).collect()
    }

    pub fn has(&self, kind: &str, name: &str) -> bool {
        self.names(kind).contains(name)
    }

    pub fn has_word(&self, word: &str) -> bool {
        help::has_word(&self.text, word)
    }

    /// What is said of an option.
    pub fn entry(&self, name: &str) -> Option<&str> {
        let is_it = |entry: &&Entry| entry.names.iter().any(|(_, one)| one == name);
        self.entries.iter().filter(is_it).map(|entry| entry.text.as_str()).max_by_key(|t| t.len())
    }
}

/// The names in an item's head: `Fl c , Fl Fl config Ar FILE`.
fn names(head: &str) -> Vec<(&'static str, String)> {
    let mut names = Vec::new();
    let (mut kind, mut hyphens) = ("", String::new());
    for word in head.split_whitespace() {
        if let Some(found) = MACROS.iter().find(|one| **one == word) {
            if *found == "Fl" && kind == "Fl" && !hyphens.is_empty() {
                hyphens.push('-');
            } else {
                hyphens = String::from(if *found == "Fl" { "-" } else { "" });
            }
            kind = found;
        } else if word.chars().any(char::is_alphanumeric) && !kind.is_empty() {
            names.push((kind, format!("{hyphens}{word}")));
            hyphens.clear();
        }
    }
    names
}

/// A line without its markup, and a blank.
fn plain(line: &str) -> String {
    let (is_macro, line) = match line.strip_prefix('.') {
        Some(rest) => (true, rest),
        None => (false, line),
    };
    let words = line.split(' ').filter(|word| {
        let is_markup = MACROS.contains(word) || matches!(*word, "It" | "Nm" | "Nd" | "Sh");
        !(is_macro && is_markup)
    });
    let words: Vec<&str> = words.collect();
    // `Fl Fl ttl ,` ends up as "ttl ,": nothing here depends on it.
    words.join(" ") + " "
}
