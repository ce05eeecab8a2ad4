//! Rate limits of log lines: a flood of requests must neither fill the log's medium nor push out
//! what matters.

use crate::log::logger::Logger;

/// How many lines of a class are written in a burst, and per second after it.
const LINES_MAX: u64 = 1000;
const LINES_PER_SECOND: u64 = 10;

/// What a line is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// A request.
    Request,
    /// The outcome of work that changed nothing.
    Outcome,
    /// A change, and what no caller can cause: always written.
    Change,
}

/// The token bucket of a class of lines.
pub struct LogBudget {
    class: &'static str,
    /// In thousandths of a line.
    left: u64,
    at: u64,
    suppressed: u64,
}

impl LogBudget {
    /// `class` names the suppressed lines in the line that counts them. `now` in milliseconds.
    pub fn new(class: &'static str, now: u64) -> LogBudget {
        LogBudget { class, left: LINES_MAX * 1000, at: now, suppressed: 0 }
    }

    /// Whether one more line may be written now; takes it off the budget.
    pub fn allow(&mut self, now: u64) -> bool {
        let more = now.saturating_sub(self.at).saturating_mul(LINES_PER_SECOND);
        (self.left, self.at) = ((self.left + more).min(LINES_MAX * 1000), now);
        let may = self.left >= 1000;
        match may {
            true => self.left -= 1000,
            false => self.suppressed += 1,
        }
        may
    }

    /// Logs how many lines were suppressed since the last call, if any.
    pub fn log_suppressed(&mut self, log: &Logger) {
        if let Some(message) = self.suppressed() {
            log.warning(&message);
        }
    }

    fn suppressed(&mut self) -> Option<String> {
        let count = std::mem::take(&mut self.suppressed);
        let lines = if count == 1 { "line" } else { "lines" };
        (count > 0).then(|| format!("{count} {} log {lines} suppressed (rate limit)", self.class))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_ten_a_second() {
        let mut lines = LogBudget::new("request", 0);
        let count = |lines: &mut LogBudget, now| (0..2000).filter(|_| lines.allow(now)).count();
        assert_eq!(count(&mut lines, 0), 1000);
        let message = "1000 request log lines suppressed (rate limit)";
        assert_eq!(lines.suppressed().as_deref(), Some(message));
        assert_eq!(lines.suppressed(), None);
        lines.allow(0);
        let message = "1 request log line suppressed (rate limit)";
        assert_eq!(lines.suppressed().as_deref(), Some(message));
        assert_eq!(count(&mut lines, 1000), 10);
        assert_eq!(count(&mut lines, u64::MAX), 1000);
    }
}
