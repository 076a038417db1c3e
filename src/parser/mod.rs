//! The parser without I/O: bytes in, items out; it owns the window.

mod batch;
mod builder;
mod driver;
mod summary;
mod whole;

pub use batch::Batch;
pub use builder::Builder;
pub(crate) use driver::Driver;
pub use summary::{Completeness, Summary};

use crate::error::Error;
use crate::item::Item;
use crate::window::Window;

/// What [`Parser::advance`] came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[must_use]
pub enum Step {
    /// An item is complete: see [`Parser::item`].
    Item,
    /// All bytes at hand are used up: give more, or say that there are none.
    NeedInput,
    /// The response was complete.
    End,
}

/// A parser that does no I/O: give it bytes as they come, ask it for the next step.
///
/// An item comes out as soon as its last byte is in (a bare number with the byte after it, for
/// only that tells its end). No byte is looked at twice, whatever the chunks.
///
/// ```
/// use remote_sessions::{Builder, Step};
/// let body = br#"{"code":200,"remote_sessions":[{"id":"3"},{"id":"6"}]}"#;
/// let mut parser = Builder::new().build_parser();
/// let (mut rest, mut ids) = (&body[..], Vec::new());
/// loop {
///     match parser.advance()? {
///         Step::Item => ids.push(parser.item().session()?.id()),
///         Step::NeedInput if rest.is_empty() => parser.end_of_input(),
///         Step::NeedInput => rest = &rest[parser.push(rest)..],
///         Step::End => break,
///     }
/// }
/// assert_eq!(ids, [3, 6]);
/// # Ok::<(), remote_sessions::Error>(())
/// ```
#[derive(Debug)]
pub struct Parser {
    window: Window,
    driver: Driver,
}

impl Parser {
    /// A builder with default settings: the same one for all readers.
    pub fn builder() -> Builder {
        Builder::new()
    }

    fn new(builder: &Builder) -> Self {
        let (driver, window, _) = builder.parts();
        Self { window, driver }
    }

    /// Room for more bytes, to be filled directly; then say how much with
    /// [`filled`](Self::filled). Never empty after [`Step::NeedInput`]. While there is an item it may be: then
    /// [`advance`](Self::advance) first. The current item stays valid.
    pub fn space(&mut self) -> &mut [u8] {
        let keep = self.driver.keep();
        match self.driver.item() {
            // There may be others behind it.
            Some(_) => self.window.spare(keep),
            None => self.window.space(keep),
        }
    }

    /// Takes over the first `count` bytes of [`space`](Self::space).
    ///
    /// # Panics
    /// If there was less space than that.
    pub fn filled(&mut self, count: usize) {
        if count > 0 && self.driver.refuses_input(self.window.end()) {
            return;
        }
        self.window.fill(count);
    }

    /// Copies bytes in, as many as there is [room](Self::space) for, and says how many those were: memory stays
    /// bounded whatever the chunk. After [`Step::NeedInput`] that is at least one. None means that it is time to
    /// [`advance`](Self::advance): whoever only pushes pushes for ever.
    ///
    /// Bytes after the end of the input or after an error are refused: 0, and
    /// [`advance`](Self::advance) gives an error.
    #[must_use = "what there was no room for is to be pushed again"]
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        if bytes.is_empty() || self.driver.refuses_input(self.window.end()) {
            return 0;
        }
        let space = self.space();
        let count = bytes.len().min(space.len());
        space[..count].copy_from_slice(&bytes[..count]);
        self.window.fill(count);
        count
    }

    /// Says that no more bytes will come, and that the transport ended properly: only then can
    /// the response be complete.
    pub fn end_of_input(&mut self) {
        self.driver.end_of_input();
    }

    /// Works through the bytes at hand up to the next item or their end.
    ///
    /// # Errors
    /// Malformed, truncated or over a limit; or, at the end of the input, an error that the
    /// server reported. Every complete item before it was delivered. The error is final.
    #[inline]
    pub fn advance(&mut self) -> Result<Step, Error> {
        self.driver.advance(self.window.view())
    }

    /// The item that [`Step::Item`] spoke of, until the next [`advance`](Self::advance).
    ///
    /// # Panics
    /// If the last step was no item.
    #[must_use]
    #[inline]
    pub fn item(&self) -> Item<'_> {
        match self.driver.current(self.window.view()) {
            Some(item) => item,
            None => panic!("item() is for after Step::Item"),
        }
    }

    /// The item that [`Step::Item`] spoke of, and those that are known to follow it.
    ///
    /// # Panics
    /// If the last step was no item.
    #[must_use]
    #[inline]
    pub fn batch(&mut self) -> Batch<'_> {
        match self.driver.batch(self.window.view()) {
            Some(batch) => batch,
            None => panic!("batch() is for after Step::Item"),
        }
    }

    /// What is known of the response so far; at the end, of all of it.
    #[must_use]
    pub fn summary(&self) -> Summary {
        self.driver.summary(self.window.end())
    }

    /// The tenant of the current item, if its envelope has named one before it.
    #[cfg(feature = "std")]
    pub(crate) fn tenant(&self) -> Option<&str> {
        self.driver.tenant()
    }

    /// Ends the stream with an error from outside, such as a failed read, unless the bytes at hand
    /// have one of their own: they came first.
    #[cfg(feature = "std")]
    pub(crate) fn break_off(&mut self, error: Error) -> Error {
        self.driver.break_off(self.window.view(), error)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::scan::Path;
    use alloc::format;
    use alloc::vec::Vec;

    /// The suites compare what comes out; this is about which way it comes: a lane that takes
    /// nothing would pass them all.
    #[test]
    fn the_lane_takes_the_items_of_a_list_wherever_the_window_stands() {
        let items: Vec<_> = (0..2000)
            .map(|id| format!(r#"{{"id":"{id}","user":"{}","end":null}}"#, "u".repeat(id % 60)))
            .collect();
        let body = format!(r#"{{"remote_sessions":[{}]}}"#, items.join(","));
        for path in Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar) {
            for (window, chunk) in [(256, 64), (1000, 333), (4096, 4096), (64 * 1024, 64 * 1024)] {
                let limits = Limits { window, ..Limits::default() };
                let mut parser = Builder::new().limits(limits).scan_path(path).build_parser();
                let (mut taken, mut given) = (0, 0);
                for mut rest in body.as_bytes().chunks(chunk) {
                    while !rest.is_empty() {
                        rest = &rest[parser.push(rest)..];
                        while parser.advance().unwrap() == Step::Item {
                            assert_eq!(parser.item().raw(), items[given]);
                            given += 1;
                            taken += usize::from(parser.item().known().is_some());
                        }
                    }
                }
                assert_eq!(given, items.len());
                assert!(
                    taken >= given - 10,
                    "{taken} of {given} with {path:?}, window {window}, chunks of {chunk}"
                );
            }
        }
    }

    /// A list of one large item, and one of many short lists, are read as fast as one long list.
    #[test]
    fn the_lane_takes_the_first_item_of_each_list() {
        let envelope = r#"{"code":200,"remote_sessions": [ {"id":"1"}]}"#;
        let envelopes = format!(r#"{{"remote_sessions":[{envelope},{envelope}]}}"#);
        let sessions = Builder::new();
        for (builder, body, items) in [
            (sessions.clone(), r#"{"remote_sessions":[{"id":"1"}]}"#, 1),
            (sessions.clone(), "{\"remote_sessions\":[\n\t{\"id\":\"1\"} ]}", 1),
            (sessions.clone(), r#"{"remote_sessions":[],"remote_sessions":[{"id":"1"}]}"#, 1),
            (sessions.clone(), &envelopes, 2),
            (Builder::new().items_at(["rows"]), r#"{"a":[1],"rows":[{"id":"1"},{"x":[]}]}"#, 2),
            (
                sessions.clone(),
                r#"{"remote_sessions":{"0":{"id":"1"}, "10" : {"id":"2"},"7":{"id":"3"}}}"#,
                3,
            ),
            (Builder::new().items_at([""; 0]), r#"[{"id":"1"}]"#, 1),
        ] {
            for path in Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar) {
                let mut parser = builder.clone().scan_path(path).build_parser();
                assert_eq!(parser.push(body.as_bytes()), body.len());
                for item in 0..items {
                    assert_eq!(parser.advance().unwrap(), Step::Item, "{body}");
                    assert!(parser.item().known().is_some(), "{path:?} {item} of {body}");
                }
                parser.end_of_input();
                assert_eq!(parser.advance().unwrap(), Step::End, "{body}");
            }
        }
    }

    /// The index has room for some six thousand quotes at a time.
    #[test]
    fn the_lane_takes_items_with_more_quotes_than_the_index_has_room_for() {
        let many = |open, close| format!("{open}{}[\"b\",{{}}]{close}", r#"{"a":["b"]},"#.repeat(4000));
        let item = format!(r#"{{"id":1,"x":{},"user":"u"}}"#, many("[", "]"));
        let body = format!(r#"{{"remote_sessions":[{item},{{"id":2}},{item}]}}"#);
        for path in Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar) {
            for chunk in [1 << 20, 40_000, 1000] {
                let mut parser = Builder::new().scan_path(path).build_parser();
                let mut given = 0;
                for mut rest in body.as_bytes().chunks(chunk) {
                    while !rest.is_empty() {
                        rest = &rest[parser.push(rest)..];
                        while parser.advance().unwrap() == Step::Item {
                            let known = parser.item().known().expect("what is known of it");
                            assert_eq!(
                                known.decoded.strings & 2 != 0,
                                given != 1,
                                "{path:?} {chunk} {given}"
                            );
                            given += 1;
                        }
                    }
                }
                assert_eq!(given, 3, "{path:?} {chunk}");
            }
        }
    }

    /// Seen by the layout that it has learned from them.
    #[test]
    fn the_lane_passes_over_what_nobody_asks_for() {
        let item = r#"{"id":"1","user":"u"}"#;
        let others = [item; 40].join(",");
        let keyed: Vec<_> = (0..40).map(|key| format!(r#""key {key}" : {item}"#)).collect();
        for passed in [format!("[{others}]"), format!("{{{}}}", keyed.join(","))] {
            let body = format!(r#"{{"others":{passed},"remote_sessions":[{item}]}}"#);
            for path in Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar) {
                // It is not waited for, either: the walk goes past the rest of what is not all there.
                for chunk in [body.len(), 100] {
                    let mut parser = Builder::new().scan_path(path).build_parser();
                    let mut given = 0;
                    for part in body.as_bytes().chunks(chunk) {
                        assert_eq!(parser.push(part), part.len());
                        while parser.advance().unwrap() == Step::Item {
                            let known = parser.item().known().expect("what is known of it");
                            assert!(known.shape.is_some(), "{path:?} {chunk} {body}");
                            given += 1;
                        }
                    }
                    parser.end_of_input();
                    assert_eq!((parser.advance().unwrap(), given), (Step::End, 1), "{path:?} {chunk} {body}");
                }
            }
        }
    }

    #[test]
    fn hostile_15_nothing_is_given_after_an_error_though_items_are_ready() {
        let items: Vec<_> = (0..100).map(|id| format!(r#"{{"id":"{id}","end":null}}"#)).collect();
        let body = format!(r#"{{"remote_sessions":[{}]}}"#, items.join(","));
        for path in Path::ALL.into_iter().filter(|path| path.is_available()) {
            // Somewhere in the middle of those that were looked at together, and at both ends.
            for given in 30..70 {
                let mut parser = Builder::new().scan_path(path).build_parser();
                assert_eq!(parser.push(body.as_bytes()), body.len());
                for _ in 0..given {
                    assert_eq!(parser.advance().unwrap(), Step::Item);
                }
                parser.end_of_input();
                assert_eq!(parser.push(b" "), 0);
                for _ in 0..2 {
                    let error = parser.advance().unwrap_err();
                    assert_eq!(error.kind(), crate::ErrorKind::Syntax, "{path:?} {given}");
                }
                assert_eq!(parser.summary().items(), given);
            }
        }
    }
}
