//! The body of an answer: one that is there already, or a response made while it is sent.

use core::convert::Infallible;
use core::pin::Pin;
use core::task::{Context, Poll};
use std::sync::Arc;

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use super::encoding::{Encoder, Encoding};
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

    pub(crate) fn generated(response: &Response, packing: Packing, production: Arc<Production>) -> Self {
        Self::Generated(Box::new(Generated::new(response, packing, production)))
    }
}

impl Iterator for Body {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        match self {
            Self::Whole(bytes) => bytes.take(),
            Self::Generated(generated) => generated.next(),
        }
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
        Poll::Ready(self.get_mut().next().map(|bytes| Ok(Frame::data(bytes))))
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

/// How a body is compressed, and what is wrong with it.
#[derive(Clone, Debug)]
pub(crate) struct Packing {
    pub(crate) encoding: Option<Encoding>,
    /// In so many parts, each complete in itself.
    pub(crate) members: u32,
    /// Whether the checksum is wrong.
    pub(crate) spoilt: bool,
    /// What follows the list before compression.
    pub(crate) spaces: u64,
    /// What follows the compressed bytes.
    pub(crate) junk: Bytes,
}

impl Packing {
    pub(crate) fn honest(encoding: Option<Encoding>) -> Self {
        Self { encoding, ..Self::default() }
    }

    fn encoder(&self) -> Option<Encoder> {
        // The fast level of gzip leaves some 160 bytes in one: too few for a bomb.
        self.encoding.map(|encoding| Encoder::new(encoding, self.spaces > 0))
    }
}

impl Default for Packing {
    fn default() -> Self {
        Self { encoding: None, members: 1, spoilt: false, spaces: 0, junk: Bytes::new() }
    }
}

/// A response that is made, and compressed if asked for, one chunk at a time.
#[derive(Debug)]
pub(crate) struct Generated {
    chunks: Chunks,
    packing: Packing,
    /// While there is something to compress.
    encoder: Option<Encoder>,
    /// Of the present member, before compression.
    member_bytes: usize,
    /// What the next member begins with.
    left: Bytes,
    done: bool,
    production: Arc<Production>,
}

/// Compressed bytes are collected until there are so many.
const COMPRESSED: usize = 16 * 1024;

/// After so many bytes they are not waited for any more: those of a bomb would not come for minutes.
const FLUSHED: usize = 1 << 20;

/// Bytes of each member but the last, before compression: little, so that a short list has several, too.
const MEMBER: usize = 512;

/// A piece of what a bomb consists of.
static SPACES: [u8; 64 * 1024] = [b' '; 64 * 1024];

impl Generated {
    pub(crate) fn new(response: &Response, packing: Packing, production: Arc<Production>) -> Self {
        Self {
            chunks: response.chunks(),
            encoder: packing.encoder(),
            packing,
            member_bytes: 0,
            left: Bytes::new(),
            done: false,
            production,
        }
    }

    fn chunk(&mut self) -> Option<Bytes> {
        if !self.left.is_empty() {
            return Some(core::mem::take(&mut self.left));
        }
        let chunk = self.chunks.next().or_else(|| {
            let count = self.packing.spaces.min(SPACES.len() as u64);
            self.packing.spaces -= count;
            (count > 0).then(|| Bytes::from_static(&SPACES[..count as usize]))
        });
        match &chunk {
            Some(chunk) => self.production.made(chunk.len()),
            None if !self.done => {
                self.done = true;
                self.production.finished();
            }
            None => {}
        }
        chunk
    }

    /// Compresses until there is enough to send, a member ends or all ends.
    fn compressed(&mut self, mut encoder: Encoder) -> Bytes {
        let mut bytes = 0;
        while let Some(mut chunk) = self.chunk() {
            bytes += chunk.len();
            if self.packing.members > 1 {
                let room = MEMBER - self.member_bytes;
                self.left = chunk.split_off(chunk.len().min(room));
                self.member_bytes += chunk.len();
            }
            encoder.write(&chunk);
            if self.packing.members > 1 && self.member_bytes == MEMBER {
                break;
            }
            if bytes >= FLUSHED {
                encoder.flush();
            }
            if let Some(bytes) = encoder.take(if bytes >= FLUSHED { 1 } else { COMPRESSED }) {
                self.encoder = Some(encoder);
                return bytes;
            }
        }
        let rest = encoder.finish();
        if self.packing.members > 1 {
            self.packing.members -= 1;
            self.member_bytes = 0;
            self.encoder = self.packing.encoder();
            return rest;
        }
        let mut rest = Vec::from(rest);
        if self.packing.spoilt {
            spoil(self.packing.encoding, &mut rest);
        }
        rest.extend_from_slice(&self.packing.junk);
        rest.into()
    }
}

impl Iterator for Generated {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        match (self.packing.encoding, self.encoder.take()) {
            (Some(_), Some(encoder)) => Some(self.compressed(encoder)),
            (Some(_), None) => None,
            (None, _) => self.chunk(),
        }
    }
}

/// Flips a bit of the checksum at the end.
fn spoil(encoding: Option<Encoding>, end: &mut [u8]) {
    // In a gzip member the length follows it.
    let behind = if encoding == Some(Encoding::Gzip) { 5 } else { 1 };
    if let Some(place) = end.len().checked_sub(behind) {
        end[place] ^= 1;
    }
}
