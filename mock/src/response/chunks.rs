//! Makes the bytes, and the expected values, one piece after the other.

use core::iter::FusedIterator;
use core::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use super::draft::Draft;
use super::envelope::Wrapping;
use super::item::Writer;
use super::{Response, Session};

/// The bytes of a response, each chunk made when it is asked for.
///
/// Holds one chunk at most, and up to 1 MiB of memory of earlier ones. Every chunk but the last has the response's
/// [`chunk_size`](Response::chunk_size), so chunks end anywhere within an item.
///
/// ```
/// use mock_pam_core::Response;
///
/// fn sendable<T: Send + 'static>(value: T) -> T {
///     value
/// }
/// let chunks = sendable(Response::new(1000).chunks());
/// assert!(chunks.count() > 4);
/// ```
#[derive(Debug)]
pub struct Chunks {
    response: Response,
    wrapping: Wrapping,
    writer: Arc<Writer>,
    between: Vec<u8>,
    place: Place,
    ready: Bytes,
    /// What chunks were cut from, to be filled again when nobody has them any more: fresh memory for every chunk
    /// is a fifth of a server's time.
    made: Vec<Bytes>,
}

/// What comes next.
#[derive(Clone, Debug)]
enum Place {
    Start,
    Open { page: u64 },
    Items { page: u64, first: bool, items: Range<u64> },
    Close { page: u64 },
    Done,
}

/// Never make less than this at a time, however small the chunks that it is handed out in.
const LEAST: usize = 16 * 1024;

/// Never reserve more than this in advance, however large the chunks.
const MOST: usize = 4 * 1024 * 1024;

/// Never keep more than this to be filled again; what a server has on its way at a time fits in.
const KEPT: usize = 1024 * 1024;

/// Room for an item, so that one that goes past the end of a chunk does not make the buffer grow.
const SLACK: usize = 4 * 1024;

impl Chunks {
    pub(super) fn new(response: Response) -> Self {
        let wrapping = Wrapping::new(response.layout, response.shape);
        Self {
            wrapping,
            writer: response.writer(),
            between: wrapping.between(),
            place: Place::Start,
            ready: Bytes::new(),
            made: Vec::new(),
            response,
        }
    }

    /// An empty buffer: one that nobody has any more, or a new one.
    fn buffer(&mut self, goal: usize) -> Vec<u8> {
        let free = self.made.iter().position(Bytes::is_unique);
        match free.map(|at| self.made.swap_remove(at).try_into_mut()) {
            Some(Ok(mut bytes)) => {
                bytes.clear();
                bytes.into()
            }
            _ => Vec::with_capacity(goal.min(MOST) + SLACK),
        }
    }

    /// Appends whole pieces until `buffer` has at least `size` bytes or there are no more; false if there were none.
    pub(super) fn fill(&mut self, buffer: &mut Vec<u8>, size: usize) -> bool {
        let before = buffer.len();
        while buffer.len() < size && !matches!(self.place, Place::Done) {
            self.step(buffer, size);
        }
        buffer.len() > before
    }

    fn step(&mut self, buffer: &mut Vec<u8>, size: usize) {
        let response = &self.response;
        self.place = match self.place.clone() {
            Place::Start => {
                self.wrapping.start(&response.outer_status, buffer);
                Place::Open { page: 0 }
            }
            Place::Open { page } => {
                let items = response.page_items(page);
                let (status, tenant) = (response.page_status_of(page), response.page_tenant(page));
                self.wrapping.open(page == 0, status, &tenant, items.is_empty(), buffer);
                Place::Items { page, first: true, items }
            }
            Place::Items { page, mut first, mut items } => {
                let writer = &*self.writer;
                let profile = writer.profile();
                while buffer.len() < size
                    && let Some(index) = items.next()
                {
                    if !first {
                        buffer.extend_from_slice(&self.between);
                    }
                    first = false;
                    writer.item(&Draft::draw(profile, response.seed, index), buffer);
                }
                if items.is_empty() { Place::Close { page } } else { Place::Items { page, first, items } }
            }
            Place::Close { page } => {
                let empty = response.page_items(page).is_empty();
                let (status, tenant) = (response.page_status_of(page), response.page_tenant(page));
                self.wrapping.close(status, &tenant, empty, buffer);
                if page + 1 < response.page_count() {
                    Place::Open { page: page + 1 }
                } else {
                    self.wrapping.end(buffer);
                    Place::Done
                }
            }
            Place::Done => Place::Done,
        };
    }
}

impl Iterator for Chunks {
    type Item = Bytes;

    fn next(&mut self) -> Option<Bytes> {
        let size = self.response.chunk_size;
        if self.ready.len() < size && !matches!(self.place, Place::Done) {
            let goal = size.max(LEAST);
            let mut buffer = self.buffer(goal);
            buffer.extend_from_slice(&self.ready);
            self.fill(&mut buffer, goal);
            self.ready = Bytes::from(buffer);
            if (self.made.len() + 1).saturating_mul(goal) <= KEPT {
                self.made.push(self.ready.clone());
            }
        }
        let length = size.min(self.ready.len());
        (length > 0).then(|| self.ready.split_to(length))
    }
}

impl FusedIterator for Chunks {}

/// The expected values of a response's items.
///
/// ```
/// use mock_pam_core::{Layout, Response};
///
/// let response = Response::new(100).layout(Layout::Dirty);
/// assert_eq!(response.sessions().count(), 100);
/// assert_eq!(response.sessions().nth(41), response.sessions().skip(41).next());
/// ```
#[derive(Clone, Debug)]
pub struct Sessions {
    writer: Arc<Writer>,
    seed: u64,
    items: Range<u64>,
}

impl Sessions {
    pub(super) fn new(response: &Response) -> Self {
        Self { writer: response.writer(), seed: response.seed, items: 0..response.items }
    }

    fn session(&self, index: u64) -> Session {
        let draft = Draft::draw(self.writer.profile(), self.seed, index);
        Session::expected(&self.writer, &draft, index)
    }
}

impl Iterator for Sessions {
    type Item = Session;

    fn next(&mut self) -> Option<Session> {
        self.items.next().map(|index| self.session(index))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.items.size_hint()
    }

    fn nth(&mut self, n: usize) -> Option<Session> {
        self.items.nth(n).map(|index| self.session(index))
    }
}

impl FusedIterator for Sessions {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_of_chunks_that_nobody_has_is_filled_again_and_no_other() {
        let response = Response::new(3000).chunk_size(20_000);
        let whole = response.to_vec();
        for held in [0, 1, 5, 200] {
            let (mut kept, mut out, mut waiting) = (0, Vec::new(), Vec::new());
            let mut chunks = response.chunks();
            while let Some(chunk) = chunks.next() {
                kept = kept.max(chunks.made.len());
                waiting.push(chunk);
                if waiting.len() > held {
                    out.extend_from_slice(&waiting.remove(0));
                }
            }
            out.extend(waiting.iter().flatten());
            assert!(out == whole, "with {held} held");
            // The one being filled, and the one that what is left over comes from; of fifty-two in all.
            let expected = if held > 52 { 40..=52 } else { held + 1..=held + 2 };
            assert!(expected.contains(&kept), "{kept} buffers with {held} held");
        }
    }

    #[test]
    fn what_is_kept_to_be_filled_again_is_bounded() {
        for (size, most) in [(1000, KEPT / LEAST), (Response::CHUNK_SIZE, 16), (KEPT, 1), (2 * KEPT, 0)] {
            let mut chunks = Response::new(20_000).chunk_size(size).chunks();
            let held: Vec<_> = chunks.by_ref().take(5_000).collect();
            assert!(held.len() > 2 && chunks.made.len() <= most, "{} of {size}", chunks.made.len());
            let bytes: usize = chunks.made.iter().map(Bytes::len).sum();
            assert!(bytes <= KEPT + chunks.made.len() * SLACK, "{bytes} of {size}");
        }
    }
}
