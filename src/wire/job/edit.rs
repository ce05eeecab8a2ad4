//! The job of a server: make one record of a name right, and tell all there is to tell about it.

use super::DONE;
use super::line::{Reader, Writer};
use crate::error::Error;
use crate::record::ResponseMeta;

pub(super) const NAME: &str = "edit";

/// Which record, where, and by whose leave.
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
    /// So many records stand there, and none was touched; the lines they are on, if on several.
    Several(u32, Vec<String>),
    /// The account has no such zone.
    NoZone,
    Failed(Stage, Error),
}

/// The outcome, and what was seen on the way to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EditAnswer {
    pub outcome: Outcome,
    pub meta: ResponseMeta,
}

impl EditAnswer {
    /// Whether something stands there that did not before.
    pub fn has_changed(&self) -> bool {
        matches!(&self.outcome, Outcome::Done { action, .. } if action != super::UNCHANGED)
    }
}

impl Edit {
    pub(super) fn encode(&self) -> String {
        let zones = self.zones.as_deref().unwrap_or_default();
        Writer::new(NAME)
            .text(&self.provider)
            .text(&self.api_url)
            .text(&self.id)
            .text(&self.secret)
            .text(&self.zone)
            .text(&self.record)
            .text(&self.kind)
            .text(&self.value)
            .optional_number(self.ttl)
            .optional(self.comment.as_deref())
            .truth(self.replaces)
            .optional(self.zone_id.as_deref())
            .truth(self.zones.is_some())
            .list(zones.iter())
            .truth(self.zones_are_old)
            .number(self.seconds)
            .end()
    }

    pub(super) fn read(mut from: Reader) -> Option<Edit> {
        let edit = Edit {
            provider: from.text()?,
            api_url: from.text()?,
            id: from.text()?,
            secret: from.text()?,
            zone: from.text()?,
            record: from.text()?,
            kind: from.text()?,
            value: from.text()?,
            ttl: from.optional_number()?,
            comment: from.optional()?,
            replaces: from.truth()?,
            zone_id: from.optional()?,
            zones: zones(&mut from)?,
            zones_are_old: from.truth()?,
            seconds: from.number()?,
        };
        from.end(edit)
    }
}

fn zones(from: &mut Reader) -> Option<Option<Vec<String>>> {
    let (are_known, zones) = (from.truth()?, from.list()?);
    Some(are_known.then_some(zones))
}

const SEVERAL: &str = "several";
const NO_ZONE: &str = "no zone";
const LOOKING: &str = "failed looking";
const WRITING: &str = "failed writing";

impl EditAnswer {
    /// The line for it, with its end.
    pub fn encode(&self) -> String {
        let writer = match &self.outcome {
            Outcome::Done { action, ttl, previous_value } => Writer::new(DONE)
                .text(action)
                .optional_number(*ttl)
                .optional(previous_value.as_deref()),
            Outcome::Several(count, lines) => {
                Writer::new(SEVERAL).number(*count).list(lines.iter())
            }
            Outcome::NoZone => Writer::new(NO_ZONE),
            Outcome::Failed(Stage::Looking, error) => Writer::new(LOOKING).error(error),
            Outcome::Failed(Stage::Writing, error) => Writer::new(WRITING).error(error),
        };
        let meta = &self.meta;
        let zones = meta.zones.as_deref().unwrap_or_default();
        writer
            .optional(meta.record_id.as_deref())
            .optional(meta.zone_id.as_deref())
            .optional(meta.request_id.as_deref())
            .optional(meta.ray.as_deref())
            .truth(meta.zones.is_some())
            .list(zones.iter())
            .list(meta.warnings.iter())
            .end()
    }

    /// What the line says; nothing where it is not one of [`EditAnswer::encode`].
    pub fn decode(line: &str) -> Option<EditAnswer> {
        let (what, mut from) = Reader::new(line)?;
        let outcome = match what.as_str() {
            DONE => Outcome::Done {
                action: from.text()?,
                ttl: from.optional_number()?,
                previous_value: from.optional()?,
            },
            SEVERAL => Outcome::Several(from.number()?, from.list()?),
            NO_ZONE => Outcome::NoZone,
            LOOKING => Outcome::Failed(Stage::Looking, from.error()?),
            WRITING => Outcome::Failed(Stage::Writing, from.error()?),
            _ => return None,
        };
        let meta = ResponseMeta {
            record_id: from.optional()?,
            zone_id: from.optional()?,
            request_id: from.optional()?,
            ray: from.optional()?,
            zones: zones(&mut from)?,
            warnings: from.list()?,
        };
        from.end(EditAnswer { outcome, meta })
    }
}
