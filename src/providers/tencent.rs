//! Tencent DNSPod: one signed request for each look and each write, its comment included.

use super::signed::Counts::{Refused, Throttled, ThrottledFor, Unreachable};
use super::signed::Part::{Class, Rest, Whole};
use super::signed::{self, Failure, Meaning, Single, Why};
use super::{Account, Editor};
use crate::env::{Env, Method, Request, Response};
use crate::error::{Error, Kind};
use crate::record::{Entry, ResponseMeta, Standing};
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

impl Editor for Tencent<'_> {
    fn find(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        meta: &mut ResponseMeta,
    ) -> Result<Option<Vec<Standing>>, Error> {
        const ACTION: &str = "DescribeRecordList";
        let expected = "a list of DNS records with their ids";
        let asked = self.ask(env, ACTION, wire::list(entry), meta, expected);
        let listed = asked.and_then(|response| {
            let list = wire::records(&response.body, entry);
            Ok(list.ok_or_else(|| {
                signed::unreadable(&self.account, ACTION, &response, expected, None)
            })?)
        });
        match listed {
            Ok((_, held)) if held >= wire::LIST_RECORDS_MAX => {
                let message = format!("{ACTION}: result truncated at {held} records.");
                Err(Error::new(Kind::InvalidResponse, message))
            }
            Ok((records, _)) => Ok(Some(signed::managed(records, wire::DEFAULT_LINES))),
            Err(Failure { why: Why::NoRecord, .. }) => Ok(Some(Vec::new())),
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

impl Single for Tencent<'_> {
    fn add(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        meta: &mut ResponseMeta,
    ) -> Result<Standing, Failure> {
        let id = self.write(env, "CreateRecord", wire::create(entry), meta)?;
        Ok(Standing {
            id,
            value: entry.value.clone(),
            ttl: entry.ttl,
            comment: entry.comment.clone(),
            line: Some(wire::DEFAULT_LINE.into()),
            ..Standing::default()
        })
    }

    fn modify(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        one: &Standing,
        meta: &mut ResponseMeta,
    ) -> Result<Standing, Failure> {
        if signed::stands(entry, one) && signed::is_commented(entry, one) {
            return Ok(one.clone());
        }
        let id = self.write(env, "ModifyRecord", wire::modify(entry, one), meta)?;
        let mut changed = one.clone();
        (changed.id, changed.value) = (id, entry.value.clone());
        changed.ttl = entry.ttl.or(one.ttl);
        if entry.comment.is_some() {
            changed.comment = entry.comment.clone();
        }
        Ok(changed)
    }
}

impl Tencent<'_> {
    /// Gives back the identifier of the record that was written.
    fn write(
        &self,
        env: &mut dyn Env,
        action: &str,
        body: String,
        meta: &mut ResponseMeta,
    ) -> Result<String, Failure> {
        let expected = "a JSON object with RecordId";
        let response = self.ask(env, action, body, meta, expected)?;
        let id = wire::written(&response.body);
        Ok(id.ok_or_else(|| signed::unreadable(&self.account, action, &response, expected, None))?)
    }

    /// Sends a request and gives back an answer that is no refusal.
    fn ask(
        &self,
        env: &mut dyn Env,
        action: &str,
        body: String,
        meta: &mut ResponseMeta,
        expected: &str,
    ) -> Result<Response, Failure> {
        let response = self.send(env, action, body)?;
        let now = env.now();
        let head = wire::head(&response.body);
        signed::note(&self.account, meta, head.request_id);
        let after = response.retry_after(now);
        if let Some(refusal) = head.refusal {
            let (why, kind) = signed::meaning(MEANINGS, &refusal.code, response.status, after);
            return Err(signed::refused(&self.account, &refusal, why, kind, now));
        }
        // Whatever the API has to say comes with this status.
        if response.status != 200 {
            return Err(
                signed::unreadable(&self.account, action, &response, expected, after).into()
            );
        }
        Ok(response)
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
    (Rest, "NoDataOfRecord", Why::NoRecord, Refused),
    (Rest, "NoDataOfDomain", Why::NoZone, Refused),
    (Rest, "DomainNotExists", Why::NoZone, Refused),
    (Rest, "DomainInvalid", Why::NoZone, Refused),
    (Rest, "NotDomainOwner", Why::NoZone, Refused),
    (Rest, "DomainRecordExist", Why::Duplicate, Refused),
    (Rest, "RecordIdInvalid", Why::Stale, Refused),
    (Rest, "SignatureExpire", Why::Clock, Refused),
    (Whole, "AuthFailure.UnauthorizedOperation", Why::Permission, Refused),
    (Class, "UnauthorizedOperation", Why::Permission, Refused),
    (Class, "OperationDenied", Why::Permission, Refused),
    (Rest, "IpNotInWhitelist", Why::Permission, Refused),
    (Rest, "IpInBlacklist", Why::Permission, Refused),
    (Class, "AuthFailure", Why::Credentials, Refused),
    (Rest, "InvalidSignature", Why::Credentials, Refused),
    (Class, "RequestLimitExceeded", Why::Other, Throttled),
    (Rest, "FrequencyLimit", Why::Other, Throttled),
    (Rest, "OperationIsTooFrequent", Why::Other, ThrottledFor(TOO_FREQUENT_SECONDS)),
    (Class, "InternalError", Why::Other, Unreachable),
    (Class, "ServerNetworkError", Why::Other, Unreachable),
];

#[cfg(test)]
mod tests;
