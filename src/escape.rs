//! The way from a string as sent to the text it means.

use alloc::borrow::Cow;
use alloc::string::String;

use crate::scan;

/// The text that the inside of a JSON string means. `sent` must have passed the grammar: escapes
/// are complete and surrogates paired. Borrowed when nothing is escaped.
pub(crate) fn unescape(sent: &str) -> Cow<'_, str> {
    let Some(first) = scan::find_backslash(sent) else { return Cow::Borrowed(sent) };
    let mut text = String::new();
    scan::unescape(sent, first, &mut text);
    Cow::Owned(text)
}

/// The same in a buffer that may be used again; borrowed from `sent` when nothing is escaped.
pub(crate) fn unescape_in<'b>(sent: &'b str, buffer: &'b mut String) -> &'b str {
    let Some(first) = scan::find_backslash(sent) else { return sent };
    scan::unescape(sent, first, buffer);
    buffer
}

/// Whether the inside of a JSON string means `text`.
pub(crate) fn means(sent: &str, text: &str) -> bool {
    sent == text && scan::find_backslash(sent).is_none() || sent.len() > text.len() && unescape(sent) == text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_escape_means_its_character() {
        assert_eq!(unescape(r#"a\"\\\/\b\f\n\r\t\u00e9\ud83d\uDE00z"#), "a\"\\/\u{8}\u{c}\n\r\té😀z");
        assert!(matches!(unescape("plain é"), Cow::Borrowed("plain é")));
        assert_eq!(unescape("\\u0000"), "\0");
    }

    #[test]
    fn a_buffer_holds_the_last_text_that_had_an_escape() {
        let mut buffer = String::from("before");
        assert_eq!(unescape_in(r"a\/b", &mut buffer), "a/b");
        assert_eq!(unescape_in(r"\u00c9", &mut buffer), "É");
        assert_eq!(unescape_in("plain", &mut buffer), "plain");
        assert_eq!(buffer, "É");
    }

    #[test]
    fn compares_by_meaning() {
        assert!(means("id", "id") && means("\\u0069d", "id") && means("i\\u0064", "id"));
        assert!(!means("idx", "id") && !means("\\u0069", "\\u0069") && !means("i", "id"));
    }
}
