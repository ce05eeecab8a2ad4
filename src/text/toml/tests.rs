//! Keys with their lines, errors with their places, and the same as a whole reader of TOML finds.

use super::{Entry, Value, read};
use proptest::prelude::*;

fn entry(line: usize, key: &str, value: Value) -> Entry {
    Entry { line, key: key.into(), value }
}

#[test]
fn keys_come_in_the_order_of_the_file_with_their_lines() {
    let text = "# first\r\nz = 'a\\b'\r\n\n\"a b\" = [1, \"x\",\n  [true], # d\n] # c\n m=0x1f\n\
                f = 1.5\n[t]\nk = 1\n";
    let text_of = |text: &str| Value::String(text.into());
    let inner = Value::List(vec![Value::Bool(true)]);
    let list = Value::List(vec![Value::Integer(1), text_of("x"), inner]);
    assert_eq!(
        read(text).unwrap(),
        [
            entry(2, "z", text_of("a\\b")),
            entry(4, "a b", list),
            entry(7, "m", Value::Integer(31)),
            entry(8, "f", Value::Other),
            entry(9, "t", Value::Other),
        ]
    );
    assert_eq!(read("").unwrap(), []);
    // There reading ends.
    for table in ["a.b = 1\na.c = 2", "[a]\nb = 1", "[[ a ]]\nb", "a = {b = 1", "a . b"] {
        assert_eq!(read(table).unwrap(), [entry(1, "a", Value::Other)], "{table}");
    }
    let in_list = Value::List(vec![Value::Integer(1), Value::Other]);
    assert_eq!(read("a = [1, {").unwrap(), [entry(1, "a", in_list)]);
}

#[test]
fn errors_are_named_with_their_place() {
    let value = "expected true, false, a number or a string in quotes";
    for (text, line, column, message) in [
        ("a =", 1, 4, "expected a value, found the end of the file"),
        ("a = \n", 1, 5, "expected a value, found the end of the line"),
        ("a = \r\n", 1, 5, "expected a value, found the end of the line"),
        ("a", 1, 2, "expected =, found the end of the file"),
        ("a\n", 1, 2, "expected =, found the end of the line"),
        ("a b", 1, 3, "expected =, found a word"),
        ("a 'b'", 1, 3, "expected =, found a string"),
        ("= 1", 1, 1, "unexpected '='"),
        ("\n a = 1 b", 2, 8, "expected the end of the line, found a word"),
        ("a = 'b''c'", 1, 8, "expected the end of the line, found a string"),
        ("a = \"ä", 1, 5, "unterminated string"),
        ("a = \"ä\nb = 1", 1, 7, "string not closed on its line"),
        ("a = \"ä\\\nb = 1", 1, 8, "string not closed on its line"),
        ("a = '''x\ny", 1, 5, "unterminated string"),
        ("a = \"\\x4", 1, 5, "unterminated string"),
        ("a = \"ä\0\"", 1, 7, "unexpected '\\0' in a string"),
        ("a = 'ä\u{7f}'", 1, 7, "unexpected '\\u{7f}' in a string"),
        ("a = \"\"\"\\\n \rb\"\"\"", 2, 2, "unexpected '\\r' in a string"),
        ("a = \"\\q\"", 1, 7, "unknown escape 'q'"),
        ("a = \"\\ \"", 1, 7, "unknown escape ' '"),
        ("a = \"\\u00g0\"", 1, 10, "'g' is not a hexadecimal digit"),
        ("a = \"\\ud800\"", 1, 7, "not a Unicode scalar value"),
        ("a = \"\\UFFFFFFFF\"", 1, 7, "not a Unicode scalar value"),
        ("a = \u{7}", 1, 5, "unexpected '\\u{7}'"),
        ("a = 1 # \u{1}", 1, 9, "unexpected '\\u{1}'"),
        ("a = 1\rb = 2", 1, 6, "unexpected '\\r'"),
        ("ä = 1", 1, 1, "unexpected 'ä'"),
        ("a = True", 1, 5, value),
        ("a = 08", 1, 5, value),
        ("a = 1_", 1, 5, value),
        ("a = 1__0", 1, 5, value),
        ("a = -0x1", 1, 5, value),
        ("a = 0x", 1, 5, value),
        ("a = 0b2", 1, 5, value),
        ("a = -", 1, 5, value),
        ("b = 1\na = 1\nb = 2", 3, 1, "duplicate key b (first in line 1)"),
        ("b = 1\n[b]", 2, 1, "duplicate key b (first in line 1)"),
        ("\"a\\nb\" = 1\n\"a\\nb\" = 2", 2, 1, "duplicate key a\u{fffd}b (first in line 1)"),
        ("\"\"\"a\nb\"\"\" = 1", 1, 1, "a key cannot span several lines"),
        ("a = [1", 1, 7, "expected a comma or ], found the end of the file"),
        ("a = [1 2]", 1, 8, "expected a comma or ], found a word"),
        ("a = [,]", 1, 6, "unexpected ','"),
        ("[", 1, 2, "expected a key, found the end of the file"),
    ] {
        let error = read(text).unwrap_err();
        assert_eq!(
            (error.line, error.column, &*error.message),
            (line, column, message),
            "{text:?}"
        );
    }
}

#[test]
fn depth_and_number_are_bounded() {
    let nested = |levels: usize| format!("a = {}{}", "[".repeat(levels), "]".repeat(levels));
    assert!(read(&nested(32)).is_ok());
    let error = read(&nested(33)).unwrap_err();
    assert_eq!((error.column, &*error.message), (37, "nested too deeply"));
    let keys = |count: usize| (0..count).map(|n| format!("a{n} = 1\n")).collect::<String>();
    assert_eq!(read(&keys(256)).unwrap().len(), 256);
    let error = read(&keys(257)).unwrap_err();
    assert_eq!((error.line, error.column, &*error.message), (257, 1, "more than 256 keys"));
}

#[test]
fn values_in_every_form() {
    let value = |text: &str| read(&format!("a = {text}")).unwrap().remove(0).value;
    for (text, number) in [
        ("0", 0),
        ("-0", 0),
        ("+7", 7),
        ("-17", -17),
        ("1_000", 1000),
        ("0xDEAD_beef", 0xDEAD_BEEF),
        ("0x0f", 15),
        ("0o17", 15),
        ("0b11", 3),
        ("9223372036854775807", i64::MAX),
        ("-9223372036854775808", i64::MIN),
    ] {
        assert_eq!(value(text), Value::Integer(number), "{text}");
    }
    for text in ["9223372036854775808", "1.0", "1e3", "-inf", "nan", "1979-05-27", "07:32:00"] {
        assert_eq!(value(text), Value::Other, "{text}");
    }
    for (text, plain) in [
        (r#""""#, ""),
        (r#""\b\t\n\f\r\e\"\\\x41\u00e9\U0001F600""#, "\u{8}\t\n\u{c}\r\u{1b}\"\\Aé😀"),
        (r"'\b'", r"\b"),
        ("\"\"\"\n a\\  \r\n \n b\r\nc\"\"\"\"\"", " ab\nc\"\""),
        ("'''\r\n''a'''", "''a"),
        ("''''a''''", "'a'"),
    ] {
        assert_eq!(value(text), Value::String(plain.into()), "{text}");
    }
}

/// What TOML is made of, and what is not.
#[rustfmt::skip]
pub const PIECES: &[&str] = &[
    "a", "b", "c", "a.b", "\"k\"", "''", "=", " = ", ".", ",", "[", "]", "[[", "]]", "{", "}",
    "\n", "\r\n", "\r", " ", "\t", "# c", "\"", "'", "\"\"\"", "'''", "\\", "\\u", "\\x4", "\\n",
    "\\U0011ffff", "true", "inf", "-nan", "1", "+", "-", "0x", "_", "1e", "1e999", "5.",
    "1979-05-27T07:32:00Z", "ä", "\0", "\u{10ffff}", "a = 1\n", "b = [1, 'x']\n", "c = \"y\"\n",
    "d = \"", "e = '''", "f = [", "[a]\n", "[[a]]\n", "[a.b]\n", "a.b.c = 1\n", "[[a.b]]\n",
    "x = {a.b = 1, }\n", "x = [1, 'a', {}]\n",
];

/// Whether a value is or holds one that is not read further.
pub fn is_other(value: &Value) -> bool {
    match value {
        Value::Other => true,
        Value::List(values) => values.iter().any(is_other),
        _ => false,
    }
}

/// What a whole reader of TOML finds: keys in the order of the file; nothing for no TOML.
fn by_whole_reader(text: &str) -> Option<Vec<(String, Value)>> {
    let mut top = toml_span::parse(text).ok()?;
    let toml_span::value::ValueInner::Table(table) = top.take() else { return None };
    let mut entries: Vec<_> = table.into_iter().collect();
    entries.sort_by_key(|(key, _)| key.span.start);
    Some(entries.into_iter().map(|(key, mut one)| (key.name.into(), plain(one.take()))).collect())
}

pub fn plain(value: toml_span::value::ValueInner) -> Value {
    use toml_span::value::ValueInner as Inner;
    match value {
        Inner::String(text) => Value::String(text.into_owned()),
        Inner::Integer(number) => Value::Integer(number),
        Inner::Boolean(truth) => Value::Bool(truth),
        Inner::Array(values) => {
            Value::List(values.into_iter().map(|mut value| plain(value.take())).collect())
        }
        Inner::Float(_) | Inner::Table(_) => Value::Other,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    /// Neither too much nor too little is taken for TOML, and what is taken is the same, up to the
    /// first value that is not read further.
    #[test]
    fn a_whole_reader_agrees(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..16)) {
        let text = pieces.concat();
        // The other reader takes these two signs, which TOML does not have.
        if text.contains("+0x") || text.contains("+-") {
            return Ok(());
        }
        let whole = by_whole_reader(&text);
        match read(&text) {
            Err(error) => {
                let lines = 1 + text.matches('\n').count();
                prop_assert!((1..=lines).contains(&error.line) && error.column >= 1);
                prop_assert_eq!(whole, None, "{:?}: {:?}", text, error);
            }
            Ok(ours) => {
                let stop = ours.iter().position(|one| is_other(&one.value));
                let read = ours.iter().take(stop.unwrap_or(ours.len()));
                let read: Vec<_> = read.map(|one| (one.key.clone(), one.value.clone())).collect();
                match (whole, stop) {
                    (None, _) => prop_assert!(stop.is_some(), "taken: {:?}", text),
                    (Some(whole), None) => prop_assert_eq!(whole, read, "{:?}", text),
                    // It has a table where its first header is, we where it is first named.
                    (Some(whole), Some(at)) => {
                        prop_assert!(read.iter().all(|one| whole.contains(one)), "{:?}", text);
                        prop_assert!(whole.iter().any(|(key, _)| *key == ours[at].key));
                    }
                }
            }
        }
    }
}
