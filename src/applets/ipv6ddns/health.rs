//! `GET /health` on loopback: the state as JSON.

use crate::daemon::event_loop::SERVER;
use crate::daemon::privileges::FEW_DESCRIPTORS;
use crate::engine::follow::{Follow, State};
use crate::net::http_server::{self, Arrival, Limits, Server};
use crate::os::clock::{UnixSeconds, monotonic_ms, unix_seconds};
use crate::os::poll::PollSet;
use crate::wire::http::{Request, Response};
use std::io;
use std::net::{Ipv4Addr, Ipv6Addr};

const PATH: &str = "/health";
const LIMITS: Limits =
    Limits { connections: 8, body_bytes: 4096, request_milliseconds: 5_000, keeps_alive: false };

/// Listens on 127.0.0.1 and, where there is IPv6, on ::1.
pub fn open(port: u16) -> io::Result<Server> {
    let mut listeners = vec![http_server::listen((Ipv4Addr::LOCALHOST, port).into())?];
    match http_server::listen((Ipv6Addr::LOCALHOST, port).into()) {
        Ok(listener) => listeners.push(listener),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => return Err(error),
        Err(_) => {}
    }
    let others = FEW_DESCRIPTORS - LIMITS.connections;
    Ok(Server::new(SERVER, listeners, LIMITS, others))
}

/// Answers whatever has come.
pub fn serve(
    server: &mut Server,
    follow: &Follow,
    last_success: Option<UnixSeconds>,
    poll: &PollSet,
) {
    let now = monotonic_ms();
    let reject = |status, _message: &str| Response::json(status, "");
    for Arrival { number, request } in server.serve(now, poll, &reject) {
        server.answer(number, &respond(&request, follow, last_success), now, &reject);
    }
    // They are no concern of the operator's.
    server.rejections();
}

fn respond(request: &Request, follow: &Follow, last_success: Option<UnixSeconds>) -> Response {
    if request.path != PATH {
        return Response::json(404, "");
    }
    if request.method != "GET" && request.method != "HEAD" {
        return Response::json(405, "").with("Allow", "GET, HEAD");
    }
    let status = if follow.state() == State::Error { 503 } else { 200 };
    Response::json(status, describe(follow, last_success, unix_seconds()))
}

/// Our keys, then those of the original program, whose `status` and `healthy` are good only once
/// the record has been synchronised. The address is the record's or the one to be published.
fn describe(follow: &Follow, last_success: Option<UnixSeconds>, now: UnixSeconds) -> String {
    let state = match follow.state() {
        State::Unknown => "unknown",
        State::Detected => "detected",
        State::Synced => "synced",
        State::Error => "error",
    };
    let number = |seconds: Option<u64>| seconds.map_or("null".into(), |one| one.to_string());
    let address = follow.address().map_or("null".into(), |address| format!("\"{address}\""));
    let success = number(last_success.map(|at| at.0));
    let ago = number(last_success.map(|at| now.0.saturating_sub(at.0)));
    let failures = follow.failures();
    let healthy = follow.state() == State::Synced;
    let status = if healthy { "ok" } else { "degraded" };
    format!(
        "{{\"state\":\"{state}\",\"address\":{address},\"last_success\":{success},\
         \"failures\":{failures},\"status\":\"{status}\",\"sync_state\":\"{state}\",\
         \"last_sync_seconds_ago\":{ago},\"error_count\":{failures},\
         \"healthy\":{healthy}}}\n"
    )
}
