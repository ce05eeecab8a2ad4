//! A memory of so many things for so long.

/// Times are milliseconds of a clock that only goes forward.
pub struct Expiring<K, V> {
    age_max: u64,
    entries_max: usize,
    /// The oldest first.
    entries: Vec<(K, V, u64)>,
}

impl<K: PartialEq, V> Expiring<K, V> {
    pub fn new(age_max: u64, entries_max: usize) -> Expiring<K, V> {
        Expiring { age_max, entries_max, entries: Vec::new() }
    }

    pub fn get(&self, key: &K, now: u64) -> Option<&V> {
        let (_, value, since) = self.entries.iter().find(|(one, ..)| one == key)?;
        (now.saturating_sub(*since) < self.age_max).then_some(value)
    }

    pub fn put(&mut self, key: K, value: V, now: u64) {
        self.remove(&key);
        if self.entries.len() >= self.entries_max {
            self.entries.remove(0);
        }
        self.entries.push((key, value, now));
    }

    pub fn remove(&mut self, key: &K) {
        self.entries.retain(|(one, ..)| one != key);
    }
}
