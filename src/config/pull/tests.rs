//! Which place counts, what each type takes in each mode, and what messages say.

use super::*;
use crate::config::{Stop, Syntax};
use crate::text::toml::{self, Entry};
use std::ffi::OsString;
use std::path::Path;

const SYNTAX: Syntax = Syntax::new(
    "  -v, --verbose, --debug  more\n  --port PORT  number\n  --how HOW  word\n  \
     --file FILE  path\n  --names NAME...  list\n",
    "",
    &["BAD", "more..."],
);

fn variable(name: &str) -> Option<OsString> {
    match name {
        "PORT" => Some("70".into()),
        "BAD" => Some("x".into()),
        "EMPTY" => Some("".into()),
        "SEVEN" => Some(" 7 ".into()),
        "YES" => Some("Yes".into()),
        _ => None,
    }
}

/// The options of a command line, words apart, and of a file with tables.
fn values(mode: Mode, line: &str, toml: &str) -> Values<'static> {
    let arguments = line.split(' ').filter(|word| !word.is_empty()).map(OsString::from);
    let mut values = Values::read(&SYNTAX, arguments.collect(), mode);
    assert!(!values.has_failed(), "{line}");
    values.add_environment(&variable);
    values.add_file(Path::new("f.toml"), toml::read_tables(toml).unwrap(), false);
    values
}

/// What is pulled, or the first error.
fn pulled<T>(
    mode: Mode,
    line: &str,
    toml: &str,
    pull: impl FnOnce(&mut Values) -> T,
) -> Result<T, Stop> {
    let mut values = values(mode, line, toml);
    let value = pull(&mut values);
    values.finish().map(|_| value)
}

fn usage<T>(message: &str) -> Result<T, Stop> {
    Err(Stop::UsageError(message.into()))
}

fn config<T>(message: &str) -> Result<T, Stop> {
    Err(Stop::ConfigError(message.into()))
}

#[test]
fn the_first_place_counts_and_all_are_checked() {
    let port = |line: &str, toml: &str| {
        pulled(Mode::Strict, line, toml, |all| all.integer("--port PORT port", 1..=100, 5))
    };
    assert_eq!(port("--port 80", "port = 90"), Ok(80));
    assert_eq!(port("--port 80 --port 81", ""), Ok(81));
    assert_eq!(port("", "port = 90"), Ok(70));
    assert_eq!(
        port("--port 80", "port = 101"),
        config("f.toml: line 1: port: must be a whole number from 1 to 100")
    );
    let in_file =
        |toml: &str| pulled(Mode::Strict, "", toml, |all| all.integer("UNSET port", 1..=100, 5));
    assert_eq!((in_file("port = 90"), in_file("")), (Ok(90), Ok(5)));
    let message = "--port must be a whole number from 1 to 100, not \"101\"";
    assert_eq!(port("--port 101", "port = 0"), usage(message));
    let empty = pulled(Mode::Strict, "", "port = 3", |all| all.integer("EMPTY port", 1..=100, 5));
    assert_eq!(empty, Ok(3));
    // An operand stands in for the variable of its name, which is not even looked at.
    let operand = |line| pulled(Mode::Strict, line, "", |all| all.integer("BAD", 1..=9, 5));
    let checked = config("BAD: must be a whole number from 1 to 9");
    assert_eq!([operand("7"), operand("")], [Ok(7), checked]);
}

#[test]
fn integers() {
    let of = |mode, toml: &str| pulled(mode, "", toml, |all| all.integer("n", 2..=9, 5));
    let message = "f.toml: line 1: n: must be a whole number from 2 to 9";
    for mode in [Mode::Strict, Mode::Converting] {
        assert_eq!([of(mode, "n = 2"), of(mode, "n = 0x9")], [Ok(2), Ok(9)]);
        for bad in ["1", "10", "-2", "true", "[2]", "2.5", "4294967298", "'x'", "'+2'", "''"] {
            assert_eq!(of(mode, &format!("n = {bad}")), config(message), "{bad}");
        }
    }
    assert_eq!(of(Mode::Converting, "n = ' 3 '"), Ok(3));
    assert_eq!(of(Mode::Strict, "n = '3'"), config(message));
    let or = |toml: &str| {
        pulled(Mode::Strict, "", toml, |all| all.integer_or("n", 2..=9, (0, "none"), 5))
    };
    assert_eq!([or("n = 0"), or("n = 9"), or("")], [Ok(0), Ok(9), Ok(5)]);
    assert_eq!(or("n = 1"), config(&format!("{message}, or 0 for none")));
    let mut lenient = values(Mode::Lenient, "", "");
    assert_eq!([lenient.integer("BAD", 2..=9, 5), lenient.integer("SEVEN", 2..=9, 5)], [5, 7]);
    let warning = "BAD: must be a whole number from 2 to 9, not \"x\"; using 5";
    assert_eq!(lenient.warnings, [warning]);
    // What may be a secret in the wrong place is not shown.
    let strict = pulled(Mode::Strict, "", "", |all| all.integer("BAD", 2..=9, 5));
    assert_eq!(strict, config("BAD: must be a whole number from 2 to 9"));
}

#[test]
fn truth_values() {
    let of = |mode, toml: &str| pulled(mode, "", toml, |all| all.bool("b", true));
    assert_eq!([of(Mode::Strict, "b = false"), of(Mode::Strict, "")], [Ok(false), Ok(true)]);
    assert_eq!(
        of(Mode::Converting, "b = ' 0 '"),
        config("f.toml: line 1: b: must be true or false")
    );
    for converted in ["0", "'no'", "'OFF'", "'False'"] {
        let text = format!("b = {converted}");
        assert_eq!(of(Mode::Converting, &text), Ok(false), "{text}");
        assert_eq!(of(Mode::Strict, &text), config("f.toml: line 1: b: must be true or false"));
    }
    assert_eq!(of(Mode::Converting, "b = 2"), config("f.toml: line 1: b: must be true or false"));
    let flag = |line: &str| pulled(Mode::Strict, line, "", |all| all.flag("--verbose --debug"));
    assert_eq!([flag("-v"), flag("--debug"), flag("")], [Ok(true), Ok(true), Ok(false)]);
    assert_eq!(pulled(Mode::Strict, "", "", |all| all.bool("YES", false)), Ok(true));
    let mut lenient = values(Mode::Lenient, "", "");
    assert!(!lenient.bool("BAD", false));
    assert_eq!(lenient.warnings, ["BAD: must be true or false, not \"x\"; using false"]);
}

#[test]
fn words() {
    let how = |line: &str, toml: &str| {
        pulled(Mode::Strict, line, toml, |all| all.choice("--how how", &["one", "two", "three"]))
    };
    assert_eq!(
        [how("--how two", ""), how("", "how = 'one'"), how("", "")],
        [Ok(Some(1)), Ok(Some(0)), Ok(None)]
    );
    assert_eq!(how("--how Two", ""), usage("--how must be one, two or three, not \"Two\""));
    let message = "f.toml: line 1: how: must be \"one\", \"two\" or \"three\"";
    assert_eq!([how("", "how = 'TWO'"), how("", "how = 2")], [config(message), config(message)]);
    let any = |word: &str| {
        pulled(Mode::Strict, &format!("--how={word}"), "", |all| {
            all.choice_in_any_case("--how", &["a|x", "b"])
        })
    };
    assert_eq!([any("A"), any("X"), any("B")], [Ok(Some(0)), Ok(Some(0)), Ok(Some(1))]);
    assert_eq!(any("c"), usage("--how must be a or b, not \"c\""));
}

#[test]
fn lists() {
    fn all(mode: Mode, line: &str, toml: &str, names: &str) -> Result<Vec<String>, Stop> {
        let mut list = Vec::new();
        let mut take = |text| {
            list.push(text);
            if list.len() > 3 { Err("'x' is too much".into()) } else { Ok(()) }
        };
        pulled(mode, line, toml, |all| all.each_of_list(names, &mut take))?;
        Ok(list)
    }
    let names = |line: &str| all(Mode::Strict, line, "", "--names");
    assert_eq!(names("--names a b --names c"), Ok(["a", "b", "c"].map(String::from).into()));
    assert_eq!(names("--names a b c d"), usage("--names: 'x' is too much"));
    assert_eq!(all(Mode::Strict, "a b c", "", "more"), Ok(["b", "c"].map(String::from).into()));
    assert_eq!(all(Mode::Strict, "a b c d e", "", "more"), usage("'x' is too much"));
    let key = |mode, value: &str| all(mode, "", &format!("k = {value}"), "k");
    let (strict, converting) = (Mode::Strict, Mode::Converting);
    assert_eq!(key(strict, "'a'"), Ok(vec!["a".into()]));
    assert_eq!(key(strict, "['a', 'b']"), Ok(vec!["a".into(), "b".into()]));
    assert_eq!(key(converting, "['a', 1]"), Ok(vec!["a".into(), "1".into()]));
    assert_eq!(key(converting, "[]"), Ok(vec![]));
    let empty = "f.toml: line 1: k: is an empty list; remove the key for the default";
    assert_eq!(key(strict, "[]"), config(empty));
    let string = "f.toml: line 1: k: must be a string in quotes, or a list of such strings";
    for bad in ["1", "['a', 1]", "[['a']]", "{}"] {
        assert_eq!(key(strict, bad), config(string), "{bad}");
    }
    for bad in ["'a'", "1", "[['a']]", "[true]"] {
        assert_eq!(key(converting, bad), config("f.toml: line 1: k: must be a list of strings"));
    }
}

#[test]
fn texts_and_paths() {
    let text = |mode, toml: &str| pulled(mode, "", toml, |all| all.string("s"));
    assert_eq!(text(Mode::Strict, "s = 'a'"), Ok(Some("a".into())));
    assert_eq!(text(Mode::Strict, "s = ''"), config("f.toml: line 1: s: is empty"));
    assert_eq!(
        text(Mode::Strict, "s = 1"),
        config("f.toml: line 1: s: must be a string in quotes")
    );
    assert_eq!(text(Mode::Converting, "s = 1"), Ok(Some("1".into())));
    let path = |line: &str| pulled(Mode::Strict, line, "", |all| all.path("--file"));
    assert_eq!([path("--file x"), path("")], [Ok(Some("x".into())), Ok(None)]);
    assert_eq!(path("--file="), usage("--file is empty"));
    use std::os::unix::ffi::OsStringExt;
    let bytes = OsString::from_vec(vec![b'a', 0xff]);
    let arguments = || vec!["--file".into(), bytes.clone()];
    let mut values = Values::read(&SYNTAX, arguments(), Mode::Strict);
    assert_eq!(values.path("--file"), Some(bytes.clone().into()));
    let mut values = Values::read(&SYNTAX, arguments(), Mode::Strict);
    assert_eq!(
        (values.string("--file"), values.finish()),
        (None, usage("--file is not valid UTF-8"))
    );
}

#[test]
fn what_nobody_pulls_is_unknown() {
    let mut values = values(Mode::Strict, "", "a = 1\nb = 2\nPORT = 3\n[c]\n'd e' = 4");
    assert_eq!((values.integer("a", 0..=9, 0), values.integer("PORT", 0..=99, 0)), (1, 70));
    let unknown: Vec<String> = values.unknown().into_iter().map(|(origin, _)| origin).collect();
    // A variable is not taken from a file of keys.
    assert_eq!(
        unknown,
        ["line 2: b", "line 3: PORT", "line 5: c.\"d e\""].map(|one| { format!("f.toml: {one}") })
    );
    assert!(values.unknown().is_empty());
}

#[test]
fn variables_of_a_file_stand_in_for_those_of_the_environment() {
    let entry = |line, key: &str, value: &str| Entry {
        line,
        key: key.into(),
        value: Value::String(value.into()),
    };
    let mut values = values(Mode::Lenient, "", "");
    let entries = vec![
        entry(1, "PORT", "1"),
        entry(2, "OTHER", "2"),
        entry(3, "OTHER", "3"),
        entry(5, "EMPTY", "5"),
        entry(6, "NOBODY", "6"),
    ];
    values.add_file(Path::new("env"), entries, true);
    let mut text = |name| values.string(name);
    assert_eq!([text("PORT"), text("OTHER")], [Some("70".into()), Some("3".into())]);
    assert_eq!(text("EMPTY"), Some("5".into()));
    let unknown: Vec<String> = values.unknown().into_iter().map(|(origin, _)| origin).collect();
    assert_eq!(unknown, ["env: line 6: NOBODY"]);
}
