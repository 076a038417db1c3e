//! What stands before the JSON: white space, a byte order mark, a PHP warning.

use alloc::string::String;

use super::profile::Profile;
use crate::error::{Error, ErrorKind, excerpt};
use crate::tolerated::{Deviation, Tolerance};

const BYTE_ORDER_MARK: [u8; 3] = [0xef, 0xbb, 0xbf];

/// Bytes of leading text that an error may show; one more tells that there is more.
const KEPT: usize = 49;

/// What one byte before the JSON meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// The byte belongs to what stands before the JSON.
    Before,
    /// The JSON begins with this byte.
    Begins,
    /// The JSON began with this opening bracket at this offset; then white space; now this byte.
    Began { bracket: u8, offset: u64 },
}

/// The state before the JSON, between two bytes.
#[derive(Clone, Debug)]
pub(super) struct Prologue {
    state: State,
    skip_text: bool,
    /// The first bytes that are not JSON, and where.
    text: [u8; KEPT],
    length: usize,
    offset: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Mark(usize),
    Space,
    Text,
    /// While skipping text: a bracket that may begin the JSON.
    Bracket {
        bracket: u8,
        offset: u64,
    },
}

impl Prologue {
    pub(super) fn new(skip_text: bool) -> Self {
        Self { state: State::Mark(0), skip_text, text: [0; KEPT], length: 0, offset: 0 }
    }

    pub(super) fn step(
        &mut self,
        byte: u8,
        offset: u64,
        profile: &Profile,
        tolerance: &mut Tolerance,
    ) -> Result<Outcome, Error> {
        if let State::Mark(matched) = self.state {
            if byte == BYTE_ORDER_MARK[matched] {
                if matched < 2 {
                    self.state = State::Mark(matched + 1);
                } else {
                    self.state = State::Space;
                    tolerance.note(Deviation::ByteOrderMark, 0);
                }
                return Ok(Outcome::Before);
            }
            self.state = State::Space;
            for &mark in &BYTE_ORDER_MARK[..matched] {
                self.keep(mark, 0);
                self.state = State::Text;
            }
        }
        let space = matches!(byte, b' ' | b'\n' | b'\r' | b'\t');
        match self.state {
            State::Space if space => return Ok(Outcome::Before),
            State::Space if !self.skip_text && profile.root(byte).is_ok() => return Ok(Outcome::Begins),
            State::Bracket { .. } if space => return Ok(Outcome::Before),
            State::Bracket { bracket, offset } if may_follow(bracket, byte) => {
                if self.length > 0 {
                    tolerance.note(Deviation::LeadingText, self.offset);
                }
                return Ok(Outcome::Began { bracket, offset });
            }
            State::Bracket { bracket, offset } => self.keep(bracket, offset),
            _ => {}
        }
        if self.skip_text && matches!(byte, b'{' | b'[') && profile.root(byte).is_ok() {
            self.state = State::Bracket { bracket: byte, offset };
            return Ok(Outcome::Before);
        }
        self.state = State::Text;
        self.keep(byte, offset);
        if !self.skip_text && self.length == KEPT { Err(self.refusal(profile)) } else { Ok(Outcome::Before) }
    }

    /// The error when the input ends before any JSON.
    pub(super) fn end(&self, profile: &Profile, at: u64) -> Error {
        match self.state {
            State::Text => self.refusal(profile),
            State::Bracket { .. } => truncated("a member name or a value", at),
            State::Mark(_) | State::Space => truncated("a JSON response", at),
        }
    }

    fn keep(&mut self, byte: u8, offset: u64) {
        if self.length == 0 {
            self.offset = offset;
        }
        if self.length < KEPT {
            self.text[self.length] = byte;
            self.length += 1;
        }
    }

    fn refusal(&self, profile: &Profile) -> Error {
        let expected = profile.root(b'x').err().unwrap_or("a JSON value");
        let mut message = String::from("expected ");
        message.push_str(expected);
        message.push_str(", found ");
        message.push_str(&excerpt(&String::from_utf8_lossy(&self.text[..self.length])));
        let error = Error::new(ErrorKind::Shape, message).at(self.offset);
        if self.skip_text {
            error
        } else {
            error.advise(
                "look at what the server or a gateway sent instead of the list; \
                 text before the JSON can be skipped on request (skip leading text)",
            )
        }
    }
}

fn truncated(expected: &str, at: u64) -> Error {
    let mut message = String::from("expected ");
    message.push_str(expected);
    message.push_str(", found the end of the input");
    Error::new(ErrorKind::Truncated, message).at(at)
}

/// Whether a bracket inside arbitrary text, with this byte after it, is taken for the JSON's
/// first one: `{closure}` and `[24-Nov-2026 …]` occur in PHP's messages.
fn may_follow(bracket: u8, byte: u8) -> bool {
    match bracket {
        b'{' => matches!(byte, b'"' | b'}'),
        _ => matches!(byte, b'"' | b'{' | b'[' | b']'),
    }
}
