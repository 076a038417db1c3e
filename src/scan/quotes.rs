//! The quote index of a stretch of bytes, and the comparison with a learned literal.

use super::learned::MEMBERS;
use super::strings::{Late, are_escapes_plain, is_incomplete};
use super::{Classify, Masks};

/// Bytes looked at together.
pub(crate) const BLOCK: usize = 64;

/// How far ahead bytes are asked for: a good part of a stripe, so that they are on their way while
/// items of this one are followed. (Hardware stops at each page. A quarter faster over a slice
/// that is in no near cache; no different over the window.)
const AHEAD: usize = 8192;

/// A block holds a backslash, or a part of an escape.
pub(crate) const SPECIAL_ESCAPE: u8 = 1;
/// A block holds bytes above 0x7f that are not known to be UTF-8.
pub(crate) const SPECIAL_HIGH: u8 = 2;
/// A block holds a control character inside a string.
pub(crate) const SPECIAL_CONTROL: u8 = 4;
/// A block holds escapes that are not known to be complete, or to be paired where they are surrogates.
pub(crate) const SPECIAL_UNSURE: u8 = 8;

/// What one block hands to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Carry {
    /// 1 if the first byte of the next block is escaped.
    pub(super) escaped: u64,
    /// All ones if the next block begins inside a string.
    pub(super) in_string: u64,
    /// See [`are_escapes_plain`].
    late: Late,
    /// The last four bytes if a character goes on after them; else 0, for then they are as good as
    /// any other ASCII.
    before: u32,
}

/// The bytes between two values of a learned shape, padded for one comparison.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct Literal {
    /// Zeros behind it.
    pub(super) bytes: [u8; BLOCK],
    /// One bit for each byte of it, by halves.
    pub(super) masks: [u32; 2],
    length: usize,
    /// Where the span of the value after it goes, and the bit of that slot.
    pub(super) slot: usize,
    pub(super) bit: u32,
    /// Where in it the member's name is, and how long that is.
    name: (u8, u8),
}

impl Literal {
    /// A literal that everything begins with.
    pub(crate) fn nothing() -> Self {
        Self { bytes: [0; BLOCK], masks: [0; 2], length: 0, slot: 0, bit: 0, name: (0, 0) }
    }

    /// None if it is empty or longer than a block, or if there is no such slot.
    pub(crate) fn new(text: &[u8], slot: usize) -> Option<Self> {
        let length = text.len();
        if length == 0 || length > BLOCK || slot >= MEMBERS {
            return None;
        }
        let mut bytes = [0; BLOCK];
        bytes[..length].copy_from_slice(text);
        let mut quotes = text.iter().zip(0u8..).filter(|(byte, _)| **byte == b'"').map(|(_, at)| at);
        let name =
            quotes.next().zip(quotes.next()).map_or((0, 0), |(open, close)| (open + 1, close - open - 1));
        let mask = u64::MAX >> (BLOCK - length);
        #[expect(clippy::cast_possible_truncation, reason = "by halves")]
        let masks = [mask as u32, (mask >> 32) as u32];
        Some(Self { bytes, masks, length, slot, bit: 1 << (slot % 32), name })
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// Where the span of the value after it goes: less than [`MEMBERS`].
    #[inline]
    pub(crate) fn slot(&self) -> usize {
        self.slot
    }

    /// The bit of the slot.
    #[inline]
    pub(crate) fn bit(&self) -> u32 {
        self.bit
    }

    /// Where in it the member's name is, and how long that is: a learned name has no quote in it.
    #[inline]
    pub(crate) fn name(&self) -> (usize, usize) {
        (usize::from(self.name.0), usize::from(self.name.1))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    /// All ones in the bytes that count, zeros behind them.
    #[inline(always)]
    pub(super) fn cover(&self) -> &[u8; BLOCK] {
        static COVER: [u8; 2 * BLOCK] = {
            let mut cover = [0; 2 * BLOCK];
            let mut at = 0;
            while at < BLOCK {
                cover[at] = 0xff;
                at += 1;
            }
            cover
        };
        // SAFETY: `length` is at most `BLOCK` (both constructors see to it), so the 64 bytes from
        // there lie inside of the 128. A block has any alignment.
        unsafe { &*COVER.as_ptr().add(BLOCK - self.length).cast() }
    }
}

/// A stretch of whole blocks to index, and where to.
#[derive(Debug)]
pub(crate) struct Blocks<'a> {
    /// A multiple of 64 bytes.
    pub(crate) bytes: &'a [u8],
    /// Position of the first of them.
    pub(crate) base: u32,
    /// Bits of the first block that count, and of the last.
    pub(crate) first: u64,
    pub(crate) last: u64,
    pub(crate) carry: &'a mut Carry,
    /// Positions of unescaped quotes; needs room for one a byte.
    pub(crate) positions: &'a mut [u32],
    /// How many positions were written.
    pub(crate) count: usize,
    /// Properties of each block.
    pub(crate) special: &'a mut [u8],
}

/// Indexes whole blocks.
///
/// # Panics
/// If there is no room for an entry a byte in `positions`, or for each block in `special`.
///
/// # Safety
/// The instructions of `C` must be there.
#[inline(always)]
pub(super) unsafe fn index<C: Classify>(blocks: &mut Blocks<'_>) {
    let Blocks { bytes, first, last, .. } = *blocks;
    let whole = bytes.len() / BLOCK;
    assert!(blocks.positions.len() >= whole * BLOCK && blocks.special.len() >= whole, "room for all");
    let mut indexing = Indexing { carry: *blocks.carry, base: blocks.base, count: 0 };
    let mut next = 0;
    // (Not a closure: that would not have the features of the function it is in.)
    macro_rules! index_next {
        ($valid:expr) => {
            // SAFETY: `next < whole`, so the block lies inside of the bytes and its flags inside of
            // `special`; before it no more than an entry a byte was written, so those of this block
            // lie inside of `positions`. The caller vouches for the instructions.
            unsafe {
                let block = &*bytes.as_ptr().add(next * BLOCK).cast();
                let out = &mut *blocks.positions.as_mut_ptr().add(indexing.count).cast();
                *blocks.special.get_unchecked_mut(next) = indexing.block::<C>(block, $valid, out);
            }
            next += 1;
        };
    }
    // The first and the last may count in part; those between are done without asking.
    if whole > 1 {
        index_next!(first);
        while next < whole - 1 {
            index_next!(u64::MAX);
        }
        index_next!(last);
    } else if whole == 1 {
        index_next!(first & last);
    }
    debug_assert!(next == whole && indexing.count <= whole * BLOCK);
    indexing.carry.in_string = indexing.in_string();
    blocks.count = indexing.count;
    *blocks.carry = indexing.carry;
}

/// How far blocks are indexed.
struct Indexing {
    /// But for `in_string`, which is that of the first block.
    carry: Carry,
    /// Position of the next block.
    base: u32,
    /// Positions written.
    count: usize,
}

impl Indexing {
    /// All ones if the next block begins inside a string.
    #[inline(always)]
    fn in_string(&self) -> u64 {
        self.carry.in_string ^ (self.count as u64 & 1).wrapping_neg()
    }

    /// One block: the positions of its unescaped quotes among the `valid` bits go to `out`; its
    /// special properties are given back.
    ///
    /// # Safety
    /// The instructions of `C` must be there.
    #[inline(always)]
    unsafe fn block<C: Classify>(&mut self, block: &[u8; BLOCK], valid: u64, out: &mut [u32; BLOCK]) -> u8 {
        C::prefetch(block.as_ptr().wrapping_add(AHEAD));
        // SAFETY: (of all in this function) the caller vouches for the instructions.
        let (quote, is_plain) = unsafe { C::quotes(block) };
        let (mut quote, mut special) = (quote & valid, 0);
        let carry = &self.carry;
        if !is_plain || carry.escaped | carry.late.any() | u64::from(carry.before) != 0 {
            // SAFETY: as above.
            (quote, special) = unsafe { self.look_closer::<C>(block, valid, quote) };
        }
        // SAFETY: as above.
        unsafe { C::positions(quote, self.base, out) };
        self.count += quote.count_ones() as usize;
        self.base = self.base.wrapping_add(BLOCK as u32);
        special
    }

    /// A block that has more than quotes and plain ASCII, or may be inside of an escape or a
    /// character: its unescaped quotes, and its special properties.
    ///
    /// # Safety
    /// The instructions of `C` must be there.
    #[inline(always)]
    unsafe fn look_closer<C: Classify>(
        &mut self,
        block: &[u8; BLOCK],
        valid: u64,
        mut quote: u64,
    ) -> (u64, u8) {
        // SAFETY: (of all in this function) the caller vouches for the instructions.
        let Masks { backslash, control, high, .. } = unsafe { C::masks(block) };
        let (backslash, control, high) = (backslash & valid, control & valid, high & valid);
        let in_string = self.in_string();
        let carry = &mut self.carry;
        let mut special = 0;
        if backslash | high | carry.escaped | carry.late.any() | u64::from(carry.before) == 0 {
            // SAFETY: as above.
            let inside = unsafe { C::parity(quote) } ^ in_string;
            return (quote, if inside & control != 0 { SPECIAL_CONTROL } else { 0 });
        }
        if backslash | carry.escaped | carry.late.any() != 0 {
            let escaped = escaped(backslash, carry);
            quote &= !escaped;
            special = SPECIAL_ESCAPE;
            // SAFETY: as above.
            let letters = unsafe { C::letters(block) };
            if !C::CHECKS_STRINGS || !are_escapes_plain(letters, backslash, escaped, &mut carry.late) {
                special |= SPECIAL_UNSURE;
            }
        }
        if C::CHECKS_STRINGS {
            if high != 0 || carry.before != 0 {
                // SAFETY: as above.
                if !unsafe { C::is_utf8(block, carry.before) } {
                    special |= SPECIAL_HIGH;
                }
                let last = last_four(block);
                carry.before = if is_incomplete(last) { last } else { 0 };
            }
        } else if high != 0 {
            special |= SPECIAL_HIGH;
        }
        // SAFETY: as above.
        if control != 0 && (unsafe { C::parity(quote) } ^ in_string) & control != 0 {
            special |= SPECIAL_CONTROL;
        }
        (quote, special)
    }
}

#[inline(always)]
fn last_four(block: &[u8; BLOCK]) -> u32 {
    let [.., a, b, c, d] = *block;
    u32::from_le_bytes([a, b, c, d])
}

/// The bits that a backslash before them escapes: those after an odd run of backslashes.
/// (The subtraction carries each run that begins at an even bit into the bit after it; the
/// pattern of odd bits then tells even from odd lengths. After simdjson's `json_escape_scanner`.)
#[inline(always)]
pub(super) fn escaped(backslash: u64, carry: &mut Carry) -> u64 {
    const ODD: u64 = 0xaaaa_aaaa_aaaa_aaaa;
    let starts = backslash & !carry.escaped;
    let maybe = starts << 1;
    let codes = ((maybe | ODD).wrapping_sub(starts)) ^ ODD;
    let escaped = codes ^ (backslash | carry.escaped);
    carry.escaped = (codes & backslash) >> 63;
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scan::{Path, index_blocks};
    use alloc::vec::Vec;

    /// The same by going byte by byte.
    fn naive(bytes: &[u8]) -> (Vec<u32>, Vec<u8>) {
        let (mut quotes, mut special) = (Vec::new(), alloc::vec![0; bytes.len().div_ceil(BLOCK)]);
        let (mut escaped, mut in_string) = (false, false);
        for (at, &byte) in bytes.iter().enumerate() {
            let block = &mut special[at / BLOCK];
            if byte == b'\\' || escaped {
                *block |= SPECIAL_ESCAPE;
            }
            let quote = byte == b'"' && !escaped;
            in_string ^= quote;
            if byte < 0x20 && in_string {
                *block |= SPECIAL_CONTROL;
            }
            if quote {
                quotes.push(u32::try_from(at).unwrap());
            }
            escaped = byte == b'\\' && !escaped;
        }
        (quotes, special)
    }

    /// Whether the properties are those of the naive way: of escapes at least those; what is in
    /// doubt is for the tests of `strings`.
    fn is_like(found: &[u8], expected: &[u8]) -> bool {
        found.len() == expected.len()
            && found.iter().zip(expected).all(|(found, expected)| {
                found & SPECIAL_CONTROL == expected & SPECIAL_CONTROL
                    && found & SPECIAL_ESCAPE >= expected & SPECIAL_ESCAPE
            })
    }

    fn fast(path: Path, bytes: &[u8]) -> (Vec<u32>, Vec<u8>) {
        let mut padded = bytes.to_vec();
        padded.resize(bytes.len().next_multiple_of(BLOCK), b'"');
        let mut carry = Carry::default();
        let mut positions = alloc::vec![0; padded.len() + BLOCK];
        let mut special = alloc::vec![0; padded.len() / BLOCK];
        let mut blocks = Blocks {
            bytes: &padded,
            base: 0,
            first: u64::MAX,
            last: u64::MAX >> (padded.len() - bytes.len()),
            carry: &mut carry,
            positions: &mut positions,
            count: 0,
            special: &mut special,
        };
        index_blocks(path, &mut blocks);
        let count = blocks.count;
        positions.truncate(count);
        (positions, special)
    }

    /// Pseudo-random bytes from a small alphabet: everything interesting meets everything.
    fn noise(mut state: u64, length: usize, alphabet: &[u8]) -> Vec<u8> {
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            alphabet[usize::try_from(state >> 33).unwrap() % alphabet.len()]
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn hostile_14_every_path_indexes_like_the_naive_one() {
        for path in [Path::Avx512, Path::Avx2, Path::Portable] {
            if !path.is_available() {
                continue;
            }
            for seed in 0..400 {
                for alphabet in [&b"\\\"a"[..], b"\\\\\\\\\"", b"\"\x1f\x20\x7f\x80\xffa\\", b"\"", b"abcd\""]
                {
                    let bytes = noise(seed, 1 + usize::try_from(seed).unwrap(), alphabet);
                    let (expected, found) = (naive(&bytes), fast(path, &bytes));
                    assert_eq!(found.0, expected.0, "{path:?} {bytes:?}");
                    assert!(is_like(&found.1, &expected.1), "{path:?} {bytes:?} {found:?}");
                    let longer: Vec<u8> = bytes.iter().copied().cycle().take(40 * bytes.len()).collect();
                    assert_eq!(path.count_quotes(&longer), naive(&longer).0.len(), "{path:?} {bytes:?}");
                }
            }
        }
    }

    #[test]
    fn hostile_11_runs_of_backslashes_of_every_length_at_every_place() {
        for path in [Path::Avx512, Path::Avx2, Path::Portable] {
            if !path.is_available() {
                continue;
            }
            for lead in 0..70 {
                for run in 0..140 {
                    let mut bytes = alloc::vec![b'x'; lead];
                    bytes.resize(lead + run, b'\\');
                    bytes.extend_from_slice(b"\"\"");
                    let (expected, found) = (naive(&bytes), fast(path, &bytes));
                    assert_eq!(found.0, expected.0, "{path:?} {lead} {run}");
                    assert!(is_like(&found.1, &expected.1), "{path:?} {lead} {run}");
                }
            }
        }
    }

    #[test]
    fn a_literal_has_at_most_a_block() {
        assert!(Literal::new(b"", 0).is_none() && Literal::new(&[b'x'; 65], 0).is_none());
        assert_eq!(Literal::new(&[b'x'; 64], 0).unwrap().bytes(), [b'x'; 64]);
    }
}
