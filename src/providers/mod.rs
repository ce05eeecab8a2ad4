//! Record stores: each composes requests and reads replies, and gets at the network only through
//! [`Env`].

#[cfg(feature = "aliyun")]
pub mod aliyun;
#[cfg(feature = "cloudflare")]
pub mod cloudflare;
#[cfg(feature = "tls")]
mod failure;
#[cfg(feature = "hetzner")]
pub mod hetzner;
#[cfg(feature = "rfc2136")]
pub mod rfc2136;
#[cfg(any(feature = "aliyun", feature = "tencent"))]
mod signed;
#[cfg(any(feature = "aliyun", feature = "cloudflare", feature = "tencent"))]
mod single;
#[cfg(feature = "tencent")]
pub mod tencent;

use crate::env::{Env, Method, Request, Response};
use crate::error::{Error, Kind};
use crate::record::{Record, ResponseMeta, RrSet, SetChanges};
use crate::text::printable;
use crate::text::secret::Secret;

/// Some statuses say what to do whatever the body says, which makes it `otherwise`. `after` is how
/// long the answer asks to wait, in seconds.
fn kind_of(status: u16, after: Option<u32>, otherwise: Kind) -> Kind {
    match status {
        429 => Kind::Throttled { after_seconds: after },
        503 if after.is_some() => Kind::Throttled { after_seconds: after },
        500.. => Kind::Unreachable,
        _ => otherwise,
    }
}

/// How much of a body that is no document is shown, in characters.
const PLAIN_CHARACTERS_MAX: usize = 100;

/// The first line of a body that is neither a document nor a page, such as `error code: 1034`.
fn plain_words(response: &Response, secret: &Secret) -> Option<String> {
    let text = std::str::from_utf8(&response.body).ok()?;
    let line = text.trim_ascii().lines().next()?;
    let is_plain = line.starts_with(|c: char| c.is_ascii_alphanumeric());
    let line = secret.struck_from(line);
    is_plain.then(|| printable::line(&line, PLAIN_CHARACTERS_MAX))
}

/// The words about an answer that is not `expected`, without their end: which request it is of, and
/// what it is.
fn not_expected(subject: &str, response: &Response, expected: &str, secret: &Secret) -> String {
    let mut message =
        format!("{subject}: HTTP {}, and the answer is not {expected}", response.status);
    if let Some(plain) = plain_words(response, secret) {
        for part in [": '", &plain, "'"] {
            message.push_str(part);
        }
    }
    message
}

/// A success that is no JSON object comes from somebody else.
fn portal_advice(response: &Response) -> Option<&'static str> {
    let is_object = response.body.trim_ascii_start().starts_with(b"{");
    const ADVICE: &str =
        "Something in between, such as a captive portal, may have answered instead of the API.";
    (response.status < 300 && !is_object).then_some(ADVICE)
}

fn with_advice(message: &mut String, advice: Option<&str>) {
    if let Some(advice) = advice {
        message.push('\n');
        message.push_str(advice);
    }
}

fn with_wait(mut message: String, after: Option<u32>) -> String {
    if let Some(seconds) = after {
        message.push_str(&format!("\nThe API asks to wait {seconds} s (Retry-After)."));
    }
    message
}

/// How a [`RecordStore`] gets at its account.
pub struct Account<'a> {
    /// Checked by [`crate::text::url::api_base`].
    pub base: &'a str,
    /// The public half of the credentials; empty where there is none.
    pub id: &'a str,
    pub secret: &'a Secret,
    /// The identifier of a zone that is addressed by name, if it is known.
    pub zone_id: Option<&'a str>,
    /// Whether somebody waits for the outcome: then what others change meanwhile is looked at and
    /// dealt with at once, else by the caller's next run.
    pub is_awaited: bool,
}

impl<'a> Account<'a> {
    /// A request of an API whose token goes with it as a bearer's; `path` is what follows the base.
    fn request(&self, method: Method, path: &str, body: String) -> Request<'a> {
        let url = format!("{}{path}", self.base);
        Request { method, url, bearer: Some(self.secret), headers: Vec::new(), body }
    }
}

/// Whether this build has callers that wait and name zones; what only they need is left out else.
const IS_SERVED: bool = cfg!(feature = "http-server");

/// A provider's API: zones, and the records in them.
///
/// What is worth keeping of each answer goes into `meta`, also where the request fails.
pub trait RecordStore {
    /// The names of all zones of the account, for callers that do not know theirs.
    fn zones(&self, _env: &mut dyn Env, _meta: &mut ResponseMeta) -> Result<Vec<String>, Error> {
        Err(Error::local("zones", "this provider's zones cannot be listed"))
    }

    /// All records of the set; nothing where the account has no such zone.
    fn list(
        &self,
        env: &mut dyn Env,
        set: &RrSet,
        meta: &mut ResponseMeta,
    ) -> Result<Option<Vec<Record>>, Error>;

    /// Carries out changes to sets of one zone, which were listed before, in their order, in as few
    /// requests and as atomically as the provider can.
    ///
    /// Each change that is carried out, those that keep a record too, adds one element to `done`:
    /// the record as it is now; none after a removal, or where the provider did not show it as it
    /// was to be.
    ///
    /// # Errors
    /// Of the changes that are not in `done` some may have been carried out.
    fn apply(
        &self,
        env: &mut dyn Env,
        work: &[SetChanges],
        done: &mut Vec<Option<Record>>,
        meta: &mut ResponseMeta,
    ) -> Result<(), Error>;
}

/// A provider that this build has.
pub struct Row {
    pub name: &'static str,
    /// The URL of its API.
    pub url: &'static str,
    /// Whether its credentials are a pair, of which one is public.
    pub has_id: bool,
    /// Whether two changes to one zone are in each other's way, not only those to one record.
    pub locks_zone: bool,
    /// Whether those who send requests over HTTP may choose it, with credentials of their own.
    pub is_served: bool,
    open: for<'a> fn(Account<'a>) -> Box<dyn RecordStore + 'a>,
}

impl Row {
    pub fn open<'a>(&self, account: Account<'a>) -> Box<dyn RecordStore + 'a> {
        (self.open)(account)
    }
}

/// All providers of this build; every list of them elsewhere is made from this one.
pub const PROVIDERS: &[Row] = &[
    #[cfg(feature = "cloudflare")]
    Row {
        name: "cloudflare",
        url: "https://api.cloudflare.com/client/v4",
        has_id: false,
        locks_zone: false,
        is_served: true,
        open: |account| Box::new(cloudflare::Cloudflare::new(account)),
    },
    #[cfg(feature = "aliyun")]
    Row {
        name: "aliyun",
        url: "https://alidns.aliyuncs.com",
        has_id: true,
        locks_zone: true,
        is_served: true,
        open: |account| Box::new(aliyun::Aliyun::new(account)),
    },
    #[cfg(feature = "tencent")]
    Row {
        name: "tencent",
        url: "https://dnspod.tencentcloudapi.com",
        has_id: true,
        locks_zone: false,
        is_served: true,
        open: |account| Box::new(tencent::Tencent::new(account)),
    },
    #[cfg(feature = "hetzner")]
    Row {
        name: "hetzner",
        url: "https://api.hetzner.cloud/v1",
        has_id: false,
        locks_zone: false,
        is_served: false,
        open: |account| Box::new(hetzner::Hetzner::new(account)),
    },
];

/// The URL of that provider's API; empty where this build does not have it.
pub fn default_url(name: &str) -> &'static str {
    find(name).map(|row| row.url).unwrap_or_default()
}

/// The provider of that name; nothing where this build has none.
pub fn find(name: &str) -> Option<&'static Row> {
    PROVIDERS.iter().find(|one| one.name == name)
}
