//! Values as they are written on a command line or in a file, read as what they stand for.

use crate::applets::values;
use crate::log::logger::Level;
use crate::text::decimal;
use crate::text::secret::Secret;
use crate::text::toml::Value;
use crate::text::url;
use std::net::IpAddr;
use std::ops::RangeInclusive;

/// Longest token, in bytes.
const TOKEN_BYTES_MAX: usize = 512;

/// An address to listen on.
pub fn host(text: &str) -> Result<IpAddr, String> {
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(IpAddr::from([127, 0, 0, 1]));
    }
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    bare.parse().map_err(|_| "expected an IPv4 or IPv6 address".into())
}

pub fn port(text: &str) -> Result<u16, String> {
    let port = decimal::port(text).filter(|&port| port != 0);
    port.ok_or_else(|| "expected int, from 1 to 65535".into())
}

pub fn level(text: &str) -> Result<Level, String> {
    use Level::{Critical, Debug, Error, Info, Warning};
    let mut levels = [Debug, Info, Warning, Error, Critical].into_iter();
    let level = levels.find(|level| text.eq_ignore_ascii_case(level.name()));
    level.ok_or_else(|| "expected DEBUG, INFO, WARNING, ERROR or CRITICAL".into())
}

/// Whether GET and POST are in a list with commas.
pub fn methods(text: &str) -> Result<(bool, bool), String> {
    let (mut get, mut post) = (false, false);
    for one in text.split(',').map(str::trim).filter(|one| !one.is_empty()) {
        match one.to_ascii_lowercase().as_str() {
            "get" => get = true,
            "post" => post = true,
            _ => return Err("expected get, post or both, with a comma between".into()),
        }
    }
    if get || post { Ok((get, post)) } else { Err("names no method".into()) }
}

/// A token callers send; it has to fit into a header.
pub fn token(text: String) -> Result<Secret, String> {
    let fits = (1..=TOKEN_BYTES_MAX).contains(&text.len());
    if fits && text.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Ok(Secret::new(text));
    }
    Err(format!("a token must be 1 to {TOKEN_BYTES_MAX} ASCII characters without blanks"))
}

pub fn text(value: Value) -> Result<String, String> {
    match value {
        Value::Text(text) if text.is_empty() => Err("is empty".into()),
        Value::Text(text) => Ok(text),
        Value::Whole(number) => Ok(number.to_string()),
        _ => Err("expected str".into()),
    }
}

pub fn truth(value: &Value) -> Result<bool, String> {
    let word = match value {
        Value::Truth(truth) => return Ok(*truth),
        Value::Text(text) => text.clone(),
        Value::Whole(number) => number.to_string(),
        _ => String::new(),
    };
    values::truth(&word).ok_or_else(|| "expected bool".into())
}

pub fn whole(value: &Value, allowed: RangeInclusive<u32>) -> Result<u32, String> {
    let number = match value {
        Value::Whole(number) => u32::try_from(*number).ok(),
        Value::Text(text) => values::number(text.trim()),
        _ => None,
    };
    number
        .filter(|number| allowed.contains(number))
        .ok_or_else(|| format!("expected int, from {} to {}", allowed.start(), allowed.end()))
}

pub fn tokens(value: Value) -> Result<Vec<Secret>, String> {
    let Value::List(values) = value else { return Err("expected list[str]".into()) };
    let mut tokens = Vec::new();
    for (at, value) in values.into_iter().enumerate() {
        let text = match value {
            Value::Text(text) => text,
            Value::Whole(number) => number.to_string(),
            _ => return Err("expected list[str]".into()),
        };
        tokens.push(token(text).map_err(|why| format!("number {}: {why}", at + 1))?);
    }
    Ok(tokens)
}

pub fn api_url(value: Value) -> Result<String, String> {
    url::api_base(&text(value)?)
}
