//! `upstream`: does the jobs of a daemon, one line of JSON in and one out, and ends when idle.

use super::{DONE, FAILED, unset_clock};
use crate::daemon::event_loop;
use crate::engine::edit::{self, Known};
use crate::engine::job;
use crate::engine::plan::Policy;
use crate::env::{Env, Method, Request};
use crate::error::{Error, Kind};
use crate::net::RealEnv;
use crate::os::clock::monotonic_ms;
use crate::os::{self, poll};
use crate::providers::{self, Account};
use crate::record::{Entry, RecordType, ResponseMeta, Target};
use crate::text::secret::Secret;
use crate::wire::job::{
    Call, Called, Edit, EditAnswer, Follow, Job, Outcome, Report, Stage, decode_job,
};
use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write};
use std::net::IpAddr;

/// How long a child without a job stays, in milliseconds.
const IDLE_MILLISECONDS: u64 = 10_000;
/// Longest job taken, in bytes.
const JOB_BYTES_MAX: usize = 64 * 1024;
/// How much of an answer to a call is handed on, in bytes.
const CALLED_BYTES_MAX: usize = 4096;

/// Runs the applet and gives back its exit status.
pub fn run(_arguments: Vec<OsString>) -> u8 {
    os::privilege::set_undumpable();
    os::memory::limit_address_space();
    let mut input = os::file::standard_input();
    let mut output = os::file::standard_output();
    let mut line = Vec::new();
    let mut idle_at = monotonic_ms() + IDLE_MILLISECONDS;
    loop {
        match poll::readable(&[0], event_loop::instant(idle_at)) {
            Ok(ready) if ready.contains(&true) => {}
            // The wait was interrupted.
            Ok(_) if monotonic_ms() < idle_at => continue,
            Ok(_) => return DONE,
            Err(_) => return FAILED,
        }
        let mut buffer = [0; 4096];
        match input.read(&mut buffer) {
            Ok(0) => return DONE,
            Ok(count) => line.extend(buffer.iter().take(count)),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return FAILED,
        }
        if line.len() > JOB_BYTES_MAX {
            return FAILED;
        }
        let Some(end) = line.iter().position(|&byte| byte == b'\n') else { continue };
        let job: Vec<u8> = line.drain(..=end).collect();
        let written = work(&job).map(|answer| output.write_all(answer.as_bytes()));
        if !matches!(written, Ok(Ok(()))) {
            return FAILED;
        }
        idle_at = monotonic_ms() + IDLE_MILLISECONDS;
    }
}

/// The line of the answer, or what is wrong with the job.
fn work(line: &[u8]) -> Result<String, Error> {
    let unknown = || Error::new(Kind::Local, "a job that makes no sense");
    let job = std::str::from_utf8(line).ok().and_then(decode_job).ok_or_else(unknown)?;
    Ok(match job {
        Job::Follow(follow) => Report::encode(&work_follow(follow)),
        Job::Edit(edit) => work_edit(edit).encode(),
        Job::Call(call) => Called::encode(&work_call(call)),
    })
}

fn nonsense(what: &str) -> Error {
    Error::local("a job that makes no sense", what)
}

/// Signatures and certificates are good for nothing before the clock is set.
fn check_clock(env: &mut dyn Env) -> Result<(), Error> {
    unset_clock(env.now()).map_or(Ok(()), |why| Err(Error::new(Kind::Unavailable, why)))
}

fn work_follow(follow: Follow) -> Result<Report, Error> {
    let mut env = RealEnv::new(follow.seconds);
    check_clock(&mut env)?;
    let candidates: Result<Vec<IpAddr>, _> =
        follow.candidates.iter().map(|one| one.parse()).collect();
    let candidates = candidates.ok().filter(|all| !all.is_empty());
    let candidates = candidates.ok_or_else(|| nonsense("candidates"))?;
    let kind = RecordType::from_text(&follow.kind).ok_or_else(|| nonsense("type"))?;
    let policy = match follow.policy.as_str() {
        "error" => Policy::OnlyOne,
        "first" => Policy::First,
        "all" => Policy::All,
        _ => return Err(nonsense("policy")),
    };
    let token = Secret::new(follow.token);
    let provider = providers::provider("cloudflare", &follow.api_url, &token);
    let provider = provider.ok_or_else(|| nonsense("provider"))?;
    let target = Target { zone: follow.zone, name: follow.name, kind };
    job::settle(&mut env, &*provider, &target, &candidates, policy, follow.ttl)
}

fn work_edit(job: Edit) -> EditAnswer {
    let mut meta = ResponseMeta::default();
    let outcome =
        try_edit(job, &mut meta).unwrap_or_else(|error| Outcome::Failed(Stage::Looking, error));
    EditAnswer { outcome, meta }
}

fn try_edit(job: Edit, meta: &mut ResponseMeta) -> Result<Outcome, Error> {
    let mut env = RealEnv::within(job.seconds);
    check_clock(&mut env)?;
    let kind = RecordType::from_text(&job.kind).ok_or_else(|| nonsense("type"))?;
    let Edit { zone, record, value, ttl, comment, .. } = job;
    let mut entry = Entry { zone, record, kind, value, ttl, comment };
    let secret = Secret::new(job.secret);
    let zone_id = job.zone_id.as_deref();
    let account = Account { base: &job.api_url, id: &job.id, secret: &secret, zone_id };
    let editor = providers::editor(&job.provider, account).ok_or_else(|| nonsense("provider"))?;
    let known = Known { zones: job.zones.as_deref(), are_old: job.zones_are_old };
    let mut outcome = edit::settle(&mut env, &*editor, &mut entry, &known, job.replaces, meta);
    if let Outcome::Failed(_, error) = &mut outcome {
        // Whatever a provider has made of it and whoever speaks of that: nobody is to read it.
        error.message = secret.struck_from(&error.message);
    }
    Ok(outcome)
}

fn work_call(call: Call) -> Result<Called, Error> {
    let mut env = RealEnv::for_one_request(call.seconds, call.unverified);
    // Where nobody is verified, the clock matters to nobody.
    if !call.unverified && call.url.starts_with("https://") {
        check_clock(&mut env)?;
    }
    let Call { url, headers, body, .. } = call;
    let request = Request { method: Method::Post, url, bearer: None, headers, body };
    let response = env.http(&request)?;
    let retry_after = response.retry_after(env.now());
    let shown = response.body.get(..CALLED_BYTES_MAX).unwrap_or(&response.body);
    let body = String::from_utf8_lossy(shown).into_owned();
    Ok(Called { status: response.status, body, retry_after })
}
