//! Messages of the kernel about addresses and default routes (rtnetlink(7)); native byte order.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Bytes of `struct nlmsghdr`, `struct ifaddrmsg` and `struct rtmsg`.
const HEADER_BYTES: usize = 16;
const ADDRESS_HEADER_BYTES: usize = 8;
const ROUTE_HEADER_BYTES: usize = 12;
/// Messages and attributes begin at multiples of this.
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
/// RTNH_F_DEAD and RTNH_F_LINKDOWN: nothing goes this way now.
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

/// One address of an interface, as the kernel describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// This machine's own (not the peer's of a point-to-point link).
    pub address: IpAddr,
    /// The interface's number.
    pub interface: u32,
    /// Bits of the prefix that is on this link.
    prefix_length: u8,
    flags: u32,
    /// Seconds for which it is still preferred; none where the kernel does not say.
    preferred_lifetime: Option<u32>,
}

impl Address {
    /// Made for privacy and soon replaced (RFC 8981). Of IPv4 the same bit means another thing.
    pub fn is_temporary(&self) -> bool {
        self.address.is_ipv6() && self.flags & IFA_F_TEMPORARY != 0
    }

    /// Not to be used for anything new (RFC 4862 section 5.5.4). The flag comes a moment after the
    /// preferred lifetime has ended, so both count.
    pub fn is_deprecated(&self) -> bool {
        self.flags & IFA_F_DEPRECATED != 0 || self.preferred_lifetime == Some(0)
    }

    /// Not yet known to be this machine's alone (RFC 4862 section 5.4).
    pub fn is_tentative(&self) -> bool {
        self.flags & IFA_F_TENTATIVE != 0
    }

    /// Found to be used by another machine too.
    pub fn is_duplicate(&self) -> bool {
        self.flags & IFA_F_DADFAILED != 0
    }

    /// Whether this address shows that its prefix is withdrawn: it was made of the prefix and has
    /// the prefix's lifetimes. A temporary one ends sooner; a permanent one has none.
    pub fn shows_withdrawal(&self) -> bool {
        self.address.is_ipv6()
            && self.is_deprecated()
            && self.flags & (IFA_F_TEMPORARY | IFA_F_PERMANENT) == 0
            && matches!(self.prefix_length, 1..=127)
    }

    /// Whether `other` is an IPv6 address below this one's on-link prefix, on the same interface.
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
    /// One read elsewhere than from the kernel's messages, with the same flags.
    pub fn of(address: IpAddr, prefix_length: u8, interface: u32, flags: u32) -> Address {
        Address { address, interface, prefix_length, flags, preferred_lifetime: None }
    }

    /// Seconds for which it is preferred; [`u32::MAX`] for ever, which is also what is taken where
    /// it is not known.
    pub fn preferred_lifetime(&self) -> u32 {
        self.preferred_lifetime.unwrap_or(u32::MAX)
    }
}

/// Whether a datagram tells of an address that came, changed or went; nothing where it is garbled.
pub fn tells_of_change(datagram: &[u8]) -> Option<bool> {
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

/// One message of the kernel, as far as it matters here.
#[derive(Debug, PartialEq, Eq)]
pub enum Said {
    /// There is this address.
    Address(Address),
    /// A default route of the main table leads out by the interface of this number.
    DefaultRoute { interface: u32, metric: u32 },
    /// The list is complete.
    Done,
    /// The list changed while it was told, and has to be asked for again.
    Changed,
    /// The request failed with this error number of the system.
    Failed(i32),
    /// Messages were lost.
    Lost,
}

/// The families of addresses (`AF_UNSPEC`, `AF_INET6`).
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

/// A request with a header of so many bytes, of which the first is the family and all others 0.
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

/// Hands each message of a datagram that answers `sequence` to `hear`; nothing where the datagram
/// is garbled. What is not understood is passed over.
pub fn read(datagram: &[u8], sequence: u32, hear: &mut dyn FnMut(Said)) -> Option<()> {
    let mut rest = datagram;
    while !rest.is_empty() {
        let length = u32_at(rest, 0)? as usize;
        let message = rest.get(..length).filter(|message| message.len() >= HEADER_BYTES)?;
        let (kind, flags) = (u16_at(message, 4)?, u16_at(message, 6)?);
        if u32_at(message, 8)? == sequence {
            if flags & NLM_F_DUMP_INTR != 0 {
                hear(Said::Changed);
            }
            match kind {
                RTM_NEWADDR => {
                    if let Some(one) = address(message.get(HEADER_BYTES..)?)? {
                        hear(Said::Address(one));
                    }
                }
                RTM_NEWROUTE => default_route(message.get(HEADER_BYTES..)?, hear)?,
                NLMSG_DONE => hear(Said::Done),
                NLMSG_OVERRUN => hear(Said::Lost),
                NLMSG_ERROR => match u32_at(message, HEADER_BYTES)? as i32 {
                    0 => {}
                    error => hear(Said::Failed(error.wrapping_neg())),
                },
                _ => {}
            }
        }
        // The last message may leave out the bytes that only fill up.
        rest = rest.get(length.next_multiple_of(ALIGNMENT)..).unwrap_or_default();
    }
    Some(())
}

/// `/proc/net/if_inet6`: a line for each IPv6 address, with its interface's number, its flags
/// (eight of them) and name; what is no such line is passed over.
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

/// `struct ifaddrmsg` and its attributes; nothing at all where they are garbled, no address where
/// there is none of a known family.
fn address(body: &[u8]) -> Option<Option<Address>> {
    let family = *body.first()?;
    let prefix_length = *body.get(1)?;
    // The eight flags of old; the attribute has all of them.
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
    let all = |address| Address { address, interface, prefix_length, flags, preferred_lifetime };
    Some(local.or(remote).map(all))
}

/// `struct rtmsg` and its attributes: hands on where it leads if it is a default route; nothing
/// where it is garbled.
fn default_route(body: &[u8], hear: &mut dyn FnMut(Said)) -> Option<()> {
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
            // `struct rtnexthop` begins as an attribute does; its first word is the interface.
            RTA_MULTIPATH => attributes(value, &mut |_, hop| {
                interfaces.push(u32_at(hop, 0)?);
                Some(())
            })?,
            _ => {}
        }
        Some(())
    })?;
    for interface in interfaces {
        hear(Said::DefaultRoute { interface, metric });
    }
    Some(())
}

/// Hands kind and value of each attribute to `take`; nothing where they are garbled.
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
