//! 64 bytes at a time with byte compression.

use alloc::vec::Vec;
use core::arch::x86_64::*;

use super::quotes::{self, BLOCK, Blocks, Literal};
use super::shape::{self, Followed, Learned, MEMBERS, Nested, Other, Place};
use super::{Classify, Masks, escapes, minify};

struct Avx512;

// SAFETY: the methods are reached only through the functions below, which enable the features.
unsafe impl Classify for Avx512 {
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

    type Difference = __m512i;

    #[inline(always)]
    unsafe fn no_difference() -> __m512i {
        // SAFETY: works on registers; the features are enabled by the callers below.
        unsafe { _mm512_setzero_si512() }
    }

    #[inline(always)]
    unsafe fn differ(so_far: __m512i, block: &[u8; BLOCK], literal: &Literal) -> __m512i {
        // SAFETY: the loads read the 64 bytes of their arrays (or fewer); the features are enabled
        // by the callers below.
        unsafe {
            // Behind the literal both are zero.
            let bytes = _mm512_maskz_loadu_epi8(literal.mask, block.as_ptr().cast());
            let wanted = _mm512_loadu_si512(literal.bytes.as_ptr().cast());
            // 0xf6: the first, or one of the others but not both.
            _mm512_ternarylogic_epi64::<0xf6>(so_far, bytes, wanted)
        }
    }

    #[inline(always)]
    unsafe fn is_different(difference: __m512i) -> bool {
        // SAFETY: works on registers; the features are enabled by the callers below.
        unsafe { _mm512_test_epi64_mask(difference, difference) != 0 }
    }

    #[inline(always)]
    unsafe fn begins_with(block: &[u8; BLOCK], literal: &Literal) -> bool {
        // SAFETY: the caller vouches for the instructions.
        unsafe { !Self::is_different(Self::differ(Self::no_difference(), block, literal)) }
    }
}

/// See [`quotes::index`].
///
/// # Safety
/// The CPU must have the features.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt,pclmulqdq")]
pub(super) unsafe fn index(blocks: &mut Blocks<'_>) {
    // SAFETY: the features are enabled here.
    unsafe { quotes::index::<Avx512>(blocks) }
}

/// See [`shape::follow`].
///
/// # Safety
/// The CPU must have the features.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512vbmi2,bmi1,bmi2,popcnt,pclmulqdq")]
pub(super) unsafe fn follow(
    learned: &Learned,
    place: Place<'_>,
    out: &mut [Followed],
    nested: &mut Nested<'_>,
) -> usize {
    // SAFETY: the features are enabled here.
    unsafe { shape::follow::<Avx512>(learned, place, out, nested, follow_some) }
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
    other: &mut Other<'_>,
) -> Option<usize> {
    // SAFETY: the features are enabled here.
    unsafe { shape::follow_some::<Avx512>(learned, bytes, from, quotes, out, other) }
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
