//! The stand-in's own tests: it must be as strict and as ill-behaved as it claims.
use crate::standin::{Api, Dns, TOKEN, ZONE, dns, json, misbehave};
use std::io::{Read, Write};
use std::net::{TcpStream, UdpSocket};
use std::time::Duration;

const HOST: &str = "host1.example.com";

/// Sends one request and gives all bytes that come back.
fn ask(api: &Api, method: &str, path: &str, token: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(api.address).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let length = match body {
        "" => String::new(),
        _ => format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()),
    };
    let head = format!(
        "{method} /client/v4/zones/{path} HTTP/1.1\r\n\
         Host: {}\r\nAuthorization: Bearer {token}\r\n",
        api.address
    );
    stream.write_all(format!("{head}{length}\r\n{body}").as_bytes()).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

fn records(rest: &str) -> String {
    format!("{ZONE}/dns_records{rest}")
}

const GOOD: &str =
    r#"{"type":"A","name":"host1.example.com","content":"203.0.113.7","ttl":60,"proxied":false}"#;

#[test]
fn a_good_post_is_answered_and_listed() {
    let api = Api::start(None);
    let answer = ask(&api, "POST", &records(""), TOKEN, GOOD);
    assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
    assert!(answer.contains("cf-ray: "), "{answer}");
    let list = ask(&api, "GET", &records("?type=A&name=HOST1.example.com"), TOKEN, "");
    assert!(list.contains(r#""total_count":1"#) && list.contains("203.0.113.7"), "{list}");
    assert_eq!(api.violations(), Vec::<String>::new());
}

#[test]
fn what_breaks_the_schema_is_a_violation() {
    let bad = [
        GOOD.replace("60", "29"),
        GOOD.replace("60", "86401"),
        GOOD.replace("60", "\"60\""),
        GOOD.replace("203.0.113.7", "203.0.113.700"),
        GOOD.replace("proxied", "proxyed"),
        GOOD.replace("\"type\":\"A\",", ""),
        GOOD.replace("example.com", "example.com."),
        "[]".to_owned(),
    ];
    for body in bad {
        let api = Api::start(None);
        let answer = ask(&api, "POST", &records(""), TOKEN, &body);
        assert!(answer.contains("9999"), "{body}: {answer}");
        assert_eq!(api.violations().len(), 1, "{body}");
        assert_eq!(api.records(), Vec::<String>::new());
    }
}

#[test]
fn a_batch_is_all_or_nothing_and_at_most_200() {
    let api = Api::start(None);
    let one = json::str_of(&api.add_a(HOST, "198.51.100.1"), "id").to_owned();
    let post = GOOD;
    let good = format!(r#"{{"deletes":[{{"id":"{one}"}}],"posts":[{post}]}}"#);
    let gone = "0".repeat(32);
    let patch = format!(r#"{{"id":"{gone}","ttl":60}}"#);
    let failing = format!(r#"{{"deletes":[{{"id":"{one}"}}],"patches":[{patch}]}}"#);
    let answer = ask(&api, "POST", &records("/batch"), TOKEN, &failing);
    assert!(answer.contains("81044"), "{answer}");
    assert_eq!(api.addresses(), ["198.51.100.1"]);
    assert!(ask(&api, "POST", &records("/batch"), TOKEN, &good).contains("HTTP/1.1 200"));
    assert_eq!(api.addresses(), ["203.0.113.7"]);
    assert!(api.violations().is_empty());
    let many = vec![post; 201].join(",");
    let answer = ask(&api, "POST", &records("/batch"), TOKEN, &format!(r#"{{"posts":[{many}]}}"#));
    assert!(answer.contains("9999"), "{answer}");
}

#[test]
fn conflicts_tokens_zones_and_identity_have_their_codes() {
    let api = Api::start(None);
    api.add_a(HOST, "203.0.113.7");
    assert!(ask(&api, "POST", &records(""), TOKEN, GOOD).contains("81058"));
    assert!(ask(&api, "GET", &records(""), "other", "").contains("9109"));
    assert!(ask(&api, "GET", "0/dns_records", TOKEN, "").contains("7003"));
    let cname = r#"{"type":"CNAME","name":"c.example.com","content":"d.example.com","ttl":1}"#;
    assert!(ask(&api, "POST", &records(""), TOKEN, cname).contains("200 OK"));
    let under = GOOD.replace("host1", "c");
    assert!(ask(&api, "POST", &records(""), TOKEN, &under).contains("81054"));
}

#[test]
fn patch_keeps_what_put_resets() {
    let api = Api::start(None);
    let body = GOOD.replace("false", r#"true,"comment":"mine""#);
    let record = api.add(&json::parse(body.as_bytes()).unwrap());
    let at = records(&format!("/{}", json::str_of(&record, "id")));
    ask(&api, "PATCH", &at, TOKEN, r#"{"content":"203.0.113.8","ttl":120}"#);
    let kept = "A host1.example.com 203.0.113.8 ttl=120 proxied=true comment=\"mine\" tags=[]";
    assert_eq!(api.records(), [kept]);
    ask(&api, "PUT", &at, TOKEN, &GOOD.replace(",\"proxied\":false", ""));
    let reset = "A host1.example.com 203.0.113.7 ttl=60 proxied=false comment=null tags=[]";
    assert_eq!(api.records(), [reset]);
}

#[test]
fn faults_strike_when_they_should() {
    let api = Api::start(None);
    api.fault("2 reply 429 retry-after=7 body={}");
    api.fault("POST applied-close");
    assert!(ask(&api, "GET", &records(""), TOKEN, "").contains("200 OK"));
    assert!(ask(&api, "GET", &records(""), TOKEN, "").contains("Retry-After: 7"));
    assert!(ask(&api, "GET", &records(""), TOKEN, "").contains("200 OK"));
    assert_eq!(ask(&api, "POST", &records(""), TOKEN, GOOD), "");
    assert_eq!(api.addresses(), ["203.0.113.7"]);
    let statuses: Vec<u16> = api.calls().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [200, 429, 200, 0]);
}

#[test]
fn whoami_answers_the_source_or_what_it_was_told() {
    let dns = Dns::start();
    let query = b"\x12\x34\x01\0\0\x01\0\0\0\0\0\0\x06whoami\x0acloudflare\0\0\x10\0\x03";
    let ask = || {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
        socket.send_to(query, dns.address).unwrap();
        let mut buffer = [0; 512];
        let size = socket.recv(&mut buffer).unwrap();
        buffer[..size].to_vec()
    };
    assert!(ask().ends_with(b"\x00\x0a\x09127.0.0.1"));
    dns.say("203.0.113.7");
    assert!(ask().ends_with(b"\x00\x0c\x0b203.0.113.7"));
    dns.with(|whoami| whoami.mode = dns::Mode::Servfail);
    assert_eq!(ask()[3] & 15, 2);
}

#[test]
fn dates_are_those_of_the_calendar() {
    let date = misbehave::http_date_in(0);
    assert!(date.ends_with(" GMT") && date.len() == 29, "{date}");
}
