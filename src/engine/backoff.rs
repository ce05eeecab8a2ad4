//! Delays before retries; pure.

use crate::error::Kind;

/// Attempts of a read.
pub const READ_TRIES_MAX: u32 = 3;
/// Longest Retry-After that a run waits for, in seconds; beyond it the run fails.
const RETRY_AFTER_SECONDS_MAX: u32 = 30;
/// The first delay, in milliseconds; it doubles each time.
const FIRST_MILLISECONDS: u32 = 1000;

/// Milliseconds to wait before the next try after `tries` (1 and up) have failed with `kind`, or
/// nothing where another try is of no use. `jitter` is random: it spreads the waits of many
/// routers by up to a quarter, never below what a server asked for.
pub fn before_retry(kind: Kind, tries: u32, jitter: u16) -> Option<u32> {
    if tries == 0 || tries >= READ_TRIES_MAX {
        return None;
    }
    let least = match kind {
        Kind::Throttled { after_seconds: Some(seconds) } => {
            (seconds <= RETRY_AFTER_SECONDS_MAX).then(|| seconds * 1000)?.max(FIRST_MILLISECONDS)
        }
        Kind::Unreachable | Kind::Timeout | Kind::Throttled { after_seconds: None } => {
            FIRST_MILLISECONDS << (tries - 1)
        }
        Kind::Refused { .. }
        | Kind::OtherName
        | Kind::InvalidResponse
        | Kind::Local
        | Kind::Unavailable => {
            return None;
        }
    };
    Some(least + (u64::from(least) * u64::from(jitter) / (4 * 65_536)) as u32)
}

/// First and longest delay between a daemon's attempts, in seconds.
const STEP_SECONDS_MIN: u64 = 5;
const STEP_SECONDS_MAX: u64 = 600;
/// This many doublings exceed the longest delay from any first one.
const STEP_DOUBLINGS_MAX: u32 = 31;
/// Longest delay while this machine is not ready, in seconds.
const CLOCK_SECONDS_MAX: u64 = 30;
/// Longest Retry-After that a daemon honours, in seconds: a server's mistake must not be permanent.
const ASKED_SECONDS_MAX: u64 = 86_400;

/// No further attempt, in milliseconds: only other settings can help.
pub const FOR_EVER: u64 = u64::MAX / 4;

/// Milliseconds until a daemon tries again after `failures` (1 and up) in a row, the last of them
/// with `kind`: steps that double, and up to a quarter less of each by `jitter`, so that many
/// routers do not come at once; but never sooner than a server has asked for.
pub fn before_next(kind: Kind, failures: u32, jitter: u16) -> u64 {
    let doubled = STEP_SECONDS_MIN << failures.saturating_sub(1).min(STEP_DOUBLINGS_MAX);
    // The clock is set some time after boot, and checking it is free.
    let most = if kind == Kind::Unavailable { CLOCK_SECONDS_MAX } else { STEP_SECONDS_MAX };
    let step = doubled.min(most) * 1000;
    let step = step - step * u64::from(jitter) / (4 * 65_536);
    step.max(asked_for(kind))
}

/// Milliseconds until a daemon that works every `interval_seconds` does so again: up to a tenth
/// later by `jitter`, so that many routers do not come at once.
pub fn before_regular(interval_seconds: u32, jitter: u16) -> u64 {
    let interval = u64::from(interval_seconds) * 1000;
    interval + interval / 10 * u64::from(jitter) / 65_536
}

/// The same after `failures` (1 and up) in a row, the last of them with `kind`: steps that double,
/// beginning with the interval, or with the longest step where the interval is longer; but never
/// sooner than a server has asked for.
pub fn before_regular_again(interval_seconds: u32, kind: Kind, failures: u32, jitter: u16) -> u64 {
    let doublings = failures.saturating_sub(1).min(STEP_DOUBLINGS_MAX);
    let most = if kind == Kind::Unavailable { CLOCK_SECONDS_MAX } else { STEP_SECONDS_MAX } * 1000;
    let step = before_regular(interval_seconds, jitter).min(most) << doublings;
    step.min(most).max(asked_for(kind))
}

/// The delay that a server has requested, or that is imposed, in milliseconds.
pub fn asked_for(kind: Kind) -> u64 {
    match kind {
        Kind::Throttled { after_seconds: Some(seconds) } => {
            u64::from(seconds).min(ASKED_SECONDS_MAX) * 1000
        }
        Kind::OtherName => FOR_EVER,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_and_end() {
        let after = |tries| before_retry(Kind::Unreachable, tries, 0);
        assert_eq!([after(0), after(1), after(2), after(3)], [None, Some(1000), Some(2000), None]);
        assert_eq!(before_retry(Kind::Timeout, 1, u16::MAX), Some(1249));
    }

    #[test]
    fn a_daemon_never_gives_up() {
        let after = |failures| before_next(Kind::Timeout, failures, 0) / 1000;
        let steps: Vec<u64> = (1..=9).map(after).collect();
        assert_eq!(steps, [5, 10, 20, 40, 80, 160, 320, 600, 600]);
        assert_eq!(after(u32::MAX), 600);
        for failures in 1..40 {
            let least = before_next(Kind::Timeout, failures, u16::MAX);
            assert!(least * 4 >= after(failures) * 3000 && least < after(failures) * 1000);
        }
        let asked = |seconds| Kind::Throttled { after_seconds: Some(seconds) };
        assert_eq!(before_next(asked(300), 1, 0), 300_000);
        assert_eq!(before_next(Kind::Unavailable, 9, 0), 30_000);
        assert_eq!(before_next(asked(3), 1, 0), 5_000);
        assert_eq!(before_next(asked(u32::MAX), 1, 0), 86_400_000);
    }

    #[test]
    fn a_regular_daemon_slows_down_while_it_fails() {
        for jitter in [0, 1, 30_000, u16::MAX] {
            assert!((60_000..66_000).contains(&before_regular(60, jitter)));
            let after = |failures| before_regular_again(60, Kind::Unreachable, failures, jitter);
            assert_eq!(after(1), before_regular(60, jitter));
            assert_eq!((after(2), after(3)), (after(1) * 2, after(1) * 4));
            assert_eq!([5, 6, 99, u32::MAX].map(after), [600_000; 4]);
        }
        let after = |interval, failures| {
            before_regular_again(interval, Kind::Timeout, failures, u16::MAX) / 1000
        };
        assert_eq!([after(1, 1), after(1, 10), after(1, 11)], [1, 562, 600]);
        assert_eq!([after(3600, 1), after(u32::MAX, u32::MAX), after(1 << 30, 32)], [600; 3]);
        let asked = |seconds| {
            let kind = Kind::Throttled { after_seconds: seconds };
            before_regular_again(60, kind, 1, 0) / 1000
        };
        assert_eq!(
            [asked(None), asked(Some(7)), asked(Some(900)), asked(Some(u32::MAX))],
            [60, 60, 900, 86_400]
        );
        assert_eq!(before_regular_again(60, Kind::Unavailable, 9, 0), 30_000);
        assert_eq!(before_regular_again(5, Kind::Unavailable, 1, 0), 5_000);
    }

    #[test]
    fn a_server_is_obeyed_within_reason() {
        let after = |seconds| before_retry(Kind::Throttled { after_seconds: seconds }, 1, 0);
        assert_eq!(after(Some(30)), Some(30_000));
        assert_eq!(after(Some(31)), None);
        assert_eq!(after(Some(0)), Some(1000));
        assert_eq!(after(Some(u32::MAX)), None);
        assert_eq!(after(None), Some(1000));
        let late = before_retry(Kind::Throttled { after_seconds: Some(30) }, 2, u16::MAX).unwrap();
        assert!((30_000..37_500).contains(&late));
    }

    #[test]
    fn what_will_not_change_is_not_asked_again() {
        for kind in [
            Kind::Refused { code: Some(9109) },
            Kind::InvalidResponse,
            Kind::Local,
            Kind::Unavailable,
        ] {
            assert_eq!(before_retry(kind, 1, 0), None);
        }
    }
}
