//! The IPv6 addresses by which the world reaches this machine, the best first.

use super::interfaces::{self, Listed, Unlisted};
use crate::error::Error;
use crate::os::{file, interface};
use crate::record::Candidate;
use crate::wire::rtnetlink::{self, Address, Family};
use std::cmp::Reverse;
use std::net::{IpAddr, Ipv6Addr};
use std::path::Path;

/// Where the kernel lists the addresses for those who may not ask it by netlink.
const PROC_LIST: &str = "/proc/net/if_inet6";

/// Which addresses will do.
pub struct Rules<'a> {
    /// None: those of all interfaces. Names of interfaces that are not there are no mistake: they
    /// may come.
    pub interfaces: &'a [String],
    pub unique_local: bool,
    pub loopback: bool,
}

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// The best first: global ones before others, then the longest preferred lifetime, the first
    /// interface, the lowest address.
    pub candidates: Vec<Candidate>,
    /// Whether they are all there were at one moment; else some may be missing.
    pub is_whole: bool,
    /// The others, and why.
    pub left_out: Vec<(Candidate, &'static str)>,
}

/// Looks at the addresses there are now.
///
/// # Errors
/// Local: the kernel does not tell. That says nothing about the addresses.
pub fn look(rules: &Rules) -> Result<Seen, Error> {
    let Listed { all, is_whole } = match interfaces::list(Family::V6) {
        Ok(listed) => listed,
        Err(why @ Unlisted::Failed(_)) => return Err(why.error()),
        Err(why @ Unlisted::NoNetlink(_)) => match file::text_of(Path::new(PROC_LIST)) {
            Ok(text) => Listed { all: rtnetlink::read_proc(&text), is_whole: true },
            Err(_) => return Err(why.error()),
        },
    };
    let kernel = interface::Interfaces::open()
        .map_err(|why| Error::local("cannot ask about interfaces", why))?;
    let name = |number| kernel.look(number).map(|(name, _)| name);
    Ok(Seen { is_whole, ..choose(rules, all, &name) })
}

fn choose(rules: &Rules, mut all: Vec<Address>, name: &dyn Fn(u32) -> Option<String>) -> Seen {
    all.sort_by_key(|one| {
        (reach(one.address), Reverse(one.preferred_lifetime()), one.interface, one.address)
    });
    let mut seen = Seen::default();
    let mut names: Vec<(u32, Option<String>)> = Vec::new();
    for one in all {
        let IpAddr::V6(address) = one.address else { continue };
        let known = names.iter().find(|(number, _)| *number == one.interface);
        let interface = match known {
            Some((_, name)) => name.clone(),
            None => {
                let name = name(one.interface);
                names.push((one.interface, name.clone()));
                name
            }
        };
        // An interface that is gone by now takes its addresses along.
        let Some(interface) = interface else { continue };
        let wanted = rules.interfaces.is_empty() || rules.interfaces.contains(&interface);
        let candidate = Candidate { address: one.address, interface };
        match objection(rules, address, &one) {
            _ if !wanted => {}
            Some(why) => seen.left_out.push((candidate, why)),
            None if seen.candidates.iter().any(|other| other.address == one.address) => {}
            None => seen.candidates.push(candidate),
        }
    }
    seen
}

/// The less, the farther away it can be used: what is only allowed must not beat what is good.
fn reach(address: IpAddr) -> u8 {
    match address {
        IpAddr::V6(v6) if v6.is_loopback() => 2,
        IpAddr::V6(v6) if v6.segments().first().is_some_and(|word| word & 0xfe00 == 0xfc00) => 1,
        _ => 0,
    }
}

fn objection(rules: &Rules, address: Ipv6Addr, one: &Address) -> Option<&'static str> {
    let by_address = match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] if rules.loopback => None,
        [0, 0, 0, 0, 0, 0, 0, 1] => Some("loopback"),
        [0x2000..=0x3fff, ..] => None,
        [0xfc00..=0xfdff, ..] if rules.unique_local => None,
        [0xfc00..=0xfdff, ..] => Some("unique local"),
        [0xfe80..=0xfebf, ..] => Some("link-local"),
        _ => Some("not global unicast"),
    };
    by_address.or_else(|| interfaces::objection_to_state(one))
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Rules = Rules { interfaces: &[], unique_local: false, loopback: false };

    fn seen(rules: &Rules, all: &[(&str, u32, u32)]) -> Vec<String> {
        let address = |&(text, interface, flags): &(&str, u32, u32)| {
            Address::of(text.parse().unwrap(), interface, flags)
        };
        let name = |number: u32| (number < 9).then(|| format!("wan{number}"));
        let seen = choose(rules, all.iter().map(address).collect(), &name);
        seen.candidates.iter().map(|one| format!("{} {}", one.address, one.interface)).collect()
    }

    #[test]
    fn only_what_the_world_can_use() {
        let all = [
            ("fe80::1", 1, 0),
            ("fd00::1", 1, 0),
            ("::1", 1, 0),
            ("ff02::1", 1, 0),
            ("::ffff:192.0.2.1", 1, 0),
            ("2001:db8::1", 1, 0x01),
            ("2001:db8::2", 1, 0x20),
            ("2001:db8::3", 1, 0x40),
            ("2001:db8::4", 1, 0x48),
            ("2001:db8::5", 9, 0),
            ("4000::1", 1, 0),
        ];
        assert_eq!(seen(&NONE, &all), [""; 0]);
        let ula = Rules { unique_local: true, ..NONE };
        assert_eq!(seen(&ula, &all), ["fd00::1 wan1"]);
        let loopback = Rules { loopback: true, ..NONE };
        assert_eq!(seen(&loopback, &all), ["::1 wan1"]);
        assert_eq!(seen(&NONE, &[("3fff::1", 1, 0), ("2000::1", 1, 0)]).len(), 2);
    }

    #[test]
    fn the_first_interface_and_the_lowest_address() {
        let all = [("2001:db8::2", 2, 0), ("2001:db8::9", 1, 0), ("2001:db8::3", 1, 0)];
        assert_eq!(seen(&NONE, &all), ["2001:db8::3 wan1", "2001:db8::9 wan1", "2001:db8::2 wan2"]);
        let named = ["wan2".to_string(), "ppp0".to_string()];
        let rules = Rules { interfaces: &named, ..NONE };
        assert_eq!(seen(&rules, &all), ["2001:db8::2 wan2"]);
        let all = [("fd00::1", 1, 0), ("::1", 1, 0), ("2001:db8::2", 2, 0)];
        let both = Rules { unique_local: true, loopback: true, ..NONE };
        assert_eq!(seen(&both, &all), ["2001:db8::2 wan2", "fd00::1 wan1", "::1 wan1"]);
        let twice = [("2001:db8::2", 2, 0), ("2001:db8::2", 1, 0)];
        assert_eq!(seen(&NONE, &twice), ["2001:db8::2 wan1"]);
    }
}
