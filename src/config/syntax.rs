//! The command line: which options there are is read off the help text.

use super::Stop;
use lexopt::{Arg, Parser};
use std::ffi::OsString;

/// The help line, not shown, of an option of all daemons: a program that runs the upstream helper
/// (an emulator, in tests).
pub const UPSTREAM_VIA: &str = "--upstream-via PROGRAM";

/// A help line that is indented further continues a description, in blanks.
const INDENT_MAX: usize = 6;

/// What can stand on a command line.
#[derive(Clone, Copy)]
pub struct Syntax {
    /// The help text. A line that begins with a hyphen declares an option: `-c, --config FILE`,
    /// then two blanks and the description. `FILE...` takes one value or more.
    pub help: &'static str,
    /// One more such line, which is not shown.
    pub hidden: &'static str,
    /// Names of the arguments other than options, in their order; one that ends in `...` can be
    /// repeated.
    pub operands: &'static [&'static str],
}

/// An option or operand of the command line.
pub struct Argument {
    /// The long name without hyphens, or the operand's.
    name: &'static str,
    is_operand: bool,
    /// Whether it is one of several operands of that name.
    pub is_listed: bool,
    /// None: the option takes none.
    pub value: Option<OsString>,
}

impl Argument {
    /// Whether it is of that name: an option's has its hyphens.
    pub fn is_of(&self, name: &str) -> bool {
        match name.strip_prefix("--") {
            Some(option) => !self.is_operand && option == self.name,
            None => self.is_operand && name == self.name,
        }
    }
}

#[derive(Clone, Copy)]
enum Takes {
    Nothing,
    Value,
    /// One value or more.
    Values,
}

impl Syntax {
    /// Reads a command line (without the program's name) into options and operands, in order.
    ///
    /// # Errors
    /// Usage error; `--help` and `--version` as well, whatever comes after them.
    pub fn read(&self, arguments: Vec<OsString>) -> Result<Vec<Argument>, Stop> {
        let mut parser = Parser::from_args(arguments);
        let mut read = Vec::new();
        let option = |name, value| Argument { name, is_operand: false, is_listed: false, value };
        let mut operands = self.operands.iter();
        loop {
            let argument = match parser.next() {
                Ok(Some(argument)) => argument,
                Ok(None) => return Ok(read),
                Err(lexopt::Error::UnexpectedValue { option, .. }) => {
                    return Err(Stop::UsageError(format!("{option} takes no value")));
                }
                Err(error) => return Err(Stop::UsageError(error.to_string())),
            };
            let (found, unknown) = match argument {
                Arg::Long(name) => (self.find(name, None), format!("unknown option '--{name}'")),
                Arg::Short(letter) => {
                    (self.find("", Some(letter)), format!("unknown option '-{letter}'"))
                }
                Arg::Value(value) => {
                    let unexpected = format!("unexpected argument '{}'", value.to_string_lossy());
                    let next = operands.as_slice().first();
                    let listed = next.and_then(|name| name.strip_suffix("..."));
                    let operand = if listed.is_some() { listed } else { operands.next().copied() };
                    let Some(name) = operand else { return Err(Stop::UsageError(unexpected)) };
                    let is_listed = listed.is_some();
                    read.push(Argument { name, is_operand: true, is_listed, value: Some(value) });
                    continue;
                }
            };
            let Some((name, takes)) = found else { return Err(Stop::UsageError(unknown)) };
            match name {
                "help" => return Err(Stop::Help),
                "version" => return Err(Stop::Version),
                _ => {}
            }
            let missing = |_| Stop::UsageError(format!("--{name} needs a value"));
            match takes {
                Takes::Nothing => read.push(option(name, None)),
                Takes::Value => {
                    let value = parser.value().map_err(missing)?;
                    read.push(option(name, Some(value)));
                }
                Takes::Values => {
                    let values = parser.values().map_err(missing)?;
                    read.extend(values.map(|value| option(name, Some(value))));
                }
            }
        }
    }

    /// Whether the help text has the option of that name, with its hyphens; of others it need not
    /// know.
    pub fn declares(&self, name: &str) -> bool {
        name.strip_prefix("--").is_none_or(|name| self.find(name, None).is_some())
    }

    /// The option's long name, and what it takes.
    fn find(&self, long: &str, short: Option<char>) -> Option<(&'static str, Takes)> {
        for line in self.help.split('\n') {
            if let Some(found) = option_in(line, long, short) {
                return Some(found);
            }
        }
        option_in(self.hidden, long, short)
    }
}

/// The option of that long name or letter, if this help line declares it.
#[inline(never)]
fn option_in(line: &'static str, long: &str, short: Option<char>) -> Option<(&'static str, Takes)> {
    let text = line.trim_start_matches(' ');
    if !text.starts_with('-') || line.len() - text.len() > INDENT_MAX {
        return None;
    }
    let (mut first, mut found, mut is_short, mut takes) = (None, None, false, Takes::Nothing);
    for word in text.split(' ') {
        let word = word.strip_suffix(',').unwrap_or(word);
        if word.is_empty() {
            break;
        }
        if let Some(name) = word.strip_prefix("--") {
            first = first.or(Some(name));
            found = found.or((name == long).then_some(name));
        } else if let Some(letter) = word.strip_prefix('-') {
            is_short |= letter.chars().next() == short;
        } else {
            takes = if word.ends_with("...") { Takes::Values } else { Takes::Value };
        }
    }
    let name = if is_short { first } else { found };
    name.map(|name| (name, takes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SYNTAX: Syntax = Syntax {
        help: "Usage: x [-v] --plain\n\n  -c, --config FILE  a file; see\n          \
               \u{20}         --none\n  \
               -v, --verbose, --debug  more\n      --names NAME...  several\n  --on, --off\n  \
               -h, --help  this\n  -V, --version  that\n",
        hidden: UPSTREAM_VIA,
        operands: &[],
    };

    fn read(syntax: &Syntax, line: &str) -> Result<Vec<(&'static str, Option<String>)>, Stop> {
        let arguments = line.split(' ').filter(|word| !word.is_empty());
        let read = syntax.read(arguments.map(OsString::from).collect())?;
        let text = |value: OsString| value.into_string().unwrap();
        Ok(read.into_iter().map(|one| (one.name, one.value.map(text))).collect())
    }

    #[test]
    fn help_lines_declare_options() {
        let value = |text: &str| Some(text.to_string());
        let config = ("config", value("f"));
        for line in ["-cf", "-c f", "--config f", "--config=f", "-c=f"] {
            assert_eq!(read(&SYNTAX, line), Ok(vec![config.clone()]), "{line}");
        }
        assert_eq!(read(&SYNTAX, "-vcf"), Ok(vec![("verbose", None), config.clone()]));
        assert_eq!(read(&SYNTAX, "--debug --off"), Ok(vec![("debug", None), ("off", None)]));
        let names = vec![("names", value("a")), ("names", value("b")), ("on", None)];
        assert_eq!(read(&SYNTAX, "--names a b --on"), Ok(names));
        assert_eq!(read(&SYNTAX, "--upstream-via=q"), Ok(vec![("upstream-via", value("q"))]));
        assert_eq!(read(&SYNTAX, ""), Ok(vec![]));
        let taking = Syntax { operands: &["FIRST", "rest..."], ..SYNTAX };
        assert_eq!(
            read(&taking, "a -v b -- -c"),
            Ok(vec![
                ("FIRST", value("a")),
                ("verbose", None),
                ("rest", value("b")),
                ("rest", value("-c"))
            ])
        );
        let one = Syntax { operands: &["ONE"], ..SYNTAX };
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
