//! Updates against a played server: each verdict, each way an answer can fail to count.

use super::*;
use crate::env::fake::FakeEnv;
use crate::wire::dns::tsig::ALGORITHMS;
use std::cell::RefCell;
use std::rc::Rc;

fn name(text: &str) -> Name {
    Name::from_text(text).unwrap()
}

fn key() -> Key {
    let algorithm = ALGORITHMS.iter().find(|one| one.name == "hmac-sha256").unwrap();
    Key { name: name("key"), algorithm, secret: b"secret".to_vec() }
}

/// What a played server does with a message: gives an answer to it, or fails.
type Behaviour = fn(&Question) -> Result<Vec<u8>, Error>;

/// An unsigned answer with a response code.
fn plain(question: &Question, rcode: u8) -> Vec<u8> {
    let mut answer = question.bytes.clone();
    answer.truncate(12);
    answer[2] |= 0x80;
    answer[3] = rcode;
    answer[4..].fill(0);
    answer
}

/// Sends to two addresses; gives back the outcome, and to whom and how it was sent.
fn outcome(behave: Behaviour, signed: bool, datagrams: bool) -> (Result<(), Error>, Vec<String>) {
    let asked = Rc::new(RefCell::new(Vec::new()));
    let seen = asked.clone();
    let mut fake = FakeEnv {
        now: 1_800_000_000,
        server: Some(Box::new(move |question| {
            let way = match question.transport {
                Transport::Stream => "tcp",
                _ => "udp",
            };
            seen.borrow_mut().push(format!("{way} {}", question.server));
            behave(question)
        })),
        ..FakeEnv::default()
    };
    let key = key();
    let server = Server {
        addresses: &["192.0.2.53:53".parse().unwrap(), "[2001:db8::53]:53".parse().unwrap()],
        key: signed.then_some(&key),
        datagrams,
    };
    let (zone, host) = (name("example.com"), name("host.example.com"));
    let addresses = ["192.0.2.1".parse().unwrap()];
    let wanted = Replacement {
        zone: &zone,
        name: &host,
        addresses: &addresses,
        ttl: 60,
        keep_others: true,
        keep_v6: false,
    };
    let result = replace(&mut fake, &server, &wanted, &mut |_| {});
    let asked = asked.borrow().clone();
    (result, asked)
}

fn words(behave: Behaviour, signed: bool) -> (String, usize) {
    let (result, asked) = outcome(behave, signed, false);
    (result.unwrap_err().into_message(), asked.len())
}

#[test]
fn an_unsigned_yes_counts_only_for_an_unsigned_request() {
    let (result, asked) = outcome(|question| Ok(plain(question, 0)), false, false);
    assert_eq!((result, asked), (Ok(()), vec!["tcp 192.0.2.53:53".to_string()]));
    let (words, asked) = words(|question| Ok(plain(question, 0)), true);
    assert_eq!(asked, 2);
    let one = "ignored the answer of 192.0.2.53:53: it is not signed";
    assert_eq!(words, format!("{one}; {}", one.replace("192.0.2.53:53", "[2001:db8::53]:53")));
}

#[test]
fn short_messages_may_go_by_udp() {
    let (_, asked) = outcome(|question| Ok(plain(question, 0)), false, true);
    assert_eq!(asked, ["udp 192.0.2.53:53"]);
}

#[test]
fn each_address_has_a_reason_of_its_own() {
    let (words, asked) = words(
        |question| match question.server.is_ipv4() {
            true => Err(Error::new(Kind::Timeout, "no answer from 192.0.2.53:53")),
            false => Ok(plain(question, 7)),
        },
        false,
    );
    assert_eq!(asked, 2);
    assert_eq!(
        words,
        "no answer from 192.0.2.53:53; \
         [2001:db8::53]:53 refused the update: host.example.com is a CNAME (YXRRSET)"
    );
}

#[test]
fn odd_answers_do_not_count() {
    let (words_of, _) = words(|question| Ok(plain(question, 0)[..11].to_vec()), false);
    assert!(words_of.contains("a malformed answer"), "{words_of}");
    let query = |question: &Question| {
        let mut answer = plain(question, 0);
        answer[2] = 0x80;
        Ok(answer)
    };
    let (words_of, _) = words(query, false);
    assert!(words_of.contains("not for an update"), "{words_of}");
    let (words_of, _) = words(|question| Ok(plain(question, 9)), true);
    assert!(words_of.contains("refused the update (NOTAUTH), unsigned"), "{words_of}");
    let (words_of, _) = words(|question| Ok(plain(question, 11)), false);
    assert!(words_of.contains("refused the update (code 11)"), "{words_of}");
}

/// An answer signed by `key`, or a BADTIME that gives `server_time`.
fn signed(question: &Question, rcode: u8, time_error: Option<u64>) -> Vec<u8> {
    crate::wire::dns::tsig::tests::answer(&key(), &question.bytes, rcode, time_error)
}

#[test]
fn a_signed_word_is_the_last() {
    let (result, asked) = outcome(|question| Ok(signed(question, 0, None)), true, false);
    assert_eq!((result, asked.len()), (Ok(()), 1));
    let (words, asked) = words(|question| Ok(signed(question, 5, None)), true);
    assert_eq!(asked, 1);
    assert_eq!(words, "192.0.2.53:53 refused the update (REFUSED): it does not allow this change");
}

#[test]
fn the_time_is_learned_once() {
    // A server whose clock is an hour ahead, and which looks.
    let (result, asked) = outcome(
        |question| {
            let server_time = 1_800_003_600;
            let time = crate::wire::dns::tsig::tests::time_of(&question.bytes);
            let off = (time != server_time).then_some(server_time);
            Ok(signed(question, if off.is_some() { 9 } else { 0 }, off))
        },
        true,
        false,
    );
    assert_eq!((result, asked.len()), (Ok(()), 2));
    // One that is never content.
    let (words, asked) = words(|question| Ok(signed(question, 9, Some(1_800_003_600))), true);
    assert_eq!(asked, 2);
    assert!(words.contains("its clock differs by 3600 s"), "{words}");
}
