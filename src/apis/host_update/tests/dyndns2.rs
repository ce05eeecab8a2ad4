//! `/nic/update`: what clients send and have sent, and each word that comes back.

use super::*;
use miniserde::json::{self, Value};

/// home:home-secret
const HOME: &str = "Authorization: Basic aG9tZTpob21lLXNlY3JldA==\r\n";
/// b:home-secret
const B: &str = "Authorization: Basic Yjpob21lLXNlY3JldA==\r\n";
/// admin:pa:ss
const MASTER: &str = "Authorization: Basic YWRtaW46cGE6c3M=\r\n";

fn asked(query: &str, fields: &str) -> Request {
    get(&format!("/nic/update?{query}"), fields)
}

fn body(rules: Rules, request: &Request) -> (u16, String) {
    answered(rules, request, vec![])
}

#[test]
fn what_real_clients_send() {
    let text = include_str!("../../../../tests/vectors/dyndns2.json");
    let Ok(Value::Object(vectors)) = json::from_str::<Value>(text) else { panic!() };
    let Some(Value::Array(captured)) = vectors.get("captured_requests") else { panic!() };
    let user1 = || Rules { master: Some(("user1".into(), secret("pa:ss"))), ..rules() };
    let b = "b.example.com";
    let home = "home.example.com";
    let expected = [
        (vec![format!("{home} A 198.51.100.7")], "good 198.51.100.7\n"),
        (vec![format!("{home} AAAA 2001:db8::7")], "good 2001:db8::7\n"),
        (
            vec![format!("{b} A 198.51.100.7"), format!("{home} A 198.51.100.7")],
            "good 198.51.100.7\ngood 198.51.100.7\n",
        ),
        (
            vec![
                format!("{b} A 198.51.100.7"),
                format!("{b} AAAA 2001:db8::7"),
                format!("{home} A 198.51.100.7"),
                format!("{home} AAAA 2001:db8::7"),
            ],
            "good 198.51.100.7,2001:db8::7\ngood 198.51.100.7,2001:db8::7\n",
        ),
    ];
    assert_eq!(captured.len(), expected.len());
    for (one, (errands, body)) in captured.iter().zip(expected) {
        let Value::Object(one) = one else { panic!() };
        let Some(Value::String(raw)) = one.get("raw") else { panic!() };
        let (response, told) = played(&mut HostUpdate::new(user1()), &request(raw), vec![]);
        assert_eq!((response.status, &*response.body, told), (200, body, errands), "{raw}");
        assert_eq!(response.media_type, "text/plain; charset=utf-8");
        // Not ours to say.
        assert_eq!(response.headers, []);
        // These credentials are nobody's here.
        assert_eq!(answered(rules(), &request(raw), vec![]), (401, "badauth\n".into()));
    }
}

#[test]
fn names_of_parameters_and_paths() {
    let good = (200, "good 1.1.1.1\n".to_string());
    for query in [
        "hostname=home.example.com&myip=1.1.1.1",
        "host=HOME.example.com.&ip=1.1.1.1",
        "hostnames=home.example.com&ip=1.1.1.1&myip=",
        "hostname=&host=home.example.com&myip=1.1.1.1,",
        "hostname=,home.example.com,&myip=,1.1.1.1",
        "hostname=home.example.com&myip=1.1.1.1/32&wildcard=ON&mx=&offline=NO&system=dyndns",
        "hostname=home.example.com&myip=1.1.1.1%20http://b.example/nic/update?hostname=x.y",
        "hostname=home.example.com&myip=1.1.1.1,2.2.2.2",
    ] {
        assert_eq!(body(rules(), &asked(query, HOME)), good, "{query}");
    }
    let query = "hostname=home.example.com&myip=1.1.1.1";
    for path in ["/nic/update", "/nic/update/", "/nic/update%20http:/b.example/nic/update"] {
        assert_eq!(body(rules(), &get(&format!("{path}?{query}"), HOME)), good, "{path}");
    }
    for (target, text) in [("?hostname=home.example.com", "myip=1.1.1.1"), ("", query)] {
        for media_type in ["", "Content-Type: application/x-www-form-urlencoded\r\n"] {
            let raw =
                format!("POST /nic/update{target} HTTP/1.1\r\n{HOME}{media_type}\r\n{text}\r\n");
            assert_eq!(body(rules(), &request(&raw)), good);
        }
    }
}

#[test]
fn addresses() {
    for (more, fields, line) in [
        ("", "", "good 192.0.2.1"),
        ("&myip=", "", "good 192.0.2.1"),
        ("&myip=,&myipv6=", "", "good 192.0.2.1"),
        ("", "X-Real-Ip: 2001:db8::5\r\n", "good 2001:db8::5"),
        ("", "X-Forwarded-For: 5.5.5.5, 6.6.6.6\r\n", "good 5.5.5.5"),
        ("&myip=1.1.1.1,2001:db8::1", "", "good 1.1.1.1,2001:db8::1"),
        ("&myip=2001:db8::1,1.1.1.1", "", "good 2001:db8::1,1.1.1.1"),
        ("&myip=1.1.1.1&myipv6=2001:db8::1", "", "good 1.1.1.1,2001:db8::1"),
        ("&myip=1.1.1.1&ip6=2001:db8::1", "", "good 1.1.1.1,2001:db8::1"),
        ("&ipv6=2001:DB8:0::1", "", "good 2001:db8::1"),
        ("&myipv6=2001%3adb8%3a1%3a%3a/56", "", "good 2001:db8:1::"),
        ("&myip=::ffff:1.1.1.1", "", "good 1.1.1.1"),
        ("&myip=1.1.1", "", "dnserr"),
        ("&myip=1.1.1.1,x", "", "dnserr"),
        ("&myip=1.1.1.1&myipv6=x", "", "dnserr"),
        ("", "X-Real-Ip: x\r\n", "dnserr"),
    ] {
        let request =
            asked(&format!("hostname=home.example.com{more}"), &format!("{HOME}{fields}"));
        assert_eq!(body(rules(), &request), (200, format!("{line}\n")), "{more}{fields}");
    }
}

#[test]
fn who_may() {
    let query = "hostname=home.example.com&myip=1.1.1.1";
    for (more, fields, alone, with_all) in [
        ("", HOME, true, true),
        ("", "authorization: bAsIc SE9NRTpob21lLXNlY3JldA==\r\n", true, true),
        ("&user=home&pass=home-secret", "", true, true),
        ("&username=Home&password=home-secret", "", true, true),
        ("&user=home&pass=home-secret", B, true, true),
        ("", B, false, false),
        ("", "", false, false),
        ("&user=home&pass=", "", false, false),
        ("&user=home&pass=other-secret", "", false, false),
        ("&user=home.example.com&pass=home-secret", "", false, false),
        ("&pass=home-secret", "", false, false),
        ("", MASTER, false, true),
        ("&user=admin&pass=pa:ss", "", false, true),
        ("&user=admin&pass=pa:s", "", false, false),
        ("", "X-Pre-Shared-Key: home-secret\r\n", false, false),
    ] {
        let request = asked(&format!("{query}{more}"), fields);
        for (rules, may) in [(rules(), alone), (with_master(), with_all)] {
            let expected = if may { (200, "good 1.1.1.1\n") } else { (401, "badauth\n") };
            let found = body(rules, &request);
            assert_eq!((found.0, &*found.1), expected, "{more} {fields}");
        }
    }
    let (response, _) = played(&mut HostUpdate::new(rules()), &asked(query, ""), vec![]);
    assert_eq!(header(&response, "WWW-Authenticate"), Some("Basic realm=\"dyndns\""));
}

#[test]
fn several_hosts() {
    let hosts = |list: &str| asked(&format!("hostname={list}&myip=1.1.1.1"), HOME);
    let all = |list: &str| asked(&format!("hostname={list}&myip=1.1.1.1"), MASTER);
    let x = "example.com";
    for (rules, request, status, lines) in [
        (
            rules(),
            hosts(&format!("b.{x},home.{x},nobody.{x}")),
            200,
            "nohost\ngood 1.1.1.1\nnohost\n",
        ),
        (rules(), hosts(&format!("b.{x},other.{x}")), 401, "badauth\n"),
        (rules(), hosts(&format!("home,home.{x},a..b.c")), 200, "notfqdn\ngood 1.1.1.1\nnotfqdn\n"),
        (rules(), hosts("home,a..b"), 200, "notfqdn\nnotfqdn\n"),
        (rules(), hosts(&format!("home,b.{x}")), 401, "badauth\n"),
        (rules(), hosts(&format!("home.{x},HOME.{x}.")), 200, "good 1.1.1.1\ngood 1.1.1.1\n"),
        // A key or credentials for all, but not in both lists.
        (with_master(), all(&format!("unlisted.{x},b.{x}")), 200, "nohost\ngood 1.1.1.1\n"),
        (with_master(), all(&format!("other.{x}")), 200, "nohost\n"),
        // A host without a key nobody gets at.
        (with_master(), all(&format!("nobody.{x}")), 401, "badauth\n"),
        (with_master(), all(&format!("nobody.{x},b.{x}")), 200, "nohost\ngood 1.1.1.1\n"),
    ] {
        let found = body(rules, &request);
        assert_eq!((found.0, &*found.1), (status, lines), "{}", request.query);
    }
}

#[test]
fn words_for_the_whole_request() {
    let twenty = vec!["home.example.com"; 20].join(",");
    for (request, status, text) in [
        (get("/nic/update", HOME), 200, "notfqdn\n"),
        (asked("hostname=&myip=1.1.1.1", HOME), 200, "notfqdn\n"),
        (asked("hostname=,,", ""), 200, "notfqdn\n"),
        (asked(&format!("hostname={twenty},x"), ""), 200, "numhost\n"),
        (asked("hostname=%zz", HOME), 400, "notfqdn\n"),
        (asked("hostname=%ff", HOME), 400, "notfqdn\n"),
        (request("HEAD /nic/update HTTP/1.1\r\n\r\n"), 405, "badagent\n"),
        (request("PUT /nic/update HTTP/1.1\r\n\r\n"), 405, "badagent\n"),
    ] {
        let found = body(rules(), &request);
        assert_eq!((found.0, &*found.1), (status, text), "{}", request.query);
    }
    let request = asked(&format!("hostname={twenty}&myip=1.1.1.1"), HOME);
    assert_eq!(body(rules(), &request).1, "good 1.1.1.1\n".repeat(20));
    let home = asked("hostname=home.example.com,b.example.com", HOME);
    let unset = [Rules { token: None, ..rules() }, Rules { allowed: vec![], ..rules() }];
    for rules in unset {
        assert_eq!(body(rules, &home), (200, "911\nnohost\n".into()));
    }
    let wrong = asked("hostname=home.example.com", "");
    assert_eq!(body(Rules { token: None, ..rules() }, &wrong).0, 401);
}

#[test]
fn how_it_ends() {
    let both = asked("hostname=home.example.com&myip=1.1.1.1,2001:db8::1", HOME);
    let refused = || failed(Stage::Looking, Kind::Refused { code: None }, "no");
    let kind = |kind| failed(Stage::Writing, kind, "x");
    let good = "good 1.1.1.1,2001:db8::1";
    for (first, second, line) in [
        (done(UPDATED), done(CREATED), good),
        (done(UNCHANGED), done(CREATED), good),
        (done(UPDATED), done(UNCHANGED), good),
        (done(UNCHANGED), done(UNCHANGED), "nochg 1.1.1.1,2001:db8::1"),
        (done(UPDATED), refused(), "dnserr"),
        (refused(), done(UPDATED), "dnserr"),
        (done(UPDATED), outcome(Outcome::NoZone), "dnserr"),
        (outcome(Outcome::Several(2, vec![])), done(UPDATED), "dnserr"),
        (throttled(Some(1)), done(UPDATED), "911"),
        (done(UPDATED), kind(Kind::Unreachable), "911"),
        (done(UPDATED), kind(Kind::TooSlow), "911"),
        (done(UPDATED), kind(Kind::Unreadable), "911"),
        (done(UPDATED), kind(Kind::Local), "911"),
        (done(UPDATED), kind(Kind::NotNow), "911"),
        (done(UPDATED), Err(Error::new(Kind::TooSlow, "late")), "911"),
    ] {
        let found = answered(rules(), &both, vec![first, second]);
        assert_eq!(found, (200, format!("{line}\n")));
    }
}
