//! Values that several applets are given: interfaces, times to live, plain numbers, the API's URL.

use crate::os::socket;
use crate::text::decimal;

/// Where Cloudflare's API is.
pub const CLOUDFLARE_URL: &str = "https://api.cloudflare.com/client/v4";
/// How many interfaces can be named.
pub const INTERFACES_MAX: usize = 64;

/// The name of an interface, or why it cannot be one.
pub fn interface(text: String) -> Result<String, String> {
    if text.is_empty() || text.len() > socket::INTERFACE_BYTES_MAX {
        return Err(format!("must have 1 to {} bytes", socket::INTERFACE_BYTES_MAX));
    }
    let is_odd = |c: char| c == '/' || c == '\0' || c.is_whitespace();
    if text.starts_with('-') || text.chars().any(is_odd) {
        return Err(format!("{text:?} is not the name of an interface"));
    }
    Ok(text)
}

/// Whether Cloudflare takes it as a record's time to live: 1, which is automatic, or so many
/// seconds.
pub fn is_ttl(seconds: u32) -> bool {
    seconds == 1 || (30..=86_400).contains(&seconds)
}

/// A number in plain digits: no sign, as `parse` alone would take one.
pub fn number(text: &str) -> Option<u32> {
    decimal::number32(text)
}

/// A truth as people write it into variables.
pub fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}
