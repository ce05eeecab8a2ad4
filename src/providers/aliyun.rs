//! Aliyun DNS: one signed request for each look, each write and each remark.

use super::failure::{Failure, Reason};
use super::signed::Counts::{Refused, Throttled, ThrottledFor, Unreachable};
use super::signed::Part::{Class, Whole};
use super::signed::{self, Meaning};
use super::{Account, RecordStore, single};
use crate::crypto;
use crate::env::{Env, Method, Request, Response};
use crate::error::{Error, Kind};
use crate::record::{Change, Record, RecordSpec, ResponseMeta, RrSet, SetChanges};
use crate::text::decimal;
use crate::text::{url, utc};
use crate::wire::aliyun as wire;

/// Records asked for in one page, the API's own limit.
const PAGE_RECORDS: &str = "500";
/// Pages read before the list is taken for nonsense.
const PAGES_MAX: u32 = 20;
/// Records at one name before the list is taken for nonsense.
const RECORDS_MAX: usize = 2000;
/// Waits while an earlier change of the zone is under way, in milliseconds.
const BUSY_MILLISECONDS: [u32; 3] = [1000, 2000, 3000];
/// When to come back if it still is, in seconds.
const BUSY_SECONDS: u8 = 3;
/// How often a new one-time number is tried.
const NONCE_TRIES_MAX: u32 = 2;
const NONCE_BYTES: usize = 16;
/// Longest wait the API may ask for, in seconds: its limits are all for a second or a minute.
const RETRY_AFTER_SECONDS_MAX: u64 = 3600;

/// One account at Aliyun.
pub struct Aliyun<'a> {
    account: Account<'a>,
}

impl<'a> Aliyun<'a> {
    pub fn new(account: Account<'a>) -> Aliyun<'a> {
        Aliyun { account }
    }
}

impl RecordStore for Aliyun<'_> {
    fn list(
        &self,
        env: &mut dyn Env,
        set: &RrSet,
        meta: &mut ResponseMeta,
    ) -> Result<Option<Vec<Record>>, Error> {
        match self.records(env, set, meta) {
            Ok(records) => Ok(Some(signed::managed(records, &[wire::DEFAULT_LINE]))),
            Err(Failure { reason: Reason::NoZone, .. }) => Ok(None),
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
        let write: single::Write = &|env, set, change, meta| self.write(env, set, change, meta);
        single::apply(self, write, env, work, done, meta)
    }
}

impl Aliyun<'_> {
    fn write(
        &self,
        env: &mut dyn Env,
        set: &RrSet,
        change: &Change,
        meta: &mut ResponseMeta,
    ) -> Result<Option<Record>, Failure> {
        match change {
            Change::Keep(record) => Ok(Some(record.clone())),
            Change::Insert(spec) => self.add(env, set, spec, meta).map(Some),
            Change::Update { record, to } => self.modify(env, set, record, to, meta).map(Some),
            Change::Delete(record) => {
                let parameters = [("RecordId", record.id.as_str())];
                self.send_write(env, "DeleteDomainRecord", &parameters, meta)?;
                Ok(None)
            }
        }
    }

    fn add(
        &self,
        env: &mut dyn Env,
        set: &RrSet,
        spec: &RecordSpec,
        meta: &mut ResponseMeta,
    ) -> Result<Record, Failure> {
        let (value, ttl) = (spec.value.bare(), spec.ttl.map(|ttl| ttl.to_string()));
        let mut parameters = vec![
            ("DomainName", set.zone_name()),
            ("RR", &set.name),
            ("Type", set.kind.as_str()),
            ("Value", &value),
        ];
        parameters.extend(ttl.as_deref().map(|ttl| ("TTL", ttl)));
        let line = spec.line.as_deref().filter(|&line| line != wire::DEFAULT_LINE);
        parameters.extend(line.map(|line| ("Line", line)));
        let id = self.send_write(env, "AddDomainRecord", &parameters, meta)?;
        let mut added = Record::new(id, spec.value.clone());
        (added.ttl, added.comment) = (spec.ttl, Some(String::new()));
        added.kept.line = spec.line.clone();
        self.remark(env, spec, added, true, meta)
    }

    fn modify(
        &self,
        env: &mut dyn Env,
        set: &RrSet,
        record: &Record,
        to: &RecordSpec,
        meta: &mut ResponseMeta,
    ) -> Result<Record, Failure> {
        let mut changed = record.clone();
        // A change of nothing would be refused as a duplicate.
        let is_written = !to.is_held_by(record);
        if is_written {
            let ttl = to.ttl.or(record.ttl);
            let (value, ttl_text) = (to.value.bare(), ttl.map(|ttl| ttl.to_string()));
            let mut parameters = vec![
                ("RecordId", record.id.as_str()),
                ("RR", &set.name),
                ("Type", set.kind.as_str()),
                ("Value", &value),
            ];
            // What is not sent back is reset.
            parameters.extend(ttl_text.as_deref().map(|ttl| ("TTL", ttl)));
            parameters.extend(record.kept.line.as_deref().map(|line| ("Line", line)));
            changed.id = self.send_write(env, "UpdateDomainRecord", &parameters, meta)?;
            (changed.value, changed.ttl) = (to.value.clone(), ttl);
        }
        self.remark(env, to, changed, is_written, meta)
    }

    fn records(
        &self,
        env: &mut dyn Env,
        set: &RrSet,
        meta: &mut ResponseMeta,
    ) -> Result<Vec<Record>, Failure> {
        const ACTION: &str = "DescribeDomainRecords";
        let inconsistent = |why: &str| {
            Error::with(Kind::InvalidResponse, format_args!("{ACTION}: the list {why}."))
        };
        let mut records: Vec<Record> = Vec::new();
        let mut held = 0;
        for number in 1..=PAGES_MAX {
            let number = number.to_string();
            let parameters = [
                ("DomainName", set.zone_name()),
                ("PageNumber", &number),
                ("PageSize", PAGE_RECORDS),
                ("RRKeyWord", &set.name),
                // Without it the keyword would be looked for within names.
                ("SearchMode", "COMBINATION"),
                ("Type", set.kind.as_str()),
            ];
            let expected = "a list of DNS records with their ids";
            let mut page = wire::Page::default();
            self.ask(env, ACTION, &parameters, meta, expected, &mut |body| {
                page = wire::page(body, set)?;
                Some(())
            })?;
            for record in page.records {
                // One that moves while pages are read may be shown twice.
                match records.iter().find(|known| known.id == record.id) {
                    None => records.push(record),
                    Some(known) if *known == record => {}
                    Some(_) => {
                        return Err(inconsistent("shows one record twice, and not the same").into());
                    }
                }
            }
            held += page.held;
            if page.total.is_none_or(|total| held >= total as usize) {
                return Ok(records);
            }
            if page.held == 0 {
                return Err(inconsistent("ends before all records it speaks of were shown").into());
            }
            if records.len() > RECORDS_MAX {
                break;
            }
        }
        Err(inconsistent("has no end").into())
    }

    /// Gives back the identifier of the record that was written.
    fn send_write(
        &self,
        env: &mut dyn Env,
        action: &str,
        parameters: &[(&str, &str)],
        meta: &mut ResponseMeta,
    ) -> Result<String, Failure> {
        let expected = "a JSON object with RecordId";
        let mut id = String::new();
        self.ask(env, action, parameters, meta, expected, &mut |body| {
            id = wire::written(body)?;
            Some(())
        })?;
        Ok(id)
    }

    /// Comments a record where that is wanted. Its value is right by now: without the comment the
    /// job is done all the same, but not without the record.
    fn remark(
        &self,
        env: &mut dyn Env,
        spec: &RecordSpec,
        mut one: Record,
        is_written: bool,
        meta: &mut ResponseMeta,
    ) -> Result<Record, Failure> {
        let is_right = spec.fits_comment(one.comment.as_deref());
        let Some(comment) = spec.comment.as_deref().filter(|_| !is_right) else {
            return Ok(one);
        };
        const ACTION: &str = "UpdateDomainRecordRemark";
        let parameters = [("RecordId", one.id.as_str()), ("Remark", comment)];
        let expected = "a JSON object with RequestId";
        let asked = self.ask(env, ACTION, &parameters, meta, expected, &mut |body| {
            wire::head(body).request_id.map(drop)
        });
        match asked {
            Ok(()) => one.comment = Some(comment.into()),
            Err(failure) if failure.reason == Reason::Stale && !is_written => return Err(failure),
            Err(failure) => {
                let why = failure.error.message.lines().next().unwrap_or_default();
                let what = if is_written { "was written" } else { "is right" };
                let message = format!("the record {what}, but its comment was not written: {why}");
                meta.warnings.push(format!("comment_partial: {message}"));
            }
        }
        Ok(one)
    }

    /// Sends a request and has an answer that is no refusal read. What the API says it has not even
    /// begun is sent again.
    fn ask(
        &self,
        env: &mut dyn Env,
        action: &str,
        parameters: &[(&str, &str)],
        meta: &mut ResponseMeta,
        expected: &str,
        read: signed::Read,
    ) -> Result<(), Failure> {
        let mut nonces = 1;
        let mut waits = BUSY_MILLISECONDS.iter();
        loop {
            let response = self.send(env, action, parameters)?;
            let failure = match self.judge(env, action, &response, meta, expected) {
                Ok(()) => return signed::read(&self.account, action, &response, expected, read),
                Err(failure) => failure,
            };
            match failure.reason {
                Reason::UsedNonce if nonces < NONCE_TRIES_MAX => nonces += 1,
                Reason::Busy => match waits.next() {
                    Some(&wait) if env.pause(wait).is_ok() => {}
                    _ => return Err(failure),
                },
                _ => return Err(failure),
            }
        }
    }

    fn send(
        &self,
        env: &mut dyn Env,
        action: &str,
        parameters: &[(&str, &str)],
    ) -> Result<Response, Error> {
        signed::check_id(&self.account)?;
        let mut nonce = [0; NONCE_BYTES];
        env.random(&mut nonce);
        let Account { base, id, secret, .. } = self.account;
        let (host, path) = url::place(base);
        let query = wire::query(parameters);
        let mut headers = wire::fields(host, action, &utc::stamp(env.now()), &crypto::hex(&nonce));
        let canonical = wire::canonical_request(path, &query, &headers);
        let authorization = wire::authorization(id, secret, &headers, &canonical);
        // The first is the host, which the client itself sends.
        headers.remove(0);
        headers.push(("Authorization".into(), authorization));
        let url = signed::url(base, &query);
        env.http(&Request { method: Method::Post, url, bearer: None, headers, body: String::new() })
    }

    /// Whether an answer is no refusal, and its status that of success.
    fn judge(
        &self,
        env: &mut dyn Env,
        action: &str,
        response: &Response,
        meta: &mut ResponseMeta,
        expected: &str,
    ) -> Result<(), Failure> {
        let now = env.now();
        let head = wire::head(&response.body);
        signed::note(&self.account, meta, head.request_id);
        let after = asked_to_wait(response, now);
        match head.refusal {
            Some(refusal) => {
                let (reason, kind) =
                    signed::meaning(MEANINGS, &refusal.code, response.status, after);
                Err(signed::refused(&self.account, &refusal, reason, kind, now))
            }
            None if response.status < 300 => Ok(()),
            None => {
                Err(signed::unreadable(&self.account, action, response, expected, after).into())
            }
        }
    }
}

/// Seconds. The API's own field has milliseconds: that is how its SDKs use it, though no
/// documentation says so.
fn asked_to_wait(response: &Response, now: u64) -> Option<u32> {
    let own = response.header("x-acs-retry-after").and_then(decimal::number);
    let seconds = match own.filter(|&milliseconds| milliseconds > 0) {
        Some(milliseconds) => milliseconds.div_ceil(1000),
        None => response.retry_after(now)?.into(),
    };
    u32::try_from(seconds.min(RETRY_AFTER_SECONDS_MAX)).ok()
}

/// What the codes of refusals mean.
const MEANINGS: &[Meaning] = &[
    (Whole, "InvalidDomainName.NoExist", Reason::NoZone, Refused),
    (Whole, "IncorrectDomainUser", Reason::NoZone, Refused),
    (Whole, "DomainRecordDuplicate", Reason::Duplicate, Refused),
    (Whole, "DomainRecordNotBelongToUser", Reason::Stale, Refused),
    (Whole, "InvalidRecordId.NotFound", Reason::Stale, Refused),
    (Whole, "InvalidRR.NoExist", Reason::Stale, Refused),
    (Whole, "LastOperationNotFinished", Reason::Busy, ThrottledFor(BUSY_SECONDS)),
    (Whole, "SignatureNonceUsed", Reason::UsedNonce, Refused),
    (Class, "InvalidTimeStamp", Reason::Clock, Refused),
    (Class, "SignatureDoesNotMatch", Reason::Credentials, Refused),
    (Class, "IncompleteSignature", Reason::Credentials, Refused),
    (Class, "InvalidAccessKeyId", Reason::Credentials, Refused),
    (Whole, "Forbidden", Reason::Permission, Refused),
    (Whole, "Forbidden.RAM", Reason::Permission, Refused),
    (Whole, "OperationDomain.NoPermission", Reason::Permission, Refused),
    (Class, "Throttling", Reason::Other, Throttled),
    (Class, "ServiceUnavailable", Reason::Other, Unreachable),
    (Class, "InternalError", Reason::Other, Unreachable),
];

#[cfg(test)]
mod tests;
