//! /etc/hosts (hosts(5)): the names of an address.

use std::net::IpAddr;

/// The entries for one host.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Hosts<'a> {
    /// The names of its address, the canonical one first.
    pub names: Vec<&'a str>,
    /// Whether its own name is in the file.
    pub is_listed: bool,
}

/// Looks up `address`, to which `name` was resolved; the first line with it counts, as for
/// gethostbyaddr(3). Without an address, looks up `name`, ignoring case: not every C library does.
pub fn find<'a>(text: &'a str, name: &str, address: Option<IpAddr>) -> Hosts<'a> {
    let mut hosts = Hosts::default();
    for line in text.lines() {
        let line = line.split('#').next().unwrap_or_default();
        let mut message = line.split_ascii_whitespace();
        let Some(of) = message.next().and_then(|word| word.parse::<IpAddr>().ok()) else {
            continue;
        };
        let has_name = message.clone().any(|one| one.eq_ignore_ascii_case(name));
        hosts.is_listed |= has_name;
        if hosts.names.is_empty() && address.map_or(has_name, |address| address == of) {
            hosts.names = message.collect();
        }
    }
    hosts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_an_address() {
        let text = "# 192.0.2.1 comment.example.com\n192.0.2.1 # nothing\nnonsense host\n\
                    127.0.0.1\tlocalhost\n192.0.2.1\thost host.example.com # host2\n\
                    192.0.2.1 other.example.com\n::1 localhost six\n";
        let look = |name, address: &str| {
            let hosts = find(text, name, address.parse().ok());
            (hosts.names.join(" "), hosts.is_listed)
        };
        assert_eq!(look("HOST", "192.0.2.1"), ("host host.example.com".into(), true));
        assert_eq!(look("host2", "192.0.2.1"), ("host host.example.com".into(), false));
        assert_eq!(look("six", "::1"), ("localhost six".into(), true));
        assert_eq!(look("six", "192.0.2.2"), (String::new(), true));
        assert_eq!(look("HOST", ""), ("host host.example.com".into(), true));
        assert_eq!(look("nobody", ""), (String::new(), false));
    }
}
