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

impl Layer {
    /// Takes the value of a key; `origin` is what errors about it begin with.
    pub fn take(&mut self, origin: String, key: &str, value: Value) -> Result<(), String> {
        let taken = match key {
            "api_token" => self.take_token(text(value).and_then(credentials::token), Token::Itself),
            "api_token_file" => {
                let in_file = |path| Token::In { path, origin: format!("{origin}:") };
                self.take_token(text(value).and_then(file), in_file)
            }
            _ => self.take_plain(key, value),
        };
        taken.map_err(|why| format!("{origin}: {why}"))
    }

    fn take_token<T>(
        &mut self,
        value: Result<T, String>,
        form: impl FnOnce(T) -> Token,
    ) -> Result<(), String> {
        if self.token.is_some() {
            return Err("there can be a token or a file with it, not both".into());
        }
        self.token = Some(form(value?));
        Ok(())
    }

    fn take_plain(&mut self, key: &str, value: Value) -> Result<(), String> {
        match key {
            "zone_id" => self.zone = Some(credentials::zone(text(value)?)?),
            "record_name" => self.record_name = Some(dns_name::normalize(&text(value)?)?),
            "api_url" => self.api_url = Some(url::api_base(&text(value)?)?),
            "multi_record" => self.multi_record = Some(multi_record(&value)?),
            "provider_type" => provider_type(&value)?,
            "interface" => self.interfaces = Some(interfaces(value)?),
            "timeout" => self.timeout = Some(whole(&value, 1..=300)?),
            "poll_interval" => self.poll_interval = Some(whole(&value, 10..=3600)?),
            "health_port" => self.health_port = Some(port(&value)?),
            "ttl" => self.ttl = Some(ttl(&value)?),
            "verbose" => self.verbose = Some(truth(&value)?),
            "allow_loopback" => self.allow_loopback = Some(truth(&value)?),
            "allow_ula" => self.allow_ula = Some(truth(&value)?),
            _ => return Err("there is no such key".into()),
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
