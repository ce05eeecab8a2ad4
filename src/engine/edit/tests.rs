//! What is decided about a record, with an editor that answers as told; and whole runs, played.

use super::*;
use crate::env::fake::FakeEnv;
use crate::providers::Account;
use crate::providers::cloudflare::editor::Zones as Cloudflare;
use crate::providers::hetzner::Hetzner;
use crate::record::RecordType;
use crate::text::secret::Secret;
use std::cell::RefCell;

/// Plays an editor: each look takes the next answer, and the last one stays.
#[derive(Default)]
struct Played {
    zones: Vec<Result<Vec<&'static str>, Kind>>,
    found: RefCell<Vec<Result<Option<Vec<Standing>>, Kind>>>,
    refuses_writes: bool,
    /// `METHOD RECORD ZONE`, with what a change starts from.
    calls: RefCell<Vec<String>>,
}

impl Played {
    fn finds(standing: &[Standing]) -> Played {
        Played { found: RefCell::new(vec![Ok(Some(standing.to_vec()))]), ..Played::default() }
    }

    fn call(&self, method: &str, entry: &Entry) {
        self.calls.borrow_mut().push(format!("{method} {} {}", entry.record, entry.zone));
    }

    fn calls(&self, method: &str) -> usize {
        self.calls.borrow().iter().filter(|call| call.starts_with(method)).count()
    }

    fn written(&self, entry: &Entry) -> Result<Standing, Error> {
        if self.refuses_writes {
            return Err(failure(Kind::Refused { code: None }));
        }
        Ok(standing(&entry.value, entry.ttl, None))
    }
}

fn failure(kind: Kind) -> Error {
    Error::new(kind, "as told")
}

impl Editor for Played {
    fn zones(&self, _: &mut dyn Env, _: &mut ResponseMeta) -> Result<Vec<String>, Error> {
        self.calls.borrow_mut().push("zones".into());
        let at = (self.calls("zones") - 1).min(self.zones.len() - 1);
        let zones = self.zones[at].clone().map_err(failure)?;
        Ok(zones.into_iter().map(String::from).collect())
    }

    fn find(
        &self,
        _: &mut dyn Env,
        entry: &Entry,
        _: &mut ResponseMeta,
    ) -> Result<Option<Vec<Standing>>, Error> {
        self.call("find", entry);
        let mut found = self.found.borrow_mut();
        let next = if found.len() > 1 { found.remove(0) } else { found[0].clone() };
        next.map_err(failure)
    }

    fn insert(&self, _: &mut dyn Env, e: &Entry, _: &mut ResponseMeta) -> Result<Standing, Error> {
        self.call("insert", e);
        self.written(e)
    }

    fn change(
        &self,
        _: &mut dyn Env,
        entry: &Entry,
        from: &[Standing],
        _: &mut ResponseMeta,
    ) -> Result<Standing, Error> {
        self.call(&format!("change {}", from.len()), entry);
        self.written(entry)
    }
}

fn standing(value: &str, ttl: Option<u32>, comment: Option<&str>) -> Standing {
    let (value, comment) = (value.to_string(), comment.map(String::from));
    Standing { id: format!("id-{value}"), value, ttl, comment, ..Standing::default() }
}

fn entry() -> Entry {
    let (zone, record, value) = ("example.com".into(), "h".into(), "192.0.2.1".into());
    Entry { zone, record, kind: RecordType::A, value, ttl: None, comment: None }
}

const NEW: Known = Known { zones: None, are_old: false };

fn settled(editor: &dyn Editor, entry: &Entry, replaces: bool) -> (Outcome, ResponseMeta) {
    let mut meta = ResponseMeta::default();
    let mut fake = FakeEnv::default();
    let mut entry = entry.clone();
    (settle(&mut fake, editor, &mut entry, &NEW, replaces, &mut meta), meta)
}

fn outcome(action: &str, ttl: Option<u32>, before: Option<&str>) -> Outcome {
    let previous_value = before.map(String::from);
    Outcome::Done { action: action.into(), ttl, previous_value }
}

#[test]
fn none_one_or_several() {
    let (right, wrong) = (standing("192.0.2.1", Some(60), None), standing("192.0.2.9", None, None));
    for replaces in [false, true] {
        let editor = Played::finds(&[]);
        let (result, meta) = settled(&editor, &entry(), replaces);
        assert_eq!(result, outcome("created", None, None));
        assert_eq!(meta.record_id.as_deref(), Some("id-192.0.2.1"));
        let editor = Played::finds(std::slice::from_ref(&wrong));
        let (result, meta) = settled(&editor, &entry(), replaces);
        assert_eq!(result, outcome("updated", None, Some("192.0.2.9")));
        assert_eq!(meta.record_id.as_deref(), Some("id-192.0.2.1"));
        let editor = Played::finds(std::slice::from_ref(&right));
        let (result, meta) = settled(&editor, &entry(), replaces);
        assert_eq!(result, outcome("unchanged", Some(60), None));
        assert_eq!(meta.record_id.as_deref(), Some("id-192.0.2.1"));
        assert_eq!(*editor.calls.borrow(), ["find h example.com"]);
    }
    for two in [[right.clone(), wrong.clone()], [wrong, right]] {
        let editor = Played::finds(&two);
        assert_eq!(settled(&editor, &entry(), false).0, Outcome::Several(2, vec![]));
        assert_eq!(editor.calls.borrow().len(), 1);
        let editor = Played::finds(&two);
        let (result, _) = settled(&editor, &entry(), true);
        assert_eq!(result, outcome("updated", None, Some("192.0.2.9")));
        assert_eq!(editor.calls("change 2"), 1);
    }
}

#[test]
fn several_lines_are_named_and_a_paused_record_is_warned_of() {
    let on = |line: &str| Standing { line: Some(line.into()), ..standing("192.0.2.9", None, None) };
    for (lines, named) in [
        (["unicom", "telecom"], vec!["unicom".to_string(), "telecom".into()]),
        (["telecom", "telecom"], vec![]),
    ] {
        let editor = Played::finds(&lines.map(on));
        assert_eq!(settled(&editor, &entry(), false).0, Outcome::Several(2, named));
    }
    for (value, action) in [("192.0.2.1", "unchanged"), ("192.0.2.9", "updated")] {
        let status = Some("Disable".to_string());
        let paused = Standing { status, ..standing(value, None, None) };
        let (result, meta) = settled(&Played::finds(&[paused]), &entry(), false);
        assert!(matches!(result, Outcome::Done { action: one, .. } if one == action));
        assert_eq!(meta.warnings, ["record_paused: the record is paused at the provider"]);
    }
}

#[test]
fn ttl_and_comment_count_only_where_given() {
    let stands = standing("192.0.2.1", Some(60), Some("c"));
    let bare = standing("192.0.2.1", None, None);
    for (ttl, comment, stands, fits) in [
        (None, None, &stands, true),
        (Some(60), Some("c"), &stands, true),
        (Some(61), None, &stands, false),
        (None, Some("d"), &stands, false),
        (None, Some(""), &stands, false),
        (None, None, &bare, true),
        (Some(60), None, &bare, false),
        (None, Some("c"), &bare, false),
        (None, Some(""), &bare, true),
    ] {
        let entry = Entry { ttl, comment: comment.map(String::from), ..entry() };
        let editor = Played::finds(std::slice::from_ref(stands));
        let unchanged = outcome("unchanged", stands.ttl, None);
        let updated = outcome("updated", ttl, Some("192.0.2.1"));
        let expected = if fits { unchanged.clone() } else { updated };
        assert_eq!(settled(&editor, &entry, false).0, expected, "{ttl:?} {comment:?}");
        // Where all is replaced only the value decides.
        assert_eq!(settled(&editor, &entry, true).0, unchanged);
    }
}

#[test]
fn values_are_compared_by_what_they_mean() {
    for (kind, value, stands, same) in [
        (RecordType::Aaaa, "2001:db8::1", "2001:DB8:0:0::1", true),
        (RecordType::Aaaa, "2001:db8::1", "2001:db8::2", false),
        (RecordType::Cname, "b.example", "B.Example.", true),
        (RecordType::Txt, "a", "A", false),
        (RecordType::A, "192.0.2.1", "nonsense", false),
    ] {
        let entry = Entry { kind, value: value.into(), ..entry() };
        let editor = Played::finds(&[standing(stands, None, None)]);
        let is_same = matches!(settled(&editor, &entry, false).0,
            Outcome::Done { action, .. } if action == "unchanged");
        assert_eq!(is_same, same, "{stands}");
    }
}

#[test]
fn a_look_that_fails_never_writes() {
    let kinds = [
        Kind::Refused { code: Some(1) },
        Kind::Throttled { after_seconds: Some(1) },
        Kind::Unreachable,
        Kind::Timeout,
        Kind::InvalidResponse,
        Kind::Local,
        Kind::Unavailable,
    ];
    for kind in kinds {
        let editor = Played { found: RefCell::new(vec![Err(kind)]), ..Played::default() };
        let (result, _) = settled(&editor, &entry(), true);
        assert_eq!(result, Outcome::Failed(Stage::Looking, failure(kind)));
        // Whoever asked waits: only what may pass at once is tried again.
        let tries = if kind == Kind::Unreachable { 3 } else { 1 };
        assert_eq!((editor.calls("find"), editor.calls.borrow().len()), (tries, tries));
        let editor = Played { zones: vec![Err(kind)], ..Played::default() };
        let nowhere = Entry { zone: String::new(), ..entry() };
        let (result, _) = settled(&editor, &nowhere, true);
        assert_eq!(result, Outcome::Failed(Stage::Looking, failure(kind)));
        assert_eq!((editor.calls("zones"), editor.calls.borrow().len()), (tries, tries));
    }
    let none = Played { found: RefCell::new(vec![Ok(None)]), ..Played::default() };
    assert_eq!(settled(&none, &entry(), true).0, Outcome::NoZone);
    assert_eq!(none.calls.borrow().len(), 1);
}

#[test]
fn a_write_that_fails_is_not_sent_again() {
    for standing in [vec![], vec![standing("192.0.2.9", None, None)]] {
        let editor = Played { refuses_writes: true, ..Played::finds(&standing) };
        let (result, meta) = settled(&editor, &entry(), false);
        let why = failure(Kind::Refused { code: None });
        assert_eq!(result, Outcome::Failed(Stage::Writing, why));
        assert_eq!(meta.record_id.is_some(), !standing.is_empty());
        assert_eq!(editor.calls.borrow().len(), 2);
    }
}

/// The calls made for a name whose zone is not given, what came of it, and the zones for the next.
fn placed(
    editor: &Played,
    name: &str,
    known: Option<&[&str]>,
    are_old: bool,
) -> (Vec<String>, Outcome, Option<Vec<String>>) {
    let known = known.map(|zones| zones.iter().map(ToString::to_string).collect::<Vec<String>>());
    let known = Known { zones: known.as_deref(), are_old };
    let mut entry = Entry { zone: String::new(), record: name.into(), ..entry() };
    let mut meta = ResponseMeta::default();
    let mut fake = FakeEnv::default();
    let outcome = settle(&mut fake, editor, &mut entry, &known, true, &mut meta);
    (editor.calls.take(), outcome, meta.zones)
}

fn listing(zones: &[&'static str]) -> Played {
    let stands = [standing("192.0.2.1", None, None)];
    Played { zones: vec![Ok(zones.to_vec())], ..Played::finds(&stands) }
}

#[test]
fn the_longest_zone_a_name_is_in() {
    let zones = ["example", "example.com", "a.example.com", "xample.com", "b.com", ""];
    for (name, found) in [
        ("h.example.com", Some("find h example.com")),
        ("h.a.example.com", Some("find h a.example.com")),
        ("x.y.a.example.com", Some("find x.y a.example.com")),
        ("ba.example.com", Some("find ba example.com")),
        ("example.com", Some("find @ example.com")),
        ("a.example.com", Some("find @ a.example.com")),
        ("*.example.com", Some("find * example.com")),
        ("notexample.com", None),
        (".b.com", None),
        ("com", None),
    ] {
        let (calls, outcome, known) = placed(&listing(&zones), name, None, false);
        assert_eq!(calls[0], "zones");
        assert_eq!(calls.get(1).map(String::as_str), found, "{name}");
        assert_eq!(outcome == Outcome::NoZone, found.is_none());
        assert_eq!(known.map(|zones| zones.len()), Some(zones.len()));
    }
}

#[test]
fn a_known_list_serves_while_it_is_new_and_has_the_zone() {
    let all = listing(&["example.com", "a.example.com"]);
    let known: Option<&[&str]> = Some(&["example.com"]);
    let name = "h.a.example.com";
    assert_eq!(placed(&all, name, known, false).0, ["find h.a example.com"]);
    assert_eq!(placed(&all, name, known, true).0, ["zones", "find h a.example.com"]);
    let (calls, _, zones) = placed(&all, name, Some(&["b.com"]), false);
    assert_eq!(calls, ["zones", "find h a.example.com"]);
    assert_eq!(zones.unwrap(), ["example.com", "a.example.com"]);
    // The new list decides, also against the old one.
    let (calls, outcome, _) = placed(&listing(&["b.com"]), name, known, true);
    assert_eq!((calls, outcome), (vec!["zones".into()], Outcome::NoZone));
}

#[test]
fn an_old_list_serves_where_no_new_one_can_be_had() {
    for kind in [Kind::Timeout, Kind::Refused { code: None }, Kind::InvalidResponse] {
        let editor = Played { zones: vec![Err(kind)], ..listing(&[]) };
        let (calls, outcome, zones) =
            placed(&editor, "h.example.com", Some(&["example.com"]), true);
        assert_eq!(calls, ["zones", "find h example.com"]);
        assert!(matches!(outcome, Outcome::Done { .. }) && zones.is_none());
        let (calls, outcome, _) = placed(&editor, "h.example.com", Some(&["b.com"]), true);
        assert_eq!(calls, ["zones"]);
        assert_eq!(outcome, Outcome::Failed(Stage::Looking, failure(kind)));
    }
}

#[test]
fn a_known_zone_that_is_gone_is_looked_for_again() {
    let known: Option<&[&str]> = Some(&["a.example.com"]);
    let gone = |zones: Vec<_>| Played {
        zones,
        found: RefCell::new(vec![Ok(None), Ok(Some(vec![standing("192.0.2.1", None, None)]))]),
        ..Played::default()
    };
    let (calls, outcome, zones) =
        placed(&gone(vec![Ok(vec!["example.com"])]), "h.a.example.com", known, false);
    assert_eq!(calls, ["find h a.example.com", "zones", "find h.a example.com"]);
    assert!(matches!(outcome, Outcome::Done { .. }));
    assert_eq!(zones.unwrap(), ["example.com"]);
    let (calls, outcome, _) = placed(&gone(vec![Ok(vec![])]), "h.a.example.com", known, false);
    assert_eq!((calls.len(), outcome), (2, Outcome::NoZone));
    let editor = gone(vec![Err(Kind::Timeout)]);
    let (_, outcome, _) = placed(&editor, "h.a.example.com", known, false);
    assert_eq!(outcome, Outcome::Failed(Stage::Looking, failure(Kind::Timeout)));
}

#[test]
fn a_whole_run_at_cloudflare() {
    let record = |address: &str| {
        format!(
            r#"{{"id":"r1","name":"h.example.com","type":"A","content":"{address}","ttl":1,
            "proxied":true}}"#
        )
    };
    let zone = r#"{"success":true,"result":[{"id":"z1","name":"example.com"}]}"#;
    let list = format!(r#"{{"success":true,"result":[{}]}}"#, record("192.0.2.9"));
    let done = format!(r#"{{"success":true,"result":{}}}"#, record("192.0.2.1"));
    let fake = FakeEnv::default().then(502, "").then(200, zone).then(200, &list);
    let mut fake = fake.then_with(200, ("cf-ray", "r-AMS"), &done);
    let secret = Secret::new("t".into());
    let account = Account { base: "https://a", id: "", secret: &secret, zone_id: None };
    let mut entry = Entry { ttl: Some(300), ..entry() };
    let mut meta = ResponseMeta::default();
    let editor = Cloudflare::new(account);
    let result = settle(&mut fake, &editor, &mut entry, &NEW, false, &mut meta);
    assert_eq!(result, outcome("updated", Some(1), Some("192.0.2.9")));
    let patch = r#"PATCH https://a/zones/z1/dns_records/r1 {"content":"192.0.2.1"}"#;
    assert_eq!((fake.asked.len(), fake.asked[3].as_str()), (4, patch));
    assert_eq!(fake.pauses, [1000]);
    let seen = ResponseMeta {
        record_id: Some("r1".into()),
        zone_id: Some("z1".into()),
        ray: Some("r-AMS".into()),
        warnings: vec!["ttl_automatic: ttl is automatic while the record is proxied".into()],
        ..ResponseMeta::default()
    };
    assert_eq!(meta, seen);
}

#[test]
fn a_whole_run_at_hetzner() {
    let zones = r#"{"zones":[{"name":"example.com","mode":"primary"}]}"#;
    let set = r#"{"rrset":{"name":"h","type":"A","ttl":60,
        "records":[{"value":"192.0.2.8"},{"value":"192.0.2.1","comment":"c"}]}}"#;
    let action = |status: &str| format!(r#"{{"action":{{"id":7,"status":"{status}"}}}}"#);
    let fake = FakeEnv::default().then(200, zones).then(504, "").then(502, "").then(200, set);
    let mut fake = fake.then(201, &action("running")).then(200, &action("success"));
    let secret = Secret::new("t".into());
    let account = Account { base: "https://a", id: "", secret: &secret, zone_id: None };
    let mut entry = Entry { zone: String::new(), record: "h.example.com".into(), ..entry() };
    let mut meta = ResponseMeta::default();
    let editor = Hetzner::new(account);
    let result = settle(&mut fake, &editor, &mut entry, &NEW, true, &mut meta);
    assert_eq!(result, outcome("updated", Some(60), Some("192.0.2.8")));
    assert_eq!(fake.pauses, [1000, 2000, 500]);
    assert_eq!(
        fake.asked[4..],
        [
            "POST https://a/zones/example.com/rrsets/h/A/actions/set_records \
                {\"records\":[{\"value\":\"192.0.2.1\",\"comment\":\"c\"}]}",
            "GET https://a/actions/7"
        ]
    );
    assert_eq!(meta.zones.unwrap(), ["example.com"]);
    assert_eq!((meta.record_id.as_deref(), meta.warnings.len()), (Some("h/A"), 0));
}
