//! Whole jobs against providers that answer anything: nothing is written in the dark, nothing
//! secret is told, and it ends.

use super::played::{BASE, Played, SECRET};
use crate::engine::{ensure, follow, plan, reconcile};
use crate::error::Error;
use crate::judge;
use crate::providers::{self, Account};
use crate::record::{Attributes, Policy, Record, RecordSpec, RecordType, ResponseMeta};
use crate::record::{RrSet, SetChanges, Value, Zone};
use crate::text::secret::Secret;
use crate::wire::job::{Answer, Deadline, Job, Outcome, SetJob, Stage};
use std::net::IpAddr;

const NOW: u64 = 1_795_300_000;

pub fn aliyun(data: &[u8]) {
    edit("aliyun", data);
}

pub fn cloudflare(data: &[u8]) {
    edit("cloudflare", data);
}

pub fn hetzner(data: &[u8]) {
    edit("hetzner", data);
}

pub fn tencent(data: &[u8]) {
    edit("tencent", data);
}

/// The set that bits of the input choose: one value, or two with what is foreign kept or not.
fn set(bits: u8, is_named: bool, several: bool) -> SetJob {
    let (kind, values) = match bits & 3 {
        0 => (RecordType::A, ["192.0.2.7", "192.0.2.8"]),
        1 => (RecordType::Aaaa, ["2001:db8::7", "2001:db8::8"]),
        2 => (RecordType::Cname, ["other.example.net", "b.example.net"]),
        _ => (RecordType::Txt, ["v=\"1\" ä\\", "plain"]),
    };
    let name = if is_named { "home" } else { "home.example.com" };
    let values = values.map(|text| Value::parse(kind, text).unwrap());
    let mut one = SetJob::one(name.into(), values[0].clone());
    if several {
        one.wanted = values.to_vec();
        one.policy = if bits & 8 != 0 { Policy::Mirror } else { Policy::KeepForeign };
    } else if bits & 8 != 0 {
        (one.policy, one.attributes) = (Policy::All, Attributes::WithValue);
    }
    one.ttl = (bits & 16 != 0).then_some(600);
    one.comment = (bits & 32 != 0).then(|| "käse".into());
    one
}

fn job(provider: &str, zone: Zone, set: SetJob, deadline: Deadline) -> Job {
    Job {
        provider: provider.into(),
        api_url: BASE.into(),
        id: "AKID-0123".into(),
        secret: SECRET.into(),
        zone,
        zone_id: None,
        zones: None,
        zones_are_old: false,
        sets: vec![set],
        deadline,
    }
}

fn done(job: &Job, env: &mut Played) -> Answer {
    let secret = Secret::new(job.secret.clone());
    let account = Account {
        base: &job.api_url,
        id: &job.id,
        secret: &secret,
        zone_id: job.zone_id.as_deref(),
        is_awaited: matches!(job.deadline, Deadline::Job(_)),
    };
    let store = providers::find(&job.provider).unwrap().open(account);
    ensure::ensure(env, &*store, job)
}

/// One set made right: the first part chooses which, the others are what is answered.
fn edit(provider: &str, data: &[u8]) {
    let mut parts = judge::parts(data);
    let first = parts.next().unwrap_or_default();
    let bits = first.first().copied().unwrap_or_default();
    let is_named = bits & 4 == 0 || provider != "hetzner";
    let several = first.get(1).is_some_and(|more| more & 1 != 0);
    let zone = if is_named { Zone::Name("example.com".into()) } else { Zone::Unknown };
    let mut job = job(provider, zone, set(bits, is_named, several), Deadline::Job(30));
    if bits & 64 != 0 {
        job.zone_id = Some("023e105f4ecef8ad9ca31a8372d0c353".into());
        job.zones = Some(vec!["example.com".into(), "example.org".into()]);
    }
    job.zones_are_old = bits & 128 != 0;
    let mut env = Played::new(data, parts, NOW);
    let answer = done(&job, &mut env);
    match &answer.outcome {
        Outcome::Done => assert!(answer.has_changed() == (env.writes > 0)),
        Outcome::Failed(Stage::Writing, error) => words_hold(error),
        Outcome::Failed(Stage::Looking, error) => {
            words_hold(error);
            assert_eq!(env.writes, 0, "written after a list that failed");
        }
        Outcome::Several { .. } | Outcome::NoZone => assert_eq!(env.writes, 0),
    }
    let meta = &answer.meta;
    let ids = [&meta.request_id, &meta.ray, &meta.zone_id, &meta.record_id];
    for told in ids.into_iter().flatten().chain(&meta.warnings) {
        judge::is_line(told);
    }
    // The other two are identifiers, of which we can only say that they look like some.
    for told in ids.into_iter().take(2).flatten().chain(&meta.warnings) {
        judge::hides(SECRET, told);
    }
    let line = answer.clone().encode();
    assert_eq!(line.find('\n'), Some(line.len() - 1));
    assert_eq!(Answer::decode(&line), Some(answer));
}

/// Identifiers are as the provider says, and stand in paths: what it puts there is its own affair.
fn words_hold(error: &Error) {
    judge::is_plain(&error.message);
    let is_path = |word: &&str| word.starts_with(BASE);
    let message: Vec<&str> = error.message.split(' ').filter(|word| !is_path(word)).collect();
    judge::hides(SECRET, &message.join(" "));
}

/// The list of addresses of the router: as it is mirrored, and as a daemon follows one.
pub fn cloudflare_list(data: &[u8]) {
    let mut parts = judge::parts(data);
    let bits = parts.next().and_then(|part| part.first().copied()).unwrap_or_default();
    let mut env = Played::new(data, parts, NOW);
    let kind = if bits & 1 == 0 { RecordType::A } else { RecordType::Aaaa };
    let addresses: [IpAddr; 2] = match kind {
        RecordType::A => ["192.0.2.7".parse().unwrap(), "192.0.2.8".parse().unwrap()],
        _ => ["2001:db8::7".parse().unwrap(), "2001:db8::8".parse().unwrap()],
    };
    let (zone, name) = (Zone::Id("0123abcd".into()), "home.example.com".to_string());
    if bits & 2 != 0 {
        let policy = [Policy::OnlyOne, Policy::First, Policy::All][usize::from(bits >> 4) % 3];
        let wanted = addresses.map(Value::from).to_vec();
        let (attributes, ttl) = (Attributes::OfNew, Some(300));
        let one = SetJob { policy, attributes, ttl, ..SetJob::one(name, wanted[0].clone()) };
        let job = job("cloudflare", zone, SetJob { wanted, ..one }, Deadline::Request(30));
        let answer = done(&job, &mut env);
        if answer.outcome == Outcome::Done {
            assert_eq!(answer.has_changed(), env.writes > 0);
        }
        match follow::Report::of(answer) {
            Ok(report) => assert!(report.address.is_ipv4() == (kind == RecordType::A)),
            Err(error) => words_hold(&error),
        }
        return;
    }
    let secret = Secret::new(SECRET.into());
    let account = Account { base: BASE, id: "", secret: &secret, zone_id: None, is_awaited: false };
    let store = providers::find("cloudflare").unwrap().open(account);
    let (set, mut meta) = (RrSet { zone, name, kind }, ResponseMeta::default());
    let records = match reconcile::list(&mut env, &*store, &set, &mut meta) {
        Ok(records) => records,
        Err(error) => {
            assert_eq!(env.writes, 0);
            return words_hold(&error);
        }
    };
    assert!(records.iter().all(|one| one.value.kind() == kind));
    let wanted = addresses.map(|one| RecordSpec { ttl: Some(60), ..RecordSpec::of(one.into()) });
    let policy = Policy::Mirror;
    let changes = plan::plan(&wanted, &[], &records, policy, Attributes::WithValue).unwrap();
    let work = SetChanges { set, changes, policy };
    match reconcile::apply(&mut env, &*store, &work, &mut meta) {
        Ok(Some(after)) => stands(&after, &addresses),
        Ok(None) => {}
        Err(error) => words_hold(&error),
    }
}

/// What is said to be there is what was wanted.
fn stands(after: &[Record], addresses: &[IpAddr]) {
    let mut found: Vec<IpAddr> = after.iter().filter_map(|one| one.value.address()).collect();
    found.sort_unstable();
    assert_eq!(found, addresses);
}
