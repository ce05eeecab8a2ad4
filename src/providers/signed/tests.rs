//! Where requests go, and what may be told of an account's answers.

use super::*;
use crate::text::secret::Secret;

const SECRET: &str = "EXAMPLEsecretEXAMPLEsecret00000";

#[test]
fn the_host_is_the_one_that_is_sent() {
    for (base, host, path, at) in [
        ("https://a.example", "a.example", "/", "https://a.example/?q"),
        ("https://a.example:443", "a.example:443", "/", "https://a.example:443/?q"),
        ("http://127.0.0.1:8080/x/y", "127.0.0.1:8080", "/x/y", "http://127.0.0.1:8080/x/y?q"),
    ] {
        assert_eq!((place(base), url(base, "q").as_str()), ((host, path), at));
        assert_eq!(url(base, ""), at.trim_end_matches("?q"));
    }
}

#[test]
fn an_id_cannot_forge_a_header() {
    let secret = Secret::new(SECRET.into());
    let check = |id: &str| {
        let account =
            Account { base: "https://a", id, secret: &secret, zone_id: None, is_awaited: true };
        check_id(&account).map_err(|error| error.kind)
    };
    for good in ["LTAI5tEXAMPLEKEYID0000000", "a-b_c.d", &"a".repeat(128)] {
        assert_eq!(check(good), Ok(()), "{good}");
    }
    for bad in ["", "a,b", "a b", "a\r\nX: y", "ä", "a=b", "a/b", &"a".repeat(129)] {
        assert_eq!(check(bad), Err(Kind::Refused { code: None }), "{bad}");
    }
}

#[test]
fn what_a_server_repeats_is_not_shown() {
    let secret = Secret::new(SECRET.into());
    let account =
        Account { base: "https://a", id: "id", secret: &secret, zone_id: None, is_awaited: true };
    let message = format!("you sent {SECRET}\nERROR: forged\u{1b}[2J {}", "x".repeat(1000));
    let refusal = Refusal { code: format!("Bad.{SECRET}"), message };
    let failure = refused(&account, &refusal, Reason::Other, Kind::Unreachable, 0);
    let message = failure.error.into_message();
    assert!(
        message.starts_with("you sent (the secret)\u{fffd}ERROR: forged\u{fffd}[2J xxx"),
        "{message}"
    );
    assert!(message.ends_with("… (Bad.(the secret))") && message.lines().count() == 1, "{message}");
    let mut meta = ResponseMeta::default();
    note(&account, &mut meta, Some(String::new()));
    assert_eq!(meta.request_id, None);
    note(&account, &mut meta, Some(format!("r\n{SECRET}{}", "y".repeat(100))));
    note(&account, &mut meta, None);
    let id = meta.request_id.unwrap();
    assert!(id.starts_with("r\u{fffd}(the secret)yyy") && id.chars().count() <= 65, "{id}");
}

#[test]
fn a_refusal_that_says_nothing_is_told_all_the_same() {
    let secret = Secret::new(SECRET.into());
    let account =
        Account { base: "https://a", id: "id", secret: &secret, zone_id: None, is_awaited: true };
    let refusal = Refusal { code: String::new(), message: " ".into() };
    let failure = refused(&account, &refusal, Reason::Clock, Kind::Unreachable, 1_767_323_045);
    let advice = "The clock of this machine is wrong: it says 2026-01-02T03:04:05Z. Set it.";
    assert_eq!(failure.error.message, format!("The API gave no message (no code)\n{advice}"));
}
