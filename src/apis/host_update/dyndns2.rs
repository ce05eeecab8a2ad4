//! `GET` or `POST /nic/update`: dyndns2, several hosts at once; the response has a line for each.
//!
//! Clients search the whole response for return codes, so it has no other text that could match.

use super::update_result::UpdateResult;
use super::{Form, HostUpdate, LogEvent, PendingRequest, Rules};
use super::{challenged, is_unreachable, refused, unconfigured, unreachable};
use crate::apis::access::{self, Basic};
use crate::apis::caller;
use crate::text::secret::Secret;
use crate::text::{dns_name, printable, query};
use crate::wire::http::{Request, Response};
use std::net::IpAddr;

/// Most hosts in a request, as at Dyn.
const HOSTS_MAX: usize = 20;
/// The challenge with status 401.
pub const REALM: &str = "Basic realm=\"dyndns\"";

const PATH: &str = "nic/update";

/// Names that clients use for a parameter, in any case.
const HOST_NAMES: &[&str] = &["hostname", "host", "hostnames"];
const ADDRESSES: &[&str] = &[
    "myip", "ip", "ipv4", "ip4", "myipv4", "myip4", "ip4addr", "myipv6", "ipv6", "ip6", "myip6",
    "ip6addr",
];
const USERS: &[&str] = &["user", "username"];
const PASSWORDS: &[&str] = &["pass", "password"];
/// In place of an address: the record is not to be changed.
const PRESERVE: &str = "preserve";
/// The response to `offline=YES`: the protocol's code for an unsupported option.
const OFFLINE: &str = "!donator offline=YES is not supported";
/// Why a host with a key cannot be updated.
const UNLISTED: &str = "it is not in both ALLOWED_FQDNS and REGISTERED_FQDNS";
/// How much of a parameter's name is shown, in characters.
const PARAMETER_CHARACTERS_MAX: usize = 40;

/// Whether the path, without leading slashes, is this service's. Old FRITZ!Boxes send the second of
/// two URLs as part of it.
pub fn is_path(path: &str) -> bool {
    let rest = path.strip_prefix(PATH);
    rest.is_some_and(|rest| rest.is_empty() || rest == "/" || rest.starts_with("%20"))
}

/// The requested updates, or the response that refuses them.
pub fn read(
    rules: &Rules,
    request: &Request,
    events: &mut Vec<LogEvent>,
) -> Result<PendingRequest, Response> {
    if !matches!(request.method.as_str(), "GET" | "POST") {
        return Err(Response::text(405, "badagent\n").with("Allow", "GET, POST"));
    }
    let mut refuse = |status, name: &str, word: &str, why: &str| {
        events.push(refused(rules, request, name, &format!("{word}: {why}")));
        Err(Response::text(status, format!("{word}\n")))
    };
    let pairs = match pairs(request, b' ') {
        Ok(pairs) => pairs,
        Err(why) => return refuse(400, "", "notfqdn", &why),
    };
    let hosts = hosts(&pairs);
    if hosts.is_empty() {
        return refuse(200, "", "notfqdn", "the parameter hostname is missing");
    }
    if hosts.len() > HOSTS_MAX {
        let first = hosts.first().copied().unwrap_or_default();
        return refuse(200, first, "numhost", &format!("more than {HOSTS_MAX} hosts"));
    }
    let given = credentials(request, &pairs);
    let mut names = Vec::new();
    let (mut first, mut any_authorized) = (None, false);
    for sent in &hosts {
        let name = full_name(sent);
        // Try each, so that the time does not show which one is known.
        let is_authorized = name.as_ref().is_some_and(|name| is_authorized(rules, &given, name));
        any_authorized |= is_authorized;
        if first.is_none() {
            first.clone_from(&name);
        }
        names.push((name, is_authorized));
    }
    if let Some(first) = first
        && !any_authorized
    {
        events.push(refused_credentials(rules, request, &given, &hosts, &first));
        return Err(Response::text(401, "badauth\n").with("WWW-Authenticate", REALM));
    }
    let addresses = addresses(rules, request, &pairs);
    let is_offline = pairs.iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("offline") && value.trim_ascii().eq_ignore_ascii_case("yes")
    });
    let (mut lines, mut updates) = (Vec::new(), Vec::new());
    let is_guess = names.iter().any(|(name, is_authorized)| name.is_some() && !is_authorized);
    for ((name, is_authorized), sent) in names.into_iter().zip(hosts) {
        let refusal = match (name, &addresses) {
            (None, _) => Some(("notfqdn", "no full name".into())),
            (Some(name), _) if !is_authorized => Some(("nohost", why_not(rules, &given, &name))),
            (Some(name), addresses) => match (unconfigured(rules), addresses) {
                (Some(why), _) => Some(("911", why.into())),
                _ if !rules.may_update(&name) => Some(("nohost", UNLISTED.into())),
                _ if is_offline => Some((OFFLINE, String::new())),
                (_, Err(why)) => Some(("dnserr", why.clone())),
                (_, Ok(addresses)) => {
                    for &one in addresses {
                        updates.push(HostUpdate::new(name.clone(), one, lines.len()));
                    }
                    None
                }
            },
        };
        lines.push(refusal.as_ref().map(|(word, _)| *word));
        if let Some((word, why)) = refusal {
            let colon = if why.is_empty() { "" } else { ": " };
            events.push(refused(rules, request, sent, &format!("{word}{colon}{why}")));
        }
    }
    Ok(PendingRequest { form: Form::Lines(lines), updates, is_guess })
}

/// The event if the credentials are wrong for all hosts, of which `first` is the first.
fn refused_credentials(
    rules: &Rules,
    request: &Request,
    given: &[Basic],
    hosts: &[&str],
    first: &str,
) -> LogEvent {
    let shown = hosts.join(",");
    let sent = request.header("authorization").or(request.header("x-pre-shared-key"));
    if given.is_empty() && sent.is_none() {
        return challenged(rules, request, &shown);
    }
    let why = why_not(rules, given, first);
    refused(rules, request, &shown, &format!("badauth: {why}"))
}

/// The parameters of the query, then those of a form; `plus` is the meaning of `+`.
fn pairs(request: &Request, plus: u8) -> Result<Vec<(String, String)>, String> {
    let mut pairs = query::lenient(&request.query, plus)?;
    let is_form = matches!(request.media_type().as_str(), "" | "application/x-www-form-urlencoded");
    if request.method == "POST" && is_form {
        let body = String::from_utf8_lossy(&request.body);
        pairs.extend(query::lenient(body.trim_ascii(), plus)?);
    }
    Ok(pairs)
}

fn is_one_of(name: &str, names: &[&str]) -> bool {
    names.iter().any(|one| one.eq_ignore_ascii_case(name))
}

/// The first non-blank value of these parameters.
fn value<'a>(pairs: &'a [(String, String)], names: &[&str]) -> &'a str {
    let values = pairs.iter().filter(|(name, _)| is_one_of(name, names));
    let mut values = values.map(|(_, value)| value.trim_ascii()).filter(|value| !value.is_empty());
    values.next().unwrap_or_default()
}

fn items(list: &str) -> impl Iterator<Item = &str> {
    list.split(',').map(str::trim_ascii).filter(|item| !item.is_empty())
}

/// All hosts of the first such parameter that has any.
fn hosts(pairs: &[(String, String)]) -> Vec<&str> {
    let mut hosts = Vec::new();
    for host_name in HOST_NAMES {
        for (_, list) in pairs.iter().filter(|(name, _)| name.eq_ignore_ascii_case(host_name)) {
            hosts.extend(items(list));
        }
        if !hosts.is_empty() {
            break;
        }
    }
    hosts
}

/// The name in lower case, if it is more than one label.
fn full_name(text: &str) -> Option<String> {
    dns_name::normalize(text).ok().filter(|name| name.contains('.'))
}

/// All credentials of a request, in either place. Those of a query are decoded with `+` as a space
/// and as itself, for clients that do not escape.
fn credentials(request: &Request, pairs: &[(String, String)]) -> Vec<Basic> {
    let mut all = Vec::new();
    all.extend(request.header("authorization").and_then(access::basic));
    let literal = self::pairs(request, b'+').unwrap_or_default();
    for pairs in [pairs, &literal] {
        let (user, password) = (value(pairs, USERS), value(pairs, PASSWORDS));
        if !password.is_empty() {
            all.push(Basic { user: user.into(), password: Secret::new(password.into()) });
        }
    }
    all
}

/// Whether one of the credentials is valid for the host: its first label or whole name as user with
/// its key, or those for all hosts. A host without a key cannot be updated.
fn is_authorized(rules: &Rules, credentials: &[Basic], name: &str) -> bool {
    let mut opens = false;
    for given in credentials {
        opens |= rules.is_key(name, given.password.expose()) & is_user(given, name);
        opens |= rules.is_master(given) & rules.has_key(name);
    }
    opens
}

fn is_user(given: &Basic, name: &str) -> bool {
    let label = name.split('.').next().unwrap_or_default();
    let user = given.user.strip_suffix('.').unwrap_or(&given.user);
    user.eq_ignore_ascii_case(label) || user.eq_ignore_ascii_case(name)
}

/// Why the credentials are wrong for the host, for the operator.
fn why_not(rules: &Rules, credentials: &[Basic], name: &str) -> String {
    let label = name.split('.').next().unwrap_or_default();
    let why = if !rules.has_key(name) {
        return "the key file has no key for it".into();
    } else if credentials.is_empty() {
        "no user and password could be read"
    } else if credentials.iter().any(|given| rules.is_key(name, given.password.expose())) {
        "wrong user"
    } else if credentials.iter().any(|given| rules.is_masters_name(&given.user)) {
        return "the password is not BASIC_AUTH_PASSWORD".into();
    } else {
        "wrong key"
    };
    format!("{why}: the user is {label} or {name}, the password the host's key")
}

/// The first address of each family, in the request's order; the client's if there is none.
///
/// # Errors
/// Why there is no usable address, for the operator.
fn addresses(
    rules: &Rules,
    request: &Request,
    pairs: &[(String, String)],
) -> Result<Vec<IpAddr>, String> {
    let mut addresses: Vec<IpAddr> = Vec::new();
    let mut is_kept = false;
    let is_address = |(name, _): &&(String, String)| is_one_of(name, ADDRESSES);
    for (name, list) in pairs.iter().filter(is_address) {
        for item in items(list) {
            if item.eq_ignore_ascii_case(PRESERVE) {
                is_kept = true;
                continue;
            }
            let address = address(item).ok_or_else(|| format!("{name} is not an address"))?;
            if is_unreachable(address) {
                return Err(unreachable(address));
            }
            if !addresses.iter().any(|one| one.is_ipv4() == address.is_ipv4()) {
                addresses.push(address);
            }
        }
    }
    if addresses.is_empty() && !is_kept {
        // With an address in an unknown parameter, the client's is not meant.
        if let Some((name, _)) = pairs.iter().find(is_stray) {
            let name = printable::line(name, PARAMETER_CHARACTERS_MAX);
            return Err(format!("unknown parameter {name} has an address; use myip"));
        }
        let caller = caller::address(request, rules.proxies.as_deref());
        addresses.push(caller.ok_or("X-Real-Ip or X-Forwarded-For has no address")?);
    }
    Ok(addresses)
}

/// The address in a list item, optionally in brackets. A prefix has its length, and after a space
/// the next URL may follow.
fn address(item: &str) -> Option<IpAddr> {
    let item = item.split(['/', ' ']).next().unwrap_or_default();
    let bare = item.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(item);
    bare.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

/// Whether it is an unknown parameter with an address.
fn is_stray((name, list): &&(String, String)) -> bool {
    let is_known = [HOST_NAMES, USERS, PASSWORDS].iter().any(|names| is_one_of(name, names));
    !is_known && items(list).any(|item| !item.contains('/') && address(item).is_some())
}

/// The response once all updates are done.
pub fn answer(lines: &[Option<&'static str>], updates: &[HostUpdate]) -> Response {
    let mut body = String::new();
    for (number, word) in lines.iter().enumerate() {
        match word {
            Some(word) => body.push_str(word),
            None => push_line(&mut body, updates.iter().filter(|update| update.line == number)),
        }
        body.push('\n');
    }
    Response::text(200, body)
}

/// One line for all addresses of a host: clients match lines to hosts by position.
fn push_line<'a>(body: &mut String, updates: impl Iterator<Item = &'a HostUpdate>) {
    let mut word = "nochg";
    let mut shown = String::new();
    for update in updates {
        match &update.result {
            Some(UpdateResult::Unchanged) => {}
            Some(UpdateResult::Created | UpdateResult::Updated) => word = "good",
            Some(UpdateResult::Failed(failure)) => return body.push_str(failure.word),
            None => return body.push_str("911"),
        }
        shown.push(if shown.is_empty() { ' ' } else { ',' });
        shown.push_str(&update.address.to_string());
    }
    body.push_str(word);
    body.push_str(&shown);
}
