//! A server nobody vouches for, on loopback: good answers, bad ones, and none.

use super::*;
use crate::env::{Method, Response};
use crate::net::http::Client;
use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, Stream};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

/// A server with a certificate of its own for another name, which expired long ago.
fn server() -> Arc<ServerConfig> {
    let mut params = CertificateParams::new(vec!["other.example".to_string()]).unwrap();
    params.not_after = rcgen::date_time_ymd(2001, 1, 1);
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap().der().clone();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    Arc::new(builder.with_single_cert(vec![certificate], key).unwrap())
}

fn request(url: String) -> Request<'static> {
    let headers = vec![("X-Key".to_string(), "secret".to_string())];
    Request { method: Method::Post, url, bearer: None, headers, body: "{\"a\":1}".into() }
}

/// Asks a server that answers with this, and gives back what it was asked, too.
fn ask(answer: &'static [u8], is_tls: bool) -> (Result<Response, Error>, String) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/update", listener.local_addr().unwrap());
    let serving = thread::spawn(move || {
        let (mut socket, _) = listener.accept().unwrap();
        if !is_tls {
            assert_ne!(socket.read(&mut [0; 4096]).unwrap(), 0);
            let _ = socket.write_all(answer);
            return String::new();
        }
        let mut tls = ServerConnection::new(server()).unwrap();
        let mut stream = Stream::new(&mut tls, &mut socket);
        let mut asked = Vec::new();
        while !asked.ends_with(b"}") {
            let mut buffer = [0; 1000];
            let count = stream.read(&mut buffer).unwrap();
            asked.extend(&buffer[..count]);
        }
        stream.write_all(answer).unwrap();
        tls.send_close_notify();
        let _ = tls.complete_io(&mut socket);
        String::from_utf8(asked).unwrap()
    });
    let outcome = Client::new(false).send(&request(url), 5, false);
    (outcome, serving.join().unwrap())
}

#[test]
fn a_server_nobody_vouches_for_is_asked_and_heard() {
    let (answer, asked) = ask(b"HTTP/1.1 401 No\r\nA: b\r\nContent-Length: 2\r\n\r\nno", true);
    let answer = answer.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (401, &b"no"[..]));
    assert_eq!(answer.header("a"), Some("b"));
    let lines: Vec<&str> = asked.split("\r\n").collect();
    assert_eq!((lines[0], lines[lines.len() - 1]), ("POST /update HTTP/1.1", "{\"a\":1}"));
    assert!(lines[1].starts_with("Host: 127.0.0.1:"), "{asked}");
    for line in [
        "Connection: close",
        "X-Key: secret",
        "Content-Type: application/json",
        "Content-Length: 7",
    ] {
        assert_eq!(lines.iter().filter(|one| **one == line).count(), 1, "{line}: {asked}");
    }
}

#[test]
fn what_is_no_answer_is_told_with_the_request() {
    let kind_and_words = |answer, is_tls| {
        let error = ask(answer, is_tls).0.err().unwrap();
        let (subject, why) = error.message.split_once("/update: ").unwrap();
        assert!(subject.starts_with("POST https://127.0.0.1:"), "{subject}");
        (error.kind, why.to_string())
    };
    let cut = (Kind::Unreachable, "the answer was cut off".to_string());
    assert_eq!(kind_and_words(b"HTTP/1.1 200 OK\r\n", true), cut);
    let cut = "the answer was cut off after 2 of 9 bytes (cf-ray 1-FRA)".to_string();
    let answer = b"HTTP/1.1 200 OK\r\nCF-Ray: 1-FRA\r\nContent-Length: 9\r\n\r\n{}";
    assert_eq!(kind_and_words(answer, true), (Kind::Unreachable, cut));
    let none = (Kind::Unreachable, "no HTTP answer".to_string());
    assert_eq!(kind_and_words(b"SSH-2.0\r\n", true), none);
    assert_eq!(kind_and_words(b"", true), none);
    let (kind, message) =
        kind_and_words(b"HTTP/1.1 302 F\r\nLocation: x\r\nContent-Length: 0\r\n\r\n", true);
    assert!(kind == Kind::InvalidResponse && message.contains("a redirect"), "{message}");
    let (kind, message) = kind_and_words(b"HTTP/1.1 400 Bad Request\r\n\r\n", false);
    assert_eq!(kind, Kind::InvalidResponse);
    assert!(message.starts_with("the server does not speak TLS there"), "{message}");
}

#[test]
fn one_that_says_nothing_is_not_waited_for_longer_than_asked() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let begin = Instant::now();
    let error = Client::new(false).send(&request(url), 1, false).err().unwrap();
    assert_eq!(error.kind, Kind::Timeout, "{}", error.message);
    assert!((1000..2500).contains(&begin.elapsed().as_millis()));
}

#[test]
fn one_that_is_not_there_is_unreachable() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = Client::new(false)
        .send(&request(format!("https://127.0.0.1:{port}")), 5, false)
        .err()
        .unwrap();
    assert_eq!(error.kind, Kind::Unreachable, "{}", error.message);
    // Not in words: an emulator does not translate the number of a pending error.
    assert!(error.message.contains("os error"), "{}", error.message);
}

/// What a server does on each connection: so many answers, then it closes; after the last request
/// it reads it may also close without an answer.
struct Script {
    answers: Vec<&'static [u8]>,
    reads_one_more: bool,
}

const KEPT: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const LAST: &[u8] = b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok";

/// Reads one request; its method, and whether it says that no other follows.
fn read_one(stream: &mut Stream<ServerConnection, TcpStream>) -> Option<String> {
    let mut asked = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&asked).into_owned();
        if text.ends_with("\r\n\r\n") && text.starts_with("GET") || text.ends_with("}") {
            let closes = if text.contains("Connection: close") { " close" } else { "" };
            return Some(format!("{}{closes}", text.split(' ').next().unwrap()));
        }
        let mut buffer = [0; 1000];
        match stream.read(&mut buffer) {
            Ok(count @ 1..) => asked.extend(&buffer[..count]),
            _ => return None,
        }
    }
}

/// Sends a request for each method to such a server by one client: what came of them, and what the
/// server was asked on which connection.
fn play(methods: &[Method], scripts: Vec<Script>) -> (Vec<Option<Kind>>, Vec<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (closed, is_closed) = mpsc::channel();
    let serving = thread::spawn(move || {
        let mut asked = Vec::new();
        for (number, script) in scripts.iter().enumerate() {
            let (mut socket, _) = listener.accept().unwrap();
            let mut tls = ServerConnection::new(server()).unwrap();
            let mut stream = Stream::new(&mut tls, &mut socket);
            for answer in &script.answers {
                let Some(one) = read_one(&mut stream) else { break };
                asked.push(format!("{number} {one}"));
                stream.write_all(answer).unwrap();
            }
            if script.reads_one_more {
                closed.send(()).unwrap();
                asked.extend(read_one(&mut stream).map(|one| format!("{number} {one}")));
            }
            drop(socket);
            let _ = closed.send(());
        }
        asked
    });
    let mut client = Client::new(true);
    let mut kinds = Vec::new();
    for (at, &method) in methods.iter().enumerate() {
        let body = if method == Method::Get { "" } else { "{\"a\":1}" };
        let url = format!("https://{address}/{at}");
        let request = Request { method, url, bearer: None, headers: vec![], body: body.into() };
        kinds.push(client.send(&request, 5, false).err().map(|error| error.kind));
        if at == 0 {
            // The server closes, or keeps the connection, before the next request.
            let _ = is_closed.recv_timeout(std::time::Duration::from_millis(300));
        }
    }
    drop(client);
    (kinds, serving.join().unwrap())
}

fn script(answers: &[&'static [u8]], reads_one_more: bool) -> Script {
    Script { answers: answers.to_vec(), reads_one_more }
}

#[test]
fn one_connection_serves_the_list_and_the_write() {
    let methods = [Method::Get, Method::Post, Method::Get];
    let (kinds, asked) = play(&methods, vec![script(&[KEPT, KEPT, KEPT], false)]);
    assert_eq!(kinds, [None, None, None]);
    assert_eq!(asked, ["0 GET", "0 POST", "0 GET"]);
    // Not where the server will not.
    let (kinds, asked) = play(&methods[..2], vec![script(&[LAST], false), script(&[KEPT], false)]);
    assert_eq!((kinds, asked), (vec![None, None], vec!["0 GET".into(), "1 POST".into()]));
}

#[test]
fn a_connection_closed_meanwhile_is_not_used() {
    for method in [Method::Get, Method::Post] {
        let scripts = vec![script(&[KEPT], false), script(&[KEPT], false)];
        let (kinds, asked) = play(&[Method::Get, method], scripts);
        assert_eq!(kinds, [None, None]);
        assert_eq!(asked, ["0 GET".into(), format!("1 {}", method.as_str())]);
    }
}

#[test]
fn only_a_read_is_sent_again() {
    // The server takes the second request and closes without an answer.
    let scripts = || vec![script(&[KEPT], true), script(&[KEPT], false)];
    let (kinds, asked) = play(&[Method::Get, Method::Get], scripts());
    assert_eq!(kinds, [None, None]);
    assert_eq!(asked, ["0 GET", "0 GET", "1 GET"]);
    let (kinds, asked) = play(&[Method::Get, Method::Post, Method::Get], scripts());
    assert_eq!(kinds, [None, Some(Kind::Unreachable), None]);
    assert_eq!(asked, ["0 GET", "0 POST", "1 GET"]);
}

#[test]
fn a_single_request_says_that_it_is_the_last() {
    let (_, asked) = ask(KEPT, true);
    assert!(asked.contains("\r\nConnection: close\r\n"), "{asked}");
}
