//! Who may update what, and how updates are done.

use crate::apis::access::{self, Basic};
use crate::apis::caller::Network;
use crate::text::secret::Secret;

/// Who may do what, and how it is done.
pub struct Rules {
    pub api_url: String,
    /// Without it every update is refused.
    pub token: Option<Secret>,
    /// The keys of hosts, by their names in lower case.
    pub keys: Vec<(String, Secret)>,
    /// Hosts that there are records for.
    pub registered: Vec<String>,
    /// Hosts that may be updated, if they are registered, too. Empty: none, and that is a fault.
    pub allowed: Vec<String>,
    /// A user and a password that open every host.
    pub master: Option<(String, Secret)>,
    /// Who may say in whose name a request comes; none: everybody.
    pub proxies: Option<Vec<Network>>,
    /// Of records, in seconds.
    pub ttl: u32,
    /// How long the account's zones are relied on, in milliseconds.
    pub zones_age_max: u64,
    /// How long the provider is not asked again about the same address, in milliseconds.
    pub address_age_max: u64,
    /// How long a host may be silent (0: for ever), and how often to look, in milliseconds.
    pub silence_max: u64,
    pub look_every: u64,
    /// Whether what went well goes to the operator's phone, too.
    pub tells_success: bool,
}

impl Rules {
    /// Whether that is the host's key; it takes as long where there is no such host.
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

    /// Whether these credentials open every host.
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
