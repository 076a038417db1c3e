//! What the server was asked, for tests to look at.

use core::sync::atomic::{AtomicU64, Ordering};

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, COOKIE, PROXY_AUTHORIZATION};
use hyper::http::request::Parts;

/// What the server has been asked and has made so far.
///
/// ```
/// let server = mock_pam_core::MockPamCore::builder().start_in_thread()?;
/// std::net::TcpStream::connect(server.addr())?;
/// let log = server.log();
/// assert_eq!((log.list_requests, log.produced_bytes), (0, 0));
/// assert!(log.last_list_request.is_none());
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Log {
    /// Connections accepted.
    pub connections: u64,
    /// Connections on which HTTP/2 is spoken.
    pub http2_connections: u64,
    /// Requests to the token endpoint, refused ones too.
    pub token_requests: u64,
    /// Tokens handed out.
    pub tokens_issued: u64,
    /// Requests for the list, refused ones too.
    pub list_requests: u64,
    /// Requests for anything else.
    pub other_requests: u64,
    /// Faults that struck.
    pub faults: u64,
    /// Bytes of lists made, before compression. Those of a client that stopped reading are few more than it read.
    pub produced_bytes: u64,
    /// Chunks of lists made.
    pub produced_chunks: u64,
    /// Lists made to their end.
    pub lists_finished: u64,
    /// The last request to the token endpoint.
    pub last_token_request: Option<LoggedRequest>,
    /// The last request for the list.
    pub last_list_request: Option<LoggedRequest>,
}

/// One request, without its secrets: of the authorization only the scheme is kept, of cookies nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedRequest {
    /// `GET`, `POST` and so on.
    pub method: String,
    /// The path with its query.
    pub path: String,
    /// `Bearer`, `Basic` and so on, as sent.
    pub authorization_scheme: Option<String>,
    /// Names in lower case, and values; what is no text has its bytes replaced.
    pub headers: Vec<(String, String)>,
}

impl LoggedRequest {
    /// The first value of a header, whatever the case of its name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(other, _)| other.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn new(parts: &Parts) -> Self {
        let secret = [AUTHORIZATION, PROXY_AUTHORIZATION, COOKIE];
        let kept = parts.headers.iter().filter(|(name, _)| !secret.contains(name));
        Self {
            method: parts.method.to_string(),
            path: parts.uri.to_string(),
            authorization_scheme: authorization(&parts.headers).map(|(scheme, _)| scheme),
            headers: kept
                .map(|(name, value)| {
                    (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned())
                })
                .collect(),
        }
    }
}

/// Scheme and credentials of a request.
pub(crate) fn authorization(headers: &HeaderMap) -> Option<(String, String)> {
    let value = String::from_utf8_lossy(headers.get(AUTHORIZATION)?.as_bytes());
    let (scheme, credentials) = value.split_once(' ').unwrap_or((&value, ""));
    Some((scheme.to_owned(), credentials.trim().to_owned()))
}

/// Counts what bodies make, without a lock.
#[derive(Debug, Default)]
pub(crate) struct Production {
    bytes: AtomicU64,
    chunks: AtomicU64,
    finished: AtomicU64,
}

impl Production {
    pub(crate) fn made(&self, bytes: usize) {
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
        self.chunks.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn finished(&self) {
        self.finished.fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn add_to(&self, mut log: Log) -> Log {
        log.produced_bytes = self.bytes.load(Ordering::Relaxed);
        log.produced_chunks = self.chunks.load(Ordering::Relaxed);
        log.lists_finished = self.finished.load(Ordering::Relaxed);
        log
    }
}
