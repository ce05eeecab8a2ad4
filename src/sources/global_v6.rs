//! The IPv6 addresses by which the world reaches this machine, the best first.

use super::interfaces::{self, Listed, Unlisted};
use crate::error::Error;
use crate::os::file;
use crate::os::interface::{Interface, Interfaces};
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
    /// Those of the best class and prefix there is, the best first (see [`Rank`]): as long as it is
    /// one of these, an address that is published already stays.
    pub candidates: Vec<Candidate>,
    /// Whether they are all there were at one moment; else some may be missing.
    pub is_whole: bool,
    /// One of a better class that is not yet checked for duplicates.
    pub awaited: Option<IpAddr>,
    /// The others, and why.
    pub left_out: Vec<(Candidate, &'static str)>,
    /// The interfaces that were named and are not there.
    pub absent: Vec<String>,
}

/// The order of choice, the least first: class; place of the interface (where some are named, in
/// their order, else whether the default route leads there); whether the prefix is withdrawn; the
/// longest preferred lifetime; the lowest address.
type Rank = (Class, usize, bool, Reverse<u32>, IpAddr);

/// How far away an address can be used, and how reliably; the best first. What is only allowed must
/// not beat what is good, and a relay on the way not what needs none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Class {
    Native,
    SixToFour,
    Teredo,
    UniqueLocal,
    Loopback,
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
    let kernel =
        Interfaces::open().map_err(|why| Error::local("cannot ask about interfaces", why))?;
    let default = match rules.interfaces {
        [] => interfaces::of_default_route(),
        _ => Vec::new(),
    };
    let absent = rules.interfaces.iter().filter(|name| !kernel.has(name)).cloned().collect();
    let seen = choose(rules, &all, &default, &|number| kernel.look(number));
    Ok(Seen { is_whole, absent, ..seen })
}

/// The names of the interfaces there are, for somebody who has named one that is not there.
pub fn interfaces_there() -> String {
    Interfaces::open().map(|kernel| kernel.names().join(", ")).unwrap_or_default()
}

fn choose(
    rules: &Rules,
    all: &[Address],
    default: &[u32],
    look: &dyn Fn(u32) -> Option<Interface>,
) -> Seen {
    let mut seen = Seen::default();
    let mut usable: Vec<(Rank, Candidate)> = Vec::new();
    let mut undecided: Vec<(Class, IpAddr)> = Vec::new();
    let mut known: Vec<(u32, Option<Interface>)> = Vec::new();
    let withdrawals: Vec<&Address> = all.iter().filter(|one| one.shows_withdrawal()).collect();
    for one in all {
        let IpAddr::V6(address) = one.address else { continue };
        let number = one.interface;
        let place = known.iter().position(|(other, _)| *other == number).unwrap_or_else(|| {
            known.push((number, look(number)));
            known.len() - 1
        });
        // An interface that is gone by now takes its addresses along.
        let Some((_, Some(interface))) = known.get(place) else { continue };
        let place = match rules.interfaces {
            [] => Some(usize::from(!default.contains(&number))),
            named => named.iter().position(|name| *name == interface.name),
        };
        let Some(place) = place else { continue };
        let candidate = Candidate { address: one.address, interface: interface.name.clone() };
        let class = match class_of(rules, address) {
            Ok(class) => class,
            Err(why) => {
                seen.left_out.push((candidate, why));
                continue;
            }
        };
        match interfaces::objection_to_state(one) {
            Some(why) => {
                // Where no cable is in, detection does not begin.
                if interfaces::is_undecided(one) && interface.is_running {
                    undecided.push((class, one.address));
                }
                seen.left_out.push((candidate, why));
            }
            None => {
                let withdrawn = withdrawals.iter().any(|other| other.shares_prefix_with(one));
                let lifetime = Reverse(one.preferred_lifetime());
                usable.push(((class, place, withdrawn, lifetime, one.address), candidate));
            }
        }
    }
    usable.sort_unstable_by_key(|(rank, _)| *rank);
    let best = usable.first().map(|((class, _, withdrawn, ..), _)| (*class, *withdrawn));
    let better = |&(class, _): &(Class, IpAddr)| best.is_none_or(|(best, _)| class < best);
    seen.awaited = undecided.into_iter().filter(better).min().map(|(_, address)| address);
    for ((class, _, withdrawn, ..), candidate) in usable {
        let is_as_good = best.is_some_and(|best| (class, withdrawn) <= best);
        if !is_as_good {
            seen.left_out.push((candidate, "there is a better one"));
        } else if !seen.candidates.iter().any(|other| other.address == candidate.address) {
            seen.candidates.push(candidate);
        }
    }
    seen
}

/// The class of an address, or why it will not do.
fn class_of(rules: &Rules, address: Ipv6Addr) -> Result<Class, &'static str> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] if rules.loopback => Ok(Class::Loopback),
        [0, 0, 0, 0, 0, 0, 0, 1] => Err("loopback"),
        [0x2002, ..] => Ok(Class::SixToFour),
        [0x2001, 0, ..] => Ok(Class::Teredo),
        [0x2000..=0x3fff, ..] => Ok(Class::Native),
        [0xfc00..=0xfdff, ..] if rules.unique_local => Ok(Class::UniqueLocal),
        [0xfc00..=0xfdff, ..] => Err("unique local"),
        [0xfe80..=0xfebf, ..] => Err("link-local"),
        _ => Err("not global unicast"),
    }
}

#[cfg(test)]
mod tests;
