//! Cloudflare's API v4 for DNS records: pages in, single calls or one batch out.
//!
//! Facts from the API reference, "DNS Records": <https://developers.cloudflare.com/api/>.

mod api_errors;
pub mod editor;

use super::{Provider, kind_of};
use crate::env::{Env, Method, Request, Response};
use crate::error::{Error, Kind};
use crate::record::{Change, Done, Record, Target, Wanted};
use crate::text::punycode;
use crate::text::secret::Secret;
use crate::wire::cloudflare::{self as wire, Fault};

/// Records asked for in one page.
const PAGE_RECORDS: usize = 100;
/// Pages read before the answer is taken for nonsense.
const PAGES_MAX: usize = 50;
/// Operations in one batch call: the limit of the smallest plan.
const BATCH_OPERATIONS_MAX: usize = 200;

/// One account at Cloudflare, as far as its token reaches.
pub struct Cloudflare<'a> {
    /// Checked by [`crate::text::url::api_base`].
    pub base: &'a str,
    pub token: &'a Secret,
}

impl Provider for Cloudflare<'_> {
    fn list(&self, env: &mut dyn Env, target: &Target) -> Result<Vec<Record>, Error> {
        let mut records = Vec::new();
        let mut held = 0;
        for number in 1..=PAGES_MAX {
            let query = format!(
                "?type={}&name={}&per_page={PAGE_RECORDS}&page={number}",
                target.kind.as_str(),
                target.name
            );
            let request = self.request(Method::Get, target, &query, String::new());
            let page =
                self.ask(env, &request, |body| wire::page(body, target.kind, &target.name))?;
            for record in page.records {
                add(&mut records, record, &request)?;
            }
            held += page.held;
            let more = match (page.total_pages, page.total_count) {
                (Some(pages), _) => (number as u64) < pages,
                (None, Some(count)) => (held as u64) < count,
                (None, None) => page.held >= PAGE_RECORDS,
            };
            if !more {
                return Ok(records);
            }
            if page.held == 0 {
                return Err(odd_list(&request, "ends before all records it speaks of were shown"));
            }
        }
        let message = format!("more than {} records at one name", PAGES_MAX * PAGE_RECORDS);
        Err(Error::new(Kind::InvalidResponse, format!("{}: {message}", target.name)))
    }

    fn apply(
        &self,
        env: &mut dyn Env,
        target: &Target,
        changes: &[Change],
        told: &mut dyn FnMut(Done),
    ) -> Result<(), Error> {
        let mut writes: Vec<&Change> = Vec::new();
        for change in changes {
            if change.is_write() {
                writes.push(change);
            }
        }
        for chunk in writes.chunks(BATCH_OPERATIONS_MAX) {
            match chunk {
                [one] => self.single(env, target, one, told)?,
                many => self.batch(env, target, many, told)?,
            }
        }
        Ok(())
    }
}

impl Cloudflare<'_> {
    fn request(&self, method: Method, target: &Target, rest: &str, body: String) -> Request<'_> {
        let url = format!("{}/zones/{}/dns_records{rest}", self.base, target.zone);
        Request { method, url, bearer: Some(self.token), headers: Vec::new(), body }
    }

    fn single(
        &self,
        env: &mut dyn Env,
        target: &Target,
        change: &Change,
        told: &mut dyn FnMut(Done),
    ) -> Result<(), Error> {
        let (method, id, wanted, body) = match change {
            Change::Keep(_) => return Ok(()),
            Change::Update { record, to } => {
                (Method::Patch, Some(record.id.as_str()), Some(to), wire::update(to))
            }
            Change::Insert(wanted) => {
                let body = wire::insert(target.kind, &target.name, wanted);
                (Method::Post, None, Some(wanted), body)
            }
            Change::Delete(record) => {
                (Method::Delete, Some(record.id.as_str()), None, String::new())
            }
        };
        let path = id.map_or_else(String::new, |id| format!("/{id}"));
        let request = self.request(method, target, &path, body);
        // One request at one place: each `ask` is compiled anew.
        let shown = self.ask(env, &request, |body| match wanted {
            Some(_) => wire::one(body, target.kind),
            None => wire::deleted(body).map(|()| None),
        })?;
        self.check_names(shown.as_slice(), target)?;
        let record = shown.filter(|shown| wanted.is_some_and(|to| is_done(shown, id, to)));
        told(Done { change: change.clone(), record });
        Ok(())
    }

    fn batch(
        &self,
        env: &mut dyn Env,
        target: &Target,
        changes: &[&Change],
        told: &mut dyn FnMut(Done),
    ) -> Result<(), Error> {
        let body = wire::batch_of(target.kind, &target.name, changes);
        let request = self.request(Method::Post, target, "/batch", body);
        let answer = self.ask(env, &request, |body| wire::batch(body, target.kind))?;
        self.check_names(&answer.patches, target)?;
        self.check_names(&answer.posts, target)?;
        for &change in changes {
            let wanted = match change {
                Change::Update { record, to } => Some((&answer.patches, Some(&record.id), to)),
                Change::Insert(wanted) => Some((&answer.posts, None, wanted)),
                Change::Keep(_) | Change::Delete(_) => None,
            };
            let record = wanted.and_then(|(shown, id, to)| {
                shown.iter().find(|one| is_done(one, id.map(String::as_str), to))
            });
            told(Done { change: change.clone(), record: record.cloned() });
        }
        Ok(())
    }

    /// Cloudflare makes a name that is not in the zone one below the zone.
    #[inline(never)]
    fn check_names(&self, shown: &[Record], target: &Target) -> Result<(), Error> {
        for record in shown {
            at_name(&target.name, &record.name, self.token)?;
        }
        Ok(())
    }

    /// Sends a request and reads its answer with `read`, or says in words why there is none.
    fn ask<T>(
        &self,
        env: &mut dyn Env,
        request: &Request,
        read: impl FnOnce(&[u8]) -> Result<T, Fault>,
    ) -> Result<T, Error> {
        let response = env.http(request)?;
        let answer = successful(&response, read);
        answer.map_err(|fault| explained(env, self.token, request, &response, fault))
    }
}

/// What `read` makes of an answer whose status says that it is one.
fn successful<T>(
    response: &Response,
    read: impl FnOnce(&[u8]) -> Result<T, Fault>,
) -> Result<T, Fault> {
    match read(&response.body) {
        Ok(_) if response.status >= 300 => Err(Fault::InvalidResponse("one that fits its status")),
        answer => answer,
    }
}

/// Why an answer is not the one expected, in words, and what can be done about it.
fn explained(
    env: &mut dyn Env,
    token: &Secret,
    request: &Request,
    response: &Response,
    fault: Fault,
) -> Error {
    let after = response.retry_after(env.now());
    match fault {
        Fault::Refused(mut why) => {
            why.message = token.struck_from(&why.message);
            for cause in &mut why.causes {
                cause.message = token.struck_from(&cause.message);
            }
            let kind = kind_of(response.status, after, Kind::Refused { code: why.code });
            Error::new(kind, api_errors::refusal(&why, after))
        }
        Fault::InvalidResponse(expected) => {
            let kind = kind_of(response.status, after, Kind::InvalidResponse);
            let message =
                api_errors::unreadable(&request.subject(), response, expected, token, after);
            Error::new(kind, token.struck_from(&message))
        }
    }
}

/// Adds a record of a list. One that moves while pages are read may be shown twice; two records
/// with one id would be a list nothing can be concluded from.
fn add(records: &mut Vec<Record>, record: Record, request: &Request) -> Result<(), Error> {
    match records.iter().find(|known| known.id == record.id) {
        None => records.push(record),
        Some(known) if known.address == record.address => {}
        Some(_) => return Err(odd_list(request, "shows one record with two addresses")),
    }
    Ok(())
}

fn odd_list(request: &Request, why: &str) -> Error {
    Error::new(Kind::InvalidResponse, format!("{}: the list {why}.", request.subject()))
}

/// # Errors
/// The record that was written is at another name than the one asked for.
fn at_name(asked: &str, shown: &str, token: &Secret) -> Result<(), Error> {
    if punycode::is_same(asked, shown) {
        return Ok(());
    }
    Err(Error::new(Kind::OtherName, api_errors::other_name(asked, &token.struck_from(shown))))
}

/// Whether the record the answer shows is the one that was to be made or changed.
fn is_done(shown: &Record, id: Option<&str>, wanted: &Wanted) -> bool {
    id.is_none_or(|id| shown.id == id) && shown.address == wanted.address
}

#[cfg(test)]
mod tests;
