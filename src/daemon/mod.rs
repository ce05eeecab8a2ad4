//! Long-lived processes: the event loop, workers, privileges, and the loop of HTTP servers.

pub mod address_watch;
pub mod event_loop;
#[cfg(feature = "http-server")]
pub mod log_budget;
#[cfg(feature = "http-server")]
pub mod pool;
pub mod privileges;
#[cfg(feature = "http-server")]
pub mod serving;
pub mod supervised;
pub mod worker;
