//! The way from a string as sent to the text it means.

use alloc::borrow::Cow;
use alloc::string::String;

/// The text that the inside of a JSON string means. `sent` must have passed the grammar: escapes
/// are complete and surrogates paired. Borrowed when nothing is escaped.
pub(crate) fn unescape(sent: &str) -> Cow<'_, str> {
    let Some(first) = memchr::memchr(b'\\', sent.as_bytes()) else { return Cow::Borrowed(sent) };
    let mut text = String::new();
    append(sent, first, &mut text);
    Cow::Owned(text)
}

/// The same in a buffer that may be used again; borrowed from `sent` when nothing is escaped.
pub(crate) fn unescape_in<'b>(sent: &'b str, buffer: &'b mut String) -> &'b str {
    let Some(first) = memchr::memchr(b'\\', sent.as_bytes()) else { return sent };
    buffer.clear();
    append(sent, first, buffer);
    buffer
}

/// `first` is where the first backslash is.
fn append(sent: &str, first: usize, text: &mut String) {
    // No escape means more bytes than it has.
    text.reserve(sent.len());
    let mut rest = sent;
    let mut next = Some(first);
    while let Some(at) = next {
        text.push_str(&rest[..at]);
        let (character, length) = escape(&rest[at + 1..]);
        text.push(character);
        rest = &rest[at + 1 + length..];
        next = memchr::memchr(b'\\', rest.as_bytes());
    }
    text.push_str(rest);
}

/// Whether the inside of a JSON string means `text`.
pub(crate) fn means(sent: &str, text: &str) -> bool {
    sent == text && memchr::memchr(b'\\', sent.as_bytes()).is_none()
        || sent.len() > text.len() && unescape(sent) == text
}

/// The character that the escape after a backslash stands for, and the bytes that it takes.
fn escape(rest: &str) -> (char, usize) {
    match rest.as_bytes().first() {
        Some(b'b') => ('\u{8}', 1),
        Some(b'f') => ('\u{c}', 1),
        Some(b'n') => ('\n', 1),
        Some(b'r') => ('\r', 1),
        Some(b't') => ('\t', 1),
        Some(b'u') => match code_unit(rest, 1) {
            high @ 0xd800..=0xdbff => {
                let low = code_unit(rest, 7);
                let scalar = 0x1_0000 + ((high - 0xd800) << 10) + (low.wrapping_sub(0xdc00) & 0x3ff);
                (char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER), 11)
            }
            scalar => (char::from_u32(scalar).unwrap_or(char::REPLACEMENT_CHARACTER), 5),
        },
        Some(&plain) => (char::from(plain), 1),
        None => (char::REPLACEMENT_CHARACTER, 0),
    }
}

fn code_unit(rest: &str, at: usize) -> u32 {
    let digits = rest.as_bytes().get(at..at + 4).unwrap_or_default();
    digits.iter().fold(0, |value, digit| value << 4 | char::from(*digit).to_digit(16).unwrap_or(0))
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
