//! Requests as a case writes them: `GET`, `PATCH #1 {…}`, `POST batch (deletes 2, posts 1)`.
use super::HOST;
use crate::standin::json::{self, Value};
use crate::standin::serve::Call;
use crate::standin::{ZONE, check};

/// A line of `calls` in the form that [`call`] gives: its JSON with sorted keys.
pub fn expected_call(line: &str) -> Result<String, String> {
    let Some(at) = line.find(" {") else { return Ok(line.trim().to_owned()) };
    let (head, body) = line.split_at(at);
    let body = json::parse(body.as_bytes()).ok_or(format!("calls: not JSON: {body}"))?;
    Ok(format!("{head} {}", json::text(&body)))
}

/// The request in the form of the line that is expected: with its body where that shows one in
/// braces, with the number of its operations where that shows parentheses.
pub fn call(call: &Call, like: &str) -> String {
    let mut line = format!("{}{}", call.method, target(&call.target));
    if call.body.is_empty() {
        return line;
    }
    let Some(body) = json::parse(&call.body) else {
        return format!("{line} {:?}", String::from_utf8_lossy(&call.body));
    };
    if like.contains('{') {
        line.push(' ');
        line.push_str(&short_ids(&json::text(&without_empty_lists(&body))));
    } else if like.contains('(') {
        line.push_str(&format!(" ({})", counts(&body)));
    }
    line
}

/// `` for the records, ` page=2` for further pages, ` #3` for one record, ` batch`.
fn target(target: &str) -> String {
    let base = format!("/client/v4/zones/{ZONE}/dns_records");
    let list = format!("?type=A&name={HOST}&per_page=100&page=");
    match target.strip_prefix(&base) {
        Some("") => String::new(),
        Some("/batch") => " batch".to_owned(),
        Some(rest) => match (rest.strip_prefix(&list), rest.strip_prefix('/')) {
            (Some("1"), _) => String::new(),
            (Some(page), _) => format!(" page={page}"),
            (_, Some(id)) if check::is_id(id) => format!(" {}", short(id)),
            _ => format!(" {rest}"),
        },
        None => format!(" {target}"),
    }
}

fn short(id: &str) -> String {
    u64::from_str_radix(id, 16).map_or(id.to_owned(), |number| format!("#{number}"))
}

fn short_ids(text: &str) -> String {
    let (mut done, mut rest) = (String::new(), text);
    while let Some((before, after)) = rest.split_once("\"id\":\"") {
        let (id, after) = after.split_once('"').unwrap_or((after, ""));
        done.push_str(&format!("{before}\"id\":\"{}\"", short(id)));
        rest = after;
    }
    done + rest
}

fn without_empty_lists(body: &Value) -> Value {
    let Value::Object(object) = body else { return body.clone() };
    let mut kept = json::Object::new();
    for (key, value) in object.iter() {
        if json::as_array(value).is_none_or(|items| !items.is_empty()) {
            kept.insert(key.clone(), value.clone());
        }
    }
    Value::Object(kept)
}

fn counts(body: &Value) -> String {
    let count = |kind: &&str| {
        let items = json::field(body, kind).and_then(json::as_array)?;
        (!items.is_empty()).then(|| format!("{kind} {}", items.len()))
    };
    let counts: Vec<String> = ["deletes", "patches", "posts"].iter().filter_map(count).collect();
    counts.join(", ")
}
