//! What the sources of an applet say about its options.

use super::{files, regex, root};
use std::collections::BTreeSet;
use std::fs;

/// The sources of an applet, without its texts and its tests.
pub fn sources(applet: &str, wanted: impl Fn(&str) -> bool) -> String {
    let directory = root().join("src/applets").join(applet.replace('-', "_"));
    let mut text = String::new();
    for path in files(&directory) {
        let shown = path.strip_prefix(&directory).unwrap().to_string_lossy();
        if !shown.ends_with("usage.rs") && !shown.contains("test") && wanted(&shown) {
            let source = fs::read_to_string(&path).unwrap();
            text.push_str(source.split("#[cfg(test)]\nmod tests {").next().unwrap());
        }
    }
    text
}

/// The options that an applet pulls from `config::Values`: each is a literal with the places it can
/// be set in, `--flag VARIABLE key`. Those of a JSON file are literals by themselves.
pub fn pulled(applet: &str) -> BTreeSet<String> {
    let settings = sources(applet, |path| path.contains("settings"));
    let pull = regex(
        r#"(?x) (?: values\s*\.\s*\w+\( | \w+\(\s*(?:&mut\s)?values, ) ( (?: \s*"[^"]*",? )+ )"#,
    );
    let name = regex(r"(?:--)?[A-Za-z][A-Za-z0-9_.-]*");
    let calls = pull.captures_iter(&settings);
    let mut names: BTreeSet<String> = calls
        .flat_map(|found| {
            found[1].split('"').skip(1).step_by(2).map(String::from).collect::<Vec<_>>()
        })
        .flat_map(|names| names.split(' ').map(String::from).collect::<Vec<_>>())
        .filter(|one| name.find(one).is_some_and(|found| found.as_str() == one))
        .collect();
    // A key for each provider.
    if settings.contains("upstream.{name}_url") {
        names.extend(served().iter().map(|name| format!("upstream.{name}_url")));
    }
    let json = sources(applet, |path| path.contains("config"));
    names.extend(literals(&json, "[a-z][A-Za-z0-9]+(?:[-._][A-Za-z0-9]+)*"));
    names
}

/// The string literals of a source that match the whole of a pattern.
pub fn literals(source: &str, pattern: &str) -> BTreeSet<String> {
    let code: String = source
        .lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| [line, "\n"])
        .collect();
    regex(&format!("\"({pattern})\"")).captures_iter(&code).map(|found| found[1].into()).collect()
}

/// The providers that HTTP callers may choose, from the table of all of them.
pub fn served() -> Vec<String> {
    let source = fs::read_to_string(root().join("src/providers/mod.rs")).unwrap();
    let row = regex(r#"(?s)name: "([a-z0-9-]+)",[^}]*is_served: true"#);
    let names: Vec<String> = row.captures_iter(&source).map(|found| found[1].into()).collect();
    assert!(names.len() > 2, "only {names:?} are served");
    names
}

/// A pull of a number or a truth value: the option's names, its range and its default.
pub struct Pull {
    pub names: Vec<String>,
    pub range: Option<(String, String)>,
    pub default: String,
}

/// The pulls in a source that have a default beside them.
pub fn pulls(source: &str) -> Vec<Pull> {
    let pull = regex(
        r#"(?x) \. (?: integer | integer_or | bool ) \( \s* "([^"]+)", \s*
        (?: ([0-9_]+) \.\.= ([0-9_]+|u32::MAX), \s* )? (?: \( [^)]* \), \s* )?
        (true|false|[0-9_]+) ,? \s* \)"#,
    );
    let number = |text: &str| text.replace('_', "");
    pull.captures_iter(source)
        .map(|found| Pull {
            names: found[1].split(' ').map(str::to_string).collect(),
            range: found.get(2).map(|from| (number(from.as_str()), number(&found[3]))),
            default: number(&found[4]),
        })
        .collect()
}
