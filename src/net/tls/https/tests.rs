//! A server nobody vouches for, on loopback: good answers, bad ones, and none.

use super::*;
use crate::env::{Method, Response};
use crate::net::http_client::send;
use rcgen::{CertificateParams, KeyPair};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, Stream};
use std::net::TcpListener;
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
    let outcome = send(&request(url), 5, false);
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
    let error = send(&request(url), 1, false).err().unwrap();
    assert_eq!(error.kind, Kind::Timeout, "{}", error.message);
    assert!((1000..2500).contains(&begin.elapsed().as_millis()));
}

#[test]
fn one_that_is_not_there_is_unreachable() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let error = send(&request(format!("https://127.0.0.1:{port}")), 5, false).err().unwrap();
    assert_eq!(error.kind, Kind::Unreachable, "{}", error.message);
    // Not in words: an emulator does not translate the number of a pending error.
    assert!(error.message.contains("os error"), "{}", error.message);
}
