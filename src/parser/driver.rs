//! What turns bytes into items, wherever the bytes are kept: the walk, the fast lane beside it,
//! and what became of the response.

use alloc::vec::Vec;
use core::fmt;

use super::batch::Batch;
use super::{Builder, Completeness, Step, Summary};
use crate::envelope::{Element, Event, Finish, Span, Walker};
use crate::error::{Error, ErrorKind, Fault, Found};
use crate::item::{DuplicatePolicy, Item, Known, Lane, Seen};
use crate::limits::Limits;
#[cfg(feature = "async")]
use crate::pam::id_in;
use crate::pam::{ApiError, Statuses};
use crate::scan::checked;
use crate::tolerated::Deviation;
use crate::window::View;

/// A parser but for its bytes. Each call is given those at hand, from [`keep`](Self::keep) on at
/// least.
pub(crate) struct Driver {
    walker: Walker,
    statuses: Statuses,
    lane: Option<Lane>,
    item: Option<Span>,
    /// Of the last item before more bytes were needed.
    #[cfg(feature = "async")]
    last_id: Option<u64>,
    #[cfg(feature = "async")]
    reads_sessions: bool,
    state: State,
    input_ended: bool,
    strict: bool,
    duplicates: DuplicatePolicy,
    completeness: Completeness,
    #[cfg(feature = "client")]
    mask: Option<crate::error::Mask>,
}

/// How far it came, and nothing of the response: that may hold what nobody should read in a log.
impl fmt::Debug for Driver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Driver")
            .field("items", &self.walker.items())
            .field("offset", &self.walker.offset())
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Debug)]
enum State {
    Running,
    Ended,
    Failed(Error),
}

impl Driver {
    pub(crate) fn new(builder: &Builder, limits: &Limits) -> Self {
        Self {
            walker: Walker::new(builder.profile.clone(), limits, builder.skip_leading_text),
            statuses: Statuses::new(limits),
            lane: Lane::new(builder.path, builder.fields, limits),
            item: None,
            #[cfg(feature = "async")]
            last_id: None,
            #[cfg(feature = "async")]
            reads_sessions: !builder.fields.is_empty(),
            state: State::Running,
            input_ended: false,
            strict: builder.strict,
            duplicates: builder.duplicates,
            completeness: Completeness::Unfinished,
            #[cfg(feature = "client")]
            mask: None,
        }
    }

    /// See [`Parser::hide`](super::Parser::hide).
    #[cfg(feature = "client")]
    pub(crate) fn hide(&mut self, mask: crate::error::Mask) {
        self.statuses.hide(mask.clone());
        self.mask = Some(mask);
    }

    /// Offset from which on bytes are still needed, the current item's included.
    pub(crate) fn keep(&self) -> u64 {
        self.item.map_or(u64::MAX, |item| item.start).min(self.walker.keep())
    }

    /// No more bytes will come.
    pub(crate) fn end_of_input(&mut self) {
        self.input_ended = true;
    }

    /// See [`Parser::advance`](super::Parser::advance).
    #[inline]
    pub(crate) fn advance(&mut self, view: View<'_>) -> Result<Step, Error> {
        if let Some(lane) = &mut self.lane
            && let Some((offset, length)) = lane.next_ready()
        {
            self.item = Some(self.walker.take_next_item(offset, length));
            return Ok(Step::Item);
        }
        self.advance_further(view)
    }

    /// The same where no item is ready.
    #[inline(never)]
    fn advance_further(&mut self, view: View<'_>) -> Result<Step, Error> {
        match &self.state {
            State::Running => {}
            State::Ended => return Ok(Step::End),
            State::Failed(error) => return Err(error.clone()),
        }
        #[cfg(feature = "async")]
        let last = self.item;
        self.item = None;
        match self.run(view) {
            Ok(Step::End) => {
                self.state = State::Ended;
                Ok(Step::End)
            }
            Ok(Step::NeedInput) => {
                #[cfg(feature = "async")]
                if let Some(Span { start, end }) = last
                    && self.reads_sessions
                {
                    self.last_id = id_in(checked(view.slice(start, end)));
                }
                Ok(Step::NeedInput)
            }
            Ok(Step::Item) => Ok(Step::Item),
            Err(error) => Err(self.fail(error)),
        }
    }

    /// The current item, if there is one.
    #[inline]
    pub(crate) fn current<'a>(&'a self, view: View<'a>) -> Option<Item<'a>> {
        let Span { start, end } = self.item?;
        let item = self.as_item(checked(view.slice(start, end)), start).with_known(self.known());
        #[cfg(feature = "client")]
        let item = item.with_mask(self.mask.as_ref());
        Some(item)
    }

    /// Where the current item stands.
    #[inline]
    pub(crate) fn item(&self) -> Option<Span> {
        self.item
    }

    /// The current item, given its text and its offset.
    #[inline]
    pub(crate) fn as_item<'a>(&self, raw: &'a str, offset: u64) -> Item<'a> {
        Item::new(raw, self.walker.items() - 1, offset, self.duplicates)
    }

    /// What is known of the current item's members.
    #[inline]
    pub(crate) fn known(&self) -> Option<Known<'_>> {
        self.lane.as_ref().and_then(Lane::known)
    }

    /// See [`Parser::batch`](super::Parser::batch); none if there is no current item.
    #[inline]
    pub(crate) fn batch<'a>(&'a mut self, view: View<'a>) -> Option<Batch<'a>> {
        let Span { start, end } = self.item?;
        let first = self.as_item(checked(view.slice(start, end)), start);
        let (known, ready) = self.lane.as_mut().map(Lane::ready).unzip();
        let first = first.with_known(known.flatten());
        #[cfg(feature = "client")]
        let first = first.with_mask(self.mask.as_ref());
        Some(Batch::new(first, ready, view, &mut self.walker, &mut self.item, &self.statuses))
    }

    /// See [`Parser::summary`](super::Parser::summary); `end` is how many bytes there were.
    pub(crate) fn summary(&self, end: u64) -> Summary {
        let tolerated: Vec<_> = self.walker.tolerated().seen().collect();
        Summary::new(self.walker.items(), end, self.completeness, tolerated, &self.statuses)
    }

    /// See [`Parser::tenant`](super::Parser::tenant).
    #[cfg(any(feature = "std", feature = "async"))]
    pub(crate) fn tenant(&self) -> Option<&str> {
        self.statuses.tenant()
    }

    /// See [`Parser::break_off`](super::Parser::break_off).
    #[cfg(any(feature = "std", feature = "async"))]
    pub(crate) fn break_off(&mut self, view: View<'_>, error: Error) -> Error {
        // The lane may be waiting for the rest of an item; the grammar looks at what is there.
        // All complete items were given before the source was asked for more.
        let error = match self.state {
            State::Running => self.walk(view, false).err().unwrap_or(error),
            State::Ended | State::Failed(_) => error,
        };
        self.fail(error)
    }

    /// Items delivered so far.
    #[cfg(feature = "async")]
    pub(crate) fn items(&self) -> u64 {
        self.walker.items()
    }

    /// The id of the last of them, if it is a session that has a right one; known once more bytes are
    /// needed.
    #[cfg(feature = "async")]
    pub(crate) fn last_id(&self) -> Option<u64> {
        self.last_id
    }

    /// Ends the stream with an error. A failure that came first stands.
    fn fail(&mut self, error: Error) -> Error {
        if let State::Failed(first) = &self.state {
            return first.clone();
        }
        let error = error.last();
        #[cfg(feature = "client")]
        let error = self.mask.as_ref().map_or(error.clone(), |mask| error.masked(mask));
        self.completeness = match error.kind() {
            ErrorKind::Truncated | ErrorKind::Interrupted => Completeness::Truncated,
            ErrorKind::Unclosed => Completeness::UnclosedEnvelope,
            // An API error at a truncated end has set it already.
            _ if self.completeness == Completeness::Truncated => Completeness::Truncated,
            _ => Completeness::Failed,
        };
        self.item = None;
        // Nothing is given any more.
        if let Some(lane) = &mut self.lane {
            lane.give_no_more();
        }
        self.state = State::Failed(error.clone());
        error
    }

    #[inline]
    fn run(&mut self, view: View<'_>) -> Result<Step, Error> {
        loop {
            if let Some(lane) = &mut self.lane {
                lane.go_on();
            }
            if let Some(lane) = &mut self.lane
                && let Some(Element { offset, depth, is_item, is_keyed }) = self.walker.next_element(view)
            {
                let seen = lane.look(view, offset, depth);
                if is_keyed {
                    // The lane takes it for one of an array's.
                    lane.give_no_more();
                }
                match seen {
                    Seen::Item(length) if is_item => {
                        self.item = Some(self.walker.take_item(length));
                        return Ok(Step::Item);
                    }
                    Seen::Item(length) => {
                        self.walker.pass(length);
                        while let Some((offset, length)) = lane.next_ready() {
                            self.walker.pass_next(offset, length);
                        }
                        continue;
                    }
                    Seen::Unfinished if is_item && !self.input_ended => return Ok(Step::NeedInput),
                    // The grammar says what is wrong with it, or that it ends too early.
                    Seen::Unfinished | Seen::Unclear if is_item => {}
                    // It goes into what nobody asks for, of which nothing is kept.
                    Seen::Unfinished | Seen::Unclear => self.walker.cannot_pass(lane.forget(view)),
                }
            }
            if let Some(step) = self.walk(view, self.lane.is_some())? {
                return Ok(step);
            }
        }
    }

    /// Byte by byte to the end of the next item, or of the bytes at hand; or if `to_elements` to
    /// where the lane may go on, which is no step.
    #[inline(never)]
    fn walk(&mut self, view: View<'_>, to_elements: bool) -> Result<Option<Step>, Error> {
        match self.walker.walk(view, to_elements, &mut self.statuses) {
            Ok(Event::Item(span)) => {
                self.item = Some(span);
                if let Some(lane) = &mut self.lane {
                    lane.learn(checked(view.slice(span.start, span.end)));
                }
                Ok(Some(Step::Item))
            }
            Ok(Event::NeedInput) if self.input_ended => self.finish().map(Some),
            Ok(Event::NeedInput) => Ok(Some(Step::NeedInput)),
            Ok(Event::Elements) => Ok(None),
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
    pub(crate) fn refuses_input(&mut self, end: u64) -> bool {
        let late = self.input_ended || matches!(self.state, State::Ended | State::Failed(_));
        if late {
            let message = "expected no bytes after the end of the input was declared, found some";
            self.fail(Error::new(ErrorKind::Syntax, message).at(end));
        }
        late
    }
}
