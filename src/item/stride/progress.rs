//! How far a walk came that was not given all of an item.

use super::container::Open;
use super::{Field, Object, Stride};

/// How far the walk through an object came before its bytes or quotes ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::item) struct Progress {
    /// Just behind the last complete member, or inside of the next one; 0 if there is none.
    pub(in crate::item) at: usize,
    /// Quotes used up to there since the walk was taken up.
    pub(in crate::item) quotes: usize,
    /// Whether a text is all that is waited for, not a name or anything that is short.
    pub(in crate::item) is_text: bool,
    /// Or how far into it, if it holds a container.
    pub(super) inside: Option<Inside>,
    /// How many bytes behind that place were gone through once more each time.
    pub(in crate::item) walked: usize,
    pub(super) plain: bool,
    pub(super) has_escaped_names: bool,
}

/// What a walk is always at.
pub(super) struct Done {
    pub(super) at: usize,
    pub(super) quotes: usize,
    pub(super) plain: bool,
    pub(super) has_escaped_names: bool,
}

impl Progress {
    /// For what there must be more bytes.
    pub(super) fn waits(&mut self, stride: &Stride<'_>) {
        let Object { bytes, end, .. } = &stride.object;
        self.walked = stride.at.saturating_sub(self.at);
        self.is_text = stride.at < *end && bytes[stride.at] == b'"' && !stride.in_name;
    }
}

/// A member that was not all there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Inside {
    pub(super) field: Option<Field>,
    /// Where its value begins.
    pub(super) start: usize,
    pub(super) open: Open,
}

impl Progress {
    /// At the opening brace.
    pub(in crate::item) const fn none() -> Self {
        Self {
            at: 0,
            quotes: 0,
            is_text: false,
            inside: None,
            walked: 0,
            plain: true,
            has_escaped_names: false,
        }
    }
}
