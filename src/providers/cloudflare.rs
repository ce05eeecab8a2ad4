//! Cloudflare's API v4 for DNS records: pages in, single calls or one batch out.
//!
//! Facts from the API reference, "DNS Records": <https://developers.cloudflare.com/api/>.

mod api_errors;

use super::failure::{Failure, Reason};
use super::single::{self, Conflict};
use super::{Account, IS_SERVED, RecordStore};
use crate::env::{Env, Method, Request};
use crate::error::{Error, Kind};
use crate::record::{Change, Record, RecordSpec, ResponseMeta, RrSet, SetChanges, Zone};
use crate::text::url::part;
use crate::text::{printable, punycode};
use crate::wire::cloudflare::{self as wire, ParseError};

/// Records asked for in one page.
const PAGE_RECORDS: usize = 100;
/// Pages read before a list counts as endless.
const PAGES_MAX: usize = 50;
/// Operations in one batch call: the limit of the smallest plan.
const BATCH_OPERATIONS_MAX: usize = 200;
/// How much of a request's ray is kept, in characters before the sign of a cut.
const RAY_CHARACTERS_MAX: usize = 59;

/// No such route, or none for this token: the answer about a zone that is gone.
const ZONE_CODES: [i64; 4] = [7000, 7003, 9109, 10000];
const NO_SUCH_RECORD: i64 = 81044;
const EXISTS: [i64; 2] = [81057, 81058];

/// One account at Cloudflare, as far as its token reaches.
pub struct Cloudflare<'a> {
    account: Account<'a>,
}

impl<'a> Cloudflare<'a> {
    pub fn new(account: Account<'a>) -> Cloudflare<'a> {
        Cloudflare { account }
    }
}

impl RecordStore for Cloudflare<'_> {
    fn list(
        &self,
        env: &mut dyn Env,
        set: &RrSet,
        meta: &mut ResponseMeta,
    ) -> Result<Option<Vec<Record>>, Error> {
        if let Zone::Id(id) = &set.zone {
            return Ok(Some(self.records(env, id, set, meta)?));
        }
        if !IS_SERVED {
            return Ok(None);
        }
        let remembered = meta.zone_id.clone().or(self.account.zone_id.map(String::from));
        let mut stale = None;
        if let Some(id) = remembered.filter(|id| wire::is_id(id)) {
            match self.records(env, &id, set, meta) {
                Ok(records) => return Ok(Some(records)),
                Err(Failure { reason: Reason::NoZone, error }) => stale = Some((id, error)),
                Err(failure) => return Err(failure.error),
            }
        }
        let Some(id) = self.look_up(env, set.zone_name(), meta)? else { return Ok(None) };
        match stale {
            Some((old, error)) if old == id => Err(error),
            _ => Ok(Some(self.records(env, &id, set, meta)?)),
        }
    }

    fn apply(
        &self,
        env: &mut dyn Env,
        work: &[SetChanges],
        done: &mut Vec<Option<Record>>,
        meta: &mut ResponseMeta,
    ) -> Result<(), Error> {
        let mut writes = Vec::new();
        for SetChanges { set, changes, .. } in work {
            writes.extend(changes.iter().filter(|one| one.is_write()).map(|one| (set, one)));
        }
        let is_alone = matches!(work, [one] if one.is_one_record());
        let mut written = Vec::new();
        let mut result = Ok(());
        for chunk in writes.chunks(BATCH_OPERATIONS_MAX) {
            result = self.apply_chunk(env, chunk, is_alone, &mut written, meta);
            if result.is_err() {
                break;
            }
        }
        let mut written = written.into_iter();
        for change in work.iter().flat_map(|one| &one.changes) {
            let record = match change {
                Change::Keep(record) => Some(record.clone()),
                _ => match written.next() {
                    Some(record) => record,
                    None => break,
                },
            };
            done.push(record);
        }
        result
    }
}

impl Cloudflare<'_> {
    /// The identifier of a zone of the account; nothing where it has none of that name.
    fn look_up(
        &self,
        env: &mut dyn Env,
        name: &str,
        meta: &mut ResponseMeta,
    ) -> Result<Option<String>, Error> {
        let request = self.account.request(
            Method::Get,
            &format!("/zones?name={}", part(name)),
            String::new(),
        );
        meta.zone_id = None;
        let mut id = None;
        self.ask(env, &request, meta, &mut |body| {
            id = wire::zone_id(body, name)?;
            Ok(())
        })?;
        Ok(id)
    }

    fn records(
        &self,
        env: &mut dyn Env,
        zone: &str,
        set: &RrSet,
        meta: &mut ResponseMeta,
    ) -> Result<Vec<Record>, Failure> {
        meta.zone_id = Some(zone.into());
        let name = set.fqdn();
        let mut records = Vec::new();
        let mut held = 0;
        for number in 1..=PAGES_MAX {
            let path = format!(
                "{}?type={}&name={}&per_page={PAGE_RECORDS}&page={number}",
                records_path(zone),
                set.kind.as_str(),
                part(&name)
            );
            let request = self.account.request(Method::Get, &path, String::new());
            let mut page = wire::Page::default();
            self.ask(env, &request, meta, &mut |body| {
                page = wire::page(body, set)?;
                Ok(())
            })?;
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
                let why = "ends before all records it speaks of were shown";
                return Err(inconsistent_list(&request, why).into());
            }
        }
        Err(Error::with(
            Kind::InvalidResponse,
            format_args!("{name}: more than {} records at one name", PAGES_MAX * PAGE_RECORDS),
        )
        .into())
    }

    /// Carries out changes in one request.
    fn apply_chunk(
        &self,
        env: &mut dyn Env,
        writes: &[(&RrSet, &Change)],
        is_alone: bool,
        written: &mut Vec<Option<Record>>,
        meta: &mut ResponseMeta,
    ) -> Result<(), Error> {
        let &[(set, change)] = writes else {
            written.append(&mut self.batch(env, writes, meta)?);
            return Ok(());
        };
        let write: single::Write = &|env, set, change, meta| self.write(env, set, change, meta);
        written.push(match write(env, set, change, meta) {
            Err(failure) if IS_SERVED && self.account.is_awaited => {
                let conflict = Conflict { set, change, is_alone, recreates: true };
                conflict.resolve(self, write, env, failure, meta)?
            }
            record => record?,
        });
        Ok(())
    }

    fn write(
        &self,
        env: &mut dyn Env,
        set: &RrSet,
        change: &Change,
        meta: &mut ResponseMeta,
    ) -> Result<Option<Record>, Failure> {
        let (method, id, wanted, body) = match change {
            Change::Keep(record) => return Ok(Some(record.clone())),
            Change::Update { record, to } => {
                let Some(body) = wire::update(record, to, IS_SERVED && self.account.is_awaited)
                else {
                    return Ok(Some(record.clone()));
                };
                (Method::Patch, Some(record.id.as_str()), Some(to), body)
            }
            Change::Insert(spec) => (Method::Post, None, Some(spec), wire::insert(set, spec)),
            Change::Delete(record) => {
                (Method::Delete, Some(record.id.as_str()), None, String::new())
            }
        };
        let mut path = records_path(&zone_of(set, meta)?);
        if let Some(id) = id {
            path.push('/');
            path.push_str(id);
        }
        let request = self.account.request(method, &path, body);
        let mut shown = None;
        self.ask(env, &request, meta, &mut |body| {
            match wanted {
                Some(_) => shown = wire::one(body)?,
                None => wire::deleted(body)?,
            }
            Ok(())
        })?;
        let Some(wanted) = wanted else { return Ok(None) };
        self.check_names(shown.as_slice(), &[(set, change)])?;
        self.as_wanted(&request, shown.filter(|shown| is_done(shown, id, set, wanted)))
    }

    /// All changes in one request, which the API carries out as a whole or not at all.
    fn batch(
        &self,
        env: &mut dyn Env,
        changes: &[(&RrSet, &Change)],
        meta: &mut ResponseMeta,
    ) -> Result<Vec<Option<Record>>, Failure> {
        let Some(&(first, _)) = changes.first() else { return Ok(Vec::new()) };
        let path = format!("{}/batch", records_path(&zone_of(first, meta)?));
        let request = self.account.request(Method::Post, &path, wire::batch_of(changes));
        let mut answer = wire::BatchAnswer::default();
        self.ask(env, &request, meta, &mut |body| {
            answer = wire::batch(body)?;
            Ok(())
        })?;
        self.check_names(&answer.patches, changes)?;
        self.check_names(&answer.posts, changes)?;
        let mut written = Vec::new();
        for &(set, change) in changes {
            let (shown, id, wanted) = match change {
                Change::Update { record, to } => (&answer.patches, Some(record.id.as_str()), to),
                Change::Insert(spec) => (&answer.posts, None, spec),
                Change::Keep(_) | Change::Delete(_) => {
                    written.push(None);
                    continue;
                }
            };
            let record = shown.iter().find(|one| is_done(one, id, set, wanted));
            written.push(self.as_wanted(&request, record.cloned())?);
        }
        Ok(written)
    }

    /// The record that the answer shows; a caller that waits must not get a success that it does
    /// not show.
    fn as_wanted(
        &self,
        request: &Request,
        shown: Option<Record>,
    ) -> Result<Option<Record>, Failure> {
        if shown.is_none() && self.account.is_awaited {
            let message = "the answer does not show the record as it was to be";
            return Err(Error::with(
                Kind::InvalidResponse,
                format_args!("{}: {message}", request.subject()),
            )
            .into());
        }
        Ok(shown)
    }

    /// Cloudflare makes a name that is not in the zone one below the zone.
    ///
    /// # Errors
    /// OtherName: a record that was written is at another name than those asked for.
    fn check_names(&self, shown: &[Record], changes: &[(&RrSet, &Change)]) -> Result<(), Error> {
        for record in shown {
            let is_at = |(set, _): &(&RrSet, &Change)| punycode::is_same(&set.fqdn(), &record.name);
            if let Some((first, _)) = changes.first()
                && !changes.iter().any(is_at)
            {
                let name = self.account.secret.struck_from(&record.name);
                let message = api_errors::other_name(&first.fqdn(), &name);
                return Err(Error::new(Kind::OtherName, message));
            }
        }
        Ok(())
    }

    /// Sends a request, keeps its ray, and has its answer read.
    fn ask(
        &self,
        env: &mut dyn Env,
        request: &Request,
        meta: &mut ResponseMeta,
        read: &mut dyn FnMut(&[u8]) -> Result<(), ParseError>,
    ) -> Result<(), Failure> {
        let response = env.http(request)?;
        if let Some(ray) = response.header("cf-ray") {
            let ray = self.account.secret.struck_from(ray);
            meta.ray = Some(printable::line(&ray, RAY_CHARACTERS_MAX));
        }
        let problem = match read(&response.body) {
            Ok(()) if response.status < 300 => return Ok(()),
            Ok(()) => ParseError::InvalidResponse("one that fits its status"),
            Err(problem) => problem,
        };
        let code = match &problem {
            ParseError::Refused(error) => error.code.unwrap_or_default(),
            ParseError::InvalidResponse(_) => 0,
        };
        let reason = match code {
            NO_SUCH_RECORD => Reason::Stale,
            code if EXISTS.contains(&code) => Reason::Duplicate,
            code if response.status == 404 || ZONE_CODES.contains(&code) => Reason::NoZone,
            _ => Reason::Other,
        };
        let error = api_errors::explained(env, self.account.secret, request, &response, problem);
        Err(Failure { reason, error })
    }
}

/// Adds a record of a list. One that moves while pages are read may be shown twice; two records
/// with one id would be a list nothing can be concluded from.
fn add(records: &mut Vec<Record>, record: Record, request: &Request) -> Result<(), Error> {
    match records.iter().find(|known| known.id == record.id) {
        None => records.push(record),
        Some(known) if known.value == record.value => {}
        Some(_) => return Err(inconsistent_list(request, "shows one record with two addresses")),
    }
    Ok(())
}

fn inconsistent_list(request: &Request, why: &str) -> Error {
    Error::with(Kind::InvalidResponse, format_args!("{}: the list {why}.", request.subject()))
}

/// Whether the record the answer shows is the one that was to be made or changed.
fn is_done(shown: &Record, id: Option<&str>, set: &RrSet, wanted: &RecordSpec) -> bool {
    id.is_none_or(|id| shown.id == id)
        && wanted.value.matches(&shown.value)
        && punycode::is_same(&set.fqdn(), &shown.name)
}

fn records_path(zone: &str) -> String {
    format!("/zones/{zone}/dns_records")
}

/// The identifier of the set's zone: as it was given, or as the list found it.
fn zone_of(set: &RrSet, meta: &ResponseMeta) -> Result<String, Error> {
    let known = match &set.zone {
        Zone::Id(id) => Some(id),
        Zone::Name(_) | Zone::Unknown => meta.zone_id.as_ref(),
    };
    known.cloned().ok_or_else(|| Error::local("the zone", "was not looked for"))
}

#[cfg(test)]
mod tests;
