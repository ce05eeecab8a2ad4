//! The settings of the update service: credentials, permissions, limits.

use crate::apis::access::{self, Basic};
use crate::apis::caller::Network;
use crate::text::secret::Secret;

/// The settings of the update service.
pub struct Rules {
    pub api_url: String,
    /// Without it all updates are refused.
    pub token: Option<Secret>,
    /// Host names in lower case with their keys.
    pub keys: Vec<(String, Secret)>,
    /// Hosts with records at the provider.
    pub registered: Vec<String>,
    /// Hosts that may be updated if they are also registered. Empty: none, which is an error.
    pub allowed: Vec<String>,
    /// User and password that are valid for every host.
    pub master: Option<(String, Secret)>,
    /// Trusted proxies; None: every peer is trusted.
    pub proxies: Option<Vec<Network>>,
    /// TTL of records, in seconds.
    pub ttl: u32,
    /// How long the list of zones is cached, in milliseconds.
    pub zones_age_max: u64,
    /// How long an address is cached, in milliseconds.
    pub address_age_max: u64,
    /// After how long without a request a host counts as lost (0: never), and how often to check,
    /// in milliseconds.
    pub silence_max: u64,
    pub look_every: u64,
    /// Whether successful updates are sent as notifications, too.
    pub notifies_success: bool,
}

impl Rules {
    /// Whether it is the host's key; takes the same time for unknown hosts.
    pub fn is_key(&self, name: &str, given: &str) -> bool {
        let mut key = None;
        for (one, its) in &self.keys {
            if one == name {
                key = Some(its);
            }
        }
        access::is_key(given, key)
    }

    pub fn has_key(&self, name: &str) -> bool {
        self.keys.iter().any(|(one, _)| one == name)
    }

    /// Whether these credentials are valid for every host.
    pub fn is_master(&self, given: &Basic) -> bool {
        let master = self.master.as_ref();
        master.is_some_and(|(user, password)| access::is_user(given, user, password))
    }

    pub fn is_masters_name(&self, user: &str) -> bool {
        self.master.as_ref().is_some_and(|(name, _)| name == user)
    }

    pub fn may_update(&self, name: &str) -> bool {
        let has = |names: &[String]| names.iter().any(|one| one == name);
        has(&self.allowed) && has(&self.registered)
    }
}
