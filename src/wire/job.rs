//! What a daemon and the child that talks for it say to each other: one line of JSON each way.

use crate::error::{Error, Kind};
use miniserde::{Deserialize, Serialize, json};
use std::net::IpAddr;

/// What the child is to do: make one of some addresses stand at a name.
///
/// The line has the token in it and is for the pipe between the two only.
#[derive(Serialize, Deserialize)]
pub struct Job {
    pub api_url: String,
    pub token: String,
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

/// The [`Report::action`] of a job that wrote nothing, or only removed.
pub const UNCHANGED: &str = "unchanged";

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

#[derive(Serialize, Deserialize)]
struct ErrorJson {
    kind: String,
    code: Option<i64>,
    after_seconds: Option<u32>,
    words: String,
}

/// The line for a job, with its end.
pub fn encode_job(job: &Job) -> String {
    let mut line = json::to_string(job);
    line.push('\n');
    line
}

/// Nothing where the line is not one of [`encode_job`].
pub fn decode_job(line: &str) -> Option<Job> {
    json::from_str(line).ok()
}

/// The line for what has become of a job, with its end.
pub fn encode_answer(answer: &Result<Report, Error>) -> String {
    let answer = match answer {
        Ok(report) => AnswerJson {
            action: Some(report.action.clone()),
            address: Some(report.address.to_string()),
            removed: Some(report.removed.iter().map(IpAddr::to_string).collect()),
            error: None,
        },
        Err(error) => {
            AnswerJson { action: None, address: None, removed: None, error: Some(of_error(error)) }
        }
    };
    let mut line = json::to_string(&answer);
    line.push('\n');
    line
}

/// What the line says; nothing where it is not one of [`encode_answer`].
pub fn decode_answer(line: &str) -> Option<Result<Report, Error>> {
    let answer: AnswerJson = json::from_str(line).ok()?;
    if let Some(error) = answer.error {
        return Some(Err(Error::new(kind_of(&error)?, error.words)));
    }
    let mut removed = Vec::new();
    for text in answer.removed? {
        removed.push(text.parse().ok()?);
    }
    Some(Ok(Report { action: answer.action?, address: answer.address?.parse().ok()?, removed }))
}

fn of_error(error: &Error) -> ErrorJson {
    let (kind, code, after_seconds) = match error.kind {
        Kind::Refused { code } => ("refused", code, None),
        Kind::Throttled { after_seconds } => ("throttled", None, after_seconds),
        Kind::Unreachable => ("unreachable", None, None),
        Kind::TooSlow => ("too slow", None, None),
        Kind::Unreadable => ("unreadable", None, None),
        Kind::Local => ("local", None, None),
        Kind::NotNow => ("not now", None, None),
    };
    ErrorJson { kind: kind.into(), code, after_seconds, words: error.words.clone() }
}

fn kind_of(error: &ErrorJson) -> Option<Kind> {
    Some(match error.kind.as_str() {
        "refused" => Kind::Refused { code: error.code },
        "throttled" => Kind::Throttled { after_seconds: error.after_seconds },
        "unreachable" => Kind::Unreachable,
        "too slow" => Kind::TooSlow,
        "unreadable" => Kind::Unreadable,
        "local" => Kind::Local,
        "not now" => Kind::NotNow,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let job = Job {
            api_url: "https://api.example".into(),
            token: "t".into(),
            zone: "z".into(),
            name: "host.example".into(),
            kind: "AAAA".into(),
            candidates: vec!["2001:db8::1".into(), "2001:db8::2".into()],
            policy: "all".into(),
            ttl: 1,
            seconds: 30,
        };
        let line = encode_job(&job);
        assert_eq!(line.matches('\n').count(), 1);
        assert_eq!(encode_job(&decode_job(&line).unwrap()), line);
        for kind in [
            Kind::Refused { code: Some(9109) },
            Kind::Refused { code: None },
            Kind::Throttled { after_seconds: Some(7) },
            Kind::Throttled { after_seconds: None },
            Kind::Unreachable,
            Kind::TooSlow,
            Kind::Unreadable,
            Kind::Local,
            Kind::NotNow,
        ] {
            let answer = Err(Error::new(kind, "a \"b\"\nc"));
            assert_eq!(decode_answer(&encode_answer(&answer)), Some(answer));
        }
        let report = Report {
            action: "updated".into(),
            address: "2001:db8::1".parse().unwrap(),
            removed: vec!["2001:db8::2".parse().unwrap()],
        };
        let line = encode_answer(&Ok(report.clone()));
        assert_eq!(decode_answer(&line), Some(Ok(report)));
        for length in 0..line.len() - 1 {
            assert_eq!(decode_answer(line.get(..length).unwrap()), None);
        }
        assert!(decode_answer("{}").is_none() && decode_job("{}").is_none());
    }
}
