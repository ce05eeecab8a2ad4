//! Our reader of TOML, flat and with tables, beside a whole one.

use crate::judge;
use crate::text::toml::{Entry, ParseError, Value, read, read_tables};
use toml_span::value::{Table, ValueInner};

pub fn both(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    // The whole reader recurses, and has no end of that.
    let is_deep = text.matches(['[', '{', '.']).count() > 500;
    let flat = read(text);
    let tables = read_tables(text);
    for fault in [flat.as_ref().err(), tables.as_ref().err()].into_iter().flatten() {
        fault_holds(text, fault);
    }
    if let (Ok(flat), Ok(tables)) = (&flat, &tables)
        && !flat.iter().any(|one| is_other(&one.value))
    {
        assert_eq!(flat.len(), tables.len());
        assert!(flat.iter().zip(tables).all(|(a, b)| a.value == b.value && a.line == b.line));
    }
    if !is_deep && !is_misread(text) {
        agree(text, tables);
    }
}

/// What the other reader takes, and TOML does not have: two signs, one before a number that is not
/// decimal, and a control character.
fn is_misread(text: &str) -> bool {
    ["+0x", "+0o", "+0b", "+-", "\u{7f}"].iter().any(|one| text.contains(one))
}

fn fault_holds(text: &str, fault: &ParseError) {
    let lines = 1 + text.matches('\n').count();
    assert!((1..=lines).contains(&fault.line) && fault.column >= 1);
    judge::is_line(&fault.message);
}

fn agree(text: &str, ours: Result<Vec<Entry>, ParseError>) {
    let whole = judge::aside(|| by_whole_reader(text));
    let ours = match ours {
        Ok(ours) => ours,
        Err(fault) => {
            let message = &fault.message;
            let bounded = message.starts_with("more than") || message.contains("deeply");
            assert!(whole.is_none() || bounded || is_missed(text, &fault), "{fault:?}: {text:?}");
            return;
        }
    };
    let stop = ours.iter().position(|one| is_other(&one.value));
    let read = ours.iter().take(stop.unwrap_or(ours.len()));
    let mut read: Vec<_> = read.map(|one| (one.key.clone(), one.value.clone())).collect();
    match (whole, stop) {
        (None, _) => assert!(stop.is_some(), "taken: {text:?}"),
        (Some(mut whole), None) => {
            whole.sort_by(|one, other| one.0.cmp(&other.0));
            read.sort_by(|one, other| one.0.cmp(&other.0));
            assert_eq!(whole, read, "{text:?}");
        }
        (Some(whole), Some(_)) => assert!(read.iter().all(|one| whole.contains(one)), "{text:?}"),
    }
}

/// The other reader does not see that a table has a header and is made by keys, too, if the first
/// header that leads through it is another one.
fn is_missed(text: &str, fault: &ParseError) -> bool {
    let plain = |text: &str| text.replace(['"', '\'', ' ', '\t', '\r'], "");
    let duplicate = fault.message.strip_prefix("duplicate key ");
    let Some((path, _)) = duplicate.and_then(|rest| rest.split_once(" (")) else { return false };
    let through = format!("[{}.", plain(path));
    plain(text).lines().take(fault.line).any(|line| line.starts_with(&through))
}

/// Whether a value is or holds one that is not read further.
fn is_other(value: &Value) -> bool {
    match value {
        Value::Other => true,
        Value::List(values) => values.iter().any(is_other),
        _ => false,
    }
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
        let path = behind(path, &name.name);
        match value.take() {
            ValueInner::Table(table) => flatten(&path, table, into),
            value => into.push((path, plain(value))),
        }
    }
}

fn behind(path: &str, name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let dot = if path.is_empty() { "" } else { "." };
    match !name.is_empty() && name.chars().all(is_bare) {
        true => format!("{path}{dot}{name}"),
        false => format!("{path}{dot}{name:?}"),
    }
}

fn plain(value: ValueInner) -> Value {
    match value {
        ValueInner::String(text) => Value::String(text.into_owned()),
        ValueInner::Integer(number) => Value::Integer(number),
        ValueInner::Boolean(truth) => Value::Bool(truth),
        ValueInner::Array(values) => {
            Value::List(values.into_iter().map(|mut value| plain(value.take())).collect())
        }
        ValueInner::Float(_) | ValueInner::Table(_) => Value::Other,
    }
}
