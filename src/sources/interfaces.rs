//! The addresses of this machine's own interfaces, asked of the kernel by netlink.

use crate::env::Env;
use crate::error::{Error, Kind};
use crate::os::{interface, netlink};
use crate::text::printable;
use crate::wire::rtnetlink::{self, Address, Family, Said};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How often the list is asked for anew because it changed while it was told.
const DUMPS_MAX: u32 = 5;
/// How long the kernel may be silent, in seconds.
const KERNEL_SECONDS_MAX: u32 = 5;
/// How long the kernel may look for duplicates of an address, and how often it is asked meanwhile.
const DETECTION_MILLISECONDS: u32 = 3_000;
const LOOK_AGAIN_MILLISECONDS: u32 = 200;
/// How much of a name that is no interface's is shown, in characters.
const INTERFACE_CHARACTERS_MAX: usize = 80;
/// How much of the routes is read, in datagrams.
const ROUTE_DATAGRAMS_MAX: u32 = 64;
/// More addresses than this are not listed: then something is wrong with this machine.
const ADDRESSES_MAX: usize = 10_000;

/// An address with its interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    pub interface: String,
    pub address: IpAddr,
    /// Why it is of no use as an address others reach this machine at, or nothing.
    pub objection: Option<&'static str>,
    /// Whether that may change within seconds: the kernel still looks for a duplicate.
    pub is_undecided: bool,
}

/// The addresses of the interfaces `named`, or of all where none is named, as the kernel orders
/// them. Those of an interface that is down are told with that objection.
///
/// # Errors
/// Local: a name is not that of an interface, or the kernel does not answer.
pub fn look(named: &[String]) -> Result<Vec<Found>, Error> {
    let mut numbers = Vec::new();
    for name in named {
        numbers.push(interface::number(name).ok_or_else(|| no_such(name))?);
    }
    let listed = list(Family::Both).map_err(Unlisted::error)?;
    if !listed.is_whole {
        let message = "this machine's addresses change all the time, which cannot be listed.";
        return Err(Error::new(Kind::Unavailable, message));
    }
    let mut found = Vec::new();
    let kernel = interface::Interfaces::open()
        .map_err(|why| Error::local("cannot ask about interfaces", why))?;
    let mut known: Vec<(u32, Option<interface::Interface>)> = Vec::new();
    for one in listed.all {
        if !named.is_empty() && !numbers.contains(&one.interface) {
            continue;
        }
        if !known.iter().any(|(number, _)| *number == one.interface) {
            known.push((one.interface, kernel.look(one.interface)));
        }
        // One that vanished meanwhile takes its addresses along.
        if let Some((_, Some(interface::Interface { name, is_up, .. }))) =
            known.iter().find(|(number, _)| *number == one.interface)
        {
            let by_address = objection(one.address);
            let is_undecided = *is_up && by_address.is_none() && is_undecided(&one);
            let objection = (!is_up)
                .then_some("the interface is down")
                .or(by_address)
                .or_else(|| objection_to_state(&one));
            let (interface, address) = (name.clone(), one.address);
            found.push(Found { interface, address, objection, is_undecided });
        }
    }
    Ok(found)
}

/// As [`look`], but where an address is undecided that `counts` if it turns out to be of use, looks
/// again until it is decided, for [`DETECTION_MILLISECONDS`] at most.
///
/// # Errors
/// As of [`look`]; Unavailable: asked to stop meanwhile.
pub fn look_when_decided(
    named: &[String],
    counts: &dyn Fn(&Found) -> bool,
    env: &mut dyn Env,
) -> Result<Vec<Found>, Error> {
    let mut waited = 0;
    loop {
        let found = look(named)?;
        let waits = found.iter().any(|one| one.is_undecided && counts(one));
        if !waits || waited >= DETECTION_MILLISECONDS {
            return Ok(found);
        }
        env.pause(LOOK_AGAIN_MILLISECONDS)?;
        waited += LOOK_AGAIN_MILLISECONDS;
    }
}

fn no_such(name: &str) -> Error {
    let name = printable::line(name, INTERFACE_CHARACTERS_MAX);
    Error::new(Kind::Local, format!("{name}: no such interface."))
}

/// A list of addresses.
pub struct Listed {
    /// As the kernel orders them.
    pub all: Vec<Address>,
    /// Whether it is a list of one moment. One that changed all the time while it was told may have
    /// some twice, and lack others.
    pub is_whole: bool,
}

/// Why there is no list.
pub enum Unlisted {
    /// This system has no netlink, or does not let us have it.
    NoNetlink(io::Error),
    /// The kernel does not answer as it should.
    Failed(io::Error),
}

impl Unlisted {
    pub fn error(self) -> Error {
        let (Unlisted::NoNetlink(why) | Unlisted::Failed(why)) = self;
        Error::local("cannot list this machine's addresses", why)
    }
}

/// All addresses of these families.
pub fn list(family: Family) -> Result<Listed, Unlisted> {
    let kernel = netlink::Netlink::open(KERNEL_SECONDS_MAX).map_err(Unlisted::NoNetlink)?;
    let mut sequence = 0;
    loop {
        sequence += 1;
        let listed = dump(&kernel, sequence, family).map_err(Unlisted::Failed)?;
        if listed.is_whole || sequence >= DUMPS_MAX {
            return Ok(listed);
        }
    }
}

/// One list.
fn dump(kernel: &netlink::Netlink, sequence: u32, family: Family) -> io::Result<Listed> {
    let (mut all, mut is_whole) = (Vec::new(), true);
    ask(kernel, sequence, &rtnetlink::dump_request(sequence, family), &mut |said| {
        match said {
            Some(Said::Address(address)) => all.push(address),
            Some(Said::Changed | Said::Lost) => is_whole = false,
            _ => {}
        }
        all.len() <= ADDRESSES_MAX
    })?;
    if all.len() > ADDRESSES_MAX {
        return Err(io::Error::other("more addresses than can be"));
    }
    Ok(Listed { all, is_whole })
}

/// The numbers of the interfaces that IPv6 default routes of the least metric lead out by; none
/// where there is no such route, or the kernel does not tell.
pub fn of_default_route() -> Vec<u32> {
    let Ok(kernel) = netlink::Netlink::open(KERNEL_SECONDS_MAX) else { return Vec::new() };
    let (mut least, mut found, mut datagrams) = (u32::MAX, Vec::new(), 0);
    let asked = ask(&kernel, 1, &rtnetlink::routes_request(1), &mut |said| {
        if let Some(Said::DefaultRoute { interface, metric }) = said {
            if metric < least {
                found.clear();
                least = metric;
            }
            if metric == least {
                found.push(interface);
            }
        }
        datagrams += u32::from(said.is_none());
        // The kernel begins with the shortest prefixes.
        datagrams < ROUTE_DATAGRAMS_MAX
    });
    if asked.is_ok() { found } else { Vec::new() }
}

/// Sends a request and hands on what the kernel says, and nothing at each datagram's end, until it
/// is done or `hear` has enough.
fn ask(
    kernel: &netlink::Netlink,
    sequence: u32,
    request: &[u8],
    hear: &mut dyn FnMut(Option<Said>) -> bool,
) -> io::Result<()> {
    kernel.send(request)?;
    let mut buffer = vec![0; netlink::DATAGRAM_BYTES];
    let (mut done, mut failure) = (false, None);
    while !done {
        let datagram = kernel.receive(&mut buffer)?;
        let read = rtnetlink::read(datagram, sequence, &mut |said| match said {
            Said::Done => done = true,
            Said::Failed(number) => failure = Some(number),
            said => done |= !hear(Some(said)),
        });
        done |= !hear(None);
        if let Some(number) = failure {
            return Err(io::Error::from_raw_os_error(number));
        }
        if read.is_none() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a garbled answer"));
        }
    }
    Ok(())
}

/// Why others cannot use the address to reach this machine, as far as the address itself tells.
fn objection(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => objection_v4(v4),
        IpAddr::V6(v6) => objection_v6(v6),
    }
}

/// Why an address is of no use for the state the kernel has it in; of IPv4 there is no such state.
pub fn objection_to_state(one: &Address) -> Option<&'static str> {
    if !one.address.is_ipv6() {
        return None;
    }
    let temporary = one.is_temporary().then_some("temporary");
    temporary
        .or(one.is_duplicate().then_some("also used by another machine"))
        .or(one.is_tentative().then_some("not yet checked for duplicates"))
        .or(one.is_deprecated().then_some("deprecated"))
}

fn objection_v4(address: Ipv4Addr) -> Option<&'static str> {
    match address.octets() {
        [0, ..] => Some("not a host address"),
        [127, ..] => Some("loopback"),
        // RFC 6598: nobody outside the carrier's network can reach it.
        [100, 64..=127, ..] => Some("a carrier-grade NAT address"),
        [169, 254, ..] => Some("link-local"),
        [224..=239, ..] => Some("multicast"),
        [255, 255, 255, 255] => Some("broadcast"),
        _ => None,
    }
}

fn objection_v6(address: Ipv6Addr) -> Option<&'static str> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Some("loopback"),
        [0, 0, 0, 0, 0, 0, 0, 0] => Some("not a host address"),
        [0, 0, 0, 0, 0, 0xffff, ..] => Some("an IPv4 address in IPv6 form"),
        [0xfe80..=0xfebf, ..] => Some("link-local"),
        [0xff00..=0xffff, ..] => Some("multicast"),
        _ => None,
    }
}

/// Whether it may yet become an address of use: the kernel is still looking for a duplicate.
pub fn is_undecided(one: &Address) -> bool {
    let lasts = !one.is_temporary() && !one.is_duplicate() && !one.is_deprecated();
    one.address.is_ipv6() && one.is_tentative() && lasts
}

/// Whether an address is one of Teredo's (RFC 4380 section 2.6).
pub fn is_teredo(address: Ipv6Addr) -> bool {
    matches!(address.segments(), [0x2001, 0, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_tell_by_themselves() {
        for (address, of_use) in [
            ("10.0.0.1", true),
            ("100.63.255.255", true),
            ("100.64.0.1", false),
            ("100.127.255.255", false),
            ("100.128.0.1", true),
            ("192.168.1.1", true),
            ("203.0.113.7", true),
            ("0.1.2.3", false),
            ("127.0.0.2", false),
            ("169.254.0.1", false),
            ("169.253.255.255", true),
            ("240.0.0.1", true),
            ("224.0.0.1", false),
            ("255.255.255.255", false),
        ] {
            assert_eq!(objection_v4(address.parse().unwrap()).is_none(), of_use, "{address}");
        }
        for (address, of_use) in [
            ("2001:db8::1", true),
            ("fd00::1", true),
            ("2001:0:5ef5:79fd::1", true),
            ("::1", false),
            ("::", false),
            ("::ffff:192.0.2.1", false),
            ("fe80::1", false),
            ("febf::1", false),
            ("fec0::1", true),
            ("ff02::1", false),
        ] {
            assert_eq!(objection_v6(address.parse().unwrap()).is_none(), of_use, "{address}");
        }
        assert!(is_teredo("2001::1".parse().unwrap()));
        assert!(!is_teredo("2001:1::1".parse().unwrap()));
    }

    #[test]
    fn this_machine_has_a_loopback_address() {
        let found = look(&["lo".to_string()]).unwrap();
        let loopback = found.iter().find(|one| one.address == Ipv4Addr::LOCALHOST).unwrap();
        assert_eq!((loopback.interface.as_str(), loopback.objection), ("lo", Some("loopback")));
        let error = look(&["nosuch0".to_string()]).unwrap_err();
        assert_eq!(error.message, "nosuch0: no such interface.");
    }
}
