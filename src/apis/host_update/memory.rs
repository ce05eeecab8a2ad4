//! The cache of current addresses and of the account's zones.

use crate::store::expiring::Expiring;
use std::net::IpAddr;

/// Most cached addresses: two families for as many hosts as can have keys.
const ADDRESSES_MAX: usize = 8192;

pub struct Memory {
    addresses: Expiring,
    /// The relevant zones of the account, once they have been listed.
    zones: Option<Vec<String>>,
    /// When they were listed, in milliseconds.
    zones_listed: u64,
    zones_age_max: u64,
}

impl Memory {
    /// Ages in milliseconds.
    pub fn new(address_age_max: u64, zones_age_max: u64) -> Memory {
        let addresses = Expiring::new(address_age_max, ADDRESSES_MAX);
        Memory { addresses, zones: None, zones_listed: 0, zones_age_max }
    }

    /// Whether it is known to be the current address.
    pub fn has(&self, cache_key: &str, address: IpAddr, now: u64) -> bool {
        self.addresses.get(cache_key, now).is_some_and(|known| known.parse() == Ok(address))
    }

    pub fn put(&mut self, cache_key: &str, address: IpAddr, now: u64) {
        self.addresses.put(cache_key, &address.to_string(), now);
    }

    pub fn forget(&mut self, cache_key: &str) {
        self.addresses.forget(cache_key);
    }

    /// Caches the zones of `hosts` only; an account may have many others.
    pub fn keep_zones(&mut self, zones: &[String], hosts: &[String], now: u64) {
        let matters = |zone: &&String| hosts.iter().any(|host| is_in(host, zone));
        self.zones = Some(zones.iter().filter(matters).cloned().collect());
        self.zones_listed = now;
    }

    /// The candidate zones of a host, if zones have been listed, and whether the list has expired.
    pub fn zones_for(&self, host: &str, now: u64) -> (Option<Vec<String>>, bool) {
        let fitting = |zones: &Vec<String>| {
            zones.iter().filter(|zone| is_in(host, zone)).cloned().collect::<Vec<String>>()
        };
        let age = now.saturating_sub(self.zones_listed);
        (self.zones.as_ref().map(fitting), age >= self.zones_age_max)
    }
}

fn is_in(host: &str, zone: &str) -> bool {
    host.strip_suffix(zone).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(all: &[&str]) -> Vec<String> {
        all.iter().map(|one| one.to_string()).collect()
    }

    #[test]
    fn zones_that_matter() {
        let mut memory = Memory::new(1, 1000);
        assert_eq!(memory.zones_for("a.b.example", 0).0, None);
        let zones = texts(&["example", "b.example", "xb.example", "other.example", "c.example"]);
        memory.keep_zones(&zones, &texts(&["a.b.example", "c.example"]), 500);
        let fitting = |host, now| memory.zones_for(host, now);
        assert_eq!(fitting("a.b.example", 1499), (Some(texts(&["example", "b.example"])), false));
        assert_eq!(fitting("c.example", 1500), (Some(texts(&["example", "c.example"])), true));
        assert_eq!(fitting("c.elsewhere", 500), (Some(vec![]), false));
    }

    #[test]
    fn addresses() {
        let mut memory = Memory::new(300, 1);
        let [one, other] = ["192.0.2.1", "192.0.2.2"].map(|text| text.parse().unwrap());
        memory.put("a A", one, 0);
        let has = |memory: &Memory, cache_key, address, now| memory.has(cache_key, address, now);
        assert!(has(&memory, "a A", one, 299) && !has(&memory, "a A", other, 0));
        assert!(!has(&memory, "a A", one, 300) && !has(&memory, "a AAAA", one, 0));
        memory.forget("a A");
        assert!(!has(&memory, "a A", one, 0));
    }
}
