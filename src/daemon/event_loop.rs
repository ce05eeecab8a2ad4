//! The loop of every daemon: registers descriptors, waits for one of them, a time or a signal, and
//! lets the daemon work.

pub use crate::os::signal::{Signal, Signals};

use crate::error::Error;
use crate::os::clock::monotonic_ms;
use crate::os::poll::{Interest, PollSet, Token};
use std::ops::ControlFlow;
use std::time::{Duration, Instant};

/// The sources of tokens: whose descriptor is ready.
const SIGNALS: u8 = 0;
/// The HTTP server: its listeners and connections.
pub const SERVER: u8 = 1;
/// The workers, by their index.
pub const WORKERS: u8 = 2;
/// The worker that sends notifications.
pub const NOTIFICATIONS: u8 = 3;
/// The kernel's messages about addresses.
pub const ADDRESSES: u8 = 4;

/// What a daemon does in each round of the loop. Times are those of [`monotonic_ms`].
pub trait Daemon {
    /// Registers what to wait for; gives when [`Daemon::on_wake`] is due at the latest.
    fn register(&mut self, poll: &mut PollSet, now: u64) -> u64;

    /// A signal has come; on `Break` the loop ends.
    fn on_signal(&mut self, signal: Signal) -> ControlFlow<()>;

    /// Does what is due or ready; on `Break` the loop ends.
    fn on_wake(&mut self, poll: &PollSet) -> ControlFlow<()>;
}

/// Runs a daemon until it breaks the loop.
///
/// # Errors
/// Local: poll(2) fails.
pub fn run(daemon: &mut dyn Daemon, signals: &Signals) -> Result<(), Error> {
    let mut poll = PollSet::default();
    let token = Token { source: SIGNALS, id: 0 };
    loop {
        poll.clear();
        poll.register(token, signals.descriptor(), Interest::Read);
        let until = daemon.register(&mut poll, monotonic_ms());
        poll.wait(instant(until)).map_err(|why| Error::local("cannot wait for events", why))?;
        while poll.is_ready(token)
            && let Some(signal) = signals.next()
        {
            if daemon.on_signal(signal).is_break() {
                return Ok(());
            }
        }
        if daemon.on_wake(&poll).is_break() {
            return Ok(());
        }
    }
}

/// A time of [`monotonic_ms`] as the standard library's.
pub fn instant(at: u64) -> Instant {
    Instant::now() + Duration::from_millis(at.saturating_sub(monotonic_ms()))
}

/// Blocks SIGTERM, SIGINT and SIGHUP, and gives them as messages. To be called before anything that
/// takes time: a signal from then on is kept until it is read.
///
/// # Errors
/// Local: signalfd(2) fails.
pub fn signals() -> Result<Signals, Error> {
    Signals::open().map_err(|why| Error::local("cannot wait for signals", why))
}

/// Waits for a signal for so many milliseconds at most.
pub fn pause(signals: &Signals, milliseconds: u64) {
    let mut poll = PollSet::default();
    poll.register(Token { source: SIGNALS, id: 0 }, signals.descriptor(), Interest::Read);
    // However the wait ends, the pause does.
    let _ = poll.wait(instant(monotonic_ms() + milliseconds));
}
