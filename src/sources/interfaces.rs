//! The addresses of this machine's interfaces, by netlink.

use crate::env::Env;
use crate::error::{Error, Kind};
use crate::os::{interface, netlink};
use crate::text::printable;
use crate::wire::rtnetlink::{self, Address, Family, Message};
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// How often the list is read because it changed while it was dumped.
const DUMPS_MAX: u32 = 5;
/// Timeout of the kernel's answers, in seconds.
const KERNEL_SECONDS_MAX: u32 = 5;
/// How long to wait for duplicate address detection, and the poll interval meanwhile.
const DETECTION_MILLISECONDS: u32 = 3_000;
const DETECTION_POLL_MILLISECONDS: u32 = 200;
/// How much of an unknown interface name is shown, in characters.
const INTERFACE_CHARACTERS_MAX: usize = 80;
/// How much of the routing table is read, in datagrams.
const ROUTE_DATAGRAMS_MAX: u32 = 64;
/// With more addresses than this, something is wrong with this machine.
const ADDRESSES_MAX: usize = 10_000;

/// An address with its interface.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InterfaceAddress {
    pub interface: String,
    pub address: IpAddr,
    /// Why other hosts cannot reach this machine at it, if so.
    pub unusable_reason: Option<&'static str>,
    /// Whether that may change within seconds: duplicate address detection is still running.
    pub may_become_usable: bool,
}

/// The addresses of the interfaces `named`, or of all if empty, in the kernel's order. On an
/// interface that is down, that is the reason why they are unusable.
///
/// # Errors
/// Local: an interface does not exist, or the kernel does not answer. Unavailable: the list kept
/// changing.
pub fn look(named: &[String]) -> Result<Vec<InterfaceAddress>, Error> {
    let mut numbers = Vec::new();
    for name in named {
        numbers.push(interface::index(name).ok_or_else(|| no_such(name))?);
    }
    let listed = list(Family::Both).map_err(ListError::error)?;
    if !listed.is_complete {
        let message = "the address list kept changing while it was read.";
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
        // The interface may be gone by now, and its addresses with it.
        if let Some((_, Some(interface::Interface { name, is_up, .. }))) =
            known.iter().find(|(number, _)| *number == one.interface)
        {
            let by_address = unusable_reason(one.address);
            let may_become_usable = *is_up && by_address.is_none() && may_become_usable(&one);
            let unusable_reason = (!is_up)
                .then_some("the interface is down")
                .or(by_address)
                .or_else(|| unusable_state(&one));
            let (interface, address) = (name.clone(), one.address);
            found.push(InterfaceAddress { interface, address, unusable_reason, may_become_usable });
        }
    }
    Ok(found)
}

/// As [`look`], but while duplicate address detection is running for an address for which `counts`
/// is true, polls until it ends, for [`DETECTION_MILLISECONDS`] at most.
///
/// # Errors
/// As of [`look`]; Unavailable: also if this process was asked to stop meanwhile.
pub fn look_when_settled(
    named: &[String],
    counts: &dyn Fn(&InterfaceAddress) -> bool,
    env: &mut dyn Env,
) -> Result<Vec<InterfaceAddress>, Error> {
    let mut waited = 0;
    loop {
        let found = look(named)?;
        let waits = found.iter().any(|one| one.may_become_usable && counts(one));
        if !waits || waited >= DETECTION_MILLISECONDS {
            return Ok(found);
        }
        env.pause(DETECTION_POLL_MILLISECONDS)?;
        waited += DETECTION_POLL_MILLISECONDS;
    }
}

fn no_such(name: &str) -> Error {
    let name = printable::line(name, INTERFACE_CHARACTERS_MAX);
    Error::with(Kind::Local, format_args!("{name}: no such interface."))
}

/// The addresses of all interfaces.
pub struct AddressList {
    /// In the kernel's order.
    pub all: Vec<Address>,
    /// Whether it is consistent. If the list changed during the dump, some may be missing or occur
    /// twice.
    pub is_complete: bool,
}

/// Why there is no list.
pub enum ListError {
    /// This system has no netlink, or denies it.
    NoNetlink(io::Error),
    /// The kernel's answer failed or was malformed.
    Failed(io::Error),
}

impl ListError {
    pub fn error(self) -> Error {
        let (ListError::NoNetlink(why) | ListError::Failed(why)) = self;
        Error::local("cannot list this machine's addresses", why)
    }
}

/// All addresses of these families.
pub fn list(family: Family) -> Result<AddressList, ListError> {
    let kernel = netlink::Netlink::open(KERNEL_SECONDS_MAX).map_err(ListError::NoNetlink)?;
    let mut sequence = 0;
    loop {
        sequence += 1;
        let listed = dump(&kernel, sequence, family).map_err(ListError::Failed)?;
        if listed.is_complete || sequence >= DUMPS_MAX {
            return Ok(listed);
        }
    }
}

/// One dump of the list.
fn dump(kernel: &netlink::Netlink, sequence: u32, family: Family) -> io::Result<AddressList> {
    let (mut all, mut is_complete) = (Vec::new(), true);
    ask(kernel, sequence, &rtnetlink::dump_request(sequence, family), &mut |said| {
        match said {
            Some(Message::Address(address)) => all.push(address),
            Some(Message::Changed | Message::Lost) => is_complete = false,
            _ => {}
        }
        all.len() <= ADDRESSES_MAX
    })?;
    if all.len() > ADDRESSES_MAX {
        return Err(io::Error::other("too many addresses"));
    }
    Ok(AddressList { all, is_complete })
}

/// The indices of the interfaces of the IPv6 default routes with the lowest metric; empty if there
/// is no such route or the kernel does not answer.
pub fn of_default_route() -> Vec<u32> {
    let Ok(kernel) = netlink::Netlink::open(KERNEL_SECONDS_MAX) else { return Vec::new() };
    let (mut least, mut found, mut datagrams) = (u32::MAX, Vec::new(), 0);
    let asked = ask(&kernel, 1, &rtnetlink::routes_request(1), &mut |said| {
        if let Some(Message::DefaultRoute { interface, metric }) = said {
            if metric < least {
                found.clear();
                least = metric;
            }
            if metric == least {
                found.push(interface);
            }
        }
        datagrams += u32::from(said.is_none());
        // The kernel dumps the shortest prefixes first.
        datagrams < ROUTE_DATAGRAMS_MAX
    });
    if asked.is_ok() { found } else { Vec::new() }
}

/// Sends a request and passes each message of the answer to `on_message`, and None at the end of
/// each datagram, until the dump is done or `on_message` returns false.
fn ask(
    kernel: &netlink::Netlink,
    sequence: u32,
    request: &[u8],
    on_message: &mut dyn FnMut(Option<Message>) -> bool,
) -> io::Result<()> {
    kernel.send(request)?;
    let mut buffer = vec![0; netlink::DATAGRAM_BYTES];
    let (mut done, mut failure) = (false, None);
    while !done {
        let datagram = kernel.receive(&mut buffer)?;
        let read = rtnetlink::read(datagram, sequence, &mut |said| match said {
            Message::Done => done = true,
            Message::Failed(number) => failure = Some(number),
            said => done |= !on_message(Some(said)),
        });
        done |= !on_message(None);
        if let Some(number) = failure {
            return Err(io::Error::from_raw_os_error(number));
        }
        if read.is_none() {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "malformed answer"));
        }
    }
    Ok(())
}

/// Why other hosts cannot reach this machine at the address, judging by the address itself.
fn unusable_reason(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(v4) => unusable_v4(v4),
        IpAddr::V6(v6) => unusable_v6(v6),
    }
}

/// Why an address is unusable because of its state; IPv4 addresses have none.
pub fn unusable_state(one: &Address) -> Option<&'static str> {
    if !one.address.is_ipv6() {
        return None;
    }
    let temporary = one.is_temporary().then_some("temporary");
    temporary
        .or(one.is_duplicate().then_some("also used by another machine"))
        .or(one.is_tentative().then_some("not yet checked for duplicates"))
        .or(one.is_deprecated().then_some("deprecated"))
}

fn unusable_v4(address: Ipv4Addr) -> Option<&'static str> {
    match address.octets() {
        [0, ..] => Some("not a host address"),
        [127, ..] => Some("loopback"),
        // RFC 6598: not reachable from outside the carrier's network.
        [100, 64..=127, ..] => Some("a carrier-grade NAT address"),
        [169, 254, ..] => Some("link-local"),
        [224..=239, ..] => Some("multicast"),
        [255, 255, 255, 255] => Some("broadcast"),
        _ => None,
    }
}

fn unusable_v6(address: Ipv6Addr) -> Option<&'static str> {
    match address.segments() {
        [0, 0, 0, 0, 0, 0, 0, 1] => Some("loopback"),
        [0, 0, 0, 0, 0, 0, 0, 0] => Some("not a host address"),
        [0, 0, 0, 0, 0, 0xffff, ..] => Some("an IPv4 address in IPv6 form"),
        [0xfe80..=0xfebf, ..] => Some("link-local"),
        [0xff00..=0xffff, ..] => Some("multicast"),
        _ => None,
    }
}

/// Whether it may become usable: duplicate address detection is still running.
pub fn may_become_usable(one: &Address) -> bool {
    let lasts = !one.is_temporary() && !one.is_duplicate() && !one.is_deprecated();
    one.address.is_ipv6() && one.is_tentative() && lasts
}

/// Whether it is a Teredo address (RFC 4380 section 2.6).
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
            assert_eq!(unusable_v4(address.parse().unwrap()).is_none(), of_use, "{address}");
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
            assert_eq!(unusable_v6(address.parse().unwrap()).is_none(), of_use, "{address}");
        }
        assert!(is_teredo("2001::1".parse().unwrap()));
        assert!(!is_teredo("2001:1::1".parse().unwrap()));
    }

    #[test]
    fn this_machine_has_a_loopback_address() {
        let found = look(&["lo".to_string()]).unwrap();
        let loopback = found.iter().find(|one| one.address == Ipv4Addr::LOCALHOST).unwrap();
        assert_eq!(
            (loopback.interface.as_str(), loopback.unusable_reason),
            ("lo", Some("loopback"))
        );
        let error = look(&["nosuch0".to_string()]).unwrap_err();
        assert_eq!(error.message, "nosuch0: no such interface.");
    }
}
