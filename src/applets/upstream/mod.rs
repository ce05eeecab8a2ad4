//! `upstream`: does the jobs of a daemon, one line of JSON in and one out, and ends when idle.

use super::{BUILT, DONE, FAILED};
use crate::engine::job;
use crate::engine::plan::Policy;
use crate::error::{Error, Kind};
use crate::net::Outside;
use crate::os;
use crate::providers::cloudflare::Cloudflare;
use crate::record::{RecordType, Target};
use crate::text::secret::Secret;
use crate::triggers;
use crate::wire::job::{Job, Report, decode_job, encode_answer};
use crate::world::World;
use std::ffi::OsString;
use std::io::{Read, Write};
use std::net::IpAddr;

/// How long a child without a job stays, in milliseconds.
const IDLE_MILLISECONDS: u64 = 10_000;
/// Longest job taken, in bytes.
const JOB_BYTES_MAX: usize = 64 * 1024;

/// Runs the applet and gives back its exit status.
pub fn run(_arguments: Vec<OsString>) -> u8 {
    os::memory::limit_address_space();
    let mut input = os::file::standard_input();
    let mut output = os::file::standard_output();
    let mut line = Vec::new();
    loop {
        match triggers::wait(&[0], triggers::now() + IDLE_MILLISECONDS) {
            Ok(ready) if ready.contains(&true) => {}
            Ok(_) => return DONE,
            Err(_) => return FAILED,
        }
        let mut buffer = [0; 4096];
        match input.read(&mut buffer) {
            Ok(0) => return DONE,
            Ok(count) => line.extend(buffer.iter().take(count)),
            Err(_) => return FAILED,
        }
        if line.len() > JOB_BYTES_MAX {
            return FAILED;
        }
        let Some(end) = line.iter().position(|&byte| byte == b'\n') else { continue };
        let job: Vec<u8> = line.drain(..=end).collect();
        let answer = encode_answer(&work(&job));
        if output.write_all(answer.as_bytes()).is_err() {
            return FAILED;
        }
    }
}

fn work(line: &[u8]) -> Result<Report, Error> {
    let unknown = || Error::new(Kind::Local, "a job that makes no sense");
    let job = std::str::from_utf8(line).ok().and_then(decode_job).ok_or_else(unknown)?;
    let mut world = Outside::new(job.seconds);
    if world.now() < BUILT {
        return Err(Error::new(Kind::NotNow, "the system clock is not set yet"));
    }
    let candidates = candidates(&job).ok_or_else(unknown)?;
    let kind = match job.kind.as_str() {
        "A" => RecordType::A,
        "AAAA" => RecordType::Aaaa,
        _ => return Err(unknown()),
    };
    let policy = match job.policy.as_str() {
        "error" => Policy::OnlyOne,
        "first" => Policy::First,
        "all" => Policy::All,
        _ => return Err(unknown()),
    };
    let token = Secret::new(job.token);
    let provider = Cloudflare { base: &job.api_url, token: &token };
    let target = Target { zone: job.zone, name: job.name, kind };
    job::settle(&mut world, &provider, &target, &candidates, policy, job.ttl)
}

fn candidates(job: &Job) -> Option<Vec<IpAddr>> {
    let all: Result<Vec<IpAddr>, _> = job.candidates.iter().map(|one| one.parse()).collect();
    all.ok().filter(|all| !all.is_empty())
}
