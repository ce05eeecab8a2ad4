//! Requests as real clients send them, as attackers do, cut, spliced, and answers.

use super::*;

const CAPTURED: &[(&str, &str, &str, bool)] = &[
    // inadyn, ddclient, curl: the request, its path, its query, whether the connection stays.
    (
        "GET /nic/update?hostname=h.example&myip=2001%3adb8%3a%3a7 HTTP/1.0\r\nHost: 127.0.0.1\r\n\
         Authorization: Basic dXNlcjE6cGE6c3M=\r\nUser-Agent: inadyn/2.10.0\r\n\r\n",
        "/nic/update",
        "hostname=h.example&myip=2001%3adb8%3a%3a7",
        false,
    ),
    (
        "GET /nic/update?system=dyndns&hostname=b,a HTTP/1.1\r\nHost: 127.0.0.1:18082\r\n\
         Connection: close\r\n\r\n",
        "/nic/update",
        "system=dyndns&hostname=b,a",
        false,
    ),
    ("GET / HTTP/1.1\r\nhost:x\r\nAccept: */*\r\n\r\n", "/", "", true),
    ("GET / HTTP/1.0\r\nConnection: Keep-Alive, x\r\n\r\n", "/", "", true),
    ("GET http://h:80/a?b HTTP/1.1\r\nHost: x\r\n\r\n", "/a", "b", true),
    ("GET http://h?b HTTP/1.1\r\nHost: x\r\n\r\n", "/", "b", true),
    ("GET /a?c=x y  z HTTP/1.1\r\nHost: x\r\n\r\n", "/a", "c=x%20y%20%20z", true),
    ("\r\n\r\nGET /a?b?c=%20 HTTP/1.1\r\nHost: x\r\n\r\n", "/a", "b?c=%20", true),
];

fn reader() -> Reader {
    Reader::new("192.0.2.1".parse().unwrap(), 100)
}

fn whole(reader: &mut Reader) -> (Request, bool) {
    match reader.next() {
        Next::Complete { request, stays } => (request, stays),
        Next::Invalid { status, message } => panic!("{status} {message}"),
        _ => panic!("not yet"),
    }
}

#[test]
fn real_clients() {
    for (text, path, query, stays) in CAPTURED {
        let mut at_once = reader();
        at_once.add(text.as_bytes());
        let (request, does_stay) = whole(&mut at_once);
        assert_eq!((request.path.as_str(), request.query.as_str()), (*path, *query));
        assert_eq!((does_stay, request.method.as_str()), (*stays, "GET"));
        // Byte by byte it is the same, and not there before its end.
        let mut dripping = reader();
        let (last, before) = text.as_bytes().split_last().unwrap();
        for byte in before {
            dripping.add(&[*byte]);
            assert!(matches!(dripping.next(), Next::Incomplete { in_body: false, .. }), "{text:?}");
        }
        dripping.add(&[*last]);
        assert_eq!(whole(&mut dripping).0.headers, request.headers);
        assert!(matches!(dripping.next(), Next::Incomplete { begun: false, .. }));
    }
}

/// Taken off one by one they would cost minutes.
#[test]
fn a_million_line_ends_before_a_request() {
    let mut reader = reader();
    reader.add(&b"\r\n".repeat(1_000_000));
    assert!(matches!(reader.next(), Next::Incomplete { begun: false, .. }));
    reader.add(&b"\n\r\n".repeat(1_000_000));
    reader.add(b"GET / HTTP/1.0\r\n\r\n");
    assert_eq!(whole(&mut reader).0.path, "/");
}

#[test]
fn bodies_and_one_behind_the_other() {
    let mut reader = reader();
    let post = "POST /u HTTP/1.1\r\nHost: x\r\nContent-Type: Application/JSON; charset=x\r\n\
                Content-Length: 3\r\n\r\nabc";
    reader.add(post.repeat(2).as_bytes());
    reader.add(b"GET /");
    for _ in 0..2 {
        let (request, stays) = whole(&mut reader);
        assert_eq!((request.body.as_slice(), stays), (&b"abc"[..], true));
        assert_eq!(request.media_type(), "application/json");
    }
    assert!(matches!(reader.next(), Next::Incomplete { begun: true, in_body: false }));
}

#[test]
fn leave_to_send_a_body_is_given_once() {
    let head = "POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n";
    let mut patient = reader();
    patient.add(head.as_bytes());
    assert!(matches!(patient.next(), Next::ExpectsContinue));
    assert!(matches!(patient.next(), Next::Incomplete { in_body: true, .. }));
    patient.add(b"ab");
    assert_eq!(whole(&mut patient).0.body, b"ab");
    let mut hasty = reader();
    hasty.add(head.as_bytes());
    hasty.add(b"a");
    assert!(matches!(hasty.next(), Next::Incomplete { in_body: true, .. }));
}

#[test]
fn what_is_no_request() {
    let long = format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(HEAD_BYTES_MAX));
    let endless = "GET / HTTP/1.1\r\n".to_string() + &"a: b\r\n".repeat(2000);
    let many = format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", "a: b\r\n".repeat(64));
    for (text, expected) in [
        ("GET / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: a b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: u@x\r\n\r\n", 400),
        ("GET / HTTP/2.0\r\nHost: x\r\n\r\n", 505),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        ("GET /\r\n\r\n", 400),
        ("GET a HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET * HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET ?b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET #/b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /b#x HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /b?c=d# HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET http://h:80/a?b#c HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET /a b HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET  / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\nHost: x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\n\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\n a: b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost : x\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nHost: x\r\nA: \0\r\n\r\n", 400),
        ("GE\u{7f}T / HTTP/1.1\r\nHost: x\r\n\r\n", 400),
        ("\u{16}\u{3}\u{1}\u{2}\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 1\r\n\r\na", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: +1\r\n\r\na", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\na", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length:\r\n\r\na", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\u{a0}\r\n\r\na", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: \u{2003}1\r\n\r\na", 400),
        ("POST / HTTP/1.1\r\nHost: x\u{a0}\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 101\r\n\r\na", 413),
        ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\na", 413),
        ("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 411),
        ("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: x\r\nContent-Length: 1\r\n\r\n", 411),
        (&long, 431),
        (&endless, 431),
        (&many, 431),
    ] {
        let mut reader = reader();
        reader.add(text.as_bytes());
        match reader.next() {
            Next::Invalid { status, .. } => assert_eq!(status, expected, "{text:.60?}"),
            _ => panic!("{text:.60?}: taken"),
        }
    }
}

#[test]
fn bytes_of_other_encodings_are_opaque() {
    let mut reader = reader();
    reader.add(b"GET / HTTP/1.1\r\nHost: x\r\nUser-Agent: M\xfcller\r\nA: \t b \xa0\r\n\r\n");
    let (request, _) = whole(&mut reader);
    assert_eq!(request.header("user-agent"), Some("M\u{fffd}ller"));
    assert_eq!(request.header("a"), Some("b \u{fffd}"));
    reader.add(b"GET / HTTP/1.1\r\nHost: x\xff\r\n\r\n");
    assert!(matches!(reader.next(), Next::Invalid { status: 400, .. }));
}

#[test]
fn garbage_never_hurts() {
    for (text, ..) in CAPTURED {
        for at in 0..text.len() {
            for flip in [0x01, 0x20, 0x80, 0xff] {
                let mut bytes = text.as_bytes().to_vec();
                bytes[at] ^= flip;
                let mut reader = reader();
                reader.add(&bytes);
                for _ in 0..4 {
                    reader.next();
                }
            }
        }
    }
}

#[test]
fn responses() {
    let response = Response::json(401, "{}").with("WWW-Authenticate", "Bearer");
    assert_eq!(
        String::from_utf8(response.encode(true, true)).unwrap(),
        "HTTP/1.1 401 Unauthorized\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\
         Cache-Control: no-store\r\nWWW-Authenticate: Bearer\r\nConnection: keep-alive\r\n\r\n{}"
    );
    let head = String::from_utf8(Response::text(200, "good").encode(false, false)).unwrap();
    assert!(
        head.ends_with("Content-Length: 4\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n")
    );
}
