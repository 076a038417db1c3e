//! From chunks to a driver, large ones without a copy where that is safe.
//!
//! A chunk's bytes go into a window, behind the rest of the chunk before it. In place, once the items that
//! began in that rest are done, all that is still needed lies in the chunk: from there on the
//! driver looks at the chunk itself, a window's worth at a time, and only the last bytes are copied
//! again, for the item that goes on in the next chunk.
//!
//! ```text
//! chunks          ····rest][lead·················································last][···
//! driver's view   [ window     ][ part ][ part ][ part ][ part ][ part ][ part ] [ window ···
//! ```

use core::fmt;
use core::ops::Range;

use crate::error::Error;
use crate::item::Item;
use crate::parser::{Batch, Driver, Step, Summary};
use crate::scan::BLOCK;
use crate::window::{PADDING, View, Window};

/// A driver and the bytes that it looks at.
pub(super) struct Feed<B> {
    driver: Driver,
    window: Window,
    /// The chunk that is not used up, and where it stands in the response.
    chunk: Option<B>,
    base: u64,
    /// So many of its bytes went into the window.
    taken: usize,
    /// What is looked at in the chunk itself; nothing of the window counts meanwhile.
    part: Option<Range<usize>>,
    /// The size of a window, and of a part.
    size: usize,
    in_place: bool,
}

impl<B> Feed<B> {
    pub(super) fn new(driver: Driver, window: Window, size: usize) -> Self {
        Self { driver, window, chunk: None, base: 0, taken: 0, part: None, size, in_place: false }
    }

    /// From now on, large chunks are not copied. They must be of a type whose bytes stay the same: text is
    /// checked once and given out after that, and a chunk is asked for its bytes each time.
    #[cfg(feature = "bytes")]
    pub(super) fn read_in_place(&mut self) {
        self.in_place = true;
    }

    pub(super) fn driver(&mut self) -> &mut Driver {
        &mut self.driver
    }

    pub(super) fn items(&self) -> u64 {
        self.driver.items()
    }

    pub(super) fn last_id(&self) -> Option<u64> {
        self.driver.last_id()
    }

    pub(super) fn tenant(&self) -> Option<&str> {
        self.driver.tenant()
    }

    /// Offset in the response just after the last byte that the driver was shown.
    fn end(&self) -> u64 {
        self.part.as_ref().map_or(self.window.end(), |part| self.base + part.end as u64)
    }

    pub(super) fn summary(&self) -> Summary {
        self.driver.summary(self.end())
    }
}

impl<B: AsRef<[u8]>> Feed<B> {
    /// The next chunk, once [`more`](Self::more) is false.
    pub(super) fn give(&mut self, chunk: B) {
        debug_assert!(self.chunk.is_none() && self.part.is_none(), "the last chunk is used up");
        if !chunk.as_ref().is_empty() {
            (self.base, self.taken) = (self.window.end(), 0);
            self.chunk = Some(chunk);
        }
    }

    #[inline]
    pub(super) fn advance(&mut self) -> Result<Step, Error> {
        self.driver.advance(view(&self.window, &self.chunk, &self.part, self.base))
    }

    /// The item that the last step has found.
    ///
    /// # Panics
    /// If it has found none.
    #[inline]
    pub(super) fn item(&self) -> Item<'_> {
        match self.driver.current(view(&self.window, &self.chunk, &self.part, self.base)) {
            Some(item) => item,
            None => panic!("item() is for after an item was found"),
        }
    }

    /// The same item and those that are ready behind it.
    ///
    /// # Panics
    /// If there is none.
    #[inline]
    pub(super) fn batch(&mut self) -> Batch<'_> {
        match self.driver.batch(view(&self.window, &self.chunk, &self.part, self.base)) {
            Some(batch) => batch,
            None => panic!("batch() is for after an item was found"),
        }
    }

    /// Ends the stream with an error from outside, unless the bytes at hand have one of their own.
    pub(super) fn break_off(&mut self, error: Error) -> Error {
        self.driver.break_off(view(&self.window, &self.chunk, &self.part, self.base), error)
    }

    /// After [`Step::NeedInput`]: shows the driver more of the chunk, false if that is used up.
    #[inline(never)]
    pub(super) fn more(&mut self) -> bool {
        let Some(chunk) = &self.chunk else { return false };
        let bytes = chunk.as_ref();
        // Behind what is looked at there must be bytes that may be loaded with it.
        let last = bytes.len().saturating_sub(PADDING);
        let keep = self.driver.keep().min(self.end());
        match &self.part {
            Some(part) => {
                let from = self.block_from(keep);
                if part.end < last {
                    // A part that holds less than one item is doubled: that keeps the cost linear.
                    let step = self.size.max(part.end - from);
                    self.part = Some(from..last.min(part.end.saturating_add(step)));
                    return true;
                }
                let shown = part.end;
                self.window.begin_at(self.base + from as u64);
                (self.taken, self.part) = (from, None);
                // All that was shown, and some more: that is longer than a window for a long item.
                while self.chunk.is_some() && self.taken <= shown && self.copy(keep, usize::MAX) {}
                debug_assert!(self.taken > shown, "the window grows with the item");
                true
            }
            None if self.is_straight(keep, last) => {
                let from = self.block_from(keep);
                self.part = Some(from..last.min((from + self.size).max(self.taken)));
                true
            }
            // At first no more than it takes to be done with the rest of the chunk before.
            None if self.in_place && self.taken == 0 && bytes.len() >= 4 * self.lead() => {
                self.copy(keep, self.lead())
            }
            None => self.copy(keep, usize::MAX),
        }
    }

    /// Index in the chunk of the block that holds this offset, which is in the chunk.
    fn block_from(&self, keep: u64) -> usize {
        // In whole blocks of the response, so that what is known of a block stays true.
        let block = keep / BLOCK as u64 * BLOCK as u64;
        debug_assert!(block >= self.base, "what is kept is in the chunk");
        usize::try_from(block - self.base).unwrap_or(usize::MAX)
    }

    /// Whether what is still needed is all in the chunk, with more behind it than was copied.
    fn is_straight(&self, keep: u64, last: usize) -> bool {
        self.in_place
            && self.taken > 0
            && self.taken < last
            && keep / BLOCK as u64 * BLOCK as u64 >= self.base
    }

    /// How much of a large chunk is copied before its items are looked at where they are.
    fn lead(&self) -> usize {
        (self.size / 16).max(BLOCK)
    }

    /// Copies at most so many bytes more into the window; false if there is no room.
    fn copy(&mut self, keep: u64, most: usize) -> bool {
        let Some(chunk) = &self.chunk else { return false };
        let rest = &chunk.as_ref()[self.taken..];
        let space = self.window.space(keep);
        let count = rest.len().min(space.len()).min(most);
        space[..count].copy_from_slice(&rest[..count]);
        self.window.fill(count);
        self.taken += count;
        if count == rest.len() {
            self.chunk = None;
        }
        count > 0
    }
}

/// The bytes at hand. A function of the fields, for the driver is another one of them.
#[inline]
fn view<'a, B: AsRef<[u8]>>(
    window: &'a Window,
    chunk: &'a Option<B>,
    part: &Option<Range<usize>>,
    base: u64,
) -> View<'a> {
    match (chunk, part) {
        (Some(chunk), Some(part)) => {
            let padded = &chunk.as_ref()[part.start..part.end + PADDING];
            View::new(padded, part.len(), base + part.start as u64)
        }
        _ => window.view(),
    }
}

/// How far it came, and none of its bytes.
impl<B> fmt::Debug for Feed<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Feed")
            .field("driver", &self.driver)
            .field("window", &self.window)
            .field("part", &self.part)
            .finish_non_exhaustive()
    }
}
