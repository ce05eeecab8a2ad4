//! Hosts that tell their addresses over HTTP: who may, what is known already, what is answered.

mod dyndns2;
mod json;
mod memory;
mod presence;
mod rules;
mod settled;
#[cfg(test)]
mod tests;

use super::{Api, News, Notice, Step, Task};
use crate::error::Error;
use crate::log::logger::Level;
use crate::record::{Attributes, Policy, RecordType, Zone};
use crate::text::secret::Secret;
use crate::text::{dns_name, printable};
use crate::wire::http::{Request, Response};
use crate::wire::job::{Answer, Deadline, Job, SetJob};
use memory::Memory;
use presence::Presence;
pub use rules::Rules;
use settled::Settled;
use std::net::IpAddr;

const PROVIDER: &str = "hetzner";
/// How long a job may take; callers do not wait much longer.
const JOB_SECONDS: u32 = 30;
/// When to come back where too many wait, in seconds.
const BUSY_SECONDS: u32 = 10;
const METHOD_CHARACTERS_MAX: usize = 20;
/// How much of a name somebody sent is shown, in characters.
const NAME_CHARACTERS_MAX: usize = 100;

/// One address that is to stand at a name, and what has become of that.
struct Piece {
    /// As in [`Rules::keys`].
    name: String,
    address: IpAddr,
    /// Which line of the answer it is part of.
    line: usize,
    /// Which task does it.
    task: Option<usize>,
    settled: Option<Settled>,
}

impl Piece {
    fn new(name: String, address: IpAddr, line: usize) -> Piece {
        Piece { name, address, line, task: None, settled: None }
    }

    fn kind(&self) -> RecordType {
        if self.address.is_ipv4() { RecordType::A } else { RecordType::Aaaa }
    }

    /// What is remembered of it has this name.
    fn memo(&self) -> String {
        format!("{} {}", self.name, self.kind().as_str())
    }
}

/// How a request wants to be answered.
enum Form {
    Json,
    /// One line for each host: this word, or none, and what its pieces make of it.
    Lines(Vec<Option<&'static str>>),
}

/// What a request is about.
struct Order {
    form: Form,
    pieces: Vec<Piece>,
    /// Whether the credentials do not open all of its hosts.
    is_guess: bool,
}

impl Order {
    fn answer(&self) -> Response {
        match &self.form {
            Form::Json => json::answer(&self.pieces),
            Form::Lines(lines) => dyndns2::answer(lines, &self.pieces),
        }
    }

    /// Whether somebody still waits for that piece of it.
    fn awaits(&self, memo: &str) -> bool {
        self.pieces.iter().any(|piece| piece.settled.is_none() && piece.memo() == memo)
    }
}

/// The service.
pub struct HostUpdate {
    rules: Rules,
    memory: Memory,
    presence: Presence,
    /// Requests whose tasks are under way, with their numbers.
    orders: Vec<(u64, Order)>,
    news: Vec<News>,
    has_guessed: bool,
}

impl HostUpdate {
    pub fn new(rules: Rules) -> HostUpdate {
        let memory = Memory::new(rules.address_age_max, rules.zones_age_max);
        let presence = Presence::new(rules.silence_max, rules.look_every);
        HostUpdate {
            rules,
            memory,
            presence,
            orders: Vec::new(),
            news: Vec::new(),
            has_guessed: false,
        }
    }

    /// Does what memory can, and has the rest done.
    fn begin(&mut self, number: u64, mut order: Order, now: u64) -> Step {
        let mut tasks = Vec::new();
        for piece in &mut order.pieces {
            if self.presence.called(&piece.name, now) {
                self.news.push(info(format!("{} is back.", piece.name)));
            }
            let memo = piece.memo();
            if self.memory.has(&memo, piece.address, now) {
                let message = format!("{memo} unchanged: {} (remembered)", piece.address);
                self.news.push(debug(message));
                piece.settled = Some(Settled::Unchanged);
                continue;
            }
            // From here on another address may stand there, until that is known.
            self.memory.forget(&memo);
            // One that was given is refused.
            if is_unreachable(piece.address) {
                let message =
                    format!("{memo}: the caller's address {}", unreachable(piece.address));
                self.news.push(News { level: Level::Warning, message, notice: None });
            }
            self.news.push(debug(format!("asking {PROVIDER} for {memo} {}", piece.address)));
            piece.task = Some(tasks.len());
            let job = job(&self.rules, piece, &self.memory, now);
            tasks.push(Task { job, lane: piece.name.clone() });
        }
        if tasks.is_empty() {
            return Step::Answer(order.answer());
        }
        self.orders.push((number, order));
        Step::Tasks(tasks)
    }

    /// Remembers, tells and notes what has become of one piece.
    fn settle(&mut self, order: &mut Order, index: usize, answer: Answer, now: u64) {
        let named = |piece: &&mut Piece| piece.task == Some(index) && piece.settled.is_none();
        let Some(piece) = order.pieces.iter_mut().find(named) else { return };
        let Answer { outcome, steps, meta } = answer;
        if let Some(zones) = &meta.zones {
            self.memory.keep_zones(zones, &self.rules.allowed, now);
        }
        let (memo, name, address) = (piece.memo(), piece.name.clone(), piece.address);
        let secret = self.rules.token.as_ref();
        let (settled, message) = Settled::of(outcome, &steps, secret, &memo, address);
        let is_failure = settled.is_failure();
        let is_unchanged = matches!(settled, Settled::Unchanged);
        piece.settled = Some(settled);
        let is_known = meta.warnings.is_empty();
        for warning in meta.warnings {
            let message = format!("{memo}: {}", settled::shown(&warning, secret));
            self.news.push(News { level: Level::Warning, message, notice: None });
        }
        if is_failure {
            self.news.push(refusal(message));
            return;
        }
        let notice = self.rules.tells_success.then_some(Notice::Success);
        let level = if is_unchanged { Level::Debug } else { Level::Info };
        self.news.push(News { level, message, notice });
        self.presence.updated(&name, now);
        // Another request may be about to replace it.
        let is_awaited = |order: &Order| order.awaits(&memo);
        if is_known && !is_awaited(order) && !self.orders.iter().any(|(_, other)| is_awaited(other))
        {
            self.memory.put(&memo, address, now);
        }
    }

    fn take_order(&mut self, number: u64) -> Option<Order> {
        let at = self.orders.iter().position(|(one, _)| *one == number)?;
        Some(self.orders.swap_remove(at).1)
    }
}

impl Api for HostUpdate {
    fn ask(&mut self, number: u64, request: &Request, now: u64) -> Step {
        let head = head(request);
        self.news.push(debug(head.clone()));
        // A base URL that ends with a slash makes two of them.
        let path = request.path.trim_start_matches('/');
        let read = if path == json::PATH {
            json::read(&self.rules, request, &mut self.news)
        } else if dyndns2::is_path(path) {
            dyndns2::read(&self.rules, request, &mut self.news)
        } else {
            self.news.push(info(format!("{head} 404 Not Found")));
            Err(json::error(404, "Not Found"))
        };
        self.has_guessed = match &read {
            Ok(order) => order.is_guess,
            // Who sent no credentials is challenged, which is nothing to be told of.
            Err(response) => {
                response.status == 401 && self.news.last().is_some_and(|one| one.notice.is_some())
            }
        };
        match read {
            Ok(order) => self.begin(number, order, now),
            Err(response) => Step::Answer(response),
        }
    }

    fn heard(
        &mut self,
        number: u64,
        index: usize,
        answer: Result<Answer, Error>,
        now: u64,
    ) -> Option<Response> {
        let mut order = self.take_order(number)?;
        let answer = answer.unwrap_or_else(settled::without_answer);
        self.settle(&mut order, index, answer, now);
        if order.pieces.iter().all(|piece| piece.settled.is_some()) {
            return Some(order.answer());
        }
        self.orders.push((number, order));
        None
    }

    fn refuse(&mut self, number: u64, _now: u64) -> Response {
        let order = self.take_order(number);
        let name = order.as_ref().and_then(|order| order.pieces.first());
        let name = name.map_or("(no name)", |piece| piece.name.as_str());
        self.news.push(refusal(format!("Update of {name} refused: too many wait already.")));
        let response = match order {
            Some(Order { form: Form::Lines(_), .. }) => Response::text(503, "911\n"),
            _ => json::error(503, "Too many requests wait already"),
        };
        response.with("Retry-After", BUSY_SECONDS.to_string())
    }

    fn reject(&self, status: u16, message: &str) -> Response {
        json::error(status, message)
    }

    fn peer(&self, request: &Request) -> IpAddr {
        let proxies = self.rules.proxies.as_deref();
        let named = proxies.and_then(|proxies| super::caller::address(request, Some(proxies)));
        named.unwrap_or(request.peer)
    }

    fn has_guessed(&self) -> bool {
        self.has_guessed
    }

    fn hold_off(&self, request: &Request, seconds: u32) -> Response {
        let response = match request.path.contains("nic/update") {
            true => Response::text(429, "911\n"),
            false => self.reject(429, "Too many wrong credentials from this address"),
        };
        response.with("Retry-After", seconds.to_string())
    }

    fn wake_at(&self) -> Option<u64> {
        self.presence.wake_at()
    }

    fn tick(&mut self, now: u64) {
        let silence = self.rules.silence_max / 1000;
        for name in self.presence.lost(now) {
            let message = format!("{name} has not called for {silence} s: connection lost?");
            let notice = Some(Notice::Lost);
            self.news.push(News { level: Level::Warning, message, notice });
        }
    }

    fn news(&mut self) -> Vec<News> {
        std::mem::take(&mut self.news)
    }
}

/// Who asked for what, without anything that could be a secret.
fn head(request: &Request) -> String {
    let method = printable::line(&request.method, METHOD_CHARACTERS_MAX);
    let path = printable::line(&request.path, NAME_CHARACTERS_MAX);
    format!("{} {method} {path}", request.peer)
}

/// Whether nobody else can reach an address: mostly that of a proxy which hides the caller's.
fn is_unreachable(address: IpAddr) -> bool {
    let is_link_local = match address {
        IpAddr::V4(four) => four.is_link_local() || four.is_broadcast(),
        IpAddr::V6(six) => six.segments().first().is_some_and(|one| one & 0xffc0 == 0xfe80),
    };
    is_link_local || address.is_unspecified() || address.is_loopback() || address.is_multicast()
}

/// What there is to say of such an address.
fn unreachable(address: IpAddr) -> String {
    format!("{address} cannot be reached from elsewhere")
}

fn debug(message: String) -> News {
    News { level: Level::Debug, message, notice: None }
}

fn info(message: String) -> News {
    News { level: Level::Info, message, notice: None }
}

/// What did not work, and is worth the operator's while.
fn refusal(message: String) -> News {
    News { level: Level::Warning, message, notice: Some(Notice::Failure) }
}

/// That a request was refused, with whom and what it named.
fn refused(rules: &Rules, request: &Request, name: &str, why: &str) -> News {
    let caller = super::caller::address(request, rules.proxies.as_deref()).unwrap_or(request.peer);
    // What has no dot is no name, and could be a key in the wrong place.
    let named =
        |part: &str| dns_name::normalize(part.trim_ascii()).ok().filter(|one| one.contains('.'));
    let mut names = String::new();
    for one in name.split(',').filter_map(named) {
        names.push_str(if names.is_empty() { "" } else { "," });
        names.push_str(&one);
    }
    let name = match names.is_empty() {
        true => "(no name)".to_string(),
        false => printable::line(&names, NAME_CHARACTERS_MAX),
    };
    let peer = match request.peer == caller {
        true => String::new(),
        false => format!(" (connected from {})", request.peer),
    };
    let message = format!("Update of {name} from {caller}{peer} refused: {why}");
    News { level: Level::Warning, message, notice: Some(Notice::Refusal) }
}

/// A request without any credentials: many clients send them only when they are asked for them.
fn challenged(rules: &Rules, request: &Request, name: &str) -> News {
    let news = refused(rules, request, name, "no credentials were sent");
    News { level: Level::Debug, notice: None, ..news }
}

/// Why nothing can be updated, if so: what the settings lack.
fn unconfigured(rules: &Rules) -> Option<&'static str> {
    match (&rules.token, rules.allowed.as_slice()) {
        (None, _) => Some("HETZNER_TOKEN is not set"),
        (_, []) => Some("ALLOWED_FQDNS is not set"),
        _ => None,
    }
}

fn job(rules: &Rules, piece: &Piece, memory: &Memory, now: u64) -> Job {
    let (zones, zones_are_old) = memory.zones_for(&piece.name, now);
    let set = SetJob {
        policy: Policy::All,
        attributes: Attributes::WithValue,
        ttl: Some(rules.ttl),
        ..SetJob::one(piece.name.clone(), piece.address.into())
    };
    Job {
        provider: PROVIDER.into(),
        api_url: rules.api_url.clone(),
        id: String::new(),
        secret: rules.token.as_ref().map(Secret::expose).unwrap_or_default().into(),
        zone: Zone::Unknown,
        zone_id: None,
        zones,
        zones_are_old,
        sets: vec![set],
        deadline: Deadline::Job(JOB_SECONDS),
    }
}
