//! `GET` or `POST /nic/update`: dyndns2, several hosts at once; a line of text for each comes back.
//!
//! Clients look for words anywhere in the answer, so it never holds any but the protocol's own.

use super::settled::Settled;
use super::{Form, News, Order, Piece, Rules, refused};
use crate::apis::access::{self, Basic};
use crate::apis::caller;
use crate::text::secret::Secret;
use crate::text::{dns_name, query};
use crate::wire::http::{Request, Response};
use std::net::IpAddr;

/// Most hosts in a request, as at Dyn.
const HOSTS_MAX: usize = 20;
/// What is asked for with 401.
pub const REALM: &str = "Basic realm=\"dyndns\"";

const PATH: &str = "/nic/update";

/// Names that clients know a parameter by.
const HOST_NAMES: &[&str] = &["hostname", "host", "hostnames"];
const ADDRESSES: &[&str] = &["myip", "ip"];
const ADDRESSES_V6: &[&str] = &["myipv6", "ip6", "ipv6"];
const USERS: &[&str] = &["user", "username"];
const PASSWORDS: &[&str] = &["pass", "password"];

/// Whether the path is this service's. Old Fritz!Boxes send the second of two URLs as part of it.
pub fn is_path(path: &str) -> bool {
    let rest = path.strip_prefix(PATH);
    rest.is_some_and(|rest| rest.is_empty() || rest == "/" || rest.starts_with("%20"))
}

/// What is asked for, or the answer that it will not be done.
pub fn read(rules: &Rules, request: &Request, news: &mut Vec<News>) -> Result<Order, Response> {
    if !matches!(request.method.as_str(), "GET" | "POST") {
        return Err(Response::text(405, "badagent\n").with("Allow", "GET, POST"));
    }
    let mut refuse = |status, name: &str, word: &str| {
        news.push(refused(rules, request, name, word));
        Err(Response::text(status, format!("{word}\n")))
    };
    let Ok(pairs) = pairs(request) else { return refuse(400, "", "notfqdn") };
    let hosts = items(value(&pairs, HOST_NAMES));
    if hosts.is_empty() {
        return refuse(200, "", "notfqdn");
    }
    if hosts.len() > HOSTS_MAX {
        return refuse(200, hosts.first().copied().unwrap_or_default(), "numhost");
    }
    let names: Vec<Option<String>> = hosts.iter().map(|host| full_name(host)).collect();
    let given = credentials(request, &pairs);
    let may_enter = |name: &String| may_enter(rules, &given, name);
    // Each is tried, so that the time does not tell which of them is known.
    let entered: Vec<bool> =
        names.iter().map(|name| name.as_ref().is_some_and(may_enter)).collect();
    if names.iter().any(Option::is_some) && !entered.contains(&true) {
        let shown = hosts.join(",");
        return refuse(401, &shown, "badauth")
            .map_err(|response| response.with("WWW-Authenticate", REALM));
    }
    let addresses = addresses(rules, request, &pairs);
    let (mut lines, mut pieces) = (Vec::new(), Vec::new());
    for (line, ((name, sent), entered)) in names.into_iter().zip(hosts).zip(entered).enumerate() {
        let word = match (&name, &addresses) {
            (None, _) => Some("notfqdn"),
            (Some(_), _) if !entered => Some("nohost"),
            (Some(_), _) if rules.token.is_none() || rules.allowed.is_empty() => Some("911"),
            (Some(name), _) if !rules.may_update(name) => Some("nohost"),
            (Some(_), None) => Some("dnserr"),
            (Some(name), Some(addresses)) => {
                pieces.extend(addresses.iter().map(|&one| Piece::new(name.clone(), one, line)));
                None
            }
        };
        lines.push(word);
        news.extend(word.map(|word| refused(rules, request, sent, word)));
    }
    Ok(Order { form: Form::Lines(lines), pieces })
}

/// The parameters of the query, then those of a form.
fn pairs(request: &Request) -> Result<Vec<(String, String)>, String> {
    let mut pairs = query::pairs(&request.query)?;
    let is_form = matches!(request.media_type().as_str(), "" | "application/x-www-form-urlencoded");
    if request.method == "POST" && is_form {
        let body = std::str::from_utf8(&request.body).map_err(|_| "no UTF-8")?;
        pairs.extend(query::pairs(body.trim_ascii())?);
    }
    Ok(pairs)
}

/// The first parameter of these names that says anything.
fn value<'a>(pairs: &'a [(String, String)], names: &[&str]) -> &'a str {
    let values = names.iter().flat_map(|name| pairs.iter().filter(move |(one, _)| one == name));
    let mut said = values.map(|(_, value)| value.trim_ascii()).filter(|value| !value.is_empty());
    said.next().unwrap_or_default()
}

fn items(list: &str) -> Vec<&str> {
    list.split(',').map(str::trim_ascii).filter(|item| !item.is_empty()).collect()
}

/// The name in lower case, if it is more than one label.
fn full_name(text: &str) -> Option<String> {
    dns_name::normalize(text).ok().filter(|name| name.contains('.'))
}

/// All credentials that were sent, in either place.
fn credentials(request: &Request, pairs: &[(String, String)]) -> Vec<Basic> {
    let header = request.header("authorization").and_then(access::basic);
    let (user, password) = (value(pairs, USERS), value(pairs, PASSWORDS));
    let query = (!password.is_empty())
        .then(|| Basic { user: user.into(), password: Secret::new(password.into()) });
    header.into_iter().chain(query).collect()
}

/// Whether one of the credentials opens the host: its first label and its key, or those for all
/// hosts. One without a key nobody gets at.
fn may_enter(rules: &Rules, credentials: &[Basic], name: &str) -> bool {
    let label = name.split('.').next().unwrap_or_default();
    let mut opens = false;
    for given in credentials {
        let is_key = rules.is_key(name, given.password.expose());
        opens |= is_key & given.user.eq_ignore_ascii_case(label);
        opens |= rules.is_master(given) & rules.has_key(name);
    }
    opens
}

/// The first address of each family, in the order they were sent; the caller's where none was.
/// Nothing where one cannot be used.
fn addresses(rules: &Rules, request: &Request, pairs: &[(String, String)]) -> Option<Vec<IpAddr>> {
    let mut addresses: Vec<IpAddr> = Vec::new();
    for names in [ADDRESSES, ADDRESSES_V6] {
        for item in items(value(pairs, names)) {
            // A prefix comes with its length, and behind a blank the next URL may follow.
            let item = item.split(['/', ' ']).next().unwrap_or_default();
            let address = item.parse::<IpAddr>().ok()?.to_canonical();
            if !addresses.iter().any(|one| one.is_ipv4() == address.is_ipv4()) {
                addresses.push(address);
            }
        }
    }
    if addresses.is_empty() {
        addresses.push(caller::address(request, rules.proxies.as_deref())?);
    }
    Some(addresses)
}

/// The answer once all pieces are settled.
pub fn answer(lines: &[Option<&'static str>], pieces: &[Piece]) -> Response {
    let mut body = String::new();
    for (number, word) in lines.iter().enumerate() {
        match word {
            Some(word) => body.push_str(word),
            None => push_line(&mut body, pieces.iter().filter(|piece| piece.line == number)),
        }
        body.push('\n');
    }
    Response::text(200, body)
}

/// One line for all addresses of a host: clients match lines to hosts by their number.
fn push_line<'a>(body: &mut String, pieces: impl Iterator<Item = &'a Piece>) {
    let mut word = "nochg";
    let mut shown = String::new();
    for piece in pieces {
        match &piece.settled {
            Some(Settled::Unchanged) => {}
            Some(Settled::Created | Settled::Updated) => word = "good",
            Some(Settled::Failed(failure)) => return body.push_str(failure.word),
            None => return body.push_str("911"),
        }
        shown.push(if shown.is_empty() { ' ' } else { ',' });
        shown.push_str(&piece.address.to_string());
    }
    body.push_str(word);
    body.push_str(&shown);
}
