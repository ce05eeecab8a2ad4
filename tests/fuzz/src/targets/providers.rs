//! Whole jobs against providers that answer anything: nothing is written in the dark, nothing
//! secret is told, and it ends.

use super::played::{BASE, Played, SECRET};
use crate::engine::edit::{self, Known};
use crate::engine::plan::{Policy, mirror};
use crate::engine::{job, reconcile};
use crate::error::Error;
use crate::judge;
use crate::providers::{self, Account, cloudflare::Cloudflare};
use crate::record::{Entry, Record, RecordType, Target, ResponseMeta, Wanted};
use crate::text::secret::Secret;
use crate::wire::job::{EditAnswer, Outcome, Report, Stage, UNCHANGED};
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

/// The entry that bits of the input choose.
fn entry(bits: u8, is_named: bool) -> Entry {
    let (kind, value) = match bits & 3 {
        0 => (RecordType::A, "192.0.2.7"),
        1 => (RecordType::Aaaa, "2001:db8::7"),
        2 => (RecordType::Cname, "other.example.net"),
        _ => (RecordType::Txt, "v=\"1\" ä\\"),
    };
    let (zone, record) = match is_named {
        true => ("example.com", "home"),
        false => ("", "home.example.com"),
    };
    Entry {
        zone: zone.into(),
        record: record.into(),
        kind,
        value: value.into(),
        ttl: (bits & 16 != 0).then_some(600),
        comment: (bits & 32 != 0).then(|| "käse".into()),
    }
}

/// One record made right: the first part chooses which, the others are what is answered.
fn edit(provider: &str, data: &[u8]) {
    let mut parts = judge::parts(data);
    let bits = parts.next().and_then(|part| part.first().copied()).unwrap_or_default();
    let is_named = bits & 4 == 0 || provider != "hetzner";
    let mut entry = entry(bits, is_named);
    let secret = Secret::new(SECRET.into());
    let zone_id = (bits & 64 != 0).then_some("023e105f4ecef8ad9ca31a8372d0c353");
    let account = Account { base: BASE, id: "AKID-0123", secret: &secret, zone_id };
    let editor = providers::editor(provider, account).unwrap();
    let zones = ["example.com".to_string(), "example.org".to_string()];
    let zones = (bits & 64 != 0).then_some(&zones[..]);
    let known = Known { zones, are_old: bits & 128 != 0 };
    let mut meta = ResponseMeta::default();
    let mut env = Played::new(data, parts, NOW);
    let replaces = bits & 8 != 0;
    let outcome = edit::settle(&mut env, &*editor, &mut entry, &known, replaces, &mut meta);
    match &outcome {
        Outcome::Done { action, .. } if action == UNCHANGED => assert_eq!(env.writes, 0),
        Outcome::Done { .. } => assert!(env.writes > 0),
        Outcome::Failed(Stage::Writing, error) => words_hold(error),
        Outcome::Failed(Stage::Looking, error) => {
            words_hold(error);
            assert_eq!(env.writes, 0, "written after a look that failed");
        }
        Outcome::Several(..) | Outcome::NoZone => assert_eq!(env.writes, 0),
    }
    let ids = [&meta.request_id, &meta.ray, &meta.zone_id, &meta.record_id];
    for told in ids.into_iter().flatten().chain(&meta.warnings) {
        judge::is_line(told);
    }
    // The other two are identifiers, of which we can only say that they look like some.
    for told in ids.into_iter().take(2).flatten().chain(&meta.warnings) {
        judge::hides(SECRET, told);
    }
    let answer = EditAnswer { outcome, meta };
    let line = answer.encode();
    assert_eq!(line.find('\n'), Some(line.len() - 1));
    assert_eq!(EditAnswer::decode(&line), Some(answer));
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
    let token = Secret::new(SECRET.into());
    let provider = Cloudflare { base: BASE, token: &token };
    let kind = if bits & 1 == 0 { RecordType::A } else { RecordType::Aaaa };
    let target = Target { zone: "0123abcd".into(), name: "home.example.com".into(), kind };
    let addresses: [IpAddr; 2] = match kind {
        RecordType::A => ["192.0.2.7".parse().unwrap(), "192.0.2.8".parse().unwrap()],
        _ => ["2001:db8::7".parse().unwrap(), "2001:db8::8".parse().unwrap()],
    };
    if bits & 2 != 0 {
        let policy = [Policy::OnlyOne, Policy::First, Policy::All][usize::from(bits >> 4) % 3];
        let done = job::settle(&mut env, &provider, &target, &addresses, policy, 300);
        if let Ok(report) = &done {
            assert!(report.action != UNCHANGED || !report.removed.is_empty() || env.writes == 0);
        }
        done.iter().for_each(|report| assert!(report.address.is_ipv4() == (kind == RecordType::A)));
        done.as_ref().err().into_iter().for_each(words_hold);
        let line = Report::encode(&done);
        assert_eq!(Report::decode(&line), Some(done));
        return;
    }
    let records = match reconcile::look(&mut env, &provider, &target) {
        Ok(records) => records,
        Err(error) => {
            assert_eq!(env.writes, 0);
            return words_hold(&error);
        }
    };
    assert!(records.iter().all(|one| one.kind == kind && kind.holds(one.address)));
    let wanted = addresses.map(|address| Wanted { address, ttl: Some(60) });
    let changes = mirror(&wanted, &records);
    match reconcile::apply(&mut env, &provider, &target, &changes) {
        Ok(Some(after)) => stands(&after, &addresses),
        Ok(None) => {}
        Err(error) => words_hold(&error),
    }
}

/// What is said to stand is what was wanted.
fn stands(after: &[Record], addresses: &[IpAddr]) {
    let mut found: Vec<IpAddr> = after.iter().map(|record| record.address).collect();
    found.sort_unstable();
    assert_eq!(found, addresses);
}
