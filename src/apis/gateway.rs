//! The API of ddns-gateway: `/update` sets one record at one of several providers, with the
//! client's credentials; `/health`.

mod answers;
mod fields;
#[cfg(test)]
mod tests;
mod upstream_credential;

use super::{Api, LogEvent, Step, Task};
use crate::apis::access;
use crate::crypto;
use crate::error::Error;
use crate::log::logger::Level;
use crate::store::expiring::Expiring;
use crate::text::printable;
use crate::text::secret::Secret;
use crate::wire::http::{Request, Response};
use crate::wire::job::{Answer, Deadline, Job, Outcome, SetJob};
use answers::refusal;
use fields::Fields;

/// How long a zone's id is cached, in milliseconds, and how many are.
const ZONE_MILLISECONDS: u64 = 24 * 3600 * 1000;
const ZONES_MAX: usize = 256;
/// How much of a client's path is logged, in characters.
const SHOWN_CHARACTERS_MAX: usize = 200;

/// The status for wrong tokens only.
const WRONG_TOKEN: u16 = 403;

/// The header with the provider's credentials.
const CREDENTIALS: &str = "x-upstream-authorization";

/// A provider and its URL.
pub struct Endpoint {
    pub name: &'static str,
    pub url: String,
    /// Whether its credentials are a pair of id and secret.
    pub has_id: bool,
    /// Whether concurrent changes of one zone conflict, not only those of one record.
    pub locks_zone: bool,
}

/// The service's settings.
pub struct Rules {
    /// None: no authentication.
    pub tokens: Option<Vec<Secret>>,
    pub get: bool,
    pub post: bool,
    pub health: bool,
    pub providers: Vec<Endpoint>,
    /// Time limit of a whole job.
    pub seconds: u32,
}

/// The service, with its pending requests.
pub struct Gateway {
    rules: Rules,
    pending: Vec<Pending>,
    zones: Expiring,
    events: Vec<LogEvent>,
    has_guessed: bool,
}

/// A request that waits for its task.
struct Pending {
    number: u64,
    since: u64,
    head: String,
    fields: Fields,
    zone_key: String,
}

impl Gateway {
    pub fn new(rules: Rules) -> Gateway {
        let zones = Expiring::new(ZONE_MILLISECONDS, ZONES_MAX);
        Gateway { rules, pending: Vec::new(), zones, events: Vec::new(), has_guessed: false }
    }

    /// Validates a request, in this order, and makes its task.
    fn update(&mut self, number: u64, request: &Request, now: u64) -> Result<Task, Response> {
        let is_on = match request.method.as_str() {
            "GET" => self.rules.get,
            "POST" => self.rules.post,
            _ => return Err(self.with_methods(refusal(405, "Method Not Allowed"))),
        };
        if !is_on {
            let message = format!("{} method is disabled", request.method);
            return Err(self.with_methods(refusal(405, &message)));
        }
        self.admit(request)?;
        let fields = match request.method.as_str() {
            "GET" => fields::of_query(&request.query, &self.rules.providers),
            _ if request.media_type() != "application/json" => {
                return Err(refusal(415, "Content-Type must be application/json"));
            }
            _ => fields::of_json(&request.body, &self.rules.providers),
        };
        let fields = fields.map_err(|message| refusal(422, &message))?;
        let given = |(name, _): &&(String, String)| name == CREDENTIALS;
        if request.headers.iter().filter(given).count() > 1 {
            return Err(refusal(400, "The header X-Upstream-Authorization is given twice"));
        }
        let header = request.header(CREDENTIALS);
        let endpoint = self.rules.providers.iter().find(|one| one.name == fields.provider);
        let needs_id = endpoint.is_some_and(|one| one.has_id);
        let (id, secret) = upstream_credential::read(header, needs_id)
            .map_err(|message| refusal(400, &message))?;
        let (url, locks_zone) =
            endpoint.map(|one| (one.url.clone(), one.locks_zone)).unwrap_or_default();
        let Fields { provider, set, spec } = &fields;
        // A hash, because it is kept for longer than the credentials.
        let zone_key = format!("{provider}\n{id}\n{secret}\n{}", set.zone_name());
        let zone_key = crypto::sha256_hex(zone_key.as_bytes());
        // Two concurrent updates of one record could both find none and create two.
        let lock_key = match locks_zone {
            true => format!("{provider} {}", set.zone_name()),
            false => format!("{provider} {} {}", set.fqdn(), set.kind.as_str()),
        };
        let wanted = SetJob {
            ttl: spec.ttl,
            comment: spec.comment.clone(),
            ..SetJob::one(set.name.clone(), spec.value.clone())
        };
        let job = Job {
            provider: provider.clone(),
            api_url: url,
            id,
            secret,
            zone: set.zone.clone(),
            zone_id: self.zones.get(&zone_key, now).map(String::from),
            zones: None,
            zones_are_old: false,
            sets: vec![wanted],
            deadline: Deadline::Job(self.rules.seconds),
        };
        let head = head(request);
        self.pending.push(Pending { number, since: now, head, fields, zone_key });
        Ok(Task { job, lock_key })
    }

    /// Checks the client's token.
    ///
    /// # Errors
    /// The response to a client without a valid token.
    fn admit(&self, request: &Request) -> Result<(), Response> {
        let Some(tokens) = &self.rules.tokens else { return Ok(()) };
        let Some(token) = request.header("authorization").and_then(access::bearer) else {
            let message = "Missing authentication token";
            return Err(refusal(401, message).with("WWW-Authenticate", "Bearer"));
        };
        // Compare all, so that the time does not show which one was close.
        let matches = tokens.iter().filter(|one| access::is_key(token.expose(), Some(one))).count();
        if matches == 0 {
            return Err(refusal(WRONG_TOKEN, "Invalid authentication token"));
        }
        Ok(())
    }

    fn with_methods(&self, response: Response) -> Response {
        let methods = [("GET", self.rules.get), ("POST", self.rules.post)];
        let on: Vec<&str> = methods.iter().filter(|(_, on)| *on).map(|(name, _)| *name).collect();
        response.with("Allow", on.join(", "))
    }

    fn push_event(&mut self, level: Level, message: String) {
        self.events.push(LogEvent { level, message, notice: None });
    }

    /// Logs an answered request.
    fn log(&mut self, head: &str, response: &Response, detail: &str, since: u64, now: u64) {
        let status = response.status;
        let level = match status {
            ..400 => Level::Info,
            400..500 => Level::Warning,
            _ => Level::Error,
        };
        let milliseconds = now.saturating_sub(since);
        self.push_event(level, format!("{head} {status} {detail} ({milliseconds} ms)"));
    }

    fn take(&mut self, number: u64) -> Option<Pending> {
        let at = self.pending.iter().position(|one| one.number == number)?;
        Some(self.pending.remove(at))
    }
}

impl Api for Gateway {
    fn ask(&mut self, number: u64, request: &Request, now: u64) -> Step {
        let health = request.path == "/health" && self.rules.health;
        let response = match request.path.as_str() {
            "/update" => match self.update(number, request, now) {
                Ok(task) => {
                    let job = &task.job;
                    let credential = Secret::new(job.secret.clone()).masked();
                    let message = format!("asking {} with {credential}", job.provider);
                    self.push_event(Level::Debug, message);
                    self.has_guessed = false;
                    return Step::Tasks(vec![task]);
                }
                Err(response) => response,
            },
            _ if health && ["GET", "HEAD"].contains(&request.method.as_str()) => {
                self.push_event(Level::Debug, format!("{} 200", head(request)));
                return Step::Answer(Response::json(200, r#"{"status":"ok"}"#));
            }
            _ if health => {
                let response = Response::json(405, r#"{"detail":"Method Not Allowed"}"#);
                response.with("Allow", "GET, HEAD")
            }
            _ => Response::json(404, r#"{"detail":"Not Found"}"#),
        };
        self.has_guessed = response.status == WRONG_TOKEN;
        self.log(&head(request), &response, &answers::message_of(&response), now, now);
        Step::Answer(response)
    }

    fn on_reply(
        &mut self,
        number: u64,
        _index: usize,
        answer: Result<Answer, Error>,
        now: u64,
    ) -> Option<Response> {
        let Pending { since, head, fields, zone_key, .. } = self.take(number)?;
        if let Ok(Answer { outcome, meta, .. }) = &answer {
            match (&meta.zone_id, outcome) {
                (_, Outcome::NoZone) => self.zones.forget(&zone_key),
                (Some(id), _) => self.zones.put(&zone_key, id, now),
                _ => {}
            }
        }
        let response = answers::of(&fields, &answer);
        let what = match &answer {
            Ok(Answer { outcome: Outcome::Done, steps, .. }) if !steps.is_empty() => {
                steps.first().map(|step| step.action.as_str().into()).unwrap_or_default()
            }
            _ => answers::message_of(&response),
        };
        let (name, kind) = (fields.set.fqdn(), fields.set.kind.as_str());
        let detail = format!("{} {name} {kind} {what}", fields.provider);
        self.log(&head, &response, &detail, since, now);
        Some(response)
    }

    fn refuse(&mut self, number: u64, now: u64) -> Response {
        let response = refusal(503, "Too many requests are waiting").with("Retry-After", "10");
        if let Some(Pending { since, head, .. }) = self.take(number) {
            self.log(&head, &response, "too many requests are waiting", since, now);
        }
        response
    }

    fn reject(&self, status: u16, message: &str) -> Response {
        refusal(status, message)
    }

    fn has_guessed(&self) -> bool {
        self.has_guessed
    }

    fn take_log_events(&mut self) -> Vec<LogEvent> {
        std::mem::take(&mut self.events)
    }
}

/// Peer, method and path, for the log, without secrets.
fn head(request: &Request) -> String {
    let method = printable::line(&request.method, 20);
    let path = printable::line(&request.path, SHOWN_CHARACTERS_MAX);
    format!("{} {method} {path}", request.peer)
}
