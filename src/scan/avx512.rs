//! 64 bytes at a time with byte compression.

use alloc::vec::Vec;
use core::arch::x86_64::*;

use super::columns::{self, Table};
use super::learned::{Followed, Learned, MEMBERS, Nested, Place};
use super::quotes::{self, BLOCK, Blocks, Literal};
use super::shape::{self, Other};
use super::strings::{
    self, FIRST_BY_HIGH, FIRST_BY_LOW, LETTERS_BY_HIGH, LETTERS_BY_LOW, Letters, SECOND_BY_HIGH,
};
use super::{Classify, Masks, escapes, minify};

pub(super) struct Avx512;

/// A table of sixteen bytes in each quarter.
///
/// # Safety
/// The features must be there.
#[inline(always)]
unsafe fn table(table: &'static [u8; 16]) -> __m512i {
    // SAFETY: the load reads the sixteen bytes; the caller vouches for the features.
    unsafe { _mm512_broadcast_i32x4(_mm_loadu_si128(table.as_ptr().cast())) }
}

/// The upper half of each byte.
///
/// # Safety
/// The features must be there.
#[inline(always)]
unsafe fn upper(bytes: __m512i) -> __m512i {
    // SAFETY: works on registers; the caller vouches for the features.
    unsafe { _mm512_and_si512(_mm512_srli_epi16::<4>(bytes), _mm512_set1_epi8(0x0f)) }
}

// SAFETY: the methods are reached only through the functions below, which enable the features.
unsafe impl Classify for Avx512 {
    #[inline(always)]
    unsafe fn quotes(block: &[u8; BLOCK]) -> (u64, bool) {
        // SAFETY: the load reads the 64 bytes of the block, at any alignment; the features are
        // enabled by the callers below.
        unsafe {
            let bytes = _mm512_loadu_si512(block.as_ptr().cast());
            // With signs: bytes above 0x7f are less than a blank too.
            let less = _mm512_cmplt_epi8_mask(bytes, _mm512_set1_epi8(b' ' as i8));
            let backslash = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(b'\\' as i8));
            let quote = _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(b'"' as i8));
            (quote, _kortestz_mask64_u8(less, backslash) != 0)
        }
    }

    #[inline(always)]
    unsafe fn masks(block: &[u8; BLOCK]) -> Masks {
        // SAFETY: the load reads the 64 bytes of the block, at any alignment; the features are
        // enabled by the callers below.
        unsafe {
            let bytes = _mm512_loadu_si512(block.as_ptr().cast());
            Masks {
                quote: _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(b'"' as i8)),
                backslash: _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8(b'\\' as i8)),
                control: _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20)),
                high: _mm512_movepi8_mask(bytes),
            }
        }
    }

    #[inline(always)]
    fn prefetch(place: *const u8) {
        // SAFETY: a prefetch reads nothing that the program sees and never faults, wherever the
        // place is.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) };
    }

    const CHECKS_STRINGS: bool = true;

    #[inline(always)]
    unsafe fn letters(block: &[u8; BLOCK]) -> Letters {
        // SAFETY: the load reads the 64 bytes of the block; the features are enabled by the
        // callers below.
        unsafe {
            let bytes = _mm512_loadu_si512(block.as_ptr().cast());
            // Bytes above 0x7f give zero by either half.
            let kinds = _mm512_and_si512(
                _mm512_shuffle_epi8(table(&LETTERS_BY_LOW), bytes),
                _mm512_shuffle_epi8(table(&LETTERS_BY_HIGH), upper(bytes)),
            );
            let any = |kind: u8| _mm512_test_epi8_mask(kinds, _mm512_set1_epi8(kind.cast_signed()));
            Letters {
                after: any(strings::AFTER),
                unicode: any(strings::UNICODE),
                hex: any(strings::HEX),
                d: any(strings::D),
                from_8: _mm512_cmpge_epu8_mask(bytes, _mm512_set1_epi8(b'8'.cast_signed())),
                // Upper-case letters and lower-case ones alike.
                from_c: _mm512_cmpge_epu8_mask(
                    _mm512_or_si512(bytes, _mm512_set1_epi8(0x20)),
                    _mm512_set1_epi8(b'c'.cast_signed()),
                ),
            }
        }
    }

    #[inline(always)]
    unsafe fn is_utf8(block: &[u8; BLOCK], before: u32) -> bool {
        // SAFETY: the load reads the 64 bytes of the block; the features are enabled by the
        // callers below.
        unsafe {
            let bytes = _mm512_loadu_si512(block.as_ptr().cast());
            // Each quarter's predecessor.
            let quarters = _mm512_alignr_epi32::<12>(bytes, _mm512_set1_epi32(before.cast_signed()));
            let first = _mm512_alignr_epi8::<15>(bytes, quarters);
            let (second, third) =
                (_mm512_alignr_epi8::<14>(bytes, quarters), _mm512_alignr_epi8::<13>(bytes, quarters));
            let by_high = _mm512_shuffle_epi8(table(&FIRST_BY_HIGH), upper(first));
            let low = _mm512_and_si512(first, _mm512_set1_epi8(0x0f));
            let by_low = _mm512_shuffle_epi8(table(&FIRST_BY_LOW), low);
            let by_next = _mm512_shuffle_epi8(table(&SECOND_BY_HIGH), upper(bytes));
            // 0x80: all three.
            let wrong = _mm512_ternarylogic_epi64::<0x80>(by_high, by_low, by_next);
            // Where a third or fourth byte is due, two continuations after each other are right.
            let due = _mm512_or_si512(
                _mm512_subs_epu8(second, _mm512_set1_epi8(0x60)),
                _mm512_subs_epu8(third, _mm512_set1_epi8(0x70)),
            );
            let due = _mm512_and_si512(due, _mm512_set1_epi8(0x80u8.cast_signed()));
            let wrong = _mm512_xor_si512(wrong, due);
            _mm512_test_epi8_mask(wrong, wrong) == 0
        }
    }

    #[inline(always)]
    unsafe fn blanks(block: &[u8; BLOCK]) -> u64 {
        // SAFETY: the load reads the 64 bytes of the block; the features are enabled by the
        // callers below.
        unsafe {
            _mm512_cmple_epu8_mask(_mm512_loadu_si512(block.as_ptr().cast()), _mm512_set1_epi8(b' ' as i8))
        }
    }

    #[inline(always)]
    unsafe fn pack(block: &[u8; BLOCK], keep: u64, packed: &mut [u8; BLOCK]) {
        // SAFETY: the load reads and the store writes the 64 bytes of an array; the features are
        // enabled by the callers below.
        unsafe {
            let bytes = _mm512_maskz_compress_epi8(keep, _mm512_loadu_si512(block.as_ptr().cast()));
            _mm512_storeu_si512(packed.as_mut_ptr().cast(), bytes);
        }
    }

    #[inline(always)]
    unsafe fn positions(mask: u64, base: u32, out: &mut [u32; BLOCK]) {
        const COUNT: [u8; BLOCK] = {
            let mut count = [0; BLOCK];
            let mut at = 0;
            while at < BLOCK {
                count[at] = at as u8;
                at += 1;
            }
            count
        };
        // SAFETY: the load reads the 64 bytes of `COUNT`; each store writes 16 of the 64 slots of
        // `out`; the features are enabled by the callers below.
        unsafe {
            let found = _mm512_maskz_compress_epi8(mask, _mm512_loadu_si512(COUNT.as_ptr().cast()));
            let base = _mm512_set1_epi32(base.cast_signed());
            let slots = out.as_mut_ptr();
            let wide = |quarter: __m128i| _mm512_add_epi32(base, _mm512_cvtepu8_epi32(quarter));
            _mm512_storeu_si512(slots.cast(), wide(_mm512_castsi512_si128(found)));
            let count = mask.count_ones();
            if count > 16 {
                _mm512_storeu_si512(slots.add(16).cast(), wide(_mm512_extracti32x4_epi32::<1>(found)));
                if count > 32 {
                    _mm512_storeu_si512(slots.add(32).cast(), wide(_mm512_extracti32x4_epi32::<2>(found)));
                    _mm512_storeu_si512(slots.add(48).cast(), wide(_mm512_extracti32x4_epi32::<3>(found)));
                }
            }
        }
    }

    #[inline(always)]
    unsafe fn parity(mask: u64) -> u64 {
        // SAFETY: works on registers; the features are enabled by the callers below.
        unsafe {
            let ones = _mm_set1_epi8(-1);
            _mm_cvtsi128_si64(_mm_clmulepi64_si128::<0>(_mm_set_epi64x(0, mask.cast_signed()), ones))
                .cast_unsigned()
        }
    }

    type Difference = __m256i;

    #[inline(always)]
    unsafe fn no_difference() -> __m256i {
        // SAFETY: works on registers; the features are enabled by the callers below.
        unsafe { _mm256_setzero_si256() }
    }

    #[inline(always)]
    unsafe fn differ<const LONG: bool>(so_far: __m256i, block: &[u8; BLOCK], literal: &Literal) -> __m256i {
        // SAFETY: the loads read the 64 bytes of their arrays (or fewer); the features are enabled
        // by the callers below.
        unsafe {
            // Behind the literal both are zero. By halves, for most literals have but one, and a
            // load of 32 bytes lies across two cache lines half as often as one of 64.
            let [low, high] = literal.masks;
            let bytes = _mm256_maskz_loadu_epi8(low, block.as_ptr().cast());
            let wanted = _mm256_loadu_si256(literal.bytes.as_ptr().cast());
            // 0xf6: the first, or one of the others but not both.
            let so_far = _mm256_ternarylogic_epi64::<0xf6>(so_far, bytes, wanted);
            if !LONG || literal.len() <= BLOCK / 2 {
                return so_far;
            }
            let bytes = _mm256_maskz_loadu_epi8(high, block.as_ptr().add(32).cast());
            let wanted = _mm256_loadu_si256(literal.bytes.as_ptr().add(32).cast());
            _mm256_ternarylogic_epi64::<0xf6>(so_far, bytes, wanted)
        }
    }

    #[inline(always)]
    unsafe fn is_different(difference: __m256i) -> bool {
        // SAFETY: works on registers; the features are enabled by the callers below.
        unsafe { _mm256_test_epi64_mask(difference, difference) != 0 }
    }

    #[inline(always)]
    unsafe fn begins_with(block: &[u8; BLOCK], literal: &Literal) -> bool {
        // SAFETY: the caller vouches for the instructions.
        unsafe { !Self::is_different(Self::differ::<true>(Self::no_difference(), block, literal)) }
    }
}

/// See [`quotes::index`].
///
/// # Safety
/// The CPU must have the features.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt,pclmulqdq")]
#[inline(never)] // In a program built for this CPU it would share registers with all around it.
pub(super) unsafe fn index(blocks: &mut Blocks<'_>) {
    // SAFETY: the features are enabled here.
    unsafe { quotes::index::<Avx512>(blocks) }
}

/// See [`shape::follow`].
///
/// # Safety
/// The CPU must have the features.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt,pclmulqdq")]
#[inline(never)] // In a program built for this CPU it would share registers with all around it.
pub(super) unsafe fn follow(
    learned: &Learned,
    place: Place<'_>,
    table: &mut Table,
    out: &mut [Followed],
    nested: &mut Nested<'_>,
) -> usize {
    let mut most = out.len();
    if *place.lacking == 0 {
        // SAFETY: the features are enabled here.
        match unsafe { columns::follow::<Avx512>(learned, &place, table, out) } {
            Some(0) => {}
            Some(count) => return count,
            None => most = most.min(1),
        }
    }
    // SAFETY: the features are enabled here.
    unsafe { shape::follow::<Avx512>(learned, place, &mut out[..most], nested, follow_some) }
}

/// See [`shape::follow_some`].
///
/// # Safety
/// The CPU must have the features.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt,pclmulqdq")]
unsafe fn follow_some(
    learned: &Learned,
    bytes: &[u8],
    from: usize,
    quotes: &[u32; 4 * MEMBERS],
    out: &mut Followed,
    longest: usize,
    other: &mut Other<'_>,
) -> Option<usize> {
    // SAFETY: the features are enabled here.
    unsafe { shape::follow_some::<Avx512>(learned, bytes, from, quotes, out, longest, other) }
}

/// See [`escapes::are_valid`].
///
/// # Safety
/// The CPU must have the features.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt,pclmulqdq")]
pub(super) unsafe fn escapes_are_valid(bytes: &[u8], from: usize, to: usize) -> bool {
    // SAFETY: the features are enabled here.
    unsafe { escapes::are_valid::<Avx512>(bytes, from, to) }
}

/// See [`minify::minify`].
///
/// # Safety
/// The CPU must have the features.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt,pclmulqdq")]
pub(super) unsafe fn minify(text: &[u8], out: &mut Vec<u8>) {
    // SAFETY: the features are enabled here.
    unsafe { minify::minify::<Avx512>(text, out) }
}
