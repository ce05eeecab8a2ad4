//! One job of a daemon, done whole: look once, plan, apply once; when to try again is not for here.

use super::plan::{self, Policy};
use crate::env::Env;
use crate::error::{Error, Kind};
use crate::providers::Provider;
use crate::record::{Change, Target};
use crate::wire::job::{CREATED, Report, UNCHANGED, UPDATED};
use std::net::IpAddr;

/// How many of several records are named.
const SHOWN_MAX: usize = 5;

/// Makes one of `candidates` (the best first, at least one) stand at the target.
///
/// # Errors
/// Those of the provider; Refused where several records stand and the policy is not to choose.
pub fn settle(
    env: &mut dyn Env,
    provider: &dyn Provider,
    target: &Target,
    candidates: &[IpAddr],
    policy: Policy,
    ttl: u32,
) -> Result<Report, Error> {
    let records = provider.list(env, target)?;
    let changes = plan::only(candidates, &records, policy, ttl).map_err(|several| {
        let mut shown = String::new();
        for one in records.iter().take(SHOWN_MAX) {
            if !shown.is_empty() {
                shown.push_str(", ");
            }
            shown.push_str(&one.address.to_string());
        }
        if records.len() > SHOWN_MAX {
            shown.push_str(", …");
        }
        let message = format!(
            "there are {} {} records ({shown}); multi_record = first or all would choose",
            several.0,
            target.kind.as_str()
        );
        Error::new(Kind::Refused { code: None }, message)
    })?;
    let mut shown = true;
    provider.apply(env, target, &changes, &mut |done| {
        shown &= done.record.is_some() || matches!(done.change, Change::Delete(_));
    })?;
    if !shown {
        let message = "the API does not show the record as it was to be; it has to be read again";
        return Err(Error::new(Kind::InvalidResponse, message));
    }
    let mut report = None;
    let mut removed = Vec::new();
    for change in &changes {
        let (action, address) = match change {
            Change::Keep(record) => (UNCHANGED, record.address),
            Change::Insert(wanted) => (CREATED, wanted.address),
            Change::Update { to, .. } => (UPDATED, to.address),
            Change::Delete(record) => {
                removed.push(record.address);
                continue;
            }
        };
        report = Some((action.to_string(), address));
    }
    let (action, address) =
        report.ok_or_else(|| Error::local("nothing to settle", "no address was given"))?;
    Ok(Report { action, address, removed })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::fake::FakeEnv;
    use crate::providers::cloudflare::Cloudflare;
    use crate::record::RecordType;
    use crate::text::secret::Secret;

    const LIST: &str =
        "GET https://a/zones/z/dns_records?type=AAAA&name=h.example&per_page=100&page=1";

    fn page(addresses: &[&str]) -> String {
        let record = |(number, address): (usize, &&str)| {
            format!(
                r#"{{"id":"r{number}","name":"h.example","type":"AAAA","content":"{address}",
                "ttl":300,"proxied":false,"comment":null,"tags":[]}}"#
            )
        };
        let all: Vec<String> = addresses.iter().enumerate().map(record).collect();
        let count = addresses.len();
        format!(
            r#"{{"success":true,"errors":[],"result":[{}],
                "result_info":{{"total_count":{count}}}}}"#,
            all.join(",")
        )
    }

    /// What the API answers to the one write there may be.
    fn shown(existing: &[&str], address: &str, policy: Policy) -> String {
        let record = format!(
            r#"{{"id":"r0","name":"h.example","type":"AAAA","content":"{address}","ttl":300,
            "proxied":false,"comment":null,"tags":[]}}"#
        );
        let result = match existing.len() > 1 && policy == Policy::All {
            true => format!(r#"{{"patches":[{record}]}}"#),
            false => record,
        };
        format!(r#"{{"success":true,"errors":[],"result":{result}}}"#)
    }

    /// What was sent after the list, and what came of it.
    fn settled(
        existing: &[&str],
        candidates: &[&str],
        policy: Policy,
    ) -> (Vec<String>, Result<Report, Error>) {
        let mut fake = FakeEnv::default().then(200, &page(existing));
        fake = fake.then(200, &shown(existing, candidates[0], policy));
        let token = Secret::new("t".into());
        let provider = Cloudflare { base: "https://a", token: &token };
        let name = "h.example".to_string();
        let target = Target { zone: "z".into(), name, kind: RecordType::Aaaa };
        let candidates: Vec<IpAddr> = candidates.iter().map(|one| one.parse().unwrap()).collect();
        let result = settle(&mut fake, &provider, &target, &candidates, policy, 1);
        assert_eq!(fake.asked.remove(0), LIST);
        (fake.asked, result)
    }

    fn report(action: &str, address: &str, removed: &[&str]) -> Result<Report, Error> {
        let removed = removed.iter().map(|one| one.parse().unwrap()).collect();
        Ok(Report { action: action.into(), address: address.parse().unwrap(), removed })
    }

    const ALL: [Policy; 3] = [Policy::OnlyOne, Policy::First, Policy::All];

    #[test]
    fn none_or_one() {
        for policy in ALL {
            let (asked, result) = settled(&[], &["2001:db8::1", "2001:db8::2"], policy);
            let insert = "POST https://a/zones/z/dns_records {\"type\":\"AAAA\",\
                \"name\":\"h.example\",\"content\":\"2001:db8::1\",\"ttl\":1,\"proxied\":false}";
            assert_eq!(
                (asked, result),
                (vec![insert.into()], report("created", "2001:db8::1", &[]))
            );
            let (asked, result) =
                settled(&["2001:db8::2"], &["2001:db8::1", "2001:db8::2"], policy);
            assert_eq!((asked.len(), result), (0, report("unchanged", "2001:db8::2", &[])));
            let (asked, result) = settled(&["2001:db8::9"], &["2001:db8::1"], policy);
            let patch = "PATCH https://a/zones/z/dns_records/r0 {\"content\":\"2001:db8::1\"}";
            assert_eq!(
                (asked, result),
                (vec![patch.into()], report("updated", "2001:db8::1", &[]))
            );
        }
    }

    #[test]
    fn an_answer_that_shows_something_else_does_not_count() {
        let token = Secret::new("t".into());
        let provider = Cloudflare { base: "https://a", token: &token };
        let name = "h.example".to_string();
        let target = Target { zone: "z".into(), name, kind: RecordType::Aaaa };
        let candidates = ["2001:db8::1".parse().unwrap()];
        let null = r#"{"success":true,"errors":[],"result":null}"#.to_string();
        let other = shown(&["x"], "2001:db8::bad", Policy::OnlyOne);
        for answer in [null, other] {
            let mut fake = FakeEnv::default().then(200, &page(&["2001:db8::9"]));
            fake = fake.then(200, &answer);
            let policy = Policy::OnlyOne;
            let result = settle(&mut fake, &provider, &target, &candidates, policy, 1);
            assert_eq!(result.unwrap_err().kind, Kind::InvalidResponse);
        }
    }

    #[test]
    fn several() {
        let (asked, result) =
            settled(&["2001:db8::8", "2001:db8::9"], &["2001:db8::1"], Policy::OnlyOne);
        assert_eq!(asked.len(), 0);
        let message = result.unwrap_err().into_message();
        assert!(message.contains("2 AAAA records (2001:db8::8, 2001:db8::9)"), "{message}");
        let patch = "PATCH https://a/zones/z/dns_records/r0 {\"content\":\"2001:db8::1\"}";
        let (asked, result) =
            settled(&["2001:db8::8", "2001:db8::9"], &["2001:db8::1"], Policy::First);
        assert_eq!((asked, result), (vec![patch.into()], report("updated", "2001:db8::1", &[])));
        // One that is right already cannot stand there twice.
        for policy in [Policy::First, Policy::OnlyOne] {
            let (asked, result) =
                settled(&["2001:db8::8", "2001:db8::1"], &["2001:db8::1"], policy);
            assert_eq!(asked.len(), 0);
            assert_eq!(result.is_ok(), policy == Policy::First);
        }
        let five = ["2001:db8::5", "2001:db8::6", "2001:db8::7", "2001:db8::2", "2001:db8::1"];
        let (asked, result) = settled(&five, &["2001:db8::1", "2001:db8::2"], Policy::All);
        let batch = "POST https://a/zones/z/dns_records/batch {\"deletes\":[{\"id\":\"r0\"},\
            {\"id\":\"r1\"},{\"id\":\"r2\"},{\"id\":\"r3\"}],\"patches\":[],\"posts\":[]}";
        assert_eq!(asked, [batch]);
        assert_eq!(result, report("unchanged", "2001:db8::1", &five[..4]));
        let (asked, result) = settled(&five[..2], &["2001:db8::1"], Policy::All);
        let batch = "POST https://a/zones/z/dns_records/batch {\"deletes\":[{\"id\":\"r1\"}],\
            \"patches\":[{\"id\":\"r0\",\"content\":\"2001:db8::1\"}],\"posts\":[]}";
        assert_eq!(asked, [batch]);
        assert_eq!(result, report("updated", "2001:db8::1", &["2001:db8::6"]));
    }
}
