//! Settings that people write: whatever stands in them is read or refused in words, and no secret
//! is in the words.

use crate::applets::{ddns_gateway, hetzner_dyndns, ipv6ddns, pydyndns};
use crate::config::Stop;
use crate::judge;
use miniserde::json::{self, Value};
use std::ffi::OsString;
use std::path::Path;

/// Behind the settings of the input stands this, where it can only be a secret.
const SECRET: &str = "s3cr3t-t0ken-0123456789";

fn arguments(flag: &str) -> Vec<OsString> {
    [flag, "settings"].map(OsString::from).into()
}

fn write(data: &[u8]) {
    std::fs::write("settings", data).unwrap();
}

fn tell(message: &[String], hidden: bool) {
    for one in message {
        judge::is_plain(one);
        if hidden {
            judge::hides(SECRET, one);
        }
    }
}

/// `.secrets` of hetzner-dyndns.
pub fn env_file(data: &[u8]) {
    use hetzner_dyndns::settings::read;
    let hidden = !judge::text(data).contains(SECRET);
    let lines = ["HETZNER_TOKEN=", "BASIC_AUTH_PASSWORD='", "NTFY_PASSWORD=\"", ""];
    let line = lines[data.len() % lines.len()];
    write(&[data, b"\n", line.as_bytes(), SECRET.as_bytes()].concat());
    match read(arguments("--env-file")) {
        Ok(settings) => {
            tell(&settings.warnings, hidden);
            let names = settings.registered.iter().chain(&settings.allowed);
            for name in names {
                let normal = crate::text::dns_name::normalize(name);
                assert_eq!(normal.as_ref().ok(), Some(name));
            }
        }
        Err(Stop::ConfigError(message)) => tell(&[message], hidden),
        Err(_) => panic!("the arguments are right"),
    }
}

/// The TOML of ipv6ddns and ddns-gateway.
pub fn toml_files(data: &[u8]) {
    let hidden = !judge::text(data).contains(SECRET);
    let (behind, close) = match data.len() % 4 {
        0 => ("api_token = \"", "\"\n"),
        1 => ("[auth]\ntokens = [\"", "\"]\n"),
        _ => ("", ""),
    };
    let secret = if behind.is_empty() { "" } else { SECRET };
    write(&[data, behind.as_bytes(), secret.as_bytes(), close.as_bytes()].concat());
    match ipv6ddns::settings::read(arguments("--config")) {
        Ok(_) => {}
        Err(Stop::ConfigError(message)) => tell(&[message], hidden),
        _ => panic!("the arguments are right"),
    }
    match ddns_gateway::settings::read(arguments("--config")) {
        Ok(_) => {}
        Err(Stop::ConfigError(message)) => tell(&[message], hidden),
        _ => panic!("the arguments are right"),
    }
}

/// Whether every file the configuration names is here, where nothing is lost.
fn stays_here(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.iter().all(|(name, value)| match value {
            Value::String(path) if name == "filename" => !path.contains('/'),
            value => stays_here(value),
        }),
        Value::Array(values) => values.iter().all(stays_here),
        _ => true,
    }
}

/// The JSON of pydyndns, with its logging.
pub fn pydyndns(data: &[u8]) {
    let text = judge::text(data);
    if let Ok(value) = json::from_str::<Value>(text.trim_start_matches('\u{feff}'))
        && !stays_here(&value)
    {
        return;
    }
    write(data);
    match pydyndns::config::read(Path::new("settings")) {
        Ok((config, _file)) => {
            assert!(config.ipv4 || config.ipv6);
            assert!(config.key.is_none_or(|key| !key.secret.is_empty()));
            assert!(config.ttl <= 0x7fff_ffff);
        }
        Err(message) => {
            judge::is_plain(&message);
            // Where it stands alone, as the key, it is not repeated.
            let key = format!("\"key\": \"{SECRET}");
            if text.matches(SECRET).count() == 1 && text.contains(&key) {
                judge::hides(SECRET, &message);
            }
        }
    }
}
