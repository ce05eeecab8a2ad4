//! Tables by header and by key, what may not be there twice, and what a whole reader finds.

use super::read_tables;
use crate::text::toml::tests::{PIECES, is_other, plain};
use crate::text::toml::{Entry, ParseError, Value, read};
use proptest::prelude::*;
use toml_span::value::{Table, ValueInner};

fn keys(text: &str) -> Vec<(usize, String)> {
    let entries = read_tables(text).unwrap_or_else(|error| panic!("{text:?}: {error:?}"));
    entries.into_iter().map(|one| (one.line, one.key)).collect()
}

#[test]
fn keys_have_the_path_of_their_table() {
    let text = "a = 1\n[server] # one\nhost = \"x\"\ntls.cert = 'c'\n\n[ server . log ]\nto = 2\n\
                [\"a b\".'c']\n\"d.e\" = []\n\"\\u00e4\\n\".f = 3\n'bare' = true\n[empty]\n";
    assert_eq!(
        keys(text),
        [
            (1, "a".into()),
            (3, "server.host".into()),
            (4, "server.tls.cert".into()),
            (7, "server.log.to".into()),
            (9, "\"a b\".c.\"d.e\"".into()),
            (10, "\"a b\".c.\"ä\\n\".f".into()),
            (11, "\"a b\".c.bare".into()),
        ]
    );
    let entries = read_tables(text).unwrap();
    assert_eq!(entries[1].value, Value::String("x".into()));
    assert_eq!((&entries[3].value, &entries[4].value), (&Value::Integer(2), &Value::List(vec![])));
    assert_eq!(read_tables("").unwrap(), []);
    // A quoted dot does not make a path.
    assert_eq!(keys("\"a.b\" = 1\na.b = 2").len(), 2);
}

#[test]
fn what_tables_may_follow_each_other() {
    for text in [
        "[a.b]\nc = 1\n[a]\nd = 1",
        "[a.b.c]\nd = 1\n[a]\nb.e = 1",
        "a.b = 1\na.c = 1\n[a.d]\ne = 1",
        "[a]\nb.c = 1\nb.d = 1\n[a.b.e]\nf = 1",
    ] {
        keys(text);
    }
}

#[test]
fn what_is_there_twice_is_told_with_both_lines() {
    for (text, line, column, message) in [
        ("a = 1\n b = 1\na = 2", 3, 1, "duplicate key a (first in line 1)"),
        ("[s]\na = 1\n[t]\na = 1\n[s]", 5, 1, "duplicate key s (first in line 1)"),
        ("[s]\na = 1\n  a = 1", 3, 3, "duplicate key s.a (first in line 2)"),
        ("s = 1\n[s]", 2, 1, "duplicate key s (first in line 1)"),
        ("s = 1\n[s.t]", 2, 1, "duplicate key s (first in line 1)"),
        ("s = 1\ns.t = 1", 2, 1, "duplicate key s (first in line 1)"),
        ("s.t = 1\ns = 1", 2, 1, "duplicate key s (first in line 1)"),
        ("s.t = 1\n[s]", 2, 1, "duplicate key s (first in line 1)"),
        ("s.t.u = 1\n[s.t]", 2, 1, "duplicate key s.t (first in line 1)"),
        ("[a.b.c]\n[a]\nb.c.d = 1", 3, 1, "duplicate key a.b.c (first in line 1)"),
        ("[a.b.c]\n[a]\nb.d = 1\n[a.b]", 4, 1, "duplicate key a.b (first in line 3)"),
        ("[a.b]\n[a]\nb = 1", 3, 1, "duplicate key a.b (first in line 1)"),
        ("[a]\n[[a]]", 2, 1, "duplicate key a (first in line 1)"),
        ("[a]\nb = 1\n[[a.b.c]]", 3, 1, "duplicate key a.b (first in line 2)"),
        ("[\"x\\ny\"]\n[\"x\\ny\"]", 2, 1, "duplicate key \"x\\ny\" (first in line 1)"),
    ] {
        let error = read_tables(text).unwrap_err();
        assert_eq!(
            (error.line, error.column, &*error.message),
            (line, column, message),
            "{text:?}"
        );
    }
}

#[test]
fn headers_that_are_none() {
    for (text, column, message) in [
        ("[", 2, "expected a key, found the end of the file"),
        ("[]", 2, "unexpected ']'"),
        ("[a", 3, "expected ], found the end of the file"),
        ("[a.]", 4, "unexpected ']'"),
        ("[a] b = 1", 5, "expected the end of the line, found a word"),
        ("[a]]", 4, "unexpected ']'"),
        ("[ [a]]", 3, "unexpected '['"),
        ("[[a]", 5, "expected ], found the end of the file"),
        ("[[a] ]", 5, "unexpected ' '"),
        ("a. = 1", 4, "unexpected '='"),
        (".a = 1", 1, "unexpected '.'"),
        ("a.b", 4, "expected =, found the end of the file"),
    ] {
        let error = read_tables(text).unwrap_err();
        assert_eq!((error.line, error.column, &*error.message), (1, column, message), "{text:?}");
    }
}

#[test]
fn reading_ends_where_tables_are_not_read_further() {
    let last = |text: &str| read_tables(text).unwrap().pop().unwrap();
    let other = |line, key: &str| Entry { line, key: key.into(), value: Value::Other };
    assert_eq!(last("a = 1\n[[b.c]]\nnonsense"), other(2, "b.c"));
    assert_eq!(last("[a]\nb.c = { nonsense"), other(2, "a.b.c"));
    assert_eq!(last("a = [1, {").value, Value::List(vec![Value::Integer(1), Value::Other]));
    assert_eq!(keys("a = 1.5\n[b]\nc = 1").len(), 2);
}

#[test]
fn depth_and_number_are_bounded() {
    let path = |levels: usize| vec!["a"; levels].join(".");
    assert!(read_tables(&format!("[{0}]\n{0} = 1", path(32))).is_ok());
    for text in [format!("[{}]", path(33)), format!("{} = 1", path(33))] {
        assert_eq!(read_tables(&text).unwrap_err().message, "nested too deeply");
    }
    let headers = |count: usize| (0..count).map(|n| format!("[a{n}]\n")).collect::<String>();
    assert!(read_tables(&headers(256)).is_ok());
    let error = read_tables(&headers(257)).unwrap_err();
    assert_eq!((error.line, &*error.message), (257, "more than 256 tables"));
    let many = |count: usize| (0..count).map(|n| format!("a{n} = 1\n")).collect::<String>();
    assert_eq!(read_tables(&many(256)).unwrap().len(), 256);
    assert_eq!(read_tables(&many(257)).unwrap_err().message, "more than 256 keys");
}

/// What a whole reader finds, flat; nothing for no TOML.
fn by_whole_reader(text: &str) -> Option<Vec<(String, Value)>> {
    let mut top = toml_span::parse(text).ok()?;
    let ValueInner::Table(table) = top.take() else { return None };
    let mut found = Vec::new();
    flatten("", table, &mut found);
    Some(found)
}

fn flatten(path: &str, table: Table, into: &mut Vec<(String, Value)>) {
    for (name, mut value) in table {
        let path = super::joined(path, &name.name);
        match value.take() {
            ValueInner::Table(table) => flatten(&path, table, into),
            value => into.push((path, plain(value))),
        }
    }
}

/// Lines of which many files are TOML, and some of them only nearly.
#[rustfmt::skip]
const LINES: &[&str] = &[
    "[a]\n", "[b]\n", "[a.b]\n", "[a.b.c]\n", "[a.c]\n", "[\"a\".'b']\n", "[[b]]\n", "[[a.b]]\n",
    "a = 1\n", "b = 1\n", "c = 1\n", "a.b = 1\n", "a.c = 1\n", "b.c = 1\n", "b.a = 1\n",
    "a.b.c = 1\n", "a.b.d = 1\n", "b.c.d = 1\n", "\"a.b\" = 1\n", "d = {}\n", "e = [{}]\n",
];

/// The other reader does not see that a table has a header and is made by keys, too, if the first
/// header that leads through it is another one. TOML forbids it all the same.
fn is_missed(text: &str, error: &ParseError) -> bool {
    let plain = |text: &str| text.replace(['"', '\'', ' ', '\t', '\r'], "");
    let Some(rest) = error.message.strip_prefix("duplicate key ") else { return false };
    let Some((path, _)) = rest.split_once(" (first in line ") else { return false };
    let through = format!("[{}.", plain(path));
    plain(text).lines().take(error.line).any(|line| line.starts_with(&through))
}

fn agree(text: &str) -> Result<(), TestCaseError> {
    // The other reader takes these two signs, which TOML does not have.
    if text.contains("+0x") || text.contains("+-") {
        return Ok(());
    }
    let whole = by_whole_reader(text);
    let ours = match read_tables(text) {
        Err(error) => {
            let lines = 1 + text.matches('\n').count();
            prop_assert!((1..=lines).contains(&error.line) && error.column >= 1);
            if is_missed(text, &error) {
                return Ok(());
            }
            prop_assert_eq!(whole, None, "{:?}: {:?}", text, error);
            return Ok(());
        }
        Ok(ours) => ours,
    };
    let stop = ours.iter().position(|one| is_other(&one.value));
    let read = ours.iter().take(stop.unwrap_or(ours.len()));
    let mut read: Vec<_> = read.map(|one| (one.key.clone(), one.value.clone())).collect();
    match (whole, stop) {
        (None, _) => prop_assert!(stop.is_some(), "taken: {:?}", text),
        (Some(mut whole), None) => {
            whole.sort_by(|one, other| one.0.cmp(&other.0));
            read.sort_by(|one, other| one.0.cmp(&other.0));
            prop_assert_eq!(whole, read, "{:?}", text);
        }
        (Some(whole), Some(_)) => {
            prop_assert!(read.iter().all(|one| whole.contains(one)), "{:?}", text);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn a_whole_reader_agrees(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..16)) {
        agree(&pieces.concat())?;
    }

    #[test]
    fn a_whole_reader_agrees_on_tables(
        lines in prop::collection::vec(prop::sample::select(LINES), 0..8)
    ) {
        agree(&lines.concat())?;
    }

    /// Where there are no tables it is the flat reader.
    #[test]
    fn flat_files_are_read_alike(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..16)
    ) {
        let text = pieces.concat();
        let Ok(flat) = read(&text) else { return Ok(()) };
        if flat.iter().all(|one| !is_other(&one.value)) {
            let mut flat = flat;
            flat.iter_mut().for_each(|one| one.key = super::joined("", &one.key));
            prop_assert_eq!(read_tables(&text).ok(), Some(flat));
        }
    }
}
