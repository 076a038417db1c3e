//! Spreading the entries of an item over its members with 16-bit expansion.

use core::arch::x86_64::*;

use super::{COLUMNS, Columns, ENTRIES, Guess, NULL, Row, STEP, Spread};
use crate::scan::avx512::Avx512;
use crate::scan::learned::Span;
use crate::scan::quotes::{BLOCK, Literal};

/// The halves of all entries, and those that a row has of them.
const HALF: usize = ENTRIES / 2;
static PLACES: [u16; HALF] = each(1, 0);
static OF_ROW: [u16; HALF] = each(2, 1);

/// Every number from 0 on times a factor, and something added to each second one.
const fn each(factor: u16, odd: u16) -> [u16; HALF] {
    let mut places = [0; HALF];
    let mut at = 0;
    while at < HALF {
        places[at] = at as u16 * factor + at as u16 % 2 * odd;
        at += 1;
    }
    places
}

/// Sixteen bits, thirty-two times.
///
/// # Safety
/// The features must be there.
#[inline(always)]
unsafe fn all(value: u16) -> __m512i {
    // SAFETY: works on registers; the caller vouches for the features.
    unsafe { _mm512_set1_epi16(value.cast_signed()) }
}

/// # Safety
/// The features must be there.
#[inline(always)]
unsafe fn load(half: &[u16; HALF]) -> __m512i {
    // SAFETY: the load reads the 64 bytes of the array; the caller vouches for the features.
    unsafe { _mm512_loadu_si512(half.as_ptr().cast()) }
}

// SAFETY: the methods are reached only through the functions of `avx512`, which enable the features.
unsafe impl Spread for Avx512 {
    #[inline(always)]
    unsafe fn near(quotes: &[u32; STEP + 1], base: u32, apart: u32, out: &mut [u16; STEP]) -> u16 {
        // SAFETY: the loads read 16 entries each, of the 33 those from 0, 1, 16 and 17 on; the
        // stores write the halves of `out`; the caller vouches for the features.
        unsafe {
            let mut bits = 0;
            for half in [0, 16] {
                let these = _mm512_loadu_si512(quotes.as_ptr().add(half).cast());
                let next = _mm512_loadu_si512(quotes.as_ptr().add(half + 1).cast());
                let far = _mm512_sub_epi32(next, these);
                let near = _mm512_sub_epi32(these, _mm512_set1_epi32(base.cast_signed()));
                _mm256_storeu_si256(out.as_mut_ptr().add(half).cast(), _mm512_cvtusepi32_epi16(near));
                let is = _mm512_cmpeq_epi32_mask(far, _mm512_set1_epi32(apart.cast_signed()));
                bits |= u32::from(is) << half;
            }
            _pext_u32(bits, 0xaaaa_aaaa) as u16
        }
    }

    #[inline(always)]
    unsafe fn spread(
        near: &[u16; ENTRIES],
        guess: Guess,
        columns: &Columns,
        row: &mut Row,
        spans: &mut [Span; COLUMNS],
    ) -> Option<u32> {
        // SAFETY: the loads read 32 entries of `near` each: the first ones, and those from one of
        // the first 33 on, since `low` has at most 32 bits; the stores write all 64 bytes of `row`
        // and of `spans`. The caller vouches for the features.
        unsafe {
            let Guess { kept, joins, from, end } = guess;
            let (low, high) = (kept as u32, (kept >> 32) as u32);
            let first = _mm512_maskz_expand_epi16(low, _mm512_loadu_si512(near.as_ptr().cast()));
            let second = near.as_ptr().add(low.count_ones() as usize);
            let second = _mm512_maskz_expand_epi16(high, _mm512_loadu_si512(second.cast()));
            let (origin, length) = (all(from), all(end.wrapping_sub(from)));
            let beyond = _mm512_mask_cmpgt_epu16_mask(low, _mm512_sub_epi16(first, origin), length)
                | _mm512_mask_cmpgt_epu16_mask(high, _mm512_sub_epi16(second, origin), length);

            // Where no value is kept: twice the byte before it. Of each four entries the second.
            let behind_name = _mm512_set4_epi32(0x0b0a_0b0a, 0x0b0a_0b0a, 0x0302_0302, 0x0302_0302);
            let tail = all(columns.tail);
            let fill = |half: __m512i, kept: __mmask32| {
                let name = _mm512_add_epi16(_mm512_shuffle_epi8(half, behind_name), tail);
                _mm512_mask_mov_epi16(name, kept, half)
            };
            let (first, second) = (fill(first, low), fill(second, high));

            // Where a member ends, the next one's name must begin so many bytes on.
            let one_on = _mm512_add_epi16(load(&PLACES), all(1));
            let (one, farther) = (all(columns.next), all(columns.next + NULL));
            let after_first = _mm512_permutex2var_epi16(first, one_on, second);
            let after_second = _mm512_permutexvar_epi16(one_on, second);
            let is_broken = |joins: u32, kept, half, after| {
                let wanted = _mm512_mask_mov_epi16(farther, kept, one);
                _mm512_mask_cmpneq_epi16_mask(joins, _mm512_sub_epi16(after, half), wanted)
            };
            let broken = is_broken(joins as u32, low, first, after_first)
                | is_broken((joins >> 32) as u32, high, second, after_second);
            if beyond | broken != 0 {
                return None;
            }

            let of_row = _mm512_permutex2var_epi16(first, load(&OF_ROW), second);
            _mm512_storeu_si512(row.as_mut_ptr().cast(), of_row);
            let moved = _mm512_permutex2var_epi16(first, load(&columns.places), second);
            let moved = _mm512_maskz_sub_epi16(columns.filled, moved, origin);
            let moved = _mm512_add_epi16(moved, load(&columns.added));
            _mm512_storeu_si512(spans.as_mut_ptr().cast(), moved);
            // A string ends where it starts or behind that.
            let ends = _mm512_srli_epi32::<16>(moved);
            let starts = _mm512_and_si512(moved, _mm512_set1_epi32(0xffff));
            Some(u32::from(_mm512_cmpge_epu32_mask(ends, starts)))
        }
    }

    #[inline(always)]
    unsafe fn differ_at(
        mut so_far: __m256i,
        from: *const u8,
        mut places: impl ExactSizeIterator<Item = u16>,
        literal: &Literal,
    ) -> __m256i {
        // Some at a time, for each waits for the one before it.
        let count = places.len();
        let mut next = || from.wrapping_add(usize::from(places.next().unwrap_or_default()));
        // SAFETY: the loads read a block from each place, or half of one, and from arrays of that
        // length; the caller vouches for the places, and for the features.
        unsafe {
            // 0xf8: the first, or both others.
            if literal.len() > BLOCK / 2 {
                let wanted = _mm512_loadu_si512(literal.bytes.as_ptr().cast());
                let cover = _mm512_loadu_si512(literal.cover().as_ptr().cast());
                let differ = |so_far, at: *const u8| {
                    let differs = _mm512_xor_si512(_mm512_loadu_si512(at.cast()), wanted);
                    _mm512_ternarylogic_epi64::<0xf8>(so_far, differs, cover)
                };
                let [mut some, mut others] = [_mm512_setzero_si512(); 2];
                for _ in 0..count / 4 {
                    some = differ(differ(some, next()), next());
                    others = differ(differ(others, next()), next());
                }
                for _ in 0..count % 4 {
                    some = differ(some, next());
                }
                let all = _mm512_or_si512(some, others);
                let (low, high) = (_mm512_castsi512_si256(all), _mm512_extracti64x4_epi64::<1>(all));
                // 0xfe: all three together.
                return _mm256_ternarylogic_epi64::<0xfe>(so_far, low, high);
            }
            let wanted = _mm256_loadu_si256(literal.bytes.as_ptr().cast());
            let cover = _mm256_loadu_si256(literal.cover().as_ptr().cast());
            let differ = |so_far, at: *const u8| {
                let differs = _mm256_xor_si256(_mm256_loadu_si256(at.cast()), wanted);
                _mm256_ternarylogic_epi64::<0xf8>(so_far, differs, cover)
            };
            let mut others = so_far;
            for _ in 0..count / 4 {
                so_far = differ(differ(so_far, next()), next());
                others = differ(differ(others, next()), next());
            }
            for _ in 0..count % 4 {
                so_far = differ(so_far, next());
            }
            _mm256_or_si256(so_far, others)
        }
    }

    #[inline(always)]
    unsafe fn extract(bits: u64, mask: u64) -> u64 {
        // SAFETY: works on registers; the caller vouches for the features.
        unsafe { _pext_u64(bits, mask) }
    }

    #[inline(always)]
    unsafe fn deposit(bits: u64, mask: u64) -> u64 {
        // SAFETY: works on registers; the caller vouches for the features.
        unsafe { _pdep_u64(bits, mask) }
    }
}
