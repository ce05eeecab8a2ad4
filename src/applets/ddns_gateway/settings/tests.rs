//! Settings, read.
