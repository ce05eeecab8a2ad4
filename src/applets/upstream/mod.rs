//! `upstream`: does the jobs of a daemon, one line of JSON in and one out, and ends when idle.

use super::{DONE, FAILED, unset_clock};
use crate::daemon::event_loop;
use crate::engine::ensure;
use crate::env::{Env, Method, Request};
use crate::error::{Error, Kind};
use crate::net::RealEnv;
use crate::os::clock::monotonic_ms;
use crate::os::{self, poll};
use crate::providers::{self, Account};
use crate::record::ResponseMeta;
use crate::text::secret::Secret;
use crate::wire::job::{self, Answer, Call, Called, Deadline, Job, Outcome, Stage, Task};
use std::ffi::OsString;
use std::io::{ErrorKind, Read, Write};

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
    let malformed = || Error::new(Kind::Local, "malformed job");
    match std::str::from_utf8(line).ok().and_then(job::decode).ok_or_else(malformed)? {
        Task::Records(job) => Ok(work_records(&job).encode()),
        Task::Call(call) => Ok(Called::encode(work_call(*call))),
    }
}

/// Signatures and certificates are good for nothing before the clock is set.
fn check_clock(env: &mut dyn Env) -> Result<(), Error> {
    unset_clock(env.now()).map_or(Ok(()), |why| Err(Error::new(Kind::Unavailable, why)))
}

fn work_records(job: &Job) -> Answer {
    let mut env = match job.deadline {
        Deadline::Job(seconds) => RealEnv::within(seconds),
        Deadline::Request(seconds) => RealEnv::new(seconds),
    };
    ensure_records(&mut env, job)
}

fn ensure_records(env: &mut dyn Env, job: &Job) -> Answer {
    let failed = |error| Answer {
        outcome: Outcome::Failed(Stage::Looking, error),
        steps: Vec::new(),
        meta: ResponseMeta::default(),
    };
    if let Err(error) = check_clock(env) {
        return failed(error);
    }
    let Some(provider) = providers::find(&job.provider) else {
        return failed(Error::local(&job.provider, "unknown provider"));
    };
    let secret = Secret::new(job.secret.clone());
    let store = provider.open(Account {
        base: &job.api_url,
        id: &job.id,
        secret: &secret,
        zone_id: job.zone_id.as_deref(),
        is_awaited: matches!(job.deadline, Deadline::Job(_)),
    });
    let mut answer = ensure::ensure(env, &*store, job);
    if let Outcome::Failed(_, error) = &mut answer.outcome {
        // The secret must not get out, even if the provider's answer repeats it.
        error.message = secret.struck_from(&error.message);
    }
    answer
}

fn work_call(call: Call) -> Result<Called, Error> {
    send(&mut RealEnv::for_one_request(call.seconds, call.unverified), call)
}

fn send(env: &mut dyn Env, call: Call) -> Result<Called, Error> {
    // Where nobody is verified, the clock matters to nobody.
    if !call.unverified && call.url.starts_with("https://") {
        check_clock(env)?;
    }
    let Call { url, headers, body, .. } = call;
    let request = Request { method: Method::Post, url, bearer: None, headers, body };
    let response = env.http(&request)?;
    let retry_after = response.retry_after(env.now());
    let shown = response.body.get(..CALLED_BYTES_MAX).unwrap_or(&response.body);
    let body = String::from_utf8_lossy(shown).into_owned();
    Ok(Called { status: response.status, body, retry_after })
}
