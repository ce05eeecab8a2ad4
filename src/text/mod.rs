//! Parsers and writers of plain text: addresses, names, URLs, secrets, JSON, TOML; pure.

pub mod base64;
pub mod decimal;
pub mod dns_name;
pub mod hosts_file;
pub mod ipv4_scan;
pub mod json_read;
pub mod json_syntax;
pub mod json_write;
pub mod pem;
pub mod percent;
pub mod printable;
pub mod punycode;
pub mod query;
pub mod resolv_conf;
pub mod secret;
pub mod toml;
pub mod txt_strings;
pub mod url;
pub mod utc;

/// Present, but not well-formed; for what may also be absent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;
