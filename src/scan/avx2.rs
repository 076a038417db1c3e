//! 32 bytes at a time.

use alloc::vec::Vec;
use core::arch::x86_64::*;

use super::learned::{Followed, Learned, MEMBERS, Nested, Place};
use super::quotes::{self, BLOCK, Blocks, Literal};
use super::shape::{self, Other};
use super::strings::{
    self, FIRST_BY_HIGH, FIRST_BY_LOW, LETTERS_BY_HIGH, LETTERS_BY_LOW, Letters, SECOND_BY_HIGH,
};
use super::{Classify, Masks, escapes, minify};

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

/// A table of sixteen bytes in each half.
///
/// # Safety
/// AVX2 must be there.
#[inline(always)]
unsafe fn table(table: &'static [u8; 16]) -> __m256i {
    // SAFETY: the load reads the sixteen bytes; the caller vouches for the feature.
    unsafe { _mm256_broadcastsi128_si256(_mm_loadu_si128(table.as_ptr().cast())) }
}

/// The upper half of each byte.
///
/// # Safety
/// AVX2 must be there.
#[inline(always)]
unsafe fn upper(bytes: __m256i) -> __m256i {
    // SAFETY: works on registers; the caller vouches for the feature.
    unsafe { _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), _mm256_set1_epi8(0x0f)) }
}

/// What is wrong with the UTF-8 of a half of a block, given the bytes before it: zeros if nothing.
///
/// # Safety
/// AVX2 must be there.
#[inline(always)]
unsafe fn wrong_utf8(bytes: __m256i, before: __m256i) -> __m256i {
    // SAFETY: works on registers; the caller vouches for the feature.
    unsafe {
        // Each quarter's predecessor.
        let quarters = _mm256_permute2x128_si256::<0x21>(before, bytes);
        let first = _mm256_alignr_epi8::<15>(bytes, quarters);
        let (second, third) =
            (_mm256_alignr_epi8::<14>(bytes, quarters), _mm256_alignr_epi8::<13>(bytes, quarters));
        let by_high = _mm256_shuffle_epi8(table(&FIRST_BY_HIGH), upper(first));
        let low = _mm256_and_si256(first, _mm256_set1_epi8(0x0f));
        let by_low = _mm256_shuffle_epi8(table(&FIRST_BY_LOW), low);
        let by_next = _mm256_shuffle_epi8(table(&SECOND_BY_HIGH), upper(bytes));
        let wrong = _mm256_and_si256(_mm256_and_si256(by_high, by_low), by_next);
        // Where a third or fourth byte is due, two continuations after each other are right.
        let due = _mm256_or_si256(
            _mm256_subs_epu8(second, _mm256_set1_epi8(0x60)),
            _mm256_subs_epu8(third, _mm256_set1_epi8(0x70)),
        );
        _mm256_xor_si256(wrong, _mm256_and_si256(due, _mm256_set1_epi8(0x80u8.cast_signed())))
    }
}

// SAFETY: the methods are reached only through the functions below, which enable the features.
unsafe impl Classify for Avx2 {
    #[inline(always)]
    unsafe fn quotes(block: &[u8; BLOCK]) -> (u64, bool) {
        // SAFETY: works on registers; the features are enabled by the callers below.
        unsafe {
            let (low, high) = halves(block);
            let equal = |half, byte: u8| _mm256_cmpeq_epi8(half, _mm256_set1_epi8(byte.cast_signed()));
            let quote = bits(equal(low, b'"'), equal(high, b'"'));
            // With signs: bytes above 0x7f are less than a blank too.
            let less = |half| _mm256_cmpgt_epi8(_mm256_set1_epi8(b' '.cast_signed()), half);
            let rare = _mm256_or_si256(
                _mm256_or_si256(less(low), less(high)),
                _mm256_or_si256(equal(low, b'\\'), equal(high, b'\\')),
            );
            (quote, _mm256_testz_si256(rare, rare) != 0)
        }
    }

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
    fn prefetch(place: *const u8) {
        // SAFETY: a prefetch reads nothing that the program sees and never faults, wherever the
        // place is.
        unsafe { _mm_prefetch::<_MM_HINT_T0>(place.cast()) };
    }

    const CHECKS_STRINGS: bool = true;

    #[inline(always)]
    unsafe fn letters(block: &[u8; BLOCK]) -> Letters {
        // SAFETY: works on registers but for `halves`; the features are enabled by the callers
        // below.
        unsafe {
            let (low, high) = halves(block);
            // Bytes above 0x7f give zero by either half.
            let kinds = |bytes| {
                _mm256_and_si256(
                    _mm256_shuffle_epi8(table(&LETTERS_BY_LOW), bytes),
                    _mm256_shuffle_epi8(table(&LETTERS_BY_HIGH), upper(bytes)),
                )
            };
            let kinds = (kinds(low), kinds(high));
            let none = |kinds, kind: u8| {
                let kinds = _mm256_and_si256(kinds, _mm256_set1_epi8(kind.cast_signed()));
                _mm256_cmpeq_epi8(kinds, _mm256_setzero_si256())
            };
            let any = |kind| !bits(none(kinds.0, kind), none(kinds.1, kind));
            let eight = _mm256_set1_epi8(b'8'.cast_signed());
            let from = |first, bytes| _mm256_cmpeq_epi8(_mm256_max_epu8(bytes, first), bytes);
            // Upper-case letters and lower-case ones alike.
            let from_c = |bytes| {
                let bytes = _mm256_or_si256(bytes, _mm256_set1_epi8(0x20));
                from(_mm256_set1_epi8(b'c'.cast_signed()), bytes)
            };
            Letters {
                after: any(strings::AFTER),
                unicode: any(strings::UNICODE),
                hex: any(strings::HEX),
                d: any(strings::D),
                from_8: bits(from(eight, low), from(eight, high)),
                from_c: bits(from_c(low), from_c(high)),
            }
        }
    }

    #[inline(always)]
    unsafe fn is_utf8(block: &[u8; BLOCK], before: u32) -> bool {
        // SAFETY: works on registers but for `halves`; the features are enabled by the callers
        // below.
        unsafe {
            let (low, high) = halves(block);
            let wrong = _mm256_or_si256(
                wrong_utf8(low, _mm256_set1_epi32(before.cast_signed())),
                wrong_utf8(high, low),
            );
            _mm256_testz_si256(wrong, wrong) != 0
        }
    }

    #[inline(always)]
    unsafe fn blanks(block: &[u8; BLOCK]) -> u64 {
        // SAFETY: works on registers but for `halves`; the features are enabled by the callers
        // below.
        unsafe {
            let (low, high) = halves(block);
            let last = _mm256_set1_epi8(b' '.cast_signed());
            let blank = |half| _mm256_cmpeq_epi8(_mm256_max_epu8(half, last), last);
            bits(blank(low), blank(high))
        }
    }

    #[inline(always)]
    unsafe fn pack(block: &[u8; BLOCK], keep: u64, packed: &mut [u8; BLOCK]) {
        minify::pack_runs(block, keep, packed);
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

    type Difference = __m256i;

    #[inline(always)]
    unsafe fn no_difference() -> __m256i {
        // SAFETY: works on registers; the features are enabled by the callers below.
        unsafe { _mm256_setzero_si256() }
    }

    #[inline(always)]
    unsafe fn differ<const LONG: bool>(so_far: __m256i, block: &[u8; BLOCK], literal: &Literal) -> __m256i {
        // SAFETY: works on registers but for `halves`; the features are enabled by the callers
        // below.
        unsafe {
            let (bytes, wanted, cover) = (halves(block), halves(&literal.bytes), halves(literal.cover()));
            let low = _mm256_and_si256(_mm256_xor_si256(bytes.0, wanted.0), cover.0);
            let so_far = _mm256_or_si256(so_far, low);
            if !LONG || literal.len() <= BLOCK / 2 {
                return so_far;
            }
            _mm256_or_si256(so_far, _mm256_and_si256(_mm256_xor_si256(bytes.1, wanted.1), cover.1))
        }
    }

    #[inline(always)]
    unsafe fn is_different(difference: __m256i) -> bool {
        // SAFETY: works on registers; the features are enabled by the callers below.
        unsafe { _mm256_testz_si256(difference, difference) == 0 }
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
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,pclmulqdq")]
#[inline(never)] // In a program built for this CPU it would share registers with all around it.
pub(super) unsafe fn index(blocks: &mut Blocks<'_>) {
    // SAFETY: the features are enabled here.
    unsafe { quotes::index::<Avx2>(blocks) }
}

/// See [`shape::follow`].
///
/// # Safety
/// The CPU must have the features.
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,pclmulqdq")]
#[inline(never)] // In a program built for this CPU it would share registers with all around it.
pub(super) unsafe fn follow(
    learned: &Learned,
    place: Place<'_>,
    out: &mut [Followed],
    nested: &mut Nested<'_>,
) -> usize {
    // SAFETY: the features are enabled here.
    unsafe { shape::follow::<Avx2>(learned, place, out, nested, follow_some) }
}

/// See [`shape::follow_some`].
///
/// # Safety
/// The CPU must have the features.
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,pclmulqdq")]
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
    unsafe { shape::follow_some::<Avx2>(learned, bytes, from, quotes, out, longest, other) }
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

/// See [`minify::minify`].
///
/// # Safety
/// The CPU must have the features.
#[target_feature(enable = "avx2,bmi1,bmi2,popcnt,pclmulqdq")]
pub(super) unsafe fn minify(text: &[u8], out: &mut Vec<u8>) {
    // SAFETY: the features are enabled here.
    unsafe { minify::minify::<Avx2>(text, out) }
}
