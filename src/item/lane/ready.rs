//! The items that were followed together and are not given yet, as an iterator.

use core::ops::Range;
use core::slice::Iter;

use super::{Current, Known, Lane, known};
use crate::scan::{Followed, Learned};

/// Items that are ready. Those that it has gone past count as given once it is dropped.
#[derive(Debug)]
pub(crate) struct Ready<'a> {
    all: &'a [Followed],
    rest: Iter<'a, Followed>,
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
        let known = known(self.current, &self.batch, self.given, shape);
        let all = self.batch.get(self.given..self.ready).unwrap_or_default();
        let (given, current) = (&mut self.given, &mut self.current);
        (known, Ready { all, rest: all.iter(), shape, base: self.index.base(), given, current })
    }
}

impl<'a> Ready<'a> {
    /// The next item: where it begins in the buffer, its length, and what is known of its members.
    #[inline(always)]
    pub(crate) fn next(&mut self) -> Option<(usize, usize, Known<'a>)> {
        let Followed { decoded, from, length, more, .. } = self.rest.next()?;
        let shape = if *more { None } else { self.shape };
        Some((*from, *length, Known { decoded, shape }))
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

    /// How many it has gone past, and where the last of those begins and ends in the buffer.
    #[inline]
    pub(crate) fn taken(&self) -> Option<(usize, Range<usize>)> {
        let taken = self.all.len() - self.rest.len();
        let Followed { from, length, .. } = self.all.get(taken.checked_sub(1)?)?;
        Some((taken, *from..from + length))
    }
}

impl Drop for Ready<'_> {
    #[inline]
    fn drop(&mut self) {
        let taken = self.all.len() - self.rest.len();
        if let Some(last) = taken.checked_sub(1).and_then(|last| self.all.get(last)) {
            *self.given += taken;
            *self.current = if last.more { Current::Known } else { Current::Shaped };
        }
    }
}
