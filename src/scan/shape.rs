//! Following a learned shape over the quote index: the hot loop.

use alloc::vec::Vec;

use super::Classify;
use super::quotes::{BLOCK, Literal};

/// Most members that a learned shape has; the quote index always has four times as many entries
/// in reserve.
pub(crate) const MEMBERS: usize = 32;

/// A value's place in the item's text, quotes included. An empty span stands for an absent one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// What is alike in items of one shape: the bytes between the values.
#[derive(Clone, Debug)]
pub(crate) struct Learned {
    /// Before each value, from the end of the previous one.
    pub(crate) members: Vec<Literal>,
    /// After the last value, up to and with the closing brace.
    pub(crate) close: Literal,
}

impl Learned {
    /// Room for a shape of so many members.
    pub(crate) fn with_capacity(members: usize) -> Self {
        Self { members: Vec::with_capacity(members), close: Literal::nothing() }
    }
}

/// Where an item may stand.
pub(crate) struct Place<'a> {
    /// The padded buffer from the item's first byte on.
    pub(crate) bytes: &'a [u8],
    /// The quote index from the item's first quote on, with at least four times [`MEMBERS`]
    /// entries, those behind the known ones beyond the bytes at hand.
    pub(crate) quotes: &'a [u32],
    /// Position of the item's first byte in terms of the quote index.
    pub(crate) origin: u32,
    pub(crate) spans: &'a mut [Span; MEMBERS],
}

/// An item that has the shape.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Followed {
    /// Length of the item in bytes; it may still end beyond the bytes at hand.
    pub(crate) length: usize,
    /// Entries of the quote index inside the item.
    pub(crate) quotes: usize,
    /// Slots whose value is neither a string nor null: one bit each.
    pub(crate) odd: u32,
}

/// Compares an item with a learned shape and notes where its values are.
///
/// Why this accepts only what the grammar accepts (the block properties and the length are for
/// the caller to check): the literals equal bytes of an item that the grammar accepted, each
/// beginning outside of a string; so their quotes are unescaped ones, are the next entries of the
/// index, and a value that begins with a quote ends at the entry after. `null` is compared;
/// other scalars are parsed; the next literal begins right after.
///
/// # Safety
/// The instructions of `C` must be there.
#[inline(always)]
pub(super) unsafe fn follow<C: Classify>(learned: &Learned, place: Place<'_>) -> Option<Followed> {
    let Place { bytes, quotes, origin, spans } = place;
    // From any place up to here two blocks can be read. (Places come from the index and are
    // checked one by one: an item that ends in the last bytes of the buffer is left to others.)
    let last = bytes.len().checked_sub(2 * BLOCK)?;
    if learned.members.len() > MEMBERS || quotes.len() < 4 * MEMBERS {
        return None;
    }
    let (mut at, mut quote, mut odd) = (0usize, 0usize, 0u32);
    for literal in &learned.members {
        if at > last {
            return None;
        }
        // SAFETY: `at + BLOCK <= bytes.len()`, checked just above; a block has any alignment. The
        // caller vouches for the instructions.
        if !unsafe { C::begins_with(&*bytes.as_ptr().add(at).cast(), literal) } {
            return None;
        }
        let start = at + literal.len();
        // SAFETY: a literal has at most `BLOCK` bytes, so `start < bytes.len()`.
        let end = match unsafe { *bytes.get_unchecked(start) } {
            b'"' => {
                quote += 4;
                // SAFETY: at most 4 entries for each of at most `MEMBERS` members were stepped
                // over, and there are `4 * MEMBERS`: both were checked above.
                let close = unsafe { *quotes.get_unchecked(quote - 1) };
                close.wrapping_sub(origin) as usize + 1
            }
            b'n' if bytes.get(start..start + 4)? == b"null" => {
                quote += 2;
                start + 4
            }
            _ => {
                quote += 2;
                odd |= 1 << (literal.slot % MEMBERS);
                start + scalar_length(bytes.get(start..)?)?
            }
        };
        #[expect(clippy::cast_possible_truncation, reason = "positions of the index are u32")]
        let span = Span { start: start as u32, end: end as u32 };
        spans[literal.slot % MEMBERS] = span;
        at = end;
    }
    if at > last {
        return None;
    }
    // SAFETY: as in the loop.
    let closed = unsafe { C::begins_with(&*bytes.as_ptr().add(at).cast(), &learned.close) };
    closed.then_some(Followed { length: at + learned.close.len(), quotes: quote, odd })
}

/// Length of the number, `true`, `false` or `null` that the bytes begin with, if it is one (RFC
/// 8259, section 6). What follows it is for the caller to check. Numbers of up to 1000 bytes.
pub(crate) fn scalar_length(bytes: &[u8]) -> Option<usize> {
    const LONGEST: usize = 1000;
    let digits =
        |from: usize| bytes.iter().skip(from).take(LONGEST).take_while(|byte| byte.is_ascii_digit()).count();
    match bytes.first()? {
        b't' => return bytes.starts_with(b"true").then_some(4),
        b'f' => return bytes.starts_with(b"false").then_some(5),
        b'n' => return bytes.starts_with(b"null").then_some(4),
        _ => {}
    }
    let mut at = usize::from(bytes[0] == b'-');
    at += match (bytes.get(at)?, digits(at)) {
        (b'0', _) => 1,
        (_, 0) => return None,
        (_, count) => count,
    };
    if bytes.get(at) == Some(&b'.') {
        let count = digits(at + 1);
        at += 1 + count;
        if count == 0 {
            return None;
        }
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let count = digits(at);
        at += count;
        if count == 0 {
            return None;
        }
    }
    (at <= LONGEST).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_09_scalars_as_the_grammar_has_them() {
        for (text, length) in [
            ("0", 1),
            ("-0,", 2),
            ("01", 1),
            ("12.5e+3]", 7),
            ("1E9 ", 3),
            ("true", 4),
            ("falsey", 5),
            ("null", 4),
            ("9}", 1),
        ] {
            assert_eq!(scalar_length(text.as_bytes()), Some(length), "{text}");
        }
        for text in ["", "-", "+1", ".5", "1.", "1.e3", "1e", "1e+", "NaN", "tru", "nul", "-x"] {
            assert_eq!(scalar_length(text.as_bytes()), None, "{text}");
        }
        assert_eq!(scalar_length(&[b'1'; 1000]), Some(1000));
        // A longer one is cut, so that what follows it is a digit: no grammar continues with that.
        assert_eq!(scalar_length(&[b'1'; 1001]), Some(1000));
    }
}
