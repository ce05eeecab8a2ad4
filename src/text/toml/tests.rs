//! Keys with their lines, faults with their places, and no panic whatever the text.

use super::{Entry, Value, read};
use proptest::prelude::*;

fn entry(line: usize, key: &str, value: Value) -> Entry {
    Entry { line, key: key.into(), value }
}

#[test]
fn keys_come_in_the_order_of_the_file_with_their_lines() {
    let text = "# first\r\nz = 'a\\b'\r\n\n\"a b\" = [1, \"x\",\n  [true]] # c\nm = 0x1f\n\
                f = 1.5\n[t]\nk = 1\n";
    let text_of = |text: &str| Value::Text(text.into());
    let list =
        Value::List(vec![Value::Whole(1), text_of("x"), Value::List(vec![Value::Truth(true)])]);
    assert_eq!(
        read(text).unwrap(),
        [
            entry(2, "z", text_of("a\\b")),
            entry(4, "a b", list),
            entry(6, "m", Value::Whole(31)),
            entry(7, "f", Value::Other),
            entry(8, "t", Value::Other),
        ]
    );
    assert_eq!(read("").unwrap(), []);
    assert_eq!(read("a.b = 1\na.c = 2\n").unwrap(), [entry(1, "a", Value::Other)]);
    assert_eq!(
        read("[[a]]\n[[a]]\n").unwrap(),
        [entry(1, "a", { Value::List(vec![Value::Other, Value::Other]) })]
    );
}

#[test]
fn faults_are_named_with_their_place() {
    let value = "neither true, false, a number nor text in quotes";
    for (text, line, column, words) in [
        ("a =", 1, 4, "the file ends where a value should stand"),
        ("a = \n", 1, 5, "expected a value, found the end of the line"),
        ("a", 1, 2, "expected =, found the end of the file"),
        ("a\n", 1, 2, "expected =, found the end of the line"),
        ("a b", 1, 3, "expected =, found a word"),
        ("= 1", 1, 1, "expected a key, found ="),
        ("\n a = 1 b", 2, 8, "expected the end of the line, found a word"),
        ("a = \"ä", 1, 5, "the text that begins here does not end"),
        ("a = \"ä\nb = 1", 1, 7, "the text does not end on its line"),
        ("a = '''x\ny", 1, 5, "the text that begins here does not end"),
        ("a = \"ä\0\"", 1, 7, "'\\0' cannot stand in a text"),
        ("a = \"\\q\"", 1, 7, "'q' cannot follow a backslash"),
        ("a = \"\\u00g0\"", 1, 10, "'g' is not a hexadecimal digit"),
        ("a = \"\\ud800\"", 1, 7, "there is no character of that number"),
        ("a = \u{7}", 1, 5, "'\\u{7}' cannot stand here"),
        ("a = 1 # \u{1}", 1, 9, "'\\u{1}' cannot stand here"),
        ("a = 1\rb = 2", 1, 6, "'\\r' cannot stand here"),
        ("ä = 1", 1, 1, "'ä' cannot stand here"),
        ("a = True", 1, 5, value),
        ("a = 1979-05-27", 1, 5, value),
        ("a = 08", 1, 6, value),
        ("a = 99999999999999999999", 1, 5, value),
        ("b = 1\na = 1\nb = 2", 3, 1, "b is there already, in line 1"),
        ("[t]\n[t]", 2, 1, "t is there already, in line 1"),
        ("a = 1\na.b = 2", 2, 1, "what stands before the dot has a value already, in line 1"),
        ("[a.b]\n[[a]]", 2, 1, "a table cannot become a list"),
        ("\"\"\"a\nb\"\"\" = 1", 1, 1, "a key cannot go over several lines"),
        ("a = [1", 1, 7, "expected ], found the end of the file"),
        ("a = [1 2]", 1, 8, "expected ], found a word"),
        ("a = {b = 1", 1, 11, "expected a comma, found the end of the file"),
        ("[t", 1, 3, "expected ], found the end of the file"),
    ] {
        let fault = read(text).unwrap_err();
        assert_eq!((fault.line, fault.column, &*fault.words), (line, column, words), "{text:?}");
    }
    for deep in ["[".repeat(200), "a.".repeat(200), "{a=".repeat(200)] {
        let begin = if deep.starts_with("a.") { "" } else { "a = " };
        assert_eq!(read(&format!("{begin}{deep}")).unwrap_err().words, "nested too deeply");
    }
}

#[test]
fn a_key_that_is_there_twice_is_shown_on_one_line() {
    let fault = read("\"a\\nb\" = 1\n\"a\\nb\" = 2").unwrap_err();
    assert_eq!(fault.words, "a\u{fffd}b is there already, in line 1");
}

/// What TOML is made of, and what is not.
const PIECES: &[&str] = &[
    "a",
    "b",
    "a.b",
    "\"k\"",
    "''",
    "=",
    " = ",
    ".",
    ",",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "\n",
    "\r\n",
    "\r",
    " ",
    "\t",
    "# c",
    "\"",
    "'",
    "\"\"\"",
    "'''",
    "\\",
    "\\u",
    "\\x4",
    "\\U0011ffff",
    "true",
    "inf",
    "-nan",
    "1",
    "+",
    "-",
    "0x",
    "_",
    "1e",
    "1e999",
    "5.",
    "1979-05-27T07:32:00Z",
    "ä",
    "\u{feff}",
    "\0",
    "\u{10ffff}",
    "a = 1\n",
    "[a]\n",
    "[[a]]\n",
    "[a.b]\n",
    "a.b.c = 1\n",
    "[[a.b]]\n",
    "x = {a.b = 1, }\n",
    "x = [1, 'a', {}]\n",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_text_is_too_much(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..24)) {
        let text = pieces.concat();
        let lines = 1 + text.matches('\n').count();
        match read(&text) {
            Ok(entries) => prop_assert!(entries.iter().all(|one| (1..=lines).contains(&one.line))),
            Err(fault) => {
                prop_assert!((1..=lines).contains(&fault.line));
                prop_assert!(fault.column >= 1 && fault.words != "cannot be read");
            }
        }
    }
}
