//! rtnetlink messages about addresses and default routes (rtnetlink(7)); native byte order.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Bytes of `struct nlmsghdr`, `struct ifaddrmsg` and `struct rtmsg`.
const HEADER_BYTES: usize = 16;
const ADDRESS_HEADER_BYTES: usize = 8;
const ROUTE_HEADER_BYTES: usize = 12;
/// Alignment of messages and attributes, in bytes.
const ALIGNMENT: usize = 4;

// <linux/netlink.h>
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NLMSG_OVERRUN: u16 = 4;
const NLM_F_REQUEST: u16 = 0x001;
const NLM_F_DUMP_INTR: u16 = 0x010;
const NLM_F_DUMP: u16 = 0x300;
// <linux/rtnetlink.h>
const RTM_NEWADDR: u16 = 20;
const RTM_DELADDR: u16 = 21;
const RTM_GETADDR: u16 = 22;
const RTM_NEWROUTE: u16 = 24;
const RTM_GETROUTE: u16 = 26;
const RTA_OIF: u16 = 4;
const RTA_PRIORITY: u16 = 6;
const RTA_MULTIPATH: u16 = 9;
const RT_TABLE_MAIN: u8 = 254;
const RTN_UNICAST: u8 = 1;
/// RTNH_F_DEAD | RTNH_F_LINKDOWN.
const ROUTE_IS_DOWN: u32 = 0x11;
// <linux/if_addr.h>
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_CACHEINFO: u16 = 6;
const IFA_FLAGS: u16 = 8;
const IFA_F_TEMPORARY: u32 = 0x01;
const IFA_F_DADFAILED: u32 = 0x08;
const IFA_F_DEPRECATED: u32 = 0x20;
const IFA_F_TENTATIVE: u32 = 0x40;
const IFA_F_PERMANENT: u32 = 0x80;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;

/// An address of an interface, as the kernel describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// The local address (not the peer's on a point-to-point link).
    pub address: IpAddr,
    /// The interface's index.
    pub interface: u32,
    /// Length of the on-link prefix, in bits.
    prefix_length: u8,
    flags: u32,
    /// Remaining preferred lifetime in seconds, if known.
    preferred_lifetime: Option<u32>,
}

impl Address {
    /// A temporary address (RFC 8981). For IPv4 the bit has another meaning.
    pub fn is_temporary(&self) -> bool {
        self.address.is_ipv6() && self.flags & IFA_F_TEMPORARY != 0
    }

    /// Deprecated (RFC 4862 section 5.5.4). The flag is set a moment after the preferred lifetime
    /// has ended, so both count.
    pub fn is_deprecated(&self) -> bool {
        self.flags & IFA_F_DEPRECATED != 0 || self.preferred_lifetime == Some(0)
    }

    /// Duplicate address detection is still running (RFC 4862 section 5.4).
    pub fn is_tentative(&self) -> bool {
        self.flags & IFA_F_TENTATIVE != 0
    }

    /// Duplicate address detection has failed.
    pub fn is_duplicate(&self) -> bool {
        self.flags & IFA_F_DADFAILED != 0
    }

    /// Whether this address shows that its prefix was withdrawn: a deprecated autoconfigured
    /// address has its prefix's lifetimes. Temporary ones end sooner, and permanent ones have none.
    pub fn shows_withdrawal(&self) -> bool {
        self.address.is_ipv6()
            && self.is_deprecated()
            && self.flags & (IFA_F_TEMPORARY | IFA_F_PERMANENT) == 0
            && matches!(self.prefix_length, 1..=127)
    }

    /// Whether `other` is an IPv6 address in this one's on-link prefix, on the same interface.
    pub fn shares_prefix_with(&self, other: &Address) -> bool {
        let (IpAddr::V6(mine), IpAddr::V6(others)) = (self.address, other.address) else {
            return false;
        };
        let differs = mine.to_bits() ^ others.to_bits();
        let shared = differs.leading_zeros() >= u32::from(self.prefix_length);
        self.interface == other.interface && shared
    }
}

impl Address {
    /// An address from another source than netlink, with the same flags.
    pub fn of(address: IpAddr, prefix_length: u8, interface: u32, flags: u32) -> Address {
        Address { address, interface, prefix_length, flags, preferred_lifetime: None }
    }

    /// The preferred lifetime in seconds; [`u32::MAX`] if infinite or unknown.
    pub fn preferred_lifetime(&self) -> u32 {
        self.preferred_lifetime.unwrap_or(u32::MAX)
    }
}

/// Whether a datagram reports a new, changed or removed address; None if it is malformed.
pub fn is_address_change(datagram: &[u8]) -> Option<bool> {
    let mut rest = datagram;
    let mut changed = false;
    while !rest.is_empty() {
        let length = u32_at(rest, 0)? as usize;
        rest.get(..length).filter(|message| message.len() >= HEADER_BYTES)?;
        changed |= matches!(u16_at(rest, 4)?, RTM_NEWADDR | RTM_DELADDR | NLMSG_OVERRUN);
        rest = rest.get(length.next_multiple_of(ALIGNMENT)..).unwrap_or_default();
    }
    Some(changed)
}

/// A message of the kernel, as far as it is used here.
#[derive(Debug, PartialEq, Eq)]
pub enum Message {
    /// An address of the list.
    Address(Address),
    /// A default route of the main table, through the interface with this index.
    DefaultRoute { interface: u32, metric: u32 },
    /// The list is complete.
    Done,
    /// The list changed during the dump, which has to be repeated.
    Changed,
    /// The request failed with this errno.
    Failed(i32),
    /// Messages were lost.
    Lost,
}

/// Address families to list (`AF_UNSPEC`, `AF_INET6`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    Both,
    V6,
}

/// The request for the list of all addresses.
pub fn dump_request(sequence: u32, family: Family) -> Vec<u8> {
    let family = if family == Family::V6 { AF_INET6 } else { 0 };
    request(RTM_GETADDR, sequence, family, ADDRESS_HEADER_BYTES)
}

/// The request for the list of all IPv6 routes.
pub fn routes_request(sequence: u32) -> Vec<u8> {
    request(RTM_GETROUTE, sequence, AF_INET6, ROUTE_HEADER_BYTES)
}

/// A request whose payload has `header_bytes` bytes: the family, then zeros.
fn request(kind: u16, sequence: u32, family: u8, header_bytes: usize) -> Vec<u8> {
    let bytes = HEADER_BYTES + header_bytes;
    let mut request = Vec::with_capacity(bytes);
    request.extend((bytes as u32).to_ne_bytes());
    request.extend(kind.to_ne_bytes());
    request.extend((NLM_F_REQUEST | NLM_F_DUMP).to_ne_bytes());
    request.extend(sequence.to_ne_bytes());
    request.extend([0; 4]);
    request.push(family);
    request.resize(bytes, 0);
    request
}

/// Passes each message of a datagram with this `sequence` to `on_message`; None if the datagram is
/// malformed. Unknown messages are skipped.
pub fn read(datagram: &[u8], sequence: u32, on_message: &mut dyn FnMut(Message)) -> Option<()> {
    let mut rest = datagram;
    while !rest.is_empty() {
        let length = u32_at(rest, 0)? as usize;
        let message = rest.get(..length).filter(|message| message.len() >= HEADER_BYTES)?;
        let (kind, flags) = (u16_at(message, 4)?, u16_at(message, 6)?);
        if u32_at(message, 8)? == sequence {
            if flags & NLM_F_DUMP_INTR != 0 {
                on_message(Message::Changed);
            }
            match kind {
                RTM_NEWADDR => address(message.get(HEADER_BYTES..)?, on_message)?,
                RTM_NEWROUTE => default_route(message.get(HEADER_BYTES..)?, on_message)?,
                NLMSG_DONE => on_message(Message::Done),
                NLMSG_OVERRUN => on_message(Message::Lost),
                NLMSG_ERROR => match u32_at(message, HEADER_BYTES)? as i32 {
                    0 => {}
                    error => on_message(Message::Failed(error.wrapping_neg())),
                },
                _ => {}
            }
        }
        // The last message may lack its padding.
        rest = rest.get(length.next_multiple_of(ALIGNMENT)..).unwrap_or_default();
    }
    Some(())
}

/// Parses `/proc/net/if_inet6`: a line for each IPv6 address with the interface's index, eight of
/// the flags, and the name; other lines are skipped.
pub fn read_proc(text: &str) -> Vec<Address> {
    let mut all = Vec::new();
    for line in text.lines() {
        if let Some(address) = proc_line(line) {
            all.push(address);
        }
    }
    all
}

fn proc_line(line: &str) -> Option<Address> {
    let mut message = line.split_ascii_whitespace();
    let hex = |word: &str| u32::from_str_radix(word, 16).ok();
    let address = u128::from_str_radix(message.next()?, 16).ok()?;
    let interface = hex(message.next()?)?;
    let prefix_length = u8::try_from(hex(message.next()?)?).ok()?;
    let _scope = message.next()?;
    let flags = hex(message.next()?)?;
    Some(Address::of(Ipv6Addr::from_bits(address).into(), prefix_length, interface, flags))
}

/// Passes the address of a `struct ifaddrmsg` and its attributes to `on_message`, if its family is
/// known; None if they are malformed.
fn address(body: &[u8], on_message: &mut dyn FnMut(Message)) -> Option<()> {
    let family = *body.first()?;
    let prefix_length = *body.get(1)?;
    // The header has eight of the flags; the attribute has all.
    let mut flags = u32::from(*body.get(2)?);
    let interface = u32_at(body, 4)?;
    let (mut local, mut remote, mut preferred_lifetime) = (None, None, None);
    attributes(body.get(ADDRESS_HEADER_BYTES..)?, &mut |kind, value| {
        match kind {
            IFA_LOCAL => local = ip(family, value),
            IFA_ADDRESS => remote = ip(family, value),
            IFA_FLAGS => flags = u32_at(value, 0)?,
            IFA_CACHEINFO => preferred_lifetime = Some(u32_at(value, 0)?),
            _ => {}
        }
        Some(())
    })?;
    if let Some(address) = local.or(remote) {
        let found = Address { address, interface, prefix_length, flags, preferred_lifetime };
        on_message(Message::Address(found));
    }
    Some(())
}

/// Passes a `struct rtmsg` and its attributes to `on_message`, if it is a default route; None if it
/// is malformed.
fn default_route(body: &[u8], on_message: &mut dyn FnMut(Message)) -> Option<()> {
    let [family, length, _, _, table, _, _, kind, ..] = *body else { return None };
    let is_up = u32_at(body, 8)? & ROUTE_IS_DOWN == 0;
    if (family, length, table, kind) != (AF_INET6, 0, RT_TABLE_MAIN, RTN_UNICAST) || !is_up {
        return Some(());
    }
    let (mut metric, mut interfaces) = (0, Vec::new());
    attributes(body.get(ROUTE_HEADER_BYTES..)?, &mut |kind, value| {
        match kind {
            RTA_PRIORITY => metric = u32_at(value, 0)?,
            RTA_OIF => interfaces.push(u32_at(value, 0)?),
            // `struct rtnexthop` has the layout of an attribute; its first word is the interface.
            RTA_MULTIPATH => attributes(value, &mut |_, hop| {
                interfaces.push(u32_at(hop, 0)?);
                Some(())
            })?,
            _ => {}
        }
        Some(())
    })?;
    for interface in interfaces {
        on_message(Message::DefaultRoute { interface, metric });
    }
    Some(())
}

/// Passes type and value of each attribute to `take`; None if they are malformed.
fn attributes(mut rest: &[u8], take: &mut dyn FnMut(u16, &[u8]) -> Option<()>) -> Option<()> {
    while !rest.is_empty() {
        let length = usize::from(u16_at(rest, 0)?);
        take(u16_at(rest, 2)?, rest.get(4..length)?)?;
        rest = rest.get(length.next_multiple_of(ALIGNMENT)..).unwrap_or_default();
    }
    Some(())
}

fn ip(family: u8, value: &[u8]) -> Option<IpAddr> {
    match family {
        AF_INET => Some(Ipv4Addr::from(<[u8; 4]>::try_from(value).ok()?).into()),
        AF_INET6 => Some(Ipv6Addr::from(<[u8; 16]>::try_from(value).ok()?).into()),
        _ => None,
    }
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    Some(u16::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_ne_bytes(*bytes.get(at..)?.first_chunk()?))
}

#[cfg(test)]
mod tests;
