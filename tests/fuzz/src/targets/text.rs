//! Small grammars: what is written can be read, and what is read is what was meant.

use crate::apis::access;
use crate::apis::caller::{self, Network};
use crate::judge;
use crate::log::format::{Format, Style};
use crate::log::record::Record;
use crate::log::logger::Level;
use crate::notify::{Notice, Notifier};
use crate::os::clock::Moment;
use crate::sources::public;
use crate::text::{
    base64, dns_name, json_syntax, percent, printable, punycode, query, resolv_conf, txt_strings,
    url, utc,
};
use crate::wire::dns::name::Name;
use crate::wire::http::Request;
use crate::wire::retry_after;
use miniserde::json::{self, Value};
use std::net::IpAddr;

/// Where a text stops being JSON, against the reader that has to take the rest.
pub fn json(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let fault = json_syntax::find(text);
    let value = json::from_str::<Value>(text);
    match fault {
        None => assert!(value.is_ok(), "JSON, and not read"),
        Some((line, column, message)) => {
            judge::is_line(message);
            let begin = text.lines().nth(line - 1).unwrap_or_default();
            assert!(line <= 1 + text.matches('\n').count() && column <= 2 + begin.chars().count());
        }
    }
    if let Ok(value) = value {
        let again = json::to_string(&value);
        // Numbers are not written as they were read.
        if fault.is_none() && !again.contains("e+") && !again.contains("e-") {
            assert_eq!(json_syntax::find(&again), None, "{again}");
        }
    }
}

/// A format, behind a separator that of its dates, and behind another the message.
pub fn log_format(data: &[u8]) {
    let mut parts = judge::parts(data).map(judge::text);
    let mut next = || parts.next().unwrap_or_default();
    let (format, date, message) = (next(), next(), next());
    let style = [Style::Percent, Style::Brace, Style::Dollar][data.len() / 4 % 3];
    let read = Format::in_style(&format, style).and_then(|format| format.with_date(&date));
    let format = match read {
        Ok(format) => format,
        Err(message) => return judge::is_line(&message),
    };
    let seconds = [0, 951_868_799, 4_107_542_400, u64::MAX][data.len() % 4];
    let at = Moment { seconds, milliseconds: 7 };
    let (name, level) = ("pydyndns", Level::Warning);
    let line = format.line(&Record { name, level, message: &message, at });
    // Eight bytes may stand for a thousand blanks, or for other characters of four bytes.
    assert!(line.len() <= (message.len() + 4000) * (1 + data.len() / 8) + 40 * data.len());
}

pub fn resolver(data: &[u8]) {
    let text = judge::text(data);
    let conf = resolv_conf::read(&text);
    assert!((1..=3).contains(&conf.servers.len()));
    if let Some(domain) = &conf.domain {
        assert!(!domain.contains(|c: char| c.is_ascii_whitespace()));
        let _ = Name::from_text(domain);
    }
    let mut plain: String = conf.servers.iter().map(|one| format!("nameserver {one}\n")).collect();
    if let Some(domain) = &conf.domain {
        plain.push_str(&format!("search {domain}\n"));
    }
    let has_domain = conf.domain.as_ref().is_none_or(|domain| !domain.is_empty());
    if has_domain {
        assert_eq!(resolv_conf::read(&plain), conf);
    }
}

/// The first byte chooses; the rest is the text.
pub fn small(data: &[u8]) {
    let Some((&which, bytes)) = data.split_first() else { return };
    let text = judge::text(bytes);
    match which % 8 {
        0 => retry(&text),
        1 => queries(&text),
        2 => urls(&text),
        3 => names(&text),
        4 => {
            let plain = txt_strings::plain(&text);
            let again = txt_strings::plain(&txt_strings::quoted(&text));
            // Strings that are no UTF-8 stay as they are written, which may be in another way.
            let is_odd = plain == text && text.trim_matches([' ', '\t']).starts_with('"');
            assert!(again == plain || is_odd, "{text:?} {plain:?} {again:?}");
            if txt_strings::is_well_formed(&text) && !is_odd {
                assert_eq!(txt_strings::plain(&txt_strings::bare(&text)), plain);
            }
        }
        5 => codes(&text, bytes),
        6 => message(&text),
        _ => callers(&text),
    }
}

fn retry(text: &str) {
    const NOW: u64 = 1_795_300_000;
    let Some(seconds) = retry_after::seconds(text, NOW) else { return };
    if text.trim().bytes().all(|b| b.is_ascii_digit()) {
        assert_eq!(
            u64::from(seconds),
            text.trim().parse().unwrap_or(u64::MAX).min(u32::MAX.into())
        );
    } else if (1..u32::MAX).contains(&seconds) {
        // The same moment, as we write it: year, hour, minute.
        let stamp = utc::stamp(NOW + u64::from(seconds));
        let year = stamp.get(..4).unwrap();
        assert!(text.contains(year) || text.contains(":60 "), "{text:?} is {stamp}");
    }
}

fn queries(text: &str) {
    if let Ok(pairs) = query::pairs(text) {
        let mut written = String::new();
        for (name, value) in &pairs {
            percent::encode(name, &mut written);
            written.push('=');
            percent::encode(value, &mut written);
            written.push('&');
        }
        assert!(written.is_ascii());
        assert_eq!(query::pairs(&written), Ok(pairs));
    }
    let mut written = String::from("a=");
    percent::encode(text, &mut written);
    assert_eq!(query::pairs(&written), Ok(vec![("a".into(), text.into())]));
    let part = url::part(text);
    assert!(part.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~*@%".contains(&b)));
}

fn urls(text: &str) {
    let (any, api) = (url::any_base(text), url::api_base(text));
    match any {
        Ok((base, leaves)) => {
            assert!(base.bytes().all(|b| b.is_ascii_graphic()) && !base.contains('@'));
            assert_eq!(url::any_base(&base), Ok((base.clone(), leaves)));
            assert_eq!(leaves, api.is_err(), "{text:?}: {api:?}");
            if let Some((host, _, path)) = url::split_https(&base) {
                assert!(path.starts_with('/') && !host.is_empty());
                assert!(host.parse::<IpAddr>().is_ok() || dns_name::normalize(host).is_ok());
            }
        }
        Err(why) => {
            judge::is_line(&why);
            assert!(api.is_err());
        }
    }
}

fn names(text: &str) {
    if let Some(labels) = punycode::a_labels(text) {
        assert!(labels.is_ascii());
        assert!(text.ends_with("..") || punycode::is_same(text, &labels));
    }
    match dns_name::normalize(text) {
        Ok(name) => {
            assert_eq!(dns_name::normalize(&name).as_ref(), Ok(&name));
            assert!(Name::from_text(&name).is_ok_and(|wire| wire.to_string() == name));
            assert!(!name.contains("..") && !name.contains('/'));
        }
        Err(why) => judge::is_line(&why),
    }
    match Name::from_text(text) {
        Ok(name) => {
            let shown = name.to_string();
            let bare = text.strip_suffix('.').unwrap_or(text);
            assert!(shown.eq_ignore_ascii_case(bare) || name.is_root());
        }
        Err(why) => judge::is_line(&why),
    }
}

fn codes(text: &str, bytes: &[u8]) {
    assert_eq!(base64::decode(&base64::encode(bytes)).as_deref(), Some(bytes));
    if let Some(decoded) = base64::decode(text) {
        assert_eq!(base64::encode(&decoded), text, "two texts for the same bytes");
    }
    if let Some(given) = access::basic(text) {
        let pair = format!("{}:{}", given.user, given.password.expose());
        let again = access::basic(&format!("Basic {}", base64::encode(pair.as_bytes()))).unwrap();
        assert_eq!(again.user, given.user);
        assert!(!given.user.contains(':'));
    }
    let _ = access::bearer(text).map(|token| token.masked());
}

fn message(text: &str) {
    let line = printable::line(text, 40);
    judge::is_line(&line);
    assert!(line.chars().count() <= 41);
    assert_eq!(printable::line(&line, 41), line.trim());
    let all = printable::all(text);
    judge::is_line(&all);
    assert_eq!(all.chars().count(), text.chars().count());
    if let Ok(address) = text.parse() {
        let _ = public::unusable_reason(address);
    }
    let mut notifier = Notifier::new("https://ntfy.example/topic".into(), text, None);
    (0..10).for_each(|_| notifier.add(Notice::Failure, text));
    if let Some(call) = notifier.due(0) {
        assert!((1..=4096).contains(&call.body.len()) || text.trim().is_empty());
        call.headers.iter().for_each(|(_, value)| judge::is_line(value));
        assert!(call.headers.iter().all(|(_, value)| value.is_ascii() && value.len() < 600));
    }
}

fn callers(text: &str) {
    if let Some(network) = Network::parse(text) {
        let address: IpAddr = text.split('/').next().unwrap().parse().unwrap();
        assert!(network.has(address));
    }
    let mut headers = Vec::new();
    for line in text.lines() {
        if let Some((name, value)) = line.split_once(':') {
            headers.push((name.to_ascii_lowercase(), value.trim().to_string()));
        }
    }
    let peer = IpAddr::from([192, 0, 2, 1]);
    let [method, path, query] = ["GET", "/", ""].map(String::from);
    let request = Request { method, path, query, headers, body: vec![], peer };
    let proxies = [Network::parse("198.51.100.0/24").unwrap()];
    // The peer is no proxy: whatever the request says, it is the peer's.
    assert_eq!(caller::address(&request, Some(&proxies)), Some(peer));
    let proxies = [Network::parse("192.0.2.0/24").unwrap()];
    let _ = caller::address(&request, Some(&proxies));
    let _ = caller::address(&request, None);
}
