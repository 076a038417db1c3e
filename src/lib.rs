//! Streams a JSON array of any size, one item at a time, in memory that does not grow.
//!
//! Made for `GET api/pam/session/remotesessions` of PAM Core (Segura, formerly senhasegura),
//! which lists every remote session ever registered: gigabytes in one response, in an envelope
//! that is nested, duplicated, even left unclosed. And for any other array in any JSON envelope.
//!
//! | you have | you use |
//! |---|---|
//! | `std::io::Read` | [`Reader`] |
//! | a `Stream` of byte chunks | [`AsyncReader`] (feature `async`) |
//! | all of it in memory | [`SliceReader`] |
//! | bytes as they come, no I/O | [`Parser`] |
//!
//! ```
//! use remote_sessions::{ErrorKind, Reader};
//!
//! let body = br#"{
//!   "code": 200, "response": {"status": 200, "error": false},
//!   "remote_sessions": [{"tenant": "Segura", "remote_sessions": [
//!     {"id": "3", "user": "Admin", "device": "10.66.33.15:3389", "time": "00:02:52"},
//!     {"id": "6", "user": "Admin", "device": "10.66.33.17:22", "time": "00:00:13"}"#;
//! let mut reader = Reader::new(&body[..]);
//! let mut seconds = 0;
//! let error = loop {
//!     match reader.next_item() {
//!         Ok(Some(item)) => seconds += item.session()?.duration()?.map_or(0, |d| d.as_secs()),
//!         Ok(None) => panic!("the response was cut: it must not look complete"),
//!         Err(error) => break error,
//!     }
//! };
//! assert_eq!(seconds, 172 + 13);
//! assert_eq!(error.kind(), ErrorKind::Truncated);
//! # Ok::<(), remote_sessions::Error>(())
//! ```
//!
//! # Two tiers of error
//! [`Error`] ends the stream, after every complete item before it was delivered. [`ItemError`]
//! concerns one item; the stream goes on. In place of an item `None` comes only after a response that was
//! complete (or unclosed exactly as in the vendor's sample, and not [strict](Builder::strict)) and
//! reported no error. Iterators give an [`Error`] once and then end: whoever drops errors (`flatten`, `ok`)
//! asks [`Summary::completeness`] at the end.
//!
//! # Features
//! - `std` (default): [`Reader`], conversions to `std::io::Error`. Without it the crate needs
//!   only `alloc` and does no I/O.
//! - `async`: [`AsyncReader`].
//! - `bytes`: [`AsyncReader`] over chunks of `Bytes` without a copy of large ones.
//! - `checkpoint`: `Checkpoint`: what was delivered, to go on after an interruption.
//! - `client`: the module `client`: token, request, retries, unpacking, error mapping. Needs a C
//!   compiler for the TLS library's cryptography and for zstd.

#![cfg_attr(not(feature = "std"), no_std)]
// The documents are made with all features; without one they name what is not there.
#![cfg_attr(not(all(feature = "std", feature = "async")), allow(rustdoc::broken_intra_doc_links))]
#![deny(unsafe_code)]

extern crate alloc;

mod envelope;
mod error;
mod escape;
mod grammar;
mod index;
mod item;
mod limits;
mod pam;
mod parser;
mod scan;
mod slice_reader;
mod tolerated;
mod window;

#[cfg(feature = "async")]
mod async_reader;
#[cfg(feature = "client")]
pub mod client;
#[cfg(feature = "std")]
mod reader;

#[cfg(feature = "async")]
pub use async_reader::{AsyncItems, AsyncReader, ChunkStream, IntoAsyncItems};
pub use error::{Error, ErrorKind, ItemError};
pub use item::{DuplicatePolicy, Item, Text};
pub use limits::Limits;
#[cfg(feature = "checkpoint")]
pub use pam::Checkpoint;
pub use pam::{
    ApiError, ApiErrorKind, EnvelopeStatus, Exception, RemoteSession, Repeated, ResponseStatus, SentTime,
    Target, UnknownMembers,
};
pub use parser::{Batch, Builder, Completeness, Parser, Step, Summary};
#[cfg(feature = "std")]
pub use reader::{IntoItems, IntoSessions, Items, Reader, Sessions};
#[doc(hidden)]
pub use scan::Path as ScanPath;
pub use slice_reader::{SliceItems, SliceReader, SliceSessions};
pub use tolerated::{Deviation, Tolerated};

/// The examples of the README are tests.
#[cfg(all(doctest, feature = "client"))]
#[doc = include_str!("../README.md")]
struct Readme;
