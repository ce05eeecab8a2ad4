//! Editing, played.
