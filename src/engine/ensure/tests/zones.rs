//! Which zone a name is in, where the job does not say.

use super::*;

/// The calls made for a name whose zone is not given, what came of it, and the zones for the next.
fn placed(
    store: &Played,
    name: &str,
    known: Option<&[&str]>,
    are_old: bool,
) -> (Vec<String>, Outcome, Option<Vec<String>>) {
    let known = known.map(|zones| zones.iter().map(ToString::to_string).collect::<Vec<String>>());
    let entry = Entry { zone: String::new(), record: name.into(), ..entry() };
    let job = Job { zones: known, zones_are_old: are_old, ..job(&entry, true) };
    let answer = ensure(&mut FakeEnv::default(), store, &job);
    (store.calls.take(), answer.outcome, answer.meta.zones)
}

fn listing(zones: &[&'static str]) -> Played {
    let stands = [record("192.0.2.1", None, None)];
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
        let store = Played { zones: vec![Err(kind)], ..listing(&[]) };
        let (calls, outcome, zones) = placed(&store, "h.example.com", Some(&["example.com"]), true);
        assert_eq!(calls, ["zones", "find h example.com"]);
        assert!(matches!(outcome, Outcome::Done) && zones.is_none());
        let (calls, outcome, _) = placed(&store, "h.example.com", Some(&["b.com"]), true);
        assert_eq!(calls, ["zones"]);
        assert_eq!(outcome, Outcome::Failed(Stage::Looking, failure(kind)));
    }
}

#[test]
fn a_known_zone_that_is_gone_is_looked_for_again() {
    let known: Option<&[&str]> = Some(&["a.example.com"]);
    let gone = |zones: Vec<_>| Played {
        zones,
        found: RefCell::new(vec![Ok(None), Ok(Some(vec![record("192.0.2.1", None, None)]))]),
        ..Played::default()
    };
    let (calls, outcome, zones) =
        placed(&gone(vec![Ok(vec!["example.com"])]), "h.a.example.com", known, false);
    assert_eq!(calls, ["find h a.example.com", "zones", "find h.a example.com"]);
    assert!(matches!(outcome, Outcome::Done));
    assert_eq!(zones.unwrap(), ["example.com"]);
    let (calls, outcome, _) = placed(&gone(vec![Ok(vec![])]), "h.a.example.com", known, false);
    assert_eq!((calls.len(), outcome), (2, Outcome::NoZone));
    let store = gone(vec![Err(Kind::Timeout)]);
    let (_, outcome, _) = placed(&store, "h.a.example.com", known, false);
    assert_eq!(outcome, Outcome::Failed(Stage::Looking, failure(Kind::Timeout)));
}
