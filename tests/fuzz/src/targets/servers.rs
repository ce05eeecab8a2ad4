//! The services behind HTTP: any request in, an answer or tasks out, then any outcome.

use crate::apis::caller::Network;
use crate::apis::gateway::{Endpoint, Gateway, Rules};
use crate::apis::host_update::{self, UpdateApi};
use crate::apis::{Api, Step};
use crate::error::{Error, Kind};
use crate::judge;
use crate::record::Zone;
use crate::text::json_syntax;
use crate::text::query;
use crate::text::secret::Secret;
use crate::wire::http::{Next, Reader, Request, Response};
use crate::wire::http_answer;
use crate::wire::job::{self, Answer, Job, Outcome, Task};
use std::net::IpAddr;

const TOKEN: &str = "t0ken-of-a-caller-0123";
const API_TOKEN: &str = "t0ken-of-the-provider-0123";
const KEY: &str = "k3y-of-a-host-0123456789";
const PASSWORD: &str = "passw0rd-of-all:0123456789";
const REQUESTS_MAX: usize = 4;

fn gateway_with(tokens: bool) -> Gateway {
    let endpoint = |name| Endpoint {
        name,
        url: format!("https://{name}.example"),
        has_id: name != "cloudflare",
        locks_zone: name == "aliyun",
    };
    Gateway::new(Rules {
        tokens: tokens.then(|| vec![Secret::new(TOKEN.into())]),
        get: true,
        post: true,
        health: true,
        providers: ["cloudflare", "aliyun", "tencent"].map(endpoint).into(),
        seconds: 30,
    })
}

fn host_update_with(bits: u8) -> UpdateApi {
    let names = ["home.example.com", "b.example.com", "other.example.org"].map(String::from);
    let proxies = ["192.0.2.0/24", "2001:db8::/32"].map(|text| Network::parse(text).unwrap());
    UpdateApi::new(host_update::Rules {
        api_url: "https://api.example/v1".into(),
        token: (bits & 1 == 0).then(|| Secret::new(API_TOKEN.into())),
        keys: names.iter().map(|name| (name.clone(), Secret::new(KEY.into()))).collect(),
        registered: names.to_vec(),
        allowed: if bits & 2 == 0 { names.to_vec() } else { Vec::new() },
        master: (bits & 4 != 0).then(|| ("admin".into(), Secret::new(PASSWORD.into()))),
        proxies: (bits & 8 != 0).then(|| proxies.to_vec()),
        ttl: 600,
        zones_age_max: 60_000,
        address_age_max: 30_000,
        silence_max: 10_000,
        look_every: 1000,
        notifies_success: bits & 16 != 0,
    })
}

pub fn gateway(data: &[u8]) {
    let bits = data.first().copied().unwrap_or_default();
    serve(&mut gateway_with(bits & 1 != 0), data.get(1..).unwrap_or_default(), &[TOKEN]);
}

pub fn host_update(data: &[u8]) {
    let bits = data.first().copied().unwrap_or_default();
    let secrets = [API_TOKEN, KEY, PASSWORD];
    serve(&mut host_update_with(bits), data.get(1..).unwrap_or_default(), &secrets);
}

/// The first part holds the requests, the others are the lines of the children that answer.
fn serve(api: &mut dyn Api, data: &[u8], secrets: &[&str]) {
    let mut parts = judge::parts(data);
    let bytes = parts.next().unwrap_or_default();
    let raw = judge::text(bytes);
    let behind: String = parts.clone().map(judge::text).collect();
    // Only the provider knows its own token, and may repeat it; a sender who writes a secret where
    // it does not belong tells it.
    let is_judged = |secret: &&&str| match **secret {
        API_TOKEN => !raw.contains(API_TOKEN),
        secret => is_in_its_place(&raw, secret) && !behind.contains(secret),
    };
    let secrets: Vec<&str> = secrets.iter().filter(is_judged).copied().collect();
    let mut reader = Reader::new(IpAddr::from([192, 0, 2, 1]), 4096);
    reader.add(bytes);
    let mut now = 0;
    for number in 0..REQUESTS_MAX as u64 {
        now += 7000;
        let request = match reader.next() {
            Next::Complete { request, .. } => request,
            Next::Invalid { status, message } => {
                return response_holds(&api.reject(status, message), &[]);
            }
            _ => return,
        };
        match api.ask(number, &request, now) {
            Step::Answer(response) => response_holds(&response, &secrets),
            Step::Tasks(tasks) => {
                let count = tasks.len();
                assert!((1..=40).contains(&count));
                tasks.into_iter().for_each(|task| job_holds(task.job));
                if let Some(response) = hear(api, number, count, &mut parts, &mut now) {
                    response_holds(&response, &secrets);
                }
            }
        }
        if api.wake_at().is_some_and(|at| at <= now) {
            api.tick(now);
        }
        for event in api.take_log_events() {
            judge::is_plain(&event.message);
            secrets.iter().for_each(|secret| judge::hides(secret, &event.message));
        }
    }
}

/// Whether a secret stands nowhere in a request but in the header, or behind the name, for it.
fn is_in_its_place(raw: &str, secret: &str) -> bool {
    let Some(at) = raw.find(secret) else { return true };
    let before = raw[..at].rsplit('\n').next().unwrap_or_default().to_ascii_lowercase();
    let places = ["authorization:", "x-pre-shared-key:"];
    let is_header = places.iter().any(|place| before.starts_with(place));
    let is_named = before.ends_with("&pass=") || before.ends_with("&password=");
    (is_header || is_named) && raw.matches(secret).count() == 1
}

/// Every task has an outcome, in the order of their numbers or against it.
fn hear<'a>(
    api: &mut dyn Api,
    number: u64,
    count: usize,
    parts: &mut impl Iterator<Item = &'a [u8]>,
    now: &mut u64,
) -> Option<Response> {
    let mut response = None;
    for index in 0..count {
        assert!(response.is_none(), "answered before all was known");
        *now += 1;
        let line = parts.next().map(judge::text);
        let answer = match line {
            None => return Some(api.refuse(number, *now)),
            Some(line) => match Answer::decode(&line) {
                Some(answer) => Ok(answer),
                None => Err(Error::new(Kind::Unreachable, line)),
            },
        };
        let index = if number.is_multiple_of(2) { index } else { count - 1 - index };
        response = api.on_reply(number, index, answer, *now);
    }
    assert!(response.is_some(), "never answered");
    response
}

/// A job goes through the pipe as it is.
fn job_holds(job: Job) {
    let set = &job.sets[0];
    for text in [&set.name, &job.id, &job.api_url] {
        judge::is_line(text);
    }
    let (sets, zone, secret) = (job.sets.clone(), job.zone.clone(), job.secret.clone());
    let line = job.encode();
    assert_eq!(line.find('\n'), Some(line.len() - 1));
    let Some(Task::Records(again)) = job::decode(&line) else { panic!("{line}") };
    assert_eq!((again.sets, again.zone, again.secret), (sets, zone, secret));
}

/// One answer, and nothing behind it, as a strict client reads it.
fn response_holds(response: &Response, secrets: &[&str]) {
    let bytes = response.encode(true, true);
    let mut reader = http_answer::Reader::new();
    assert!(reader.take(&bytes).unwrap(), "not complete");
    let read = reader.end().unwrap();
    assert_eq!((read.status, &*read.body), (response.status, response.body.as_bytes()));
    assert_eq!(read.headers.len(), 4 + response.headers.len());
    let head = response.encode(false, false);
    assert!(head.ends_with(b"\r\n\r\n") && !response.body.contains('\r'));
    if response.media_type == "application/json" {
        assert_eq!(json_syntax::find(&response.body), None, "{}", response.body);
    } else {
        lines_hold(&response.body);
    }
    secrets.iter().for_each(|secret| judge::hides(secret, &response.body));
}

/// Each line of dyndns2 is one of the protocol's words, and after two of them addresses; only that
/// for `offline=YES` has others.
fn lines_hold(body: &str) {
    const WORDS: [&str; 8] =
        ["badagent", "badauth", "notfqdn", "nohost", "numhost", "dnserr", "911", "nochg"];
    assert!(body.ends_with('\n') && !body.starts_with('\n'));
    for line in body.lines().filter(|line| *line != "!donator offline=YES is not supported") {
        let (word, behind) = line.split_once(' ').unwrap_or((line, ""));
        assert!(WORDS.contains(&word) || word == "good", "{line:?}");
        let are_addresses = behind.split(',').all(|one| one.parse::<IpAddr>().is_ok());
        assert!(behind.is_empty() || (are_addresses && ["good", "nochg"].contains(&word)));
    }
}

fn request(method: &str, query: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let owned = |(name, value): &(&str, &str)| (name.to_string(), value.to_string());
    Request {
        method: method.into(),
        path: "/update".into(),
        query: query.into(),
        headers: headers.iter().map(owned).collect(),
        body: body.into(),
        peer: IpAddr::from([192, 0, 2, 1]),
    }
}

/// The credentials of a request, or the words that refuse it.
fn credentials(query: &str, header: &str) -> Result<(String, String), String> {
    let headers = [("x-upstream-authorization", header)];
    match gateway_with(false).ask(1, &request("GET", query, &headers, ""), 0) {
        Step::Tasks(mut tasks) => {
            let job = tasks.remove(0).job;
            Ok((job.id, job.secret))
        }
        Step::Answer(response) => {
            response_holds(&response, &[]);
            Err(response.body)
        }
    }
}

/// The header with a caller's credentials: what is taken can be written plainly, and is the same.
pub fn credential(data: &[u8]) {
    let Some((&which, header)) = data.split_first() else { return };
    let provider = if which & 1 == 0 { "cloudflare" } else { "aliyun" };
    let query = format!("provider={provider}&zone=example.com&record=a&type=A&value=192.0.2.1");
    let header = judge::text(header);
    match credentials(&query, &header) {
        Err(message) => judge::is_line(&message),
        Ok((id, secret)) => {
            assert!(secret.bytes().chain(id.bytes()).all(|byte| byte.is_ascii_graphic()));
            assert!((1..=512).contains(&secret.len()) && id.len() <= 512);
            assert_eq!(id.is_empty(), provider == "cloudflare");
            // One with both quotes can only be written without any.
            if [&id, &secret].iter().any(|text| text.contains('"') && text.contains('\'')) {
                return;
            }
            let quote = |text: &str| if text.contains('"') { '\'' } else { '"' };
            let plain = [("id", &id), ("secret", &secret)]
                .map(|(name, text)| format!("{name}={0}{text}{0}", quote(text)))
                .join(", ");
            assert_eq!(credentials(&query, &format!("ApiKey {plain}")), Ok((id, secret)));
        }
    }
}

/// What a gateway makes of the fields: the job as a line, or the words that refuse it.
fn asked(request: &Request) -> Result<String, (u16, String)> {
    match gateway_with(false).ask(1, request, 0) {
        Step::Tasks(mut tasks) => Ok(tasks.remove(0).job.encode()),
        Step::Answer(response) => {
            response_holds(&response, &[]);
            Err((response.status, response.body))
        }
    }
}

/// The fields in a query and in JSON mean the same.
pub fn fields(data: &[u8]) {
    const KEY: (&str, &str) = ("x-upstream-authorization", "ApiKey id=\"AKID\", secret=\"s3cr3t\"");
    let text = judge::text(data);
    let headers = [KEY, ("content-type", "application/json")];
    let _ = asked(&request("POST", "", &headers, &text));
    let by_query = asked(&request("GET", &text, &[KEY], ""));
    if let Ok(line) = &by_query {
        let Some(Task::Records(job)) = job::decode(line) else { panic!("{line}") };
        let (set, Zone::Name(zone)) = (&job.sets[0], &job.zone) else { panic!("{line}") };
        let whole = crate::record::full_name(&set.name, zone);
        assert_eq!(crate::text::dns_name::normalize(&whole), Ok(whole.clone()));
        let value = set.wanted[0].to_string();
        assert!(!value.chars().any(char::is_control) && value.len() <= 2048);
        assert!(set.ttl.is_none_or(|ttl| (1..=86_400).contains(&ttl)));
    }
    let Ok(pairs) = query::pairs(&text) else { return };
    let mut names: Vec<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    if names.len() < pairs.len() {
        return;
    }
    let mut members = Vec::new();
    for (name, value) in &pairs {
        let [name, value] = [name, value].map(|text| miniserde::json::to_string(text.as_str()));
        members.push(format!("{name}:{value}"));
    }
    let body = format!("{{{}}}", members.join(","));
    assert_eq!(asked(&request("POST", "", &headers, &body)), by_query);
}
