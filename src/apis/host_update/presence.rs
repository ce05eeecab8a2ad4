//! Detection of hosts that have stopped calling; each is reported once until it is back.

/// Hosts that have been updated, and when each last called.
pub struct Presence {
    /// After how long without a request a host is lost, in milliseconds; 0: never.
    silence_max: u64,
    /// How often to check, in milliseconds; 0: never.
    every: u64,
    hosts: Vec<Host>,
    /// When the last check was.
    last_scan: u64,
}

struct Host {
    name: String,
    /// Milliseconds.
    last_seen: u64,
    is_lost: bool,
}

impl Presence {
    pub fn new(silence_max: u64, every: u64) -> Presence {
        Presence { silence_max, every, hosts: Vec::new(), last_scan: 0 }
    }

    /// Records a host's request, whatever its result; returns whether the host had been lost. One
    /// that was never updated cannot be.
    pub fn called(&mut self, name: &str, now: u64) -> bool {
        let Some(host) = self.hosts.iter_mut().find(|host| host.name == name) else { return false };
        host.last_seen = now;
        std::mem::take(&mut host.is_lost)
    }

    /// Records a successful update; from now on the host is watched. It has
    /// [called](Presence::called) before.
    pub fn updated(&mut self, name: &str, now: u64) {
        if !self.hosts.iter().any(|host| host.name == name) {
            self.hosts.push(Host { name: name.into(), last_seen: now, is_lost: false });
        }
    }

    /// When [`Presence::lost`] is due.
    pub fn wake_at(&self) -> Option<u64> {
        if self.silence_max == 0 || self.every == 0 {
            return None;
        }
        let here = self.hosts.iter().filter(|host| !host.is_lost);
        let first = here.map(|host| host.last_seen.saturating_add(self.silence_max)).min()?;
        Some(first.max(self.last_scan.saturating_add(self.every)))
    }

    /// The newly lost hosts.
    pub fn lost(&mut self, now: u64) -> Vec<String> {
        if self.wake_at().is_none_or(|at| now < at) {
            return Vec::new();
        }
        self.last_scan = now;
        let mut lost = Vec::new();
        for host in self.hosts.iter_mut().filter(|host| !host.is_lost) {
            if now.saturating_sub(host.last_seen) >= self.silence_max {
                host.is_lost = true;
                lost.push(host.name.clone());
            }
        }
        lost
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_silent_host_is_told_once_until_it_is_back() {
        let mut presence = Presence::new(10_000, 60);
        assert_eq!(presence.wake_at(), None);
        assert!(!presence.called("a", 5));
        assert_eq!(presence.wake_at(), None);
        presence.updated("a", 1000);
        presence.updated("b", 2000);
        assert_eq!((presence.wake_at(), presence.lost(10_999).len()), (Some(11_000), 0));
        assert_eq!(presence.lost(11_000), ["a"]);
        // It checks every 60 ms only.
        assert_eq!(presence.wake_at(), Some(12_000));
        assert!(!presence.called("b", 11_950));
        assert_eq!(presence.wake_at(), Some(21_950));
        assert_eq!(presence.lost(30_000), ["b"]);
        assert_eq!((presence.wake_at(), presence.lost(90_000).len()), (None, 0));
        assert!(presence.called("a", 90_000) && !presence.called("a", 90_001));
        assert_eq!(presence.lost(100_001), ["a"]);
    }

    #[test]
    fn not_more_often_than_asked() {
        let mut presence = Presence::new(100, 60);
        presence.updated("a", 1000);
        presence.updated("b", 1010);
        assert_eq!(presence.lost(1100), ["a"]);
        assert_eq!((presence.lost(1159).len(), presence.wake_at()), (0, Some(1160)));
        assert_eq!(presence.lost(1160), ["b"]);
    }

    #[test]
    fn never() {
        let mut presence = Presence::new(0, 60);
        presence.updated("a", 0);
        assert_eq!((presence.wake_at(), presence.lost(u64::MAX).len()), (None, 0));
    }
}
