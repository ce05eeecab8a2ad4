//! Who counts as one caller when connections, queue and workers are shared out.

use std::net::IpAddr;

/// An IPv4 address, or an IPv6 network of 64 bits: what one subscriber has at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Peer(u64);

impl Peer {
    pub fn of(address: IpAddr) -> Peer {
        Peer(match address.to_canonical() {
            IpAddr::V4(four) => u32::from(four).into(),
            IpAddr::V6(six) => (u128::from(six) >> 64) as u64,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_the_same() {
        let peer = |text: &str| Peer::of(text.parse().unwrap());
        assert_eq!(peer("192.0.2.1"), peer("::ffff:192.0.2.1"));
        assert_eq!(peer("2001:db8::1"), peer("2001:db8::ffff:2:3:4"));
        for (one, other) in [("192.0.2.1", "192.0.2.2"), ("2001:db8::1", "2001:db8:0:1::1")] {
            assert_ne!(peer(one), peer(other));
        }
    }
}
