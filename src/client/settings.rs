//! How long a client waits, how much it takes and how often it tries.

use std::num::NonZeroU64;
use std::time::Duration;

/// How long each part of a request may take. The error of kind
/// [`Timeout`](crate::ErrorKind::Timeout) names the one that fired.
///
/// Time that the caller takes to ask for the next item counts for [`total`](Self::total) alone, also
/// where it blocks the thread that the connection is served on. (Of a longer time in which nobody asks and
/// nothing comes, a quarter of a time-out at most counts: a server that has stalled is still found.)
///
/// ```
/// use remote_sessions::client::Timeouts;
/// use std::time::Duration;
/// let mut timeouts = Timeouts::default();
/// assert_eq!(timeouts.connect, Duration::from_secs(10));
/// assert_eq!(timeouts.first_byte, Duration::from_secs(600));
/// timeouts.total = Some(Duration::from_secs(3600));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Timeouts {
    /// Name lookup, TCP and TLS, a proxy's included: 10 s.
    pub connect: Duration,
    /// From a request to the first byte of the body of its response: 10 minutes, for the server
    /// makes the whole list before it sends the first byte. Connecting is part of it.
    pub first_byte: Duration,
    /// From one piece of the body to the next: 60 s.
    pub idle: Duration,
    /// From the call to the end of the body, tokens and retries included: no limit.
    pub total: Option<Duration>,
    /// Bytes a second on the wire, averaged over as much waiting as [`idle`](Self::idle), from the first
    /// byte on: no limit.
    /// Stops a server that sends just enough not to be idle.
    pub minimum_rate: Option<NonZeroU64>,
}

impl Default for Timeouts {
    fn default() -> Self {
        Self {
            connect: Duration::from_secs(10),
            first_byte: Duration::from_secs(600),
            idle: Duration::from_secs(60),
            total: None,
            minimum_rate: None,
        }
    }
}

/// How much a body may become when it is unpacked: against compression bombs. What is kept of an
/// error response and of the reply with a token is bounded anyway (64 KiB). Memory is bounded
/// whatever these say.
///
/// ```
/// let mut limits = remote_sessions::client::BodyLimits::default();
/// assert_eq!((limits.decoded_bytes, limits.ratio), (None, Some(200)));
/// limits.decoded_bytes = Some(16 << 30);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct BodyLimits {
    /// Most bytes after unpacking: no limit.
    pub decoded_bytes: Option<u64>,
    /// Most unpacked bytes for each byte on the wire, looked at after the first MiB of unpacked
    /// bytes: 200. Real lists are packed to a tenth or a twentieth.
    pub ratio: Option<u32>,
}

impl Default for BodyLimits {
    fn default() -> Self {
        Self { decoded_bytes: None, ratio: Some(200) }
    }
}

/// How often a request is made again that failed before the first byte of a good response: no
/// connection could be made, or the status was 429, 502, 503 or 504. The pauses grow
/// exponentially, with jitter; a `Retry-After` makes them longer, never longer than is left of
/// [`within`](Self::within).
///
/// ```
/// let mut retries = remote_sessions::client::Retries::default();
/// assert_eq!((retries.tries, retries.within.as_secs()), (3, 30));
/// retries.tries = 1; // no retries
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Retries {
    /// Requests in all, the first one included: 3. With 0 or 1, none is made again.
    pub tries: u32,
    /// From the first request, how long a further one may still be started: 30 s.
    pub within: Duration,
}

impl Default for Retries {
    fn default() -> Self {
        Self { tries: 3, within: Duration::from_secs(30) }
    }
}
