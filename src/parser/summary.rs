//! What is known of a response as a whole.

use alloc::vec::Vec;

use crate::pam::{EnvelopeStatus, Statuses};
use crate::tolerated::Tolerated;

/// Whether the response was complete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Completeness {
    /// It has not been read to its end.
    Unfinished,
    /// It was.
    Complete,
    /// It ended exactly like the vendor's sample: without its two outer closing brackets.
    UnclosedEnvelope,
    /// The response ended early, or the connection after the first item.
    Truncated,
    /// Any other error ended the reading.
    Failed,
}

impl Completeness {
    /// The stable lower-case name, as in the command's `--summary json`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unfinished => "unfinished",
            Self::Complete => "complete",
            Self::UnclosedEnvelope => "unclosed_envelope",
            Self::Truncated => "truncated",
            Self::Failed => "failed",
        }
    }
}

impl core::fmt::Display for Completeness {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is known of a response: how much of it there was, how complete, and what its envelopes said.
///
/// ```
/// use remote_sessions::{Completeness, Reader};
/// let mut reader = Reader::new(&br#"{"remote_sessions":[{"id":1},{"id":2}]}"#[..]);
/// assert_eq!(reader.sessions().count(), 2);
/// let summary = reader.summary();
/// assert_eq!((summary.items(), summary.bytes()), (2, 39));
/// assert_eq!(summary.completeness(), Completeness::Complete);
/// assert_eq!((summary.envelopes().len(), summary.envelopes_total()), (1, 1));
/// ```
#[derive(Clone, Debug)]
pub struct Summary {
    items: u64,
    bytes: u64,
    completeness: Completeness,
    tolerated: Vec<Tolerated>,
    envelopes: Vec<EnvelopeStatus>,
    envelopes_total: u64,
}

impl Summary {
    pub(super) fn new(
        items: u64,
        bytes: u64,
        completeness: Completeness,
        tolerated: Vec<Tolerated>,
        statuses: &Statuses,
    ) -> Self {
        let envelopes = statuses.kept();
        Self { items, bytes, completeness, tolerated, envelopes, envelopes_total: statuses.total() }
    }

    /// Items delivered, those that `session()` refuses included.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.items
    }

    /// Bytes of the (decoded) response taken in.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Whether the response was complete.
    #[must_use]
    pub fn completeness(&self) -> Completeness {
        self.completeness
    }

    /// What was accepted although it is not as documented.
    #[must_use]
    pub fn tolerated(&self) -> &[Tolerated] {
        &self.tolerated
    }

    /// What the envelopes said, in the order in which they began: the first ones and the last one.
    #[must_use]
    pub fn envelopes(&self) -> &[EnvelopeStatus] {
        &self.envelopes
    }

    /// How many envelopes there were.
    #[must_use]
    pub fn envelopes_total(&self) -> u64 {
        self.envelopes_total
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_scripts_read_keeps_its_name() {
        for (completeness, name) in [
            (Completeness::Unfinished, "unfinished"),
            (Completeness::Complete, "complete"),
            (Completeness::UnclosedEnvelope, "unclosed_envelope"),
            (Completeness::Truncated, "truncated"),
            (Completeness::Failed, "failed"),
        ] {
            assert_eq!(completeness.as_str(), name);
        }
    }
}
