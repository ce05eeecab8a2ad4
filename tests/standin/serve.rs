//! The listening side: takes connections, picks the fault that strikes, and answers.
use super::api::{self, Rules};
use super::check;
use super::faults::{Fault, Reply, Rule};
use super::http::{self, Answer, Request};
use super::json::{self, Value};
use super::misbehave::{self, Stop};
use super::records::Zone;
use rustls::ServerConfig;
use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A peer that sends nothing for this long is given up.
const READ_SECONDS_MAX: u64 = 120;

/// One request as it came in, for assertions.
#[derive(Clone, Debug)]
pub struct Call {
    pub method: String,
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// The answer's status, or 0 where none was given.
    pub status: u16,
    /// When it had come in, microseconds since 1970.
    pub at: u64,
}

/// Everything the stand-in remembers.
pub struct State {
    pub rules: Rules,
    pub zone: Zone,
    pub faults: Vec<Rule>,
    pub calls: Vec<Call>,
    /// Requests that broke the schema; any of them fails a test.
    pub violations: Vec<String>,
    /// Connections taken, those without a request included.
    pub connections: usize,
    /// Whether several requests may come on one connection, as at Cloudflare. Faults that strike
    /// connections are for the first of each.
    pub keeps_alive: bool,
    pub delay: Duration,
    pub log: Option<Box<dyn Write + Send>>,
}

pub type Shared = Arc<Mutex<State>>;

pub fn lock(state: &Shared) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Serves connections until told to stop; each on a thread of its own.
pub fn listen(
    listener: TcpListener,
    state: Shared,
    tls: Option<Arc<ServerConfig>>,
    stop: Stop,
) -> SocketAddr {
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            if stop.is_set() {
                return;
            }
            let Ok(stream) = stream else { continue };
            let (state, tls, stop) = (state.clone(), tls.clone(), stop.clone());
            std::thread::spawn(move || {
                // A peer that goes away in the middle is part of the tests.
                let _ = connection(stream, &state, tls, &stop);
            });
        }
    });
    address
}

fn connection(
    mut stream: TcpStream,
    state: &Shared,
    tls: Option<Arc<ServerConfig>>,
    stop: &Stop,
) -> io::Result<()> {
    stream.set_read_timeout(Some(Duration::from_secs(READ_SECONDS_MAX)))?;
    stream.set_write_timeout(Some(Duration::from_secs(READ_SECONDS_MAX)))?;
    stream.set_nodelay(true)?;
    let fault = {
        let mut state = lock(state);
        state.connections += 1;
        // Every rule counts every connection, struck or not, so all are asked.
        let struck = state.faults.iter_mut().map(|rule| (rule.strikes_connection(), rule));
        let struck: Vec<Fault> =
            struck.filter(|(hit, _)| *hit).map(|(_, r)| r.fault.clone()).collect();
        struck.into_iter().next()
    };
    if let Some(fault) = fault.as_ref().filter(|fault| fault.comes_first()) {
        return misbehave::before(stream, fault, stop);
    }
    let socket = stream.try_clone()?;
    match tls {
        None => exchanges(&mut stream, &socket, state, fault, stop),
        Some(config) => {
            let session = rustls::ServerConnection::new(config).map_err(io::Error::other)?;
            let mut stream = rustls::StreamOwned::new(session, stream);
            let done = exchanges(&mut stream, &socket, state, fault, stop);
            stream.conn.send_close_notify();
            let _ = stream.flush();
            done
        }
    }
}

/// One request, or as many as come on a connection that is kept.
fn exchanges<S: Read + Write>(
    stream: &mut S,
    socket: &TcpStream,
    state: &Shared,
    mut fault: Option<Fault>,
    stop: &Stop,
) -> io::Result<()> {
    while exchange(stream, socket, state, fault.take(), stop)? {}
    Ok(())
}

/// Whether another request may follow.
fn exchange<S: Read + Write>(
    stream: &mut S,
    socket: &TcpStream,
    state: &Shared,
    fault: Option<Fault>,
    stop: &Stop,
) -> io::Result<bool> {
    let request = match http::read_request(stream)? {
        None => return Ok(false),
        Some(Ok(request)) => request,
        Some(Err(wrong)) => {
            lock(state).violations.push(format!("malformed request: {wrong}"));
            stream.write_all(&Answer::json(400, String::new()).bytes())?;
            return Ok(false);
        }
    };
    if let Some(answer) = inspect(state, &request) {
        stream.write_all(&answer.bytes())?;
        return Ok(false);
    }
    let (fault, answer, delay) = decide(state, &request, fault);
    misbehave::pause(delay, stop);
    if let Some(fault) = fault {
        misbehave::after(stream, socket, &fault, &answer, stop)?;
        return Ok(false);
    }
    let keeps = lock(state).keeps_alive && request.header("connection") != Some("close");
    stream.write_all(&if keeps { answer.bytes_kept() } else { answer.bytes() })?;
    stream.flush()?;
    Ok(keeps)
}

/// The paths by which a world's script looks into the stand-in, or acts as the zone's owner.
fn inspect(state: &Shared, request: &Request) -> Option<Answer> {
    let mut state = lock(state);
    let said = || json::parse(&request.body).unwrap_or(Value::Null);
    let document = match &*request.target {
        "/_records" if request.method == "POST" => outcome(made(&mut state, &said())),
        "/_forget" => outcome(forgotten(&mut state, &said())),
        "/_faults" => outcome(faulted(&mut state, &said())),
        "/_records" => json::array(state.zone.all()),
        "/_calls" => json::array(state.calls.iter().map(call_value).collect()),
        "/_violations" => {
            json::array(state.violations.iter().map(|text| json::string(text)).collect())
        }
        _ => return None,
    };
    // Looking in must not shift the faults meant for the program under test.
    state.connections -= 1;
    state.faults.iter_mut().for_each(Rule::forget_connection);
    Some(Answer::json(200, json::text(&document)))
}

/// `[]`, or a list with the reason why it was not done.
fn outcome(done: Result<(), String>) -> Value {
    json::array(done.err().iter().map(|words| json::string(words)).collect())
}

fn items(list: &Value) -> Result<Vec<Value>, String> {
    let items = json::as_array(list).ok_or("not a list")?;
    Ok(items.iter().cloned().collect())
}

fn made(state: &mut State, bodies: &Value) -> Result<(), String> {
    for body in items(bodies)? {
        check::whole_record(&body, false).map_err(|refusal| refusal.message)?;
        state.zone.post(&body).map_err(|refusal| refusal.message)?;
    }
    Ok(())
}

fn forgotten(state: &mut State, ids: &Value) -> Result<(), String> {
    for id in items(ids)? {
        let id = json::as_str(&id).unwrap_or("");
        state.zone.delete(id).map_err(|refusal| refusal.message)?;
    }
    Ok(())
}

fn faulted(state: &mut State, lines: &Value) -> Result<(), String> {
    let lines = items(lines)?;
    let rules = lines.iter().map(|line| Rule::parse(json::as_str(line).unwrap_or("")));
    state.faults = rules.collect::<Result<_, _>>()?;
    Ok(())
}

fn call_value(call: &Call) -> Value {
    json::object([
        ("method", json::string(&call.method)),
        ("target", json::string(&call.target)),
        ("status", json::number(u64::from(call.status))),
        ("at", json::number(call.at)),
        ("body", json::parse(&call.body).unwrap_or(Value::Null)),
    ])
}

/// Carries the request out, unless the fault says not to, and notes it down.
fn decide(
    state: &Shared,
    request: &Request,
    fault: Option<Fault>,
) -> (Option<Fault>, Answer, Duration) {
    let mut state = lock(state);
    let by_method: Vec<Fault> = state
        .faults
        .iter_mut()
        .map(|rule| (rule.strikes_request(request), rule))
        .filter(|(hit, _)| *hit)
        .map(|(_, rule)| rule.fault.clone())
        .collect();
    let fault = fault.or_else(|| by_method.into_iter().next());
    let serial = state.calls.len() + 1;
    let rules = state.rules.clone();
    // What is not to be done is still checked, against a copy.
    let mut copy = state.zone.clone();
    let done = fault.as_ref().is_none_or(Fault::applies);
    let zone = if done { &mut state.zone } else { &mut copy };
    let (status, document) = api::serve(zone, &rules, request);
    if text_of_error(&document) == Some(9999) {
        let words = format!("{} {}: {}", request.method, request.target, json::text(&document));
        state.violations.push(words);
    }
    let document = misbehave::change(document, fault.as_ref());
    let mut answer = api::answer(status, &document, serial);
    if let Some(Fault::Reply(reply) | Fault::AppliedReply(reply)) = &fault {
        answer = by_hand(reply, serial);
    }
    note(&mut state, request, if is_answer(fault.as_ref()) { answer.status } else { 0 });
    let delay = state.delay;
    (fault, answer, delay)
}

fn is_answer(fault: Option<&Fault>) -> bool {
    use Fault::*;
    !matches!(
        fault,
        Some(
            ResetAfter
                | CloseAfter
                | SilentAfter
                | AppliedReset
                | AppliedClose
                | AppliedSilent
                | CutHead
                | DripRecord
        )
    )
}

fn text_of_error(document: &Value) -> Option<u64> {
    let first = json::as_array(json::field(document, "errors")?)?.iter().next()?;
    json::as_u64(json::field(first, "code")?)
}

fn by_hand(reply: &Reply, serial: usize) -> Answer {
    let mut headers = reply.headers.clone();
    if let Some(seconds) = reply.retry_date {
        headers.push(("Retry-After".to_owned(), misbehave::http_date_in(seconds)));
    }
    if reply.ray {
        headers.push(("cf-ray".to_owned(), api::ray(serial)));
    }
    Answer { status: reply.status, headers, body: reply.body.clone().into_bytes() }
}

fn note(state: &mut State, request: &Request, status: u16) {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let call = Call {
        method: request.method.clone(),
        target: request.target.clone(),
        headers: request.headers.clone(),
        body: request.body.clone(),
        status,
        at: now.as_micros() as u64,
    };
    if let Some(log) = &mut state.log {
        let body = String::from_utf8_lossy(&call.body).into_owned();
        let line = format!("{} {} -> {} {}", call.method, call.target, call.status, body);
        let _ = writeln!(log, "{}", line.trim_end());
        let _ = log.flush();
    }
    state.calls.push(call);
}
