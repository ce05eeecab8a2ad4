//! The client against servers on loopback that answer late, wrongly, twice or not at all.

use super::*;
use crate::wire::whoami;
use std::net::{SocketAddr, SocketAddrV4};
use std::thread;

/// A server that hands each query with its number and sender to `behave`.
fn server(behave: impl Fn(&UdpSocket, usize, &[u8], SocketAddr) + Send + 'static) -> SocketAddrV4 {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let SocketAddr::V4(address) = socket.local_addr().unwrap() else { panic!() };
    thread::spawn(move || {
        let mut buffer = [0; 512];
        for number in 0.. {
            let Ok((length, from)) = socket.recv_from(&mut buffer) else { return };
            behave(&socket, number, &buffer[..length], from);
        }
    });
    address
}

fn reply(query: &[u8]) -> Vec<u8> {
    let mut reply = query.to_vec();
    reply[2] |= 0x80;
    reply
}

fn question(server: SocketAddrV4) -> Question {
    Question { server, bytes: whoami::query([1, 2]), via: Via::Any, seconds: 1, tries: 2 }
}

#[test]
fn strangers_are_passed_over() {
    let at = server(|socket, _, query, from| {
        let mut other = reply(query);
        other[0] ^= 1;
        for junk in [&b""[..], b"x", query, &other, &reply(query)] {
            socket.send_to(junk, from).unwrap();
        }
    });
    let answers = ask_all(&[question(at)]);
    assert_eq!(answers[0].as_ref().unwrap(), &reply(&whoami::query([1, 2])));
}

#[test]
fn a_lost_query_is_sent_again_and_all_are_asked_at_once() {
    let lossy = server(|socket, number, query, from| {
        if number > 0 {
            socket.send_to(&reply(query), from).unwrap();
        }
    });
    let dead = server(|_, _, _, _| {});
    let began = Instant::now();
    let questions: Vec<_> =
        (0..8).map(|n| question(if n % 2 == 0 { dead } else { lossy })).collect();
    let answers = ask_all(&questions);
    let good = |n: usize| answers[n].is_ok();
    assert!(good(3) && good(5) && good(7), "{answers:?}");
    assert_eq!(answers[0].as_ref().unwrap_err().kind, Kind::TooSlow);
    assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
}

#[test]
fn a_closed_port_is_told() {
    let closed = {
        let SocketAddr::V4(at) = UdpSocket::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
        else {
            panic!()
        };
        at
    };
    let error = ask_all(&[question(closed)]).pop().unwrap().unwrap_err();
    assert_eq!(error.kind, Kind::Unreachable);
}

#[test]
fn an_interface_that_is_not_there_is_no_local_failure() {
    let at = server(|_, _, _, _| {});
    let via = Via::Interface { name: "nosuch0".into(), source: Ipv4Addr::LOCALHOST };
    let error = ask_all(&[Question { via, ..question(at) }]).pop().unwrap().unwrap_err();
    assert_eq!(error.kind, Kind::Unreachable);
}
