//! Records as a case writes them: an address and what is not as usual, `203.0.113.7 ttl=120`.
use super::HOST;
use super::words;
use crate::standin::json::{self, Value};
use crate::standin::records;

/// A record of the target (or of `name=`) with the usual values for what is not said.
#[derive(Clone)]
pub struct Described {
    content: String,
    kind: String,
    name: String,
    ttl: u64,
    proxied: bool,
    comment: Option<String>,
    tags: Vec<String>,
    id: Option<String>,
}

/// `#3` is the third record that was made at the stand-in.
pub fn id(text: &str) -> Option<String> {
    let number: u64 = text.strip_prefix('#')?.parse().ok()?;
    Some(format!("{number:032x}"))
}

/// Reads `ADDRESS [type=] [name=] [ttl=] [proxied=] [comment=] [tags=A,B] [id=#N]`, where ADDRESS
/// may be a range such as `203.0.113.1..250`: one record for each.
pub fn read(text: &str) -> Result<Vec<Described>, String> {
    let mut words = words::split_text(text)?.into_iter();
    let address = words.next().ok_or("a record needs an address")?;
    let mut one = Described {
        content: address.clone(),
        kind: "A".to_owned(),
        name: HOST.to_owned(),
        ttl: 60,
        proxied: false,
        comment: None,
        tags: Vec::new(),
        id: None,
    };
    for word in words {
        let wrong = || format!("what is {word:?} of a record?");
        let (key, value) = word.split_once('=').ok_or_else(wrong)?;
        match key {
            "type" => one.kind = value.to_owned(),
            "name" => one.name = value.to_owned(),
            "ttl" => one.ttl = value.parse().map_err(|_| wrong())?,
            "proxied" => one.proxied = value.parse().map_err(|_| wrong())?,
            "comment" => one.comment = Some(value.to_owned()),
            "tags" => one.tags = value.split(',').map(str::to_owned).collect(),
            "id" => one.id = Some(id(value).unwrap_or(value.to_owned())),
            _ => return Err(wrong()),
        }
    }
    let Some((first, last)) = address.split_once("..") else { return Ok(vec![one]) };
    let (head, first) = first.rsplit_once('.').ok_or("a range is like 203.0.113.1..9")?;
    let octet = |text: &str| text.parse::<u8>().map_err(|_| format!("no octet: {text}"));
    let each = |octet: u8| Described { content: format!("{head}.{octet}"), ..one.clone() };
    Ok((octet(first)?..=octet(last)?).map(each).collect())
}

impl Described {
    /// The record as the API would give it; `id` where the case names none.
    pub fn value(&self, id: &str) -> Value {
        let Value::Object(mut object) = self.body() else { unreachable!() };
        object.insert("id".to_owned(), json::string(self.id.as_deref().unwrap_or(id)));
        Value::Object(object)
    }

    /// All but its id, as it is made.
    pub fn body(&self) -> Value {
        json::object([
            ("type", json::string(&self.kind)),
            ("name", json::string(&self.name)),
            ("content", json::string(&self.content)),
            ("ttl", json::number(self.ttl)),
            ("proxied", Value::Bool(self.proxied)),
            ("comment", self.comment.as_deref().map_or(Value::Null, json::string)),
            ("tags", json::array(self.tags.iter().map(|tag| json::string(tag)).collect())),
        ])
    }

    /// As the stand-in shows its records.
    pub fn line(&self) -> String {
        records::line(&self.body())
    }

    pub fn content(&self) -> &str {
        &self.content
    }
}

/// The document of a cache that holds `records`, in the order given.
pub fn cache_document(timestamp: u64, records: Vec<Value>) -> String {
    let document =
        json::object([("records", json::array(records)), ("timestamp", json::number(timestamp))]);
    json::text(&document)
}
