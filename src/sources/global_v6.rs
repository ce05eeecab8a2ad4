//! The IPv6 addresses at which this machine is reachable from the Internet, best first.

use super::interfaces::{self, AddressList, ListError};
use crate::error::Error;
use crate::os::file;
use crate::os::interface::{Interface, Interfaces};
use crate::record::Candidate;
use crate::wire::rtnetlink::{self, Address, Family};
use std::net::{IpAddr, Ipv6Addr};
use std::path::Path;

/// The kernel's list of addresses, for systems without access to netlink.
const PROC_LIST: &str = "/proc/net/if_inet6";

/// How many of the addresses are sorted, from the best one on.
const ORDERED_MAX: usize = 16;

/// Which addresses are acceptable.
pub struct Rules<'a> {
    /// Empty: all interfaces. A named interface may be missing, as it may come up later.
    pub interfaces: &'a [String],
    pub unique_local: bool,
    pub loopback: bool,
}

/// The result of a scan.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Seen {
    /// Those of the best class and prefix, best first (see [`Rank`]): a published address is kept
    /// as long as it is one of these.
    pub candidates: Vec<Candidate>,
    /// Whether the list is consistent; else some may be missing.
    pub is_whole: bool,
    /// A tentative address of a better class.
    pub awaited: Option<IpAddr>,
    /// The other addresses with the reasons.
    pub left_out: Vec<(Candidate, &'static str)>,
    /// Named interfaces that do not exist.
    pub absent: Vec<String>,
}

/// The sort key of an address; the lowest is the best.
#[derive(Clone, Copy)]
struct Rank {
    /// By reach and reliability: a native address before one that needs a relay, and that before
    /// one that is only allowed by an option.
    class: u32,
    /// Position in the list of named interfaces, else whether the default route uses another one.
    place: u32,
    /// Whether its prefix was withdrawn.
    withdrawn: u32,
    /// How much its preferred lifetime is below infinity.
    shortfall: u32,
    address: Ipv6Addr,
}

const NATIVE: u32 = 0;
const SIX_TO_FOUR: u32 = 1;
const TEREDO: u32 = 2;
const UNIQUE_LOCAL: u32 = 3;
const LOOPBACK: u32 = 4;

impl Rank {
    fn is_before(&self, other: &Rank) -> bool {
        let numbers = |one: &Rank| [one.class, one.place, one.withdrawn, one.shortfall];
        let (mine, others) = (numbers(self), numbers(other));
        for (one, other) in mine.iter().zip(&others) {
            if one != other {
                return one < other;
            }
        }
        self.address.octets() < other.address.octets()
    }

    /// Whether a published address of this rank is kept beside `best`.
    fn may_stay(&self, best: &Rank) -> bool {
        self.class == best.class && self.withdrawn <= best.withdrawn
    }
}

/// Scans the current addresses.
///
/// # Errors
/// Local: the kernel does not answer, which says nothing about the addresses.
pub fn look(rules: &Rules) -> Result<Seen, Error> {
    let AddressList { all, is_complete } = match interfaces::list(Family::V6) {
        Ok(listed) => listed,
        Err(why @ ListError::Failed(_)) => return Err(why.error()),
        Err(why @ ListError::NoNetlink(_)) => match file::text_of(Path::new(PROC_LIST)) {
            Ok(text) => AddressList { all: rtnetlink::read_proc(&text), is_complete: true },
            Err(_) => return Err(why.error()),
        },
    };
    let kernel =
        Interfaces::open().map_err(|why| Error::local("cannot ask about interfaces", why))?;
    let default = match rules.interfaces {
        [] => interfaces::of_default_route(),
        _ => Vec::new(),
    };
    let mut seen = choose(rules, &all, &default, &|number| kernel.look(number));
    seen.is_whole = is_complete;
    for name in rules.interfaces {
        if !kernel.has(name) {
            seen.absent.push(name.clone());
        }
    }
    Ok(seen)
}

/// The names of the existing interfaces, for a message about one that does not exist.
pub fn interfaces_there() -> String {
    Interfaces::open().map(|kernel| kernel.names()).unwrap_or_default()
}

fn choose(
    rules: &Rules,
    all: &[Address],
    default: &[u32],
    look: &dyn Fn(u32) -> Option<Interface>,
) -> Seen {
    let mut seen = Seen::default();
    let mut usable: Vec<(Rank, Candidate)> = Vec::new();
    let mut tentative: Option<(u32, IpAddr)> = None;
    let mut known: Vec<(u32, Option<Interface>)> = Vec::new();
    let mut withdrawals: Vec<&Address> = Vec::new();
    for one in all {
        if one.shows_withdrawal() {
            withdrawals.push(one);
        }
    }
    for one in all {
        let IpAddr::V6(address) = one.address else { continue };
        let number = one.interface;
        let place = known.iter().position(|(other, _)| *other == number).unwrap_or_else(|| {
            known.push((number, look(number)));
            known.len() - 1
        });
        // The interface may be gone by now, and its addresses with it.
        let Some((_, Some(interface))) = known.get(place) else { continue };
        let place = match rules.interfaces {
            [] => usize::from(!default.contains(&number)),
            named => match named.iter().position(|name| *name == interface.name) {
                Some(place) => place,
                None => continue,
            },
        } as u32;
        let candidate = Candidate { address: one.address, interface: interface.name.clone() };
        let class = match class_of(rules, address) {
            Ok(class) => class,
            Err(why) => {
                seen.left_out.push((candidate, why));
                continue;
            }
        };
        match interfaces::unusable_state(one) {
            Some(why) => {
                // Without a carrier, detection does not start.
                let counts = interfaces::may_become_usable(one) && interface.is_running;
                if counts && tentative.is_none_or(|other| (class, one.address) < other) {
                    tentative = Some((class, one.address));
                }
                seen.left_out.push((candidate, why));
            }
            None => {
                let withdrawn = withdrawals.iter().any(|other| other.shares_prefix_with(one));
                let rank = Rank {
                    class,
                    place,
                    withdrawn: withdrawn.into(),
                    shortfall: !one.preferred_lifetime(),
                    address,
                };
                usable.push((rank, candidate));
            }
        }
    }
    order_first(&mut usable);
    let best = usable.first().map(|(rank, _)| *rank);
    let is_better = |class| best.is_none_or(|best| class < best.class);
    seen.awaited = tentative.filter(|(class, _)| is_better(*class)).map(|(_, address)| address);
    for (rank, candidate) in usable {
        if !best.is_some_and(|best| rank.may_stay(&best)) {
            seen.left_out.push((candidate, "there is a better one"));
        } else if !seen.candidates.iter().any(|other| other.address == candidate.address) {
            seen.candidates.push(candidate);
        }
    }
    seen
}

/// Sorts the first [`ORDERED_MAX`] by selection; std's sort would take ten times the code.
fn order_first(usable: &mut [(Rank, Candidate)]) {
    for place in 0..usable.len().min(ORDERED_MAX) {
        let mut rest = usable.iter().enumerate().skip(place);
        let Some((mut at, (first, _))) = rest.next() else { return };
        let mut least = first;
        for (other, (rank, _)) in rest {
            if rank.is_before(least) {
                (at, least) = (other, rank);
            }
        }
        usable.swap(place, at);
    }
}

/// The class of an address, or why it is not acceptable.
fn class_of(rules: &Rules, address: Ipv6Addr) -> Result<u32, &'static str> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] if rules.loopback => Ok(LOOPBACK),
        [0, 0, 0, 0, 0, 0, 0, 1] => Err("loopback"),
        [0x2002, ..] => Ok(SIX_TO_FOUR),
        [0x2001, 0, ..] => Ok(TEREDO),
        [0x2000..=0x3fff, ..] => Ok(NATIVE),
        [0xfc00..=0xfdff, ..] if rules.unique_local => Ok(UNIQUE_LOCAL),
        [0xfc00..=0xfdff, ..] => Err("unique local"),
        [0xfe80..=0xfebf, ..] => Err("link-local"),
        _ => Err("not global unicast"),
    }
}

#[cfg(test)]
mod tests;
