//! What is known of an item that the lane gave, and how much.

use crate::scan::{BATCH, Decoded, Followed, Learned, Told};

/// What is known of an item's members.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) decoded: &'a Decoded,
    /// The item's shape, if it has one: then all its members are in `decoded`.
    pub(crate) shape: Option<&'a Learned>,
    /// If not, its entries of the quote index, if they are at hand.
    pub(crate) quotes: &'a [u32],
}

impl<'a> Known<'a> {
    /// The members that the parser was given names for, by their slots.
    #[inline]
    pub(crate) fn named(self) -> Option<&'a Decoded> {
        self.decoded.named.then_some(self.decoded)
    }
}

/// What is known of the current item.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Current {
    /// Nothing, or not enough.
    Unknown,
    /// Where its members are.
    Known,
    /// The same, and which entries of the index are its own.
    Indexed,
    /// The same, and that it has the shape that was followed.
    Shaped,
}

impl Current {
    /// Of an item that was followed together with others.
    #[inline(always)]
    pub(super) fn of(told: Told) -> Self {
        match told {
            Told::Shape => Self::Shaped,
            Told::More => Self::Indexed,
            Told::Spans => Self::Known,
            Told::Nothing => Self::Unknown,
        }
    }
}

/// What is known of the item given last of a batch that may have this shape and begins with these quotes.
#[inline]
pub(super) fn known<'a>(
    current: Current,
    batch: &'a [Followed; BATCH],
    given: usize,
    shape: Option<&'a Learned>,
    quotes: &'a [u32],
) -> Option<Known<'a>> {
    let Followed { decoded, quotes: used, .. } = &batch[given.saturating_sub(1) % BATCH];
    let known = Known { decoded, shape: None, quotes: &[] };
    match current {
        Current::Unknown => None,
        Current::Known => Some(known),
        Current::Indexed => {
            let before = given.checked_sub(2).map_or(0, |before| batch[before % BATCH].quotes);
            Some(Known { quotes: quotes.get(before..*used).unwrap_or_default(), ..known })
        }
        Current::Shaped => Some(Known { shape, ..known }),
    }
}
