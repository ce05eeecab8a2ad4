//! Hetzner's Cloud API for DNS: one RRset per name and type, written as a whole.
//!
//! Facts from the API reference: <https://docs.hetzner.cloud/reference/cloud#zone-rrsets>.

mod actions;
mod api_errors;
mod changes;

use super::failure::{Failure, Reason};
use super::{Account, RecordStore};
use crate::env::{Env, Method, Request, Response};
use crate::error::{Error, Kind};
use crate::record::{Change, Record, ResponseMeta, RrSet, SetChanges, Value};
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

impl RecordStore for Hetzner<'_> {
    fn zones(&self, env: &mut dyn Env, meta: &mut ResponseMeta) -> Result<Vec<String>, Error> {
        let mut names = Vec::new();
        for number in 1..=PAGES_MAX {
            let path = format!("/zones?page={number}&per_page={PAGE_ZONES}");
            let mut page = wire::Zones::default();
            self.ask(env, Method::Get, &path, String::new(), meta, &mut |body| {
                page = wire::zones(body).ok_or("a list of zones")?;
                Ok(())
            })?;
            names.append(&mut page.names);
            if page.held == 0 || !page.has_more.unwrap_or(page.held >= PAGE_ZONES) {
                return Ok(names);
            }
        }
        Err(Error::with(
            Kind::InvalidResponse,
            format_args!("there are more than {} zones", PAGES_MAX * PAGE_ZONES),
        ))
    }

    fn list(
        &self,
        env: &mut dyn Env,
        set: &RrSet,
        meta: &mut ResponseMeta,
    ) -> Result<Option<Vec<Record>>, Error> {
        match self.records(env, set, meta) {
            Ok(records) => Ok(Some(records)),
            Err(failure) if failure.reason == Reason::NoRecord => {
                let exists = self.zone_exists(env, set.zone_name(), meta)?;
                Ok(exists.then(Vec::new))
            }
            Err(failure) => Err(failure.error),
        }
    }

    fn apply(
        &self,
        env: &mut dyn Env,
        work: &[SetChanges],
        done: &mut Vec<Option<Record>>,
        meta: &mut ResponseMeta,
    ) -> Result<(), Error> {
        for one in work {
            done.append(&mut self.apply_set(env, one, meta)?);
        }
        Ok(())
    }
}

/// Takes what is wanted from the body of an answer, or says what it should have been.
type Read<'a> = &'a mut dyn FnMut(&[u8]) -> Result<(), &'static str>;

impl Hetzner<'_> {
    /// Sends a request and has the body of a success read. It is sent again only where the answer
    /// says that nothing was done because of somebody else.
    fn ask(
        &self,
        env: &mut dyn Env,
        method: Method,
        path: &str,
        body: String,
        meta: &mut ResponseMeta,
        read: Read,
    ) -> Result<(), Failure> {
        let request = self.account.request(method, path, body);
        let mut waits = BUSY_MILLISECONDS.iter();
        loop {
            let failure = match self.ask_once(env, &request, meta) {
                Ok(body) => {
                    return read(&body).map_err(|expected| unexpected(&request, expected));
                }
                Err(failure) => failure,
            };
            match waits.next().filter(|_| failure.reason == Reason::Busy) {
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
        let reason = match (response.status, code.as_str()) {
            (404, "not_found") => Reason::NoRecord,
            (409, "uniqueness_error") => Reason::Duplicate,
            (409, "conflict") | (423, "locked") => Reason::Busy,
            _ => Reason::Other,
        };
        Failure { reason, error: Error::new(kind, message) }
    }

    /// Whether the project has that zone.
    fn zone_exists(
        &self,
        env: &mut dyn Env,
        name: &str,
        meta: &mut ResponseMeta,
    ) -> Result<bool, Error> {
        let path = format!("/zones/{}", part(name));
        let asked =
            self.ask(env, Method::Get, &path, String::new(), meta, &mut |body| match wire::zone(
                body,
            ) {
                Some(shown) if punycode::is_same(&shown, name) => Ok(()),
                _ => Err("the zone"),
            });
        match asked {
            Ok(()) => Ok(true),
            Err(failure) if failure.reason == Reason::NoRecord => Ok(false),
            Err(failure) => Err(failure.error),
        }
    }

    fn records(
        &self,
        env: &mut dyn Env,
        set: &RrSet,
        meta: &mut ResponseMeta,
    ) -> Result<Vec<Record>, Failure> {
        let mut records = Vec::new();
        self.ask(env, Method::Get, &rrset_path(set), String::new(), meta, &mut |body| {
            let answer = wire::answer(body, set).and_then(|answer| answer.records);
            records = answer.ok_or("the RRset")?;
            Ok(())
        })?;
        Ok(records)
    }

    /// Writes a set as a whole, and once more where somebody else has made or removed it since it
    /// was listed.
    fn apply_set(
        &self,
        env: &mut dyn Env,
        SetChanges { set, changes, policy }: &SetChanges,
        meta: &mut ResponseMeta,
    ) -> Result<Vec<Option<Record>>, Failure> {
        if !changes.iter().any(Change::is_write) {
            return Ok(changes::after(set, changes, changes::known_ttl(changes)));
        }
        let is_new = changes.iter().all(|change| matches!(change, Change::Insert(_)));
        let written = match is_new {
            true => self.create(env, set, changes, meta),
            false => self.replace(env, set, changes, meta),
        };
        let failure = match written {
            Ok(written) => return Ok(written),
            Err(failure) => failure,
        };
        if is_new && failure.reason == Reason::Duplicate && policy.replaces() {
            return match self.records(env, set, meta) {
                Ok(from) if !from.is_empty() => {
                    let instead = changes::instead_of(&from, changes);
                    let mut written = self.replace(env, set, &instead, meta)?;
                    written.truncate(changes.len());
                    Ok(written)
                }
                _ => Err(failure),
            };
        }
        let keeps = changes.iter().any(|change| !change.is_write());
        if is_new || failure.reason != Reason::NoRecord || keeps {
            return Err(failure);
        }
        // That it is gone may be all that was wanted.
        let new = changes::anew(changes);
        if !new.is_empty() {
            self.create(env, set, &new, meta)?;
        }
        Ok(changes::after(set, changes, changes::wanted_ttl(changes)))
    }

    fn create(
        &self,
        env: &mut dyn Env,
        set: &RrSet,
        changes: &[Change],
        meta: &mut ResponseMeta,
    ) -> Result<Vec<Option<Record>>, Failure> {
        let Some(records) = wire::records_after(changes) else { return Ok(Vec::new()) };
        let ttl = changes::wanted_ttl(changes);
        let body = wire::create(set, ttl, &records);
        let shown = self.write(env, (Method::Post, &rrsets_path(set), body), set, changes, meta)?;
        Ok(changes::after(set, changes, shown.first().map_or(ttl, |one| one.ttl)))
    }

    /// Replaces the records of a set, or removes it if none is left, and sets its ttl if another is
    /// wanted.
    fn replace(
        &self,
        env: &mut dyn Env,
        set: &RrSet,
        changes: &[Change],
        meta: &mut ResponseMeta,
    ) -> Result<Vec<Option<Record>>, Failure> {
        let path = rrset_path(set);
        let Some(records) = wire::records_after(changes) else {
            self.write(env, (Method::Delete, &path, String::new()), set, changes, meta)?;
            return Ok(changes::after(set, changes, None));
        };
        let is_written = changes.iter().any(changes::writes_records);
        if is_written {
            let path = format!("{path}/actions/set_records");
            let body = wire::set_records(&records);
            self.write(env, (Method::Post, &path, body), set, changes, meta)?;
        }
        let mut ttl = changes::known_ttl(changes);
        if let Some(wanted) = changes::wanted_ttl(changes).filter(|&wanted| ttl != Some(wanted)) {
            let path = format!("{path}/actions/change_ttl");
            let body = wire::change_ttl(wanted);
            match self.write(env, (Method::Post, &path, body), set, changes, meta) {
                Ok(_) => ttl = Some(wanted),
                // What matters most is done.
                Err(failure) if is_written => {
                    let why = failure.error.into_message();
                    let why = why.lines().next().unwrap_or_default();
                    meta.warnings.push(format!("the ttl could not be set: {why}"));
                }
                Err(failure) => return Err(failure),
            }
        }
        Ok(changes::after(set, changes, ttl))
    }

    /// Sends a write and waits until it is done. Gives back the records the answer shows.
    fn write(
        &self,
        env: &mut dyn Env,
        (method, path, body): (Method, &str, String),
        set: &RrSet,
        changes: &[Change],
        meta: &mut ResponseMeta,
    ) -> Result<Vec<Record>, Failure> {
        let mut shown = Vec::new();
        let mut started = None;
        self.ask(env, method, path, body, meta, &mut |body| {
            let Answer { records, shows_any, action } = wire::answer(body, set).unwrap_or_default();
            started = Some(action.ok_or("an action")?);
            shown = records.unwrap_or_default();
            let is_shown = |value: &Value| shown.iter().any(|one| value.matches(&one.value));
            match shows_any && !changes.iter().filter_map(Change::value).all(is_shown) {
                true => Err("the RRset as it was to be"),
                false => Ok(()),
            }
        })?;
        if let Some(action) = started {
            self.finish(env, set, action, meta)?;
        }
        Ok(shown)
    }
}

fn unexpected(request: &Request, expected: &str) -> Failure {
    Error::with(
        Kind::InvalidResponse,
        format_args!("{}: the answer is not {expected}.", request.subject()),
    )
    .into()
}

fn rrsets_path(set: &RrSet) -> String {
    format!("/zones/{}/rrsets", part(set.zone_name()))
}

fn rrset_path(set: &RrSet) -> String {
    format!("{}/{}/{}", rrsets_path(set), part(&set.name), set.kind.as_str())
}

#[cfg(test)]
mod tests;
