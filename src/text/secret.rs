//! A credential that cannot be printed by accident: no `Debug`, no `Display`, an explicit `expose`.

/// Shorter secrets, in bytes, are not redacted: they could be part of any word.
const STRUCK_BYTES_MIN: usize = 8;

/// How many characters are hidden at least where a part of a secret is shown.
const MASKED_CHARACTERS_MIN: usize = 6;

/// A token, a key or a password.
pub struct Secret(String);

// No derives here, so that none that prints slips in.
#[allow(clippy::derivable_impls)]
impl Default for Secret {
    fn default() -> Secret {
        Secret(String::new())
    }
}

impl Secret {
    pub fn new(text: String) -> Secret {
        Secret(text)
    }

    /// The credential itself; to be called only where it is sent.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Redacts the secret in text from a server, which may echo it: logs are shared.
    pub fn struck_from(&self, text: &str) -> String {
        if self.0.len() < STRUCK_BYTES_MIN {
            return text.into();
        }
        text.replace(&self.0, "(the secret)")
    }

    /// Enough of it for its owner to recognize it, such as `cf-t…xx`; nothing of a short one.
    pub fn masked(&self) -> String {
        let characters: Vec<char> = self.0.chars().collect();
        match characters.as_slice() {
            [a, b, c, d, middle @ .., y, z] if middle.len() >= MASKED_CHARACTERS_MIN => {
                [*a, *b, *c, *d, '…', *y, *z].iter().collect()
            }
            _ => "…".into(),
        }
    }

    /// Whether it is a `b68token`, the only form a bearer token can have (RFC 6750 section 2.1).
    pub fn is_bearer_token(&self) -> bool {
        let body = self.0.trim_end_matches('=');
        !body.is_empty()
            && body.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~+/".contains(&b))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_struck_from_foreign_text() {
        let secret = Secret::new("0123456789abcdef".into());
        assert_eq!(secret.struck_from("got 0123456789abcdef!"), "got (the secret)!");
        assert_eq!(Secret::new("token".into()).struck_from("Bad token"), "Bad token");
    }

    #[test]
    fn its_owner_knows_a_masked_one() {
        let masked = |text: &str| Secret::new(text.into()).masked();
        assert_eq!(masked("cf-token-xxx"), "cf-t…xx");
        assert_eq!([masked("cf-token-xx"), masked("")], ["…", "…"]);
        assert_eq!(masked("äöüß-token-äö"), "äöüß…äö");
    }

    #[test]
    fn bearer_token_grammar() {
        for good in ["a", "aZ09-._~+/", "abc==", "145976123897469278364"] {
            assert!(Secret::new(good.into()).is_bearer_token(), "{good}");
        }
        for bad in ["", "=", "a b", "a\n", "\"a\"", "a=b", "ä", "a\0"] {
            assert!(!Secret::new(bad.into()).is_bearer_token(), "{bad}");
        }
    }
}
