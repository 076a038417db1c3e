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
    pub(super) escaped: u64,
    /// All ones if the next block begins inside a string.
    pub(super) in_string: u64,
}

/// The bytes between two values of a learned shape, padded for one comparison.
#[derive(Clone, Debug)]
#[repr(align(64))]
pub(crate) struct Literal {
    /// Zeros behind it.
    pub(super) bytes: [u8; BLOCK],
    /// One bit for each byte of it.
    pub(super) mask: u64,
    length: usize,
    /// Where the span of the value after it goes, and the bit of that slot.
    pub(crate) slot: usize,
    pub(super) bit: u32,
    /// Where in it the member's name is, and how long that is.
    name: (u8, u8),
}

impl Literal {
    /// A literal that everything begins with.
    pub(crate) fn nothing() -> Self {
        Self { bytes: [0; BLOCK], mask: 0, length: 0, slot: 0, bit: 0, name: (0, 0) }
    }

    /// None if it is empty or longer than a block.
    pub(crate) fn new(text: &[u8], slot: usize) -> Option<Self> {
        let length = text.len();
        if length == 0 || length > BLOCK {
            return None;
        }
        let mut bytes = [0; BLOCK];
        bytes[..length].copy_from_slice(text);
        let mut quotes = text.iter().zip(0u8..).filter(|(byte, _)| **byte == b'"').map(|(_, at)| at);
        let name =
            quotes.next().zip(quotes.next()).map_or((0, 0), |(open, close)| (open + 1, close - open - 1));
        Some(Self { bytes, mask: u64::MAX >> (BLOCK - length), length, slot, bit: 1 << (slot % 32), name })
    }

    pub(crate) fn len(&self) -> usize {
        self.length
    }

    /// The bit of the slot.
    #[inline]
    pub(crate) fn bit(&self) -> u32 {
        self.bit
    }

    /// Where in it the member's name is, and how long that is; nothing but escapes could hide a
    /// quote in it, and a learned name has none.
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
                    let expected = naive(&bytes);
                    assert_eq!(fast(path, &bytes), expected, "{path:?} {bytes:?}");
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
