//! Where the items are: data that the walk follows.

use alloc::boxed::Box;
use alloc::vec::Vec;

/// The names that make up a family of nested envelopes.
#[derive(Debug)]
pub(crate) struct Names {
    /// Members whose value is a list of items or envelopes; the first is the usual one.
    pub(crate) lists: &'static [&'static str],
    /// Members of an envelope that are handed to the [`Sink`](super::Sink), by position.
    pub(crate) members: &'static [&'static str],
    /// How many of `members`, from the first, announce an envelope: one of them before the list
    /// is a condition of the documented unclosed envelope.
    pub(crate) announcing: usize,
}

/// Most members that a table of [`Names`] may have.
pub(crate) const MEMBERS: usize = 8;

/// Where in a response the items are.
#[derive(Clone, Debug)]
pub(crate) enum Profile {
    /// The root value is the one item.
    Root,
    /// In the arrays found by following these member names from the root; arrays on the way are
    /// walked through element by element.
    Path(Box<[Box<str>]>),
    /// In lists of envelopes that may be nested.
    Envelopes(&'static Names),
}

impl Profile {
    pub(crate) fn path(names: impl IntoIterator<Item = impl Into<Box<str>>>) -> Self {
        Self::Path(names.into_iter().map(Into::into).collect::<Vec<_>>().into())
    }

    /// Whether a response may begin with this byte (white space aside), and what it should be.
    pub(super) fn root(&self, byte: u8) -> Result<(), &'static str> {
        match (self, byte) {
            (Self::Root, _) | (Self::Envelopes(_), b'{') | (Self::Path(_), b'[') => Ok(()),
            (Self::Path(path), b'{') if !path.is_empty() => Ok(()),
            (Self::Path(path), _) if path.is_empty() => Err("a JSON array"),
            (Self::Path(_), _) => Err("a JSON object or array"),
            (Self::Envelopes(_), _) => Err("a JSON object"),
        }
    }
}
