//! The inside of strings and numbers, one byte at a time.

use crate::error::Fault;

/// Where a string stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Text {
    Plain,
    Escape,
    /// Hex digits of `\u` still to come, and their value so far. `low` when a low surrogate must result.
    Hex {
        left: u8,
        value: u16,
        low: bool,
    },
    /// A high surrogate was read: `\` and then `u` must follow.
    LowBackslash,
    LowU,
    /// Continuation bytes still to come; the first of them must lie in `from..=to`.
    Continuation {
        left: u8,
        from: u8,
        to: u8,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    Minus,
    Zero,
    Integer,
    Dot,
    Fraction,
    Exponent,
    ExponentSign,
    ExponentDigits,
}

impl Text {
    /// The state after a byte that is not the closing quote.
    pub(super) fn step(self, byte: u8) -> Result<Self, Fault> {
        match self {
            Self::Plain => match byte {
                b'\\' => Ok(Self::Escape),
                0x20..=0x7f => Ok(Self::Plain),
                0x00..=0x1f => Err(Fault::syntax("no unescaped control character in a string", byte)),
                // RFC 3629, section 4: the well-formed sequences by their first byte.
                0xc2..=0xdf => Ok(Self::Continuation { left: 1, from: 0x80, to: 0xbf }),
                0xe0 => Ok(Self::Continuation { left: 2, from: 0xa0, to: 0xbf }),
                0xed => Ok(Self::Continuation { left: 2, from: 0x80, to: 0x9f }),
                0xe1..=0xef => Ok(Self::Continuation { left: 2, from: 0x80, to: 0xbf }),
                0xf0 => Ok(Self::Continuation { left: 3, from: 0x90, to: 0xbf }),
                0xf1..=0xf3 => Ok(Self::Continuation { left: 3, from: 0x80, to: 0xbf }),
                0xf4 => Ok(Self::Continuation { left: 3, from: 0x80, to: 0x8f }),
                0x80..=0xc1 | 0xf5..=0xff => Err(Fault::syntax("UTF-8", byte)),
            },
            Self::Continuation { left, from, to } => match byte {
                _ if !(from..=to).contains(&byte) => Err(Fault::syntax("a UTF-8 continuation byte", byte)),
                _ if left == 1 => Ok(Self::Plain),
                _ => Ok(Self::Continuation { left: left - 1, from: 0x80, to: 0xbf }),
            },
            Self::Escape => match byte {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => Ok(Self::Plain),
                b'u' => Ok(Self::Hex { left: 4, value: 0, low: false }),
                _ => Err(Fault::syntax("an escape: one of `\"\\/bfnrtu`", byte)),
            },
            Self::Hex { left, value, low } => {
                let digit = match byte {
                    b'0'..=b'9' => byte - b'0',
                    b'a'..=b'f' => byte - b'a' + 10,
                    b'A'..=b'F' => byte - b'A' + 10,
                    _ => return Err(Fault::syntax("a hex digit of a `\\u` escape", byte)),
                };
                let value = value << 4 | u16::from(digit);
                if left > 1 {
                    return Ok(Self::Hex { left: left - 1, value, low });
                }
                match (value, low) {
                    (0xd800..=0xdbff, false) => Ok(Self::LowBackslash),
                    (0xdc00..=0xdfff, false) => {
                        Err(Fault::syntax("no low surrogate escape without a high one before it", byte))
                    }
                    (0xdc00..=0xdfff, true) | (_, false) => Ok(Self::Plain),
                    (_, true) => Err(Fault::syntax("a low surrogate escape (`\\uDC00` to `\\uDFFF`)", byte)),
                }
            }
            Self::LowBackslash if byte == b'\\' => Ok(Self::LowU),
            Self::LowU if byte == b'u' => Ok(Self::Hex { left: 4, value: 0, low: true }),
            Self::LowBackslash | Self::LowU => {
                Err(Fault::syntax("a low surrogate escape (`\\uDC00` to `\\uDFFF`)", byte))
            }
        }
    }
}

impl Number {
    /// The state after `byte`; else `None` if the number may end before it, or what it needed.
    pub(super) fn step(self, byte: u8) -> Result<Self, Option<&'static str>> {
        match (self, byte) {
            (Self::Minus, b'0') => Ok(Self::Zero),
            (Self::Minus, b'1'..=b'9') | (Self::Integer, b'0'..=b'9') => Ok(Self::Integer),
            (Self::Zero | Self::Integer, b'.') => Ok(Self::Dot),
            (Self::Dot | Self::Fraction, b'0'..=b'9') => Ok(Self::Fraction),
            (Self::Zero | Self::Integer | Self::Fraction, b'e' | b'E') => Ok(Self::Exponent),
            (Self::Exponent, b'+' | b'-') => Ok(Self::ExponentSign),
            (Self::Exponent | Self::ExponentSign | Self::ExponentDigits, b'0'..=b'9') => {
                Ok(Self::ExponentDigits)
            }
            (Self::Exponent, _) => Err(Some("a digit or a sign of the exponent")),
            _ if self.may_end() => Err(None),
            _ => Err(Some("a digit")),
        }
    }

    pub(super) fn may_end(self) -> bool {
        matches!(self, Self::Zero | Self::Integer | Self::Fraction | Self::ExponentDigits)
    }
}
