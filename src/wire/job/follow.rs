//! The job of a daemon that follows an address: let one of some addresses stand at a name.

use super::line::{Reader, Writer};
use super::{DONE, FAILED};
use crate::error::Error;
use std::net::IpAddr;

pub(super) const NAME: &str = "follow";

/// Which of the addresses, and where.
pub struct Follow {
    pub api_url: String,
    pub token: String,
    /// The provider's identifier of the zone.
    pub zone: String,
    /// Fully qualified, lower case, without a trailing dot.
    pub name: String,
    /// `A` or `AAAA`.
    pub kind: String,
    /// The addresses that would do, the best first.
    pub candidates: Vec<String>,
    /// `error`, `first` or `all`: what to do where several records stand.
    pub policy: String,
    /// Of a new record, in seconds.
    pub ttl: u32,
    /// For each request.
    pub seconds: u32,
}

/// What has become of a job that succeeded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// `unchanged`, `created` or `updated`.
    pub action: String,
    /// The address that stands there now.
    pub address: IpAddr,
    pub removed: Vec<IpAddr>,
}

impl Follow {
    pub(super) fn encode(&self) -> String {
        Writer::new(NAME)
            .text(&self.api_url)
            .text(&self.token)
            .text(&self.zone)
            .text(&self.name)
            .text(&self.kind)
            .list(self.candidates.iter())
            .text(&self.policy)
            .number(self.ttl)
            .number(self.seconds)
            .end()
    }

    pub(super) fn read(mut from: Reader) -> Option<Follow> {
        let follow = Follow {
            api_url: from.text()?,
            token: from.text()?,
            zone: from.text()?,
            name: from.text()?,
            kind: from.text()?,
            candidates: from.list()?,
            policy: from.text()?,
            ttl: from.number()?,
            seconds: from.number()?,
        };
        from.end(follow)
    }
}

impl Report {
    /// The line for what has become of a job, with its end.
    pub fn encode(answer: &Result<Report, Error>) -> String {
        match answer {
            Ok(report) => {
                let removed: Vec<String> = report.removed.iter().map(IpAddr::to_string).collect();
                let address = report.address.to_string();
                Writer::new(DONE).text(&report.action).text(&address).list(removed.iter()).end()
            }
            Err(error) => Writer::new(FAILED).error(error).end(),
        }
    }

    /// What the line says; nothing where it is not one of [`Report::encode`].
    pub fn decode(line: &str) -> Option<Result<Report, Error>> {
        let (what, mut from) = Reader::new(line)?;
        let answer = match what.as_str() {
            DONE => {
                let (action, address) = (from.text()?, from.text()?.parse().ok()?);
                let mut removed = Vec::new();
                for one in from.list()? {
                    removed.push(one.parse().ok()?);
                }
                Ok(Report { action, address, removed })
            }
            FAILED => Err(from.error()?),
            _ => return None,
        };
        from.end(answer)
    }
}
