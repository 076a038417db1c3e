//! Where an item does not fit a serde type. serde_json says where it had come to when it saw that: at the last byte
//! of the value, or of the name, that is in the way.

use alloc::format;
use alloc::string::String;

use super::Item;
use crate::error::{ItemError, escaped, excerpt};

impl Item<'_> {
    #[cold]
    pub(super) fn mismatch(&self, cause: serde_json::Error) -> ItemError {
        let token = token(self.raw, byte_of(self.raw, cause.line(), cause.column()));
        let found = format!("{}: {}", excerpt(&self.raw[token.from..token.to]), escaped(&reason(&cause)));
        let offset = self.offset + token.from as u64;
        let error = ItemError::new("a value that fits the type", found, self.index, offset);
        let error = match token.member {
            Some(name) => error.in_member(shown_name(name)),
            None => error,
        };
        self.shown(error.because(cause))
    }
}

/// What serde says, without the place in the item: the error has that in the response. It may have a whole
/// text of the item in it; of a long one the beginning and the end are left, which say what was expected.
fn reason(cause: &serde_json::Error) -> String {
    /// Characters at each end.
    const SHOWN: usize = 96;
    let text = format!("{cause}");
    let place = format!(" at line {} column {}", cause.line(), cause.column());
    let text = text.strip_suffix(&place).unwrap_or(&text);
    let ends = text.char_indices().nth(SHOWN).zip(text.char_indices().nth_back(SHOWN - 1));
    match ends {
        Some(((from, _), (to, _))) if from < to => format!("{}…{}", &text[..from], &text[to..]),
        _ => text.into(),
    }
}

/// A member's name, of a long one the beginning.
fn shown_name(name: &str) -> String {
    const SHOWN: usize = 48;
    match name.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", escaped(&name[..end])),
        None => escaped(name),
    }
}

/// A part of an item's text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Token<'a> {
    from: usize,
    to: usize,
    /// The item's own member that it is in.
    member: Option<&'a str>,
}

/// The string, number, literal or sign that a byte belongs to, of a text that is an item.
fn token(text: &str, at: usize) -> Token<'_> {
    let bytes = text.as_bytes();
    let (mut from, mut depth, mut member) = (0, 0usize, None);
    while from < bytes.len() {
        let mut to = from + 1;
        match bytes[from] {
            b'"' => to = end_of_string(bytes, to),
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            // The next one is another member's name, or an element.
            b',' if depth == 1 => member = None,
            b',' | b':' | b' ' | b'\t' | b'\n' | b'\r' => {}
            _ => to += bytes[to..].iter().take_while(|byte| !b",:]} \t\n\r".contains(byte)).count(),
        }
        // In an item that is an object, what comes first is a name.
        if depth == 1 && member.is_none() && bytes[0] == b'{' && bytes[from] == b'"' {
            member = Some(&text[from + 1..to - 1]);
        }
        if at < to {
            let is_over = depth == 0 && bytes[from] == b'}';
            return Token { from, to, member: member.filter(|_| !is_over) };
        }
        from = to;
    }
    Token { from: text.len(), to: text.len(), member: None }
}

/// Behind the quote that ends a string, of which the inside begins there.
fn end_of_string(bytes: &[u8], mut at: usize) -> usize {
    loop {
        match bytes.get(at) {
            Some(b'"') => return at + 1,
            Some(b'\\') => at += 2,
            Some(_) => at += 1,
            None => return bytes.len(),
        }
    }
}

/// The byte that serde_json's line and column (both counted from 1) point at, kept on a
/// character boundary.
fn byte_of(text: &str, line: usize, column: usize) -> usize {
    let line_start = match line.checked_sub(2) {
        None => 0,
        Some(nth) => memchr::memchr_iter(b'\n', text.as_bytes()).nth(nth).map_or(text.len(), |at| at + 1),
    };
    let mut at = (line_start + column.saturating_sub(1)).min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_and_a_column_are_a_byte() {
        let text = "ab\nc\u{e9}\n\nd";
        for (line, column, at) in [
            (1, 0, 0),
            (1, 1, 0),
            (1, 2, 1),
            (2, 1, 3),
            (2, 2, 4),
            // Inside of a character: where that begins.
            (2, 3, 4),
            (3, 0, 7),
            (4, 1, 8),
            // Behind the end.
            (4, 9, 9),
            (9, 1, 9),
        ] {
            assert_eq!(byte_of(text, line, column), at, "line {line}, column {column}");
        }
    }

    #[test]
    fn every_byte_belongs_to_a_token() {
        let text = r#"{"a\"b" : [-1.5e3,{"c":null}], "d":"é\\","e":true}"#;
        for (at, byte) in text.bytes().enumerate() {
            let token = token(text, at);
            assert!(token.from <= at && at < token.to, "{at}");
            let whole = &text[token.from..token.to];
            assert!(
                whole.len() == 1
                    || ["\"a\\\"b\"", "-1.5e3", "\"c\"", "null", "\"d\"", "\"é\\\\\"", "\"e\"", "true"]
                        .contains(&whole),
                "{whole} of {byte}"
            );
        }
        let of = |part: &str| token(text, text.find(part).unwrap()).member;
        assert_eq!(of("-1.5e3"), Some("a\\\"b"));
        assert_eq!(
            (of("null"), of("\"d\""), of("é"), of("true")),
            (Some("a\\\"b"), Some("d"), Some("d"), Some("e"))
        );
        assert_eq!(token(text, text.len() - 1).member, None);
        assert_eq!(token("[\"a\",1]", 5), Token { from: 5, to: 6, member: None });
        assert_eq!(token("", 0), Token { from: 0, to: 0, member: None });
    }

    #[test]
    fn what_divides_members_divides_no_string() {
        let text = r#"{"a, b":"c: d]} \" e","f":["g,h",{"i":1}],"j":2}"#;
        for part in [r#""a, b""#, r#""c: d]} \" e""#, r#""g,h""#] {
            let from = text.find(part).unwrap();
            for at in from..from + part.len() {
                let token = token(text, at);
                assert_eq!((token.from, token.to), (from, from + part.len()), "{at}");
            }
        }
        for (part, member) in [("c: d", "a, b"), ("g,h", "f"), ("1", "f"), ("2", "j")] {
            assert_eq!(token(text, text.find(part).unwrap()).member, Some(member));
        }
        assert_eq!(token(text, text.find("}]").unwrap()).member, Some("f"));
        // A string that does not end.
        assert_eq!(token(r#"["ab"#, 2), Token { from: 1, to: 4, member: None });
    }

    #[test]
    fn of_long_reasons_and_names_the_ends_are_left() {
        let reason_of = |text: &str| reason(&serde::de::Error::custom(text));
        let (begins, ends) = ("é".repeat(96), "z".repeat(96));
        let short = format!("{begins}{ends}");
        assert_eq!(reason_of(&short), short);
        for between in ["x", "xyz"] {
            assert_eq!(reason_of(&format!("{begins}{between}{ends}")), format!("{begins}…{ends}"));
        }
        let name = "é".repeat(48);
        assert_eq!(shown_name(&name), name);
        assert_eq!(shown_name(&format!("{name}x")), format!("{name}…"));
        assert_eq!(shown_name("a\u{1b}b"), escaped("a\u{1b}b"));
    }
}
