//! HTTP/1 as a server sees it (RFC 9112): bytes in, a request or why it is none; a response out.

use std::net::IpAddr;

/// A request that has been read whole.
pub struct Request {
    /// As it was sent: methods are case-sensitive.
    pub method: String,
    /// As it was sent, without the query.
    pub path: String,
    /// What stands behind the first `?`, as it was sent.
    pub query: String,
    /// Names in lower case, values without blanks around them.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// Who sent it; an IPv4 address is one, also where it came through an IPv6 socket.
    pub peer: IpAddr,
}

impl Request {
    /// The value of the first field of that name (lower case).
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(one, _)| one == name).map(|(_, value)| value.as_str())
    }

    /// The media type of the body in lower case, without parameters; empty where none is named.
    pub fn media_type(&self) -> String {
        let value = self.header("content-type").unwrap_or_default();
        value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    }
}

/// What is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    pub status: u16,
    pub media_type: &'static str,
    /// Further fields; neither names nor values hold line ends.
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Response {
    pub fn json(status: u16, body: impl Into<String>) -> Response {
        Response { status, media_type: "application/json", headers: vec![], body: body.into() }
    }

    pub fn text(status: u16, body: impl Into<String>) -> Response {
        let media_type = "text/plain; charset=utf-8";
        Response { status, media_type, headers: vec![], body: body.into() }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Response {
        self.headers.push((name, value.into()));
        self
    }
}
