//! Documents of every shape, and what is looked up in them.

use super::*;

#[test]
fn values_by_name() {
    let text = r#"{"a":1,"b":{"a":2,"c":[{"a":3},{"a":4,"d":[]},[],"x"],"e":null},"a":"5","t":true,
        "f":false,"n":-7,"g":1.5,"big":18446744073709551615,"bigger":18446744073709551616,"":6}"#;
    let document = Document::read(text).unwrap();
    let top = document.top();
    assert_eq!(top.field("a").unwrap().text(), Some("5"));
    let b = top.field("b").unwrap();
    assert_eq!(b.field("a").unwrap().number(), Some(2));
    assert!(b.field("e").is_none() && b.member("e").is_some() && b.member("t").is_none());
    let list: Vec<Json> = b.field("c").unwrap().list().unwrap().collect();
    assert_eq!(list.len(), 4);
    assert_eq!(list[0].field("a").unwrap().number(), Some(3));
    assert!(list[0].field("d").is_none() && list[1].field("d").unwrap().list().is_some());
    assert_eq!(list[3].text(), Some("x"));
    assert!(list[2].member("").is_none() && list[2].list().unwrap().next().is_none());
    assert_eq!(top.field("t").unwrap().bool(), Some(true));
    assert_eq!(top.field("f").unwrap().bool(), Some(false));
    let n = top.field("n").unwrap();
    assert_eq!((n.number(), n.loose(), n.text()), (None, Some("-7"), None));
    assert_eq!(top.field("g").unwrap().kind(), Kind::Fraction);
    assert_eq!(top.field("big").unwrap().number(), Some(u64::MAX));
    assert_eq!(top.field("bigger").unwrap().kind(), Kind::Fraction);
    assert_eq!(top.field("").unwrap().number(), Some(6));
    assert_eq!(top.optional_string("a"), Ok(Some("5".into())));
    assert_eq!((top.optional_string("x"), top.optional_string("t")), (Ok(None), Err(Malformed)));
    assert_eq!(b.optional_number("a"), Ok(Some(2)));
    assert_eq!(
        (top.optional_number("n"), top.optional_number("big")),
        (Err(Malformed), Err(Malformed))
    );
    let names: Vec<&str> = top.members().iter().map(|(name, _)| *name).collect();
    assert_eq!(names, ["", "a", "b", "big", "bigger", "f", "g", "n", "t"]);
}

#[test]
fn a_text_or_a_whole_number() {
    for (text, read) in [
        ("600", Some("600")),
        ("\"600\"", Some("600")),
        ("-1", Some("-1")),
        ("18446744073709551615", Some("18446744073709551615")),
        ("\"\"", Some("")),
        ("null", None),
        ("true", None),
        ("[]", None),
        ("{}", None),
        ("6.5", None),
    ] {
        assert_eq!(Document::read(text).unwrap().top().loose(), read, "{text}");
    }
}

#[test]
fn whole_numbers_in_every_form() {
    for (text, whole) in [
        ("300", Some(300)),
        ("300.0", Some(300)),
        ("3e2", Some(300)),
        ("0.0", Some(0)),
        ("1.0", Some(1)),
        ("4503599627370497.0", Some(4_503_599_627_370_497)),
        ("1e300", None),
        ("300.5", None),
        ("0.5", None),
        ("1e-300", None),
        ("-1", None),
        ("-300.0", None),
        ("\"300\"", None),
        ("true", None),
    ] {
        assert_eq!(Document::read(text).unwrap().top().integer(), whole, "{text}");
    }
}

#[test]
fn what_is_no_json_or_no_object() {
    for text in ["", "{", "{\"a\":}", "[1,]", "{} {}", "nul"] {
        assert!(Document::read(text).is_none(), "{text}");
    }
    for text in ["[]", "null", "1", "\"a\"", "{} "] {
        assert_eq!(Document::object(text.as_bytes()).is_some(), text == "{} ", "{text}");
    }
    assert!(Document::object(b"\xff").is_none());
}

#[test]
fn depth_and_length_are_bounded() {
    for (opening, closing, levels) in [("[", "]", 1), ("{\"a\":", "}", 1), ("[{\"a\":", "}]", 2)] {
        let nested = |times: usize| opening.repeat(times) + "0" + &closing.repeat(times);
        let most = DEPTH_MAX as usize / levels;
        assert!(Document::read(&nested(most)).is_some(), "{opening}");
        assert!(Document::read(&nested(most + 1)).is_none(), "{opening}");
        assert!(Document::read(&nested(100_000)).is_none(), "{opening}");
    }
    assert!(Document::read(&"[".repeat(100_000)).is_none());
    let list = |count: usize| format!("[0{}]", ",0".repeat(count - 1));
    assert!(Document::read(&list(VALUES_MAX - 1)).is_some());
    assert!(Document::read(&list(VALUES_MAX)).is_none());
}
