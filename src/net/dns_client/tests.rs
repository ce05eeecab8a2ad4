//! The client against servers on loopback that answer late, wrongly, twice or not at all.

use super::*;
use crate::wire::whoami;
use std::io::{Read, Write};
use std::net::{SocketAddr, SocketAddrV4, TcpListener, TcpStream};
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
    Question {
        server: server.into(),
        bytes: whoami::query([1, 2]),
        via: Via::Any,
        transport: Transport::Datagram,
        seconds: 1,
        tries: 2,
    }
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
    assert_eq!(answers[0].as_ref().unwrap_err().kind, Kind::Timeout);
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

/// A server on TCP that hands each connection, and the message that came over it, to `behave`.
fn stream_server(behave: impl Fn(TcpStream, Vec<u8>) + Send + 'static) -> SocketAddrV4 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let SocketAddr::V4(address) = listener.local_addr().unwrap() else { panic!() };
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut length = [0; 2];
            stream.read_exact(&mut length).unwrap();
            let mut message = vec![0; u16::from_be_bytes(length).into()];
            stream.read_exact(&mut message).unwrap();
            behave(stream, message);
        }
    });
    address
}

fn framed(message: &[u8]) -> Vec<u8> {
    [&(message.len() as u16).to_be_bytes(), message].concat()
}

fn over_tcp(server: SocketAddrV4) -> Result<Vec<u8>, Error> {
    let question = Question { transport: Transport::Stream, ..question(server) };
    ask_all(&[question]).pop().unwrap()
}

#[test]
fn a_message_over_tcp_in_any_portions() {
    let at = stream_server(|mut stream, message| {
        for byte in framed(&reply(&message)) {
            stream.write_all(&[byte]).unwrap();
            stream.flush().unwrap();
        }
    });
    assert_eq!(over_tcp(at).unwrap(), reply(&whoami::query([1, 2])));
}

#[test]
fn over_tcp_everything_ends() {
    let cut = stream_server(|mut stream, message| {
        let all = framed(&reply(&message));
        stream.write_all(&all[..all.len() - 1]).unwrap();
    });
    let error = over_tcp(cut).unwrap_err();
    assert_eq!(error.kind, Kind::Unreachable);
    assert!(error.message.ends_with("closed the connection in the middle of its answer"));
    let stranger = stream_server(|mut stream, mut message| {
        message[0] ^= 1;
        stream.write_all(&framed(&reply(&message))).unwrap();
    });
    assert_eq!(over_tcp(stranger).unwrap_err().kind, Kind::InvalidResponse);
    // A byte now and then is no answer either: the deadline is one for all of it.
    let dripping = stream_server(|mut stream, message| {
        for byte in framed(&reply(&message)) {
            thread::sleep(Duration::from_millis(300));
            if stream.write_all(&[byte]).is_err() {
                return;
            }
        }
    });
    let began = Instant::now();
    assert_eq!(over_tcp(dripping).unwrap_err().kind, Kind::Timeout);
    assert!(began.elapsed() < Duration::from_secs(3), "{:?}", began.elapsed());
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let SocketAddr::V4(closed) = closed else { panic!() };
    let error = over_tcp(closed).unwrap_err();
    assert_eq!(error.kind, Kind::Unreachable);
    assert!(error.message.starts_with("cannot ask 127.0.0.1:"), "{}", error.message);
}

#[test]
fn what_is_truncated_comes_over_tcp() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let SocketAddr::V4(at) = address else { panic!() };
    let socket = UdpSocket::bind(address).unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 512];
        let (length, from) = socket.recv_from(&mut buffer).unwrap();
        let mut short = reply(&buffer[..length]);
        short[2] |= 0x02;
        socket.send_to(&short, from).unwrap();
        let (mut stream, _) = listener.accept().unwrap();
        let mut message = vec![0; length + 2];
        stream.read_exact(&mut message).unwrap();
        stream.write_all(&framed(&reply(&message[2..]))).unwrap();
    });
    let asked = Question { transport: Transport::DatagramThenStream, ..question(at) };
    let answer = ask_all(&[asked]).pop().unwrap().unwrap();
    assert_eq!(answer, reply(&whoami::query([1, 2])));
}
