//! Bringing records in step: pure plans, backoff and daemons' decisions, and the hands that carry
//! plans out.

pub mod backoff;
pub mod ensure;
pub mod follow;
pub mod plan;
pub mod reconcile;
