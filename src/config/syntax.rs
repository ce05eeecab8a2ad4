//! The command line: which options there are is read off the help text.

use super::Stop;
use lexopt::{Arg, Parser};
use std::ffi::OsString;

/// The help line, not shown, of an option of all daemons: a program that runs the upstream helper
/// (an emulator, in tests).
pub const UPSTREAM_VIA: &str = "--upstream-via PROGRAM\n";

/// A help line that is indented further continues a description, in blanks.
const INDENT_MAX: usize = 6;

/// Most names of options in a help text.
const NAMES_MAX: usize = 48;

/// What can stand on a command line.
pub struct Syntax {
    /// The help text. A line that begins with a hyphen declares an option: `-c, --config FILE`,
    /// then two blanks and the description. `FILE...` takes one value or more.
    help: &'static str,
    /// Where the names of options are in it; the rest is 0. The compiler has looked for them, as
    /// reading the text takes longer than all the rest of a run without changes.
    names: [u16; NAMES_MAX],
    /// One more such line, which is not shown.
    hidden: &'static str,
    /// Names of the arguments other than options, in their order; one that ends in `...` can be
    /// repeated.
    operands: &'static [&'static str],
}

/// An option or operand of the command line.
pub struct Argument {
    /// The long name with its hyphens, or the operand's.
    pub name: &'static str,
    /// Whether it is one of several operands of that name.
    pub is_listed: bool,
    /// None: the option takes none.
    pub value: Option<OsString>,
}

#[derive(Clone, Copy)]
enum Takes {
    Nothing,
    Value,
    /// One value or more.
    Values,
}

impl Syntax {
    /// The syntax of a help text, one more help line and the operands.
    pub const fn new(
        help: &'static str,
        hidden: &'static str,
        operands: &'static [&'static str],
    ) -> Syntax {
        Syntax { help, names: names_in(help), hidden, operands }
    }

    /// Reads a command line (without the program's name) into options and operands, in order.
    ///
    /// # Errors
    /// Usage error; `--help` and `--version` as well, whatever comes after them.
    pub fn read(&self, arguments: Vec<OsString>) -> Result<Vec<Argument>, Stop> {
        let mut read = Vec::with_capacity(arguments.len());
        let mut parser = Parser::from_args(arguments);
        let option = |name, value| Argument { name, is_listed: false, value };
        let mut operands = self.operands.iter();
        loop {
            let given = match parser.next() {
                Ok(None) => return Ok(read),
                Ok(Some(Arg::Long(name))) => text_of("--", name, ""),
                Ok(Some(Arg::Short(letter))) => text_of("-", letter.encode_utf8(&mut [0; 4]), ""),
                Ok(Some(Arg::Value(value))) => {
                    let next = operands.as_slice().first();
                    let listed = next.and_then(|name| name.strip_suffix("..."));
                    let operand = if listed.is_some() { listed } else { operands.next().copied() };
                    let Some(name) = operand else {
                        return Err(wrong("unexpected argument '", &value.to_string_lossy(), "'"));
                    };
                    read.push(Argument { name, is_listed: listed.is_some(), value: Some(value) });
                    continue;
                }
                Err(error) => {
                    // It has no other error here, and their texts would be linked.
                    let option = match error {
                        lexopt::Error::UnexpectedValue { option, .. } => option,
                        _ => String::new(),
                    };
                    return Err(wrong(&option, " takes no value", ""));
                }
            };
            let Some((name, takes)) = self.find(&given) else {
                return Err(wrong("unknown option '", &given, "'"));
            };
            match name {
                "--help" => return Err(Stop::Help),
                "--version" => return Err(Stop::Version),
                _ => {}
            }
            let taken = match takes {
                Takes::Nothing => {
                    read.push(option(name, None));
                    true
                }
                Takes::Value => {
                    let value = parser.value().ok();
                    let is_there = value.is_some();
                    read.push(option(name, value));
                    is_there
                }
                Takes::Values => {
                    let before = read.len();
                    if let Ok(values) = parser.values() {
                        for value in values {
                            read.push(option(name, Some(value)));
                        }
                    }
                    read.len() > before
                }
            };
            if !taken {
                return Err(wrong(name, " needs a value", ""));
            }
        }
    }

    /// Whether the help text has the option of that name, with its hyphens; of others it need not
    /// know.
    pub fn declares(&self, name: &str) -> bool {
        !name.starts_with('-') || self.find(name).is_some()
    }

    /// The long name of an option as it was given, and what it takes.
    fn find(&self, given: &str) -> Option<(&'static str, Takes)> {
        for &at in &self.names {
            let found = declared(self.help.get(at.into()..)?, given);
            if found.is_some() {
                return found;
            }
            if at == 0 {
                break;
            }
        }
        declared(self.hidden, given)
    }
}

#[inline(never)]
fn wrong(before: &str, what: &str, after: &str) -> Stop {
    Stop::UsageError(text_of(before, what, after))
}

fn text_of(before: &str, what: &str, after: &str) -> String {
    let mut text = String::from(before);
    text.push_str(what);
    text.push_str(after);
    text
}

/// Where names of options begin in a help text.
const fn names_in(help: &str) -> [u16; NAMES_MAX] {
    let mut names = [0; NAMES_MAX];
    let mut free = names.as_mut_slice();
    let mut rest = help.as_bytes();
    let (mut at, mut column, mut before) = (0, 0, b'\n');
    // Whether names can follow in this line, and whether there was one.
    let (mut is_open, mut has_name) = (true, false);
    while let [byte, after @ ..] = rest {
        match byte {
            b'\n' => (is_open, has_name) = (true, false),
            b' ' => is_open &= !(has_name && before == b' '),
            b'-' if is_open && matches!(before, b' ' | b'\n') => {
                is_open = has_name || column <= INDENT_MAX;
                if is_open {
                    let slots = free;
                    match slots.split_first_mut() {
                        Some((name, after)) => (*name, free, has_name) = (at, after, true),
                        // What a debug build finds missing.
                        None => return names,
                    }
                }
            }
            _ => is_open &= has_name,
        }
        column = if *byte == b'\n' { 0 } else { column + 1 };
        (at, before, rest) = (at + 1, *byte, after);
    }
    names
}

/// The long name and what it takes, if the option that was given is declared by this text, which
/// begins with the name of one.
#[inline(never)]
fn declared(text: &'static str, given: &str) -> Option<(&'static str, Takes)> {
    if !text.starts_with(given) {
        return None;
    }
    let (mut begin, mut name, mut takes) = (0, "", Takes::Nothing);
    for (at, byte) in text.bytes().enumerate() {
        if byte != b' ' && byte != b'\n' {
            continue;
        }
        let word = text.get(begin..at)?;
        let word = word.strip_suffix(',').unwrap_or(word);
        match word.as_bytes() {
            _ if begin == 0 && word.len() > given.len() => return None,
            [] => return Some((name, takes)),
            [b'-', b'-', ..] if !name.starts_with("--") => name = word,
            [b'-', ..] => {}
            [.., b'.'] => takes = Takes::Values,
            _ => takes = Takes::Value,
        }
        if byte == b'\n' {
            return Some((name, takes));
        }
        begin = at + 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELP: &str = "Usage: x [-v] --plain\n\n  -c, --config FILE  a file; see\n          \
        \u{20}         --none\n  \
        -v, --verbose, --debug  more\n      --names NAME...  several\n  --on, --off\n  \
        -h, --help  this\n  -V, --version  that\n";
    const SYNTAX: Syntax = Syntax::new(HELP, UPSTREAM_VIA, &[]);

    fn read(syntax: &Syntax, line: &str) -> Result<Vec<(&'static str, Option<String>)>, Stop> {
        let arguments = line.split(' ').filter(|word| !word.is_empty());
        let read = syntax.read(arguments.map(OsString::from).collect())?;
        let text = |value: OsString| value.into_string().unwrap();
        Ok(read.into_iter().map(|one| (one.name, one.value.map(text))).collect())
    }

    #[test]
    fn help_lines_declare_options() {
        let value = |text: &str| Some(text.to_string());
        let config = ("--config", value("f"));
        for line in ["-cf", "-c f", "--config f", "--config=f", "-c=f"] {
            assert_eq!(read(&SYNTAX, line), Ok(vec![config.clone()]), "{line}");
        }
        assert_eq!(read(&SYNTAX, "-vcf"), Ok(vec![("--verbose", None), config.clone()]));
        assert_eq!(read(&SYNTAX, "--debug --off"), Ok(vec![("--debug", None), ("--off", None)]));
        let names = vec![("--names", value("a")), ("--names", value("b")), ("--on", None)];
        assert_eq!(read(&SYNTAX, "--names a b --on"), Ok(names));
        assert_eq!(read(&SYNTAX, "--upstream-via=q"), Ok(vec![("--upstream-via", value("q"))]));
        assert_eq!(read(&SYNTAX, ""), Ok(vec![]));
        let taking = Syntax::new(HELP, "", &["FIRST", "rest..."]);
        assert_eq!(
            read(&taking, "a -v b -- -c"),
            Ok(vec![
                ("FIRST", value("a")),
                ("--verbose", None),
                ("rest", value("b")),
                ("rest", value("-c"))
            ])
        );
        let one = Syntax::new(HELP, "", &["ONE"]);
        assert_eq!(read(&one, "a b"), Err(Stop::UsageError("unexpected argument 'b'".into())));
    }

    #[test]
    fn what_is_refused() {
        for (line, message) in [
            ("--plain", "unknown option '--plain'"),
            ("--none", "unknown option '--none'"),
            ("-x", "unknown option '-x'"),
            ("--Config f", "unknown option '--Config'"),
            ("--FILE", "unknown option '--FILE'"),
            ("foo", "unexpected argument 'foo'"),
            ("-c", "--config needs a value"),
            ("--names", "--names needs a value"),
            ("--on=1", "--on takes no value"),
            ("-v=1", "-v takes no value"),
        ] {
            assert_eq!(read(&SYNTAX, line), Err(Stop::UsageError(message.into())), "{line}");
        }
        assert_eq!(read(&SYNTAX, "-v -h -x"), Err(Stop::Help));
        assert_eq!(read(&SYNTAX, "--version foo"), Err(Stop::Version));
        assert_eq!(read(&SYNTAX, "-x --help"), Err(Stop::UsageError("unknown option '-x'".into())));
    }
}
