//! Whoami servers that fail or cheat, asked by the program itself over UDP on loopback.
use super::stage::{Act, Stage};
use crate::standin::dns::Mode;
use crate::standin::{Api, Dns};
use crate::subject::{Home, is_like, side_by_side, slack};
use std::net::UdpSocket;
use std::panic::catch_unwind;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Three tries of three seconds each.
const SILENCE_SECONDS: f64 = 9.0;

/// Mode of the server, note with -v (`*` anything; none: the address was found), questions asked.
const MODES: &[(&str, Option<&str>, usize)] = &[
    ("ok", None, 1),
    ("wrong-id-first", None, 1),
    ("delay:1000", None, 1),
    // The second question is asked before the answer to the first is there.
    ("delay:4000", None, 2),
    ("empty", Some("whoami: the answer of * is empty."), 1),
    ("servfail", Some("whoami: the answer of * is SERVFAIL."), 1),
    ("text:oops", Some("whoami: the answer of * is not an IPv4 address."), 1),
    ("text:203.0.113.7 ", Some("whoami: the answer of * is not an IPv4 address."), 1),
    ("multi", Some("whoami: the answer of * names two addresses."), 1),
    ("class-in", Some("whoami: the answer of * holds a record that was not asked for."), 1),
    ("silent", Some("whoami: no answer from *."), 3),
    // What is no reply is passed over; the right one might still come.
    ("garbage", Some("whoami: no answer from *."), 3),
];

#[test]
fn each_way_to_answer_ends_in_an_address_or_a_reason() {
    side_by_side(
        MODES.len(),
        MODES,
        |(mode, ..)| (*mode).to_owned(),
        |&(mode, note, asked)| {
            let stage = Stage::set(Act::Update);
            let (before, cache) = (stage.api.records(), stage.home.cache());
            stage.dns.with(|whoami| {
                whoami.mode = Mode::parse(mode).unwrap();
                whoami.asked.clear();
            });
            let end = stage.run_with(20, &["-v"]);
            assert!(end.seconds < SILENCE_SECONDS + slack(), "{} s", end.seconds);
            let all = stage.dns.with(|whoami| whoami.asked.clone());
            assert_eq!(all, vec!["127.0.0.1 whoami.cloudflare class=3 type=16"; asked]);
            let Some(note) = note else {
                end.succeeds();
                assert!(
                    end.stderr.starts_with("Got IPv4 address '203.0.113.8'.\n"),
                    "{}",
                    end.stderr
                );
                return stage.mends();
            };
            end.fails();
            let says =
                format!("Got IPv4 address ''.\n{note}\nERROR: Cannot get public IPv4 address.\n");
            assert!(is_like(&says, &end.stderr), "it says:\n{}", end.stderr);
            // Not to know the address is no reason to touch anything.
            assert_eq!(stage.api.records(), before);
            assert_eq!(stage.api.connections(), 0);
            assert_eq!(stage.home.cache(), cache);
            stage.dns.with(|whoami| whoami.mode = Mode::Ok);
            stage.mends();
        },
    );
}

/// Runs once against this resolver, with an API that must not be asked.
fn fails_to_find(resolver: &str, note: &str) {
    let api = Api::start(None);
    let home = Home::new();
    let arguments = ["--whoami", "builtin", "--resolver", resolver, "-v"];
    let end = home.run(&api.url(), &arguments, SILENCE_SECONDS + slack());
    end.fails();
    let says = format!("Got IPv4 address ''.\n{note}\nERROR: Cannot get public IPv4 address.\n");
    assert!(is_like(&says, &end.stderr), "it says:\n{}", end.stderr);
    assert_eq!(api.connections(), 0);
}

#[test]
fn a_closed_port_is_asked_three_times_and_named() {
    let closed = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let note = format!("whoami: cannot ask {closed}: Connection refused (os error *).");
    fails_to_find(&closed.to_string(), &note);
}

#[test]
fn a_flood_instead_of_an_answer_is_given_up() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let address = socket.local_addr().unwrap();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut query = [0; 512];
            let asked = socket.recv_from(&mut query);
            while !over.load(Ordering::SeqCst) {
                let Ok((_, peer)) = asked else { return };
                let _ = socket.send_to(b"this is no reply at all", peer);
                std::thread::sleep(Duration::from_micros(100));
            }
        });
        let note = "whoami: a flood instead of an answer from *.";
        let found = catch_unwind(|| fails_to_find(&address.to_string(), note));
        over.store(true, Ordering::SeqCst);
        found.unwrap();
    });
}

/// A spoofed answer from elsewhere never reaches a connected socket.
#[test]
fn an_answer_from_a_stranger_is_not_taken() {
    let (server, stranger) =
        (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
    let address = server.local_addr().unwrap();
    let truth = Dns::start();
    truth.say("203.0.113.7");
    let relay = std::thread::spawn(move || {
        let mut query = [0; 512];
        let (size, peer) = server.recv_from(&mut query).unwrap();
        let ask = UdpSocket::bind("127.0.0.1:0").unwrap();
        let answer = |from: &UdpSocket| {
            ask.send_to(&query[..size], truth.address).unwrap();
            let mut reply = [0; 512];
            let size = ask.recv(&mut reply).unwrap();
            let _ = from.send_to(&reply[..size], peer);
        };
        truth.say("203.0.113.66");
        answer(&stranger);
        std::thread::sleep(Duration::from_millis(300));
        truth.say("203.0.113.7");
        answer(&server);
    });
    let (api, home) = (Api::start(None), Home::new());
    let resolver = address.to_string();
    let arguments = ["--whoami", "builtin", "--resolver", &resolver];
    home.run(&api.url(), &arguments, SILENCE_SECONDS + slack()).succeeds();
    assert_eq!(api.addresses(), ["203.0.113.7"]);
    relay.join().unwrap();
}
