//! Bytes and their meaning, without any input or output: DNS messages, HTTP fields, JSON documents.

pub mod cloudflare;
pub mod dns;
pub mod hetzner;
pub mod http;
pub mod http_answer;
pub mod job;
mod json_text;
pub mod record_cache;
mod record_json;
pub mod retry_after;
pub mod rtnetlink;
pub mod sent_cache;
pub mod whoami;
