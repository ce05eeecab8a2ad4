//! Which of this machine's addresses to register.

use super::config::Config;
use super::settings::Settings;
use crate::env::Env;
use crate::error::{Error, Kind};
use crate::log::logger::Level;
use crate::os::interface;
use crate::sources::interfaces::{self, InterfaceAddress};
use crate::wire::sent_cache::{self, Addresses};
use std::net::IpAddr;

/// The addresses at which this machine is reachable, at least one; and whether more IPv6 addresses
/// may follow, so that no AAAA record must be removed.
pub fn look(
    settings: &Settings,
    config: &Config,
    env: &mut dyn Env,
) -> Result<(Addresses, bool), Error> {
    let (mut v4, mut v6, mut keep_v6) = (Vec::new(), Vec::new(), false);
    let counts = |found: &InterfaceAddress| match found.address {
        IpAddr::V4(_) => false,
        IpAddr::V6(v6) => config.ipv6 && (config.teredo || !interfaces::is_teredo(v6)),
    };
    let named = &settings.interfaces;
    let is_there = |name: &&String| interface::index(name).is_some();
    let present: &[String] = named.iter().filter(is_there).cloned().collect::<Vec<_>>().leak();
    // If none exists, the error names the first.
    let asked = if present.is_empty() { named } else { present };
    let mut used: Vec<&str> = Vec::new();
    let all: &[InterfaceAddress] = interfaces::look_when_settled(asked, &counts, env)?.leak();
    for found in all {
        if found.may_become_usable && counts(found) {
            keep_v6 = true;
            config.log.say(
                Level::Warning,
                format_args!(
                    "{} of {} is still tentative; no AAAA record is removed.",
                    found.address, found.interface
                ),
            );
        }
        let unusable_reason = found.unusable_reason.or(match found.address {
            IpAddr::V4(_) => (!config.ipv4).then_some("ipv4 is false"),
            IpAddr::V6(_) if !config.ipv6 => Some("ipv6.enable is false"),
            IpAddr::V6(v6) => {
                let teredo = interfaces::is_teredo(v6) && !config.teredo;
                teredo.then_some("Teredo, and ipv6.teredo is false")
            }
        });
        match (unusable_reason, found.address) {
            (Some(why), address) => {
                let at = &found.interface;
                config.log.say(Level::Debug, format_args!("Not using {address} of {at}: {why}."));
                continue;
            }
            (None, IpAddr::V4(address)) => v4.push(address),
            (None, IpAddr::V6(address)) => v6.push(address),
        }
        used.push(&found.interface);
    }
    if v4.is_empty() && v6.is_empty() {
        let mut at = if named.is_empty() { "any interface".into() } else { present.join(", ") };
        let absent: Vec<&str> =
            named.iter().filter(|name| !present.contains(name)).map(String::as_str).collect();
        if !absent.is_empty() {
            at.push_str(&format!(" (no such interface: {})", absent.join(", ")));
        }
        let message = format!("No usable address on {at}; nothing is changed.");
        return Err(Error::new(Kind::Unavailable, message));
    }
    for name in named.iter().filter(|name| !used.contains(&name.as_str())) {
        let why = if present.contains(name) { "no usable address" } else { "no such interface" };
        config.log.say(
            Level::Warning,
            format_args!("{name}: {why}; the addresses of the others are registered."),
        );
    }
    let addresses = Addresses {
        v4: config.ipv4.then(|| sent_cache::sorted(v4)),
        v6: config.ipv6.then(|| sent_cache::sorted(v6)),
    };
    Ok((addresses, keep_v6))
}
