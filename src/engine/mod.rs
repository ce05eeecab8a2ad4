//! Bringing records in step: a pure plan, a pure backoff, and the hands that carry the plan out.

pub mod backoff;
pub mod plan;
pub mod reconcile;
