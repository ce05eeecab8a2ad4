//! The job of a daemon that follows an address: let one of some addresses stand at a name.

use super::{ErrorJson, line};
use crate::error::Error;
use miniserde::{Deserialize, Serialize, json};
use std::net::IpAddr;

/// Which of the addresses, and where.
#[derive(Serialize, Deserialize)]
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

#[derive(Serialize, Deserialize)]
struct AnswerJson {
    action: Option<String>,
    address: Option<String>,
    removed: Option<Vec<String>>,
    error: Option<ErrorJson>,
}

impl Report {
    /// The line for what has become of a job, with its end.
    pub fn encode(answer: &Result<Report, Error>) -> String {
        line(&match answer {
            Ok(report) => AnswerJson {
                action: Some(report.action.clone()),
                address: Some(report.address.to_string()),
                removed: Some(report.removed.iter().map(IpAddr::to_string).collect()),
                error: None,
            },
            Err(error) => {
                let error = Some(ErrorJson::of(error));
                AnswerJson { action: None, address: None, removed: None, error }
            }
        })
    }

    /// What the line says; nothing where it is not one of [`Report::encode`].
    pub fn decode(line: &str) -> Option<Result<Report, Error>> {
        let answer: AnswerJson = json::from_str(line).ok()?;
        if let Some(error) = answer.error {
            return error.read().map(Err);
        }
        let mut removed = Vec::new();
        for text in answer.removed? {
            removed.push(text.parse().ok()?);
        }
        Some(Ok(Report { action: answer.action?, address: answer.address?.parse().ok()?, removed }))
    }
}
