//! Eight bytes at a time in ordinary registers.

use alloc::vec::Vec;

use super::learned::{Followed, Learned, MEMBERS, Nested, Place};
use super::quotes::{self, BLOCK, Blocks, Literal};
use super::shape::{self, Other};
use super::{Classify, Masks, escapes, minify};

pub(super) struct Words;

const LOW: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x8080_8080_8080_8080;

fn words(block: &[u8; BLOCK]) -> impl Iterator<Item = u64> + '_ {
    block.chunks_exact(8).map(|word| u64::from_le_bytes(word.try_into().unwrap_or_default()))
}

/// The top bit of each byte that is zero in `word`, exactly: the addition cannot carry from one
/// byte into the next.
#[inline(always)]
fn zeros(word: u64) -> u64 {
    !(((word & !HIGH).wrapping_add(!HIGH)) | word) & HIGH
}

/// The top bit of each byte, gathered in the low eight bits.
#[inline(always)]
fn gather(tops: u64) -> u64 {
    // Each top bit, moved to its byte's lowest place, lands in the highest byte at its own bit.
    (tops >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56
}

// SAFETY: nothing here needs more than any CPU has.
unsafe impl Classify for Words {
    #[inline(always)]
    unsafe fn quotes(block: &[u8; BLOCK]) -> (u64, bool) {
        let (mut others, mut high, mut rare) = (0, 0, 0);
        for (place, word) in words(block).enumerate() {
            // Right for ASCII, and most blocks have nothing else: then no addition carries, and a
            // subtraction borrows only from a byte that is rare itself.
            others |= gather((word ^ (LOW * 0x22)).wrapping_add(!HIGH) & HIGH) << (place * 8);
            rare |= (word ^ (LOW * 0x5c)).wrapping_sub(LOW) | word.wrapping_sub(LOW * 0x20);
            high |= word;
        }
        if high & HIGH == 0 {
            return (!others, rare & HIGH == 0);
        }
        let quotes =
            words(block).enumerate().map(|(at, word)| gather(zeros(word ^ (LOW * 0x22))) << (at * 8));
        (quotes.fold(0, |all, quotes| all | quotes), false)
    }

    #[inline(always)]
    unsafe fn masks(block: &[u8; BLOCK]) -> Masks {
        let mut masks = Masks { quote: 0, backslash: 0, control: 0, high: 0 };
        for (place, word) in words(block).enumerate() {
            let shift = place * 8;
            masks.quote |= gather(zeros(word ^ (LOW * 0x22))) << shift;
            masks.backslash |= gather(zeros(word ^ (LOW * 0x5c))) << shift;
            // Below 0x20: the top three bits are zero.
            masks.control |= gather(zeros(word & (LOW * 0xe0))) << shift;
            masks.high |= gather(word & HIGH) << shift;
        }
        masks
    }

    #[inline(always)]
    unsafe fn blanks(block: &[u8; BLOCK]) -> u64 {
        words(block).enumerate().fold(0, |blanks, (place, word)| {
            // Below 0x20, or 0x20 itself.
            let blank = zeros(word & (LOW * 0xe0)) | zeros(word ^ (LOW * 0x20));
            blanks | gather(blank) << (place * 8)
        })
    }

    #[inline(always)]
    unsafe fn pack(block: &[u8; BLOCK], keep: u64, packed: &mut [u8; BLOCK]) {
        minify::pack_runs(block, keep, packed);
    }

    #[inline(always)]
    unsafe fn positions(mask: u64, base: u32, out: &mut [u32; BLOCK]) {
        let mut rest = mask;
        // Some at once, for how many there are is not foretold; what is behind the last one is no position.
        for some in out.as_chunks_mut::<8>().0 {
            for slot in some {
                *slot = base.wrapping_add(rest.trailing_zeros());
                rest &= rest.wrapping_sub(1);
            }
            if rest == 0 {
                break;
            }
        }
    }

    #[inline(always)]
    unsafe fn parity(mut mask: u64) -> u64 {
        for shift in [1, 2, 4, 8, 16, 32] {
            mask ^= mask << shift;
        }
        mask
    }

    type Difference = u64;

    #[inline(always)]
    unsafe fn no_difference() -> u64 {
        0
    }

    #[inline(always)]
    unsafe fn differ<const LONG: bool>(mut so_far: u64, block: &[u8; BLOCK], literal: &Literal) -> u64 {
        let wanted = words(&literal.bytes).zip(words(literal.cover()));
        for (word, (wanted, cover)) in words(block).zip(wanted).take(literal.len().div_ceil(8)) {
            so_far |= (word ^ wanted) & cover;
        }
        so_far
    }

    #[inline(always)]
    unsafe fn is_different(difference: u64) -> bool {
        difference != 0
    }

    #[inline(always)]
    unsafe fn begins_with(block: &[u8; BLOCK], literal: &Literal) -> bool {
        block[..literal.len()] == *literal.bytes()
    }
}

/// See [`quotes::index`].
pub(super) fn index(blocks: &mut Blocks<'_>) {
    // SAFETY: `Words` needs no special instructions.
    unsafe { quotes::index::<Words>(blocks) }
}

/// See [`shape::follow`].
pub(super) fn follow(
    learned: &Learned,
    place: Place<'_>,
    out: &mut [Followed],
    nested: &mut Nested<'_>,
) -> usize {
    // SAFETY: `Words` needs no special instructions.
    unsafe { shape::follow::<Words>(learned, place, out, nested, follow_some) }
}

/// See [`shape::follow_some`].
pub(super) fn follow_some(
    learned: &Learned,
    bytes: &[u8],
    from: usize,
    quotes: &[u32; 4 * MEMBERS],
    out: &mut Followed,
    longest: usize,
    other: &mut Other<'_>,
) -> Option<usize> {
    // SAFETY: `Words` needs no special instructions.
    unsafe { shape::follow_some::<Words>(learned, bytes, from, quotes, out, longest, other) }
}

/// See [`escapes::are_valid`].
pub(super) fn escapes_are_valid(bytes: &[u8], from: usize, to: usize) -> bool {
    // SAFETY: `Words` needs no special instructions.
    unsafe { escapes::are_valid::<Words>(bytes, from, to) }
}

/// See [`minify::minify`].
pub(super) fn minify(text: &[u8], out: &mut Vec<u8>) {
    // SAFETY: `Words` needs no special instructions.
    unsafe { minify::minify::<Words>(text, out) }
}
