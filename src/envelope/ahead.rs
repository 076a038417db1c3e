//! Elements of a list that are taken as a whole, by whoever can tell where they end.

use super::frames::{Frame, Mode};
use super::{Span, Walker};
use crate::grammar::Before;
use crate::window::View;

/// How often the same bytes may be looked at to pass over a value, and then one inside of it.
const TRIES: u32 = 4;

/// Where values to pass over were looked at and could not be.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Looked {
    /// Offset up to which.
    to: u64,
    tries: u32,
}

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

    /// The value cannot be passed over as a whole, for which it was looked at up to an offset. There may be
    /// another in it that can; but not so many of them that the cost would grow with the depth.
    pub(crate) fn cannot_pass(&mut self, to: u64) {
        let tries = if self.offset < self.looked.to { self.looked.tries + 1 } else { 1 };
        self.looked = Looked { to: to.max(self.looked.to), tries };
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
            Some(Frame::Passed { .. }) if self.offset < self.looked.to && self.looked.tries >= TRIES => None,
            Some(Frame::Passed { .. }) => {
                Some(Elements { keyed: self.grammar.is_in_object(), are_items: false })
            }
            _ => None,
        }
    }
}

/// Nobody else could tell: what is not found here the walk comes to byte by byte, and it comes out alike.
#[cfg(test)]
mod tests {
    use super::{Element, Walker};
    use crate::Limits;
    use crate::envelope::Event;
    use crate::pam::{Statuses, profile};
    use crate::window::{PADDING, View};
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;

    fn padded(text: &str) -> Vec<u8> {
        let mut padded = text.as_bytes().to_vec();
        padded.resize(text.len() + PADDING, b'"');
        padded
    }

    /// The text, with a mark where an item was found (`^`), or a value to pass over (`~`), and where the
    /// walk stopped and none was (`|`).
    fn marked(limits: &Limits, text: &str) -> String {
        marked_where(limits, text, |_, _| {})
    }

    fn marked_where(limits: &Limits, text: &str, mut found: impl FnMut(&mut Walker, Element)) -> String {
        let padded = padded(text);
        let view = View::new(&padded, text.len(), 0);
        let (mut walker, mut statuses) = (Walker::new(profile(), limits, false), Statuses::new(limits));
        let (mut marked, mut done) = (String::new(), 0);
        while walker.walk(view, true, &mut statuses).unwrap() != Event::NeedInput {
            let stopped = walker.offset();
            let element = walker.next_element(view);
            let (at, mark) = match element {
                Some(element) if element.is_item => (element.offset, '^'),
                Some(element) => (element.offset, '~'),
                None => (stopped, '|'),
            };
            if let Some(element) = element {
                found(&mut walker, element);
            }
            let at = view.index(at);
            marked.push_str(&text[done..at]);
            marked.push(mark);
            done = at;
        }
        marked + &text[done..]
    }

    #[test]
    fn elements_are_found_behind_all_that_may_be_before_them() {
        for expected in [
            // The first key is read by the walk.
            r#"{"code":0,"remote_sessions":[ ^{"id":[1]}, ^2,^"s"|]}"#,
            r#"{"remote_sessions":{"0" : ^{"id":1}, "10":^2 , "007" :^[3]| } , "message":""}"#,
            r#"{"x":[~1, ~[~2,~[|]|]| ] , "remote_sessions":[^null|]}"#,
            r#"{"x":{| "a":~1, "b c" :~{|"":~2,"":~"s"|},"":~[|]|}}"#,
            // For the walk: a key with an escape, or with more than ASCII.
            r#"{"x":{|"a":~1|,"\n":~2|,"é":~3|}}"#,
        ] {
            assert_eq!(marked(&Limits::default(), &expected.replace(['^', '~', '|'], "")), expected);
        }
    }

    #[test]
    fn hostile_07_keys_are_read_up_to_their_limit() {
        let short = Limits { key: 15, ..Limits::default() };
        for (limits, length, is_read) in
            [(Limits::default(), 64, true), (Limits::default(), 65, false), (short.clone(), 15, true)]
        {
            let stop = if is_read { "" } else { "|" };
            let key = "7".repeat(length);
            let expected = format!(r#"{{"remote_sessions":{{"0":^1{stop},"{key}":^2|}}}}"#);
            assert_eq!(marked(&limits, &expected.replace(['^', '|'], "")), expected);
            let expected = format!(r#"{{"x":{{|"0":~1{stop},"{key}":~2|}}}}"#);
            assert_eq!(marked(&limits, &expected.replace(['~', '|'], "")), expected);
        }
    }

    #[test]
    fn an_element_is_keyed_if_keys_stand_before_it_and_its_neighbours() {
        for (text, keyed) in [
            (r#"{"remote_sessions":[1,2],"x":[3,[4],5]}"#, "00 0000"),
            (r#"{"remote_sessions":{"0":1,"1":2},"x":{"a":3,"b":{"c":4},"d":5}}"#, "11 1111"),
            (r#"{"x":[[{"a":[1]}],2]}"#, "00100"),
        ] {
            let mut found = String::new();
            marked_where(&Limits::default(), text, |_, element| {
                found.push(if element.is_keyed { '1' } else { '0' });
            });
            assert_eq!(found, keyed.replace(' ', ""), "{text}");
        }
    }

    /// Each value to pass over that is found was looked at up to the next mark (`!`) behind it.
    #[test]
    fn hostile_05_what_cannot_be_passed_over_is_gone_into_a_few_times_and_then_walked_through() {
        for expected in [
            r#"{"x":[~[~[~[~[[[1],2],3],4],5],6],7!|],"y":[~8,~[~9!|]|]}"#,
            r#"{"x":[~[~[~[~[[[1!|],~2|],~3|],~4|],~5],6!|],~7|],"y":[~8,~[~9!|]|]}"#,
            r#"{"x":[~[~1,~[~2!|]|],~[~[~[~[[3],4],5],6],7!|]|]}"#,
            r#"{"x":[~[~[~[~[[!~[~1|],~2|],~3],4],5],6!|],~7!|]}"#,
            r#"{"x":{|"a":~1,"b":~[~2,~3],"c":4,"d":[5!|],"e":~6!|}}"#,
            // The comma is no place to stop at.
            r#"{"x":[~1,~2,~3,~4,5,!6,~7,~8,~9,~10,11!,~[~12!|]|]}"#,
        ] {
            let places: Vec<_> = expected
                .replace(['~', '|'], "")
                .split('!')
                .scan(0, |at, part| {
                    *at += part.len() as u64;
                    Some(*at)
                })
                .collect();
            let text = expected.replace(['~', '|', '!'], "");
            let marked = marked_where(&Limits::default(), &text, |walker, element| {
                walker.cannot_pass(*places.iter().find(|place| **place > element.offset).unwrap());
            });
            assert_eq!(marked, expected.replace('!', ""));
        }
        // As far as any of them was looked at.
        let expected = r#"{"x":[~[~[~[~[[[1],2],3],4],5],6],7|],"y":[~8,~[~9|]|]}"#;
        let text = expected.replace(['~', '|'], "");
        let marked = marked_where(&Limits::default(), &text, |walker, element| {
            walker.cannot_pass(if element.offset == 6 { 30 } else { element.offset + 1 });
        });
        assert_eq!(marked, expected);
    }

    #[test]
    fn the_walk_stops_for_elements_only_if_it_is_to() {
        let text = r#"{"x":[1, {"a" : 2}],"y":{ "b":[]},"remote_sessions":[ "#;
        let (padded, limits) = (padded(text), Limits::default());
        let view = View::new(&padded, text.len(), 0);
        let mut walker = Walker::new(profile(), &limits, false);
        let event = walker.walk(view, false, &mut Statuses::new(&limits));
        assert_eq!((event.unwrap(), walker.offset()), (Event::NeedInput, text.len() as u64));
    }

    #[test]
    fn what_was_taken_or_passed_over_is_behind() {
        let limits = Limits::default();
        for (text, is_item) in
            [(r#"{"remote_sessions":[{}, {} ,3]}"#, true), (r#"{"others         ":[{}, {} ,3]}"#, false)]
        {
            let padded = padded(text);
            let view = View::new(&padded, text.len(), 0);
            let mut walker = Walker::new(profile(), &limits, false);
            assert_eq!(walker.walk(view, true, &mut Statuses::new(&limits)).unwrap(), Event::Elements);
            let found = |walker: &mut Walker| {
                walker.next_element(view).map(|element| (element.offset, element.is_item))
            };
            assert_eq!(found(&mut walker), Some((20, is_item)));
            if is_item {
                walker.take_item(2);
                walker.take_next_item(24, 2);
            } else {
                walker.pass(2);
                walker.pass_next(24, 2);
            }
            assert_eq!((walker.offset(), found(&mut walker)), (26, Some((28, is_item))), "{text}");
        }
    }
}
