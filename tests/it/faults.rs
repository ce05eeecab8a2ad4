//! Every way an API can fail: one clear error, bounded time and memory, nothing wrong left behind.

mod stage;

mod connect;
mod http;
mod limits;
mod throttle;
mod tls;
mod whoami;
mod words;
mod writes;
