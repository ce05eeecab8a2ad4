//! The records of one zone and what may be done to them, as Cloudflare would do it.
use super::json::{self, Value};
use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr};

/// An error as the API words it: HTTP status, code, message.
#[derive(Clone, Debug)]
pub struct Refusal {
    pub status: u16,
    pub code: u64,
    pub message: String,
}

impl Refusal {
    pub fn new(status: u16, code: u64, message: &str) -> Self {
        Self { status, code, message: message.to_owned() }
    }

    /// The request itself breaks the schema; a test with such a request fails.
    pub fn schema(message: &str) -> Self {
        Self::new(400, 9999, message)
    }
}

/// Fields a client may set, with their value when it does not.
fn settable() -> [(&'static str, Value); 5] {
    [
        ("proxied", Value::Bool(false)),
        ("comment", Value::Null),
        ("tags", json::array(Vec::new())),
        ("settings", json::object([])),
        ("private_routing", Value::Bool(false)),
    ]
}

#[derive(Clone, Default)]
pub struct Zone {
    /// What is not within it is made below it, as at Cloudflare. Empty: there is no such name.
    pub name: String,
    records: Vec<BTreeMap<String, Value>>,
    made: u64,
    clock: u64,
}

impl Zone {
    /// The number of records of type A and their addresses, for assertions.
    pub fn all(&self) -> Vec<Value> {
        self.records.iter().map(as_value).collect()
    }

    pub fn matching(&self, kind: Option<&str>, name: Option<&str>) -> Vec<Value> {
        let fits = |record: &&BTreeMap<String, Value>| {
            kind.is_none_or(|kind| text(record, "type") == kind)
                && name.is_none_or(|name| text(record, "name").eq_ignore_ascii_case(name))
        };
        self.records.iter().filter(fits).map(as_value).collect()
    }

    pub fn get(&self, id: &str) -> Result<Value, Refusal> {
        self.find(id).map(|at| as_value(&self.records[at]))
    }

    fn find(&self, id: &str) -> Result<usize, Refusal> {
        let found = self.records.iter().position(|record| text(record, "id") == id);
        found.ok_or_else(|| Refusal::new(404, 81044, "Record does not exist."))
    }

    fn stamp(&mut self) -> Value {
        self.clock += 1;
        json::string(&format!("2026-01-01T00:00:{:02}.000000Z", self.clock % 60))
    }

    /// Adds a record; the body was checked already. Ids count up: 00…01, 00…02, …
    pub fn post(&mut self, body: &Value) -> Result<Value, Refusal> {
        let mut record = BTreeMap::new();
        self.made += 1;
        record.insert("id".to_owned(), json::string(&format!("{:032x}", self.made)));
        let now = self.stamp();
        record.insert("created_on".to_owned(), now.clone());
        record.insert("modified_on".to_owned(), now);
        record.insert("proxiable".to_owned(), Value::Bool(true));
        record.insert("meta".to_owned(), json::object([]));
        record.extend(settable().map(|(key, value)| (key.to_owned(), value)));
        overlay(&mut record, body);
        self.bring_within(&mut record);
        canonical(&mut record)?;
        self.conflict(&record)?;
        self.records.push(record);
        Ok(as_value(&self.records[self.records.len() - 1]))
    }

    fn bring_within(&self, record: &mut BTreeMap<String, Value>) {
        let name = text(record, "name");
        let is_within = name == self.name || name.ends_with(&format!(".{}", self.name));
        if !is_within && !self.name.is_empty() {
            let below = json::string(&format!("{name}.{}", self.name));
            record.insert("name".to_owned(), below);
        }
    }

    /// Changes only the fields named.
    pub fn patch(&mut self, id: &str, body: &Value) -> Result<Value, Refusal> {
        let at = self.find(id)?;
        let mut record = self.records[at].clone();
        overlay(&mut record, body);
        self.replace(at, record)
    }

    /// Overwrites: what is left out goes back to its default, as at Cloudflare.
    pub fn put(&mut self, id: &str, body: &Value) -> Result<Value, Refusal> {
        let at = self.find(id)?;
        let mut record = self.records[at].clone();
        record.extend(settable().map(|(key, value)| (key.to_owned(), value)));
        overlay(&mut record, body);
        self.replace(at, record)
    }

    fn replace(
        &mut self,
        at: usize,
        mut record: BTreeMap<String, Value>,
    ) -> Result<Value, Refusal> {
        canonical(&mut record)?;
        self.conflict(&record)?;
        let now = self.stamp();
        record.insert("modified_on".to_owned(), now);
        self.records[at] = record;
        Ok(as_value(&self.records[at]))
    }

    pub fn delete(&mut self, id: &str) -> Result<Value, Refusal> {
        let at = self.find(id)?;
        Ok(as_value(&self.records.remove(at)))
    }

    fn conflict(&self, new: &BTreeMap<String, Value>) -> Result<(), Refusal> {
        let (kind, name) = (text(new, "type"), text(new, "name"));
        for old in &self.records {
            let same_name = text(old, "name").eq_ignore_ascii_case(name);
            if !same_name || text(old, "id") == text(new, "id") {
                continue;
            }
            let old_kind = text(old, "type");
            if old_kind == kind && text(old, "content") == text(new, "content") {
                return Err(Refusal::new(400, 81058, "An identical record already exists."));
            }
            if kind == "CNAME" && matches!(old_kind, "A" | "AAAA" | "CNAME") {
                let words = "An A, AAAA, or CNAME record with that host already exists.";
                return Err(Refusal::new(400, 81053, words));
            }
            if old_kind == "CNAME" && matches!(kind, "A" | "AAAA") {
                let words = "A CNAME record with that host already exists.";
                return Err(Refusal::new(400, 81054, words));
            }
        }
        Ok(())
    }
}

/// The record in `list` written as one line a person can read: `A host 1.2.3.4 ttl=60 …`.
pub fn line(record: &Value) -> String {
    let mut line = format!(
        "{} {} {}",
        json::str_of(record, "type"),
        json::str_of(record, "name"),
        json::str_of(record, "content")
    );
    for key in ["ttl", "proxied", "comment", "tags"] {
        let value = json::field(record, key).map_or("-".to_owned(), json::text);
        line.push_str(&format!(" {key}={value}"));
    }
    line
}

fn text<'a>(record: &'a BTreeMap<String, Value>, key: &str) -> &'a str {
    record.get(key).and_then(json::as_str).unwrap_or("")
}

fn overlay(record: &mut BTreeMap<String, Value>, body: &Value) {
    let Value::Object(body) = body else { return };
    for (key, value) in body.iter().filter(|(key, _)| *key != "id") {
        let value = match (key.as_str(), json::as_str(value)) {
            ("name", Some(name)) => json::string(&name.to_ascii_lowercase()),
            _ => value.clone(),
        };
        record.insert(key.clone(), value);
    }
}

/// An address is one of its record's type, and kept in the one form that the API shows (RFC 5952).
fn canonical(record: &mut BTreeMap<String, Value>) -> Result<(), Refusal> {
    let content = text(record, "content");
    let (code, family, shown) = match text(record, "type") {
        "A" => (9005, 4, content.parse::<Ipv4Addr>().map(|address| address.to_string())),
        "AAAA" => (9006, 6, content.parse::<Ipv6Addr>().map(|address| address.to_string())),
        _ => return Ok(()),
    };
    let words =
        format!("Content for {} record must be a valid IPv{family} address.", text(record, "type"));
    let shown = shown.map_err(|_| Refusal::new(400, code, &words))?;
    record.insert("content".to_owned(), json::string(&shown));
    Ok(())
}

fn as_value(record: &BTreeMap<String, Value>) -> Value {
    let mut object = json::Object::new();
    for (key, value) in record {
        object.insert(key.clone(), value.clone());
    }
    Value::Object(object)
}
