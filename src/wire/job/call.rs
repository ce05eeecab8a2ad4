//! The job of sending one POST to a server the operator named, and telling what it answered.

use super::{ErrorJson, line};
use crate::error::Error;
use miniserde::{Deserialize, Serialize, json};

/// What to send, and where to.
#[derive(Serialize, Deserialize)]
pub struct Call {
    pub url: String,
    /// Names and values; they may hold credentials.
    pub headers: Vec<(String, String)>,
    pub body: String,
    /// Whether a certificate that nobody vouches for will do.
    pub unverified: bool,
    /// For the whole exchange.
    pub seconds: u32,
}

/// What was answered, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Called {
    pub status: u16,
    /// As far as it is text, and not more than a page of it.
    pub body: String,
    /// Seconds to wait, where the server said so.
    pub retry_after: Option<u32>,
}

#[derive(Serialize, Deserialize)]
struct AnswerJson {
    status: Option<u16>,
    body: Option<String>,
    retry_after: Option<u32>,
    error: Option<ErrorJson>,
}

impl Called {
    /// The line for what has become of a call, with its end.
    pub fn encode(answer: &Result<Called, Error>) -> String {
        line(&match answer {
            Ok(called) => AnswerJson {
                status: Some(called.status),
                body: Some(called.body.clone()),
                retry_after: called.retry_after,
                error: None,
            },
            Err(error) => {
                let error = Some(ErrorJson::of(error));
                AnswerJson { status: None, body: None, retry_after: None, error }
            }
        })
    }

    /// What the line says; nothing where it is not one of [`Called::encode`].
    pub fn decode(line: &str) -> Option<Result<Called, Error>> {
        let json: AnswerJson = json::from_str(line).ok()?;
        if let Some(error) = json.error {
            return error.read().map(Err);
        }
        Some(Ok(Called { status: json.status?, body: json.body?, retry_after: json.retry_after }))
    }
}
