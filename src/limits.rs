//! Bounds on everything that input can grow.

/// Bounds on everything that input can grow; each is enforced before the memory is taken.
///
/// ```
/// let mut limits = remote_sessions::Limits::default();
/// assert_eq!(limits.item, 1024 * 1024);
/// limits.item = 64 * 1024;
/// limits.depth = 16;
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of the parser's buffer; it grows past this only to hold one larger item, or the bytes of a
    /// caller of [`Parser::push`](crate::Parser::push) who fills all the room there is while items wait in
    /// it: this much and one item at most. Besides, a parser has some 50 KB that no limit changes (the index
    /// of quotes, what it has learned of items), and half a KB for each envelope that is open. Values under 64 count as 64. Default 64 KiB.
    pub window: usize,
    /// Bytes of one item's JSON text, and of an array element whose kind (item or nested
    /// envelope) is not yet known. Values over 2 GiB count as 2 GiB. Default 1 MiB.
    pub item: usize,
    /// Containers open at once, skipped members included. Default 128.
    pub depth: usize,
    /// Bytes of a member name as sent, between its quotes, anywhere in the response. Default 4 KiB.
    pub key: usize,
    /// Bytes of a number, anywhere in the response. Default 1 KiB.
    pub number: usize,
    /// Bytes of one envelope member that is kept for the summary (`code`, `response`,
    /// `tenant`, …), as sent. Default 16 KiB.
    pub captured_value: usize,
    /// Envelopes whose status the summary keeps: the first ones and the last one; all are
    /// counted. Values under 2 count as 2. Their texts together are bounded by this times
    /// [`captured_value`](Self::captured_value). Default 16.
    pub envelopes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            window: 64 * 1024,
            item: 1024 * 1024,
            depth: 128,
            key: 4 * 1024,
            number: 1024,
            captured_value: 16 * 1024,
            envelopes: 16,
        }
    }
}

impl Limits {
    /// The same limits with every value inside its stated range.
    pub(crate) fn normalized(&self) -> Self {
        const LARGEST_ITEM: usize = 1 << 31;
        Self {
            window: self.window.clamp(64, LARGEST_ITEM),
            item: self.item.clamp(1, LARGEST_ITEM),
            envelopes: self.envelopes.max(2),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_outside_of_their_range_count_as_its_end() {
        let of = |value| {
            let limits = Limits { window: value, item: value, envelopes: value, ..Limits::default() };
            let normalized = limits.normalized();
            assert_eq!(normalized.captured_value, limits.captured_value);
            (normalized.window, normalized.item, normalized.envelopes)
        };
        assert_eq!(of(0), (64, 1, 2));
        assert_eq!(of(100), (100, 100, 100));
        assert_eq!(of(usize::MAX), (1 << 31, 1 << 31, usize::MAX));
        assert_eq!(Limits::default().normalized(), Limits::default());
    }
}
