//! Which IPv4 addresses are globally reachable and may be published.

use std::net::Ipv4Addr;

/// Why an address should not be published.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    pub message: &'static str,
    /// Whether it can be useful within a site, so that `--allowPrivate` publishes it.
    pub site: bool,
}

/// Kinds of blocks: the message, and whether such an address can be useful within a site.
const KINDS: &[(&str, bool)] = &[
    ("a private address (RFC 1918)", true),
    ("a carrier-grade NAT address (RFC 6598)", true),
    ("a loopback address", true),
    ("a link-local address (RFC 3927)", true),
    ("an IETF protocol assignment (RFC 6890)", true),
    ("a 6to4 relay address (RFC 7526)", true),
    ("a benchmarking address (RFC 2544)", true),
    ("not a host address (RFC 791)", false),
    ("a multicast address", false),
    ("a reserved address", false),
    ("a Cloudflare address (the query was proxied or intercepted)", true),
    ("a public resolver's address (the query was proxied or intercepted)", true),
];

/// Refused blocks: first address, prefix length, index into [`KINDS`].
///
/// Those up to [`KINDS`] 9 are not globally reachable (IANA IPv4 Special-Purpose Address Registry,
/// RFC 6890). The documentation blocks (RFC 5737) are accepted on purpose: they are assigned to no
/// one, and examples and test networks use them. The others are never a customer's address:
/// Cloudflare's published proxies (cloudflare.com/ips-v4), WARP's exits and its resolvers, then the
/// resolvers of Google, Quad9 and OpenDNS. A proxied or intercepted query returns one of them.
const BLOCKS: &[([u8; 4], u8, u8)] = &[
    ([10, 0, 0, 0], 8, 0),
    ([172, 16, 0, 0], 12, 0),
    ([192, 168, 0, 0], 16, 0),
    ([100, 64, 0, 0], 10, 1),
    ([127, 0, 0, 0], 8, 2),
    ([169, 254, 0, 0], 16, 3),
    ([192, 0, 0, 0], 24, 4),
    ([192, 88, 99, 0], 24, 5),
    ([198, 18, 0, 0], 15, 6),
    ([0, 0, 0, 0], 8, 7),
    ([224, 0, 0, 0], 4, 8),
    ([240, 0, 0, 0], 4, 9),
    ([173, 245, 48, 0], 20, 10),
    ([103, 21, 244, 0], 22, 10),
    ([103, 22, 200, 0], 22, 10),
    ([103, 31, 4, 0], 22, 10),
    ([141, 101, 64, 0], 18, 10),
    ([108, 162, 192, 0], 18, 10),
    ([190, 93, 240, 0], 20, 10),
    ([188, 114, 96, 0], 20, 10),
    ([197, 234, 240, 0], 22, 10),
    ([198, 41, 128, 0], 17, 10),
    ([162, 158, 0, 0], 15, 10),
    ([104, 16, 0, 0], 13, 10),
    ([104, 24, 0, 0], 14, 10),
    ([104, 28, 0, 0], 16, 10),
    ([172, 64, 0, 0], 13, 10),
    ([131, 0, 72, 0], 22, 10),
    ([1, 1, 1, 0], 24, 11),
    ([1, 0, 0, 0], 24, 11),
    ([8, 8, 8, 8], 32, 11),
    ([8, 8, 4, 4], 32, 11),
    ([9, 9, 9, 9], 32, 11),
    ([9, 9, 9, 10], 31, 11),
    ([149, 112, 112, 112], 32, 11),
    ([149, 112, 112, 10], 31, 11),
    ([208, 67, 222, 222], 32, 11),
    ([208, 67, 220, 220], 32, 11),
    ([208, 67, 222, 220], 32, 11),
    ([208, 67, 220, 222], 32, 11),
    ([208, 67, 222, 123], 32, 11),
    ([208, 67, 220, 123], 32, 11),
];

/// Why `address` must not be published, if so.
pub fn unusable_reason(address: Ipv4Addr) -> Option<Reason> {
    let within = |&&(block, length, _): &&([u8; 4], u8, u8)| {
        (address.to_bits() ^ u32::from_be_bytes(block)) >> (32 - u32::from(length)) == 0
    };
    let &(_, _, kind) = BLOCKS.iter().find(within)?;
    KINDS.get(usize::from(kind)).map(|&(message, site)| Reason { message, site })
}

#[cfg(test)]
mod tests {
    use super::unusable_reason;

    #[test]
    fn edges_of_the_blocks() {
        for good in [
            "1.1.2.1",
            "1.0.1.1",
            "8.8.8.9",
            "9.9.9.12",
            "104.15.255.255",
            "104.29.0.0",
            "162.160.0.0",
            "172.72.0.0",
            "173.245.64.0",
            "208.67.222.221",
            "9.255.255.255",
            "11.0.0.0",
            "172.15.255.255",
            "172.32.0.0",
            "192.167.255.255",
            "192.169.0.0",
            "100.63.255.255",
            "100.128.0.0",
            "126.255.255.255",
            "128.0.0.0",
            "169.253.255.255",
            "169.255.0.0",
            "192.0.1.0",
            "198.17.255.255",
            "198.20.0.0",
            "223.255.255.255",
            "192.0.2.1",
            "198.51.100.1",
            "203.0.113.7",
        ] {
            assert_eq!(unusable_reason(good.parse().unwrap()), None, "{good}");
        }
        for site in [
            "10.0.0.0",
            "10.255.255.255",
            "172.16.0.0",
            "172.31.255.255",
            "192.168.1.2",
            "100.64.0.0",
            "100.127.255.255",
            "127.0.0.1",
            "169.254.1.1",
            "192.0.0.1",
            "192.88.99.1",
            "198.18.0.1",
            "198.19.255.255",
            "162.158.0.1",
            "162.159.255.255",
            "104.16.0.0",
            "104.28.255.255",
            "172.64.0.1",
            "131.0.75.255",
            "198.41.128.0",
            "1.1.1.1",
            "1.0.0.1",
            "8.8.8.8",
            "8.8.4.4",
            "9.9.9.9",
            "9.9.9.11",
            "149.112.112.10",
            "208.67.220.123",
        ] {
            assert!(unusable_reason(site.parse().unwrap()).unwrap().site, "{site}");
        }
        for never in
            ["0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"]
        {
            assert!(!unusable_reason(never.parse().unwrap()).unwrap().site, "{never}");
        }
    }
}
