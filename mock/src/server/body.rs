//! The body of an answer: one that is there already, or a response made while it is sent.

use core::convert::Infallible;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::io::Write;
use std::sync::Arc;

use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body::{Frame, SizeHint};

use super::log::Production;
use crate::{Chunks, Response};

/// What hyper sends.
#[derive(Debug)]
pub(crate) enum Body {
    Whole(Option<Bytes>),
    Generated(Box<Generated>),
}

impl Body {
    pub(crate) fn whole(bytes: Bytes) -> Self {
        Self::Whole(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }

    pub(crate) fn generated(response: &Response, gzip: bool, production: Arc<Production>) -> Self {
        Self::Generated(Box::new(Generated {
            chunks: response.chunks(),
            gzip: gzip.then(|| GzEncoder::new(Vec::new(), Compression::fast())),
            done: false,
            production,
        }))
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        // Always ready: hyper asks only while it has room, so the client's pace sets ours.
        let next = match self.get_mut() {
            Self::Whole(bytes) => bytes.take(),
            Self::Generated(generated) => generated.next(),
        };
        Poll::Ready(next.map(|bytes| Ok(Frame::data(bytes))))
    }

    fn is_end_stream(&self) -> bool {
        matches!(self, Self::Whole(None))
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Generated(_) => SizeHint::default(),
        }
    }
}

/// A response that is made, and compressed if asked for, one chunk at a time.
#[derive(Debug)]
pub(crate) struct Generated {
    chunks: Chunks,
    gzip: Option<GzEncoder<Vec<u8>>>,
    done: bool,
    production: Arc<Production>,
}

/// Compressed bytes are collected until there are so many.
const COMPRESSED: usize = 16 * 1024;

impl Generated {
    fn next(&mut self) -> Option<Bytes> {
        if self.done {
            return None;
        }
        let Some(mut encoder) = self.gzip.take() else {
            return self.chunk();
        };
        while let Some(chunk) = self.chunk() {
            encoder.write_all(&chunk).expect("a Vec takes everything");
            if encoder.get_ref().len() >= COMPRESSED {
                let bytes = core::mem::take(encoder.get_mut());
                self.gzip = Some(encoder);
                return Some(bytes.into());
            }
        }
        Some(encoder.finish().expect("a Vec takes everything").into())
    }

    fn chunk(&mut self) -> Option<Bytes> {
        let chunk = self.chunks.next();
        match &chunk {
            Some(chunk) => self.production.made(chunk.len()),
            None => {
                self.done = true;
                self.production.finished();
            }
        }
        chunk
    }
}
