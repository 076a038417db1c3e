//! A fault in the bytes, and how input is shown in messages.

use alloc::string::String;
use core::fmt::Write as _;

use super::{Error, ErrorKind};

/// A fault in the bytes, before it is known where they stand: cheap, copied, never shown as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) kind: ErrorKind,
    pub(crate) expected: &'static str,
    pub(crate) found: Found,
}

/// What was found where something else was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    Byte(u8),
    Text(&'static str),
    /// More than this many bytes or levels.
    MoreThan(usize),
}

impl Fault {
    pub(crate) const fn syntax(expected: &'static str, found: u8) -> Self {
        Self { kind: ErrorKind::Syntax, expected, found: Found::Byte(found) }
    }

    pub(crate) const fn shape(expected: &'static str, found: Found) -> Self {
        Self { kind: ErrorKind::Shape, expected, found }
    }

    /// `what` says the thing and its unit: "a number of at most this many bytes".
    pub(crate) const fn limit(what: &'static str, limit: usize) -> Self {
        Self { kind: ErrorKind::Limit, expected: what, found: Found::MoreThan(limit) }
    }

    pub(crate) fn at(self, offset: u64, item: Option<u64>) -> Error {
        let mut message = String::from("expected ");
        message.push_str(self.expected);
        message.push_str(", found ");
        match self.found {
            Found::Byte(byte @ 0x20..=0x7e) => {
                let _ = write!(message, "`{}`", char::from(byte));
            }
            Found::Byte(byte) => {
                let _ = write!(message, "byte 0x{byte:02X}");
            }
            Found::Text(text) => message.push_str(text),
            Found::MoreThan(limit) => {
                let _ = write!(message, "more than the limit of {limit}");
            }
        }
        Error::new(self.kind, message).at(offset).in_item(item)
    }
}

/// At most 48 characters of `text` in back quotes, with everything escaped that could act on a
/// terminal or mislead a reader (controls, bidirectional marks), and a note of what was cut.
pub(crate) fn excerpt(text: &str) -> String {
    const SHOWN: usize = 48;
    let mut shown = String::with_capacity(SHOWN + 8);
    shown.push('`');
    let mut characters = text.chars();
    for character in characters.by_ref().take(SHOWN) {
        push_escaped(&mut shown, character);
    }
    shown.push('`');
    if characters.next().is_some() {
        shown.push('…');
    }
    shown
}

/// `text` with everything escaped that could act on a terminal or mislead a reader.
pub(crate) fn escaped(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    text.chars().for_each(|character| push_escaped(&mut shown, character));
    shown
}

fn push_escaped(shown: &mut String, character: char) {
    let hidden = matches!(character,
        '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{61c}' | '\u{fff9}'..='\u{fffb}');
    if character.is_control() || hidden {
        shown.extend(character.escape_default());
    } else {
        shown.push(character);
    }
}

impl From<&'static str> for Found {
    fn from(text: &'static str) -> Self {
        Self::Text(text)
    }
}
