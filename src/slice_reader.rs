//! A response that is in memory already: items that live as long as it does, and no copy of it but
//! of its last part.

use alloc::vec;
use alloc::vec::Vec;
use core::fmt;
use core::iter::FusedIterator;
use core::marker::PhantomData;

use serde::de::Deserialize;

use crate::envelope::Span;
use crate::error::Error;
use crate::item::{Item, Known};
use crate::pam::RemoteSession;
use crate::parser::{Batch, Builder, Driver, Step, Summary};
use crate::scan::{BLOCK, checked};
use crate::window::{PADDING, View};

/// Reads items from a slice that holds the whole response, such as a mapped file. What the iterators give
/// borrows from the slice, not from the reader: it can be collected. (A batch borrows from the reader; so does
/// a session's [`Text`](crate::Text) from the session.)
///
/// Otherwise it is a [`Reader`](crate::Reader): the same items, the same errors, the same limits.
///
/// ```
/// use remote_sessions::{RemoteSession, SliceReader};
/// let body = br#"{"remote_sessions":[{"id":"3","user":"Admin"},{"id":"6","user":"root"}]}"#;
/// let sessions: Vec<RemoteSession<'_>> = SliceReader::new(body).sessions().collect::<Result<_, _>>()?;
/// assert_eq!((sessions[0].id(), sessions[1].id()), (3, 6));
/// # Ok::<(), remote_sessions::Error>(())
/// ```
///
/// As an iterator it gives items; an error ends it. For sessions and for serde types
/// [`sessions`](Self::sessions) and [`deserialize`](Self::deserialize) are several times as fast
/// as decoding those items, for they use what the reader has found out already.
///
/// ```
/// let body = br#"{"rows":[[1,2],"x"]}"#;
/// let reader = remote_sessions::Builder::new().items_at(["rows"]).build_slice(body);
/// let rows: Vec<&str> = reader.map(|item| item.map(|item| item.raw())).collect::<Result<_, _>>()?;
/// assert_eq!(rows, ["[1,2]", "\"x\""]);
/// # Ok::<(), remote_sessions::Error>(())
/// ```
pub struct SliceReader<'s> {
    slice: &'s [u8],
    driver: Driver,
    /// The part of the slice that is looked at: as much at a time as a window holds.
    from: usize,
    to: usize,
    size: usize,
    /// A padded copy of the last part, once that is reached: nothing is read behind the slice.
    tail: Vec<u8>,
    over: bool,
}

impl Builder {
    /// A reader over a slice that holds the whole response.
    #[must_use]
    pub fn build_slice<'s>(&self, slice: &'s [u8]) -> SliceReader<'s> {
        let limits = self.limits.normalized();
        let mut reader = SliceReader {
            slice,
            driver: Driver::new(self, &limits),
            from: 0,
            to: 0,
            size: limits.window,
            tail: Vec::new(),
            over: false,
        };
        reader.look_further();
        reader
    }
}

impl<'s> SliceReader<'s> {
    /// A reader of remote sessions with default settings.
    #[must_use]
    pub fn new(slice: &'s [u8]) -> Self {
        Builder::new().build_slice(slice)
    }

    /// The sessions, one at a time. An item's own error is given and the iterator goes on; a fatal
    /// error is given once.
    pub fn sessions(&mut self) -> SliceSessions<'_, 's> {
        SliceSessions { reader: self }
    }

    /// Items as any type, which may borrow from the slice; errors as in
    /// [`sessions`](Self::sessions).
    pub fn deserialize<T: Deserialize<'s>>(&mut self) -> SliceItems<'_, 's, T> {
        SliceItems { reader: self, item: PhantomData }
    }

    /// What is known of the response so far; at the end, of all of it.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.driver.summary(self.to as u64)
    }

    /// The next items that are all at hand, one at least; none when the response was complete. See
    /// [`Batch`]. As an iterator would: an error is given once.
    ///
    /// # Errors
    /// The response is malformed, truncated, over a limit or refused by the server. All complete items
    /// before that were given.
    #[inline]
    pub fn next_batch(&mut self) -> Option<Result<Batch<'_>, Error>> {
        match self.advance()? {
            Ok(()) => self.driver.batch(view(self.slice, &self.tail, self.from, self.to)).map(Ok),
            Err(error) => Some(Err(error)),
        }
    }

    /// Goes on to the next item, if there is one.
    #[inline(always)]
    fn advance(&mut self) -> Option<Result<(), Error>> {
        if self.over {
            return None;
        }
        loop {
            match self.driver.advance(view(self.slice, &self.tail, self.from, self.to)) {
                Ok(Step::Item) => return Some(Ok(())),
                Ok(Step::NeedInput) => self.look_further(),
                Ok(Step::End) => {
                    self.over = true;
                    return None;
                }
                Err(error) => {
                    self.over = true;
                    return Some(Err(error));
                }
            }
        }
    }

    /// The next item with nothing known of it; [`Driver::known`] has that.
    #[inline(always)]
    fn next_item(&mut self) -> Option<Result<Item<'s>, Error>> {
        if let Err(error) = self.advance()? {
            return Some(Err(error));
        }
        let Span { start, end } = self.driver.item()?;
        // Offsets of a slice are indices of it.
        #[expect(clippy::cast_possible_truncation, reason = "at most the length of the slice")]
        let raw = checked(&self.slice[start as usize..end as usize]);
        Some(Ok(self.driver.as_item(raw, start)))
    }

    /// Drops what is done and looks at the next part, if there is one.
    #[cold]
    fn look_further(&mut self) {
        if self.to == self.slice.len() && !self.tail.is_empty() {
            self.driver.end_of_input();
            return;
        }
        let keep = usize::try_from(self.driver.keep()).unwrap_or(usize::MAX);
        // In whole blocks, so that what is known of a block stays true.
        self.from = keep.min(self.to) / BLOCK * BLOCK;
        let last = self.slice.len().saturating_sub(PADDING);
        // A part that holds less than one item is doubled: that keeps the cost linear.
        let step = (4 * self.size).max(self.to - self.from);
        if self.slice.len() > self.size && self.to < last {
            self.to = last.min(self.to.saturating_add(step));
            return;
        }
        self.to = self.slice.len();
        self.tail = vec![0; self.to - self.from + PADDING];
        self.tail[..self.to - self.from].copy_from_slice(&self.slice[self.from..]);
    }
}

/// The bytes at hand. A function of the fields, for the driver is another one of them.
#[inline(always)]
fn view<'a>(slice: &'a [u8], tail: &'a [u8], from: usize, to: usize) -> View<'a> {
    let padded = if tail.is_empty() { &slice[from..to + PADDING] } else { tail };
    View::new(padded, to - from, from as u64)
}

impl<'s> Iterator for SliceReader<'s> {
    type Item = Result<Item<'s>, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_item()
    }
}

impl FusedIterator for SliceReader<'_> {}

impl fmt::Debug for SliceReader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SliceReader")
            .field("length", &self.slice.len())
            .field("driver", &self.driver)
            .finish_non_exhaustive()
    }
}

/// Iterator over sessions; see [`SliceReader::sessions`].
#[derive(Debug)]
pub struct SliceSessions<'r, 's> {
    reader: &'r mut SliceReader<'s>,
}

impl<'s> Iterator for SliceSessions<'_, 's> {
    type Item = Result<RemoteSession<'s>, Error>;

    #[inline(always)]
    fn next(&mut self) -> Option<Self::Item> {
        match self.reader.next_item()? {
            Ok(item) => {
                let decoded = self.reader.driver.known().and_then(Known::named);
                Some(RemoteSession::decode(&item, decoded).map_err(Error::from))
            }
            Err(error) => Some(Err(error)),
        }
    }
}

impl FusedIterator for SliceSessions<'_, '_> {}

/// Iterator over decoded items; see [`SliceReader::deserialize`].
#[derive(Debug)]
pub struct SliceItems<'r, 's, T> {
    reader: &'r mut SliceReader<'s>,
    item: PhantomData<fn() -> T>,
}

impl<'s, T: Deserialize<'s>> Iterator for SliceItems<'_, 's, T> {
    type Item = Result<T, Error>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        match self.reader.next_item()? {
            Ok(item) => Some(item.deserialize_known(self.reader.driver.known()).map_err(Error::from)),
            Err(error) => Some(Err(error)),
        }
    }
}

impl<'s, T: Deserialize<'s>> FusedIterator for SliceItems<'_, 's, T> {}
