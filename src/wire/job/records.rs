//! The job of making RRsets of one zone what they should be, and the answer to it.

use super::line::{Line, Words, no_error};
use crate::error::Error;
use crate::record::{Attributes, Policy, RecordType, ResponseMeta, Value, Zone};

pub(super) const NAME: &str = "records";
const ANSWER: &str = "answer";

/// RRsets of one zone, and the credentials of the account the zone is in.
pub struct Job {
    /// A name of [`crate::providers::PROVIDERS`].
    pub provider: String,
    pub api_url: String,
    /// The public half of the credentials; empty where the provider has none.
    pub id: String,
    pub secret: String,
    pub zone: Zone,
    /// The identifier of a zone that is addressed by name, as an earlier answer gave it.
    pub zone_id: Option<String>,
    /// The names of the account's zones, as an earlier answer gave them.
    pub zones: Option<Vec<String>>,
    /// Whether these only serve where new ones cannot be had.
    pub zones_are_old: bool,
    pub sets: Vec<SetJob>,
    pub deadline: Deadline,
}

/// One RRset, and what is wanted of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SetJob {
    /// As in [`crate::record::RrSet::name`].
    pub name: String,
    pub kind: RecordType,
    /// For policies that choose one: the best first.
    pub wanted: Vec<Value>,
    /// Those among the others that may go under [`Policy::KeepForeign`].
    pub owned: Vec<Value>,
    pub policy: Policy,
    pub attributes: Attributes,
    /// Seconds.
    pub ttl: Option<u32>,
    pub comment: Option<String>,
    pub proxied: Option<bool>,
}

impl SetJob {
    /// One value, and nothing said about anything else.
    pub fn one(name: String, value: Value) -> SetJob {
        SetJob {
            name,
            kind: value.kind(),
            wanted: vec![value],
            owned: Vec::new(),
            policy: Policy::OnlyOne,
            attributes: Attributes::Always,
            ttl: None,
            comment: None,
            proxied: None,
        }
    }
}

/// How long a job may take, in seconds, and whether somebody waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deadline {
    /// For the whole job: somebody waits, so that reads are tried again and conflicts with other
    /// writers are resolved at once.
    Job(u32),
    /// For each request: whoever gave the job comes back after a failure.
    Request(u32),
}

impl Deadline {
    pub fn seconds(self) -> u32 {
        match self {
            Deadline::Job(seconds) | Deadline::Request(seconds) => seconds,
        }
    }
}

const POLICIES: Words<Policy> = Words {
    names: &["mirror", "keep-foreign", "only-one", "first", "all"],
    values: &[Policy::Mirror, Policy::KeepForeign, Policy::OnlyOne, Policy::First, Policy::All],
};

const ATTRIBUTES: Words<Attributes> = Words {
    names: &["of-new", "with-value", "always"],
    values: &[Attributes::OfNew, Attributes::WithValue, Attributes::Always],
};

const PROXIED: Words<Option<bool>> =
    Words { names: &["", "0", "1"], values: &[None, Some(false), Some(true)] };

/// The three kinds of [`Zone`], which have a text each.
#[derive(Clone, Copy, PartialEq)]
enum ZoneForm {
    Id,
    Name,
    Unknown,
}

const ZONE_FORMS: Words<ZoneForm> = Words {
    names: &["id", "name", "unknown"],
    values: &[ZoneForm::Id, ZoneForm::Name, ZoneForm::Unknown],
};

fn zone(line: &mut Line, zone: &mut Zone) {
    let (mut form, mut text) = match std::mem::replace(zone, Zone::Unknown) {
        Zone::Id(id) => (ZoneForm::Id, id),
        Zone::Name(name) => (ZoneForm::Name, name),
        Zone::Unknown => (ZoneForm::Unknown, String::new()),
    };
    line.one_of(&mut form, &ZONE_FORMS);
    line.text(&mut text);
    *zone = match form {
        ZoneForm::Id => Zone::Id(text),
        ZoneForm::Name => Zone::Name(text),
        ZoneForm::Unknown => Zone::Unknown,
    };
}

fn optional_texts(line: &mut Line, texts: &mut Option<Vec<String>>) {
    let mut is_some = texts.is_some();
    line.bool(&mut is_some);
    if is_some {
        line.texts(texts.get_or_insert_with(Vec::new));
    }
}

impl Job {
    fn fields(&mut self, line: &mut Line) {
        line.text(&mut self.provider);
        line.text(&mut self.api_url);
        line.text(&mut self.id);
        line.text(&mut self.secret);
        zone(line, &mut self.zone);
        line.optional(&mut self.zone_id);
        optional_texts(line, &mut self.zones);
        line.bool(&mut self.zones_are_old);
        let mut is_awaited = matches!(self.deadline, Deadline::Job(_));
        let mut seconds = self.deadline.seconds();
        line.bool(&mut is_awaited);
        line.number(&mut seconds);
        self.deadline =
            if is_awaited { Deadline::Job(seconds) } else { Deadline::Request(seconds) };
        let count = line.count(self.sets.len());
        self.sets.resize(count, SetJob::one(String::new(), super::line::nothing()));
        for set in &mut self.sets {
            set.fields(line);
        }
    }

    /// The line for the job, with its end.
    pub fn encode(mut self) -> String {
        Line::write(NAME, &mut |line| self.fields(line))
    }

    pub(super) fn read(mut line: Line) -> Option<Job> {
        let mut job = Job {
            provider: String::new(),
            api_url: String::new(),
            id: String::new(),
            secret: String::new(),
            zone: Zone::Unknown,
            zone_id: None,
            zones: None,
            zones_are_old: false,
            sets: Vec::new(),
            deadline: Deadline::Job(0),
        };
        job.fields(&mut line);
        line.is_complete().then_some(job)
    }
}

impl SetJob {
    fn fields(&mut self, line: &mut Line) {
        line.text(&mut self.name);
        line.record_type(&mut self.kind);
        line.values(&mut self.wanted);
        line.values(&mut self.owned);
        line.one_of(&mut self.policy, &POLICIES);
        line.one_of(&mut self.attributes, &ATTRIBUTES);
        line.optional_number(&mut self.ttl);
        line.optional(&mut self.comment);
        line.one_of(&mut self.proxied, &PROXIED);
    }
}

/// Where a job failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Nothing was written.
    Looking,
    /// Of the changes that are not among the steps it is not known whether they were made.
    Writing,
}

/// What has become of a job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    Done,
    /// An RRset has several records, and nothing was touched.
    Several {
        count: u32,
        /// The lines they are on, if on several.
        lines: Vec<String>,
        /// The first of them.
        values: Vec<Value>,
    },
    /// The account has no such zone.
    NoZone,
    Failed(Stage, Error),
}

/// What has become of one record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    Unchanged,
    Created,
    Updated,
    Removed,
}

impl Action {
    /// The word for it in answers and messages.
    pub const fn as_str(self) -> &'static str {
        match self {
            Action::Unchanged => "unchanged",
            Action::Created => "created",
            Action::Updated => "updated",
            Action::Removed => "removed",
        }
    }
}

const ACTIONS: Words<Action> = Words {
    names: &[
        Action::Unchanged.as_str(),
        Action::Created.as_str(),
        Action::Updated.as_str(),
        Action::Removed.as_str(),
    ],
    values: &[Action::Unchanged, Action::Created, Action::Updated, Action::Removed],
};

/// One record that stays, was made, changed or removed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Which of the job's RRsets it is of.
    pub set: u32,
    pub action: Action,
    /// What it holds now, or held until it was removed.
    pub value: Value,
    /// What an updated record held before, as the provider spelled it.
    pub previous: Option<String>,
    /// Seconds, where the provider shows it.
    pub ttl: Option<u32>,
}

/// The answer to a [`Job`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub outcome: Outcome,
    /// What was done, also where the job failed then.
    pub steps: Vec<Step>,
    pub meta: ResponseMeta,
}

impl Answer {
    /// Whether something was written.
    pub fn has_changed(&self) -> bool {
        self.steps.iter().any(|step| step.action != Action::Unchanged)
    }
}

/// The kinds of [`Outcome`].
#[derive(Clone, Copy, PartialEq)]
enum OutcomeForm {
    Done,
    Several,
    NoZone,
    Looking,
    Writing,
}

const OUTCOME_FORMS: Words<OutcomeForm> = Words {
    names: &["done", "several", "no zone", "failed looking", "failed writing"],
    values: &[
        OutcomeForm::Done,
        OutcomeForm::Several,
        OutcomeForm::NoZone,
        OutcomeForm::Looking,
        OutcomeForm::Writing,
    ],
};

fn outcome(line: &mut Line, outcome: &mut Outcome) {
    let mut form = match outcome {
        Outcome::Done => OutcomeForm::Done,
        Outcome::Several { .. } => OutcomeForm::Several,
        Outcome::NoZone => OutcomeForm::NoZone,
        Outcome::Failed(Stage::Looking, _) => OutcomeForm::Looking,
        Outcome::Failed(Stage::Writing, _) => OutcomeForm::Writing,
    };
    line.one_of(&mut form, &OUTCOME_FORMS);
    let is_read = matches!(outcome, Outcome::Done) && form != OutcomeForm::Done;
    if is_read {
        *outcome = match form {
            OutcomeForm::Done => Outcome::Done,
            OutcomeForm::Several => {
                Outcome::Several { count: 0, lines: Vec::new(), values: Vec::new() }
            }
            OutcomeForm::NoZone => Outcome::NoZone,
            OutcomeForm::Looking => Outcome::Failed(Stage::Looking, no_error()),
            OutcomeForm::Writing => Outcome::Failed(Stage::Writing, no_error()),
        };
    }
    match outcome {
        Outcome::Done | Outcome::NoZone => {}
        Outcome::Several { count, lines, values } => {
            line.number(count);
            line.texts(lines);
            line.values(values);
        }
        Outcome::Failed(_, error) => line.error(error),
    }
}

impl Answer {
    fn fields(&mut self, line: &mut Line) {
        outcome(line, &mut self.outcome);
        let count = line.count(self.steps.len());
        let step = Step {
            set: 0,
            action: Action::Unchanged,
            value: super::line::nothing(),
            previous: None,
            ttl: None,
        };
        self.steps.resize(count, step);
        for step in &mut self.steps {
            line.number(&mut step.set);
            line.one_of(&mut step.action, &ACTIONS);
            line.value(&mut step.value);
            line.optional(&mut step.previous);
            line.optional_number(&mut step.ttl);
        }
        let meta = &mut self.meta;
        line.optional(&mut meta.record_id);
        line.optional(&mut meta.zone_id);
        line.optional(&mut meta.request_id);
        line.optional(&mut meta.ray);
        optional_texts(line, &mut meta.zones);
        line.texts(&mut meta.warnings);
    }

    /// The line for it, with its end.
    pub fn encode(mut self) -> String {
        Line::write(ANSWER, &mut |line| self.fields(line))
    }

    /// What the line says; nothing where it is not one of [`Answer::encode`].
    pub fn decode(line: &str) -> Option<Answer> {
        let (kind, mut line) = Line::read(line)?;
        let mut answer =
            Answer { outcome: Outcome::Done, steps: Vec::new(), meta: ResponseMeta::default() };
        if kind != ANSWER {
            return None;
        }
        answer.fields(&mut line);
        line.is_complete().then_some(answer)
    }
}
