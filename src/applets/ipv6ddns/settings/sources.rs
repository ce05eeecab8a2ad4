//! The two places settings come from: the environment and the configuration file.

use super::layer::Layer;
use crate::applets::{toml_file, values};
use crate::text::toml::{self, Value};
use std::ffi::OsString;
use std::path::Path;

/// The variables, and the keys they go before.
pub const VARIABLES: &[(&str, &str)] = &[
    ("CLOUDFLARE_API_TOKEN", "api_token"),
    ("CLOUDFLARE_API_TOKEN_FILE", "api_token_file"),
    ("CLOUDFLARE_ZONE_ID", "zone_id"),
    ("CLOUDFLARE_RECORD_NAME", "record_name"),
    ("CLOUDFLARE_MULTI_RECORD", "multi_record"),
    ("CLOUDFLARE_API_URL", "api_url"),
    ("IPV6DDNS_ALLOW_LOOPBACK", "allow_loopback"),
    ("IPV6DDNS_HEALTH_PORT", "health_port"),
    ("IPV6DDNS_PROVIDER_TYPE", "provider_type"),
];

/// What the environment says. The error begins with the variable's name.
pub fn environment(variable: &dyn Fn(&str) -> Option<OsString>) -> Result<Layer, String> {
    let mut layer = Layer::default();
    for &(name, key) in VARIABLES {
        // systemd and procd hand over empty variables for what their own settings leave open.
        let Some(given) = variable(name).filter(|given| !given.is_empty()) else { continue };
        let text = given.into_string().map_err(|_| format!("{name}: is not valid UTF-8"))?;
        let value = match key {
            "allow_loopback" => values::truth(&text).map_or(Value::Other, Value::Truth),
            "health_port" => values::number(&text).map_or(Value::Other, |n| Value::Whole(n.into())),
            _ => Value::Text(text),
        };
        layer.take(name.into(), key, value)?;
    }
    Ok(layer)
}

/// What the file says; only one that was `named` must be there. The error begins with its path.
pub fn file(path: &Path, named: bool, warnings: &mut Vec<String>) -> Result<Layer, String> {
    let mut layer = Layer::default();
    for (origin, entry) in toml_file::read(path, named, toml::read, "api_token", warnings)? {
        layer.take(origin, &entry.key, entry.value)?;
    }
    Ok(layer)
}
