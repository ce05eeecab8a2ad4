//! Everything that is tested from outside the program.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::string_slice,
    clippy::unreachable,
    clippy::too_many_lines
)]

mod cases;
mod conf;
mod documents;
mod faults;
mod house;
#[path = "../standin/mod.rs"]
mod standin;
mod storm;
mod subject;
mod trial;
