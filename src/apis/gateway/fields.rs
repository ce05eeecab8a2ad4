//! What a caller wants, from a query or from JSON: every field looked at, all faults told at once.

use super::Endpoint;
use crate::record::{RecordSpec, RecordType, RrSet, Value, Zone};
use crate::text::json_read::Document;
use crate::text::{dns_name, query, txt_strings};
use std::net::{Ipv4Addr, Ipv6Addr};

/// The fields there are, and how many of them must be given.
const NAMES: [&str; 7] = ["provider", "zone", "record", "type", "value", "ttl", "comment"];
const REQUIRED: usize = 5;
/// Longest time to live taken, in seconds.
const TTL_SECONDS_MAX: u32 = 86_400;
/// Longest comment, in characters.
const COMMENT_CHARACTERS_MAX: usize = 500;
/// Longest text of a TXT record, in bytes.
const TXT_BYTES_MAX: usize = 2048;

/// What is wanted, checked.
pub struct Fields {
    pub provider: String,
    pub set: RrSet,
    pub spec: RecordSpec,
}

/// A field as it was given.
enum Given {
    Nothing,
    Text(String),
    /// Of another kind than could be taken.
    Other(&'static str),
}

/// # Errors
/// Words for the caller.
pub fn of_query(text: &str, providers: &[Endpoint]) -> Result<Fields, String> {
    let pairs = query::pairs(text).map_err(|why| format!("Invalid fields: query: {why}"))?;
    let given = NAMES.map(|name| {
        let mut values = pairs.iter().filter(|(one, _)| one == name).map(|(_, value)| value);
        match (values.next(), values.next()) {
            (None, _) => Given::Nothing,
            (Some(value), None) => Given::Text(value.clone()),
            _ => Given::Other("must be given once"),
        }
    });
    check(given, providers)
}

/// # Errors
/// Words for the caller.
pub fn of_json(body: &[u8], providers: &[Endpoint]) -> Result<Fields, String> {
    let wrong = |why: &str| format!("Invalid fields: body: {why}");
    let text = str::from_utf8(body).map_err(|_| wrong("must be UTF-8"))?;
    let document = Document::read(text).ok_or_else(|| wrong("must be JSON"))?;
    let top = document.top().object().ok_or_else(|| wrong("must be a JSON object"))?;
    let given = NAMES.map(|name| {
        let Some(field) = top.field(name) else { return Given::Nothing };
        match (field.text(), field.number()) {
            (Some(text), _) => Given::Text(text.into()),
            (_, Some(number)) if name == "ttl" => Given::Text(number.to_string()),
            _ if name == "ttl" => Given::Other("must be a whole number from 1 to 86400"),
            _ => Given::Other("must be text"),
        }
    });
    check(given, providers)
}

fn check(mut given: [Given; NAMES.len()], providers: &[Endpoint]) -> Result<Fields, String> {
    let mut faults = Faults::default();
    for (name, one) in NAMES.iter().zip(&mut given).take(REQUIRED) {
        if one.is_missing() {
            faults.missing.push(name);
        }
    }
    let [provider, zone, record, kind, value, ttl, comment] = given;
    let provider = faults.take("provider", provider, &|text| provider_of(text, providers));
    let zone = faults.take("zone", zone, &|text| match text.starts_with('*') {
        true => Err("must be a zone's name, which has no `*`".into()),
        false => dns_name::normalize(&text),
    });
    let record = faults.take("record", record, &record_of);
    let kind = faults.take("type", kind, &|text| {
        let text = text.to_ascii_uppercase();
        match RecordType::from_text(&text) {
            Some(_) => Ok(text),
            None => Err("must be A, AAAA, CNAME or TXT".into()),
        }
    });
    let kind = kind.and_then(|text| RecordType::from_text(&text));
    let value = faults.take("value", value, &|text| match kind {
        Some(kind) => value_of(kind, text),
        None => Ok(text),
    });
    let value = kind.zip(value).and_then(|(kind, text)| Value::parse(kind, &text));
    let ttl = faults.take("ttl", ttl, &ttl_of);
    let ttl = ttl.and_then(|text| text.parse().ok());
    let comment = faults.take("comment", comment, &comment_of);
    let (Some(provider), Some(zone), Some(record), Some(kind), Some(value)) =
        (provider, zone, record, kind, value)
    else {
        return Err(faults.message());
    };
    if let Some(below) = without_zone(&record, &zone) {
        faults.invalid.push(format!("record: must be the name below the zone: {below}"));
    }
    let spec = RecordSpec { ttl, comment, ..RecordSpec::of(value) };
    let set = RrSet { zone: Zone::Name(zone), name: record, kind };
    if set.fqdn().len() > dns_name::NAME_CHARACTERS_MAX {
        faults.invalid.push("record: makes the name too long".into());
    }
    match faults.invalid.is_empty() && faults.missing.is_empty() {
        true => Ok(Fields { provider, set, spec }),
        false => Err(faults.message()),
    }
}

impl Given {
    /// Whether it says nothing; blanks around a text do not count, and are gone from here on.
    fn is_missing(&mut self) -> bool {
        match self {
            Given::Nothing => true,
            Given::Text(text) => {
                *text = text.trim_ascii().into();
                text.is_empty()
            }
            Given::Other(_) => false,
        }
    }
}

/// What is wrong with a request.
#[derive(Default)]
struct Faults {
    missing: Vec<&'static str>,
    invalid: Vec<String>,
}

impl Faults {
    /// The field as `check` reads it; nothing where it is not given or cannot be taken.
    fn take(
        &mut self,
        name: &'static str,
        given: Given,
        check: &dyn Fn(String) -> Result<String, String>,
    ) -> Option<String> {
        let why = match given {
            Given::Nothing => return None,
            Given::Text(text) if text.is_empty() && self.missing.contains(&name) => return None,
            Given::Text(text) => match check(text) {
                Ok(value) => return Some(value),
                Err(why) => why,
            },
            Given::Other(why) => why.into(),
        };
        self.invalid.push(format!("{name}: {why}"));
        None
    }

    fn message(&self) -> String {
        let mut parts = Vec::new();
        if !self.missing.is_empty() {
            parts.push(format!("Missing required fields: {}", self.missing.join(", ")));
        }
        if !self.invalid.is_empty() {
            parts.push(format!("Invalid fields: {}", self.invalid.join("; ")));
        }
        parts.join(". ")
    }
}

fn provider_of(text: String, providers: &[Endpoint]) -> Result<String, String> {
    let name = text.to_ascii_lowercase();
    if providers.iter().any(|one| one.name == name) {
        return Ok(name);
    }
    let names: Vec<&str> = providers.iter().map(|one| one.name).collect();
    Err(format!("must be one of {}", names.join(", ")))
}

/// `@`, `*`, or labels below the zone.
fn record_of(text: String) -> Result<String, String> {
    match text.as_str() {
        "@" | "*" => Ok(text),
        // A name that ends with a dot would be a whole one.
        _ if text.ends_with('.') => Err("must be a name below the zone, without a dot".into()),
        _ => {
            let below = |name: &String| name.strip_suffix(".x").unwrap_or(name).to_string();
            let name = dns_name::normalize(&format!("{text}.x"));
            name.as_ref().map(below).map_err(below)
        }
    }
}

/// What to write for a record that repeats its zone and would end up at a name that nobody wants.
fn without_zone<'a>(record: &'a str, zone: &str) -> Option<&'a str> {
    match record.strip_suffix(zone)? {
        "" => Some("@"),
        below => below.strip_suffix('.'),
    }
}

fn value_of(kind: RecordType, text: String) -> Result<String, String> {
    match kind {
        RecordType::A => match text.parse::<Ipv4Addr>() {
            Ok(address) => Ok(address.to_string()),
            Err(_) => Err("must be an IPv4 address".into()),
        },
        RecordType::Aaaa => match text.parse::<Ipv6Addr>() {
            Ok(address) => Ok(address.to_string()),
            Err(_) => Err("must be an IPv6 address".into()),
        },
        RecordType::Cname => {
            dns_name::normalize(&text).map_err(|why| format!("is not a host name: it {why}"))
        }
        RecordType::Txt if text.len() > TXT_BYTES_MAX => {
            Err(format!("must have at most {TXT_BYTES_MAX} bytes"))
        }
        RecordType::Txt if !txt_strings::is_well_formed(&text) => {
            Err("begins and ends with a quote, but is not one or more \"quoted strings\"".into())
        }
        RecordType::Txt if txt_strings::plain(&text).chars().any(char::is_control) => {
            Err("must not have control characters".into())
        }
        RecordType::Txt => Ok(text),
    }
}

fn ttl_of(text: String) -> Result<String, String> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let ttl = text.parse().ok().filter(|ttl| digits && (1..=TTL_SECONDS_MAX).contains(ttl));
    match ttl {
        Some(_) => Ok(text),
        None => Err(format!("must be a whole number from 1 to {TTL_SECONDS_MAX}")),
    }
}

fn comment_of(text: String) -> Result<String, String> {
    if text.chars().count() > COMMENT_CHARACTERS_MAX {
        return Err(format!("must have at most {COMMENT_CHARACTERS_MAX} characters"));
    }
    if text.chars().any(char::is_control) {
        return Err("must not have control characters".into());
    }
    Ok(text)
}
