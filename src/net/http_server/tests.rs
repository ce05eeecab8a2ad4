//! The server on loopback: good requests among those that drip, come one behind the other, or go.

use super::*;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

fn reject(status: u16, message: &str) -> Response {
    Response::text(status, message)
}

fn server(connections: usize) -> Server {
    let limits =
        Limits { connections, body_bytes: 1000, request_milliseconds: 10_000, keeps_alive: true };
    Server::new(3, vec![listen("127.0.0.1:0".parse().unwrap()).unwrap()], limits, 0)
}

/// What is ready within so many milliseconds.
fn ready(server: &Server, now: u64, milliseconds: u64) -> PollSet {
    let mut poll = PollSet::default();
    server.register(&mut poll, now);
    poll.wait(Instant::now() + Duration::from_millis(milliseconds)).unwrap();
    poll
}

fn client(server: &Server) -> TcpStream {
    let stream = TcpStream::connect(server.address().unwrap()).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    stream
}

/// Lets the server do what there is at `now`; each request is answered with its path.
fn turn(server: &mut Server, now: u64) -> usize {
    let ready = ready(server, now, 50);
    let mut arrivals = server.serve(now, &ready, &reject);
    let mut count = 0;
    while !arrivals.is_empty() {
        for Arrival { number, request } in std::mem::take(&mut arrivals) {
            count += 1;
            server.answer(number, &Response::text(200, request.path), now, &reject);
        }
        arrivals = server.more();
    }
    count
}

fn read_all(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    stream.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn one_behind_the_other_in_order() {
    let mut server = server(4);
    let mut one = client(&server);
    one.write_all(b"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    one.write_all(b"HEAD /c HTTP/1.1\r\nHost: x\r\n\r\nGET /d HTTP/1.0\r\n\r\n").unwrap();
    let mut count = 0;
    for now in 0..20 {
        count += turn(&mut server, now);
    }
    assert_eq!(count, 4);
    one.shutdown(std::net::Shutdown::Write).unwrap();
    turn(&mut server, 30);
    let text = read_all(&mut one);
    let ends: Vec<&str> = text.split("HTTP/1.1 200 OK").skip(1).collect();
    assert_eq!(ends.len(), 4, "{text}");
    assert!(ends[0].ends_with("keep-alive\r\n\r\n/a") && ends[1].ends_with("/b"));
    assert!(ends[2].contains("Content-Length: 2\r\n") && ends[2].ends_with("\r\n\r\n"));
    assert!(ends[3].ends_with("Connection: close\r\n\r\n/d"));
    assert!(server.is_idle());
}

#[test]
fn what_waits_behind_a_slow_one_is_not_lost() {
    let mut server = server(4);
    let mut one = client(&server);
    for path in ["slow", "b", "c"] {
        write!(one, "GET /{path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    }
    let mut slow = Vec::new();
    while slow.is_empty() {
        let ready = ready(&server, 0, 1000);
        slow = server.serve(0, &ready, &reject);
    }
    // The answer comes before the next look at the sockets, as those of children do.
    let ready = PollSet::default();
    server.answer(slow[0].number, &Response::text(200, "slow"), 1, &reject);
    let mut paths = Vec::new();
    let mut arrivals = server.serve(1, &ready, &reject);
    while !arrivals.is_empty() {
        for Arrival { number, request } in std::mem::take(&mut arrivals) {
            server.answer(number, &Response::text(200, ""), 1, &reject);
            paths.push(request.path);
        }
        arrivals = server.more();
    }
    assert_eq!(paths, ["/b", "/c"]);
}

#[test]
fn one_that_drips_holds_up_nobody() {
    let mut server = server(4);
    let mut slow: Vec<TcpStream> = Vec::new();
    for number in 0..10 {
        let mut one = client(&server);
        one.write_all(b"GET / HTTP/1.1\r\nHo").unwrap();
        slow.push(one);
        turn(&mut server, number);
    }
    assert_eq!(server.connections.len(), 4);
    let mut good = client(&server);
    good.write_all(b"GET /good HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    assert_eq!(turn(&mut server, 20), 1);
    let text = read_all(&mut good);
    assert!(text.ends_with("/good"), "{text}");
    // Those that are left are told when their time is over.
    let wake = server.wake_at(20).unwrap();
    assert!(wake <= 10_009, "{wake}");
    turn(&mut server, 10_020);
    let text = read_all(slow.last_mut().unwrap());
    assert!(text.starts_with("HTTP/1.1 408 "), "{text}");
    turn(&mut server, 20_000);
    assert!(server.is_idle());
}

#[test]
fn a_full_server_at_work_takes_no_more_until_it_has_answered() {
    let mut server = server(1);
    let mut one = client(&server);
    one.write_all(b"GET /1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    let ready = ready(&server, 0, 1000);
    let arrivals = server.serve(0, &ready, &reject);
    assert_eq!(arrivals.len(), 1);
    let mut two = client(&server);
    two.write_all(b"GET /2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").unwrap();
    assert_eq!(turn(&mut server, 1), 0);
    server.answer(arrivals[0].number, &Response::text(200, "1"), 2, &reject);
    assert!(read_all(&mut one).ends_with('1'));
    drop(one);
    turn(&mut server, 3);
    turn(&mut server, 4);
    assert!(read_all(&mut two).ends_with("/2"));
}

#[test]
fn the_end_waits_for_those_at_work() {
    let mut server = server(4);
    let (mut working, mut silent) = (client(&server), client(&server));
    working.write_all(b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut arrivals = Vec::new();
    for _ in 0..3 {
        let ready = ready(&server, 0, 50);
        arrivals.extend(server.serve(0, &ready, &reject));
    }
    server.finish();
    assert_eq!(read_all(&mut silent), "");
    assert!(!server.is_idle());
    server.answer(arrivals[0].number, &Response::text(200, "1"), 1, &reject);
    let text = read_all(&mut working);
    assert!(text.contains("Connection: close") && text.ends_with('1'), "{text}");
    drop(working);
    turn(&mut server, 2);
    assert!(server.is_idle());
}
