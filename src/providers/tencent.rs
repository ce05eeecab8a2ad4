//! Tencent DNSPod: one signed request for each look and each write, its comment included.

use super::failure::{Failure, Reason};
use super::signed::Counts::{Refused, Throttled, ThrottledFor, Unreachable};
use super::signed::Part::{Class, Rest, Whole};
use super::signed::{self, Meaning};
use super::{Account, RecordStore, single};
use crate::env::{Env, Method, Request, Response};
use crate::error::{Error, Kind};
use crate::record::{Change, Record, ResponseMeta, RrSet, SetChanges};
use crate::text::url;
use crate::wire::tencent as wire;

const VERSION: &str = "2021-03-23";
/// Of messages; the API's own is Chinese.
const LANGUAGE: &str = "en-US";
/// How long one name must be left alone after many changes, in seconds.
const TOO_FREQUENT_SECONDS: u8 = 60;

/// One account at Tencent Cloud.
pub struct Tencent<'a> {
    account: Account<'a>,
}

impl<'a> Tencent<'a> {
    pub fn new(account: Account<'a>) -> Tencent<'a> {
        Tencent { account }
    }
}

impl RecordStore for Tencent<'_> {
    fn list(
        &self,
        env: &mut dyn Env,
        set: &RrSet,
        meta: &mut ResponseMeta,
    ) -> Result<Option<Vec<Record>>, Error> {
        const ACTION: &str = "DescribeRecordList";
        let expected = "a list of DNS records with their ids";
        let (mut records, mut held) = (Vec::new(), 0);
        let asked = self.ask(env, ACTION, wire::list(set), meta, expected, &mut |body| {
            (records, held) = wire::records(body, set)?;
            Some(())
        });
        match asked {
            Ok(()) if held >= wire::LIST_RECORDS_MAX => Err(Error::with(
                Kind::InvalidResponse,
                format_args!("{ACTION}: result truncated at {held} records."),
            )),
            Ok(()) => Ok(Some(signed::managed(records, wire::DEFAULT_LINES))),
            Err(Failure { reason: Reason::NoRecord, .. }) => Ok(Some(Vec::new())),
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

impl Tencent<'_> {
    fn write(
        &self,
        env: &mut dyn Env,
        set: &RrSet,
        change: &Change,
        meta: &mut ResponseMeta,
    ) -> Result<Option<Record>, Failure> {
        let (action, body, before, to) = match change {
            Change::Keep(record) => return Ok(Some(record.clone())),
            Change::Delete(record) => {
                let expected = "a JSON object with RequestId";
                self.ask(
                    env,
                    "DeleteRecord",
                    wire::delete(set, record),
                    meta,
                    expected,
                    &mut |_| Some(()),
                )?;
                return Ok(None);
            }
            Change::Insert(spec) => ("CreateRecord", wire::create(set, spec), None, spec),
            Change::Update { record, to } => {
                if to.is_held_by(record) && to.fits_comment(record.comment.as_deref()) {
                    return Ok(Some(record.clone()));
                }
                ("ModifyRecord", wire::modify(set, record, to), Some(record), to)
            }
        };
        let expected = "a JSON object with RecordId";
        let mut id = String::new();
        self.ask(env, action, body, meta, expected, &mut |body| {
            id = wire::written(body)?;
            Some(())
        })?;
        let mut record = match before {
            Some(record) => record.clone(),
            None => {
                let mut new = Record::new(String::new(), to.value.clone());
                new.kept.line = to.line.clone().or(Some(wire::DEFAULT_LINE.into()));
                new
            }
        };
        (record.id, record.value) = (id, to.value.clone());
        record.ttl = to.ttl.or(record.ttl);
        if to.comment.is_some() {
            record.comment = to.comment.clone();
        }
        Ok(Some(record))
    }

    /// Sends a request and has an answer that is no refusal read.
    fn ask(
        &self,
        env: &mut dyn Env,
        action: &str,
        body: String,
        meta: &mut ResponseMeta,
        expected: &str,
        read: signed::Read,
    ) -> Result<(), Failure> {
        let response = self.send(env, action, body)?;
        let now = env.now();
        let head = wire::head(&response.body);
        signed::note(&self.account, meta, head.request_id);
        let after = response.retry_after(now);
        if let Some(refusal) = head.refusal {
            let (reason, kind) = signed::meaning(MEANINGS, &refusal.code, response.status, after);
            return Err(signed::refused(&self.account, &refusal, reason, kind, now));
        }
        // Whatever the API has to say comes with this status.
        if response.status != 200 {
            return Err(
                signed::unreadable(&self.account, action, &response, expected, after).into()
            );
        }
        signed::read(&self.account, action, &response, expected, read)
    }

    fn send(&self, env: &mut dyn Env, action: &str, body: String) -> Result<Response, Error> {
        signed::check_id(&self.account)?;
        let Account { base, id, secret, .. } = self.account;
        let now = env.now();
        let (host, path) = url::place(base);
        let canonical = wire::canonical_request(host, path, &body);
        let headers = [
            ("X-TC-Action", action.to_string()),
            ("X-TC-Language", LANGUAGE.into()),
            ("X-TC-Timestamp", now.to_string()),
            ("X-TC-Version", VERSION.into()),
            ("Authorization", wire::authorization(id, secret, now, &canonical)),
        ];
        let headers = headers.map(|(name, value)| (name.to_string(), value)).into();
        let url = signed::url(base, "");
        env.http(&Request { method: Method::Post, url, bearer: None, headers, body })
    }
}

/// What the codes of refusals mean.
const MEANINGS: &[Meaning] = &[
    (Rest, "NoDataOfRecord", Reason::NoRecord, Refused),
    (Rest, "NoDataOfDomain", Reason::NoZone, Refused),
    (Rest, "DomainNotExists", Reason::NoZone, Refused),
    (Rest, "DomainInvalid", Reason::NoZone, Refused),
    (Rest, "NotDomainOwner", Reason::NoZone, Refused),
    (Rest, "DomainRecordExist", Reason::Duplicate, Refused),
    (Rest, "RecordIdInvalid", Reason::Stale, Refused),
    (Rest, "SignatureExpire", Reason::Clock, Refused),
    (Whole, "AuthFailure.UnauthorizedOperation", Reason::Permission, Refused),
    (Class, "UnauthorizedOperation", Reason::Permission, Refused),
    (Class, "OperationDenied", Reason::Permission, Refused),
    (Rest, "IpNotInWhitelist", Reason::Permission, Refused),
    (Rest, "IpInBlacklist", Reason::Permission, Refused),
    (Class, "AuthFailure", Reason::Credentials, Refused),
    (Rest, "InvalidSignature", Reason::Credentials, Refused),
    (Class, "RequestLimitExceeded", Reason::Other, Throttled),
    (Rest, "FrequencyLimit", Reason::Other, Throttled),
    (Rest, "OperationIsTooFrequent", Reason::Other, ThrottledFor(TOO_FREQUENT_SECONDS)),
    (Class, "InternalError", Reason::Other, Unreachable),
    (Class, "ServerNetworkError", Reason::Other, Unreachable),
];

#[cfg(test)]
mod tests;
