//! The strict JSON grammar (RFC 8259, UTF-8 per RFC 3629), one byte at a time.
//!
//! This is the readable machine that every faster path is judged by: it holds no text, only the
//! state of the token under way and one bit for each open container, so it can stop after any
//! byte and go on with the next. Whether a response is accepted, and at which byte it is refused
//! and why, is defined here and nowhere else.

mod nesting;
mod tokens;

use nesting::Nesting;
use tokens::{Number, Text};

use crate::error::Fault;
use crate::limits::Limits;

/// What one byte meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Signal {
    /// White space, punctuation, or a byte inside a token.
    Inside,
    /// The opening quote of a member name.
    KeyStart,
    /// The closing quote of a member name.
    KeyEnd,
    /// The first byte of a value. A container counts as open from here.
    ValueStart,
    /// The last byte of a value. A container counts as closed from here.
    ValueEnd,
    /// A number ended before this byte, which was *not* consumed: step again with it.
    NumberEnd,
}

/// What the end of the input means in a given state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    /// The one root value is complete.
    Complete,
    /// The root is a number, complete just now.
    RootNumber,
    /// More had to come: what.
    Incomplete(&'static str),
}

/// What comes next between two elements of an array, or two values of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Before {
    Comma,
    Key,
    Colon,
    Element,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Value,
    ElementOrEnd,
    KeyOrEnd,
    Key,
    Colon,
    CommaOrEnd,
    Done,
    Text { key: bool, text: Text },
    Number(Number),
    Literal { rest: &'static [u8] },
}

/// The state of the grammar between two bytes.
#[derive(Clone, Debug)]
pub(crate) struct Grammar {
    state: State,
    open: Nesting,
    /// Bytes so far of the member name or number under way.
    token: usize,
    key_limit: usize,
    number_limit: usize,
}

impl Grammar {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            state: State::Value,
            open: Nesting::new(limits.depth),
            token: 0,
            key_limit: limits.key,
            number_limit: limits.number,
        }
    }

    /// Containers open now.
    pub(crate) fn depth(&self) -> usize {
        self.open.depth
    }

    /// Takes the next byte. After a fault the machine must not be stepped again.
    pub(crate) fn step(&mut self, byte: u8) -> Result<Signal, Fault> {
        match self.state {
            State::Text { key, text } => self.text(byte, key, text),
            State::Number(number) => self.number(byte, number),
            State::Literal { rest } => self.literal(byte, rest),
            _ if matches!(byte, b' ' | b'\n' | b'\r' | b'\t') => Ok(Signal::Inside),
            State::Value => self.value(byte, "a value"),
            State::ElementOrEnd if byte == b']' => Ok(self.close()),
            State::ElementOrEnd => self.value(byte, "a value or `]`"),
            State::KeyOrEnd if byte == b'}' => Ok(self.close()),
            State::KeyOrEnd => self.key(byte, "a member name or `}`"),
            State::Key => self.key(byte, "a member name"),
            State::Colon if byte == b':' => self.inside(State::Value),
            State::Colon => Err(Fault::syntax("`:`", byte)),
            State::CommaOrEnd => match (byte, self.open.is_object()) {
                (b',', true) => self.inside(State::Key),
                (b',', false) => self.inside(State::Value),
                (b'}', true) | (b']', false) => Ok(self.close()),
                (_, true) => Err(Fault::syntax("`,` or `}`", byte)),
                (_, false) => Err(Fault::syntax("`,` or `]`", byte)),
            },
            State::Done => Err(Fault::syntax("nothing but white space after the end", byte)),
        }
    }

    /// What it means that no byte follows.
    pub(crate) fn end(&mut self) -> Ending {
        match self.state {
            State::Done => Ending::Complete,
            State::Number(number) if self.open.depth == 0 && number.may_end() => {
                self.state = State::Done;
                Ending::RootNumber
            }
            State::Value => Ending::Incomplete("a value"),
            State::ElementOrEnd => Ending::Incomplete("a value or `]`"),
            State::KeyOrEnd => Ending::Incomplete("a member name or `}`"),
            State::Key => Ending::Incomplete("a member name"),
            State::Colon => Ending::Incomplete("`:`"),
            State::CommaOrEnd if self.open.is_object() => Ending::Incomplete("`,` or `}`"),
            State::CommaOrEnd => Ending::Incomplete("`,` or `]`"),
            State::Text { .. } => Ending::Incomplete("the rest of a string"),
            State::Number(_) => Ending::Incomplete("the rest of a number, or what follows it"),
            State::Literal { .. } => Ending::Incomplete("the rest of `true`, `false` or `null`"),
        }
    }

    /// Whether an array with at least one element waits for `,` or `]`.
    pub(crate) fn is_after_element(&self) -> bool {
        self.state == State::CommaOrEnd && !self.open.is_object()
    }

    /// What has to come before the next element of an array, or the next member's value; none if
    /// something is under way.
    pub(crate) fn awaits_element(&self) -> Option<Before> {
        if self.open.depth == 0 {
            return None;
        }
        match (&self.state, self.open.is_object()) {
            (State::CommaOrEnd, _) => Some(Before::Comma),
            (State::Key, true) => Some(Before::Key),
            (State::Colon, true) => Some(Before::Colon),
            (State::Value, _) | (State::ElementOrEnd, false) => Some(Before::Element),
            _ => None,
        }
    }

    /// Whether the innermost open container is an object.
    pub(crate) fn is_in_object(&self) -> bool {
        self.open.depth > 0 && self.open.is_object()
    }

    /// Bytes that a member name may have.
    pub(crate) fn key_limit(&self) -> usize {
        self.key_limit
    }

    /// Containers that may still be opened.
    pub(crate) fn depth_left(&self) -> usize {
        self.open.limit - self.open.depth
    }

    /// Goes on as if all that has to come before the next element had been read.
    pub(crate) fn expect_element(&mut self) {
        debug_assert!(self.awaits_element().is_some(), "only between elements");
        self.state = State::Value;
    }

    /// Goes on as if a whole element had been read.
    pub(crate) fn skip_element(&mut self) {
        debug_assert!(self.awaits_element() == Some(Before::Element), "only before an element");
        self.state = State::CommaOrEnd;
    }

    fn inside(&mut self, state: State) -> Result<Signal, Fault> {
        self.state = state;
        Ok(Signal::Inside)
    }

    fn value(&mut self, byte: u8, expected: &'static str) -> Result<Signal, Fault> {
        self.state = match byte {
            b'"' => State::Text { key: false, text: Text::Plain },
            b'{' => {
                self.open.push(true)?;
                State::KeyOrEnd
            }
            b'[' => {
                self.open.push(false)?;
                State::ElementOrEnd
            }
            b't' => State::Literal { rest: b"rue" },
            b'f' => State::Literal { rest: b"alse" },
            b'n' => State::Literal { rest: b"ull" },
            b'-' => State::Number(Number::Minus),
            b'0' => State::Number(Number::Zero),
            b'1'..=b'9' => State::Number(Number::Integer),
            _ => return Err(Fault::syntax(expected, byte)),
        };
        self.token = 1;
        Ok(Signal::ValueStart)
    }

    fn key(&mut self, byte: u8, expected: &'static str) -> Result<Signal, Fault> {
        if byte != b'"' {
            return Err(Fault::syntax(expected, byte));
        }
        self.token = 0;
        self.state = State::Text { key: true, text: Text::Plain };
        Ok(Signal::KeyStart)
    }

    fn close(&mut self) -> Signal {
        self.open.pop();
        self.after_value();
        Signal::ValueEnd
    }

    fn after_value(&mut self) {
        self.state = if self.open.depth == 0 { State::Done } else { State::CommaOrEnd };
    }

    fn text(&mut self, byte: u8, key: bool, text: Text) -> Result<Signal, Fault> {
        if text == Text::Plain && byte == b'"' {
            if key {
                self.state = State::Colon;
                return Ok(Signal::KeyEnd);
            }
            self.after_value();
            return Ok(Signal::ValueEnd);
        }
        let text = text.step(byte)?;
        if key {
            self.token += 1;
            if self.token > self.key_limit {
                return Err(Fault::limit("a member name within the key limit in bytes", self.key_limit));
            }
        }
        self.inside(State::Text { key, text })
    }

    fn number(&mut self, byte: u8, number: Number) -> Result<Signal, Fault> {
        match number.step(byte) {
            Ok(number) => {
                self.token += 1;
                if self.token > self.number_limit {
                    return Err(Fault::limit("a number within the number limit in bytes", self.number_limit));
                }
                self.inside(State::Number(number))
            }
            Err(None) => {
                self.after_value();
                Ok(Signal::NumberEnd)
            }
            Err(Some(expected)) => Err(Fault::syntax(expected, byte)),
        }
    }

    fn literal(&mut self, byte: u8, rest: &'static [u8]) -> Result<Signal, Fault> {
        match rest {
            [last] if *last == byte => {
                self.after_value();
                Ok(Signal::ValueEnd)
            }
            [next, rest @ ..] if *next == byte => self.inside(State::Literal { rest }),
            _ => Err(Fault::syntax("`true`, `false` or `null`", byte)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::{ErrorKind, Found};
    use alloc::string::String;
    use alloc::vec::Vec;

    /// Runs a document; the fault and its place, or what the end of the input meant.
    fn run(text: &[u8]) -> Result<Ending, (usize, Fault)> {
        let mut grammar = Grammar::new(&Limits::default());
        let mut at = 0;
        while at < text.len() {
            match grammar.step(text[at]) {
                Ok(Signal::NumberEnd) => {}
                Ok(_) => at += 1,
                Err(fault) => return Err((at, fault)),
            }
        }
        Ok(grammar.end())
    }

    #[test]
    fn accepts_every_kind_of_value() {
        for text in [
            r#"{"a":[1,-0,0.5,1e9,1E-2,1.5e+3,true,false,null,"x",{},[]]}"#,
            " \t\r\n[ ] ",
            r#""\"\\\/\b\f\n\r\t\u0041\ud83d\ude00 é €""#,
            "\"\u{10ffff}\u{7f}\"",
            "null",
        ] {
            assert_eq!(run(text.as_bytes()), Ok(Ending::Complete), "{text}");
        }
        assert_eq!(run(b"12"), Ok(Ending::RootNumber));
    }

    #[test]
    fn refuses_at_the_offending_byte() {
        for (text, at) in [
            (&b"01"[..], 1),
            (b"+1", 0),
            (b".5", 0),
            (b"1.,", 2),
            (b"-x", 1),
            (b"1e,", 2),
            (b"NaN", 0),
            (b"nul1", 3),
            (b"[1,]", 3),
            (b"{\"a\":1,}", 7),
            (b"{\"a\" 1}", 5),
            (b"[1 2]", 3),
            (b"{} {}", 3),
            (b"[}", 1),
            (b"\"\x1f\"", 1),
            (b"\"\\x\"", 2),
            (b"\"\\u12g4\"", 5),
            (b"\"\\ud800\"", 7),
            (b"\"\\ud800\\n\"", 8),
            (b"\"\\ud800\\ud800\"", 12),
            (b"\"\\udc00\"", 6),
            (b"{\"\\udc00\":1}", 7),
            (b"\"\xc0\x80\"", 1),
            (b"\"\xe0\x80\x80\"", 2),
            (b"\"\xed\xa0\x80\"", 2),
            (b"\"\xf4\x90\x80\x80\"", 2),
            (b"\"\xe2\x82\"", 3),
            (b"\"\xff\"", 1),
        ] {
            let (found_at, fault) = run(text).expect_err("a fault");
            assert_eq!((found_at, fault.kind), (at, ErrorKind::Syntax), "{}", String::from_utf8_lossy(text));
        }
    }

    #[test]
    fn every_prefix_is_incomplete() {
        let text = r#"{"a":[1.5e3,true,"\u00e9€",null],"b":{}}"#.as_bytes();
        for cut in 0..text.len() {
            assert!(matches!(run(&text[..cut]), Ok(Ending::Incomplete(_))), "cut at {cut}");
        }
    }

    #[test]
    fn limits_hold_at_and_one_over() {
        let limits = Limits { depth: 3, key: 4, number: 5, ..Limits::default() };
        let verdict = |text: &str| {
            let mut grammar = Grammar::new(&limits);
            let mut bytes = text.bytes().peekable();
            while let Some(&byte) = bytes.peek() {
                match grammar.step(byte) {
                    Ok(Signal::NumberEnd) => {}
                    Ok(_) => drop(bytes.next()),
                    Err(fault) => return Some((text.len() - bytes.len(), fault.found)),
                }
            }
            None
        };
        assert_eq!(verdict("[[[]]]"), None);
        assert_eq!(verdict("[[[["), Some((3, Found::MoreThan(3))));
        assert_eq!(verdict(r#"{"abcd":1}"#), None);
        assert_eq!(verdict(r#"{"abcde":1}"#), Some((6, Found::MoreThan(4))));
        assert_eq!(verdict("[12345]"), None);
        assert_eq!(verdict("[123456]"), Some((6, Found::MoreThan(5))));
    }

    #[test]
    fn says_what_comes_next_between_two_elements() {
        let limits = Limits { depth: 5, ..Limits::default() };
        for (text, awaited, left) in [
            ("", None, 5),
            ("[", Some(Before::Element), 4),
            ("[ ", Some(Before::Element), 4),
            ("[1 ", Some(Before::Comma), 4),
            ("[1,", Some(Before::Element), 4),
            ("[[],", Some(Before::Element), 4),
            ("[[[]", Some(Before::Comma), 3),
            ("[1", None, 4),
            // Whoever asks has had the first key.
            ("{", None, 4),
            ("{\"", None, 4),
            ("{\"a\"", Some(Before::Colon), 4),
            ("{\"a\":", Some(Before::Element), 4),
            ("{\"a\":1 ", Some(Before::Comma), 4),
            ("{\"a\":1,", Some(Before::Key), 4),
            ("[{\"a\":1 ", Some(Before::Comma), 3),
            ("[{\"a\":", Some(Before::Element), 3),
            ("[{\"a\":1}", Some(Before::Comma), 4),
            ("[1]", None, 5),
        ] {
            let mut grammar = Grammar::new(&limits);
            for byte in text.bytes() {
                while grammar.step(byte).unwrap() == Signal::NumberEnd {}
            }
            assert_eq!((grammar.awaits_element(), grammar.depth_left()), (awaited, left), "{text}");
        }
    }

    #[test]
    fn the_depth_is_that_of_open_containers() {
        let mut grammar = Grammar::new(&Limits::default());
        let depths: Vec<_> =
            b"[{}]".iter().map(|&byte| grammar.step(byte).map(|_| grammar.depth())).collect();
        assert_eq!(depths, [Ok(1), Ok(2), Ok(1), Ok(0)]);
    }
}
