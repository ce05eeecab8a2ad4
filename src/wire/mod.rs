//! Wire formats without I/O: DNS messages, HTTP, netlink, the APIs' JSON.

/// What was received cannot be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Malformed;

pub mod aliyun;
pub mod cloudflare;
pub mod dns;
pub mod hetzner;
pub mod http;
pub mod http_answer;
pub mod job;
pub mod record_cache;
mod record_json;
pub mod refusal;
pub mod retry_after;
pub mod rtnetlink;
pub mod sent_cache;
pub mod tencent;
pub mod update_call;
pub mod whoami;
