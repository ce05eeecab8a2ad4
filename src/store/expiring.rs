//! A bounded map of strings whose entries expire; when full, the oldest is evicted.

/// The map.
pub struct Expiring {
    /// Oldest first.
    entries: Vec<Entry>,
    /// In milliseconds.
    age_max: u64,
    entries_max: usize,
}

struct Entry {
    name: String,
    text: String,
    /// When it was inserted, in milliseconds.
    at: u64,
}

impl Expiring {
    /// `age_max` is in milliseconds; with 0 nothing is kept.
    pub fn new(age_max: u64, entries_max: usize) -> Expiring {
        Expiring { entries: Vec::new(), age_max, entries_max }
    }

    /// The value of that name, unless it has expired.
    pub fn get(&self, name: &str, now: u64) -> Option<&str> {
        let found = self.entries.iter().find(|entry| entry.name == name)?;
        self.is_fresh(found, now).then_some(found.text.as_str())
    }

    /// Inserts or replaces a value.
    pub fn put(&mut self, name: &str, text: &str, now: u64) {
        self.entries.retain(|entry| entry.name != name);
        if self.entries.len() >= self.entries_max {
            self.evict(now);
        }
        if self.entries.len() >= self.entries_max {
            self.entries.drain(..self.entries.len().min(1));
        }
        if self.age_max > 0 && self.entries_max > 0 {
            self.entries.push(Entry { name: name.into(), text: text.into(), at: now });
        }
    }

    pub fn forget(&mut self, name: &str) {
        self.entries.retain(|entry| entry.name != name);
    }

    fn evict(&mut self, now: u64) {
        let age_max = self.age_max;
        self.entries.retain(|entry| now.saturating_sub(entry.at) < age_max);
    }

    fn is_fresh(&self, entry: &Entry, now: u64) -> bool {
        now.saturating_sub(entry.at) < self.age_max
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn until_it_is_old() {
        let mut memory = Expiring::new(300, 4);
        memory.put("a", "1", 1000);
        assert_eq!(
            [1000, 1299, 1300].map(|now| memory.get("a", now)),
            [Some("1"), Some("1"), None]
        );
        memory.put("a", "2", 1100);
        assert_eq!((memory.get("a", 1399), memory.get("a", 1400)), (Some("2"), None));
        memory.forget("a");
        assert_eq!((memory.get("a", 1100), memory.get("b", 1100)), (None, None));
    }

    #[test]
    fn the_oldest_goes() {
        let mut memory = Expiring::new(300, 2);
        memory.put("a", "1", 0);
        memory.put("b", "2", 1);
        memory.put("a", "3", 2);
        memory.put("c", "4", 3);
        let all = |memory: &Expiring| ["a", "b", "c"].map(|name| memory.get(name, 3).is_some());
        assert_eq!(all(&memory), [true, false, true]);
        for number in 0..1000 {
            memory.put(&number.to_string(), "x", 4);
            assert!(memory.entries.len() <= 2);
        }
    }

    #[test]
    fn nothing_at_all() {
        for mut memory in [Expiring::new(0, 2), Expiring::new(300, 0)] {
            memory.put("a", "1", 0);
            assert_eq!(memory.get("a", 0), None);
        }
    }
}
