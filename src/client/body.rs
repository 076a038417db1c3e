//! The body of a response: counted as it comes, unpacked, in bounded memory.

use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use async_compression::tokio::bufread::GzipDecoder;
use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use reqwest::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use tokio_util::io::{StreamReader, poll_read_buf};

use super::failure;
use crate::error::{Error, ErrorKind, excerpt};

/// Size of an unpacked chunk, in bytes.
const CHUNK: usize = 64 * 1024;

/// The unpacked body of a list: a stream of chunks, for [`AsyncReader`](crate::AsyncReader).
///
/// It ends properly only where the server said so: by `Content-Length`, by the last chunk, or
/// by closing a connection for which it gave neither; and, if it is compressed, with the right
/// checksum. After an error it is over.
pub struct Body {
    state: State,
    wire_length: Option<u64>,
}

enum State {
    Plain(Wire),
    Gzip {
        decoder: Box<GzipDecoder<StreamReader<Wire, Bytes>>>,
        buffer: BytesMut,
    },
    /// With the bytes that came.
    Over(u64),
}

impl Body {
    /// Compressed bytes received so far. Can be asked while items are read, through
    /// [`AsyncReader::get_ref`](crate::AsyncReader::get_ref).
    #[must_use]
    pub fn wire_bytes(&self) -> u64 {
        match &self.state {
            State::Plain(wire) => wire.count,
            State::Gzip { decoder, .. } => decoder.get_ref().get_ref().count,
            State::Over(count) => *count,
        }
    }

    /// How many bytes there will be on the wire, if the server said so by `Content-Length`.
    #[must_use]
    pub fn wire_length(&self) -> Option<u64> {
        self.wire_length
    }

    pub(super) fn new(response: reqwest::Response) -> Result<Self, Error> {
        let encoding = Encoding::of(&response)?;
        let length = response.headers().get(CONTENT_LENGTH);
        let wire_length = length.and_then(|length| length.to_str().ok()?.trim().parse().ok());
        let wire = Wire { stream: Box::pin(response.bytes_stream()), count: 0 };
        let state = match encoding {
            Encoding::Identity => State::Plain(wire),
            Encoding::Gzip => {
                let mut decoder = Box::new(GzipDecoder::new(StreamReader::new(wire)));
                decoder.multiple_members(true);
                State::Gzip { decoder, buffer: BytesMut::new() }
            }
        };
        Ok(Self { state, wire_length })
    }
}

impl Stream for Body {
    type Item = Result<Bytes, Error>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = match &mut self.state {
            State::Plain(wire) => ready!(Pin::new(wire).poll_next(context)),
            State::Gzip { decoder, buffer } => {
                buffer.reserve(CHUNK);
                match ready!(poll_read_buf(Pin::new(&mut **decoder), context, buffer)) {
                    Ok(0) => None,
                    Ok(_) => Some(Ok(buffer.split().freeze())),
                    Err(error) => Some(Err(error)),
                }
            }
            State::Over(_) => None,
        };
        if !matches!(next, Some(Ok(_))) {
            self.state = State::Over(self.wire_bytes());
        }
        Poll::Ready(next.map(|chunk| chunk.map_err(unpacking)))
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("wire_bytes", &self.wire_bytes())
            .field("wire_length", &self.wire_length)
            .finish_non_exhaustive()
    }
}

/// The bytes as they come from the connection.
struct Wire {
    stream: Pin<Box<dyn Stream<Item = reqwest::Result<Bytes>> + Send>>,
    count: u64,
}

impl Stream for Wire {
    type Item = io::Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let next = ready!(self.stream.as_mut().poll_next(context));
        if let Some(Ok(chunk)) = &next {
            self.count += chunk.len() as u64;
        }
        let failed = |error| io::Error::other(failure::transport("reading the response", error));
        Poll::Ready(next.map(|chunk| chunk.map_err(failed)))
    }
}

/// An error of the connection as it is; any other is of the decoder.
fn unpacking(error: io::Error) -> Error {
    error.downcast::<Error>().unwrap_or_else(|error| {
        let message = match error.kind() {
            io::ErrorKind::UnexpectedEof => {
                "expected the end of the gzip data, found the end of the body".into()
            }
            _ => format!("expected sound gzip data, as `Content-Encoding` says, found: {error}"),
        };
        Error::new(ErrorKind::Transport, message)
            .advise("fetch it again; if this lasts, something between here and the server breaks compression")
            .because(error)
    })
}

#[derive(Clone, Copy)]
enum Encoding {
    Identity,
    Gzip,
}

impl Encoding {
    fn of(response: &reqwest::Response) -> Result<Self, Error> {
        let lines = response.headers().get_all(CONTENT_ENCODING).iter();
        let lines: Vec<_> = lines.map(|line| String::from_utf8_lossy(line.as_bytes())).collect();
        let sent = lines.join(", ").to_ascii_lowercase();
        match sent.trim() {
            "" | "identity" => Ok(Self::Identity),
            "gzip" | "x-gzip" => Ok(Self::Gzip),
            other => {
                let message = format!(
                    "expected a body that is not compressed or by gzip, found the content encoding {}",
                    excerpt(other)
                );
                Err(Error::new(ErrorKind::Transport, message)
                    .advise("only gzip was asked for: look at the server's or the gateway's settings"))
            }
        }
    }
}
