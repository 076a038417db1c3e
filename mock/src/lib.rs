//! A PAM Core for tests and demonstrations.
//!
//! Two things that can be had apart:
//!
//! * the **generator**, [`Response`]: the list of remote sessions, of any size, in every documented spelling, made
//!   piece by piece in constant memory, together with the values a reader should come out with
//!   ([`Response::sessions`]);
//! * the **server**, `MockPamCore` (feature `server`, on by default): hands out tokens and streams such a response,
//!   by HTTP/1 or HTTP/2, with or without TLS, with each documented error and every kind of fault on demand.
//!
//! # The generator
//!
//! ```
//! use mock_pam_core::{EnvelopeShape, Layout, Population, Response};
//!
//! let response = Response::new(1_000_000) // items
//!     .seed(7)
//!     .layout(Layout::Php)                // compact pretty php utf8 shuffled dirty
//!     .envelope(EnvelopeShape::Pages)     // flat nested late pages unclosed
//!     .population(Population::Varied);    // varied uniform wide
//!
//! // Three ways to have the bytes, always the same ones for the same recipe:
//! let bytes: Vec<u8> = Response::new(10).to_vec();
//! let written: u64 = Response::new(10).write_to(&mut std::io::sink())?;
//! let first: bytes::Bytes = response.chunks().next().unwrap(); // 64 KiB
//! assert_eq!(bytes.len() as u64, written);
//! assert_eq!(first.len(), Response::CHUNK_SIZE);
//!
//! // What stands in them, escapes undone, drawn from the same source:
//! let session = response.sessions().nth(123_456).unwrap();
//! assert_eq!(session.index, 123_456);
//! assert!(session.start.unwrap().starts_with("2023-"));
//! # Ok::<(), std::io::Error>(())
//! ```
#![cfg_attr(
    feature = "server",
    doc = r#"
# The server

```
use mock_pam_core::{MockPamCore, Response};

let server = MockPamCore::builder()
    .credentials("agent", "a secret")
    .response(Response::new(1_000_000))
    .start_in_thread()?;
assert!(server.url().starts_with("http://127.0.0.1:"));
assert_eq!(server.log().list_requests, 0);
# Ok::<(), std::io::Error>(())
```

# Faults

```
use mock_pam_core::{Fault, MockPamCore, Tls};

// The first two requests for the list are put off, the third breaks off, the others are answered well.
let server = MockPamCore::builder()
    .tls(Tls::Valid)
    .fault(Fault::Status(503).times(2))
    .fault(Fault::ResetAfter(100_000).times(1))
    .start_in_thread()?;
assert!(server.url().starts_with("https://127.0.0.1:"));
# Ok::<(), std::io::Error>(())
```
"#
)]
#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod response;
#[cfg(feature = "server")]
mod server;

pub use response::{
    Chunks, EnvelopeShape, Exception, Layout, Population, Response, Session, Sessions, Status, UnknownName,
};
#[cfg(feature = "server")]
pub use server::{
    Builder, ClientAuthentication, Encoding, Failure, Fault, FaultPlan, FaultTarget, Log, LoggedRequest,
    MockPamCore, Reply, Tls, UnknownFault,
};

/// Keeps the README's example true.
#[cfg(all(doctest, feature = "server"))]
#[doc = include_str!("../README.md")]
struct Readme;
