//! A value as sent, and the text that it means.

use alloc::borrow::Cow;
use alloc::string::String;
use core::fmt;

use crate::escape::{means, unescape, unescape_in};
use crate::scan::Escaped;

/// A string, number or boolean of an item: the text as sent, unescaped only when asked.
///
/// ```
/// let mut reader = remote_sessions::Reader::new(&br#"{"remote_sessions":[{"id":7,"device":"db\/1"}]}"#[..]);
/// let session = reader.next_item()?.expect("one item").session()?;
/// let device = session.device().expect("a device");
/// assert_eq!(device, "db/1");
/// assert_eq!((device.as_sent(), &*device.to_str()), (r"db\/1", "db/1"));
/// # Ok::<(), remote_sessions::Error>(())
/// ```
#[derive(Clone, Copy)]
pub struct Text<'a> {
    sent: &'a str,
    /// Where in its item there may be escapes, and where in that it begins. (Whoever asks for the text
    /// as sent does not need the answer: it is found when it is wanted.)
    escaped: Escaped,
    start: u16,
    quoted: bool,
}

impl<'a> Text<'a> {
    /// The inside of a string.
    #[inline]
    pub(crate) fn inside(sent: &'a str) -> Self {
        Self::known(sent, true, Escaped::ANYWHERE, 0)
    }

    /// The inside of a string that begins at `start` of an item of which it is known where it may have
    /// escapes; or a number or boolean.
    #[inline]
    pub(crate) fn known(sent: &'a str, quoted: bool, escaped: Escaped, start: u16) -> Self {
        Self { sent, escaped, start, quoted }
    }

    #[inline]
    fn may_escape(&self) -> bool {
        let start = usize::from(self.start);
        self.escaped.may_be_in(start, start + self.sent.len())
    }

    /// A number or boolean.
    #[inline]
    pub(crate) fn plain(sent: &'a str) -> Self {
        Self::known(sent, false, Escaped::NOWHERE, 0)
    }

    /// A string, number or boolean as sent, quotes included.
    pub(crate) fn of(value: &'a str) -> Self {
        match value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')) {
            Some(inside) => Self::inside(inside),
            None => Self::plain(value),
        }
    }

    /// The text as sent: of a string what stands between its quotes, escapes included.
    #[must_use]
    #[inline]
    pub fn as_sent(&self) -> &'a str {
        self.sent
    }

    /// The text that is meant: escapes are replaced. Allocates only if there are any.
    #[must_use]
    #[inline]
    pub fn to_str(&self) -> Cow<'a, str> {
        if self.may_escape() { unescape(self.sent) } else { Cow::Borrowed(self.sent) }
    }

    /// The text that is meant, in `buffer` if it has escapes: nothing is allocated once that is
    /// large enough. What the buffer held is lost.
    ///
    /// ```
    /// let session = remote_sessions::RemoteSession::parse(r#"{"id":7,"user":"a\/b","proxy":"Web"}"#)?;
    /// let mut buffer = String::new();
    /// assert_eq!(session.user().expect("a user").to_str_in(&mut buffer), "a/b");
    /// assert_eq!(session.proxy().expect("a proxy").to_str_in(&mut buffer), "Web");
    /// # Ok::<(), remote_sessions::Error>(())
    /// ```
    #[must_use]
    #[inline]
    pub fn to_str_in<'b>(&self, buffer: &'b mut String) -> &'b str
    where
        'a: 'b,
    {
        if self.may_escape() { unescape_in(self.sent, buffer) } else { self.sent }
    }

    /// Whether it was sent as a JSON string, not as a number or boolean.
    #[must_use]
    pub fn is_string(&self) -> bool {
        self.quoted
    }

    /// Whether the text is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sent.is_empty()
    }
}

impl fmt::Display for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_str())
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.quoted { fmt::Debug::fmt(&self.to_str(), f) } else { f.write_str(self.sent) }
    }
}

/// Equal when both mean the same text and are of the same kind (string or not).
impl PartialEq for Text<'_> {
    fn eq(&self, other: &Self) -> bool {
        self.quoted == other.quoted && (self.sent == other.sent || self.to_str() == other.to_str())
    }
}

impl Eq for Text<'_> {}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        if self.quoted { means(self.sent, other) } else { self.sent == other }
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self == *other
    }
}

impl serde::Serialize for Text<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.to_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    #[test]
    fn is_equal_to_what_means_the_same_and_is_of_the_same_kind() {
        let text = Text::inside("a\\/b");
        assert!(text == "a/b" && text == *"a/b" && text != "a\\/b" && text != "ab");
        assert!(text == Text::inside("a/b") && text == Text::inside("a\\/b") && text == text);
        assert!(text != Text::inside("a/c") && text != Text::inside(""));
        // Sent alike, one in quotes: another kind.
        let (number, digits) = (Text::of("17"), Text::of("\"17\""));
        assert!(number != digits && number == Text::plain("17") && number != Text::plain("18"));
        assert!(number == "17" && digits == "17" && number != "1" && digits != "1");
    }

    /// That saves the search: what it says too much costs time.
    #[test]
    fn only_a_text_in_a_block_with_an_escape_may_have_one() {
        let escaped = Escaped::new(Some(0b10), 0);
        for (start, length, may) in
            [(0, 0, false), (10, 10, false), (10, 53, false), (10, 54, true), (70, 1, true), (128, 9, false)]
        {
            let sent = "x".repeat(length);
            assert_eq!(Text::known(&sent, true, escaped, start).may_escape(), may, "{start} {length}");
        }
        assert!(Text::inside("x").may_escape() && !Text::plain("1").may_escape());
    }

    #[test]
    fn what_is_meant_comes_out_alike_in_a_buffer_of_the_caller() {
        let mut buffer = String::from("what it held");
        for (sent, meant) in
            [(r"a\/b\u00e9", "a/b\u{e9}"), ("", ""), ("plain", "plain"), (r"\ud83d\ude00", "\u{1f600}")]
        {
            let text = Text::inside(sent);
            assert_eq!(text.to_str_in(&mut buffer), meant);
            assert_eq!((&*text.to_str(), text.as_sent()), (meant, sent));
        }
        let room = buffer.capacity();
        assert_eq!(Text::inside(r"\n").to_str_in(&mut buffer), "\n");
        assert_eq!(buffer.capacity(), room, "the same buffer");
    }

    #[test]
    fn shows_what_is_meant_with_quotes_where_it_is_a_string() {
        let (text, number, nothing) = (Text::of(r#""a\/b""#), Text::of("17"), Text::of("\"\""));
        assert_eq!((format!("{text}"), format!("{text:?}")), ("a/b".into(), "\"a/b\"".into()));
        assert_eq!((format!("{number:>4}"), format!("{number:?}")), ("  17".into(), "17".into()));
        assert_eq!((format!("{nothing}"), format!("{nothing:?}")), ("".into(), "\"\"".into()));
        assert!(text.is_string() && nothing.is_string() && !number.is_string());
        assert!(!text.is_empty() && nothing.is_empty() && !number.is_empty());
        assert_eq!(serde_json::to_string(&text).unwrap(), "\"a/b\"");
    }
}
