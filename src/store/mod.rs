//! What is remembered on disk between runs.

pub mod cache_file;
pub mod lock_file;
