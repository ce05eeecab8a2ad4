//! Answers about zones, put together record by record.

use super::*;
use crate::wire::dns::message::query;

const ID: [u8; 2] = [0xab, 0xcd];

fn name(text: &str) -> Name {
    Name::from_text(text).unwrap()
}

/// A record: section (0 answer, 1 authority, 2 additional), owner, type, name it points to.
type Line<'a> = (usize, &'a str, u16, &'a str);

fn reply(asked: &str, rcode: u8, lines: &[Line]) -> Vec<u8> {
    let mut message = query(ID, &name(asked), SOA, true);
    message[2] |= 0x80;
    message[3] |= rcode;
    for (section, owner, kind, target) in lines {
        message[7 + 2 * section] += 1;
        name(owner).write(&mut message);
        message.extend(kind.to_be_bytes());
        message.extend([0, 1, 0, 0, 0, 60]);
        let mut data = Vec::new();
        name(target).write(&mut data);
        if *kind == SOA {
            name("admin.example").write(&mut data);
            data.extend([0; 20]);
        }
        message.extend((data.len() as u16).to_be_bytes());
        message.extend(data);
    }
    message
}

fn told(asked: &str, rcode: u8, lines: &[Line]) -> Result<Option<(String, String)>, String> {
    let question = query(ID, &name(asked), SOA, true);
    covering(&question, &reply(asked, rcode, lines), &name(asked))
        .map(|zone| zone.map(|zone| (zone.apex.to_string(), zone.primary.to_string())))
}

fn zone(apex: &str, primary: &str) -> Result<Option<(String, String)>, String> {
    Ok(Some((apex.into(), primary.into())))
}

#[test]
fn the_zone_is_in_the_answer_or_beside_it() {
    let at = [(0, "Example.com", SOA, "NS.example.com")];
    assert_eq!(told("example.com", 0, &at), zone("example.com", "ns.example.com"));
    let above = [(1, "example.com", SOA, "ns.example.com")];
    assert_eq!(told("a.b.example.com", 0, &above), zone("example.com", "ns.example.com"));
    assert_eq!(told("a.b.example.com", 3, &above), zone("example.com", "ns.example.com"));
}

#[test]
fn what_covers_something_else_is_passed_over() {
    assert_eq!(told("a.example.com", 0, &[]), Ok(None));
    assert_eq!(told("a.example.com", 3, &[]), Ok(None));
    assert_eq!(told("a.example.com", 0, &[(1, "example.org", SOA, "ns.example.org")]), Ok(None));
    assert_eq!(told("a.example.com", 0, &[(0, "example.com", SOA, "ns.example.com")]), Ok(None));
    assert_eq!(told("a.example.com", 0, &[(2, "example.com", SOA, "ns.example.com")]), Ok(None));
    // The SOA record beside an alias covers the alias's target.
    let alias = [(0, "a.example.com", CNAME, "b.com"), (1, "com", SOA, "ns.com")];
    assert_eq!(told("a.example.com", 0, &alias), Ok(None));
    let alias = [(0, "a.example.com", CNAME, "b.com"), (0, "b.com", SOA, "ns.com")];
    assert_eq!(told("a.example.com", 0, &alias), Ok(None));
}

#[test]
fn what_is_no_answer() {
    for (rcode, message) in [(2, "is SERVFAIL"), (5, "is REFUSED"), (11, "is code 11")] {
        assert_eq!(told("a.example.com", rcode, &[]), Err(message.into()));
    }
    let asked = name("a.example.com");
    let question = query(ID, &asked, SOA, true);
    let good = reply("a.example.com", 0, &[(1, "example.com", SOA, "ns.example.com")]);
    for length in 0..good.len() {
        assert!(covering(&question, &good[..length], &asked).is_err(), "{length}");
    }
    assert!(covering(&question, &question, &asked).is_err());
    let other = reply("b.example.com", 0, &[(1, "example.com", SOA, "ns.example.com")]);
    assert!(covering(&question, &other, &asked).is_err());
    let mut update = good.clone();
    update[2] |= 5 << 3;
    assert!(covering(&question, &update, &asked).is_err());
}
