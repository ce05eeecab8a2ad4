//! A env for tests: answers are played from a list, and what was asked is written down.

use super::{Env, Question, Request, Response};
use crate::error::Error;
use std::collections::VecDeque;
use std::net::IpAddr;

/// Plays one DNS server: sees each message and answers it.
pub type Server = Box<dyn FnMut(&Question) -> Result<Vec<u8>, Error>>;

/// Plays its answers in order; running out of them fails the test.
#[derive(Default)]
pub struct FakeEnv {
    pub answers: VecDeque<Result<Response, Error>>,
    /// `METHOD URL BODY`, with the body only where there is one.
    pub asked: Vec<String>,
    /// The further header fields of each request.
    pub headers: Vec<Vec<(String, String)>>,
    /// Milliseconds of each pause.
    pub pauses: Vec<u32>,
    pub now: u64,
    /// Answers DNS questions; none: there must not be any.
    pub server: Option<Server>,
    /// What host names stand for.
    pub hosts: Vec<(String, IpAddr)>,
}

impl FakeEnv {
    /// Adds an answer with JSON.
    pub fn then(mut self, status: u16, body: &str) -> FakeEnv {
        self.answers.push_back(Ok(Response { status, headers: vec![], body: body.into() }));
        self
    }

    /// Adds an answer with one header field.
    pub fn then_with(mut self, status: u16, header: (&str, &str), body: &str) -> FakeEnv {
        let headers = vec![(header.0.to_string(), header.1.to_string())];
        self.answers.push_back(Ok(Response { status, headers, body: body.into() }));
        self
    }
}

impl Env for FakeEnv {
    fn http(&mut self, request: &Request) -> Result<Response, Error> {
        let line = format!("{} {} {}", request.method.as_str(), request.url, request.body);
        self.asked.push(line.trim_end().to_string());
        self.headers.push(request.headers.clone());
        self.answers.pop_front().unwrap_or_else(|| panic!("not in the fake: {line}"))
    }

    fn dns(&mut self, questions: &[Question]) -> Vec<Result<Vec<u8>, Error>> {
        let server = self.server.as_mut().unwrap_or_else(|| panic!("no DNS in this fake"));
        questions.iter().map(server).collect()
    }

    fn addresses(&mut self, host: &str) -> Result<Vec<IpAddr>, Error> {
        let named = self.hosts.iter().filter(|(name, _)| name == host);
        let found: Vec<IpAddr> = named.map(|(_, address)| *address).collect();
        if found.is_empty() {
            return Err(Error::new(crate::error::Kind::Unreachable, format!("{host}: none")));
        }
        Ok(found)
    }

    fn now(&mut self) -> u64 {
        self.now
    }

    fn random(&mut self, into: &mut [u8]) {
        into.fill(0);
    }

    fn pause(&mut self, milliseconds: u32) -> Result<(), Error> {
        self.pauses.push(milliseconds);
        Ok(())
    }
}
