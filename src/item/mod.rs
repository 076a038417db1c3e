//! One complete item: its text, its place, and the ways to decode it.

mod deserializer;
mod fields;
mod lane;
mod members;
mod mismatch;
#[cfg(test)]
mod placed;
mod shapes;
mod skeletons;
mod stride;
mod text;
mod trial;

use deserializer::members_of;
pub(crate) use fields::Field;
pub(crate) use lane::{Known, Lane, Ready, Seen};
pub(crate) use members::{Elements, Member, Members};
pub use text::Text;

use alloc::vec::Vec;

use serde::de::Deserialize;

use crate::error::ItemError;
use crate::scan::Path;

/// Which of several members of the same name counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
// A whole word, since every item has one and is copied word by word.
#[repr(usize)]
pub enum DuplicatePolicy {
    /// None: a known member that stands twice is an error of the item.
    #[default]
    Error,
    /// The first one.
    First,
    /// The last one.
    Last,
}

/// One complete item, borrowed from the parser's window: valid until the parser goes on.
///
/// ```
/// let mut reader = remote_sessions::Reader::new(&br#"{"remote_sessions":[{"id": "3"}]}"#[..]);
/// let item = reader.next_item()?.expect("one item");
/// assert_eq!((item.raw(), item.index(), item.offset()), (r#"{"id": "3"}"#, 0, 20));
/// # Ok::<(), remote_sessions::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Item<'a> {
    raw: &'a str,
    index: u64,
    offset: u64,
    duplicates: DuplicatePolicy,
    known: Option<Known<'a>>,
    /// What errors about it must not repeat.
    #[cfg(feature = "client")]
    mask: Option<&'a crate::error::Mask>,
}

impl<'a> Item<'a> {
    #[inline]
    pub(crate) fn new(raw: &'a str, index: u64, offset: u64, duplicates: DuplicatePolicy) -> Self {
        Self {
            raw,
            index,
            offset,
            duplicates,
            known: None,
            #[cfg(feature = "client")]
            mask: None,
        }
    }

    /// The same item with what is known of its members.
    #[inline]
    pub(crate) fn with_known(self, known: Option<Known<'a>>) -> Self {
        Self { known, ..self }
    }

    /// An item that stands so many places behind this one.
    #[inline(always)]
    pub(crate) fn behind(&self, places: u64, raw: &'a str, offset: u64, known: Option<Known<'a>>) -> Self {
        Self { raw, index: self.index + places, offset, known, ..*self }
    }

    /// The same item with what errors about it must not repeat.
    #[cfg(feature = "client")]
    #[inline]
    pub(crate) fn with_mask(self, mask: Option<&'a crate::error::Mask>) -> Self {
        Self { mask, ..self }
    }

    /// An error about this item, as it may be shown.
    #[cold]
    pub(crate) fn shown(&self, error: ItemError) -> ItemError {
        #[cfg(feature = "client")]
        let error = error.masked(self.mask);
        error
    }

    #[inline]
    pub(crate) fn known(&self) -> Option<Known<'a>> {
        self.known
    }

    /// The item's JSON text exactly as sent, white space inside it included.
    #[must_use]
    #[inline]
    pub fn raw(&self) -> &'a str {
        self.raw
    }

    /// Appends the item's JSON text less the white space between its tokens: one line, whatever
    /// the text, since strings hold no raw line feeds.
    ///
    /// ```
    /// let mut reader = remote_sessions::Reader::new(&b"{\"remote_sessions\":[{ \"id\": \"a b\" }]}"[..]);
    /// let mut line = Vec::new();
    /// reader.next_item()?.expect("one item").append_minified(&mut line);
    /// assert_eq!(line, br#"{"id":"a b"}"#);
    /// # Ok::<(), remote_sessions::Error>(())
    /// ```
    pub fn append_minified(&self, to: &mut Vec<u8>) {
        Path::detected().minify(self.raw, to);
    }

    /// The item's place in the stream, counted from 0 over all envelopes.
    #[must_use]
    #[inline]
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The byte of the response at which the item begins, counted from 0.
    #[must_use]
    #[inline]
    pub fn offset(&self) -> u64 {
        self.offset
    }

    #[inline]
    pub(crate) fn duplicates(&self) -> DuplicatePolicy {
        self.duplicates
    }

    /// Decodes the item into any type. Strings without escapes can be borrowed; use
    /// `Cow<str>` (with `#[serde(borrow)]`) for those that may have some.
    ///
    /// # Errors
    /// [`ItemError`] when the item does not fit `T`: where the value, or the name, that is in the way begins,
    /// and what serde says of it. The stream goes on.
    ///
    /// ```
    /// let mut reader = remote_sessions::Reader::builder()
    ///     .items_at(["rows"])
    ///     .build(&br#"{"rows":[[1,"a"],["2","b"]]}"#[..]);
    /// let item = reader.next_item()?.expect("one row");
    /// assert_eq!(item.deserialize::<(u8, &str)>()?, (1, "a"));
    /// let item = reader.next_item()?.expect("another one");
    /// assert_eq!(
    ///     item.deserialize::<(u8, &str)>().unwrap_err().to_string(),
    ///     "expected a value that fits the type, found `\"2\"`: invalid type: string \"2\", expected u8 at byte 18 (item 1)"
    /// );
    /// # Ok::<(), remote_sessions::Error>(())
    /// ```
    pub fn deserialize<T: Deserialize<'a>>(&self) -> Result<T, ItemError> {
        self.deserialize_known(self.known)
    }

    /// The same, given what is known of the members.
    #[inline]
    pub(crate) fn deserialize_known<T: Deserialize<'a>>(
        &self,
        known: Option<Known<'_>>,
    ) -> Result<T, ItemError> {
        if let Some(known) = known
            && let Some(value) = members_of(self.raw, known)
        {
            return Ok(value);
        }
        self.deserialize_text()
    }

    fn deserialize_text<T: Deserialize<'a>>(&self) -> Result<T, ItemError> {
        serde_json::from_str(self.raw).map_err(|cause| self.mismatch(cause))
    }
}

impl core::fmt::Debug for Item<'_> {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Item")
            .field("index", &self.index)
            .field("offset", &self.offset)
            .field("raw", &self.raw)
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn says_where_it_stands_and_what_was_sent() {
        let item = Item::new("[1]", 7, 90, DuplicatePolicy::First);
        assert_eq!(format!("{item:?}"), "Item { index: 7, offset: 90, raw: \"[1]\" }");
        assert_eq!(item.duplicates(), DuplicatePolicy::First);
    }
}
