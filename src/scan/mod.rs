//! Bytes at the speed of memory: the only room with `unsafe`.
//!
//! One algorithm, [`quotes::index`], over a small trait of what a CPU must be able to do with 64
//! bytes ([`Classify`]); thin instances for AVX-512, AVX2 and any other CPU. The instance is
//! chosen once, at run time. Over the index, [`mod@shape`] follows items of a layout that was
//! learned, one after the other, and [`columns`] some dozen at once. [`Path::Scalar`] has none of
//! it: with it the byte-at-a-time grammar does everything, as the oracle of the others.

#![allow(unsafe_code, reason = "this room has the instructions that need it; every block is argued")]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod columns;
mod escaped;
mod escapes;
#[cfg(all(test, unix, feature = "std"))]
mod guard_tests;
mod learned;
mod minify;
mod portable;
mod quotes;
mod shape;
mod strings;
mod text;

use alloc::vec::Vec;

pub(crate) use columns::{BATCH, Table};
pub(crate) use escaped::{Escaped, find_backslash, unescape};
pub(crate) use learned::{Decoded, FARTHEST, Followed, Learned, MEMBERS, Nested, Place, Span, Told};
pub(crate) use quotes::{
    BLOCK, Blocks, Carry, Literal, SPECIAL_CONTROL, SPECIAL_ESCAPE, SPECIAL_HIGH, SPECIAL_UNSURE,
};
pub(crate) use shape::scalar_length;
use strings::Letters;
pub(crate) use text::checked;

/// Which instructions look at the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Path {
    /// 64 bytes at a time with byte compression (AVX-512 VBMI2).
    Avx512,
    /// 32 bytes at a time (AVX2).
    Avx2,
    /// 8 bytes at a time in ordinary registers: any CPU.
    Portable,
    /// One byte at a time by the grammar alone: the oracle.
    Scalar,
}

/// Whether the CPU has all of these features.
#[cfg(all(target_arch = "x86_64", feature = "std"))]
macro_rules! detected {
    ($($feature:tt),+) => {
        [$(std::arch::is_x86_feature_detected!($feature)),+].iter().all(|is_there| *is_there)
    };
}

impl Path {
    /// All of them, the fastest first.
    pub const ALL: [Self; 4] = [Self::Avx512, Self::Avx2, Self::Portable, Self::Scalar];

    /// The lower-case name, as in `REMOTE_SESSIONS_SCAN`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Avx512 => "avx512",
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
            Self::Scalar => "scalar",
        }
    }

    /// Whether this CPU has what the path needs. Without `std` nothing is detected.
    #[must_use]
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable | Self::Scalar => true,
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            Self::Avx512 => detected!(
                "avx512f",
                "avx512bw",
                "avx512vl",
                "avx512vbmi2",
                "bmi1",
                "bmi2",
                "popcnt",
                "pclmulqdq"
            ),
            #[cfg(all(target_arch = "x86_64", feature = "std"))]
            Self::Avx2 => detected!("avx2", "bmi1", "bmi2", "popcnt", "pclmulqdq"),
            #[cfg(not(all(target_arch = "x86_64", feature = "std")))]
            Self::Avx512 | Self::Avx2 => false,
        }
    }

    /// Appends a JSON text that has passed the grammar, less the white space between its tokens.
    #[doc(hidden)]
    pub fn minify(self, text: &str, out: &mut Vec<u8>) {
        match self {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: checked in the guard.
            Self::Avx512 if self.is_available() => unsafe { avx512::minify(text.as_bytes(), out) },
            #[cfg(target_arch = "x86_64")]
            // SAFETY: checked in the guard.
            Self::Avx2 if self.is_available() => unsafe { avx2::minify(text.as_bytes(), out) },
            _ => portable::minify(text.as_bytes(), out),
        }
    }

    /// How many unescaped quotes there are: the quote index alone, for benchmarks.
    ///
    /// # Panics
    /// If this CPU lacks what the path needs.
    #[doc(hidden)]
    #[must_use]
    pub fn count_quotes(self, bytes: &[u8]) -> usize {
        const STRIPE: usize = 4096;
        assert!(self.is_available(), "this CPU does not have the instructions of {self:?}");
        let (mut positions, mut special) = ([0; STRIPE + BLOCK], [0; STRIPE / BLOCK]);
        let (mut carry, mut total) = (Carry::default(), 0);
        for stripe in bytes.chunks(STRIPE) {
            let mut last = [0; STRIPE];
            let whole = if stripe.len() == STRIPE {
                stripe
            } else {
                last[..stripe.len()].copy_from_slice(stripe);
                &last
            };
            let mut blocks = Blocks {
                bytes: whole,
                base: 0,
                first: u64::MAX,
                last: u64::MAX,
                carry: &mut carry,
                positions: &mut positions,
                count: 0,
                special: &mut special,
            };
            index_blocks(self, &mut blocks);
            total += blocks.count;
        }
        total
    }

    /// The path of a parser that is not told otherwise: what `REMOTE_SESSIONS_SCAN` asks for
    /// (`avx512`, `avx2`, `portable` or `scalar`) if this CPU has it, else the fastest that it has.
    /// Found out once for the process.
    #[must_use]
    pub fn detected() -> Self {
        #[cfg(feature = "std")]
        {
            static DETECTED: std::sync::OnceLock<Path> = std::sync::OnceLock::new();
            *DETECTED.get_or_init(|| {
                let asked = std::env::var("REMOTE_SESSIONS_SCAN").unwrap_or_default();
                let asked = Self::ALL.into_iter().find(|path| path.as_str() == asked);
                asked.into_iter().chain(Self::ALL).find(|path| path.is_available()).unwrap_or(Self::Portable)
            })
        }
        #[cfg(not(feature = "std"))]
        Self::Portable
    }
}

/// What was found in 64 bytes: one bit a byte, the first byte lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Masks {
    quote: u64,
    backslash: u64,
    /// Below 0x20.
    control: u64,
    /// Above 0x7f.
    high: u64,
}

/// What the algorithms need of a CPU.
///
/// # Safety
/// The methods may use instructions that not every CPU has: they are called only from functions
/// that enable them, which are called only after detection.
unsafe trait Classify {
    /// The quotes of a block; and whether all else in it is plain ASCII: no backslash, no control
    /// character, no byte above 0x7f.
    unsafe fn quotes(block: &[u8; BLOCK]) -> (u64, bool);

    /// All masks of a block.
    unsafe fn masks(block: &[u8; BLOCK]) -> Masks;

    /// Whether strings are checked while they are indexed, by the next two; else they are in doubt
    /// wherever they hold more than plain ASCII.
    const CHECKS_STRINGS: bool = false;

    /// What the bytes of a block may be in an escape.
    unsafe fn letters(_block: &[u8; BLOCK]) -> Letters {
        Letters { after: 0, unicode: 0, hex: 0, d: 0, from_8: 0, from_c: 0 }
    }

    /// Whether a block is UTF-8, given the four bytes before it; its last character may go on in
    /// the next block, see [`strings::is_incomplete`].
    unsafe fn is_utf8(_block: &[u8; BLOCK], _before: u32) -> bool {
        false
    }

    /// Says that the bytes at a place, if there are any, will be wanted soon.
    fn prefetch(_place: *const u8) {}

    /// One bit for each byte up to 0x20.
    unsafe fn blanks(block: &[u8; BLOCK]) -> u64;

    /// Moves the bytes whose bits are set together.
    unsafe fn pack(block: &[u8; BLOCK], keep: u64, packed: &mut [u8; BLOCK]);

    /// Writes `base` plus the position of each set bit, in order. What is behind them in `out` is
    /// overwritten too, with anything.
    unsafe fn positions(mask: u64, base: u32, out: &mut [u32; BLOCK]);

    /// Bit n of the result: the parity of bits 0 to n.
    unsafe fn parity(mask: u64) -> u64;

    /// What differs between blocks and literals, gathered.
    type Difference: Copy;

    /// Nothing differs yet.
    unsafe fn no_difference() -> Self::Difference;

    /// What differs so far, and between the first bytes of `block` and the literal, of which no
    /// more than half a block may count unless it may be `LONG`.
    unsafe fn differ<const LONG: bool>(
        so_far: Self::Difference,
        block: &[u8; BLOCK],
        literal: &Literal,
    ) -> Self::Difference;

    /// Whether anything differs.
    unsafe fn is_different(difference: Self::Difference) -> bool;

    /// Whether the first bytes of `block` are those of the literal.
    unsafe fn begins_with(block: &[u8; BLOCK], literal: &Literal) -> bool;
}

/// Indexes whole blocks of bytes with the instructions of a path that the CPU has.
pub(crate) fn index_blocks(path: Path, blocks: &mut Blocks<'_>) {
    match path {
        // SAFETY: a path is used only after `is_available` (`Index::new` sees to it).
        #[cfg(target_arch = "x86_64")]
        Path::Avx512 => unsafe { avx512::index(blocks) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Path::Avx2 => unsafe { avx2::index(blocks) },
        _ => portable::index(blocks),
    }
}

/// Compares items with a learned shape, with the instructions of a path that the CPU has.
#[inline]
pub(crate) fn follow(
    path: Path,
    learned: &Learned,
    place: Place<'_>,
    table: &mut Table,
    out: &mut [Followed],
    nested: &mut Nested<'_>,
) -> usize {
    match path {
        // SAFETY: a path is used only after `is_available` (`Index::new` sees to it).
        #[cfg(target_arch = "x86_64")]
        Path::Avx512 => unsafe { avx512::follow(learned, place, table, out, nested) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Path::Avx2 => unsafe { avx2::follow(learned, place, out, nested) },
        _ => portable::follow(learned, place, out, nested),
    }
}

/// Whether the escapes in `from..to` of a padded buffer are complete and surrogates are paired,
/// found with the instructions of a path that the CPU has.
pub(crate) fn escapes_are_valid(path: Path, padded: &[u8], from: usize, to: usize) -> bool {
    match path {
        // SAFETY: a path is used only after `is_available` (`Index::new` sees to it).
        #[cfg(target_arch = "x86_64")]
        Path::Avx512 => unsafe { avx512::escapes_are_valid(padded, from, to) },
        // SAFETY: as above.
        #[cfg(target_arch = "x86_64")]
        Path::Avx2 => unsafe { avx2::escapes_are_valid(padded, from, to) },
        _ => portable::escapes_are_valid(padded, from, to),
    }
}
