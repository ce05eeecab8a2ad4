//! One job of a daemon, done whole: look once, plan, apply once; when to try again is not for here.

use super::plan::{self, Policy};
use crate::error::{Error, Kind};
use crate::providers::Provider;
use crate::record::{Change, Target};
use crate::wire::job::{Report, UNCHANGED};
use crate::world::World;
use std::net::IpAddr;

/// Makes one of `candidates` (the best first, at least one) stand at the target.
///
/// # Errors
/// Those of the provider; Refused where several records stand and the policy is not to choose.
pub fn settle(
    world: &mut dyn World,
    provider: &dyn Provider,
    target: &Target,
    candidates: &[IpAddr],
    policy: Policy,
    ttl: u32,
) -> Result<Report, Error> {
    let records = provider.list(world, target)?;
    let changes = plan::only(candidates, &records, policy, ttl).map_err(|several| {
        let all: Vec<String> = records.iter().map(|one| one.address.to_string()).collect();
        let words = format!(
            "{} has {} {} records ({}), and multi_record is not set to choose",
            target.name,
            several.0,
            target.kind.as_str(),
            all.join(", ")
        );
        Error::new(Kind::Refused { code: None }, words)
    })?;
    provider.apply(world, target, &changes, &mut |_| {})?;
    let mut report = None;
    let mut removed = Vec::new();
    for change in &changes {
        let (action, address) = match change {
            Change::Keep(record) => (UNCHANGED, record.address),
            Change::Insert(wanted) => ("created", wanted.address),
            Change::Update { to, .. } => ("updated", to.address),
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
    use crate::providers::cloudflare::Cloudflare;
    use crate::record::RecordType;
    use crate::text::secret::Secret;
    use crate::world::script::Script;

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

    /// What was sent after the list, and what came of it.
    fn settled(
        existing: &[&str],
        candidates: &[&str],
        policy: Policy,
    ) -> (Vec<String>, Result<Report, Error>) {
        let done = r#"{"success":true,"errors":[],"result":null}"#;
        let mut script = Script::default().then(200, &page(existing)).then(200, done);
        let token = Secret::new("t".into());
        let provider = Cloudflare { base: "https://a", token: &token };
        let name = "h.example".to_string();
        let target = Target { zone: "z".into(), name, kind: RecordType::Aaaa };
        let candidates: Vec<IpAddr> = candidates.iter().map(|one| one.parse().unwrap()).collect();
        let result = settle(&mut script, &provider, &target, &candidates, policy, 1);
        assert_eq!(script.asked.remove(0), LIST);
        (script.asked, result)
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
    fn several() {
        let (asked, result) =
            settled(&["2001:db8::8", "2001:db8::9"], &["2001:db8::1"], Policy::OnlyOne);
        assert_eq!(asked.len(), 0);
        let words = result.unwrap_err().words;
        assert!(words.contains("2 AAAA records (2001:db8::8, 2001:db8::9)"), "{words}");
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
