//! Aliyun DNS: one signed request for each look, each write and each remark.

use super::signed::Counts::{Refused, Throttled, ThrottledFor, Unreachable};
use super::signed::Part::{Class, Whole};
use super::signed::{self, Failure, Meaning, Single, Why};
use super::{Account, Editor};
use crate::crypto;
use crate::env::{Env, Method, Request, Response};
use crate::error::{Error, Kind};
use crate::record::{Entry, ResponseMeta, Standing};
use crate::text::decimal;
use crate::text::{url, utc};
use crate::wire::aliyun as wire;
use crate::wire::refusal::sent;

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

impl Editor for Aliyun<'_> {
    fn find(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        meta: &mut ResponseMeta,
    ) -> Result<Option<Vec<Standing>>, Error> {
        match self.list(env, entry, meta) {
            Ok(records) => Ok(Some(signed::managed(records, &[wire::DEFAULT_LINE]))),
            Err(Failure { why: Why::NoZone, .. }) => Ok(None),
            Err(failure) => Err(failure.error),
        }
    }

    fn insert(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        meta: &mut ResponseMeta,
    ) -> Result<Standing, Error> {
        signed::insert(self, env, entry, meta)
    }

    fn change(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        from: &[Standing],
        meta: &mut ResponseMeta,
    ) -> Result<Standing, Error> {
        signed::change(self, env, entry, from, meta)
    }
}

impl Single for Aliyun<'_> {
    fn add(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        meta: &mut ResponseMeta,
    ) -> Result<Standing, Failure> {
        let (value, ttl) = (sent(entry), entry.ttl.map(|ttl| ttl.to_string()));
        let mut parameters = vec![
            ("DomainName", entry.zone.as_str()),
            ("RR", &entry.record),
            ("Type", entry.kind.as_str()),
            ("Value", &value),
        ];
        parameters.extend(ttl.as_deref().map(|ttl| ("TTL", ttl)));
        let id = self.write(env, "AddDomainRecord", &parameters, meta)?;
        let added = Standing {
            id,
            value: entry.value.clone(),
            ttl: entry.ttl,
            comment: Some(String::new()),
            ..Standing::default()
        };
        self.remark(env, entry, added, true, meta)
    }

    fn modify(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        one: &Standing,
        meta: &mut ResponseMeta,
    ) -> Result<Standing, Failure> {
        let mut changed = one.clone();
        // A change of nothing would be refused as a duplicate.
        let is_written = !signed::stands(entry, one);
        if is_written {
            let ttl = entry.ttl.or(one.ttl);
            let (value, ttl_text) = (sent(entry), ttl.map(|ttl| ttl.to_string()));
            let mut parameters = vec![
                ("RecordId", one.id.as_str()),
                ("RR", &entry.record),
                ("Type", entry.kind.as_str()),
                ("Value", &value),
            ];
            // What is not sent back is reset.
            parameters.extend(ttl_text.as_deref().map(|ttl| ("TTL", ttl)));
            parameters.extend(one.line.as_deref().map(|line| ("Line", line)));
            changed.id = self.write(env, "UpdateDomainRecord", &parameters, meta)?;
            (changed.value, changed.ttl) = (entry.value.clone(), ttl);
        }
        self.remark(env, entry, changed, is_written, meta)
    }
}

impl Aliyun<'_> {
    fn list(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        meta: &mut ResponseMeta,
    ) -> Result<Vec<Standing>, Failure> {
        const ACTION: &str = "DescribeDomainRecords";
        let odd =
            |why: &str| Error::new(Kind::InvalidResponse, format!("{ACTION}: the list {why}."));
        let mut records: Vec<Standing> = Vec::new();
        let mut held = 0;
        for number in 1..=PAGES_MAX {
            let number = number.to_string();
            let parameters = [
                ("DomainName", entry.zone.as_str()),
                ("PageNumber", &number),
                ("PageSize", PAGE_RECORDS),
                ("RRKeyWord", &entry.record),
                // Without it the keyword would be looked for within names.
                ("SearchMode", "COMBINATION"),
                ("Type", entry.kind.as_str()),
            ];
            let expected = "a list of DNS records with their ids";
            let response = self.ask(env, ACTION, &parameters, meta, expected)?;
            let page = wire::page(&response.body, entry).ok_or_else(|| {
                signed::unreadable(&self.account, ACTION, &response, expected, None)
            })?;
            for record in page.records {
                // One that moves while pages are read may be shown twice.
                match records.iter().find(|known| known.id == record.id) {
                    None => records.push(record),
                    Some(known) if *known == record => {}
                    Some(_) => return Err(odd("shows one record twice, and not the same").into()),
                }
            }
            held += page.held;
            if page.total.is_none_or(|total| held >= total as usize) {
                return Ok(records);
            }
            if page.held == 0 {
                return Err(odd("ends before all records it speaks of were shown").into());
            }
            if records.len() > RECORDS_MAX {
                break;
            }
        }
        Err(odd("has no end").into())
    }

    /// Gives back the identifier of the record that was written.
    fn write(
        &self,
        env: &mut dyn Env,
        action: &str,
        parameters: &[(&str, &str)],
        meta: &mut ResponseMeta,
    ) -> Result<String, Failure> {
        let expected = "a JSON object with RecordId";
        let response = self.ask(env, action, parameters, meta, expected)?;
        let id = wire::written(&response.body);
        Ok(id.ok_or_else(|| signed::unreadable(&self.account, action, &response, expected, None))?)
    }

    /// Comments a record where that is wanted. Its value is right by now: without the comment the
    /// job is done all the same, but not without the record.
    fn remark(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        mut one: Standing,
        is_written: bool,
        meta: &mut ResponseMeta,
    ) -> Result<Standing, Failure> {
        let Some(comment) = entry.comment.as_deref().filter(|_| !signed::is_commented(entry, &one))
        else {
            return Ok(one);
        };
        const ACTION: &str = "UpdateDomainRecordRemark";
        let parameters = [("RecordId", one.id.as_str()), ("Remark", comment)];
        let expected = "a JSON object with RequestId";
        let asked = self.ask(env, ACTION, &parameters, meta, expected).and_then(|response| {
            let id = wire::head(&response.body).request_id;
            Ok(id.ok_or_else(|| {
                signed::unreadable(&self.account, ACTION, &response, expected, None)
            })?)
        });
        match asked {
            Ok(_) => one.comment = Some(comment.into()),
            Err(failure) if failure.why == Why::Stale && !is_written => return Err(failure),
            Err(failure) => {
                let why = failure.error.message.lines().next().unwrap_or_default();
                let what = if is_written { "was written" } else { "is right" };
                let message = format!("the record {what}, but its comment was not written: {why}");
                meta.warnings.push(format!("comment_partial: {message}"));
            }
        }
        Ok(one)
    }

    /// Sends a request and gives back an answer that is no refusal. What the API says it has not
    /// even begun is sent again.
    fn ask(
        &self,
        env: &mut dyn Env,
        action: &str,
        parameters: &[(&str, &str)],
        meta: &mut ResponseMeta,
        expected: &str,
    ) -> Result<Response, Failure> {
        let mut nonces = 1;
        let mut waits = BUSY_MILLISECONDS.iter();
        loop {
            let response = self.send(env, action, parameters)?;
            let failure = match self.judge(env, action, &response, meta, expected) {
                Ok(()) => return Ok(response),
                Err(failure) => failure,
            };
            match failure.why {
                Why::UsedNonce if nonces < NONCE_TRIES_MAX => nonces += 1,
                Why::Busy => match waits.next() {
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
                let (why, kind) = signed::meaning(MEANINGS, &refusal.code, response.status, after);
                Err(signed::refused(&self.account, &refusal, why, kind, now))
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
    (Whole, "InvalidDomainName.NoExist", Why::NoZone, Refused),
    (Whole, "IncorrectDomainUser", Why::NoZone, Refused),
    (Whole, "DomainRecordDuplicate", Why::Duplicate, Refused),
    (Whole, "DomainRecordNotBelongToUser", Why::Stale, Refused),
    (Whole, "InvalidRecordId.NotFound", Why::Stale, Refused),
    (Whole, "InvalidRR.NoExist", Why::Stale, Refused),
    (Whole, "LastOperationNotFinished", Why::Busy, ThrottledFor(BUSY_SECONDS)),
    (Whole, "SignatureNonceUsed", Why::UsedNonce, Refused),
    (Class, "InvalidTimeStamp", Why::Clock, Refused),
    (Class, "SignatureDoesNotMatch", Why::Credentials, Refused),
    (Class, "IncompleteSignature", Why::Credentials, Refused),
    (Class, "InvalidAccessKeyId", Why::Credentials, Refused),
    (Whole, "Forbidden", Why::Permission, Refused),
    (Whole, "Forbidden.RAM", Why::Permission, Refused),
    (Whole, "OperationDomain.NoPermission", Why::Permission, Refused),
    (Class, "Throttling", Why::Other, Throttled),
    (Class, "ServiceUnavailable", Why::Other, Unreachable),
    (Class, "InternalError", Why::Other, Unreachable),
];

#[cfg(test)]
mod tests;
