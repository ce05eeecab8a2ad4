//! The update service for hosts: authentication, cached addresses, tasks and responses.

mod dyndns2;
mod json;
mod memory;
mod presence;
mod rules;
#[cfg(test)]
mod tests;
mod update_result;

use super::{Api, LogEvent, Notice, Step, Task};
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
use std::fmt;
use std::net::IpAddr;
use update_result::UpdateResult;

const PROVIDER: &str = "hetzner";
/// Time limit of a job, in seconds; clients do not wait much longer.
const JOB_SECONDS: u32 = 30;
/// Retry-After when the queue is full, in seconds.
const BUSY_SECONDS: u32 = 10;
const METHOD_CHARACTERS_MAX: usize = 20;
/// How much of a name in a request is shown, in characters.
const NAME_CHARACTERS_MAX: usize = 100;

/// One address to set for a host, and the result.
struct HostUpdate {
    /// As in [`Rules::keys`].
    name: String,
    address: IpAddr,
    /// The line of the response it belongs to.
    line: usize,
    /// The index of its task.
    task: Option<usize>,
    result: Option<UpdateResult>,
}

impl HostUpdate {
    fn new(name: String, address: IpAddr, line: usize) -> HostUpdate {
        HostUpdate { name, address, line, task: None, result: None }
    }

    fn kind(&self) -> RecordType {
        if self.address.is_ipv4() { RecordType::A } else { RecordType::Aaaa }
    }

    /// Its key in the cache, which also names it in messages.
    fn cache_key(&self) -> String {
        format!("{} {}", self.name, self.kind().as_str())
    }
}

/// The form of the response.
enum Form {
    Json,
    /// One line for each host: this code, or if None the one its updates result in.
    Lines(Vec<Option<&'static str>>),
}

/// A request whose tasks are pending.
struct PendingRequest {
    form: Form,
    updates: Vec<HostUpdate>,
    /// Whether the credentials are wrong for some of its hosts.
    is_guess: bool,
}

impl PendingRequest {
    fn answer(&self) -> Response {
        match &self.form {
            Form::Json => json::answer(&self.updates),
            Form::Lines(lines) => dyndns2::answer(lines, &self.updates),
        }
    }

    /// Whether an update with this key is pending.
    fn awaits(&self, cache_key: &str) -> bool {
        self.updates.iter().any(|update| update.result.is_none() && update.cache_key() == cache_key)
    }
}

/// The service.
pub struct UpdateApi {
    rules: Rules,
    memory: Memory,
    presence: Presence,
    /// Pending requests with their numbers.
    pending: Vec<(u64, PendingRequest)>,
    events: Vec<LogEvent>,
    has_guessed: bool,
}

impl UpdateApi {
    pub fn new(rules: Rules) -> UpdateApi {
        let memory = Memory::new(rules.address_age_max, rules.zones_age_max);
        let presence = Presence::new(rules.silence_max, rules.look_every);
        UpdateApi {
            rules,
            memory,
            presence,
            pending: Vec::new(),
            events: Vec::new(),
            has_guessed: false,
        }
    }

    /// Answers from the cache, and makes tasks for the rest.
    fn begin(&mut self, number: u64, mut pending: PendingRequest, now: u64) -> Step {
        let mut tasks = Vec::new();
        for update in &mut pending.updates {
            if self.presence.called(&update.name, now) {
                self.event(Level::Info, format_args!("{} is back.", update.name), None);
            }
            let cache_key = update.cache_key();
            if self.memory.has(&cache_key, update.address, now) {
                let address = update.address;
                let message = format_args!("{cache_key} unchanged: {address} (remembered)");
                self.event(Level::Debug, message, None);
                update.result = Some(UpdateResult::Unchanged);
                continue;
            }
            // The record's address is unknown until the task is done.
            self.memory.forget(&cache_key);
            // Only the client's own; an explicit one has been refused.
            if is_unreachable(update.address) {
                let why = unreachable(update.address);
                let message = format_args!("{cache_key}: the caller's address {why}");
                self.event(Level::Warning, message, None);
            }
            let message = format_args!("asking {PROVIDER} for {cache_key} {}", update.address);
            self.event(Level::Debug, message, None);
            update.task = Some(tasks.len());
            let job = job(&self.rules, update, &self.memory, now);
            tasks.push(Task { job, lock_key: update.name.clone() });
        }
        if tasks.is_empty() {
            return Step::Answer(pending.answer());
        }
        self.pending.push((number, pending));
        Step::Tasks(tasks)
    }

    /// Caches and logs the result of one update.
    fn record_result(
        &mut self,
        pending: &mut PendingRequest,
        index: usize,
        answer: Answer,
        now: u64,
    ) {
        let named =
            |update: &&mut HostUpdate| update.task == Some(index) && update.result.is_none();
        let Some(update) = pending.updates.iter_mut().find(named) else { return };
        let Answer { outcome, steps, meta } = answer;
        if let Some(zones) = &meta.zones {
            self.memory.keep_zones(zones, &self.rules.allowed, now);
        }
        let (cache_key, name, address) = (update.cache_key(), update.name.clone(), update.address);
        let secret = self.rules.token.as_ref();
        let (result, message) = UpdateResult::of(outcome, &steps, secret, &cache_key, address);
        let is_failure = result.is_failure();
        let is_unchanged = matches!(result, UpdateResult::Unchanged);
        update.result = Some(result);
        let is_known = meta.warnings.is_empty();
        for warning in meta.warnings {
            let warning = update_result::shown(&warning, self.rules.token.as_ref());
            self.event(Level::Warning, format_args!("{cache_key}: {warning}"), None);
        }
        if is_failure {
            self.event(Level::Warning, format_args!("{message}"), Some(Notice::Failure));
            return;
        }
        let notice = self.rules.notifies_success.then_some(Notice::Success);
        let level = if is_unchanged { Level::Debug } else { Level::Info };
        self.event(level, format_args!("{message}"), notice);
        self.presence.updated(&name, now);
        // Unless another pending request is about to replace it.
        let is_awaited = |pending: &PendingRequest| pending.awaits(&cache_key);
        if is_known
            && !is_awaited(pending)
            && !self.pending.iter().any(|(_, other)| is_awaited(other))
        {
            self.memory.put(&cache_key, address, now);
        }
    }

    /// Adds an event to the log.
    #[inline(never)]
    fn event(&mut self, level: Level, message: fmt::Arguments, notice: Option<Notice>) {
        self.events.push(LogEvent { level, message: message.to_string(), notice });
    }

    fn take_pending(&mut self, number: u64) -> Option<PendingRequest> {
        let at = self.pending.iter().position(|(one, _)| *one == number)?;
        Some(self.pending.swap_remove(at).1)
    }
}

impl Api for UpdateApi {
    fn ask(&mut self, number: u64, request: &Request, now: u64) -> Step {
        let head = head(request);
        self.event(Level::Debug, format_args!("{head}"), None);
        // Clients with a base URL that ends in a slash send two.
        let path = request.path.trim_start_matches('/');
        let read = if path == json::PATH {
            json::read(&self.rules, request, &mut self.events)
        } else if dyndns2::is_path(path) {
            dyndns2::read(&self.rules, request, &mut self.events)
        } else {
            self.event(Level::Info, format_args!("{head} 404 Not Found"), None);
            Err(json::error(404, "Not Found"))
        };
        self.has_guessed = match &read {
            Ok(pending) => pending.is_guess,
            // A request without credentials is challenged, which is not a failed attempt.
            Err(response) => {
                response.status == 401 && self.events.last().is_some_and(|one| one.notice.is_some())
            }
        };
        match read {
            Ok(pending) => self.begin(number, pending, now),
            Err(response) => Step::Answer(response),
        }
    }

    fn on_reply(
        &mut self,
        number: u64,
        index: usize,
        answer: Result<Answer, Error>,
        now: u64,
    ) -> Option<Response> {
        let mut pending = self.take_pending(number)?;
        let answer = answer.unwrap_or_else(update_result::without_answer);
        self.record_result(&mut pending, index, answer, now);
        if pending.updates.iter().all(|update| update.result.is_some()) {
            return Some(pending.answer());
        }
        self.pending.push((number, pending));
        None
    }

    fn refuse(&mut self, number: u64, _now: u64) -> Response {
        let pending = self.take_pending(number);
        let name = pending.as_ref().and_then(|pending| pending.updates.first());
        let name = name.map_or("(no name)", |update| update.name.as_str());
        let message = format_args!("Update of {name} refused: too many requests are waiting.");
        self.event(Level::Warning, message, Some(Notice::Failure));
        let response = match pending {
            Some(PendingRequest { form: Form::Lines(_), .. }) => Response::text(503, "911\n"),
            _ => json::error(503, "Too many requests are waiting"),
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
            let message = format_args!("{name} has not called for {silence} s: connection lost?");
            self.event(Level::Warning, message, Some(Notice::Lost));
        }
    }

    fn take_log_events(&mut self) -> Vec<LogEvent> {
        std::mem::take(&mut self.events)
    }
}

/// Peer, method and path, for the log, without secrets.
fn head(request: &Request) -> String {
    let method = printable::line(&request.method, METHOD_CHARACTERS_MAX);
    let path = printable::line(&request.path, NAME_CHARACTERS_MAX);
    format!("{} {method} {path}", request.peer)
}

/// Whether other hosts cannot reach an address; often a proxy's that hides the client's.
fn is_unreachable(address: IpAddr) -> bool {
    let is_link_local = match address {
        IpAddr::V4(four) => four.is_link_local() || four.is_broadcast(),
        IpAddr::V6(six) => six.segments().first().is_some_and(|one| one & 0xffc0 == 0xfe80),
    };
    is_link_local || address.is_unspecified() || address.is_loopback() || address.is_multicast()
}

/// The message about such an address.
fn unreachable(address: IpAddr) -> String {
    format!("{address} is not reachable from other hosts")
}

/// A refused request, with client and host names.
fn refused(rules: &Rules, request: &Request, name: &str, why: &str) -> LogEvent {
    let caller = super::caller::address(request, rules.proxies.as_deref()).unwrap_or(request.peer);
    // Without a dot it is no host name, and could be a key in the wrong place.
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
    LogEvent { level: Level::Warning, message, notice: Some(Notice::Refusal) }
}

/// A request without credentials, which many clients send only after a challenge.
fn challenged(rules: &Rules, request: &Request, name: &str) -> LogEvent {
    let events = refused(rules, request, name, "no credentials were sent");
    LogEvent { level: Level::Debug, notice: None, ..events }
}

/// Which setting is missing for updates, if any.
fn unconfigured(rules: &Rules) -> Option<&'static str> {
    match (&rules.token, rules.allowed.as_slice()) {
        (None, _) => Some("HETZNER_TOKEN is not set"),
        (_, []) => Some("ALLOWED_FQDNS is not set"),
        _ => None,
    }
}

fn job(rules: &Rules, update: &HostUpdate, memory: &Memory, now: u64) -> Job {
    let (zones, zones_are_old) = memory.zones_for(&update.name, now);
    let set = SetJob {
        policy: Policy::All,
        attributes: Attributes::WithValue,
        ttl: Some(rules.ttl),
        ..SetJob::one(update.name.clone(), update.address.into())
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
