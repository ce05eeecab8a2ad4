//! The stand-in as a program of its own: `cargo run --example standin -- --help`.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    clippy::too_many_lines
)]

#[path = "mod.rs"]
mod standin;

use standin::serve::State;
use standin::{api, check, dns, faults, json, misbehave, screen, serve, tls};
use std::fs::OpenOptions;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, UdpSocket};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};
use std::time::Duration;

const USAGE: &str = "\
A stand-in for Cloudflare's DNS API (v4) and for whoami.cloudflare.

usage: standin [--http ADDR:PORT]... [--whoami ADDR:PORT]... [option]...

Without any listener it takes two free ports of 127.0.0.1 and prints the command with which
cf-ddns-sync is tried against them: no account and no root is needed.

Listeners (each may be given again; port 0 takes a free one):
  --http ADDR:PORT      the API, with TLS if --tls-cert and --tls-key are given
  --whoami ADDR:PORT    DNS over UDP: CH TXT whoami.cloudflare answers with the asker's own
                        source address, IN A with the names given by --name, else NXDOMAIN
TLS:
  --tls-cert FILE       certificate chain, PEM
  --tls-key FILE        private key, PEM
What the API knows:
  --token TOKEN         the one bearer token that is let in (default: T0ken_of-the.tests~+/=)
  --zone ZONE           the one zone id (default: 023e105f4ecef8ad9ca31a8372d0c353)
  --zone-name NAME      its name (default: example.com): records made elsewhere end up below it
  --target NAME         name of the records made by --record (default: host1.example.com)
  --record ADDRESS      an A or AAAA record there from the start (again for more), ttl 60
  --host NAME           a name allowed in the Host header besides ADDR[:PORT], those of --name
                        and api.cloudflare.com (again for more)
What DNS knows:
  --name NAME=IPV4      an A record (again for more)
  --see SOURCE=IPV4     whoami tells the client at SOURCE this address (again for more)
  --whoami-mode MODE    ok | empty | servfail | silent | garbage | text:T | wrong-id-first |
                        multi | class-in | delay:MS
How it behaves:
  --delay-ms N          wait this long before each API answer
  --keep-alive          take several requests on one connection
  --fault 'WHEN WHAT'   a misbehaviour (again for more), see below
  --log FILE            one line for each API request: METHOD TARGET -> STATUS BODY
                        (without it the lines go to stdout)
  -h, --help            this text

Prints `ready api ADDR:PORT...` and `ready whoami ADDR:PORT...` lines and at last `ready` when
all is listening, and runs until it is killed. Looking in, without a token:
GET /_records (all records), GET /_calls (all requests), GET /_violations (what broke the schema).
And acting, likewise: POST /_records (more records, a list of bodies), POST /_forget (a list of
ids of records to delete), POST /_faults (a list of faults instead of those there are).
A request that breaks the schema is answered 400 with code 9999.
";

/// The name whose records `--record` makes.
const TARGET: &str = "host1.example.com";

#[derive(Default)]
struct Settings {
    http: Vec<String>,
    whoami: Vec<String>,
    cert: Option<PathBuf>,
    key: Option<PathBuf>,
    token: Option<String>,
    zone: Option<String>,
    zone_name: Option<String>,
    target: Option<String>,
    records: Vec<String>,
    hosts: Vec<String>,
    names: Vec<String>,
    sees: Vec<String>,
    mode: Option<String>,
    delay: u64,
    keeps_alive: bool,
    faults: Vec<String>,
    log: Option<PathBuf>,
}

fn main() {
    if let Err(words) = settings().and_then(run) {
        eprintln!("standin: {words}");
        std::process::exit(2);
    }
}

fn settings() -> Result<Settings, String> {
    let mut set = Settings::default();
    let mut args = std::env::args().skip(1);
    while let Some(arg) = args.next() {
        if arg == "-h" || arg == "--help" {
            screen::print(&format!("{USAGE}\n{}", faults::HELP));
            std::process::exit(0);
        }
        if arg == "--keep-alive" {
            set.keeps_alive = true;
            continue;
        }
        let (flag, value) = match arg.split_once('=').filter(|_| arg.starts_with("--")) {
            Some((flag, value)) => (flag.to_owned(), Some(value.to_owned())),
            None => (arg, None),
        };
        let value = value.or_else(|| args.next()).ok_or(format!("{flag} needs a value"))?;
        match flag.as_str() {
            "--http" => set.http.push(value),
            "--whoami" => set.whoami.push(value),
            "--tls-cert" => set.cert = Some(value.into()),
            "--tls-key" => set.key = Some(value.into()),
            "--token" => set.token = Some(value),
            "--zone" => set.zone = Some(value),
            "--zone-name" => set.zone_name = Some(value),
            "--target" => set.target = Some(value),
            "--record" => set.records.push(value),
            "--host" => set.hosts.push(value),
            "--name" => set.names.push(value),
            "--see" => set.sees.push(value),
            "--whoami-mode" => set.mode = Some(value),
            "--delay-ms" => set.delay = value.parse().map_err(|_| "--delay-ms: number")?,
            "--fault" => set.faults.push(value),
            "--log" => set.log = Some(value.into()),
            _ => return Err(format!("unknown flag {flag}, see --help")),
        }
    }
    Ok(set)
}

/// `LEFT=IPV4` taken apart.
fn pair(text: &str) -> Result<(&str, Ipv4Addr), String> {
    let parts = text.split_once('=').and_then(|(left, right)| Some((left, right.parse().ok()?)));
    parts.ok_or(format!("{text:?} is not NAME=IPV4"))
}

fn run(mut set: Settings) -> Result<(), String> {
    let is_trial = set.http.is_empty() && set.whoami.is_empty();
    if is_trial {
        set.http.push("127.0.0.1:0".to_owned());
        set.whoami.push("127.0.0.1:0".to_owned());
        // Its own address would be refused as private.
        set.sees.push("127.0.0.1=203.0.113.7".to_owned());
    }
    let stop = misbehave::Stop::default();
    let (api, whoami) = (start_api(&set, &stop)?, start_whoami(&set, &stop)?);
    screen::print("ready");
    if let (true, Some(api), Some(whoami)) = (is_trial, api.first(), whoami.first()) {
        screen::print(&trial(&set, *api, *whoami));
    }
    loop {
        std::thread::park();
    }
}

/// How to try cf-ddns-sync against what is listening now.
fn trial(set: &Settings, api: SocketAddr, whoami: SocketAddr) -> String {
    let target = set.target.as_deref().unwrap_or(TARGET);
    // It tells of the records of an earlier stand-in, and nobody would be asked.
    let _ = std::fs::remove_file(format!("target/trial/{target}.cache"));
    let scheme = if set.cert.is_some() { "https" } else { "http" };
    format!(
        "
Try it in another terminal, in this directory:

  cargo run -- cf-ddns-sync -v \\
      --apiUrl {scheme}://{api}/client/v4 \\
      --whoami builtin --resolver {whoami} \\
      --cacheDir target/trial \\
      --apiToken '{}' \\
      --zoneId {} \\
      --target {target}

  curl http://{api}/_records     # the records the stand-in has now

Requests to the API are shown here. Ctrl-C ends the stand-in; --help lists what
else it can play.
",
        set.token.as_deref().unwrap_or(standin::TOKEN),
        set.zone.as_deref().unwrap_or(standin::ZONE),
    )
}

/// Gives the addresses it listens at.
fn start_api(set: &Settings, stop: &misbehave::Stop) -> Result<Vec<SocketAddr>, String> {
    let config = match (&set.cert, &set.key) {
        (Some(cert), Some(key)) => Some(tls::from_files(cert, key)?),
        (None, None) => None,
        _ => return Err("--tls-cert and --tls-key belong together".to_owned()),
    };
    let state = Arc::new(Mutex::new(state(set)?));
    let mut all = Vec::new();
    for address in &set.http {
        let listener = TcpListener::bind(address).map_err(|e| format!("{address}: {e}"))?;
        let bound = listener.local_addr().map_err(|e| e.to_string())?;
        let mut known = serve::lock(&state);
        known.rules.hosts.extend([bound.to_string(), bound.ip().to_string()]);
        drop(known);
        serve::listen(listener, state.clone(), config.clone(), stop.clone());
        screen::print(&format!("ready api {bound}"));
        all.push(bound);
    }
    Ok(all)
}

fn state(set: &Settings) -> Result<State, String> {
    let mut hosts = vec!["api.cloudflare.com".to_owned()];
    hosts.extend(set.hosts.iter().cloned());
    for name in &set.names {
        hosts.push(pair(name)?.0.to_owned());
    }
    let token = set.token.clone().unwrap_or(standin::TOKEN.to_owned());
    let zone = set.zone.clone().unwrap_or(standin::ZONE.to_owned());
    let mut state = State::new(api::Rules { token, zone, hosts });
    set.zone_name.as_deref().unwrap_or(standin::ZONE_NAME).clone_into(&mut state.zone.name);
    let target = set.target.as_deref().unwrap_or(TARGET);
    for record in &set.records {
        let body = json::object([
            ("type", json::string(if record.contains(':') { "AAAA" } else { "A" })),
            ("name", json::string(target)),
            ("content", json::string(record)),
            ("ttl", json::number(60)),
        ]);
        check::whole_record(&body, false).map_err(|refusal| refusal.message)?;
        state.zone.post(&body).map_err(|refusal| refusal.message)?;
    }
    for fault in &set.faults {
        state.faults.push(faults::Rule::parse(fault)?);
    }
    state.keeps_alive = set.keeps_alive;
    state.delay = Duration::from_millis(set.delay);
    state.log = Some(match &set.log {
        None => Box::new(std::io::stdout()),
        Some(file) => {
            let opened = OpenOptions::new().create(true).append(true).open(file);
            Box::new(opened.map_err(|e| format!("{}: {e}", file.display()))?)
        }
    });
    Ok(state)
}

/// Gives the addresses it listens at.
fn start_whoami(set: &Settings, stop: &misbehave::Stop) -> Result<Vec<SocketAddr>, String> {
    let mut whoami = dns::Whoami::default();
    if let Some(mode) = &set.mode {
        whoami.mode = dns::Mode::parse(mode)?;
    }
    for name in &set.names {
        let (name, address) = pair(name)?;
        whoami.names.insert(name.to_ascii_lowercase(), address);
    }
    for see in &set.sees {
        let (source, address) = pair(see)?;
        let source = source.parse().map_err(|_| format!("{see:?} is not IPV4=IPV4"))?;
        whoami.by_source.insert(source, address);
    }
    let shared = Arc::new(Mutex::new(whoami));
    let mut all = Vec::new();
    for address in &set.whoami {
        let socket = UdpSocket::bind(address).map_err(|e| format!("{address}: {e}"))?;
        let bound = dns::serve(socket, shared.clone(), stop.clone());
        screen::print(&format!("ready whoami {bound}"));
        all.push(bound);
    }
    Ok(all)
}
