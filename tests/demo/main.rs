//! Placeholder while the house is raised.
fn main() {}
