//! How many lines servers write: a flood of requests must neither fill what holds the log nor keep
//! out what matters.

use crate::log::logger::Logger;

/// How many lines of a class are written in a burst, and per second after it.
const LINES_MAX: u64 = 1000;
const LINES_PER_SECOND: u64 = 10;

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A request, whoever sent it.
    Request,
    /// What came of work that has changed nothing.
    Outcome,
    /// What has changed, and what no caller can bring about: always written.
    Change,
}

/// How many lines of a class may be written, and how many were not.
pub struct Lines {
    class: &'static str,
    /// In thousandths of a line.
    left: u64,
    at: u64,
    suppressed: u64,
}

impl Lines {
    /// `class` names them in the line about those that were left out. `now` in milliseconds.
    pub fn new(class: &'static str, now: u64) -> Lines {
        Lines { class, left: LINES_MAX * 1000, at: now, suppressed: 0 }
    }

    /// Whether one more may be written now.
    pub fn may(&mut self, now: u64) -> bool {
        let more = now.saturating_sub(self.at).saturating_mul(LINES_PER_SECOND);
        (self.left, self.at) = ((self.left + more).min(LINES_MAX * 1000), now);
        let may = self.left >= 1000;
        match may {
            true => self.left -= 1000,
            false => self.suppressed += 1,
        }
        may
    }

    /// Says how many were not written, if any.
    pub fn tell(&mut self, log: &Logger) {
        if let Some(message) = self.suppressed() {
            log.warning(&message);
        }
    }

    /// Words for those that were not written, if there are any.
    fn suppressed(&mut self) -> Option<String> {
        let count = std::mem::take(&mut self.suppressed);
        (count > 0).then(|| format!("{count} {} log lines suppressed (rate limit)", self.class))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_ten_a_second() {
        let mut lines = Lines::new("request", 0);
        let count = |lines: &mut Lines, now| (0..2000).filter(|_| lines.may(now)).count();
        assert_eq!(count(&mut lines, 0), 1000);
        let message = "1000 request log lines suppressed (rate limit)";
        assert_eq!(lines.suppressed().as_deref(), Some(message));
        assert_eq!(lines.suppressed(), None);
        assert_eq!(count(&mut lines, 1000), 10);
        assert_eq!(count(&mut lines, u64::MAX), 1000);
    }
}
