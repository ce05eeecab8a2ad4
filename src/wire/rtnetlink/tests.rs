//! Messages put together as the kernel does, and everything that can be wrong with them.

use super::*;

fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let mut bytes = ((4 + value.len()) as u16).to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

fn message(kind: u16, flags: u16, sequence: u32, body: &[u8]) -> Vec<u8> {
    let mut bytes = ((HEADER_BYTES + body.len()) as u32).to_ne_bytes().to_vec();
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(flags.to_ne_bytes());
    bytes.extend(sequence.to_ne_bytes());
    bytes.extend(4711u32.to_ne_bytes());
    bytes.extend(body);
    bytes
}

fn new_address(family: u8, flags: u8, attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut body = vec![family, 64, flags, 0];
    body.extend(3u32.to_ne_bytes());
    body.extend(attributes.concat());
    message(RTM_NEWADDR, 2, 7, &body)
}

fn heard(datagram: &[u8]) -> Option<Vec<Message>> {
    let mut all = Vec::new();
    read(datagram, 7, &mut |said| all.push(said))?;
    Some(all)
}

fn cache_info(preferred: u32) -> Vec<u8> {
    let message = [preferred, 600, 0, 0];
    attribute(IFA_CACHEINFO, &message.map(u32::to_ne_bytes).concat())
}

fn v6(flags: u32, preferred: u32) -> Address {
    let octets = "2001:db8::1".parse::<Ipv6Addr>().unwrap().octets();
    let flags = attribute(IFA_FLAGS, &flags.to_ne_bytes());
    let attributes = [attribute(IFA_ADDRESS, &octets), cache_info(preferred), flags];
    match heard(&new_address(AF_INET6, 0, &attributes)).unwrap().pop() {
        Some(Message::Address(address)) => address,
        other => panic!("{other:?}"),
    }
}

#[test]
fn addresses_and_their_state() {
    let good = v6(0x80, 300);
    assert_eq!(good.address, "2001:db8::1".parse::<IpAddr>().unwrap());
    assert_eq!(good.interface, 3);
    assert!(!good.is_temporary() && !good.is_deprecated());
    assert!(!good.is_tentative() && !good.is_duplicate());
    assert!(v6(IFA_F_TEMPORARY, 300).is_temporary());
    assert!(v6(IFA_F_DEPRECATED, 300).is_deprecated());
    assert!(v6(0, 0).is_deprecated());
    assert!(v6(IFA_F_TENTATIVE, 300).is_tentative());
    assert!(v6(IFA_F_DADFAILED | IFA_F_TENTATIVE, 300).is_duplicate());
}

#[test]
fn the_local_end_of_a_link_counts() {
    let attributes = [attribute(IFA_ADDRESS, &[10, 9, 9, 1]), attribute(IFA_LOCAL, &[10, 9, 9, 2])];
    // 0x01: a second address of its subnet, which for IPv4 is as good as the first.
    let datagram = new_address(AF_INET, 0x01, &attributes);
    let Some(Message::Address(one)) = heard(&datagram).unwrap().pop() else { panic!() };
    assert_eq!(one.address, IpAddr::from([10, 9, 9, 2]));
    assert!(!one.is_temporary());
}

#[test]
fn several_messages_in_a_datagram() {
    let one = new_address(AF_INET, 0, &[attribute(IFA_LOCAL, &[192, 0, 2, 1])]);
    let strange = message(RTM_NEWADDR, 2, 8, &[]);
    let other_family = new_address(28, 0, &[attribute(IFA_LOCAL, &[1])]);
    let done = message(NLMSG_DONE, 2, 7, &[0; 4]);
    let all = heard(&[one.clone(), strange, other_family, one, done].concat()).unwrap();
    assert!(
        matches!(all[..], [Message::Address(_), Message::Address(_), Message::Done]),
        "{all:?}"
    );
    let error = message(NLMSG_ERROR, 0, 7, &(-12i32).to_ne_bytes());
    assert_eq!(heard(&error), Some(vec![Message::Failed(12)]));
    let changed = message(NLMSG_DONE, NLM_F_DUMP_INTR, 7, &[0; 4]);
    assert_eq!(heard(&changed), Some(vec![Message::Changed, Message::Done]));
    assert_eq!(heard(&message(NLMSG_OVERRUN, 0, 7, &[])), Some(vec![Message::Lost]));
}

#[test]
fn garbage_is_nothing_and_ends() {
    let flags = attribute(IFA_FLAGS, &[0; 4]);
    let good = new_address(AF_INET6, 0, &[attribute(IFA_ADDRESS, &[1; 16]), flags, cache_info(1)]);
    for length in 1..good.len() {
        assert_eq!(heard(&good[..length]), None, "{length}");
    }
    for at in 0..good.len() {
        for value in [0, 1, 3, 4, 0x7f, 0x80, 0xff] {
            let mut spoiled = good.clone();
            spoiled[at] = value;
            let _ = heard(&spoiled);
        }
    }
    assert_eq!(heard(&[0; 64]), None);
    assert_eq!(heard(&[0xff; 64]), None);
}

#[test]
fn what_tells_of_a_change() {
    let one = new_address(AF_INET6, 0, &[attribute(IFA_ADDRESS, &[1; 16])]);
    let gone = message(RTM_DELADDR, 0, 0, &[0; 8]);
    let other = message(16, 0, 0, &[0; 8]);
    assert_eq!(is_address_change(&one), Some(true));
    assert_eq!(is_address_change(&[other.clone(), gone].concat()), Some(true));
    assert_eq!(is_address_change(&other), Some(false));
    assert_eq!(is_address_change(&[]), Some(false));
    assert_eq!(is_address_change(&one[..20]), None);
    assert_eq!(is_address_change(&[0; 16]), None);
}

#[test]
fn the_list_in_proc() {
    let text = "20010db8000000000000000000000001 02 40 00 80     eth0\n\
        fe80000000000000000000000000001a 0a 40 20 c0     wan0\nnonsense\n\n\
        20010db8000000000000000000000002 02 40 00 21 eth0\n";
    let all = read_proc(text);
    assert_eq!(all.len(), 3);
    assert_eq!(all[0].address, "2001:db8::1".parse::<IpAddr>().unwrap());
    assert_eq!((all[0].interface, all[1].interface), (2, 10));
    assert!(all[1].is_tentative() && !all[0].is_tentative());
    assert!(all[2].is_temporary() && all[2].is_deprecated());
    assert_eq!(all[0].preferred_lifetime(), u32::MAX);
}

fn route(header: [u8; 8], flags: u32, attributes: &[Vec<u8>]) -> Vec<u8> {
    let mut body = header.to_vec();
    body.extend(flags.to_ne_bytes());
    body.extend(attributes.concat());
    message(RTM_NEWROUTE, 2, 7, &body)
}

#[test]
fn default_routes() {
    let word = |kind, word: u32| attribute(kind, &word.to_ne_bytes());
    let header = [AF_INET6, 0, 0, 0, RT_TABLE_MAIN, 9, 0, RTN_UNICAST];
    let both = [word(RTA_PRIORITY, 512), word(RTA_OIF, 3)];
    let found = |interface, metric| Message::DefaultRoute { interface, metric };
    assert_eq!(heard(&route(header, 0, &both)).unwrap(), [found(3, 512)]);
    // From one prefix only, as OpenWrt has them.
    let from_prefix = [AF_INET6, 0, 56, 0, RT_TABLE_MAIN, 9, 0, RTN_UNICAST];
    assert_eq!(heard(&route(from_prefix, 0, &both)).unwrap(), [found(3, 512)]);
    let hop =
        |interface: u32| [&8u16.to_ne_bytes()[..], &[0, 0], &interface.to_ne_bytes()].concat();
    let several = [word(RTA_PRIORITY, 9), attribute(RTA_MULTIPATH, &[hop(4), hop(5)].concat())];
    assert_eq!(heard(&route(header, 0, &several)).unwrap(), [found(4, 9), found(5, 9)]);
    for (place, value) in [(0, AF_INET), (1, 3), (4, 253), (7, 7)] {
        let mut other = header;
        other[place] = value;
        assert_eq!(heard(&route(other, 0, &both)).unwrap(), [], "{place}");
    }
    for down in [1, 16] {
        assert_eq!(heard(&route(header, down, &both)).unwrap(), []);
    }
    let whole = route(header, 0, &several);
    for length in 1..whole.len() {
        let mut cut = whole[..length].to_vec();
        if length >= 4 {
            cut[..4].copy_from_slice(&(length as u32).to_ne_bytes());
        }
        // Nothing, or what was there up to an attribute's end.
        assert!(heard(&cut).is_none_or(|said| said.is_empty()), "{length}");
    }
    assert_eq!(routes_request(1).len(), 28);
}

#[test]
fn a_prefix_that_is_withdrawn() {
    let of = |text: &str, length, interface, flags| {
        Address::of(text.parse().unwrap(), length, interface, flags)
    };
    let old = of("2001:db8:1::a", 64, 1, IFA_F_DEPRECATED);
    assert!(old.shows_withdrawal());
    assert!(old.shares_prefix_with(&of("2001:db8:1::1", 128, 1, 0)));
    assert!(!old.shares_prefix_with(&of("2001:db8:1::1", 128, 2, 0)));
    assert!(!old.shares_prefix_with(&of("2001:db8:1:1::1", 128, 1, 0)));
    assert!(!old.shares_prefix_with(&of("192.0.2.1", 24, 1, 0)));
    for (length, flags) in [(128, 0x20), (0, 0x20), (64, 0), (64, 0xa0), (64, 0x21)] {
        assert!(!of("2001:db8:1::a", length, 1, flags).shows_withdrawal(), "{length} {flags}");
    }
}
