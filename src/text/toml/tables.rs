//! A configuration with tables: every key with the whole path that leads to it.

#[cfg(test)]
mod tests;

use super::{
    Entry, Failed, KEYS_MAX, LEVELS_MAX, ParseError, Reader, Value, failure, place, shown,
};

/// Reads the text, up to its end or to its first array of tables or inline table, which is the
/// last entry then. A key in a table has the table's path before its own, with dots between, as in
/// `server.host`; what cannot be written without quotes has them in the path, too.
pub fn read_tables(text: &str) -> Result<Vec<Entry>, ParseError> {
    let mut reader = Reader { rest: text, table: false };
    let mut found = Found { entries: Vec::new(), tables: Vec::new() };
    let place_of = |left: usize| place(text, text.len() - left);
    let error = |failed: Failed| {
        let (line, column) = place_of(failed.left);
        ParseError { line, column, message: failed.message }
    };
    // Of the table whose keys are being read.
    let mut header = Vec::new();
    while !reader.table
        && let Some((left, read)) = reader.line().map_err(error)?
    {
        let line = place_of(left).0;
        let taken = match read {
            Line::Key(names, value) => found.key(&header, &names, value, line),
            Line::Table(names) => {
                header = names;
                found.table(&header, line)
            }
            Line::Tables(names) => found.table(&names, line).map(|()| {
                let key = names.iter().fold(String::new(), |path, name| joined(&path, name));
                found.entries.push(Entry { line, key, value: Value::Other });
            }),
        };
        taken.map_err(|message| error(failure(left, message)))?;
    }
    Ok(found.entries)
}

/// What begins a line.
enum Line {
    Key(Vec<String>, Value),
    Table(Vec<String>),
    Tables(Vec<String>),
}

impl Reader<'_> {
    /// The next line that says something, or several that belong together; with the bytes left
    /// where it begins.
    fn line(&mut self) -> Result<Option<(usize, Line)>, Failed> {
        self.blank_lines()?;
        if self.rest.is_empty() {
            return Ok(None);
        }
        let left = self.rest.len();
        if !self.take('[') {
            let names = self.names()?;
            if !self.take('=') {
                return Err(self.expected("="));
            }
            self.blanks();
            let value = self.value(0)?;
            if !self.table {
                self.line_end()?;
            }
            return Ok(Some((left, Line::Key(names, value))));
        }
        self.table = self.take('[');
        let names = self.names()?;
        for _ in 0..=usize::from(self.table) {
            if !self.take(']') {
                return Err(self.expected("]"));
            }
        }
        self.line_end()?;
        Ok(Some((left, if self.table { Line::Tables(names) } else { Line::Table(names) })))
    }

    /// The names of a key, with dots between.
    fn names(&mut self) -> Result<Vec<String>, Failed> {
        let mut names = Vec::new();
        loop {
            self.blanks();
            names.push(self.key()?);
            self.blanks();
            if !self.take('.') {
                return Ok(names);
            }
            if names.len() == LEVELS_MAX {
                return Err(self.error("nested too deeply"));
            }
        }
    }
}

/// The path to a name in a table.
fn joined(path: &str, name: &str) -> String {
    let is_bare = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let dot = if path.is_empty() { "" } else { "." };
    match !name.is_empty() && name.chars().all(is_bare) {
        true => format!("{path}{dot}{name}"),
        // So that no two paths look the same.
        false => format!("{path}{dot}{name:?}"),
    }
}

/// How a table was defined, which decides what may still be added to it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Origin {
    /// By the header of a table in it: a header of its own may follow.
    Implicit,
    Header,
    /// By a key with dots: no header may follow.
    DottedKey,
}

struct Table {
    path: String,
    line: usize,
    made: Origin,
}

/// What has been read.
struct Found {
    entries: Vec<Entry>,
    tables: Vec<Table>,
}

impl Found {
    fn key(
        &mut self,
        header: &[String],
        names: &[String],
        value: Value,
        line: usize,
    ) -> Result<(), String> {
        let mut path = header.iter().fold(String::new(), |path, name| joined(&path, name));
        let Some((last, tables)) = names.split_last() else { return Ok(()) };
        for name in tables {
            path = joined(&path, name);
            self.pass(&path, line, Origin::DottedKey)?;
        }
        let key = joined(&path, last);
        self.check_new(&key)?;
        if let Some(table) = self.tables.iter().find(|one| one.path == key) {
            return Err(duplicate(&key, table.line));
        }
        if self.entries.len() == KEYS_MAX {
            return Err(format!("more than {KEYS_MAX} keys"));
        }
        self.entries.push(Entry { line, key, value });
        Ok(())
    }

    fn table(&mut self, names: &[String], line: usize) -> Result<(), String> {
        let mut path = String::new();
        for (at, name) in names.iter().enumerate() {
            path = joined(&path, name);
            let is_last = at + 1 == names.len();
            self.pass(&path, line, if is_last { Origin::Header } else { Origin::Implicit })?;
        }
        Ok(())
    }

    /// Goes through or to a table, which is made if it is not there.
    fn pass(&mut self, path: &str, line: usize, made: Origin) -> Result<(), String> {
        self.check_new(path)?;
        let Some(table) = self.tables.iter_mut().find(|one| one.path == path) else {
            if self.tables.len() == KEYS_MAX {
                return Err(format!("more than {KEYS_MAX} tables"));
            }
            self.tables.push(Table { path: path.into(), line, made });
            return Ok(());
        };
        match (table.made, made) {
            (_, Origin::Implicit) | (Origin::DottedKey, Origin::DottedKey) => {}
            (Origin::Implicit, _) => (table.made, table.line) = (made, line),
            _ => return Err(duplicate(path, table.line)),
        }
        Ok(())
    }

    /// No key may be at that path.
    fn check_new(&self, path: &str) -> Result<(), String> {
        let first = self.entries.iter().find(|one| one.key == path);
        first.map_or(Ok(()), |first| Err(duplicate(path, first.line)))
    }
}

fn duplicate(path: &str, line: usize) -> String {
    format!("duplicate key {} (first in line {line})", shown(path))
}
