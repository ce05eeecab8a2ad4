//! A credential that cannot be printed by accident: no `Debug`, no `Display`, named when taken out.

/// A token or password.
pub struct Secret(String);

impl Secret {
    pub fn new(text: String) -> Secret {
        Secret(text)
    }

    /// The text itself; call it only where the credential is put on the wire.
    pub fn expose(&self) -> &str {
        &self.0
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
    fn bearer_token_grammar() {
        for good in ["a", "aZ09-._~+/", "abc==", "145976123897469278364"] {
            assert!(Secret::new(good.into()).is_bearer_token(), "{good}");
        }
        for bad in ["", "=", "a b", "a\n", "\"a\"", "a=b", "ä", "a\0"] {
            assert!(!Secret::new(bad.into()).is_bearer_token(), "{bad}");
        }
    }
}
