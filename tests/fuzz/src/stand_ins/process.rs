//! In the place of children: each says what was set for it, and has ended.

use crate::error::Error;
use std::cell::RefCell;
use std::path::Path;

pub use std::process::id;

#[derive(Clone, Copy)]
pub struct Limits {
    pub seconds: u32,
    pub output_bytes: usize,
    pub keep_stderr: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum End {
    Exited(Option<i32>),
    Timeout,
    OutputLimit,
}

pub struct Finished {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub end: End,
}

impl Finished {
    pub fn failure(&self) -> Option<&'static str> {
        match self.end {
            End::Exited(None) => Some("killed by a signal"),
            End::Exited(Some(126 | 127)) => Some("cannot be run"),
            _ => None,
        }
    }
}

thread_local! {
    /// What the next children say.
    pub static SAID: RefCell<Vec<Finished>> = const { RefCell::new(Vec::new()) };
}

pub struct Running(Finished);

pub fn start(_program: &Path, arguments: &[&str], _limits: Limits) -> Result<Running, Error> {
    assert!(arguments.iter().all(|argument| !argument.contains('\0')));
    let said = SAID.with(|said| said.borrow_mut().pop());
    said.map(Running).ok_or_else(|| Error::local("child", "there is none"))
}

pub fn collect(children: Vec<Running>) -> Result<Vec<Finished>, Error> {
    Ok(children.into_iter().map(|child| child.0).collect())
}
