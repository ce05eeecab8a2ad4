//! Which hosts have gone silent: told once for each, and again only after it came back.

/// Hosts that have told their addresses, and when they were last heard of.
pub struct Presence {
    /// How long a host may be silent, in milliseconds; 0: for ever.
    silence_max: u64,
    /// How often it is looked for silent ones, in milliseconds; 0: never.
    every: u64,
    hosts: Vec<Host>,
    /// When it was last looked.
    looked: u64,
}

struct Host {
    name: String,
    /// Milliseconds.
    heard: u64,
    is_lost: bool,
}

impl Presence {
    pub fn new(silence_max: u64, every: u64) -> Presence {
        Presence { silence_max, every, hosts: Vec::new(), looked: 0 }
    }

    /// A host has called, whatever comes of it. Whether it had been lost; one that has never told
    /// its address cannot be.
    pub fn called(&mut self, name: &str, now: u64) -> bool {
        let Some(host) = self.hosts.iter_mut().find(|host| host.name == name) else { return false };
        host.heard = now;
        std::mem::take(&mut host.is_lost)
    }

    /// A host's address stands: from now on it is missed. It has [called](Presence::called) before.
    pub fn updated(&mut self, name: &str, now: u64) {
        if !self.hosts.iter().any(|host| host.name == name) {
            self.hosts.push(Host { name: name.into(), heard: now, is_lost: false });
        }
    }

    /// When [`Presence::lost`] is worth a call.
    pub fn wake_at(&self) -> Option<u64> {
        if self.silence_max == 0 || self.every == 0 {
            return None;
        }
        let here = self.hosts.iter().filter(|host| !host.is_lost);
        let first = here.map(|host| host.heard.saturating_add(self.silence_max)).min()?;
        Some(first.max(self.looked.saturating_add(self.every)))
    }

    /// The hosts that have been silent for too long, and are told so now.
    pub fn lost(&mut self, now: u64) -> Vec<String> {
        if self.wake_at().is_none_or(|at| now < at) {
            return Vec::new();
        }
        self.looked = now;
        let mut lost = Vec::new();
        for host in self.hosts.iter_mut().filter(|host| !host.is_lost) {
            if now.saturating_sub(host.heard) >= self.silence_max {
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
        // It is looked every 60 ms only.
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
