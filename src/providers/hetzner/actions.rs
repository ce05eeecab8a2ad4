//! Writes at Hetzner are done some time after they were accepted: waits for their end.

use super::super::failure::Reason as Meaning;
use super::{Failure, Hetzner, api_errors};
use crate::env::{Env, Method};
use crate::error::{Error, Kind};
use crate::record::{ResponseMeta, RrSet};
use crate::text::secret::Secret;
use crate::text::url::part;
use crate::wire::hetzner::{self as wire, Action, Reason, State};

/// Waits before each look whether a write is done, in milliseconds; the first of them where the
/// API does not know the action.
pub(super) const ACTION_MILLISECONDS: [u32; 8] = [500, 1000, 2000, 2000, 2000, 2000, 2000, 2000];

const UNKNOWN_ACTION_LOOKS_MAX: usize = 3;

pub(super) const RUNNING_WARNING: &str = "the change was accepted, but is not known to be done yet";

impl Hetzner<'_> {
    /// Waits for the end of an action, within reason.
    pub(super) fn finish(
        &self,
        env: &mut dyn Env,
        set: &RrSet,
        mut action: Action,
        meta: &mut ResponseMeta,
    ) -> Result<(), Failure> {
        // The second place where an action is to be found, and before it the zone's own, the last.
        let id = action.id;
        let mut others = vec![
            format!("/zones/{}/actions/{id}", part(set.zone_name())),
            format!("/zones/actions/{id}"),
        ];
        let mut request =
            self.account.request(Method::Get, &format!("/actions/{id}"), String::new());
        let mut looks_max = match self.hides_actions.get() {
            true => 0,
            false => ACTION_MILLISECONDS.len(),
        };
        let mut looks = 0;
        loop {
            match action.state {
                State::Success => return Ok(()),
                State::Failed(why) => return Err(failed(&why, self.account.secret)),
                State::Running => {}
            }
            let wait = ACTION_MILLISECONDS.get(looks).filter(|_| looks < looks_max);
            match wait {
                Some(&wait) if env.pause(wait).is_ok() => looks += 1,
                _ => break,
            }
            // The write is accepted: that it cannot be looked at now does not make it fail.
            let mut seen = self.ask_once(env, &request, meta);
            while seen.as_ref().is_err_and(is_missing)
                && let Some(path) = others.pop()
            {
                request = self.account.request(Method::Get, &path, String::new());
                seen = self.ask_once(env, &request, meta);
            }
            let seen = match seen {
                Ok(body) => wire::answer(&body, set).and_then(|answer| answer.action),
                Err(failure) if matches!(failure.error.kind, Kind::Throttled { .. }) => break,
                Err(failure) if is_missing(&failure) => {
                    self.hides_actions.set(true);
                    looks_max = UNKNOWN_ACTION_LOOKS_MAX;
                    None
                }
                Err(_) => None,
            };
            action.state = match seen {
                Some(seen) if seen.id == id => seen.state,
                _ => State::Running,
            };
        }
        if meta.warnings.iter().any(|one| one == RUNNING_WARNING) {
            return Ok(());
        }
        meta.warnings.push(RUNNING_WARNING.into());
        Ok(())
    }
}

fn is_missing(failure: &Failure) -> bool {
    failure.reason == Meaning::NoRecord
}

fn failed(why: &Reason, secret: &Secret) -> Failure {
    Error::new(Kind::Refused { code: None }, api_errors::refusal(why, secret, None)).into()
}
