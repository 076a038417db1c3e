//! The body of a response: counted as it comes, unpacked, in bounded memory and time.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use reqwest::header::CONTENT_LENGTH;
use tokio::time::Instant;

use super::clock::{Deadlines, Watch};
use super::encoding::Encoding;
use super::failure;
use super::secrets::Secrets;
use super::settings::{BodyLimits, Timeouts};
use super::trace;
use super::unpack::Unpacker;
use crate::async_reader::AsyncReader;
use crate::error::{Error, ErrorKind, Mask};
use crate::parser::Builder;

/// From so many unpacked bytes on, the ratio is looked at.
const RATIO_FROM: u64 = 1024 * 1024;

/// Of a token or of an error response so little is read that no other limit is needed.
const UNLIMITED: BodyLimits = BodyLimits { decoded_bytes: None, ratio: None };

/// The unpacked body of a list: a stream of chunks, for [`AsyncReader`](crate::AsyncReader).
///
/// It ends properly only where the server said so: by `Content-Length`, by the last chunk, by the
/// end of an HTTP/2 stream, or by closing a connection for which it gave none of these; and, if
/// it is packed, with the right checksum. After an error it is over.
///
/// # Memory
/// Nothing is fetched that nobody asks for: a slow consumer makes the server wait. What is held
/// meanwhile, whatever the size of the list, is at most 1 MiB of what was read from the connection
/// over HTTP/1, and 2 MiB over HTTP/2, whose window is 1 MiB; for a packed body also a chunk of
/// 64 KiB, and what the decoder needs: 48 KiB for gzip, at most 17 MiB for brotli and 9 MiB for
/// zstd. (That C allocates; the tests of these bounds count what Rust's allocator gives, and do not
/// see it.) A parser has its own window, of 64 KiB unless it is set otherwise.
pub struct Body {
    wire: Wire,
    unpacker: Option<Unpacker>,
    encoding: Encoding,
    limits: BodyLimits,
    wire_length: Option<u64>,
    decoded: u64,
    since: Instant,
    is_list: bool,
    is_over: bool,
    /// Of a list: what must not be shown, even if the server repeats it.
    mask: Option<Mask>,
}

/// What the head of a response does not say about its body.
pub(super) struct Terms {
    pub(super) timeouts: Timeouts,
    pub(super) deadlines: Deadlines,
}

impl Body {
    /// Packed bytes received so far. Can be asked while items are read, through
    /// [`AsyncReader::get_ref`](crate::AsyncReader::get_ref).
    #[must_use]
    pub fn wire_bytes(&self) -> u64 {
        self.wire.count
    }

    /// How many bytes there will be on the wire, if the server said so by `Content-Length`.
    #[must_use]
    pub fn wire_length(&self) -> Option<u64> {
        self.wire_length
    }

    /// Unpacked bytes given so far.
    #[must_use]
    pub fn decoded_bytes(&self) -> u64 {
        self.decoded
    }

    /// How the server packed it.
    #[must_use]
    pub fn encoding(&self) -> Encoding {
        self.encoding
    }

    pub(super) fn new(response: reqwest::Response, terms: Terms) -> Result<Self, Error> {
        let encoding = Encoding::of(response.headers())?;
        let length = response.headers().get(CONTENT_LENGTH);
        let wire_length = length.and_then(|length| length.to_str().ok()?.trim().parse().ok());
        let stream = Box::pin(response.bytes_stream());
        let watch = Watch::new(terms.timeouts, terms.deadlines);
        Ok(Self {
            wire: Wire { stream, count: 0, watch, timeouts: terms.timeouts },
            unpacker: Unpacker::new(encoding),
            encoding,
            limits: UNLIMITED,
            wire_length,
            decoded: 0,
            since: Instant::now(),
            is_list: false,
            is_over: false,
            mask: None,
        })
    }

    pub(super) fn timeouts(&self) -> &Timeouts {
        &self.wire.timeouts
    }

    /// The same as the body of a list: limited, its end worth an event, and its errors and those of
    /// its parser have to hide these secrets.
    pub(super) fn of_list(self, limits: BodyLimits, secrets: Secrets) -> Self {
        Self { limits, is_list: true, mask: Some(secrets.into_mask()), ..self }
    }

    /// A reader whose errors and summary repeat none of the secrets, even if the list does.
    pub(super) fn read_by(self, settings: &Builder) -> AsyncReader<Self> {
        let mask = self.mask.clone();
        let mut reader = settings.build_async(self).in_place();
        if let Some(mask) = mask {
            reader.hide(mask);
        }
        reader
    }

    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        loop {
            if let Some(unpacker) = &mut self.unpacker
                && let Some(unpacked) = unpacker.next()
            {
                return Poll::Ready(Some(unpacked));
            }
            match (ready!(self.wire.poll_chunk(context)), &mut self.unpacker) {
                (Some(Ok(packed)), Some(unpacker)) => unpacker.push(packed),
                (None, Some(unpacker)) => return Poll::Ready(unpacker.finish().err().map(Err)),
                (chunk, _) => return Poll::Ready(chunk),
            }
        }
    }

    /// The error as it may be seen.
    fn shown(&self, error: Error) -> Error {
        self.mask.as_ref().map_or(error.clone(), |mask| error.masked(mask))
    }

    /// Counts an unpacked chunk, or says why it is one too many.
    fn admit(&mut self, chunk: Bytes) -> Result<Bytes, Error> {
        self.decoded += chunk.len() as u64;
        let limit = |message: String, remedy| Err(Error::new(ErrorKind::Limit, message).advise(remedy));
        if let Some(most) = self.limits.decoded_bytes
            && self.decoded > most
        {
            return limit(
                format!(
                    "expected a body of at most {most} bytes when unpacked, found more (limit on the decoded size)"
                ),
                "raise the limit on the decoded size (`decoded_bytes`; in the command `--max-decoded-size`) if the server is trusted",
            );
        }
        let wire = self.wire.count;
        if let Some(most) = self.limits.ratio
            && self.unpacker.is_some()
            && self.decoded > RATIO_FROM
            && self.decoded > wire.saturating_mul(most.into())
        {
            return limit(
                format!(
                    "expected at most {most} unpacked bytes for each byte on the wire, found {} of {wire} (limit on the compression ratio)",
                    self.decoded
                ),
                "raise the limit on the compression ratio (`ratio`; in the command `--max-ratio`) if the server is trusted",
            );
        }
        Ok(chunk)
    }
}

impl Stream for Body {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.is_over {
            return Poll::Ready(None);
        }
        let next = ready!(self.poll_chunk(context)).map(|chunk| self.admit(chunk?));
        let next = next.map(|chunk| chunk.map_err(|error| self.shown(error)));
        if !matches!(next, Some(Ok(_))) {
            self.is_over = true;
            // The connection is not to be kept for a body that nobody reads any more.
            self.wire.close();
            self.unpacker = None;
        }
        if self.is_list {
            match &next {
                Some(Ok(_)) => {}
                Some(Err(error)) => trace::body_failed(self.wire.count, self.decoded, error),
                None => trace::body_end(self.wire.count, self.decoded, self.since.elapsed()),
            }
        }
        Poll::Ready(next)
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("wire_bytes", &self.wire_bytes())
            .field("wire_length", &self.wire_length)
            .field("encoding", &self.encoding)
            .field("decoded_bytes", &self.decoded)
            .finish_non_exhaustive()
    }
}

/// The bytes as they come from the connection, in time.
struct Wire {
    stream: Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    count: u64,
    watch: Watch,
    timeouts: Timeouts,
}

impl Wire {
    fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes, Error>>> {
        const DOING: &str = "reading the response";
        let outcome = match self.watch.before() {
            Err(timeout) => Err(timeout),
            Ok(()) => match self.stream.as_mut().poll_next(context) {
                Poll::Ready(Some(Ok(chunk))) => {
                    self.count += chunk.len() as u64;
                    self.watch.arrived(chunk.len()).map(|()| Some(Ok(chunk)))
                }
                Poll::Ready(Some(Err(error))) => {
                    Ok(Some(Err(failure::transport(DOING, error, &self.timeouts))))
                }
                Poll::Ready(None) => Ok(None),
                Poll::Pending => Err(ready!(self.watch.poll_due(context))),
            },
        };
        Poll::Ready(outcome.unwrap_or_else(|timeout| Some(Err(timeout.fired(DOING, &self.timeouts)))))
    }

    /// Lets go of the connection.
    fn close(&mut self) {
        self.stream = Box::pin(Nothing);
    }
}

/// A stream that is over.
struct Nothing;

impl Stream for Nothing {
    type Item = reqwest::Result<Bytes>;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(None)
    }
}
