//! Malformed messages: truncated, flipped, spliced, huge; parsing terminates and work is bounded.

use super::message::{Message, query};
use super::name::Name;
use super::tsig::tests::{Case, cases};
use super::{SOA, soa};

/// Runs every parser on the message; the test is that they return.
fn read(bytes: &[u8], case: &Case) {
    let (_, key, request, _, now, _) = case;
    let _ = Message::read(bytes).map(|message| message.records.len());
    let _ = key.verify(request, bytes, *now);
    let name = Name::from_text("home.example.com").unwrap();
    let question = query([0x12, 0x34], &name, SOA, true);
    let _ = soa::covering(&question, bytes, &name);
    let _ = crate::wire::whoami::answer(&question, bytes);
}

#[test]
fn cut_flipped_and_spliced() {
    let cases = cases();
    for (number, case) in cases.iter().enumerate() {
        let bytes = &case.3;
        for at in 0..bytes.len() {
            read(&bytes[..at], case);
            for value in [0, 0x3f, 0x40, 0xc0, 0xff, bytes[at] ^ 1, bytes[at] ^ 0x80] {
                let mut spoiled = bytes.clone();
                spoiled[at] = value;
                read(&spoiled, case);
            }
            // The beginning of one message and the end of the next.
            let other = &cases[(number + 1) % cases.len()].3;
            let spliced = [&bytes[..at], other.get(at..).unwrap_or_default()].concat();
            read(&spliced, case);
        }
    }
}

/// A message of 64 KiB with maximal counts in its header, filled with repetitions of `unit`.
fn filled(unit: &[u8]) -> Vec<u8> {
    let mut message = vec![0x12, 0x34, 0x80, 0, 0, 1, 1, 0, 1, 0, 1, 0];
    while message.len() + unit.len() <= 65_535 {
        message.extend_from_slice(unit);
    }
    message
}

#[test]
fn sixty_four_kibibytes_of_anything() {
    let case = &cases()[0];
    let record = b"\xc0\x0c\x00\x01\x00\x01\x00\x00\x00\x00\x00\x00";
    for unit in [&b"\0"[..], b"\xff", b"\x3f", b"\xc0\x0c", b"\xc0\x0d", b"\x01a", record] {
        let message = filled(unit);
        read(&message, case);
        assert!(Message::read(&message).is_none());
    }
    // A chain of compression pointers that ends in 64 KiB of labels.
    let mut chain = filled(b"\x01a");
    let begin = 0x2000;
    for at in (begin..0x3ffe).step_by(2) {
        let to = at - 2;
        chain[at] = 0xc0 | (to >> 8) as u8;
        chain[at + 1] = to as u8;
    }
    read(&chain, case);
}

#[test]
fn random_bytes() {
    let case = &cases()[0];
    let mut state = 1u64;
    for _ in 0..20_000 {
        let mut bytes = Vec::new();
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        for _ in 0..state >> 56 {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            bytes.push((state >> 33) as u8);
        }
        read(&bytes, case);
    }
}
