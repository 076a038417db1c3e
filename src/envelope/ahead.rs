//! Elements of a list that are taken as a whole, by whoever can tell where they end.

use super::frames::{Frame, Mode};
use super::{Span, Walker};
use crate::grammar::Before;
use crate::window::View;

/// Bytes of a key that is read here; longer ones are left to the walk.
const KEY: usize = 64;

/// An element that is about to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) offset: u64,
    /// How many containers may be open in it, itself included.
    pub(crate) depth: usize,
    /// Or else it is passed over.
    pub(crate) is_item: bool,
    /// Then what comes behind the comma after it is another key.
    pub(crate) is_keyed: bool,
}

/// What comes one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Elements {
    /// Each stands behind a key.
    keyed: bool,
    /// Or else they are passed over.
    are_items: bool,
}

impl Walker {
    /// Where the next element of a list begins, or the next value to pass over, if all that is before it
    /// is at hand: then the walk goes on from there.
    #[inline]
    pub(crate) fn next_element(&mut self, view: View<'_>) -> Option<Element> {
        let elements = self.elements()?;
        let mut before = self.grammar.awaits_element()?;
        let bytes = view.bytes.get(view.index(self.offset)..)?;
        let mut at = 0;
        loop {
            match (before, bytes.get(at)?) {
                (_, b' ' | b'\n' | b'\r' | b'\t') => {}
                (Before::Comma, b',') => before = if elements.keyed { Before::Key } else { Before::Element },
                (Before::Key, b'"') => {
                    at += 1 + self.key_length(&bytes[at + 1..], elements.are_items)?;
                    before = Before::Colon;
                }
                (Before::Colon, b':') => before = Before::Element,
                (Before::Element, b'{' | b'[' | b'"' | b'-' | b'0'..=b'9' | b't' | b'f' | b'n') => break,
                _ => return None,
            }
            at += 1;
        }
        self.grammar.expect_element();
        self.offset += at as u64;
        Some(Element {
            offset: self.offset,
            depth: self.grammar.depth_left(),
            is_item: elements.are_items,
            is_keyed: elements.keyed,
        })
    }

    /// The length of a key that the bytes begin with, and that a quote ends; of items it is a number.
    #[inline(never)]
    fn key_length(&self, bytes: &[u8], of_items: bool) -> Option<usize> {
        let is_key = |byte: &u8| match of_items {
            true => byte.is_ascii_digit(),
            false => matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\'),
        };
        let length = bytes.iter().take(KEY + 1).position(|byte| !is_key(byte))?;
        let is_right =
            bytes[length] == b'"' && length <= self.grammar.key_limit() && !(of_items && length == 0);
        is_right.then_some(length)
    }

    /// Takes the next `length` bytes, an element of the list, for an item.
    #[inline]
    pub(crate) fn take_item(&mut self, length: usize) -> Span {
        self.grammar.skip_element();
        if let Some(Frame::List { elements, envelope_last, .. }) = self.frames.last_mut() {
            *elements += 1;
            *envelope_last = false;
        }
        let start = self.offset;
        self.offset += length as u64;
        self.items += 1;
        Span { start, end: self.offset }
    }

    /// Takes an object of the list that begins further on for the next item, right after another
    /// was taken: it, and what is between, was found to be in order. (The grammar stands after an
    /// element already, and the list has one.)
    #[inline]
    pub(crate) fn take_next_item(&mut self, offset: u64, length: usize) -> Span {
        self.offset = offset + length as u64;
        self.items += 1;
        Span { start: offset, end: self.offset }
    }

    /// Passes over the next `length` bytes, an element that nobody asks for.
    pub(crate) fn pass(&mut self, length: usize) {
        self.grammar.skip_element();
        self.offset += length as u64;
    }

    /// The same of an element further on, right after another: as [`take_next_item`](Self::take_next_item).
    #[inline]
    pub(crate) fn pass_next(&mut self, offset: u64, length: usize) {
        self.offset = offset + length as u64;
    }

    /// What the next byte stands between, if it belongs to a list itself or to what is passed over.
    #[inline]
    pub(super) fn elements(&self) -> Option<Elements> {
        match self.frames.last() {
            _ if self.mode != Mode::Between => None,
            Some(Frame::List { keyed, .. }) => Some(Elements { keyed: *keyed, are_items: true }),
            Some(Frame::Passed { keyed }) => Some(Elements { keyed: *keyed, are_items: false }),
            _ => None,
        }
    }
}
