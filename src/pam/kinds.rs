//! What the documented members of a session are.

use super::known::KNOWN;
use crate::scan::Decoded;

/// Which documented members are there, and with what: one bit for each place in each of three
/// times sixteen; and whether a text may have an escape. (One word, written and copied at once.)
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Kinds(u64);

/// Where in [`Kinds`] the places begin.
const STRINGS: u32 = 0;
const NULLS: u32 = 16;
const OTHERS: u32 = 32;
const MAY_ESCAPE: u64 = 1 << 48;

impl Kinds {
    #[inline]
    pub(super) fn of(decoded: &Decoded) -> Self {
        let documented = |mask: u32| u64::from(mask) & ((1 << KNOWN.len()) - 1);
        Self(
            (documented(decoded.strings) << STRINGS)
                | (documented(decoded.nulls) << NULLS)
                | (documented(decoded.others) << OTHERS)
                | (u64::from(decoded.may_escape) * MAY_ESCAPE),
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

    #[inline]
    pub(super) fn may_escape(self) -> bool {
        self.0 & MAY_ESCAPE != 0
    }

    /// The same, said of texts of which it is not known whether they have escapes.
    pub(super) fn with_escapes(self) -> Self {
        Self(self.0 | MAY_ESCAPE)
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
