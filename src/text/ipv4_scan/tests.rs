//! The scan against its oracle, the `regex` crate with the original's pattern on bytes.

use super::first_ipv4;
use proptest::prelude::*;
use std::sync::LazyLock;

static ORACLE: LazyLock<regex::bytes::Regex> = LazyLock::new(|| {
    regex::bytes::Regex::new(r"(?-u)((25[0-5]|(2[0-4]|1\d|[1-9]|)\d)\.?\b){4}").unwrap()
});

fn oracle(bytes: &[u8]) -> Option<String> {
    let found = ORACLE.find(bytes)?;
    let text = std::str::from_utf8(found.as_bytes()).unwrap();
    Some(text.strip_suffix('.').unwrap_or(text).to_string())
}

fn agree(bytes: &[u8]) {
    let ours = first_ipv4(bytes).map(|address| address.to_string());
    assert_eq!(ours, oracle(bytes), "on {:?}", String::from_utf8_lossy(bytes));
}

const REAL: &[&str] = &[
    "2: wan0    inet 192.168.8.2/24 scope global wan0\\       valid_lft forever preferred_lft",
    "3: eth0    inet 203.0.113.7/24 brd 203.0.113.255 scope global eth0\\       valid_lft forever",
    "2: pppoe-wan    inet 192.0.2.1 peer 192.0.2.2/32 scope global pppoe-wan\\       valid_lft",
    "1: lo    inet 127.0.0.1/8 scope host lo\\       valid_lft forever preferred_lft forever\n",
    "2: wan0    inet 198.18.0.1/15 brd 198.19.255.255 scope global dynamic wan0:1\\  200sec\n",
    "Device \"nosuch0\" does not exist.",
];

#[test]
fn known_cases() {
    for text in REAL {
        agree(text.as_bytes());
    }
    for text in [
        "",
        "1.2.3.4",
        "1.2.3.4.",
        "1.2.3.4.5",
        "1.2.3.4.5.6",
        "1.2.3.4a",
        "1.2.3.4_",
        "1.2.3.4-",
        "1.2.3.4.x",
        "256.1.1.1",
        "2560.1.1.1",
        "300.1.1.1",
        "007.1.1.1",
        "1.2.3.04",
        "1.02.3.4.5.6",
        "1.2.345.6.7.8",
        "1.2.3.456.7.8.9",
        "1.2.3.256",
        "255.255.255.255",
        "0.0.0.0",
        "00.0.0.0",
        "1..2.3.4.5",
        ".1.2.3.4",
        "x1.2.3.4",
        "1.2.3",
        "1234",
        "1.2.3.4\u{e9}",
        "100.200.1000.1.1.1",
        "1.2.3.4a5.6.7.8",
        "9.1.2.3.999.1.2.3.4 ",
        "25.25.25.25",
        "1001.1.1.1",
        "2005.0.0.1",
    ] {
        agree(text.as_bytes());
    }
    assert_eq!(first_ipv4(b"256.1.1.1"), Some("56.1.1.1".parse().unwrap()));
}

#[test]
fn every_short_text_of_the_deciding_characters() {
    // All texts of up to 9 characters over an alphabet in which every rule of the pattern can bite
    // would be too many; behind three octets the last two runs can be tried completely.
    let alphabet = b"0125.a- ";
    for length in 0..=5u32 {
        for number in 0..8u32.pow(length) {
            let tail: Vec<u8> =
                (0..length).map(|i| alphabet[(number >> (3 * i)) as usize & 7]).collect();
            agree(&tail);
            for head in [&b"1.2.3."[..], b"25.0.", b"255.255.2"] {
                agree(&[head, &tail].concat());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(20_000))]

    #[test]
    fn equals_the_pattern_on_arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        agree(&bytes);
    }

    #[test]
    fn equals_the_pattern_on_digits_and_dots(
        text in "[0-9.]{0,40}|([0-9]{1,4}\\.){2,6}[0-9]{0,4}[a-z_ /\u{e9}]{0,2}"
    ) {
        agree(text.as_bytes());
    }

    #[test]
    fn equals_the_pattern_on_mutated_ip_output(
        which in 0..REAL.len(), edits in prop::collection::vec((any::<prop::sample::Index>(),
        prop::sample::select(b"0123456789....259 /a_\xff".to_vec()), 0..3u8), 0..12)
    ) {
        let mut bytes = REAL[which].as_bytes().to_vec();
        for (index, byte, how) in edits {
            let at = index.index(bytes.len());
            match how {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, byte),
                _ if bytes.len() > 1 => { bytes.remove(at); }
                _ => {}
            }
        }
        agree(&bytes);
    }
}
