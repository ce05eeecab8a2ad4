//! The settings of one place: the command line's flags, or the file's keys.

use super::convert;
use crate::log::logger::Level;
use crate::text::secret::Secret;
use crate::text::toml::Value;
use std::net::IpAddr;

/// What one place says; what it does not say is left open.
#[derive(Default)]
pub struct Layer {
    pub host: Option<IpAddr>,
    pub port: Option<u16>,
    pub auth: Option<bool>,
    pub tokens: Option<Vec<Secret>>,
    pub get: Option<bool>,
    pub post: Option<bool>,
    pub level: Option<Level>,
    pub file_enabled: Option<bool>,
    pub file_path: Option<String>,
    pub health: Option<bool>,
    pub cloudflare_url: Option<String>,
    pub aliyun_url: Option<String>,
    pub tencent_url: Option<String>,
    pub timeout: Option<u32>,
    pub connections: Option<u32>,
    pub body_bytes: Option<u32>,
    pub workers: Option<u32>,
}

impl Layer {
    /// Takes the value of a key, unless there is one already; whether there is such a key.
    pub fn take(&mut self, key: &str, value: Value) -> Result<bool, String> {
        let truth = match key {
            "auth.enabled" => Some(&mut self.auth),
            "methods.get_enabled" => Some(&mut self.get),
            "methods.post_enabled" => Some(&mut self.post),
            "logging.file_enabled" => Some(&mut self.file_enabled),
            "health.enabled" => Some(&mut self.health),
            _ => None,
        };
        if let Some(slot) = truth {
            slot.get_or_insert(convert::truth(&value)?);
            return Ok(true);
        }
        let whole = match key {
            "upstream.timeout" => Some((&mut self.timeout, 1..=300)),
            "limits.connections" => Some((&mut self.connections, 1..=900)),
            "limits.body_bytes" => Some((&mut self.body_bytes, 256..=65_536)),
            "limits.workers" => Some((&mut self.workers, 1..=16)),
            _ => None,
        };
        if let Some((slot, allowed)) = whole {
            slot.get_or_insert(convert::whole(&value, allowed)?);
            return Ok(true);
        }
        let url = match key {
            "upstream.cloudflare_url" => Some(&mut self.cloudflare_url),
            "upstream.aliyun_url" => Some(&mut self.aliyun_url),
            "upstream.tencent_url" => Some(&mut self.tencent_url),
            _ => None,
        };
        if let Some(slot) = url {
            slot.get_or_insert(convert::api_url(value)?);
            return Ok(true);
        }
        match key {
            "server.host" => {
                self.host.get_or_insert(convert::host(&convert::text(value)?)?);
            }
            "server.port" => {
                let port = convert::whole(&value, 1..=u16::MAX.into())?;
                self.port.get_or_insert(port as u16);
            }
            "auth.tokens" => {
                self.tokens.get_or_insert(convert::tokens(value)?);
            }
            "logging.level" => {
                self.level.get_or_insert(convert::level(&convert::text(value)?)?);
            }
            "logging.file_path" => {
                self.file_path.get_or_insert(convert::text(value)?);
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}
