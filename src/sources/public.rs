//! Which IPv4 addresses can be reached from everywhere, and so may stand in a public name.

use std::net::Ipv4Addr;

/// Why an address is of no use to the public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reason {
    pub words: &'static str,
    /// Whether it could be of use within a site, to somebody who asks for that.
    pub site: bool,
}

/// Blocks that are not globally reachable (IANA IPv4 Special-Purpose Address Registry, RFC 6890),
/// with their prefix lengths. The documentation blocks (RFC 5737) are left out on purpose: nobody
/// is given one, and examples and test networks are made of them.
const BLOCKS: &[(Ipv4Addr, u32, &str, bool)] = &[
    (Ipv4Addr::new(10, 0, 0, 0), 8, "a private address (RFC 1918)", true),
    (Ipv4Addr::new(172, 16, 0, 0), 12, "a private address (RFC 1918)", true),
    (Ipv4Addr::new(192, 168, 0, 0), 16, "a private address (RFC 1918)", true),
    (Ipv4Addr::new(100, 64, 0, 0), 10, "a carrier-grade NAT address (RFC 6598)", true),
    (Ipv4Addr::new(127, 0, 0, 0), 8, "a loopback address", true),
    (Ipv4Addr::new(169, 254, 0, 0), 16, "a link-local address (RFC 3927)", true),
    (Ipv4Addr::new(192, 0, 0, 0), 24, "an IETF protocol assignment (RFC 6890)", true),
    (Ipv4Addr::new(192, 88, 99, 0), 24, "a 6to4 relay address (RFC 7526)", true),
    (Ipv4Addr::new(198, 18, 0, 0), 15, "a benchmarking address (RFC 2544)", true),
    (Ipv4Addr::new(0, 0, 0, 0), 8, "no address of a host (RFC 791)", false),
    (Ipv4Addr::new(224, 0, 0, 0), 4, "a multicast address", false),
    (Ipv4Addr::new(240, 0, 0, 0), 4, "a reserved address", false),
];

/// Why `address` must not be published; nothing where it may be.
pub fn objection(address: Ipv4Addr) -> Option<Reason> {
    let within = |&&(block, length, _, _): &&(Ipv4Addr, u32, _, _)| {
        (address.to_bits() ^ block.to_bits()) >> (32 - length) == 0
    };
    BLOCKS.iter().find(within).map(|&(_, _, words, site)| Reason { words, site })
}

#[cfg(test)]
mod tests {
    use super::objection;

    #[test]
    fn edges_of_the_blocks() {
        for good in [
            "1.1.1.1",
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
            assert_eq!(objection(good.parse().unwrap()), None, "{good}");
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
        ] {
            assert!(objection(site.parse().unwrap()).unwrap().site, "{site}");
        }
        for never in
            ["0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255"]
        {
            assert!(!objection(never.parse().unwrap()).unwrap().site, "{never}");
        }
    }
}
