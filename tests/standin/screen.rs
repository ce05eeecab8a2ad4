//! Standard output for people: lines that fit a terminal, and no panic where nobody reads on.
use std::io::{Write, stdout};

/// Columns of the narrowest terminal there is.
pub const COLUMNS: usize = 80;

/// Prints text and a line feed; false where the reader has gone (`| head -1`).
pub fn print(text: &str) -> bool {
    let mut out = stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).is_ok()
}

/// Breaks a line at blanks, so that each piece with `before` in front has at most `COLUMNS`
/// columns; pieces after the first are indented by two more. A longer word stays whole.
pub fn fold(before: &str, line: &str) -> Vec<String> {
    let mut pieces = vec![before.to_owned()];
    let mut is_empty = true;
    for word in line.split(' ') {
        let last = pieces.last_mut().unwrap();
        if !is_empty && last.chars().count() + 1 + word.chars().count() > COLUMNS {
            pieces.push(format!("{before}  {word}"));
            continue;
        }
        if !is_empty {
            last.push(' ');
        }
        last.push_str(word);
        is_empty = false;
    }
    pieces
}
