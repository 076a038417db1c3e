//! What is wrong with one item.

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::fmt::{self, Write as _};

/// What is wrong with one item. The stream goes on.
///
/// ```
/// use remote_sessions::Reader;
/// let mut reader = Reader::new(&br#"{"remote_sessions":[{"id":"3","user":7}]}"#[..]);
/// let item = reader.next_item()?.expect("one item");
/// let bad = item.session().unwrap_err();
/// assert_eq!(bad.member(), Some("user"));
/// assert_eq!(bad.to_string(), "expected a string or null in `user`, found `7` at byte 37 (item 0)");
/// # Ok::<(), remote_sessions::Error>(())
/// ```
#[derive(Clone)]
pub struct ItemError(Box<ItemInner>);

#[derive(Clone)]
struct ItemInner {
    expected: Cow<'static, str>,
    found: String,
    member: Option<Cow<'static, str>>,
    index: u64,
    offset: u64,
    cause: Option<Arc<serde_json::Error>>,
}

impl ItemError {
    /// The item's index in the stream, counted from 0.
    #[must_use]
    pub fn index(&self) -> u64 {
        self.0.index
    }

    /// The byte of the response at which the offending text begins.
    #[must_use]
    pub fn offset(&self) -> u64 {
        self.0.offset
    }

    /// The member concerned, if it is one.
    #[must_use]
    pub fn member(&self) -> Option<&str> {
        self.0.member.as_deref()
    }

    /// What was found instead, as sent, escaped and cut to a few dozen characters; of an item that does not
    /// fit a serde type, what serde says of it as well.
    #[must_use]
    pub fn found(&self) -> &str {
        &self.0.found
    }

    pub(crate) fn new(
        expected: impl Into<Cow<'static, str>>,
        found: String,
        index: u64,
        offset: u64,
    ) -> Self {
        Self(Box::new(ItemInner {
            expected: expected.into(),
            found,
            member: None,
            index,
            offset,
            cause: None,
        }))
    }

    pub(crate) fn in_member(mut self, member: impl Into<Cow<'static, str>>) -> Self {
        self.0.member = Some(member.into());
        self
    }

    pub(crate) fn because(mut self, cause: serde_json::Error) -> Self {
        self.0.cause = Some(Arc::new(cause));
        self
    }

    /// The same error with everything masked that it repeats of the input; the cause repeats it too.
    #[cfg(feature = "client")]
    pub(crate) fn masked(mut self, mask: Option<&super::Mask>) -> Self {
        let Some(mask) = mask else { return self };
        if let Some(found) = mask.masked(&self.0.found) {
            self.0.found = found;
            self.0.cause = None;
        }
        if let Some(member) = self.0.member.as_deref().and_then(|member| mask.masked(member)) {
            self.0.member = Some(member.into());
        }
        self
    }

    pub(super) fn describe(&self) -> String {
        let mut text = String::from("expected ");
        text.push_str(&self.0.expected);
        if let Some(member) = &self.0.member {
            let _ = write!(text, " in `{member}`");
        }
        text.push_str(", found ");
        text.push_str(&self.0.found);
        text
    }
}

impl fmt::Display for ItemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} at byte {} (item {})", self.describe(), self.0.offset, self.0.index)
    }
}

impl fmt::Debug for ItemError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ItemError")
            .field("expected", &self.0.expected)
            .field("found", &self.0.found)
            .field("member", &self.0.member)
            .field("index", &self.0.index)
            .field("offset", &self.0.offset)
            .finish()
    }
}

impl core::error::Error for ItemError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.0.cause.as_deref().map(|cause| cause as _)
    }
}
