//! Items one after the other with no call into the parser for each.

use core::fmt;
use core::iter::FusedIterator;

use crate::envelope::{Span, Walker};
use crate::item::{Item, Ready};
use crate::pam::Statuses;
use crate::scan::checked;
use crate::window::View;

/// The items of one list that are known to follow each other, all at hand: at least one, borrowed
/// from the window until the parser goes on. Nothing was waited for to make it longer.
///
/// Going over batches, and over the items of each, is faster than asking for one item after the
/// other. The first item counts as given at once, another once the iterator gives it: what is left of a batch
/// comes with the next one.
///
/// ```
/// let body = br#"{"tenant":"a","remote_sessions":[{"id":3},{"id":6},{"id":9}]}"#;
/// let mut reader = remote_sessions::Reader::new(&body[..]);
/// let mut ids = Vec::new();
/// while let Some(batch) = reader.next_batch()? {
///     assert_eq!(batch.tenant(), Some("a"));
///     for item in batch {
///         ids.push(item.session()?.id());
///     }
/// }
/// assert_eq!(ids, [3, 6, 9]);
/// # Ok::<(), remote_sessions::Error>(())
/// ```
pub struct Batch<'a> {
    first: Item<'a>,
    /// How many items it has gone past.
    taken: u64,
    /// None on the path that looks at one item at a time.
    ready: Option<Ready<'a>>,
    view: View<'a>,
    walker: &'a mut Walker,
    current: &'a mut Option<Span>,
    statuses: &'a Statuses,
}

impl<'a> Batch<'a> {
    /// `first` is the current item and was counted; `walker` and `current` are to be told of those
    /// taken after it.
    #[inline]
    pub(super) fn new(
        first: Item<'a>,
        ready: Option<Ready<'a>>,
        view: View<'a>,
        walker: &'a mut Walker,
        current: &'a mut Option<Span>,
        statuses: &'a Statuses,
    ) -> Self {
        Self { first, taken: 0, ready, view, walker, current, statuses }
    }

    /// The tenant of these items: the one that the envelope right around them has named before them.
    /// `None` if it has not, or will do so after them.
    #[must_use]
    pub fn tenant(&self) -> Option<&'a str> {
        self.statuses.tenant()
    }
}

impl<'a> Iterator for Batch<'a> {
    type Item = Item<'a>;

    #[inline(always)]
    fn next(&mut self) -> Option<Item<'a>> {
        let place = self.taken;
        if place == 0 {
            self.taken = 1;
            return Some(self.first);
        }
        let ready = self.ready.as_mut()?;
        let (from, length, known) = ready.next()?;
        let offset = ready.base() + from as u64;
        self.taken += 1;
        *self.current = Some(self.walker.take_next_item(offset, length));
        // By its offset: the window may have moved since the items were found.
        let raw = checked(self.view.slice(offset, offset + length as u64));
        Some(self.first.behind(place, raw, offset, known))
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        let left = usize::from(self.taken == 0) + self.ready.as_ref().map_or(0, Ready::len);
        (left, Some(left))
    }
}

impl ExactSizeIterator for Batch<'_> {}

impl FusedIterator for Batch<'_> {}

/// How many items it has, and nothing of the response.
impl fmt::Debug for Batch<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Batch").field("items", &self.len()).finish_non_exhaustive()
    }
}
