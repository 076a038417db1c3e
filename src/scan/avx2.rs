//! 32 bytes at a time.

use core::arch::x86_64::*;

use super::quotes::{self, BLOCK, Blocks, Literal};
use super::shape::{self, Followed, Learned, Place};
use super::{Classify, Masks, escapes};

struct Avx2;

/// One bit for each byte of two halves.
///
/// # Safety
/// AVX2 must be there.
#[inline(always)]
unsafe fn bits(low: __m256i, high: __m256i) -> u64 {
    // SAFETY: works on registers; the caller vouches for the feature.
    let (low, high) = unsafe { (_mm256_movemask_epi8(low), _mm256_movemask_epi8(high)) };
    u64::from(low.cast_unsigned()) | u64::from(high.cast_unsigned()) << 32
}

/// # Safety
/// AVX2 must be there.
#[inline(always)]
unsafe fn halves(bytes: &[u8; BLOCK]) -> (__m256i, __m256i) {
    // SAFETY: the loads read bytes 0 to 31 and 32 to 63 of the array, at any alignment; the
    // caller vouches for the feature.
    unsafe { (_mm256_loadu_si256(bytes.as_ptr().cast()), _mm256_loadu_si256(bytes.as_ptr().add(32).cast())) }
}

// SAFETY: the methods are reached only through the functions below, which enable the features.
unsafe impl Classify for Avx2 {
    #[inline(always)]
    unsafe fn masks(block: &[u8; BLOCK]) -> Masks {
        // SAFETY: works on registers; the features are enabled by the callers below.
        unsafe {
            let (low, high) = halves(block);
            let equal = |byte: u8| {
                let wanted = _mm256_set1_epi8(byte.cast_signed());
                bits(_mm256_cmpeq_epi8(low, wanted), _mm256_cmpeq_epi8(high, wanted))
            };
            let last = _mm256_set1_epi8(0x1f);
            let control = |half| _mm256_cmpeq_epi8(_mm256_max_epu8(half, last), last);
            Masks {
                quote: equal(b'"'),
                backslash: equal(b'\\'),
                control: bits(control(low), control(high)),
                high: bits(low, high),
            }
        }
    }

    #[inline(always)]
    unsafe fn positions(mask: u64, base: u32, out: &mut [u32; BLOCK]) {
        let (mut rest, count) = (mask, mask.count_ones() as usize);
        // Eight at a time without a branch each: what is behind the last one is overwritten later.
        let mut write = |from: usize, to: usize| {
            for slot in &mut out[from..to] {
                *slot = base.wrapping_add(rest.trailing_zeros());
                rest &= rest.wrapping_sub(1);
            }
        };
        write(0, 8);
        if count > 8 {
            write(8, 16);
            if count > 16 {
                write(16, count);
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

    #[inline(always)]
    unsafe fn begins_with(block: &[u8; BLOCK], literal: &Literal) -> bool {
        // SAFETY: works on registers; the features are enabled by the callers below.
        unsafe {
            let ((low, high), (wanted_low, wanted_high)) = (halves(block), halves(&literal.bytes));
            let equal = bits(_mm256_cmpeq_epi8(low, wanted_low), _mm256_cmpeq_epi8(high, wanted_high));
            equal & literal.mask == literal.mask
        }
    }
}

/// See [`quotes::index`].
///
/// # Safety
/// The CPU must have the features.
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,pclmulqdq")]
pub(super) unsafe fn index(blocks: &mut Blocks<'_>) {
    // SAFETY: the features are enabled here.
    unsafe { quotes::index::<Avx2>(blocks) }
}

/// See [`shape::follow`].
///
/// # Safety
/// The CPU must have the features.
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,pclmulqdq")]
pub(super) unsafe fn follow(learned: &Learned, place: Place<'_>) -> Option<Followed> {
    // SAFETY: the features are enabled here.
    unsafe { shape::follow::<Avx2>(learned, place) }
}

/// See [`escapes::are_valid`].
///
/// # Safety
/// The CPU must have the features.
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,pclmulqdq")]
pub(super) unsafe fn escapes_are_valid(bytes: &[u8], from: usize, to: usize) -> bool {
    // SAFETY: the features are enabled here.
    unsafe { escapes::are_valid::<Avx2>(bytes, from, to) }
}
