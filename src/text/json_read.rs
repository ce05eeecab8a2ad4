//! A parsed JSON document (RFC 8259) with look-ups by name.
//!
//! Derived deserializers would cost a kilobyte of flash or more per type.

use super::{Malformed, decimal};
use miniserde::de::{Deserialize, Map, Seq, Visitor};
use miniserde::{Error, Result as Read, json};

/// Most values of a document, to bound memory on a small router: a megabyte of records has 50,000.
const VALUES_MAX: usize = 100_000;

/// Deepest nesting: the parser allocates for each level.
pub const DEPTH_MAX: u32 = 100;

/// The type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Null,
    Bool,
    /// An integer of up to 64 bits.
    Number,
    /// Any other number.
    Fraction,
    Text,
    List,
    Object,
}

/// A value without its children.
struct Node {
    /// Its level of nesting.
    depth: u32,
    kind: Kind,
    /// Its key; empty in an array.
    name: Box<str>,
    /// Of a number the digits; of a boolean `true` or nothing.
    text: Box<str>,
}

/// A document: all its values in one list, parents before children.
#[derive(Default)]
pub struct Document {
    nodes: Vec<Node>,
    depth: u32,
    /// The key of the next value.
    name: Box<str>,
}

/// A value of a document: its node, followed by its children (and by what follows them).
#[derive(Clone, Copy)]
pub struct Json<'a>(&'a [Node]);

impl Document {
    /// None if it is not JSON or has too many values or levels.
    pub fn read(text: &str) -> Option<Document> {
        json::from_str(text).ok()
    }

    /// As [`Document::read`]; None also if it is not an object.
    pub fn object(body: &[u8]) -> Option<Document> {
        body.trim_ascii_start().starts_with(b"{").then_some(())?;
        Document::read(std::str::from_utf8(body).ok()?)
    }

    /// The outermost value.
    pub fn top(&self) -> Json<'_> {
        Json(&self.nodes)
    }

    fn push(&mut self, kind: Kind, text: &str) -> Read<()> {
        let name = std::mem::take(&mut self.name);
        if self.nodes.len() >= VALUES_MAX {
            return Err(Error);
        }
        self.nodes.push(Node { depth: self.depth, kind, name, text: text.into() });
        Ok(())
    }

    fn enter(&mut self, kind: Kind) -> Read<Box<Within<'_>>> {
        self.push(kind, "")?;
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Error);
        }
        Ok(Box::new(Within(self)))
    }
}

impl Deserialize for Document {
    fn begin(out: &mut Option<Document>) -> &mut dyn Visitor {
        out.insert(<Document as Default>::default())
    }
}

impl Visitor for Document {
    fn null(&mut self) -> Read<()> {
        self.push(Kind::Null, "")
    }

    fn boolean(&mut self, truth: bool) -> Read<()> {
        self.push(Kind::Bool, if truth { "true" } else { "" })
    }

    fn string(&mut self, text: &str) -> Read<()> {
        self.push(Kind::Text, text)
    }

    fn negative(&mut self, number: i64) -> Read<()> {
        self.push(Kind::Number, &number.to_string())
    }

    fn nonnegative(&mut self, number: u64) -> Read<()> {
        self.push(Kind::Number, &number.to_string())
    }

    fn float(&mut self, number: f64) -> Read<()> {
        match whole(number.to_bits()) {
            Some(number) => self.push(Kind::Fraction, &number.to_string()),
            None => self.push(Kind::Fraction, ""),
        }
    }

    fn seq(&mut self) -> Read<Box<dyn Seq + '_>> {
        Ok(self.enter(Kind::List)?)
    }

    fn map(&mut self) -> Read<Box<dyn Map + '_>> {
        Ok(self.enter(Kind::Object)?)
    }
}

/// The value of a double with these bits (IEEE 754), if it is a non-negative integer below 2^53.
/// Without floating point, which routers lack.
fn whole(bits: u64) -> Option<u64> {
    let shift = 1075_u64.checked_sub(bits >> 52).filter(|&shift| shift <= 52);
    match shift {
        _ if bits == 0 => Some(0),
        Some(shift) => {
            let digits = bits & ((1 << 52) - 1) | 1 << 52;
            (digits & ((1 << shift) - 1) == 0).then_some(digits >> shift)
        }
        None => None,
    }
}

/// An array or object that is being parsed.
struct Within<'a>(&'a mut Document);

impl Seq for Within<'_> {
    fn element(&mut self) -> Read<&mut dyn Visitor> {
        Ok(self.0)
    }

    fn finish(&mut self) -> Read<()> {
        self.0.depth -= 1;
        Ok(())
    }
}

impl Map for Within<'_> {
    fn key(&mut self, name: &str) -> Read<&mut dyn Visitor> {
        self.0.name = name.into();
        Ok(self.0)
    }

    fn finish(&mut self) -> Read<()> {
        self.0.depth -= 1;
        Ok(())
    }
}

impl<'a> Json<'a> {
    pub fn kind(self) -> Kind {
        self.0.first().map_or(Kind::Null, |node| node.kind)
    }

    fn of_kind(self, kind: Kind) -> Option<&'a Node> {
        self.0.first().filter(|node| node.kind == kind)
    }

    pub fn text(self) -> Option<&'a str> {
        self.of_kind(Kind::Text).map(|node| &*node.text)
    }

    pub fn bool(self) -> Option<bool> {
        self.of_kind(Kind::Bool).map(|node| !node.text.is_empty())
    }

    /// The digits of an integer.
    pub fn digits(self) -> Option<&'a str> {
        self.of_kind(Kind::Number).map(|node| &*node.text)
    }

    /// A non-negative integer.
    pub fn number(self) -> Option<u64> {
        decimal::number(self.digits()?)
    }

    /// As [`Json::number`], also in the forms `300.0` and `3e2`.
    pub fn integer(self) -> Option<u64> {
        let written = self.of_kind(Kind::Fraction).map(|node| &*node.text);
        decimal::number(self.digits().or(written)?)
    }

    /// A string, or the digits of an integer: some APIs are inconsistent about them.
    pub fn loose(self) -> Option<&'a str> {
        self.text().or_else(|| self.digits())
    }

    /// Itself, if it is an object.
    pub fn object(self) -> Option<Json<'a>> {
        self.of_kind(Kind::Object).map(|_| self)
    }

    /// The items of an array.
    pub fn list(self) -> Option<Items<'a>> {
        self.of_kind(Kind::List).map(|_| self.items())
    }

    fn items(self) -> Items<'a> {
        let (depth, rest) = match self.0.split_first() {
            Some((node, rest)) => (node.depth, rest),
            None => (0, self.0),
        };
        Items { depth, rest }
    }

    /// A member of an object; of duplicates the last.
    fn member(self, name: &str) -> Option<Json<'a>> {
        let mut found = None;
        if let Some(object) = self.object() {
            for item in object.items() {
                if item.name() == name {
                    found = Some(item);
                }
            }
        }
        found
    }

    /// As [`Json::member`]; null counts as absent.
    pub fn field(self, name: &str) -> Option<Json<'a>> {
        self.member(name).filter(|one| one.kind() != Kind::Null)
    }

    /// The string under that key.
    pub fn string_of(self, name: &str) -> Option<String> {
        self.field(name)?.text().map(String::from)
    }

    /// As [`Json::string_of`], but it may be absent.
    ///
    /// # Errors
    /// It is of another type.
    pub fn optional_string(self, name: &str) -> Result<Option<String>, Malformed> {
        match self.field(name) {
            Some(one) => Ok(Some(one.text().ok_or(Malformed)?.into())),
            None => Ok(None),
        }
    }

    /// As [`Json::optional_string`], for a 32-bit number.
    pub fn optional_number(self, name: &str) -> Result<Option<u32>, Malformed> {
        let number = |one: Json| decimal::number32(one.digits()?);
        match self.field(name) {
            Some(one) => Ok(Some(number(one).ok_or(Malformed)?)),
            None => Ok(None),
        }
    }

    /// The members of an object by key; of duplicates the last.
    pub fn members(self) -> Vec<(&'a str, Json<'a>)> {
        let mut members: Vec<(&str, Json)> = Vec::new();
        for item in self.items() {
            let name = item.name();
            match members.binary_search_by(|(one, _)| (*one).cmp(name)) {
                Ok(at) => {
                    if let Some(member) = members.get_mut(at) {
                        member.1 = item;
                    }
                }
                Err(at) => members.insert(at, (name, item)),
            }
        }
        members
    }

    fn name(self) -> &'a str {
        self.0.first().map_or("", |node| &*node.name)
    }
}

/// An iterator over a value's children.
#[derive(Clone)]
pub struct Items<'a> {
    depth: u32,
    /// The next child, if it is deeper, and what follows it.
    rest: &'a [Node],
}

impl<'a> Iterator for Items<'a> {
    type Item = Json<'a>;

    fn next(&mut self) -> Option<Json<'a>> {
        let item = self.rest;
        let (first, mut rest) = item.split_first()?;
        if first.depth <= self.depth {
            return None;
        }
        while let Some((next, behind)) = rest.split_first()
            && next.depth > first.depth
        {
            rest = behind;
        }
        self.rest = rest;
        Some(Json(item))
    }
}

#[cfg(test)]
mod tests;
