//! The parser without I/O: bytes in, items out; it owns the window.

mod builder;
mod summary;
mod whole;

use alloc::vec::Vec;

pub use builder::Builder;
pub use summary::{Completeness, Summary};

use crate::envelope::{Event, Finish, Span, Walker};
use crate::error::{Error, ErrorKind, Fault, Found};
use crate::item::{DuplicatePolicy, Item, Lane, Seen};
use crate::pam::{ApiError, Statuses};
use crate::scan::checked;
use crate::tolerated::Deviation;
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
    walker: Walker,
    statuses: Statuses,
    lane: Option<Lane>,
    item: Option<Span>,
    state: State,
    input_ended: bool,
    strict: bool,
    duplicates: DuplicatePolicy,
    completeness: Completeness,
}

#[derive(Clone, Debug)]
enum State {
    Running,
    Ended,
    Failed(Error),
}

impl Parser {
    /// A builder with default settings: the same one for all readers.
    pub fn builder() -> Builder {
        Builder::new()
    }

    fn new(builder: &Builder) -> Self {
        let limits = builder.limits.normalized();
        Self {
            window: Window::new(limits.window, limits.item.max(limits.captured_value).max(limits.key)),
            walker: Walker::new(builder.profile.clone(), &limits, builder.skip_leading_text),
            statuses: Statuses::new(&limits),
            lane: Lane::new(builder.path, builder.fields, &limits),
            item: None,
            state: State::Running,
            input_ended: false,
            strict: builder.strict,
            duplicates: builder.duplicates,
            completeness: Completeness::Unfinished,
        }
    }

    /// Room for more bytes, to be filled directly; then say how much with
    /// [`filled`](Self::filled). Never empty after [`Step::NeedInput`]. The current item stays valid.
    pub fn space(&mut self) -> &mut [u8] {
        let keep = self.item.map_or(u64::MAX, |item| item.start).min(self.walker.keep());
        self.window.space(keep)
    }

    /// Takes over the first `count` bytes of [`space`](Self::space).
    ///
    /// # Panics
    /// If there was less space than that.
    pub fn filled(&mut self, count: usize) {
        if count > 0 && self.refuses_input() {
            return;
        }
        self.window.fill(count);
    }

    /// Copies bytes in, as many as there is room for, and says how many those were: memory stays
    /// bounded whatever the chunk. After [`Step::NeedInput`] that is at least one.
    ///
    /// Bytes after the end of the input or after an error are refused: 0, and
    /// [`advance`](Self::advance) gives an error.
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        if bytes.is_empty() || self.refuses_input() {
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
        self.input_ended = true;
    }

    /// Works through the bytes at hand up to the next item or their end.
    ///
    /// # Errors
    /// Malformed, truncated or over a limit; or, at the end of the input, an error that the
    /// server reported. Every complete item before it was delivered. The error is final.
    #[inline]
    pub fn advance(&mut self) -> Result<Step, Error> {
        match &self.state {
            State::Running => {}
            State::Ended => return Ok(Step::End),
            State::Failed(error) => return Err(error.clone()),
        }
        self.item = None;
        match self.run() {
            Ok(Step::End) => {
                self.state = State::Ended;
                Ok(Step::End)
            }
            Ok(step) => Ok(step),
            Err(error) => Err(self.fail(error)),
        }
    }

    /// The item that [`Step::Item`] spoke of, until the next [`advance`](Self::advance).
    ///
    /// # Panics
    /// If the last step was no item.
    #[must_use]
    #[inline]
    pub fn item(&self) -> Item<'_> {
        let Some(Span { start, end }) = self.item else { panic!("item() is for after Step::Item") };
        let raw = checked(self.window.view().slice(start, end));
        let item = Item::new(raw, self.walker.items() - 1, start, self.duplicates);
        item.with_decoded(self.lane.as_ref().and_then(Lane::decoded))
    }

    /// What is known of the response so far; at the end, of all of it.
    #[must_use]
    pub fn summary(&self) -> Summary {
        let tolerated: Vec<_> = self.walker.tolerated().seen().collect();
        Summary::new(self.walker.items(), self.window.end(), self.completeness, tolerated, &self.statuses)
    }

    /// Ends the stream with an error from outside, such as a failed read, unless the bytes at hand
    /// have one of their own: they came first.
    #[cfg(any(feature = "std", feature = "async"))]
    pub(crate) fn break_off(&mut self, error: Error) -> Error {
        // The lane may be waiting for the rest of an item; the grammar looks at what is there.
        // All complete items were given before the source was asked for more.
        let error = match self.state {
            State::Running => self.walk().err().unwrap_or(error),
            State::Ended | State::Failed(_) => error,
        };
        self.fail(error)
    }

    /// Ends the stream with an error. A failure that came first stands.
    fn fail(&mut self, error: Error) -> Error {
        if let State::Failed(first) = &self.state {
            return first.clone();
        }
        self.completeness = match error.kind() {
            ErrorKind::Truncated | ErrorKind::Interrupted => Completeness::Truncated,
            ErrorKind::Unclosed => Completeness::UnclosedEnvelope,
            // An API error at a truncated end has set it already.
            _ if self.completeness == Completeness::Truncated => Completeness::Truncated,
            _ => Completeness::Failed,
        };
        self.item = None;
        self.state = State::Failed(error.clone());
        error
    }

    /// Items delivered so far.
    #[cfg(feature = "async")]
    pub(crate) fn items(&self) -> u64 {
        self.walker.items()
    }

    #[inline]
    fn run(&mut self) -> Result<Step, Error> {
        if let Some(lane) = &mut self.lane {
            lane.forget();
            if let Some((offset, depth)) = self.walker.next_object(self.window.view()) {
                match lane.look(&self.window, offset, depth) {
                    Seen::Item(length) => {
                        self.item = Some(self.walker.take_item(length));
                        return Ok(Step::Item);
                    }
                    Seen::Unfinished if !self.input_ended => return Ok(Step::NeedInput),
                    // The grammar says what is wrong with it, or that it ends too early.
                    Seen::Unfinished | Seen::Unclear => {}
                }
            }
        }
        self.walk()
    }

    /// Byte by byte to the end of the next item, or of the bytes at hand.
    #[inline(never)]
    fn walk(&mut self) -> Result<Step, Error> {
        match self.walker.walk(self.window.view(), &mut self.statuses) {
            Ok(Event::Item(span)) => {
                self.item = Some(span);
                if let Some(lane) = &mut self.lane {
                    lane.learn(checked(self.window.view().slice(span.start, span.end)));
                }
                Ok(Step::Item)
            }
            Ok(Event::NeedInput) if self.input_ended => self.finish(),
            Ok(Event::NeedInput) => Ok(Step::NeedInput),
            // What the server said about itself explains a strange shape better than the shape.
            Err(error) if error.kind() == ErrorKind::Shape => Err(self.api_error().unwrap_or(error)),
            Err(error) => Err(error),
        }
    }

    fn finish(&mut self) -> Result<Step, Error> {
        let at = self.walker.offset();
        match self.walker.end()? {
            Finish::Item(span) => {
                self.item = Some(span);
                return Ok(Step::Item);
            }
            Finish::Complete { has_list } => {
                if let Some(error) = self.api_error() {
                    return Err(error);
                }
                if !has_list {
                    let found = Found::Text("a complete response without one");
                    return Err(Fault::shape("a list of items", found).at(at, None));
                }
                self.completeness = Completeness::Complete;
            }
            Finish::Unclosed => {
                if let Some(error) = self.api_error() {
                    return Err(error);
                }
                self.walker.tolerance().note(Deviation::UnclosedEnvelope, at);
                if self.strict {
                    let message =
                        "expected the closing `]` and `}` of the outer envelope, found the end of the input";
                    return Err(Error::new(ErrorKind::Unclosed, message).at(at));
                }
                self.completeness = Completeness::UnclosedEnvelope;
            }
            Finish::Truncated(expected) => {
                self.completeness = Completeness::Truncated;
                return Err(self.api_error().unwrap_or_else(|| self.walker.truncated(expected)));
            }
        }
        Ok(Step::End)
    }

    fn api_error(&self) -> Option<Error> {
        self.statuses.error().map(|error: ApiError| error.into_error(ErrorKind::Api))
    }

    /// Whether bytes come too late; that itself is an error of the stream.
    fn refuses_input(&mut self) -> bool {
        let late = self.input_ended || matches!(self.state, State::Ended | State::Failed(_));
        if late {
            let message = "expected no bytes after the end of the input was declared, found some";
            self.fail(Error::new(ErrorKind::Syntax, message).at(self.window.end()));
        }
        late
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::scan::Path;
    use alloc::format;

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
                            taken += usize::from(parser.lane.as_ref().and_then(Lane::decoded).is_some());
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
}
