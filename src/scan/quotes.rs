//! The quote index of a stretch of bytes, and the comparison with a learned literal.

use super::{Classify, Masks};

/// Bytes looked at together.
pub(crate) const BLOCK: usize = 64;

/// A block holds a backslash.
pub(crate) const SPECIAL_ESCAPE: u8 = 1;
/// A block holds a byte above 0x7f.
pub(crate) const SPECIAL_HIGH: u8 = 2;
/// A block holds a control character inside a string.
pub(crate) const SPECIAL_CONTROL: u8 = 4;

/// What one block hands to the next.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Carry {
    /// 1 if the first byte of the next block is escaped.
    escaped: u64,
    /// All ones if the next block begins inside a string.
    in_string: u64,
}

/// The bytes between two values of a learned shape, padded for one comparison.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct Literal {
    pub(super) bytes: [u8; BLOCK],
    pub(super) mask: u64,
    length: usize,
    /// Where the span of the value after it goes.
    pub(crate) slot: usize,
}

impl Literal {
    /// A literal that everything begins with.
    pub(crate) fn nothing() -> Self {
        Self { bytes: [0; BLOCK], mask: 0, length: 0, slot: 0 }
    }

    /// None if it is empty or longer than a block.
    pub(crate) fn new(text: &[u8], slot: usize) -> Option<Self> {
        let length = text.len();
        if length == 0 || length > BLOCK {
            return None;
        }
        let mut bytes = [0; BLOCK];
        bytes[..length].copy_from_slice(text);
        Some(Self { bytes, mask: u64::MAX >> (BLOCK - length), length, slot })
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
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
    /// Positions of unescaped quotes; needs room for 64 more than there are.
    pub(crate) positions: &'a mut [u32],
    /// How many positions were written.
    pub(crate) count: usize,
    /// Properties of each block.
    pub(crate) special: &'a mut [u8],
}

/// Indexes whole blocks. `positions` must have room for one entry a byte.
///
/// # Safety
/// The instructions of `C` must be there.
#[inline(always)]
pub(super) unsafe fn index<C: Classify>(blocks: &mut Blocks<'_>) {
    let mut carry = *blocks.carry;
    let mut count = 0;
    let mut base = blocks.base;
    let last = blocks.bytes.len() / BLOCK;
    let mut valid = blocks.first;
    for (number, (block, special)) in blocks.bytes.chunks_exact(BLOCK).zip(&mut *blocks.special).enumerate() {
        let (Ok(block), Some(Ok(out))) =
            (block.try_into(), blocks.positions.get_mut(count..count + BLOCK).map(TryInto::try_into))
        else {
            break;
        };
        if number + 1 == last {
            valid &= blocks.last;
        }
        // SAFETY: the caller vouches for the instructions.
        let (found, flags) = unsafe { index_block::<C>(block, valid, base, &mut carry, out) };
        *special = flags;
        count += found;
        base = base.wrapping_add(BLOCK as u32);
        valid = u64::MAX;
    }
    blocks.count = count;
    *blocks.carry = carry;
}

/// One block: the positions of its unescaped quotes among the `valid` bits go to `out`; their
/// number and the block's special properties are given back.
///
/// # Safety
/// The instructions of `C` must be there.
#[inline(always)]
unsafe fn index_block<C: Classify>(
    block: &[u8; BLOCK],
    valid: u64,
    base: u32,
    carry: &mut Carry,
    out: &mut [u32; BLOCK],
) -> (usize, u8) {
    // SAFETY: the caller vouches for the instructions.
    let Masks { quote, backslash, control, high } = unsafe { C::masks(block) };
    let (mut quote, backslash, control, high) =
        (quote & valid, backslash & valid, control & valid, high & valid);
    let mut special = 0;
    if backslash | carry.escaped != 0 {
        quote &= !escaped(backslash, carry);
        special = SPECIAL_ESCAPE;
    }
    if high != 0 {
        special |= SPECIAL_HIGH;
    }
    if control != 0 {
        // SAFETY: as above.
        let in_string = unsafe { C::parity(quote) } ^ carry.in_string;
        if in_string & control != 0 {
            special |= SPECIAL_CONTROL;
        }
    }
    let count = quote.count_ones();
    carry.in_string ^= u64::from(count & 1).wrapping_neg();
    // SAFETY: as above.
    unsafe { C::positions(quote, base, out) };
    (count as usize, special)
}

/// The bits that a backslash before them escapes: those after an odd run of backslashes.
/// (The subtraction carries each run that begins at an even bit into the bit after it; the
/// pattern of odd bits then tells even from odd lengths. After simdjson's `json_escape_scanner`.)
#[inline(always)]
fn escaped(backslash: u64, carry: &mut Carry) -> u64 {
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
            if byte > 0x7f {
                *block |= SPECIAL_HIGH;
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
                    assert_eq!(fast(path, &bytes), naive(&bytes), "{path:?} {bytes:?}");
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
                    assert_eq!(fast(path, &bytes), naive(&bytes), "{path:?} {lead} {run}");
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
