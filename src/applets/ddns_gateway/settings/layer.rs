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
    /// Takes the value of a key; whether there is such a key.
    pub fn take(&mut self, key: &str, value: Value) -> Result<bool, String> {
        match key {
            "server.host" => self.host = Some(convert::host(&convert::text(value)?)?),
            "server.port" => {
                let port = convert::whole(&value, 1..=u16::MAX.into())?;
                self.port = u16::try_from(port).ok();
            }
            "auth.enabled" => self.auth = Some(convert::truth(&value)?),
            "auth.tokens" => self.tokens = Some(convert::tokens(value)?),
            "methods.get_enabled" => self.get = Some(convert::truth(&value)?),
            "methods.post_enabled" => self.post = Some(convert::truth(&value)?),
            "logging.level" => self.level = Some(convert::level(&convert::text(value)?)?),
            "logging.file_enabled" => self.file_enabled = Some(convert::truth(&value)?),
            "logging.file_path" => self.file_path = Some(convert::text(value)?),
            "health.enabled" => self.health = Some(convert::truth(&value)?),
            "upstream.cloudflare_url" => self.cloudflare_url = Some(convert::api_url(value)?),
            "upstream.aliyun_url" => self.aliyun_url = Some(convert::api_url(value)?),
            "upstream.tencent_url" => self.tencent_url = Some(convert::api_url(value)?),
            "upstream.timeout" => self.timeout = Some(convert::whole(&value, 1..=300)?),
            "limits.connections" => self.connections = Some(convert::whole(&value, 1..=900)?),
            "limits.body_bytes" => self.body_bytes = Some(convert::whole(&value, 256..=65_536)?),
            "limits.workers" => self.workers = Some(convert::whole(&value, 1..=16)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// This one's settings, and where it says nothing those of the other.
    pub fn over(self, other: Layer) -> Layer {
        Layer {
            host: self.host.or(other.host),
            port: self.port.or(other.port),
            auth: self.auth.or(other.auth),
            tokens: self.tokens.or(other.tokens),
            get: self.get.or(other.get),
            post: self.post.or(other.post),
            level: self.level.or(other.level),
            file_enabled: self.file_enabled.or(other.file_enabled),
            file_path: self.file_path.or(other.file_path),
            health: self.health.or(other.health),
            cloudflare_url: self.cloudflare_url.or(other.cloudflare_url),
            aliyun_url: self.aliyun_url.or(other.aliyun_url),
            tencent_url: self.tencent_url.or(other.tencent_url),
            timeout: self.timeout.or(other.timeout),
            connections: self.connections.or(other.connections),
            body_bytes: self.body_bytes.or(other.body_bytes),
            workers: self.workers.or(other.workers),
        }
    }
}
