//! Answers whole, cut, in pieces and bent.

use super::*;

/// What comes of it, byte by byte and then the end of the connection.
fn read(text: &str) -> Result<Answer, Error> {
    let mut reader = Reader::new();
    for byte in text.bytes() {
        reader.take(&[byte])?;
    }
    reader.end()
}

fn message(text: &str) -> String {
    let error = read(text).unwrap_err();
    let kind = match error.kind {
        Kind::InvalidResponse => "unreadable",
        Kind::Unreachable => "unreachable",
        _ => "other",
    };
    format!("{kind}: {}", error.message)
}

const COUNTED: &str = "HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length:  5 \r\n\r\nhello";
const CHUNKED: &str = "HTTP/1.1 100 Continue\r\nx: y\r\n\r\nHTTP/1.1 429 \r\nRetry-After: 7\r\n\
                       Transfer-Encoding: Chunked\r\n\r\n3\r\nhel\r\n2 ; a=b\r\nlo\r\n0\r\n\
                       trailer: z\r\n\r\n";

#[test]
fn bodies_of_every_framing() {
    let answer = read(COUNTED).unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (200, &b"hello"[..]));
    assert_eq!(answer.headers[1], ("content-length".into(), "5".into()));
    let answer = read(CHUNKED).unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (429, &b"hello"[..]));
    assert_eq!(answer.headers[0], ("retry-after".into(), "7".into()));
    let answer = read("HTTP/1.0 500 Oh\r\n\r\nhello").unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (500, &b"hello"[..]));
    let bare = read(&CHUNKED.replace('\r', "")).unwrap();
    assert_eq!((bare.status, bare.body.as_slice()), (429, &b"hello"[..]));
    for empty in [
        "HTTP/1.1 204\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n",
        "HTTP/1.1 101 Switching\r\n\r\nanother protocol",
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ] {
        assert_eq!(read(empty).unwrap().body, b"", "{empty}");
    }
}

#[test]
fn the_end_is_known_before_the_connection_ends_and_nothing_behind_it_is_read() {
    for text in [COUNTED, CHUNKED] {
        let mut reader = Reader::new();
        assert_eq!(reader.take(&text.as_bytes()[..text.len() - 1]).ok(), Some(false));
        assert_eq!(reader.take(b"\n\0HTTP").ok(), Some(true));
        assert_eq!(reader.take(b"more").ok(), Some(true));
        assert_eq!(reader.end().unwrap().body.len(), 5);
    }
}

#[test]
fn what_is_cut_is_never_taken_for_whole() {
    for text in [COUNTED, CHUNKED] {
        for length in 0..text.len() {
            let begin = text.get(..length).unwrap().rfind('\n').map_or(0, |at| at + 1);
            let has = (length + 5).saturating_sub(text.len());
            let expected = match text.get(begin..).unwrap() {
                line if line.starts_with("HTTP/") => "no HTTP answer".to_string(),
                "hello" => format!("the answer was cut off after {has} of 5 bytes"),
                _ => "the answer was cut off".to_string(),
            };
            let expected = format!("unreachable: {expected}");
            assert_eq!(message(text.get(..length).unwrap()), expected, "{length}");
        }
    }
    // One that ends with the connection may have nothing in it.
    assert!(read("HTTP/1.1 401 No\r\n\r\n").is_ok_and(|answer| answer.body.is_empty()));
}

#[test]
fn what_is_bent_is_refused_or_taken_but_never_a_panic() {
    for text in [COUNTED, CHUNKED] {
        for at in 0..text.len() {
            for bits in [1, 2, 32, 64, 128, 255] {
                let mut bytes = text.as_bytes().to_vec();
                bytes[at] ^= bits;
                let mut reader = Reader::new();
                if reader.take(&bytes).is_ok() {
                    let _ = reader.end();
                }
            }
        }
    }
}

#[test]
fn what_could_be_read_in_two_ways_is_refused() {
    let refused = |text: &str, what: &str| {
        let expected = format!("unreadable: malformed HTTP answer ({what})");
        assert_eq!(message(text), expected, "{text:?}");
    };
    for line in
        ["HTTP/2 200", "HTTP/1.1 20", "HTTP/1.1 2000", "HTTP/1.1 +20", "HTTP/1.1  200", "", "SSH-2"]
    {
        assert_eq!(message(&format!("{line}\r\n")), "unreachable: no HTTP answer", "{line}");
    }
    refused("HTTP/1.1 200 OK\r\nA: b\rc\r\n", "a control character");
    for line in ["A", ": b", "A : b", " A: b", "\tA: b", "A\u{e4}: b"] {
        refused(&format!("HTTP/1.1 200 OK\r\n{line}\r\n"), "a header field");
    }
    let headed = |fields: &str| format!("HTTP/1.1 200 OK\r\n{fields}\r\n\r\n");
    for length in ["", "-1", "+1", "1, 1", "0x1", "1 1"] {
        refused(&headed(&format!("Content-Length: {length}")), "its length");
    }
    refused(&headed("Content-Length: 1\r\nContent-Length: 2"), "two lengths");
    refused(&headed("Content-Length: 1\r\nTransfer-Encoding: chunked"), "two lengths");
    for coding in ["gzip, chunked", "identity", "", "chunked\r\nTransfer-Encoding: chunked"] {
        refused(&headed(&format!("Transfer-Encoding: {coding}")), "its coding");
    }
    let chunks = |body: &str| format!("{}{body}", headed("Transfer-Encoding: chunked"));
    for size in ["", "-1", "g", "0x1", ";a", "1 1"] {
        refused(&chunks(&format!("{size}\r\n")), "a chunk's size");
    }
    refused(&chunks("1\r\nab\r\n"), "a chunk's end");
    assert!(read(&format!("{}hello", headed("Content-Length: 5\r\nContent-Length: 5"))).is_ok());
}

#[test]
fn sizes_are_bounded() {
    let large = format!("unreadable: the answer is larger than {BODY_BYTES_MAX} bytes");
    let head = "HTTP/1.1 200 OK\r\n";
    for digits in ["1048577", "99999999999999999999999999"] {
        assert_eq!(message(&format!("{head}Content-Length: {digits}\r\n\r\n")), large);
    }
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
    for digits in ["100001", "fffffffffffffffffffffffff"] {
        assert_eq!(message(&format!("{chunked}{digits}\r\n")), large);
    }
    let body = "x".repeat(BODY_BYTES_MAX);
    assert_eq!(read(&format!("{head}\r\n{body}")).unwrap().body.len(), BODY_BYTES_MAX);
    assert_eq!(message(&format!("{head}\r\n{body}x")), large);
    let half = "x".repeat(BODY_BYTES_MAX / 2);
    let halves = format!("80000\r\n{half}\r\n80000\r\n{half}\r\n");
    assert!(read(&format!("{chunked}{halves}0\r\n\r\n")).is_ok());
    assert_eq!(message(&format!("{chunked}{halves}1\r\nx\r\n0\r\n\r\n")), large);
    assert_eq!(message(&format!("{chunked}1;{}", "x".repeat(2 * BODY_BYTES_MAX))), large);
    let too_large = "unreadable: the head of the answer is too large";
    assert_eq!(message(&format!("{head}a: {}", "x".repeat(HEAD_BYTES_MAX))), too_large);
    assert_eq!(message(&"HTTP/1.1 100 Continue\r\n\r\n".repeat(2000)), too_large);
}

#[test]
fn which_answers_leave_the_connection_open() {
    let allows = |bytes: &[u8]| {
        let mut reader = Reader::new();
        reader.take(bytes).unwrap();
        reader.allows_another()
    };
    for bytes in [
        &b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"[..],
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n",
        b"HTTP/1.1 500 No\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n",
    ] {
        assert!(allows(bytes), "{}", String::from_utf8_lossy(bytes));
    }
    for bytes in [
        &b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}"[..],
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: x, Close\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}H",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{",
        b"HTTP/1.1 200 OK\r\n\r\n{}",
        b"HTTP/1.1 101 Switching\r\n\r\n",
    ] {
        assert!(!allows(bytes), "{}", String::from_utf8_lossy(bytes));
    }
}
