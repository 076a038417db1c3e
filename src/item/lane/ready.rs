//! The items that were followed together and are not given yet, as an iterator.

use core::slice::Iter;

use super::{Current, Known, Lane, known};
use crate::scan::{BATCH, Followed, Learned, Told};

/// Items that are ready. Those that it has gone past count as given.
#[derive(Debug)]
pub(crate) struct Ready<'a> {
    rest: Iter<'a, Followed>,
    /// The index from the first item on, and how many entries of it those have that it has gone past.
    quotes: &'a [u32],
    used: usize,
    shape: Option<&'a Learned>,
    base: u64,
    given: &'a mut usize,
    current: &'a mut Current,
}

impl Lane {
    /// What is known of the current item, and the items that [`next_ready`](Self::next_ready) would
    /// give, one after the other.
    #[inline]
    pub(crate) fn ready(&mut self) -> (Option<Known<'_>>, Ready<'_>) {
        let shape = self.shapes.get(self.followed);
        let quotes = self.index.quotes();
        let known = known(self.current, &self.batch, self.given, shape, quotes);
        let used = self.given.checked_sub(1).map_or(0, |last| self.batch[last % BATCH].quotes);
        let rest = self.batch.get(self.given..self.ready).unwrap_or_default().iter();
        let (given, current) = (&mut self.given, &mut self.current);
        (known, Ready { rest, quotes, used, shape, base: self.index.base(), given, current })
    }
}

impl<'a> Ready<'a> {
    /// The next item: where it begins in the buffer, its length, and what is known of its members.
    #[inline(always)]
    pub(crate) fn next(&mut self) -> Option<(usize, usize, Option<Known<'a>>)> {
        let Followed { decoded, from, length, told, quotes } = self.rest.next()?;
        let own = self.used..*quotes;
        self.used = *quotes;
        *self.given += 1;
        *self.current = Current::of(*told);
        let known = Known { decoded, shape: self.shape, quotes: &[] };
        let known = match told {
            Told::Shape => Some(known),
            Told::More => {
                Some(Known { shape: None, quotes: self.quotes.get(own).unwrap_or_default(), ..known })
            }
            Told::Spans => Some(Known { shape: None, ..known }),
            Told::Nothing => None,
        };
        Some((*from, *length, known))
    }

    /// How many there are to come.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.rest.len()
    }

    /// Offset in the response of the buffer's first byte.
    #[inline]
    pub(crate) fn base(&self) -> u64 {
        self.base
    }
}
