//! Whether a body and a query keep to Cloudflare's schema, to the letter.
use super::json::{self, Value};
use super::records::Refusal;
use std::net::Ipv4Addr;

/// Operations one batch may hold on a free zone.
const BATCH_OPERATIONS_MAX: usize = 200;
const NAME_BYTES_MAX: usize = 255;
const COMMENT_BYTES_MAX: usize = 500;
const PER_PAGE_MAX: u64 = 5_000_000;

type Check = Result<(), Refusal>;

fn fail<T>(words: impl AsRef<str>) -> Result<T, Refusal> {
    Err(Refusal::schema(words.as_ref()))
}

/// What the list call asks for.
pub struct ListQuery {
    pub kind: Option<String>,
    pub name: Option<String>,
    pub page: u64,
    pub per_page: u64,
}

pub fn list_query(query: &[(String, String)]) -> Result<ListQuery, Refusal> {
    let mut asked = ListQuery { kind: None, name: None, page: 1, per_page: 100 };
    let mut seen = Vec::new();
    for (key, value) in query {
        if seen.contains(key) {
            return fail(format!("query parameter {key} twice"));
        }
        seen.push(key.clone());
        match key.as_str() {
            "type" if matches!(value.as_str(), "A" | "AAAA" | "CNAME" | "TXT") => {
                asked.kind = Some(value.clone());
            }
            "name" if !value.is_empty() && value.len() <= NAME_BYTES_MAX => {
                asked.name = Some(value.clone());
            }
            "page" => asked.page = in_range(key, value, 1, u64::MAX)?,
            "per_page" => asked.per_page = in_range(key, value, 1, PER_PAGE_MAX)?,
            "match" if matches!(value.as_str(), "any" | "all") => {}
            "direction" if matches!(value.as_str(), "asc" | "desc") => {}
            "order" if ["type", "name", "content", "ttl", "proxied"].contains(&&**value) => {}
            _ => return fail(format!("query parameter {key}={value}")),
        }
    }
    Ok(asked)
}

fn in_range(key: &str, value: &str, least: u64, most: u64) -> Result<u64, Refusal> {
    match value.parse::<u64>() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => fail(format!("query parameter {key}={value}")),
    }
}

/// A whole record, for POST and PUT; with an id inside a batch's `puts`.
pub fn whole_record(body: &Value, with_id: bool) -> Check {
    fields(body, with_id)?;
    for key in ["name", "type", "content", "ttl"] {
        if json::field(body, key).is_none() {
            return fail(format!("{key} is missing"));
        }
    }
    let (kind, content) = (json::str_of(body, "type"), json::str_of(body, "content"));
    content_fits(kind, content)
}

/// The fields to change, for PATCH; with an id inside a batch's `patches`.
pub fn part_of_record(body: &Value, with_id: bool) -> Check {
    fields(body, with_id)?;
    let Value::Object(object) = body else { return fail("not an object") };
    if object.len() < 1 + usize::from(with_id) {
        return fail("nothing to change");
    }
    match json::field(body, "content").and_then(json::as_str) {
        Some(content) => content_fits(json::str_of(body, "type"), content),
        None => Ok(()),
    }
}

/// A content that cannot be right for its type is the API's own error, not the schema's.
fn content_fits(kind: &str, content: &str) -> Check {
    let bad = match kind {
        "A" | "" => content.parse::<Ipv4Addr>().is_err() && !content.contains(':'),
        "AAAA" => content.parse::<std::net::Ipv6Addr>().is_err(),
        _ => content.is_empty(),
    };
    if bad { fail(format!("content {content} of type {kind}")) } else { Ok(()) }
}

fn fields(body: &Value, with_id: bool) -> Check {
    let Value::Object(object) = body else { return fail("not an object") };
    if with_id && !is_id(json::str_of(body, "id")) {
        return fail("id is missing or not 32 hex digits");
    }
    for (key, value) in object.iter() {
        let good = match key.as_str() {
            "id" => with_id,
            "name" => json::as_str(value).is_some_and(is_name),
            "type" => {
                json::as_str(value).is_some_and(|t| ["A", "AAAA", "CNAME", "TXT"].contains(&t))
            }
            "content" => json::as_str(value).is_some(),
            "ttl" => json::as_u64(value).is_some_and(|t| t == 1 || (30..=86400).contains(&t)),
            "proxied" | "private_routing" => matches!(value, Value::Bool(_)),
            "comment" => json::as_str(value)
                .is_some_and(|t| t.len() <= COMMENT_BYTES_MAX && !t.contains(['\r', '\n'])),
            "tags" => json::as_array(value).is_some_and(|tags| tags.iter().all(is_tag)),
            "settings" => matches!(value, Value::Object(_)),
            _ => false,
        };
        if !good {
            return fail(format!("field {key} = {}", json::text(value)));
        }
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= NAME_BYTES_MAX && name.is_ascii() && !name.ends_with('.')
}

fn is_tag(tag: &Value) -> bool {
    json::as_str(tag).is_some_and(|tag| tag.split_once(':').is_some_and(|(k, _)| !k.is_empty()))
}

pub fn is_id(id: &str) -> bool {
    id.len() == 32 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// The shape of a batch: known lists of checked items, one to 200 of them.
pub fn batch(body: &Value) -> Check {
    let Value::Object(object) = body else { return fail("batch is not an object") };
    let mut operations = 0;
    for (key, value) in object.iter() {
        let Some(items) = json::as_array(value) else {
            return fail(format!("batch {key} is not a list"));
        };
        operations += items.len();
        for item in items.iter() {
            match key.as_str() {
                "deletes" => delete_item(item)?,
                "patches" => part_of_record(item, true)?,
                "puts" => whole_record(item, true)?,
                "posts" => whole_record(item, false)?,
                _ => return fail(format!("batch has an unknown list {key}")),
            }
        }
    }
    match operations {
        0 => fail("batch of nothing"),
        1..=BATCH_OPERATIONS_MAX => Ok(()),
        _ => fail(format!("batch of {operations} operations")),
    }
}

fn delete_item(item: &Value) -> Check {
    let only_id = matches!(item, Value::Object(object) if object.len() == 1);
    if only_id && is_id(json::str_of(item, "id")) { Ok(()) } else { fail("delete item") }
}
