//! What a child that talks for a daemon is started with.

/// The variables of ours that it gets: where certificates are.
const VARIABLES: &[&str] = &["SSL_CERT_FILE", "SSL_CERT_DIR"];
const PATH: &str = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";

/// Its whole environment, as `NAME=VALUE`.
pub fn variables() -> Vec<String> {
    let mut variables = vec![PATH.to_string()];
    for name in VARIABLES {
        if let Ok(value) = std::env::var(name) {
            variables.push(format!("{name}={value}"));
        }
    }
    variables
}
