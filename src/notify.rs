//! Notifications for the operator through ntfy: which to send when, as calls that a worker makes.

use crate::error::Error;
use crate::text::secret::Secret;
use crate::text::{base64, printable};
use crate::wire::job::{Call, Called};

/// Longest message, in bytes; ntfy makes an attachment of a longer one.
const BODY_BYTES_MAX: usize = 4096;
/// Least time between two messages of a kind, in milliseconds.
const BETWEEN_MILLISECONDS: u64 = 60_000;
/// How many texts of a kind are queued for the next message; further ones are only counted.
const WAITING_MAX: usize = 8;
/// Longest queued text, in characters.
const TEXT_CHARACTERS_MAX: usize = 1000;
/// Longest title, in characters.
const TITLE_CHARACTERS_MAX: usize = 80;
/// How long a call may take.
const CALL_SECONDS: u32 = 10;
/// How much of a refusal is shown, in characters.
const REFUSAL_CHARACTERS_MAX: usize = 200;

/// What a message is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Notice {
    /// An update failed.
    Failure,
    /// A caller was refused: apart from failures, or strangers could crowd those out.
    Refusal,
    Success,
    Lost,
}

/// Each kind with its title and its priority from 1 to 5; 3 is ntfy's default.
const KINDS: [(Notice, &str, &str); 4] = [
    (Notice::Failure, "update failed", "4"),
    (Notice::Refusal, "request refused", "3"),
    (Notice::Success, "updated", "2"),
    (Notice::Lost, "connection lost", "4"),
];

/// Collects texts, and makes one message of those of a kind each minute.
pub struct Notifier {
    url: String,
    /// The program's name, with which the titles begin.
    sender: String,
    /// A password, perhaps an access token, and what it is sent as.
    credentials: Option<(Secret, Secret)>,
    kinds: [Waiting; KINDS.len()],
}

/// The queue of a kind.
#[derive(Default)]
struct Waiting {
    texts: Vec<String>,
    /// How many more there were.
    dropped: u32,
    /// When the last message went, in milliseconds.
    sent: Option<u64>,
}

impl Notifier {
    /// `url` is that of the topic; the user is empty where the password is an access token.
    pub fn new(url: String, sender: &str, credentials: Option<(String, Secret)>) -> Notifier {
        let kinds = KINDS.map(|_| Waiting::default());
        let credentials = credentials.map(|(user, password)| {
            let pair = base64::encode(format!("{user}:{}", password.expose()).as_bytes());
            (password, Secret::new(pair))
        });
        Notifier { url, sender: sender.into(), credentials, kinds }
    }

    /// Takes a text, which has no secret in it.
    pub fn add(&mut self, notice: Notice, message: &str) {
        let kinds = KINDS.iter().zip(&mut self.kinds);
        for (_, waiting) in kinds.filter(|((one, ..), _)| *one == notice) {
            if waiting.texts.len() < WAITING_MAX {
                waiting.texts.push(printable::line(message, TEXT_CHARACTERS_MAX));
            } else {
                waiting.dropped = waiting.dropped.saturating_add(1);
            }
        }
    }

    /// When [`Notifier::due`] has something to send, if ever; in milliseconds.
    pub fn wake_at(&self) -> Option<u64> {
        self.kinds.iter().filter_map(Waiting::due_at).min()
    }

    /// A message to be sent now; it is not sent again if it is lost.
    pub fn due(&mut self, now: u64) -> Option<Call> {
        let kinds = KINDS.iter().zip(&mut self.kinds);
        let mut due = kinds.filter(|(_, waiting)| waiting.due_at().is_some_and(|at| at <= now));
        let ((_, about, priority), waiting) = due.next()?;
        waiting.sent = Some(now);
        let body = waiting.take();
        let title = title(&format!("{}: {about}", self.sender));
        let mut headers = vec![
            ("Content-Type".into(), "text/plain; charset=utf-8".into()),
            ("X-Title".into(), title),
            ("X-Priority".into(), priority.to_string()),
        ];
        if let Some((_, pair)) = &self.credentials {
            headers.push(("Authorization".into(), format!("Basic {}", pair.expose())));
        }
        let url = self.url.clone();
        Some(Call { url, headers, body, unverified: false, seconds: CALL_SECONDS })
    }

    /// What to log of a message that was not taken; nothing of one that was.
    pub fn complaint(&self, answer: &Result<Called, Error>) -> Option<String> {
        match answer {
            Ok(called) if (200..300).contains(&called.status) => None,
            Ok(called) => {
                let said =
                    printable::line(&self.without_secrets(&called.body), REFUSAL_CHARACTERS_MAX);
                Some(format!("The notification was refused with status {}: {said}", called.status))
            }
            Err(error) => {
                let first = error.message.lines().next().unwrap_or_default();
                Some(format!("The notification was not sent: {}", self.without_secrets(first)))
            }
        }
    }

    /// The text without credentials and without the topic, which is a secret, too.
    fn without_secrets(&self, text: &str) -> String {
        let text = text.replace(&self.url, "(the topic)");
        match &self.credentials {
            Some((password, pair)) => pair.struck_from(&password.struck_from(&text)),
            None => text,
        }
    }
}

impl Waiting {
    fn due_at(&self) -> Option<u64> {
        let soonest = self.sent.map_or(0, |sent| sent.saturating_add(BETWEEN_MILLISECONDS));
        (!self.texts.is_empty()).then_some(soonest)
    }

    /// All that waits, one text a line.
    fn take(&mut self) -> String {
        let texts = std::mem::take(&mut self.texts).join("\n");
        let more = match std::mem::take(&mut self.dropped) {
            0 => String::new(),
            more => format!("\nand {more} more"),
        };
        let room = BODY_BYTES_MAX.saturating_sub(more.len());
        let end = (0..=room.min(texts.len())).rev().find(|&at| texts.is_char_boundary(at));
        let mut body = end.and_then(|end| texts.get(..end)).unwrap_or_default().to_string();
        body.push_str(&more);
        body
    }
}

/// A title as a header field can have it: one line, and encoded words (RFC 2047) where it is more
/// than ASCII.
fn title(text: &str) -> String {
    let text = printable::line(text, TITLE_CHARACTERS_MAX);
    match text.is_ascii() {
        true => text,
        false => format!("=?UTF-8?B?{}?=", base64::encode(text.as_bytes())),
    }
}

/// Whether ntfy takes it as the name of a topic.
pub fn is_topic(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
    (1..=64).contains(&text.len()) && text.bytes().all(fits)
}

#[cfg(test)]
mod tests;
