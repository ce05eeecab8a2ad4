//! The client's address: the peer's, or the one a proxy forwards.

use crate::text::decimal;
use crate::wire::http::Request;
use std::net::IpAddr;

/// A range of addresses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    prefix: u8,
}

impl Network {
    /// `ADDRESS/PREFIX` or a single address; host bits are ignored.
    pub fn parse(text: &str) -> Option<Network> {
        let (address, prefix) = match text.split_once('/') {
            Some((address, prefix)) => (address, Some(prefix)),
            None => (text, None),
        };
        let given: IpAddr = address.parse().ok()?;
        let address = given.to_canonical();
        let most = if address.is_ipv4() { 32 } else { 128 };
        let Some(prefix) = prefix else { return Some(Network { address, prefix: most }) };
        let prefix = decimal::number(prefix).and_then(|prefix| u8::try_from(prefix).ok())?;
        // An IPv4-mapped network, in ::ffff:0:0/96.
        let prefix = if given == address { prefix } else { prefix.checked_sub(96)? };
        (prefix <= most).then_some(Network { address, prefix })
    }

    pub fn has(self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(one), IpAddr::V4(other)) => {
                is_within(&one.octets(), &other.octets(), self.prefix)
            }
            (IpAddr::V6(one), IpAddr::V6(other)) => {
                is_within(&one.octets(), &other.octets(), self.prefix)
            }
            _ => false,
        }
    }
}

fn is_within(one: &[u8], other: &[u8], prefix: u8) -> bool {
    let mut left = u32::from(prefix);
    one.iter().zip(other).all(|(a, b)| {
        let bits = left.min(8);
        left -= bits;
        (a ^ b).checked_shr(8 - bits).unwrap_or(0) == 0
    })
}

/// The client's address; None if a header has one that is malformed.
///
/// Without a list of trusted proxies every peer is trusted: `X-Real-Ip`, then the first entry of
/// `X-Forwarded-For`. With a list, headers count only from these, and of `X-Forwarded-For` the last
/// entry that is not a trusted proxy. For a direct connection it is the peer's.
pub fn address(request: &Request, proxies: Option<&[Network]>) -> Option<IpAddr> {
    let real = request.header("x-real-ip").filter(|value| !value.is_empty());
    let forwarded = forwarded(request);
    let Some(proxies) = proxies else {
        return match (real, forwarded.first()) {
            (Some(named), _) => read(named),
            (None, Some(named)) => read(named),
            (None, None) => Some(request.peer),
        };
    };
    let is_proxy = |address: IpAddr| proxies.iter().any(|network| network.has(address));
    if !is_proxy(request.peer) {
        return Some(request.peer);
    }
    let mut seen = None;
    for named in forwarded.iter().rev() {
        let address = read(named)?;
        seen = Some(address);
        if !is_proxy(address) {
            return seen;
        }
    }
    match (seen, real) {
        (Some(seen), _) => Some(seen),
        (None, Some(named)) => read(named),
        (None, None) => Some(request.peer),
    }
}

/// The entries of all `X-Forwarded-For` fields, in order.
fn forwarded(request: &Request) -> Vec<&str> {
    let fields = request.headers.iter().filter(|(name, _)| name == "x-forwarded-for");
    let entries = fields.flat_map(|(_, value)| value.split(','));
    entries.map(str::trim_ascii).filter(|entry| !entry.is_empty()).collect()
}

/// An address, optionally in brackets and with a port, as some proxies send it.
fn read(text: &str) -> Option<IpAddr> {
    let address = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        None => match text.split_once(':') {
            Some((address, port)) if !port.contains(':') => address,
            _ => text,
        },
    };
    address.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(peer: &str, headers: &[(&str, &str)]) -> Request {
        let owned = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
        Request {
            method: "GET".into(),
            path: "/".into(),
            query: String::new(),
            headers: headers.iter().map(owned).collect(),
            body: vec![],
            peer: peer.parse().unwrap(),
        }
    }

    const REAL: &str = "x-real-ip";
    const FORWARDED: &str = "x-forwarded-for";

    #[test]
    fn everybody_is_believed() {
        for (headers, caller) in [
            (&[][..], Some("192.0.2.1")),
            (&[(REAL, "198.51.100.1"), (FORWARDED, "198.51.100.2")], Some("198.51.100.1")),
            (&[(REAL, ""), (FORWARDED, " 198.51.100.2 , 10.0.0.1")], Some("198.51.100.2")),
            (&[(FORWARDED, ""), (FORWARDED, "2001:db8::1")], Some("2001:db8::1")),
            (&[(REAL, "::ffff:198.51.100.1")], Some("198.51.100.1")),
            (&[(REAL, "198.51.100.1:4711")], Some("198.51.100.1")),
            (&[(REAL, "[2001:db8::1]:4711")], Some("2001:db8::1")),
            (&[(REAL, "unknown"), (FORWARDED, "198.51.100.2")], None),
            (&[(FORWARDED, "unknown, 198.51.100.2")], None),
        ] {
            let caller = caller.map(|text| text.parse().unwrap());
            assert_eq!(address(&request("192.0.2.1", headers), None), caller, "{headers:?}");
        }
    }

    #[test]
    fn only_proxies_are_believed() {
        let proxies = ["10.0.0.0/8", "2001:db8:1::/48"].map(|text| Network::parse(text).unwrap());
        for (peer, headers, caller) in [
            ("192.0.2.1", &[(REAL, "1.1.1.1"), (FORWARDED, "1.1.1.1")][..], Some("192.0.2.1")),
            ("10.0.0.1", &[(FORWARDED, "1.1.1.1, 198.51.100.2, 10.0.0.9")], Some("198.51.100.2")),
            ("2001:db8:1::9", &[(FORWARDED, "1.1.1.1, 198.51.100.2")], Some("198.51.100.2")),
            ("10.0.0.1", &[(FORWARDED, "1.1.1.1"), (FORWARDED, "2.2.2.2")], Some("2.2.2.2")),
            ("10.0.0.1", &[(REAL, "1.1.1.1"), (FORWARDED, "2.2.2.2")], Some("2.2.2.2")),
            ("10.0.0.1", &[(FORWARDED, "10.0.0.3, 10.0.0.2")], Some("10.0.0.3")),
            ("10.0.0.1", &[(REAL, "1.1.1.1")], Some("1.1.1.1")),
            ("10.0.0.1", &[], Some("10.0.0.1")),
            ("10.0.0.1", &[(FORWARDED, "1.1.1.1, unknown")], None),
            ("10.0.0.1", &[(FORWARDED, "unknown, 1.1.1.1")], Some("1.1.1.1")),
        ] {
            let caller = caller.map(|text| text.parse().unwrap());
            let found = address(&request(peer, headers), Some(&proxies));
            assert_eq!(found, caller, "{peer} {headers:?}");
        }
    }

    #[test]
    fn networks() {
        for (network, inside, outside) in [
            ("10.0.0.0/8", "10.255.0.1", "11.0.0.1"),
            ("10.1.2.3/9", "10.127.0.1", "10.128.0.1"),
            ("192.0.2.1", "192.0.2.1", "192.0.2.2"),
            ("0.0.0.0/0", "255.0.0.1", "::1"),
            ("::/0", "2001:db8::1", "192.0.2.1"),
            ("2001:db8::/33", "2001:db8:7fff::1", "2001:db8:8000::1"),
            ("::ffff:10.0.0.0/104", "10.1.1.1", "11.0.0.1"),
            ("10.0.0.0/8", "::ffff:10.1.1.1", "::10.1.1.1"),
        ] {
            let range = Network::parse(network).unwrap();
            let has = |text: &str| range.has(text.parse().unwrap());
            assert_eq!((has(inside), has(outside)), (true, false), "{network}");
        }
        for bad in [
            "",
            "10.0.0.0/33",
            "::/129",
            "10.0.0.0/",
            "10.0.0.0/+8",
            "10/8",
            "a/8",
            "::ffff:10.0.0.0/8",
        ] {
            assert_eq!(Network::parse(bad), None, "{bad}");
        }
    }
}
