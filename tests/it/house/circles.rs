//! No circles between the files of a room, read off their `crate::` and `super::` paths.

use super::{read, report};
use std::collections::{BTreeMap, BTreeSet};

/// `net/tls/https.rs` as `["net", "tls", "https"]`; a room's `mod.rs` as the room.
fn module_of(path: &str) -> Vec<String> {
    let path = path.strip_suffix(".rs").unwrap();
    let path = path.strip_suffix("/mod").unwrap_or(path);
    path.split('/').map(String::from).collect()
}

/// The paths that `tree` stands for, which may be a group in braces, each after `prefix`.
fn expand(tree: &str, prefix: &[String], into: &mut Vec<Vec<String>>) {
    let tree = tree.trim_start();
    if let Some(group) = tree.strip_prefix('{') {
        let (mut depth, mut from) = (0_i32, 0);
        for (at, c) in group.char_indices() {
            match c {
                '{' => depth += 1,
                '}' if depth > 0 => depth -= 1,
                ',' | '}' if depth == 0 => {
                    expand(&group[from..at], prefix, into);
                    from = at + 1;
                    if c == '}' {
                        return;
                    }
                }
                _ => {}
            }
        }
        return;
    }
    let end = tree.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(tree.len());
    let (name, rest) = tree.split_at(end);
    let mut path = prefix.to_vec();
    match name {
        "" => return,
        "super" => drop(path.pop()),
        "self" => {}
        _ => path.push(name.to_string()),
    }
    match rest.strip_prefix("::") {
        Some(rest) => expand(rest, &path, into),
        None => into.push(path),
    }
}

/// All paths a file of the module `module` mentions, from the root of the crate.
fn mentions(code: &str, module: &[String]) -> Vec<Vec<String>> {
    let mut all = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        expand(&code[at + "crate::".len()..], &[], &mut all);
    }
    for (at, _) in code.match_indices("super::") {
        // `super::super::x` is expanded from its first `super`.
        if !code[..at].ends_with("::") {
            expand(&code[at..], module, &mut all);
        }
    }
    all
}

/// Which files of its own room each file uses. A module and those below it count as one unit: there
/// the parent declares what its children are parts of.
fn arrows(files: &[(&str, &str)]) -> BTreeMap<String, BTreeSet<String>> {
    let paths: BTreeMap<Vec<String>, &str> =
        files.iter().map(|(path, _)| (module_of(path), *path)).collect();
    let mut arrows: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (path, code) in files {
        let module = module_of(path);
        for mut mention in mentions(code, &module) {
            while !mention.is_empty() && !paths.contains_key(&mention) {
                mention.pop();
            }
            let is_own_room = mention.first() == module.first();
            if is_own_room && !mention.starts_with(&module) && !module.starts_with(&mention) {
                arrows.entry((*path).into()).or_default().insert(paths[&mention].into());
            }
        }
    }
    arrows
}

fn circles(arrows: &BTreeMap<String, BTreeSet<String>>) -> Vec<(String, String)> {
    let reaches = |from: &String, to: &String| {
        let (mut seen, mut rest) = (BTreeSet::new(), vec![from]);
        while let Some(one) = rest.pop() {
            for next in arrows.get(one).into_iter().flatten() {
                if next == to {
                    return true;
                }
                if seen.insert(next) {
                    rest.push(next);
                }
            }
        }
        false
    };
    let all = arrows.iter().flat_map(|(from, to)| to.iter().map(move |to| (from, to)));
    all.filter(|(from, to)| reaches(to, from)).map(|(a, b)| (a.clone(), b.clone())).collect()
}

#[test]
fn files_of_a_room_do_not_use_each_other_in_a_circle() {
    let sources = read("src");
    let tests = |path: &str| path.contains("/tests/") || path.ends_with("tests.rs");
    let files: Vec<(&str, &str)> = sources
        .iter()
        .filter(|source| !tests(&source.path) && source.path != "env/fake.rs")
        .map(|source| (source.path.as_str(), source.code.as_str()))
        .collect();
    let found = circles(&arrows(&files)).into_iter();
    report(found.map(|(from, to)| format!("{from} uses {to}, and is used by it")).collect());
}

#[test]
fn a_circle_is_found() {
    let found = |files: &[(&str, &str)]| circles(&arrows(files)).len();
    let one = ("log/one.rs", "use super::{two::{A, B}, x};");
    assert_eq!(found(&[one, ("log/two.rs", "use crate::log::one::C;")]), 2);
    assert_eq!(found(&[one, ("log/two.rs", "use crate::text::one::C;")]), 0);
    // By way of a third, and of a path within the code.
    let three = ("log/three/deep.rs", "fn f() { super::super::one::g() }");
    assert_eq!(found(&[one, ("log/two.rs", "use super::three::deep;"), three]), 3);
    // Parent and child are one unit.
    let child = ("log/one/child.rs", "use super::x;");
    assert_eq!(found(&[("log/one.rs", "use crate::log::one::child;"), child]), 0);
}
