//! A stand-in for Cloudflare's API and for whoami.cloudflare: strict, stateful, and able to fail.
#![allow(dead_code)] // Each program that includes this tree uses a part of it.

pub mod api;
pub mod check;
pub mod dns;
pub mod faults;
pub mod http;
pub mod json;
pub mod misbehave;
pub mod records;
pub mod screen;
pub mod serve;
pub mod tls;

use serve::{Call, Shared, State, lock};
use std::net::{SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

pub const TOKEN: &str = "T0ken_of-the.tests~+/=";
/// The name of the one zone there is, unless another is given.
pub const ZONE_NAME: &str = "example.com";
pub const ZONE: &str = "023e105f4ecef8ad9ca31a8372d0c353";

/// The API on a free loopback port; stops when dropped.
pub struct Api {
    pub address: SocketAddr,
    pub state: Shared,
    stop: misbehave::Stop,
}

impl Api {
    /// Over plain HTTP, or TLS with the set-up given.
    pub fn start(tls: Option<Arc<rustls::ServerConfig>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let port = address.port();
        let hosts = vec![format!("127.0.0.1:{port}"), format!("localhost:{port}")];
        let rules = api::Rules { token: TOKEN.to_owned(), zone: ZONE.to_owned(), hosts };
        let mut state = State::new(rules);
        ZONE_NAME.clone_into(&mut state.zone.name);
        let state = Arc::new(Mutex::new(state));
        let stop = misbehave::Stop::default();
        serve::listen(listener, state.clone(), tls, stop.clone());
        Self { address, state, stop }
    }

    /// The base URL for `--apiUrl`, with http.
    pub fn url(&self) -> String {
        format!("http://{}/client/v4", self.address)
    }

    pub fn fault(&self, line: &str) {
        lock(&self.state).faults.push(faults::Rule::parse(line).unwrap());
    }

    pub fn clear_faults(&self) {
        lock(&self.state).faults.clear();
    }

    /// Adds a record as the zone's owner would have done it by hand.
    pub fn add(&self, body: &json::Value) -> json::Value {
        lock(&self.state).zone.post(body).unwrap()
    }

    /// An A record with defaults.
    pub fn add_a(&self, name: &str, content: &str) -> json::Value {
        self.add(&json::object([
            ("type", json::string("A")),
            ("name", json::string(name)),
            ("content", json::string(content)),
            ("ttl", json::number(60)),
        ]))
    }

    /// All records, one readable line each, in the order they were made.
    pub fn records(&self) -> Vec<String> {
        lock(&self.state).zone.all().iter().map(records::line).collect()
    }

    /// The addresses of the A records, sorted as text.
    pub fn addresses(&self) -> Vec<String> {
        let all = lock(&self.state).zone.matching(Some("A"), None);
        let mut found: Vec<String> =
            all.iter().map(|record| json::str_of(record, "content").to_owned()).collect();
        found.sort();
        found
    }

    pub fn calls(&self) -> Vec<Call> {
        lock(&self.state).calls.clone()
    }

    /// Takes the calls made so far.
    pub fn take_calls(&self) -> Vec<Call> {
        std::mem::take(&mut lock(&self.state).calls)
    }

    pub fn connections(&self) -> usize {
        lock(&self.state).connections
    }

    /// From now on several requests may come on one connection.
    pub fn keep_alive(&self) {
        lock(&self.state).keeps_alive = true;
    }

    pub fn violations(&self) -> Vec<String> {
        lock(&self.state).violations.clone()
    }
}

impl Drop for Api {
    fn drop(&mut self) {
        self.stop.set();
        // Wakes the listener, which then sees the flag.
        let _ = TcpStream::connect_timeout(&self.address, Duration::from_millis(200));
    }
}

impl State {
    pub fn new(rules: api::Rules) -> Self {
        Self {
            rules,
            zone: records::Zone::default(),
            faults: Vec::new(),
            calls: Vec::new(),
            violations: Vec::new(),
            connections: 0,
            keeps_alive: false,
            delay: Duration::ZERO,
            log: None,
        }
    }
}

/// The whoami server on a free loopback port; stops when dropped.
pub struct Dns {
    pub address: SocketAddr,
    pub whoami: dns::SharedWhoami,
    stop: misbehave::Stop,
}

impl Dns {
    pub fn start() -> Self {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        let (whoami, stop) = (dns::SharedWhoami::default(), misbehave::Stop::default());
        let address = dns::serve(socket, whoami.clone(), stop.clone());
        Self { address, whoami, stop }
    }

    pub fn with<R>(&self, act: impl FnOnce(&mut dns::Whoami) -> R) -> R {
        act(&mut self.whoami.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// From now on the client at 127.0.0.1 is told this address.
    pub fn say(&self, address: &str) {
        let address = address.parse().unwrap();
        self.with(|whoami| whoami.by_source.insert([127, 0, 0, 1].into(), address));
    }
}

impl Drop for Dns {
    fn drop(&mut self) {
        self.stop.set();
        if let Ok(socket) = UdpSocket::bind("127.0.0.1:0") {
            let _ = socket.send_to(b"", self.address);
        }
    }
}
