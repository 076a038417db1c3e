//! Texts as the window holds them, for tests.

use alloc::vec::Vec;

use super::stride::Object;

/// A text at some place of a buffer, with what is behind it, and its quotes.
pub(super) struct Placed {
    bytes: Vec<u8>,
    pub(super) quotes: Vec<u32>,
    end: usize,
}

const ORIGIN: u32 = 1000;

pub(super) fn place(text: &str, behind: &str) -> Placed {
    let mut bytes = [text, behind].concat().into_bytes();
    let (mut quotes, mut escaped) = (Vec::new(), false);
    for (at, byte) in (ORIGIN..).zip(&bytes) {
        if *byte == b'"' && !escaped {
            quotes.push(at);
        }
        escaped = *byte == b'\\' && !escaped;
    }
    let end = bytes.len();
    // Not at hand: it must not be taken for anything.
    bytes.resize(end + 128, b'"');
    Placed { bytes, quotes, end }
}

impl Placed {
    pub(super) fn object(&self, depth: usize) -> Object<'_> {
        Object { bytes: &self.bytes, end: self.end, quotes: &self.quotes, origin: ORIGIN, depth }
    }
}

pub(super) fn quotes_of(text: &str) -> usize {
    place(text, "").quotes.len()
}
