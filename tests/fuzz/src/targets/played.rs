//! A env in which whoever is asked says what the input says.

use crate::error::{Error, Kind};
use crate::judge;
use crate::env::{Question, Request, Response, Env};
use std::net::IpAddr;

/// The secret of all credentials; an answer may repeat it, and what comes of that may not.
pub const SECRET: &str = "s3cr3t-t0ken-0123456789";
pub const BASE: &str = "https://api.example/base";
/// More requests than any job may need: all pages of all zones, with all tries.
const REQUESTS_MAX: u32 = 200;
/// All pauses of a job together, in milliseconds.
const PAUSES_MAX: u64 = 120_000;

const STATUSES: [u16; 16] =
    [200, 201, 204, 400, 401, 403, 404, 409, 423, 429, 500, 502, 503, 302, 200, 0];

/// Plays the parts of an input, one for each request.
///
/// The lower half of a part's first byte is its status. With the next bit its first line is the
/// value of `Retry-After`; the rest is the body.
pub struct Played<'a> {
    parts: Box<dyn Iterator<Item = &'a [u8]> + 'a>,
    now: u64,
    requests: u32,
    paused: u64,
    /// How many of the requests would change something.
    pub writes: u32,
    /// Whether the other side knows our secret, and could make us repeat it as an identifier.
    knows: bool,
}

impl<'a> Played<'a> {
    /// `data` is where the parts are from.
    pub fn new(data: &'a [u8], parts: impl Iterator<Item = &'a [u8]> + 'a, now: u64) -> Played<'a> {
        let knows = data.windows(SECRET.len()).any(|part| part == SECRET.as_bytes());
        Played { parts: Box::new(parts), now, requests: 0, paused: 0, writes: 0, knows }
    }

    fn count(&mut self) {
        self.requests += 1;
        assert!(self.requests <= REQUESTS_MAX, "more than {REQUESTS_MAX} requests");
    }
}

/// Whether a request changes something, told by its method or by the action in its header.
fn is_write(request: &Request) -> bool {
    let action = request.headers.iter().find(|(name, _)| {
        name.eq_ignore_ascii_case("x-acs-action") || name.eq_ignore_ascii_case("x-tc-action")
    });
    match action {
        Some((_, action)) => !action.starts_with("Describe"),
        None => request.method.as_str() != "GET",
    }
}

fn is_proper(request: &Request, knows: bool) {
    assert!(request.url.starts_with(BASE), "{}", request.url);
    assert!(request.url.bytes().all(|b| b.is_ascii_graphic()), "{:?}", request.url);
    let hides = |text: &str| assert!(knows || !text.contains(SECRET), "a secret is told: {text:?}");
    hides(&request.url);
    hides(&request.body);
    for (name, value) in &request.headers {
        assert!(!name.is_empty() && name.bytes().all(|b| b.is_ascii_graphic() && b != b':'));
        assert!(!value.chars().any(char::is_control), "{name}: {value:?}");
        hides(value);
    }
    if !request.body.is_empty() && !request.headers.iter().any(|(_, v)| v.contains("urlencoded")) {
        assert_eq!(crate::text::json_syntax::find(&request.body), None, "{}", request.body);
    }
}

impl Env for Played<'_> {
    fn http(&mut self, request: &Request) -> Result<Response, Error> {
        self.count();
        is_proper(request, self.knows);
        self.writes += u32::from(is_write(request));
        let Some((&how, rest)) = self.parts.next().and_then(<[u8]>::split_first) else {
            return Err(Error::new(Kind::Unreachable, "cut off"));
        };
        let status = STATUSES[usize::from(how & 15)];
        if status == 0 {
            return Err(Error::new(Kind::Timeout, "too late"));
        }
        let mut headers = Vec::new();
        let mut body = rest;
        if how & 16 != 0 {
            let end = rest.iter().position(|&b| b == b'\n').unwrap_or(rest.len());
            headers.push(("retry-after".to_string(), judge::text(&rest[..end])));
            headers.push(("cf-ray".to_string(), judge::text(&rest[..end])));
            body = rest.get(end + 1..).unwrap_or_default();
        }
        Ok(Response { status, headers, body: body.to_vec() })
    }

    /// Each part is an answer; its identifier is the question's, as the real env sees to that.
    fn dns(&mut self, questions: &[Question]) -> Vec<Result<Vec<u8>, Error>> {
        let mut answers = Vec::new();
        for question in questions {
            self.count();
            let mut answer = self.parts.next().map(<[u8]>::to_vec).unwrap_or_default();
            if let (Some(id), Some(asked)) = (answer.get_mut(..2), question.bytes.get(..2)) {
                id.copy_from_slice(asked);
            }
            answers.push(match answer.is_empty() {
                true => Err(Error::new(Kind::Timeout, "no answer")),
                false => Ok(answer),
            });
        }
        answers
    }

    fn addresses(&mut self, _host: &str) -> Result<Vec<IpAddr>, Error> {
        Ok(vec![IpAddr::from([192, 0, 2, 53])])
    }

    fn now(&mut self) -> u64 {
        self.now
    }

    fn random(&mut self, into: &mut [u8]) {
        into.fill(7);
    }

    fn pause(&mut self, milliseconds: u32) -> Result<(), Error> {
        self.paused += u64::from(milliseconds);
        assert!(self.paused <= PAUSES_MAX, "pauses of {} ms", self.paused);
        self.now += u64::from(milliseconds) / 1000;
        Ok(())
    }
}
