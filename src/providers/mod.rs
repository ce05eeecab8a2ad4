//! Record stores: each writes requests and reads replies, and reaches the env only through its
//! trait.

#[cfg(feature = "aliyun")]
pub mod aliyun;
#[cfg(feature = "cloudflare")]
pub mod cloudflare;
#[cfg(feature = "hetzner")]
pub mod hetzner;
#[cfg(feature = "rfc2136")]
pub mod rfc2136;
#[cfg(any(feature = "aliyun", feature = "tencent"))]
mod signed;
#[cfg(feature = "tencent")]
pub mod tencent;

use crate::env::{Env, Response};
use crate::error::{Error, Kind};
use crate::record::{Change, Done, Entry, Record, ResponseMeta, Standing, Target};
use crate::text::printable;
use crate::text::secret::Secret;

/// A place where records live.
pub trait Provider {
    /// The records that stand at the target now.
    fn list(&self, env: &mut dyn Env, target: &Target) -> Result<Vec<Record>, Error>;

    /// Carries out `changes`, in as few requests and as atomically as the provider can, and tells
    /// each that is done. After an error some may be done and untold.
    fn apply(
        &self,
        env: &mut dyn Env,
        target: &Target,
        changes: &[Change],
        told: &mut dyn FnMut(Done),
    ) -> Result<(), Error>;
}

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

/// The provider of that name; nothing where this build has none.
pub fn provider<'a>(
    name: &str,
    base: &'a str,
    token: &'a Secret,
) -> Option<Box<dyn Provider + 'a>> {
    match name {
        #[cfg(feature = "cloudflare")]
        "cloudflare" => Some(Box::new(cloudflare::Cloudflare { base, token })),
        _ => {
            let _unknown = (base, token);
            None
        }
    }
}

/// How an [`Editor`] gets at its account.
pub struct Account<'a> {
    /// Checked by [`crate::text::url::api_base`].
    pub base: &'a str,
    /// The public half of the credentials; empty where there is none.
    pub id: &'a str,
    pub secret: &'a Secret,
    /// The identifier of the entry's zone, if it is known.
    pub zone_id: Option<&'a str>,
}

/// The names [`editor`] knows in this build.
pub const EDITORS: &[&str] = &[
    #[cfg(feature = "aliyun")]
    "aliyun",
    #[cfg(all(feature = "cloudflare", feature = "http-server"))]
    "cloudflare",
    #[cfg(feature = "hetzner")]
    "hetzner",
    #[cfg(feature = "tencent")]
    "tencent",
];

/// The editor of that name; nothing where this build has none.
pub fn editor<'a>(name: &str, account: Account<'a>) -> Option<Box<dyn Editor + 'a>> {
    match name {
        #[cfg(feature = "aliyun")]
        "aliyun" => Some(Box::new(aliyun::Aliyun::new(account))),
        #[cfg(all(feature = "cloudflare", feature = "http-server"))]
        "cloudflare" => Some(Box::new(cloudflare::editor::Zones::new(account))),
        #[cfg(feature = "hetzner")]
        "hetzner" => Some(Box::new(hetzner::Hetzner::new(account))),
        #[cfg(feature = "tencent")]
        "tencent" => Some(Box::new(tencent::Tencent::new(account))),
        _ => {
            let _unknown = account;
            None
        }
    }
}

/// A place where records of any type live, in zones that are known by their names.
///
/// Values are compared, decided upon and told by the caller; here they are only read and written.
/// What is worth telling about each request goes into `meta`, also where it fails.
pub trait Editor {
    /// The names of all zones of the account, for callers who do not know theirs.
    fn zones(&self, _env: &mut dyn Env, _traces: &mut ResponseMeta) -> Result<Vec<String>, Error> {
        Err(Error::local("zones", "they are not listed at this provider"))
    }

    /// All records that stand at the entry's name and type; nothing where the account has no such
    /// zone.
    fn find(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        meta: &mut ResponseMeta,
    ) -> Result<Option<Vec<Standing>>, Error>;

    /// Makes the record. What comes back is as the provider shows it, or as it was asked for.
    fn insert(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        meta: &mut ResponseMeta,
    ) -> Result<Standing, Error>;

    /// Makes the entry of `from`, which [`Editor::find`] gave and is not empty: of one record,
    /// keeping what the entry does not speak of; or, where the provider keeps the values of a name
    /// and type together, of all of them.
    fn change(
        &self,
        env: &mut dyn Env,
        entry: &Entry,
        from: &[Standing],
        meta: &mut ResponseMeta,
    ) -> Result<Standing, Error>;
}
