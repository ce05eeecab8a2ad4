//! DNS messages, their signatures, and what is concluded from a server's answers.

use super::played::Played;
use crate::crypto::{self, Hash};
use crate::judge;
use crate::providers::rfc2136::{self, Event, Replacement, Server, zone};
use crate::wire::dns::message::{Message, query};
use crate::wire::dns::name::Name;
use crate::wire::dns::reader::Reader;
use crate::wire::dns::tsig::{ALGORITHMS, Key, Verified};
use crate::wire::dns::update::Update;
use crate::wire::dns::{self, SOA, TSIG, soa};
use crate::wire::whoami;

const NOW: u64 = 1_767_323_047;
const SECRET: &[u8] = b"0123456789abcdef0123456789abcdef";

fn name(text: &str) -> Name {
    Name::from_text(text).unwrap()
}

/// A message that can be read can be written, and is the same then; nothing that reads one breaks.
pub fn message(data: &[u8]) {
    let host = name("home.example.com");
    let question = query([0x12, 0x34], &host, SOA, true);
    let _ = (soa::covering(&question, data, &host), dns::answers(&question, data));
    if let Ok(Some(zone)) = soa::covering(&question, data, &host) {
        assert!(host.is_within(&zone.apex));
    }
    let asked = whoami::query([0x12, 0x34]);
    let _ = whoami::answer(&asked, data);
    let at = data.first().map_or(0, |&at| usize::from(at));
    if let Some(found) = Reader::at(data, at).name() {
        name_holds(&found);
    }
    let Some(message) = Message::read(data) else { return };
    let mut again = data[..12].to_vec();
    for one in &message.questions {
        name_holds(&one.name);
        one.name.write(&mut again);
        again.extend([one.kind.to_be_bytes(), one.class.to_be_bytes()].concat());
    }
    for one in &message.records {
        name_holds(&one.owner);
        one.owner.write(&mut again);
        again.extend([one.kind.to_be_bytes(), one.class.to_be_bytes()].concat());
        again.extend(one.ttl.to_be_bytes());
        again.extend((one.data.len() as u16).to_be_bytes());
        again.extend_from_slice(one.data);
    }
    let read = Message::read(&again).unwrap();
    assert_eq!(read.questions, message.questions);
    let all = |message: &Message| -> Vec<_> {
        let records = message.records.iter();
        records.map(|one| (one.owner.clone(), one.kind, one.ttl, one.data.to_vec())).collect()
    };
    assert_eq!(all(&read), all(&message));
}

fn name_holds(name: &Name) {
    assert!(name.0.len() < 255);
    let shown = name.to_string();
    judge::is_line(&shown);
    assert!(shown.is_ascii());
    if !shown.contains('\\') {
        assert_eq!(Name::from_text(&shown).as_ref(), Ok(name));
    }
    if let Some(parent) = name.parent() {
        assert!(name.is_within(&parent) && !parent.is_within(name));
    }
}

/// The wire form of an algorithm's name, and its hash.
fn algorithm(number: usize) -> (&'static str, &'static [u8], Hash) {
    match number % 3 {
        0 => ("hmac-sha256", b"\x0bhmac-sha256\0", Hash::Sha256),
        1 => ("hmac-sha512", b"\x0bhmac-sha512\0", Hash::Sha512),
        _ => ("hmac-md5", b"\x08hmac-md5\x07sig-alg\x03reg\x03int\0", Hash::Md5),
    }
}

fn key(number: usize) -> Key {
    let (name_of, ..) = algorithm(number);
    let algorithm = ALGORITHMS.iter().find(|one| one.name == name_of).unwrap();
    Key { name: name("ddns-key.example.com"), algorithm, secret: SECRET.to_vec() }
}

/// An answer with these bytes, signed as a server signs it: written after RFC 8945 alone.
fn signed(number: usize, request_mac: &[u8], answer: &[u8]) -> Vec<u8> {
    let (_, wire, hash) = algorithm(number);
    let owner = b"\x08ddns-key\x07example\x03com\0";
    let time = &NOW.to_be_bytes()[2..];
    let length = (request_mac.len() as u16).to_be_bytes();
    let tail = [&b"\0\xff\0\0\0\0"[..], wire, time, &300u16.to_be_bytes(), &[0; 4]].concat();
    let mac = crypto::hmac(hash, SECRET, &[&length, request_mac, answer, owner, &tail]);
    let size = (mac.len() as u16).to_be_bytes();
    let rest = [&mac[..], &answer[..2], &[0; 4]].concat();
    let data = [wire, time, &300u16.to_be_bytes(), &size, &rest].concat();
    let mut all = answer.to_vec();
    let count = u16::from_be_bytes([all[10], all[11]]).wrapping_add(1);
    all[10..12].copy_from_slice(&count.to_be_bytes());
    all.extend_from_slice(owner);
    all.extend(b"\0\xfa\0\xff\0\0\0\0");
    all.extend((data.len() as u16).to_be_bytes());
    all.extend(data);
    all
}

/// The signature of a request: behind the algorithm, six bytes of time and two each of fudge and
/// size.
fn mac_of(request: &[u8], number: usize) -> Vec<u8> {
    let message = Message::read(request).unwrap();
    let skipped = algorithm(number).1.len() + 6 + 2;
    let rest = &message.records.last().unwrap().data[skipped..];
    let size = usize::from(u16::from_be_bytes([rest[0], rest[1]]));
    rest[2..2 + size].to_vec()
}

/// What is signed is taken, and nothing else: not as it is, and not with a byte of it changed.
pub fn tsig(data: &[u8]) {
    let Some((&[which, place_high, place_low, flip], answer)) = data.split_first_chunk() else {
        return;
    };
    let number = usize::from(which);
    let key = key(number);
    let mut update = Update::new(&name("example.com"));
    update.delete_name(&name("home.example.com"));
    let request = key.sign(&update.message([0x12, 0x34]), NOW);
    assert!(key.verify(&request, answer, NOW).is_err(), "nobody else has the key");
    let Some(unsigned) = Message::read(answer) else { return };
    if unsigned.records.iter().any(|one| one.kind == TSIG) || answer[10..12] == [0xff; 2] {
        return;
    }
    let whole = signed(number, &mac_of(&request.bytes, number), answer);
    if unsigned.records.len() >= 1000 {
        return;
    }
    assert_eq!(key.verify(&request, &whole, NOW), Ok(Verified::Good));
    let place = usize::from(u16::from_be_bytes([place_high, place_low])) % whole.len();
    let mut spoiled = whole.clone();
    spoiled[place] ^= flip;
    // The identifier is not signed; names compare without case.
    let is_same = spoiled.eq_ignore_ascii_case(&whole);
    if place >= 2 && !(is_same && place >= answer.len()) && flip != 0 {
        assert!(key.verify(&request, &spoiled, NOW).is_err(), "byte {place} of {}", whole.len());
    }
    assert!(key.verify(&request, &whole[..place], NOW).is_err());
}

/// The parts of an input, each behind its size in two bytes.
fn sized(data: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut rest = data;
    std::iter::from_fn(move || {
        let (size, behind) = rest.split_first_chunk()?;
        let (part, behind) =
            behind.split_at_checked(u16::from_be_bytes(*size).into()).unwrap_or((behind, &[]));
        rest = behind;
        Some(part)
    })
}

/// Any answers to the question for the zone, then to the update; nothing that is unsigned counts.
pub fn server(data: &[u8]) {
    let Some((&first, rest)) = data.split_first() else { return };
    let mut env = Played::new(data, sized(rest), NOW);
    let host = name("home.example.com");
    let servers = ["192.0.2.1:53".parse().unwrap(), "[2001:db8::1]:53".parse().unwrap()];
    let found = zone::find(&mut env, &servers, first & 1 != 0, &host);
    if let Ok(zone) = &found {
        assert!(host.is_within(&zone.apex) && !zone.apex.is_root());
    }
    let apex = found.map_or_else(|_| name("example.com"), |zone| zone.apex);
    let key = key(0);
    let has_key = first & 2 != 0;
    let server =
        Server { addresses: &servers, key: has_key.then_some(&key), datagrams: first & 4 != 0 };
    let addresses = ["192.0.2.7".parse().unwrap(), "2001:db8::7".parse().unwrap()];
    let keep_others = first & 8 != 0;
    let (ttl, keep_v6) = (60, first & 16 != 0);
    let wanted =
        Replacement { zone: &apex, name: &host, addresses: &addresses, ttl, keep_others, keep_v6 };
    let mut events = 0;
    let done = rfc2136::replace(&mut env, &server, &wanted, &mut |event| {
        events += 1;
        if let Event::ClockOff(_) = event {
            assert!(has_key, "an unsigned answer moves the clock");
        }
    });
    assert!(events <= 2 * servers.len() + 2);
    match done {
        Ok(()) => assert!(!has_key, "an unsigned answer was believed"),
        Err(error) => judge::is_plain(&error.message),
    }
}
