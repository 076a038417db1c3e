//! The generator: a response of any size, made piece by piece.

use core::ops::Range;
use std::collections::BTreeMap;
use std::io::{self, Write};
use std::sync::Arc;

mod chunks;
mod digits;
mod draft;
mod envelope;
mod item;
pub(crate) mod json;
mod layout;
mod pieces;
mod pools;
pub(crate) mod random;
mod session;

pub use chunks::{Chunks, Sessions};
pub use envelope::{Exception, Status};
pub use layout::{EnvelopeShape, Layout, Population, UnknownName};
pub use session::Session;

/// A recipe for a response: the same recipe gives the same bytes on every platform.
///
/// ```
/// use mock_pam_core::{EnvelopeShape, Layout, Population, Response};
///
/// let response = Response::new(1000)
///     .seed(7)
///     .layout(Layout::Php)
///     .envelope(EnvelopeShape::Pages)
///     .population(Population::Wide);
///
/// let mut bytes = Vec::new();
/// let written = response.write_to(&mut bytes)?;
/// assert_eq!(written, bytes.len() as u64);
/// assert_eq!(response.to_vec(), bytes);
/// assert_eq!(response.sessions().count(), 1000);
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Response {
    items: u64,
    seed: u64,
    layout: Layout,
    shape: EnvelopeShape,
    population: Population,
    pages: u64,
    tenant: String,
    status: Status,
    outer_status: Status,
    page_statuses: BTreeMap<u64, Status>,
    chunk_size: usize,
}

impl Response {
    /// Bytes of a chunk unless told otherwise.
    pub const CHUNK_SIZE: usize = 64 * 1024;

    /// A flat, compact response with that many items.
    #[must_use]
    pub fn new(items: u64) -> Self {
        Self {
            items,
            seed: 1,
            layout: Layout::default(),
            shape: EnvelopeShape::default(),
            population: Population::default(),
            pages: 4,
            tenant: "Segura".to_owned(),
            status: Status::ok(),
            outer_status: Status::ok(),
            page_statuses: BTreeMap::new(),
            chunk_size: Self::CHUNK_SIZE,
        }
    }

    /// Decides everything that looks like chance; 1 unless told otherwise.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How items are written.
    #[must_use]
    pub fn layout(mut self, layout: Layout) -> Self {
        self.layout = layout;
        self
    }

    /// How items are wrapped.
    #[must_use]
    pub fn envelope(mut self, shape: EnvelopeShape) -> Self {
        self.shape = shape;
        self
    }

    /// What the sessions look like.
    #[must_use]
    pub fn population(mut self, population: Population) -> Self {
        self.population = population;
        self
    }

    /// How many inner envelopes [`EnvelopeShape::Pages`] has; 4 unless told otherwise, at least 1.
    ///
    /// ```
    /// use mock_pam_core::{EnvelopeShape, Response};
    ///
    /// let response = Response::new(10).envelope(EnvelopeShape::Pages).pages(3);
    /// let pages: Vec<_> = (0..3).map(|page| response.page_items(page)).collect();
    /// assert_eq!(pages, [0..3, 3..6, 6..10]);
    /// ```
    #[must_use]
    pub fn pages(mut self, pages: u64) -> Self {
        self.pages = pages.max(1);
        self
    }

    /// The tenant; `Segura` unless told otherwise. Pages add their number, from 1: `Segura-1`.
    #[must_use]
    pub fn tenant(mut self, tenant: impl Into<String>) -> Self {
        self.tenant = tenant.into();
        self
    }

    /// What every envelope that has items says of itself. With [`EnvelopeShape::Late`] an error comes after the items.
    ///
    /// ```
    /// use mock_pam_core::{EnvelopeShape, Response, Status};
    ///
    /// let response = Response::new(2)
    ///     .envelope(EnvelopeShape::Late)
    ///     .status(Status::error(500, 1, "Unexpected error."));
    /// let text = String::from_utf8(response.to_vec()).unwrap();
    /// assert!(text.find("Unexpected error.") > text.find("session_id"));
    /// ```
    #[must_use]
    pub fn status(mut self, status: Status) -> Self {
        self.status = status;
        self
    }

    /// What one inner envelope says of itself, in place of [`status`](Self::status); pages count from 0.
    #[must_use]
    pub fn page_status(mut self, page: u64, status: Status) -> Self {
        self.page_statuses.insert(page, status);
        self
    }

    /// What the outer envelope says of itself, where there is one.
    #[must_use]
    pub fn outer_status(mut self, status: Status) -> Self {
        self.outer_status = status;
        self
    }

    /// Bytes of every chunk but the last; 64 KiB unless told otherwise, at least 1. The bytes stay the same.
    ///
    /// ```
    /// use mock_pam_core::Response;
    ///
    /// let response = Response::new(3).chunk_size(100);
    /// let chunks: Vec<_> = response.chunks().collect();
    /// assert!(chunks.iter().rev().skip(1).all(|chunk| chunk.len() == 100));
    /// assert_eq!(chunks.concat(), Response::new(3).to_vec());
    /// ```
    #[must_use]
    pub fn chunk_size(mut self, bytes: usize) -> Self {
        self.chunk_size = bytes.max(1);
        self
    }

    /// How many items there are in all envelopes together.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.items
    }

    /// How many envelopes have items of their own.
    #[must_use]
    pub fn page_count(&self) -> u64 {
        match self.shape {
            EnvelopeShape::Pages => self.pages,
            _ => 1,
        }
    }

    /// The indices of a page's items; empty for a page that does not exist.
    #[must_use]
    pub fn page_items(&self, page: u64) -> Range<u64> {
        let count = self.page_count();
        // The product of two u64 fits.
        let start =
            |page: u64| (u128::from(self.items) * u128::from(page.min(count)) / u128::from(count)) as u64;
        start(page)..start(page.saturating_add(1))
    }

    /// The tenant that a page names.
    #[must_use]
    pub fn page_tenant(&self, page: u64) -> String {
        match self.shape {
            EnvelopeShape::Pages => format!("{}-{}", self.tenant, page + 1),
            _ => self.tenant.clone(),
        }
    }

    /// The bytes, one chunk after the other, each made when it is asked for.
    ///
    /// ```
    /// use mock_pam_core::Response;
    ///
    /// // Some 340 GB, of which three chunks are made.
    /// let chunks = Response::new(1_000_000_000).chunks();
    /// assert_eq!(chunks.take(3).map(|chunk| chunk.len()).sum::<usize>(), 3 * 65_536);
    /// ```
    #[must_use]
    pub fn chunks(&self) -> Chunks {
        Chunks::new(self.clone())
    }

    /// Writes the bytes in pieces of a chunk's size and says how many there were.
    ///
    /// # Errors
    ///
    /// The first error of `writer`.
    pub fn write_to<W: Write + ?Sized>(&self, writer: &mut W) -> io::Result<u64> {
        let mut chunks = self.chunks();
        let mut buffer = Vec::new();
        let mut written = 0;
        while chunks.fill(&mut buffer, self.chunk_size) {
            writer.write_all(&buffer)?;
            written += buffer.len() as u64;
            buffer.clear();
        }
        Ok(written)
    }

    /// All the bytes at once, for small responses.
    #[must_use]
    pub fn to_vec(&self) -> Vec<u8> {
        let mut all = Vec::new();
        self.chunks().fill(&mut all, usize::MAX);
        all
    }

    /// How many bytes there are, found by making them all and keeping none.
    ///
    /// ```
    /// use mock_pam_core::Response;
    ///
    /// let response = Response::new(100);
    /// assert_eq!(response.byte_count(), response.to_vec().len() as u64);
    /// ```
    #[must_use]
    pub fn byte_count(&self) -> u64 {
        self.write_to(&mut io::sink()).expect("a sink takes everything")
    }

    /// The expected values of every item, in the order the items are written in.
    #[must_use]
    pub fn sessions(&self) -> Sessions {
        Sessions::new(self)
    }

    fn writer(&self) -> Arc<item::Writer> {
        Arc::new(item::Writer::new(self.population, self.layout, self.shape))
    }

    fn page_status_of(&self, page: u64) -> &Status {
        self.page_statuses.get(&page).unwrap_or(&self.status)
    }
}
