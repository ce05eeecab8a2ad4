//! One function for each thing that is read; each fails where a promise of its room is broken.

mod child;
mod dns;
mod files;
mod http;
mod played;
mod providers;
mod servers;
mod settings;
mod text;
mod toml;

/// A name, and what is done with an input.
pub type Target = (&'static str, fn(&[u8]));

/// All targets.
pub const TABLE: &[Target] = &[
    ("aliyun", providers::aliyun),
    ("cache_files", files::caches),
    ("cloudflare", providers::cloudflare),
    ("cloudflare_list", providers::cloudflare_list),
    ("credential_header", servers::credential),
    ("dig", child::dig),
    ("dns_message", dns::message),
    ("dns_server", dns::server),
    ("dns_tsig", dns::tsig),
    ("env_file", settings::env_file),
    ("gateway", servers::gateway),
    ("gateway_fields", servers::fields),
    ("hetzner", providers::hetzner),
    ("host_update", servers::host_update),
    ("http_answer", http::answer),
    ("http_request", http::request),
    ("ip_scan", child::ip),
    ("job_lines", files::job_lines),
    ("json", text::json),
    ("key_file", files::keys),
    ("log_format", text::log_format),
    ("pydyndns_config", settings::pydyndns),
    ("resolver", text::resolver),
    ("rtnetlink", child::netlink),
    ("settings_toml", settings::toml_files),
    ("small_texts", text::small),
    ("tencent", providers::tencent),
    ("toml", toml::both),
];
