//! What every child that talks for a daemon is given: its whole environment.

use crate::os::environment;

/// Where certificates are.
const VARIABLES: &[&str] = &["SSL_CERT_FILE", "SSL_CERT_DIR"];
const PATH: &str = "PATH=/usr/sbin:/usr/bin:/sbin:/bin";

/// A path to programs, and where this process was told certificates are.
pub fn variables() -> Vec<String> {
    let mut variables = vec![PATH.to_string()];
    for name in VARIABLES {
        if let Some(value) = environment::variable(name).and_then(|value| value.into_string().ok())
        {
            variables.push(format!("{name}={value}"));
        }
    }
    variables
}

/// The same, but only the certificates in this file count.
pub fn variables_with(certificates: &str) -> Vec<String> {
    vec![PATH.to_string(), format!("SSL_CERT_FILE={certificates}")]
}
