//! Certificates that must not be trusted, and redirects that must not be followed.
use super::stage::{Act, Cache, Stage, WRITES, crew};
use crate::standin::tls::{Authority, Flaw};
use crate::standin::{Api, Dns};
use crate::subject::{Home, asking, is_like, records_url, secure_url, side_by_side, slack};
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;

/// A household that trusts this authority only.
pub fn trusting(authority: &Authority) -> Home {
    let mut home = Home::new();
    let file = home.dir.join("ca.pem");
    fs::write(&file, authority.pem()).unwrap();
    home.variables.push(("SSL_CERT_FILE".to_owned(), file.to_str().unwrap().to_owned()));
    home
}

#[test]
fn a_good_certificate_is_trusted() {
    let authority = Authority::new("a private authority");
    let api = Api::start(Some(authority.server(Flaw::None)));
    let url = secure_url(&api);
    let stage = Stage::set_at(Act::Update, api, url, trusting(&authority));
    stage.mends();
}

#[test]
fn one_connection_serves_the_list_and_the_write() {
    for (keeps, connections) in [(true, 1), (false, 2)] {
        let authority = Authority::new("a private authority");
        let api = Api::start(Some(authority.server(Flaw::None)));
        if keeps {
            api.keep_alive();
        }
        let dns = Dns::start();
        dns.say("203.0.113.7");
        let asking = asking(&dns);
        let asking: Vec<&str> = asking.iter().map(String::as_str).collect();
        let end = trusting(&authority).run(&secure_url(&api), &asking, slack());
        assert!(end.stderr.contains("Inserted") || !api.records().is_empty(), "{}", end.stderr);
        let calls = api.calls();
        let methods: Vec<&str> = calls.iter().map(|call| call.method.as_str()).collect();
        assert_eq!(methods, ["GET", "POST"]);
        assert_eq!(api.connections(), connections, "where it keeps them: {keeps}");
        assert_eq!(api.violations(), Vec::<String>::new());
    }
}

#[test]
fn no_byte_of_http_goes_to_a_server_with_a_wrong_certificate() {
    const WRONG: &[(Flaw, &str)] = &[
        (Flaw::Expired, "the server's certificate has expired, or the system clock is wrong (*)"),
        (
            Flaw::NotYet,
            "the server's certificate is not valid yet; the system clock is probably wrong (*)",
        ),
        (
            Flaw::OtherHost,
            "the server's certificate is for another name; is something intercepting the \
             connection? (*)",
        ),
        (
            Flaw::UnknownCa,
            "no installed CA vouches for this server; is ca-bundle up to date, or is something \
             intercepting the connection? (*)",
        ),
        (
            Flaw::SelfSignedCa,
            "no installed CA vouches for this server; is ca-bundle up to date, or is something \
             intercepting the connection? (*)",
        ),
        (
            Flaw::SelfSigned,
            "no installed CA vouches for this server; is ca-bundle up to date, or is something \
             intercepting the connection? (*)",
        ),
    ];
    side_by_side(
        crew(),
        WRONG,
        |(flaw, _)| format!("{flaw:?}"),
        |&(flaw, says)| {
            let authority = Authority::new("a private authority");
            let home = trusting(&authority);
            // The record and the cache are from better days.
            let api = Api::start(Some(authority.server(Flaw::None)));
            let url = secure_url(&api);
            let good = Stage::set_at(Act::Update, api, url, home);
            let bad = Api::start(Some(authority.server(flaw)));
            let end = good.run_with(20, &["--apiUrl", &secure_url(&bad)]);
            end.fails();
            let says = format!("ERROR: GET {}: {says}\n", records_url(&secure_url(&bad)));
            assert!(is_like(&says, &end.stderr), "it says:\n{}", end.stderr);
            assert_eq!(bad.connections(), 1, "no second try: it will not be better in a second");
            assert_eq!(bad.calls().len(), 0, "requests read");
            assert_eq!(bad.violations(), Vec::<String>::new());
            good.leaves_cache(Cache::Gone);
            good.mends();
        },
    );
}

#[test]
fn a_certificate_of_ones_own_is_trusted_where_it_is_listed() {
    for flaw in [Flaw::SelfSigned, Flaw::SelfSignedCa] {
        let authority = Authority::new("a private authority");
        let (server, pem) = authority.server_and_pem(flaw);
        let home = trusting(&authority);
        fs::write(home.dir.join("ca.pem"), authority.pem() + &pem).unwrap();
        let api = Api::start(Some(server));
        let url = secure_url(&api);
        let stage = Stage::set_at(Act::Update, api, url, home);
        stage.mends();
        // Not another one of the same kind, with the same names.
        let other = Api::start(Some(authority.server(flaw)));
        let end = stage.run_with(20, &["--apiUrl", &secure_url(&other), "--force"]);
        end.fails();
        assert!(end.stderr.contains("no installed CA vouches for this server"), "{}", end.stderr);
        assert_eq!(other.calls().len(), 0, "requests read");
    }
}

#[test]
fn without_any_ca_the_way_out_is_named() {
    let authority = Authority::new("a private authority");
    let api = Api::start(Some(authority.server(Flaw::None)));
    for (content, dir) in [("", "nowhere"), ("no PEM at all\n", "nowhere")] {
        let mut home = Home::new();
        let (file, dir) = (home.dir.join("ca.pem"), home.dir.join(dir));
        fs::write(&file, content).unwrap();
        for (name, path) in [("SSL_CERT_FILE", &file), ("SSL_CERT_DIR", &dir)] {
            home.variables.push((name.to_owned(), path.to_str().unwrap().to_owned()));
        }
        let dns = Dns::start();
        dns.say("203.0.113.7");
        let asking = asking(&dns);
        let asking: Vec<&str> = asking.iter().map(String::as_str).collect();
        let end = home.run(&secure_url(&api), &asking, slack());
        end.fails();
        assert!(
            end.stderr.contains("install ca-bundle (or ca-certificates), or set SSL_CERT_FILE"),
            "{}",
            end.stderr
        );
    }
    assert_eq!(api.calls().len(), 0);
}

/// Answers whatever comes as a web server does that has no TLS; gives its address.
fn plain_web_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        // The runs of this test make no more connections than that.
        for stream in listener.incoming().flatten().take(1) {
            let mut stream = stream;
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
        }
    });
    address
}

#[test]
fn a_server_without_tls_is_told_from_one_with_a_bad_certificate() {
    let authority = Authority::new("a private authority");
    let dns = Dns::start();
    dns.say("203.0.113.7");
    let asking = asking(&dns);
    let asking: Vec<&str> = asking.iter().map(String::as_str).collect();
    let url = format!("https://{}/client/v4", plain_web_server());
    let end = trusting(&authority).run(&url, &asking, slack());
    end.fails();
    let url = records_url(&url);
    let says = format!("ERROR: GET {url}: the server does not speak TLS there (*)\n");
    assert!(is_like(&says, &end.stderr), "{}", end.stderr);
}

#[test]
fn a_redirects_target_never_hears_from_us() {
    let mut all = Vec::new();
    for status in ["301", "302", "303", "307", "308"] {
        all.extend([Act::Look].into_iter().chain(WRITES).map(|act| (status, act)));
    }
    side_by_side(
        crew(),
        &all,
        |(status, act)| format!("{status} for {act:?}"),
        |&(status, act)| {
            let elsewhere = TcpListener::bind("127.0.0.2:0").unwrap();
            elsewhere.set_nonblocking(true).unwrap();
            let address = elsewhere.local_addr().unwrap();
            let stage = Stage::set(act);
            let fault = format!("reply {status} location=http://{address}/client/v4 body={{}}");
            let says = format!(
                "ERROR: SUBJECT: HTTP {status}, a redirect; it is not followed, is the URL right? \
             (cf-ray *-FRA)"
            );
            stage.fails(act, &fault, 20, &[&says], if act == Act::Look { 1 } else { 2 });
            stage.leaves_cache(Cache::Gone);
            stage.mends();
            let heard = elsewhere.accept().map(|(_, peer)| peer);
            assert!(heard.is_err(), "a connection from {heard:?}");
        },
    );
}
