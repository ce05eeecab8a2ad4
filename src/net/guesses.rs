//! Wrong credentials, counted by peer: after a few of them a peer's requests are refused unread, so
//! that guessing takes time. Neither a connection nor a worker is held meanwhile.
//!
//! Others may share the peer's address. Credentials that were right before are still accepted from
//! there while the rest is refused, until there are so many that these could be guessed as well.

use super::peer::Peer;
use crate::crypto;
use crate::wire::http::Request;

/// How many wrong credentials are checked, and how many requests are refused before those with
/// credentials that were right are refused, too.
const WRONG_MAX: u32 = 20;
const REFUSED_MAX: u32 = 300;
/// How often one wrong try is forgotten, in milliseconds, and how many refused requests with it:
/// the rate at which a flood can guess.
const FORGOTTEN_MILLISECONDS: u64 = 5000;
const FORGOTTEN_REFUSED: u32 = 20;
/// When a refused peer may try again, in seconds.
const RETRY_SECONDS: u32 = 10;
/// Most peers, and credentials of each, that are remembered.
const PEERS_MAX: usize = 128;
const RIGHT_MAX: usize = 4;

/// The header fields that hold credentials.
const FIELDS: [&str; 2] = ["authorization", "x-pre-shared-key"];

struct Entry {
    peer: Peer,
    wrong: u32,
    refused: u32,
    /// Up to when tries have been forgotten.
    at: u64,
    /// Hashes of credentials that were right, the last one first.
    right: [u64; RIGHT_MAX],
}

/// What peers have tried.
pub struct Guesses(Vec<Entry>);

impl Guesses {
    pub fn new() -> Guesses {
        Guesses(Vec::new())
    }

    /// In how many seconds the peer may try again, if this request is to be refused unread.
    pub fn refuse(&mut self, peer: Peer, request: &Request, now: u64) -> Option<u32> {
        let entry = self.find(peer, now)?;
        if entry.wrong < WRONG_MAX {
            return None;
        }
        if entry.refused < REFUSED_MAX {
            if entry.right.contains(&hash(request)) {
                return None;
            }
            entry.refused += 1;
        }
        Some(RETRY_SECONDS)
    }

    /// Counts a request with wrong credentials. Whether the next ones are refused for it.
    pub fn wrong(&mut self, peer: Peer, now: u64) -> bool {
        let Some(entry) = self.entry(peer, now) else { return false };
        // A wrong one among those still accepted counts as refused.
        let count = if entry.wrong < WRONG_MAX { &mut entry.wrong } else { &mut entry.refused };
        *count += 1;
        entry.wrong == WRONG_MAX
    }

    /// Remembers that a request's credentials were right.
    pub fn right(&mut self, peer: Peer, request: &Request, now: u64) {
        let hash = hash(request);
        let Some(Entry { right, .. }) = self.entry(peer, now) else { return };
        let place = right.iter().position(|&one| one == hash).unwrap_or(RIGHT_MAX - 1);
        if let Some(before) = right.get_mut(..=place) {
            before.rotate_right(1);
        }
        right[0] = hash;
    }

    /// The peer's entry as it is now.
    fn find(&mut self, peer: Peer, now: u64) -> Option<&mut Entry> {
        let entry = self.0.iter_mut().find(|one| one.peer == peer)?;
        let forgotten = now.saturating_sub(entry.at) / FORGOTTEN_MILLISECONDS;
        entry.at += forgotten * FORGOTTEN_MILLISECONDS;
        let forgotten = u32::try_from(forgotten).unwrap_or(u32::MAX);
        entry.wrong = entry.wrong.saturating_sub(forgotten);
        entry.refused = entry.refused.saturating_sub(forgotten.saturating_mul(FORGOTTEN_REFUSED));
        Some(entry)
    }

    /// The peer's entry; where there are too many, the one clear for longest is dropped.
    fn entry(&mut self, peer: Peer, now: u64) -> Option<&mut Entry> {
        if !self.0.iter().any(|one| one.peer == peer) {
            let entry = Entry { peer, wrong: 0, refused: 0, at: now, right: [0; RIGHT_MAX] };
            let clear_at =
                |one: &&mut Entry| one.at + u64::from(one.wrong) * FORGOTTEN_MILLISECONDS;
            if self.0.len() < PEERS_MAX {
                self.0.push(entry);
            } else if let Some(first) = self.0.iter_mut().min_by_key(clear_at) {
                *first = entry;
            }
        }
        self.find(peer, now)
    }
}

fn hash(request: &Request) -> u64 {
    let mut text = Vec::new();
    for name in FIELDS {
        text.extend_from_slice(request.header(name).unwrap_or_default().as_bytes());
        text.push(0);
    }
    crypto::short_hash(&text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(number: u8) -> Peer {
        Peer::of([192, 0, 2, number].into())
    }

    fn request(key: &str) -> Request {
        Request {
            method: "GET".into(),
            path: "/".into(),
            query: String::new(),
            headers: vec![("x-pre-shared-key".into(), key.into())],
            body: vec![],
            peer: [192, 0, 2, 1].into(),
        }
    }

    /// How many of so many guesses from a peer were looked at.
    fn guess(guesses: &mut Guesses, peer: Peer, count: u32, now: u64) -> u32 {
        let mut looked_at = 0;
        for number in 0..count {
            if guesses.refuse(peer, &request(&number.to_string()), now).is_none() {
                guesses.wrong(peer, now);
                looked_at += 1;
            }
        }
        looked_at
    }

    #[test]
    fn a_few_at_once_then_one_now_and_then() {
        let mut guesses = Guesses::new();
        assert_eq!(guess(&mut guesses, peer(1), WRONG_MAX + 5, 0), WRONG_MAX);
        assert!(guesses.refuse(peer(2), &request("a"), 0).is_none());
        assert_eq!(guesses.refuse(peer(1), &request("a"), 4_999), Some(RETRY_SECONDS));
        assert_eq!(guess(&mut guesses, peer(1), 6_000, 5_000), 1);
        assert_eq!(guess(&mut guesses, peer(1), 6_000, 20_000), 3);
        // Being refused is not held against anybody.
        assert!(guesses.refuse(peer(1), &request("a"), 25_000).is_none());
        assert_eq!(guess(&mut guesses, peer(1), 50, 1_000_000), WRONG_MAX);
    }

    #[test]
    fn what_was_right_before_is_still_looked_at() {
        let mut guesses = Guesses::new();
        for key in ["old", "a", "b", "c", "d", "a"] {
            guesses.right(peer(1), &request(key), 0);
        }
        guess(&mut guesses, peer(1), 40, 0);
        for key in ["a", "b", "c", "d"] {
            assert_eq!(guesses.refuse(peer(1), &request(key), 0), None, "{key}");
        }
        assert!(guesses.refuse(peer(1), &request("old"), 0).is_some());
        // A flood could guess these, too.
        guess(&mut guesses, peer(1), 400, 0);
        assert!(guesses.refuse(peer(1), &request("a"), 0).is_some());
        assert!(guesses.refuse(peer(1), &request("a"), 5_000).is_none());
    }

    #[test]
    fn peers_are_bounded_and_the_busiest_stay() {
        let mut guesses = Guesses::new();
        guess(&mut guesses, peer(1), 40, 0);
        for number in 0..1000_u32 {
            guesses.wrong(Peer::of(number.to_be_bytes().into()), u64::from(number));
        }
        assert_eq!(guesses.0.len(), PEERS_MAX);
        assert!(guesses.refuse(peer(1), &request("a"), 1000).is_some());
    }
}
