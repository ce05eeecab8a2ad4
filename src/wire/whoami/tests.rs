//! The vectors of whoami answers, and what garbage does to them.

use super::*;

const VECTORS: &str = include_str!("../../../tests/vectors/whoami.tsv");
const ID: [u8; 2] = [0x12, 0x34];

fn bytes(hex: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap() as u8;
    hex.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn vectors() -> Vec<(&'static str, Vec<u8>, &'static str)> {
    let lines = VECTORS.lines().filter(|line| !line.starts_with('#'));
    let fields = lines.map(|line| line.split('\t').collect::<Vec<_>>());
    fields.map(|field| (field[0], bytes(field[1]), field[2])).collect()
}

#[test]
fn the_query_is_the_one_on_record() {
    let hex = "1234010000010000000000000677686f616d690a636c6f7564666c6172650000100003";
    assert_eq!(query(ID), bytes(hex));
}

#[test]
fn every_vector_is_judged_right() {
    assert_eq!(vectors().len(), 22);
    for (expected, reply, name) in vectors() {
        let got = answer(&query(ID), &reply);
        assert_eq!(is_reply_to(&query(ID), &reply), expected != "ignore", "{name}");
        match expected.split_once(' ') {
            Some(("address", address)) => assert_eq!(got, Ok(address.parse().unwrap()), "{name}"),
            // Which addresses are public is judged by the sources.
            _ if expected == "not-public" => assert!(got.is_ok(), "{name}"),
            _ => assert!(got.is_err(), "{name}: {got:?}"),
        }
    }
}

#[test]
fn garbage_is_refused_without_a_panic() {
    let all = vectors();
    for (expected, reply, name) in &all {
        for length in 0..reply.len() {
            let cut = answer(&query(ID), &reply[..length]);
            assert!(cut.is_err(), "{name} cut at {length}: {cut:?}");
        }
        for at in 0..reply.len() {
            for mask in [0x01, 0x40, 0x80, 0xc0, 0xff] {
                let mut flipped = reply.clone();
                flipped[at] ^= mask;
                let _ = answer(&query(ID), &flipped);
            }
        }
        for (_, other, _) in &all {
            for at in (0..reply.len()).step_by(3) {
                let spliced = [&reply[..at], &other[at.min(other.len())..]].concat();
                let _ = answer(&query(ID), &spliced);
            }
        }
        assert!(answer(&[], reply).is_err(), "{expected}");
    }
}

#[test]
fn a_large_message_is_bounded_work() {
    // 65535 records announced, none there; and as many pointers as fit.
    let mut reply = vectors()[0].1.clone();
    reply[6..8].copy_from_slice(&[0xff, 0xff]);
    assert!(answer(&query(ID), &reply).is_err());
    reply.resize(65_535, 0xc0);
    assert!(answer(&query(ID), &reply).is_err());
}
