//! The IPv6 addresses by which the env reaches this machine, the best first.

use super::interfaces::{self, Listed, Unlisted};
use crate::error::Error;
use crate::os::file;
use crate::os::interface::{Interface, Interfaces};
use crate::record::Candidate;
use crate::wire::rtnetlink::{self, Address, Family};
use std::net::{IpAddr, Ipv6Addr};
use std::path::Path;

/// Where the kernel lists the addresses for those who may not ask it by netlink.
const PROC_LIST: &str = "/proc/net/if_inet6";

/// How many of the addresses are put in order; the first is the best one, the others are next.
const ORDERED_MAX: usize = 16;

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

/// The place of an address in the order of choice, the least first.
#[derive(Clone, Copy)]
struct Rank {
    /// How far away it can be used, and how reliably; the best first. What is only allowed must
    /// not beat what is good, and a relay on the way not what needs none.
    class: u32,
    /// Where interfaces are named, in their order, else whether the default route leads there.
    place: u32,
    /// Whether its prefix is withdrawn.
    withdrawn: u32,
    /// Of its preferred lifetime what is missing to for ever.
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

    /// Whether an address of this rank stays published although `best` is there.
    fn stays_beside(&self, best: &Rank) -> bool {
        self.class == best.class && self.withdrawn <= best.withdrawn
    }
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
    let mut seen = choose(rules, &all, &default, &|number| kernel.look(number));
    seen.is_whole = is_whole;
    for name in rules.interfaces {
        if !kernel.has(name) {
            seen.absent.push(name.clone());
        }
    }
    Ok(seen)
}

/// The names of the interfaces there are, for somebody who has named one that is not there.
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
    let mut undecided: Option<(u32, IpAddr)> = None;
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
        // An interface that is gone by now takes its addresses along.
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
        match interfaces::objection_to_state(one) {
            Some(why) => {
                // Where no cable is in, detection does not begin.
                let counts = interfaces::is_undecided(one) && interface.is_running;
                if counts && undecided.is_none_or(|other| (class, one.address) < other) {
                    undecided = Some((class, one.address));
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
    bring_forward(&mut usable);
    let best = usable.first().map(|(rank, _)| *rank);
    let is_better = |class| best.is_none_or(|best| class < best.class);
    seen.awaited = undecided.filter(|(class, _)| is_better(*class)).map(|(_, address)| address);
    for (rank, candidate) in usable {
        if !best.is_some_and(|best| rank.stays_beside(&best)) {
            seen.left_out.push((candidate, "there is a better one"));
        } else if !seen.candidates.iter().any(|other| other.address == candidate.address) {
            seen.candidates.push(candidate);
        }
    }
    seen
}

/// Orders the first of them, as many as matter. (A sort would be ten times the code.)
fn bring_forward(usable: &mut [(Rank, Candidate)]) {
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

/// The class of an address, or why it will not do.
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
