//! The settings of one place, checked key by key; one place goes before another.

use super::MultiRecord;
use crate::applets::{credentials, values};
use crate::text::secret::Secret;
use crate::text::toml::Value;
use crate::text::{dns_name, url};
use std::ops::RangeInclusive;
use std::path::PathBuf;

/// The token, or the file that it is in and the setting that named this.
pub enum Token {
    Itself(Secret),
    In { path: PathBuf, origin: String },
}

/// What one place says; what it does not say is left open.
#[derive(Default)]
pub struct Layer {
    pub token: Option<Token>,
    pub zone: Option<String>,
    pub record_name: Option<String>,
    pub timeout: Option<u32>,
    pub poll_interval: Option<u32>,
    pub verbose: Option<bool>,
    pub multi_record: Option<MultiRecord>,
    pub allow_loopback: Option<bool>,
    pub allow_ula: Option<bool>,
    /// 0: none.
    pub health_port: Option<u16>,
    pub interfaces: Option<Vec<String>>,
    pub ttl: Option<u32>,
    pub api_url: Option<String>,
}

/// The keys, by their names in a configuration.
#[derive(Clone, Copy)]
enum Key {
    Token,
    TokenFile,
    Zone,
    Name,
    Url,
    MultiRecord,
    Provider,
    Interface,
    Timeout,
    PollInterval,
    HealthPort,
    Ttl,
    Verbose,
    Loopback,
    UniqueLocal,
}

const KEYS: &[(&str, Key)] = &[
    ("api_token", Key::Token),
    ("api_token_file", Key::TokenFile),
    ("zone_id", Key::Zone),
    ("record_name", Key::Name),
    ("api_url", Key::Url),
    ("multi_record", Key::MultiRecord),
    ("provider_type", Key::Provider),
    ("interface", Key::Interface),
    ("timeout", Key::Timeout),
    ("poll_interval", Key::PollInterval),
    ("health_port", Key::HealthPort),
    ("ttl", Key::Ttl),
    ("verbose", Key::Verbose),
    ("allow_loopback", Key::Loopback),
    ("allow_ula", Key::UniqueLocal),
];

impl Layer {
    /// Takes the value of a key; `origin` is what errors about it begin with.
    pub fn take(&mut self, origin: String, key: &str, value: Value) -> Result<(), String> {
        let taken = match KEYS.iter().find(|(name, _)| *name == key) {
            Some(&(_, key)) => self.take_value(&origin, key, value),
            None => Err("there is no such key".into()),
        };
        taken.map_err(|why| format!("{origin}: {why}"))
    }

    fn take_value(&mut self, origin: &str, key: Key, value: Value) -> Result<(), String> {
        match key {
            Key::Token | Key::TokenFile => {
                if self.token.is_some() {
                    return Err("there can be a token or a file with it, not both".into());
                }
                let text = text(value)?;
                self.token = Some(match key {
                    Key::Token => Token::Itself(credentials::token(text)?),
                    _ => Token::In { path: file(text)?, origin: format!("{origin}:") },
                });
            }
            Key::Zone | Key::Name | Key::Url => {
                let text = text(value)?;
                let (place, taken) = match key {
                    Key::Zone => (&mut self.zone, credentials::zone(text)),
                    Key::Name => (&mut self.record_name, dns_name::normalize(&text)),
                    _ => (&mut self.api_url, url::api_base(&text)),
                };
                *place = Some(taken?);
            }
            Key::Timeout | Key::PollInterval => {
                let (place, allowed) = match key {
                    Key::Timeout => (&mut self.timeout, 1..=300),
                    _ => (&mut self.poll_interval, 10..=3600),
                };
                *place = Some(whole(&value, allowed)?);
            }
            Key::Verbose | Key::Loopback | Key::UniqueLocal => {
                let place = match key {
                    Key::Verbose => &mut self.verbose,
                    Key::Loopback => &mut self.allow_loopback,
                    _ => &mut self.allow_ula,
                };
                *place = Some(truth(&value)?);
            }
            Key::MultiRecord => self.multi_record = Some(multi_record(&value)?),
            Key::Provider => provider_type(&value)?,
            Key::Interface => self.interfaces = Some(interfaces(value)?),
            Key::HealthPort => self.health_port = Some(port(&value)?),
            Key::Ttl => self.ttl = Some(ttl(&value)?),
        }
        Ok(())
    }

    /// This one's settings, and where it says nothing those of the other.
    pub fn over(self, other: Layer) -> Layer {
        Layer {
            // As one: a token here goes before a file there, too.
            token: self.token.or(other.token),
            zone: self.zone.or(other.zone),
            record_name: self.record_name.or(other.record_name),
            timeout: self.timeout.or(other.timeout),
            poll_interval: self.poll_interval.or(other.poll_interval),
            verbose: self.verbose.or(other.verbose),
            multi_record: self.multi_record.or(other.multi_record),
            allow_loopback: self.allow_loopback.or(other.allow_loopback),
            allow_ula: self.allow_ula.or(other.allow_ula),
            health_port: self.health_port.or(other.health_port),
            interfaces: self.interfaces.or(other.interfaces),
            ttl: self.ttl.or(other.ttl),
            api_url: self.api_url.or(other.api_url),
        }
    }
}

fn text(value: Value) -> Result<String, String> {
    match value {
        Value::Text(text) => Ok(text),
        _ => Err("must be text in quotes".into()),
    }
}

fn file(path: String) -> Result<PathBuf, String> {
    if path.is_empty() { Err("is empty".into()) } else { Ok(path.into()) }
}

fn truth(value: &Value) -> Result<bool, String> {
    match value {
        Value::Truth(truth) => Ok(*truth),
        _ => Err("must be true or false".into()),
    }
}

fn number(value: &Value) -> Option<u32> {
    match value {
        Value::Whole(number) => u32::try_from(*number).ok(),
        _ => None,
    }
}

fn whole(value: &Value, allowed: RangeInclusive<u32>) -> Result<u32, String> {
    number(value).filter(|number| allowed.contains(number)).ok_or_else(|| {
        format!("must be a whole number from {} to {}", allowed.start(), allowed.end())
    })
}

fn port(value: &Value) -> Result<u16, String> {
    let port = number(value).and_then(|number| u16::try_from(number).ok());
    port.ok_or_else(|| "must be a whole number from 1 to 65535, or 0 for none".into())
}

fn ttl(value: &Value) -> Result<u32, String> {
    let fits = number(value).filter(|&seconds| values::is_ttl(seconds));
    fits.ok_or_else(|| "must be a whole number from 30 to 86400, or 1 for automatic".into())
}

fn multi_record(value: &Value) -> Result<MultiRecord, String> {
    // The other spellings are the original program's.
    let text = if let Value::Text(text) = value { text } else { "" };
    match text.to_ascii_lowercase().as_str() {
        "error" | "fail" | "reject" => Ok(MultiRecord::Error),
        "first" | "update_first" | "updatefirst" => Ok(MultiRecord::First),
        "all" | "update_all" | "updateall" => Ok(MultiRecord::All),
        _ => Err("must be \"error\", \"first\" or \"all\"".into()),
    }
}

fn provider_type(value: &Value) -> Result<(), String> {
    match value {
        Value::Text(text) if text == "cloudflare" => Ok(()),
        _ => Err("must be \"cloudflare\"; there is no other yet".into()),
    }
}

fn interfaces(value: Value) -> Result<Vec<String>, String> {
    let wrong = || Err("must be the name of an interface, in quotes, or a list of such".into());
    let given = match value {
        Value::List(values) if values.is_empty() => {
            return Err("names no interface; leave it out for all".into());
        }
        Value::List(values) => values,
        one => vec![one],
    };
    let mut names = Vec::new();
    for one in given {
        let Value::Text(name) = one else { return wrong() };
        let name = values::interface(name)?;
        if !names.contains(&name) {
            names.push(name);
        }
        if names.len() > values::INTERFACES_MAX {
            return Err(format!("names more than {} interfaces", values::INTERFACES_MAX));
        }
    }
    Ok(names)
}
