//! Cloudflare for records of any type, in zones that are known by their names.

use super::super::{Account, Editor};
use super::{PAGE_RECORDS, at_name, explained, successful};
use crate::env::{Env, Method, Request, Response};
use crate::error::{Error, Kind};
use crate::record::{Entry, ResponseMeta, Standing};
use crate::text::printable;
use crate::text::url::part;
use crate::wire::cloudflare::{AUTOMATIC_TTL, Fault, entry as wire};

/// Pages read of what is seldom more than one record, and never counted to the end.
const PAGES_MAX: usize = 2;
/// How much of a request's ray is kept, in characters before the sign of a cut.
const RAY_CHARACTERS_MAX: usize = 59;

/// No such route, or none for this token: what is said of a zone that is gone.
const ZONE_CODES: [i64; 4] = [7000, 7003, 9109, 10000];
const NO_SUCH_RECORD: i64 = 81044;
const EXISTS: [i64; 2] = [81057, 81058];

const TTL_WARNING: &str = "ttl_automatic: ttl is automatic while the record is proxied";

/// The zones of an account, as far as its token reaches.
pub struct Zones<'a> {
    account: Account<'a>,
}

impl<'a> Zones<'a> {
    pub fn new(account: Account<'a>) -> Zones<'a> {
        Zones { account }
    }
}

impl Editor for Zones<'_> {
    fn find(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        meta: &mut ResponseMeta,
    ) -> Result<Option<Vec<Standing>>, Error> {
        let remembered = meta.zone_id.clone().or(self.account.zone_id.map(String::from));
        let mut stale = None;
        if let Some(id) = remembered.filter(|id| wire::is_id(id)) {
            match self.records(env, &id, entry, meta) {
                Ok(records) => return Ok(Some(records)),
                Err(failure) if failure.may_be_of_zone() => stale = Some((id, failure.error)),
                Err(failure) => return Err(failure.error),
            }
        }
        let Some(id) = self.look_up(env, &entry.zone, meta)? else { return Ok(None) };
        match stale {
            Some((old, error)) if old == id => Err(error),
            _ => Ok(Some(self.records(env, &id, entry, meta)?)),
        }
    }

    fn insert(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        meta: &mut ResponseMeta,
    ) -> Result<Standing, Error> {
        let path = records_path(&known_zone(meta)?);
        let request = self.request(Method::Post, &path, wire::insert(entry));
        let written = self.write(env, &request, entry, None, meta);
        written.or_else(|failure| self.unless_it_stands(env, entry, meta, failure))
    }

    fn change(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        from: &[Standing],
        meta: &mut ResponseMeta,
    ) -> Result<Standing, Error> {
        let Some(first) = from.first() else { return self.insert(env, entry, meta) };
        let zone = known_zone(meta)?;
        let failure = match self.patch(env, &zone, entry, first, meta) {
            Ok(standing) => return Ok(standing),
            Err(failure) => failure,
        };
        if failure.code() != Some(NO_SUCH_RECORD) {
            return self.unless_it_stands(env, entry, meta, failure);
        }
        // Somebody removed it since it was found: what stands there instead is gone on with, once.
        let standing = self.records(env, &zone, entry, meta);
        match standing.as_deref() {
            Ok([]) => self.insert(env, entry, meta),
            Ok([one]) => Ok(self.patch(env, &zone, entry, one, meta)?),
            _ => Err(failure.error),
        }
    }
}

impl Zones<'_> {
    fn request(&self, method: Method, path: &str, body: String) -> Request<'_> {
        let url = format!("{}{path}", self.account.base);
        Request { method, url, bearer: Some(self.account.secret), headers: Vec::new(), body }
    }

    /// Sends a request, keeps its ray, and reads its answer with `read`.
    fn ask<T>(
        &self,
        env: &mut dyn Env,
        request: &Request,
        meta: &mut ResponseMeta,
        read: impl FnOnce(&[u8]) -> Result<T, Fault>,
    ) -> Result<T, Failure> {
        let response = self.send(env, request, meta)?;
        successful(&response, read).map_err(|fault| Failure {
            status: Some(response.status),
            error: explained(env, self.account.secret, request, &response, fault),
        })
    }

    fn send(
        &self,
        env: &mut dyn Env,
        request: &Request,
        meta: &mut ResponseMeta,
    ) -> Result<Response, Error> {
        let response = env.http(request)?;
        if let Some(ray) = response.header("cf-ray") {
            let ray = self.account.secret.struck_from(ray);
            meta.ray = Some(printable::line(&ray, RAY_CHARACTERS_MAX));
        }
        Ok(response)
    }

    /// The identifier of a zone of the account; nothing where it has none of that name.
    fn look_up(
        &self,
        env: &mut dyn Env,
        name: &str,
        meta: &mut ResponseMeta,
    ) -> Result<Option<String>, Error> {
        let request =
            self.request(Method::Get, &format!("/zones?name={}", part(name)), String::new());
        meta.zone_id = None;
        Ok(self.ask(env, &request, meta, |body| wire::zone_id(body, name))?)
    }

    /// The records of the entry's name and type.
    fn records(
        &self,
        env: &mut dyn Env,
        zone: &str,
        entry: &Entry,
        meta: &mut ResponseMeta,
    ) -> Result<Vec<Standing>, Failure> {
        meta.zone_id = Some(zone.into());
        let name = entry.fqdn();
        let mut all: Vec<Standing> = Vec::new();
        for number in 1..=PAGES_MAX {
            let path = format!(
                "{}?type={}&name={}&per_page={PAGE_RECORDS}&page={number}",
                records_path(zone),
                entry.kind.as_str(),
                part(&name)
            );
            let request = self.request(Method::Get, &path, String::new());
            let page =
                self.ask(env, &request, meta, |body| wire::entries(body, entry.kind, &name))?;
            for (mut standing, is_proxied) in page.records {
                // It cannot be made so, and is not to be tried again each time.
                if is_proxied
                    && standing.ttl == Some(AUTOMATIC_TTL)
                    && !entry.fits_ttl(standing.ttl)
                {
                    standing.ttl = entry.ttl;
                    warn(meta, TTL_WARNING);
                }
                // One that moves while pages are read may be shown twice.
                if all.iter().all(|known| known.id != standing.id) {
                    all.push(standing);
                }
            }
            if page.held < PAGE_RECORDS {
                break;
            }
        }
        Ok(all)
    }

    fn patch(
        &self,
        env: &mut dyn Env,
        zone: &str,
        entry: &Entry,
        from: &Standing,
        meta: &mut ResponseMeta,
    ) -> Result<Standing, Failure> {
        let Some(body) = wire::change(entry, from) else { return Ok(from.clone()) };
        let request =
            self.request(Method::Patch, &format!("{}/{}", records_path(zone), from.id), body);
        self.write(env, &request, entry, Some(&from.id), meta)
    }

    /// Sends a write, and believes it only if the answer shows the record that was to be.
    fn write(
        &self,
        env: &mut dyn Env,
        request: &Request,
        entry: &Entry,
        id: Option<&str>,
        meta: &mut ResponseMeta,
    ) -> Result<Standing, Failure> {
        let shown = self.ask(env, request, meta, |body| wire::entry(body, entry.kind))?;
        let shown = match shown {
            Some((name, shown)) => {
                at_name(&entry.fqdn(), &name, self.account.secret)?;
                Some(shown)
            }
            None => None,
        };
        let ours =
            |shown: &Standing| id.is_none_or(|id| shown.id == id) && entry.has_value(&shown.value);
        shown.filter(ours).ok_or_else(|| {
            let message = "the answer does not show the record as it was to be";
            Error::new(Kind::InvalidResponse, format!("{}: {message}", request.subject())).into()
        })
    }

    /// The record that stands there already, where that is why it cannot be made.
    fn unless_it_stands(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        meta: &mut ResponseMeta,
        failure: Failure,
    ) -> Result<Standing, Error> {
        if !failure.code().is_some_and(|code| EXISTS.contains(&code)) {
            return Err(failure.error);
        }
        let zone = known_zone(meta)?;
        let all = self.records(env, &zone, entry, meta).unwrap_or_default();
        for one in all {
            if entry.has_value(&one.value) {
                return Ok(one);
            }
        }
        Err(failure.error)
    }
}

/// Why an answer does not serve, with the status that came with it, if one did.
struct Failure {
    status: Option<u16>,
    error: Error,
}

impl Failure {
    fn code(&self) -> Option<i64> {
        match self.error.kind {
            Kind::Refused { code } => code,
            _ => None,
        }
    }

    fn may_be_of_zone(&self) -> bool {
        self.status == Some(404) || self.code().is_some_and(|code| ZONE_CODES.contains(&code))
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure { status: None, error }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Error {
        failure.error
    }
}

fn records_path(zone: &str) -> String {
    format!("/zones/{zone}/dns_records")
}

/// The zone [`Editor::find`] has used.
fn known_zone(meta: &ResponseMeta) -> Result<String, Error> {
    meta.zone_id.clone().ok_or_else(|| Error::local("the zone", "was not looked for"))
}

fn warn(meta: &mut ResponseMeta, message: &str) {
    if meta.warnings.iter().all(|one| one != message) {
        meta.warnings.push(message.into());
    }
}

#[cfg(test)]
mod tests;
