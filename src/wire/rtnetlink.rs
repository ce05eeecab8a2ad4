//! Messages of the kernel about the addresses of interfaces (rtnetlink(7)); native byte order.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Bytes of `struct nlmsghdr` and `struct ifaddrmsg`.
const HEADER_BYTES: usize = 16;
const ADDRESS_HEADER_BYTES: usize = 8;
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
// <linux/if_addr.h>
const IFA_ADDRESS: u16 = 1;
const IFA_LOCAL: u16 = 2;
const IFA_CACHEINFO: u16 = 6;
const IFA_FLAGS: u16 = 8;
const IFA_F_TEMPORARY: u32 = 0x01;
const IFA_F_DADFAILED: u32 = 0x08;
const IFA_F_DEPRECATED: u32 = 0x20;
const IFA_F_TENTATIVE: u32 = 0x40;
const AF_INET: u8 = 2;
const AF_INET6: u8 = 10;

/// One address of an interface, as the kernel describes it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// This machine's own (not the peer's of a point-to-point link).
    pub address: IpAddr,
    /// The interface's number.
    pub interface: u32,
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
}

impl Address {
    /// One read elsewhere than from the kernel's messages, with the same flags.
    pub fn of(address: IpAddr, interface: u32, flags: u32) -> Address {
        Address { address, interface, flags, preferred_lifetime: None }
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
    let mut request = Vec::with_capacity(HEADER_BYTES + ADDRESS_HEADER_BYTES);
    request.extend(((HEADER_BYTES + ADDRESS_HEADER_BYTES) as u32).to_ne_bytes());
    request.extend(RTM_GETADDR.to_ne_bytes());
    request.extend((NLM_F_REQUEST | NLM_F_DUMP).to_ne_bytes());
    request.extend(sequence.to_ne_bytes());
    request.extend([0; 4]);
    request.push(if family == Family::V6 { AF_INET6 } else { 0 });
    request.extend([0; ADDRESS_HEADER_BYTES - 1]);
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
    text.lines().filter_map(proc_line).collect()
}

fn proc_line(line: &str) -> Option<Address> {
    let mut words = line.split_ascii_whitespace();
    let hex = |word: &str| u32::from_str_radix(word, 16).ok();
    let address = u128::from_str_radix(words.next()?, 16).ok()?;
    let interface = hex(words.next()?)?;
    let (_length, _scope) = (words.next()?, words.next()?);
    let flags = hex(words.next()?)?;
    Some(Address::of(Ipv6Addr::from_bits(address).into(), interface, flags))
}

/// `struct ifaddrmsg` and its attributes; nothing at all where they are garbled, no address where
/// there is none of a known family.
fn address(body: &[u8]) -> Option<Option<Address>> {
    let family = *body.first()?;
    // The eight flags of old; the attribute has all of them.
    let mut flags = u32::from(*body.get(2)?);
    let interface = u32_at(body, 4)?;
    let (mut local, mut remote, mut preferred_lifetime) = (None, None, None);
    let mut rest = body.get(ADDRESS_HEADER_BYTES..)?;
    while !rest.is_empty() {
        let length = usize::from(u16_at(rest, 0)?);
        let kind = u16_at(rest, 2)?;
        let value = rest.get(4..length)?;
        match kind {
            IFA_LOCAL => local = ip(family, value),
            IFA_ADDRESS => remote = ip(family, value),
            IFA_FLAGS => flags = u32_at(value, 0)?,
            IFA_CACHEINFO => preferred_lifetime = Some(u32_at(value, 0)?),
            _ => {}
        }
        rest = rest.get(length.next_multiple_of(ALIGNMENT)..).unwrap_or_default();
    }
    let address = local.or(remote);
    Some(address.map(|address| Address { address, interface, flags, preferred_lifetime }))
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
