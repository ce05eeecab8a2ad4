//! Hetzner's Cloud API for DNS: one RRset per name and type, written as a whole.
//!
//! Facts from the API reference: <https://docs.hetzner.cloud/reference/cloud#zone-rrsets>.

mod actions;
mod api_errors;

use super::{Account, Editor};
use crate::env::{Env, Method, Request, Response};
use crate::error::{Error, Kind};
use crate::record::{Entry, ResponseMeta, Standing};
use crate::text::url::part;
use crate::text::{printable, punycode};
use crate::wire::hetzner::{self as wire, Answer};
use api_errors::NAME_CHARACTERS_MAX;
use std::cell::Cell;

/// Zones asked for in one page, which is the most there are.
const PAGE_ZONES: usize = 50;
/// Pages read before there are too many zones to choose from.
const PAGES_MAX: usize = 40;
/// Waits before what could not be done just then is asked for again, in milliseconds.
const BUSY_MILLISECONDS: [u32; 3] = [1000, 2000, 4000];

/// One project, whose token it is.
pub struct Hetzner<'a> {
    account: Account<'a>,
    /// Whether actions cannot be looked at, as an earlier write has shown.
    hides_actions: Cell<bool>,
}

impl<'a> Hetzner<'a> {
    pub fn new(account: Account<'a>) -> Hetzner<'a> {
        Hetzner { account, hides_actions: Cell::new(false) }
    }
}

impl Editor for Hetzner<'_> {
    fn zones(&self, env: &mut dyn Env, meta: &mut ResponseMeta) -> Result<Vec<String>, Error> {
        let mut names = Vec::new();
        for number in 1..=PAGES_MAX {
            let path = format!("/zones?page={number}&per_page={PAGE_ZONES}");
            let request = self.request(Method::Get, &path, String::new());
            let body = self.ask(env, &request, meta)?;
            let mut page = wire::zones(&body).ok_or_else(|| odd(&request, "a list of zones"))?;
            names.append(&mut page.names);
            if page.held == 0 || !page.has_more.unwrap_or(page.held >= PAGE_ZONES) {
                return Ok(names);
            }
        }
        let message = format!("there are more than {} zones", PAGES_MAX * PAGE_ZONES);
        Err(Error::new(Kind::InvalidResponse, message))
    }

    fn find(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        meta: &mut ResponseMeta,
    ) -> Result<Option<Vec<Standing>>, Error> {
        match self.records(env, entry, meta) {
            Ok(records) => Ok(Some(records)),
            Err(failure) if failure.is_missing() => {
                let stands = self.zone_stands(env, &entry.zone, meta)?;
                Ok(stands.then(Vec::new))
            }
            Err(failure) => Err(failure.error),
        }
    }

    fn insert(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        meta: &mut ResponseMeta,
    ) -> Result<Standing, Error> {
        let failure = match self.create(env, entry, meta) {
            Ok(standing) => return Ok(standing),
            Err(failure) => failure,
        };
        if !failure.is(409, "uniqueness_error") {
            return Err(failure.error);
        }
        // Somebody else has made it since it was looked for.
        match self.records(env, entry, meta) {
            Ok(from) if !from.is_empty() => Ok(self.replace(env, entry, &from, meta)?),
            _ => Err(failure.error),
        }
    }

    fn change(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        from: &[Standing],
        meta: &mut ResponseMeta,
    ) -> Result<Standing, Error> {
        match self.replace(env, entry, from, meta) {
            Ok(standing) => Ok(standing),
            // Somebody else has removed it since it was found.
            Err(failure) if failure.is_missing() => Ok(self.create(env, entry, meta)?),
            Err(failure) => Err(failure.error),
        }
    }
}

impl Hetzner<'_> {
    fn request(&self, method: Method, path: &str, body: String) -> Request<'_> {
        let url = format!("{}{path}", self.account.base);
        Request { method, url, bearer: Some(self.account.secret), headers: Vec::new(), body }
    }

    /// Sends a request and gives back the body of a success. It is sent again only where the
    /// answer says that nothing was done because of somebody else.
    fn ask(
        &self,
        env: &mut dyn Env,
        request: &Request,
        meta: &mut ResponseMeta,
    ) -> Result<Vec<u8>, Failure> {
        let mut waits = BUSY_MILLISECONDS.iter();
        loop {
            let failure = match self.ask_once(env, request, meta) {
                Ok(body) => return Ok(body),
                Err(failure) => failure,
            };
            let is_busy = failure.is(409, "conflict") || failure.is(423, "locked");
            match waits.next().filter(|_| is_busy) {
                Some(&wait) if env.pause(wait).is_ok() => {}
                _ => return Err(failure),
            }
        }
    }

    fn ask_once(
        &self,
        env: &mut dyn Env,
        request: &Request,
        meta: &mut ResponseMeta,
    ) -> Result<Vec<u8>, Failure> {
        let response = env.http(request)?;
        if let Some(id) = response.header("x-correlation-id") {
            let id = self.account.secret.struck_from(id);
            meta.request_id = Some(printable::line(&id, NAME_CHARACTERS_MAX));
        }
        match response.status {
            200..300 if super::portal_advice(&response).is_none() => Ok(response.body),
            _ => Err(self.refused(env, request, &response)),
        }
    }

    /// Why there was no success, in words.
    fn refused(&self, env: &mut dyn Env, request: &Request, response: &Response) -> Failure {
        let secret = self.account.secret;
        let after = response.retry_after(env.now());
        let why = wire::refusal(&response.body);
        let otherwise = match response.status {
            401 | 403 => Kind::Refused { code: None },
            _ if why.is_some() => Kind::Refused { code: None },
            _ => Kind::InvalidResponse,
        };
        let kind = super::kind_of(response.status, after, otherwise);
        let message = match &why {
            Some(why) => api_errors::refusal(why, secret, after),
            None => {
                let expected =
                    if response.status < 300 { "a JSON object" } else { "JSON with an error" };
                api_errors::unreadable(&request.subject(), response, expected, secret, after)
            }
        };
        let code = why.map(|why| why.code).unwrap_or_default();
        Failure { status: response.status, code, error: Error::new(kind, message) }
    }

    /// Whether the project has that zone.
    fn zone_stands(
        &self,
        env: &mut dyn Env,
        name: &str,
        meta: &mut ResponseMeta,
    ) -> Result<bool, Error> {
        let request = self.request(Method::Get, &format!("/zones/{}", part(name)), String::new());
        let body = match self.ask(env, &request, meta) {
            Ok(body) => body,
            Err(failure) if failure.is_missing() => return Ok(false),
            Err(failure) => return Err(failure.error),
        };
        match wire::zone(&body) {
            Some(shown) if punycode::is_same(&shown, name) => Ok(true),
            _ => Err(odd(&request, "the zone").error),
        }
    }

    /// The records of the entry's name and type.
    fn records(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        meta: &mut ResponseMeta,
    ) -> Result<Vec<Standing>, Failure> {
        let request = self.request(Method::Get, &rrset_path(entry), String::new());
        let body = self.ask(env, &request, meta)?;
        let records = wire::answer(&body, entry).and_then(|answer| answer.records);
        records.ok_or_else(|| odd(&request, "the RRset"))
    }

    fn create(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        meta: &mut ResponseMeta,
    ) -> Result<Standing, Failure> {
        let path = rrsets_path(entry);
        let shown = self.write(env, entry, &path, wire::create(entry), meta)?;
        Ok(shown.unwrap_or_else(|| as_asked(entry)))
    }

    /// Makes the entry's value the only one of an RRset, and sets its ttl if that is asked for.
    fn replace(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        from: &[Standing],
        meta: &mut ResponseMeta,
    ) -> Result<Standing, Failure> {
        let path = rrset_path(entry);
        let before = from.iter().find(|one| entry.has_value(&one.value)).or(from.first());
        let mut now = as_asked(entry);
        now.ttl = before.and_then(|one| one.ttl);
        // One that is not repeated would be lost.
        now.comment = now.comment.or_else(|| before.and_then(|one| one.comment.clone()));
        let stands = match from {
            [one] => entry.has_value(&one.value) && entry.fits_comment(one.comment.as_deref()),
            _ => false,
        };
        if !stands {
            let body = wire::set_records(entry, now.comment.as_deref());
            self.write(env, entry, &format!("{path}/actions/set_records"), body, meta)?;
        }
        let Some(ttl) = entry.ttl.filter(|_| !entry.fits_ttl(now.ttl)) else { return Ok(now) };
        let path = format!("{path}/actions/change_ttl");
        match self.write(env, entry, &path, wire::change_ttl(ttl), meta) {
            Ok(_) => now.ttl = Some(ttl),
            // What matters most is done.
            Err(failure) if !stands => {
                let why = failure.error.into_message();
                let why = why.lines().next().unwrap_or_default();
                meta.warnings.push(format!("the ttl could not be set: {why}"));
            }
            Err(failure) => return Err(failure),
        }
        Ok(now)
    }

    /// Sends a write and waits until it is done. Gives back the record the answer shows, where it
    /// shows any.
    fn write(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        path: &str,
        body: String,
        meta: &mut ResponseMeta,
    ) -> Result<Option<Standing>, Failure> {
        let request = self.request(Method::Post, path, body);
        let body = self.ask(env, &request, meta)?;
        let Some(Answer { records, shows_any, action: Some(action) }) = wire::answer(&body, entry)
        else {
            return Err(odd(&request, "an action"));
        };
        let shown = records.unwrap_or_default().into_iter().find(|one| entry.has_value(&one.value));
        if shows_any && shown.is_none() {
            return Err(odd(&request, "the RRset as it was to be"));
        }
        self.finish(env, entry, action, meta)?;
        Ok(shown)
    }
}

/// Why there was no success: the status and the API's own word for the reason, where there was one.
struct Failure {
    status: u16,
    code: String,
    error: Error,
}

impl Failure {
    fn is(&self, status: u16, code: &str) -> bool {
        self.status == status && self.code == code
    }

    fn is_missing(&self) -> bool {
        self.is(404, "not_found")
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure { status: 0, code: String::new(), error }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        failure.error
    }
}

fn odd(request: &Request, expected: &str) -> Failure {
    let message = format!("{}: the answer is not {expected}.", request.subject());
    Error::new(Kind::InvalidResponse, message).into()
}

fn as_asked(entry: &Entry) -> Standing {
    Standing {
        id: wire::id(entry),
        value: entry.value.clone(),
        ttl: entry.ttl,
        comment: entry.comment.clone(),
        ..Standing::default()
    }
}

fn rrsets_path(entry: &Entry) -> String {
    format!("/zones/{}/rrsets", part(&entry.zone))
}

fn rrset_path(entry: &Entry) -> String {
    format!("{}/{}/{}", rrsets_path(entry), part(&entry.record), entry.kind.as_str())
}

#[cfg(test)]
mod tests;
