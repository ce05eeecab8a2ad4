//! The job of a gateway: make one record of a name right, and tell all there is to tell about it.

use super::{ErrorJson, line};
use crate::error::Error;
use crate::record::Traces;
use miniserde::{Deserialize, Serialize, json};

/// Which record, where, and by whose leave.
#[derive(Serialize, Deserialize)]
pub struct Edit {
    /// `cloudflare`, `aliyun`, `tencent` or `hetzner`.
    pub provider: String,
    pub api_url: String,
    /// The public half of the credentials; empty where the provider knows none.
    pub id: String,
    pub secret: String,
    /// The zone by its name; empty: the longest of the account's zones the name is in.
    pub zone: String,
    /// Below the zone, `@` for its apex; with no zone the whole name.
    pub record: String,
    /// `A`, `AAAA`, `CNAME` or `TXT`.
    pub kind: String,
    pub value: String,
    /// Seconds.
    pub ttl: Option<u32>,
    pub comment: Option<String>,
    /// Whether what else stands at that name and type goes; else several records are refused.
    pub replaces: bool,
    /// The zone's identifier, as an earlier job told it.
    pub zone_id: Option<String>,
    /// The account's zones, as an earlier job told them.
    pub zones: Option<Vec<String>>,
    /// Whether these are too old to be relied on while new ones can be had.
    pub zones_are_old: bool,
    /// For the whole job.
    pub seconds: u32,
}

/// Where a job failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nothing was written.
    Looking,
    /// Whether it was written is not known.
    Writing,
}

/// What has become of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done {
        /// `unchanged`, `created` or `updated`.
        action: String,
        /// Of the record that stands there now, in seconds, where the provider says it.
        ttl: Option<u32>,
        /// What an updated record held before.
        previous_value: Option<String>,
    },
    /// So many records stand there, and none was touched.
    Several(u32),
    /// The account has no such zone.
    NoZone,
    Failed(Stage, Error),
}

/// The outcome, and what was seen on the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditAnswer {
    pub outcome: Outcome,
    pub traces: Traces,
}

#[derive(Serialize, Deserialize)]
struct AnswerJson {
    action: Option<String>,
    ttl: Option<u32>,
    previous_value: Option<String>,
    several: Option<u32>,
    no_zone: Option<bool>,
    error: Option<ErrorJson>,
    was_writing: Option<bool>,
    record_id: Option<String>,
    zone_id: Option<String>,
    request_id: Option<String>,
    ray: Option<String>,
    zones: Option<Vec<String>>,
    warnings: Option<Vec<String>>,
}

impl EditAnswer {
    /// The line for it, with its end.
    pub fn encode(&self) -> String {
        let traces = self.traces.clone();
        let mut json = AnswerJson {
            action: None,
            ttl: None,
            previous_value: None,
            several: None,
            no_zone: None,
            error: None,
            was_writing: None,
            record_id: traces.record_id,
            zone_id: traces.zone_id,
            request_id: traces.request_id,
            ray: traces.ray,
            zones: traces.zones,
            warnings: Some(traces.warnings),
        };
        match &self.outcome {
            Outcome::Done { action, ttl, previous_value } => {
                json.action = Some(action.clone());
                json.ttl = *ttl;
                json.previous_value = previous_value.clone();
            }
            Outcome::Several(count) => json.several = Some(*count),
            Outcome::NoZone => json.no_zone = Some(true),
            Outcome::Failed(stage, error) => {
                json.error = Some(ErrorJson::of(error));
                json.was_writing = Some(*stage == Stage::Writing);
            }
        }
        line(&json)
    }

    /// What the line says; nothing where it is not one of [`EditAnswer::encode`].
    pub fn decode(line: &str) -> Option<EditAnswer> {
        let json: AnswerJson = json::from_str(line).ok()?;
        let outcome = match (json.action, json.several, json.no_zone, json.error) {
            (Some(action), None, None, None) => {
                Outcome::Done { action, ttl: json.ttl, previous_value: json.previous_value }
            }
            (None, Some(count), None, None) => Outcome::Several(count),
            (None, None, Some(true), None) => Outcome::NoZone,
            (None, None, None, Some(error)) => {
                let stage = if json.was_writing? { Stage::Writing } else { Stage::Looking };
                Outcome::Failed(stage, error.read()?)
            }
            _ => return None,
        };
        let traces = Traces {
            record_id: json.record_id,
            zone_id: json.zone_id,
            request_id: json.request_id,
            ray: json.ray,
            zones: json.zones,
            warnings: json.warnings?,
        };
        Some(EditAnswer { outcome, traces })
    }
}
