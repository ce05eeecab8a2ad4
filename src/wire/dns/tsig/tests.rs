//! Signatures against vectors: what is sent byte for byte, and a verdict for each answer.

use super::*;
use crate::wire::dns::message::Message;
use crate::wire::dns::update::{Section as Part, Update};
use crate::wire::dns::{A, AAAA, ANY, CNAME, IN, NONE};
use std::net::IpAddr;

const UPDATES: &str = include_str!("../../../../tests/vectors/tsig-updates.tsv");
const ANSWERS: &str = include_str!("../../../../tests/vectors/tsig-answers.tsv");

fn rows(text: &str) -> impl Iterator<Item = Vec<&str>> {
    text.lines().filter(|line| !line.starts_with('#')).map(|line| line.split('\t').collect())
}

fn unhex(text: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).unwrap() as u8;
    text.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

fn key(name: &str, algorithm: &str, secret: &str) -> Key {
    let algorithm = ALGORITHMS.iter().find(|one| one.name == algorithm).unwrap();
    Key { name: Name::from_text(name).unwrap(), algorithm, secret: unhex(secret) }
}

/// One line of the vectors' text, such as `home 300 IN A 192.0.2.1` or `home NONE CNAME`.
fn add_line(part: &mut Part, line: &str, zone: &str) {
    let message: Vec<&str> = line.split(' ').collect();
    let owner = match message[0] {
        "@" => zone.to_string(),
        name => format!("{name}.{zone}"),
    };
    let (ttl, rest) = match message[1].parse() {
        Ok(ttl) => (ttl, &message[2..]),
        Err(_) => (0, &message[1..]),
    };
    let class = match rest[0] {
        "IN" => IN,
        "ANY" => ANY,
        "NONE" => NONE,
        other => panic!("{other}"),
    };
    let kind = match rest[1] {
        "A" => A,
        "AAAA" => AAAA,
        "CNAME" => CNAME,
        other => panic!("{other}"),
    };
    let data = match rest.get(2).map(|text| text.parse().unwrap()) {
        Some(IpAddr::V4(v4)) => v4.octets().to_vec(),
        Some(IpAddr::V6(v6)) => v6.octets().to_vec(),
        None => vec![],
    };
    part.record(&Name::from_text(&owner).unwrap(), kind, class, ttl, &data);
}

fn update_of(text: &str, zone: &str) -> Update {
    let mut update = Update::new(&Name::from_text(zone).unwrap());
    let mut section = "";
    for line in text.split(';').filter(|line| !line.is_empty()) {
        match (section, line) {
            (_, "ZONE" | "PREREQ" | "UPDATE" | "ADDITIONAL") => section = line,
            ("PREREQ", line) => add_line(update.prerequisites(), line, zone),
            ("UPDATE", line) => add_line(update.changes(), line, zone),
            ("ZONE", line) => assert_eq!(line, format!("{zone} IN SOA")),
            other => panic!("{other:?}"),
        }
    }
    update
}

#[test]
fn updates_are_signed_byte_for_byte() {
    let mut count = 0;
    for row in rows(UPDATES) {
        let [name, zone, id, key_name, algorithm, secret, time, text, signed] = row[..] else {
            panic!("{row:?}");
        };
        let id = unhex(id).try_into().unwrap();
        let message = update_of(text, zone).message(id);
        let key = key(key_name, algorithm, secret);
        assert_eq!(key.sign(&message, time.parse().unwrap()).bytes, unhex(signed), "{name}");
        count += 1;
    }
    assert_eq!(count, 15);
}

fn verdict(key: &Key, request: &Signed, answer: &[u8], now: u64) -> String {
    match key.verify(request, answer, now) {
        Ok(Verified::Good) => format!("good {}", Message::read(answer).unwrap().rcode()),
        Ok(Verified::BadTime(time)) => format!("badtime {time}"),
        Err(SignatureError::Unsigned) => "unsigned".into(),
        Err(SignatureError::Malformed) => "garbled".into(),
        Err(SignatureError::OtherKey) => "other key".into(),
        Err(SignatureError::Rejected(error)) => format!("rejected {error}"),
        Err(SignatureError::Forged) => "forged".into(),
        Err(SignatureError::Stale(seconds)) => format!("stale {seconds}"),
    }
}

/// Name, key, request, answer, now, verdict.
pub type Case = (String, Key, Signed, Vec<u8>, u64, String);

pub fn cases() -> Vec<Case> {
    let case = |row: Vec<&str>| {
        let [name, key_name, algorithm, secret, now, mac, verdict, answer] = row[..] else {
            panic!("{row:?}");
        };
        let request = Signed { bytes: vec![], mac: unhex(mac) };
        let key = key(key_name, algorithm, secret);
        (name.into(), key, request, unhex(answer), now.parse().unwrap(), verdict.into())
    };
    rows(ANSWERS).map(case).collect()
}

#[test]
fn each_answer_gets_its_verdict() {
    let cases = cases();
    assert_eq!(cases.len(), 60);
    for (name, key, request, answer, now, expected) in cases {
        assert_eq!(verdict(&key, &request, &answer, now), expected, "{name}");
    }
}

#[test]
fn no_changed_byte_passes_for_good() {
    let good = |case: &Case| case.5.starts_with("good") || case.5.starts_with("badtime");
    for (name, key, request, answer, now, expected) in cases().into_iter().filter(good) {
        for at in 0..answer.len() {
            for bit in 0..8 {
                let mut spoiled = answer.clone();
                spoiled[at] ^= 1 << bit;
                // The identifier in front is no part of the digest; whoever waits compares it.
                let letter = spoiled[at].eq_ignore_ascii_case(&answer[at]);
                if at >= 2 && !letter {
                    let verdict = verdict(&key, &request, &spoiled, now);
                    let passes = verdict.starts_with("good") || verdict.starts_with("badtime");
                    assert!(!passes, "{name}: byte {at}: {verdict}, was {expected}");
                }
            }
        }
        for length in 0..answer.len() {
            assert_eq!(
                key.verify(&request, &answer[..length], now),
                Err(SignatureError::Malformed)
            );
        }
        let mut longer = answer.clone();
        longer.push(0);
        assert_eq!(key.verify(&request, &longer, now), Err(SignatureError::Malformed));
    }
}

#[test]
fn other_keys_and_times_are_told_apart() {
    let (_, key, request, answer, now, _) =
        cases().into_iter().find(|case| case.0 == "made: signed-NOERROR").unwrap();
    let other = Key { name: Name::from_text("other").unwrap(), secret: vec![1], ..key };
    assert_eq!(other.verify(&request, &answer, now), Err(SignatureError::OtherKey));
    let sha512 = ALGORITHMS.iter().find(|one| one.name == "hmac-sha512").unwrap();
    let other = Key { name: key.name.clone(), algorithm: sha512, secret: key.secret.clone() };
    assert_eq!(other.verify(&request, &answer, now), Err(SignatureError::OtherKey));
    let other = Key { name: key.name.clone(), secret: vec![1], ..key };
    assert_eq!(other.verify(&request, &answer, now), Err(SignatureError::Forged));
    let strange = Signed { bytes: vec![], mac: vec![0; 32] };
    assert_eq!(key.verify(&strange, &answer, now), Err(SignatureError::Forged));
    // The answer was signed a second before `now`.
    assert_eq!(key.verify(&request, &answer, now + 299), Ok(Verified::Good));
    assert_eq!(key.verify(&request, &answer, now + 300), Err(SignatureError::Stale(301)));
    assert_eq!(key.verify(&request, &answer, now - 301), Ok(Verified::Good));
    assert_eq!(key.verify(&request, &answer, 0), Err(SignatureError::Stale(now - 1)));
}

/// The time a request was signed at; its TSIG record is the last, with fields of known lengths.
pub fn time_of(request: &[u8]) -> u64 {
    let message = Message::read(request).unwrap();
    let record = message.records.last().unwrap();
    Fields::read(request, record.data_at, record.data.len()).unwrap().time
}

/// What a server that shares `key` answers to a signed request: a response code, and where
/// `server_time` is given BADTIME with that time.
pub fn answer(key: &Key, request: &[u8], rcode: u8, server_time: Option<u64>) -> Vec<u8> {
    let message = Message::read(request).unwrap();
    let record = message.records.last().unwrap();
    let asked = Fields::read(request, record.data_at, record.data.len()).unwrap();
    let mut reply = request[..12].to_vec();
    reply[2] |= 0x80;
    reply[3] = rcode;
    reply[4..].fill(0);
    let other = server_time.map_or(vec![], |time| time_bytes(time).to_vec());
    let error = if server_time.is_some() { BADTIME } else { 0 };
    let variables = key.variables(asked.time, FUDGE_SECONDS, error, &other);
    let length = (asked.mac.len() as u16).to_be_bytes();
    let mac = key.mac(&[&length, asked.mac, &reply, &variables]);
    let mut data = key.algorithm.wire.to_vec();
    data.push(0);
    data.extend(time_bytes(asked.time));
    data.extend(FUDGE_SECONDS.to_be_bytes());
    data.extend((mac.len() as u16).to_be_bytes());
    data.extend(mac);
    data.extend(asked.original_id.to_be_bytes());
    data.extend(error.to_be_bytes());
    data.extend((other.len() as u16).to_be_bytes());
    data.extend(other);
    add_to_additional(&mut reply, 1);
    key.name.write(&mut reply);
    reply.extend(TSIG.to_be_bytes());
    reply.extend(ANY.to_be_bytes());
    reply.extend([0; 4]);
    reply.extend((data.len() as u16).to_be_bytes());
    reply.extend(data);
    reply
}
