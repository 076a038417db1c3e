//! What the documented members of a session are.

use super::known::KNOWN;
use crate::scan::{Decoded, Escaped};

/// Which documented members are there, and with what: one bit for each place in each of three
/// times fourteen; and where texts may have escapes. (One word, written and copied at once.)
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Kinds(u64);

/// Where in [`Kinds`] the places begin.
const STRINGS: u32 = 0;
const NULLS: u32 = 14;
const OTHERS: u32 = 28;
/// And where the rest does.
const ESCAPED: u32 = 42;
const _: () = assert!(KNOWN.len() == 14 && ESCAPED + Escaped::WIDTH <= 64);

impl Kinds {
    #[inline]
    pub(super) fn of(decoded: &Decoded) -> Self {
        let documented = |mask: u32| u64::from(mask) & ((1 << KNOWN.len()) - 1);
        Self(
            (documented(decoded.strings) << STRINGS)
                | (documented(decoded.nulls) << NULLS)
                | (documented(decoded.others) << OTHERS)
                | (decoded.escaped.bits() << ESCAPED),
        )
    }

    #[inline]
    pub(super) fn is_string(self, place: usize) -> bool {
        self.0 & 1 << STRINGS << place != 0
    }

    #[inline]
    pub(super) fn is_null(self, place: usize) -> bool {
        self.0 & 1 << NULLS << place != 0
    }

    #[inline]
    pub(super) fn is_other(self, place: usize) -> bool {
        self.0 & 1 << OTHERS << place != 0
    }

    /// Where in the item texts may have escapes.
    #[inline]
    pub(super) fn escaped(self) -> Escaped {
        Escaped::from_bits(self.0 >> ESCAPED)
    }

    /// The same, said of texts of which it is not known whether they have escapes.
    pub(super) fn with_escapes(self) -> Self {
        Self(self.0 | Escaped::ANYWHERE.bits() << ESCAPED)
    }

    pub(super) fn has(self, place: usize) -> bool {
        self.is_string(place) || self.is_null(place) || self.is_other(place)
    }

    pub(super) fn note(&mut self, place: usize, value: &str) {
        let kind = match value.as_bytes().first() {
            Some(b'"') => STRINGS,
            Some(b'n') => NULLS,
            _ => OTHERS,
        };
        let all = (1 << STRINGS | 1 << NULLS | 1 << OTHERS) << place;
        self.0 = self.0 & !all | 1 << kind << place;
    }
}
