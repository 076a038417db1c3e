//! The way through flat, nested and duplicated envelopes to the items.
//!
//! [`Walker`] drives the [grammar](crate::grammar) over the bytes at hand and keeps, beside it,
//! one [`Frame`] for each container that may hold items: an envelope, a list, a step of a path.
//! Everything else is walked over: an envelope member that is kept ([`Watch::Capture`]), a scalar that
//! nobody asks for ([`Watch::Skip`]), an item ([`Watch::Item`]). Containers that nobody asks for are a frame
//! too ([`Frame::Passed`]): nothing of them is kept, and what is in them may be passed over by others. An object in a
//! list is a [`Candidate`] until one of its own members says that it is an envelope, or it ends.
//!
//! ```text
//! Prologue ──> Between ──key──> Name ──> Between ──value──> Inside(watch) ──end──> Between
//!                 │                                   └───> Frame pushed ────────> Between
//!                 └──object in a list──> Candidate ──ends──> item
//!                                            └──list member──> envelope Frame ───> Between
//! ```

mod ahead;
mod candidate;
mod elements;
mod frames;
mod profile;
mod prologue;

use alloc::string::String;
use alloc::vec::Vec;

pub(crate) use ahead::Element;
use ahead::Looked;
use candidate::Candidate;
use frames::{Frame, Mode, Role, Watch};
pub(crate) use profile::{MEMBERS, Names, Profile};
use prologue::{Outcome, Prologue};

use crate::error::{Error, ErrorKind, Fault, Found};
use crate::escape::means;
use crate::grammar::{Ending, Grammar, Signal};
use crate::limits::Limits;
use crate::scan::checked as text;
use crate::tolerated::{Deviation, Tolerance};
use crate::window::View;

/// Who is told about envelopes and their members.
pub(crate) trait Sink {
    /// An envelope begins; it lies inside those not yet closed.
    fn open(&mut self);
    /// A member of the innermost open envelope: its position in [`Names::members`], its value as
    /// sent, where that stands, and for how many occurrences this one stands.
    fn member(
        &mut self,
        member: usize,
        value: &str,
        offset: u64,
        times: u64,
        tolerance: &mut Tolerance,
    ) -> Result<(), Fault>;
    /// The innermost open envelope ended; `has_list` says whether it had a list member.
    fn close(&mut self, has_list: bool);
}

/// An item's place in the response: `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u64,
    pub(crate) end: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Item(Span),
    NeedInput,
    /// A list, or a container to pass over, was opened, a key in one was read, or an element of one ended
    /// that is no item: [`Walker::next_element`] may have the next.
    Elements,
}

/// What the end of the input means for the response as a whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    /// A root that is a number, and the item, is complete only now.
    Item(Span),
    /// Complete; whether there was a list (or the place of one was found).
    Complete { has_list: bool },
    /// Exactly the documented end without the outer brackets.
    Unclosed,
    /// Anything else that is not complete: what had to come.
    Truncated(&'static str),
}

/// The way to the items, between two bytes.
#[derive(Clone, Debug)]
pub(crate) struct Walker {
    grammar: Grammar,
    profile: Profile,
    prologue: Prologue,
    frames: Vec<Frame>,
    mode: Mode,
    candidate: Candidate,
    looked: Looked,
    tolerance: Tolerance,
    offset: u64,
    /// Where the root begins, once it has.
    root: Option<u64>,
    items: u64,
    has_list: bool,
    item_limit: u64,
    captured_limit: u64,
}

impl Walker {
    pub(crate) fn new(profile: Profile, limits: &Limits, skip_leading_text: bool) -> Self {
        // Text before a root of any kind could not be told from it.
        let skip_text = skip_leading_text && !matches!(profile, Profile::Root);
        Self {
            grammar: Grammar::new(limits),
            profile,
            prologue: Prologue::new(skip_text),
            frames: Vec::new(),
            mode: Mode::Prologue,
            candidate: Candidate::default(),
            looked: Looked::default(),
            tolerance: Tolerance::default(),
            offset: 0,
            root: None,
            items: 0,
            has_list: false,
            item_limit: limits.item as u64,
            captured_limit: limits.captured_value as u64,
        }
    }

    /// Offset of the next byte to be looked at.
    pub(crate) fn offset(&self) -> u64 {
        self.offset
    }

    /// Items complete so far.
    pub(crate) fn items(&self) -> u64 {
        self.items
    }

    pub(crate) fn tolerance(&mut self) -> &mut Tolerance {
        &mut self.tolerance
    }

    pub(crate) fn tolerated(&self) -> &Tolerance {
        &self.tolerance
    }

    /// Offset from which on bytes are still needed.
    pub(crate) fn keep(&self) -> u64 {
        match self.mode {
            Mode::Name { start } => start,
            Mode::Inside { watch: Watch::Item | Watch::Capture(_), start, .. } => start,
            Mode::Candidate => self.candidate.start,
            Mode::Prologue | Mode::Between | Mode::Inside { .. } => self.offset,
        }
    }

    /// Walks on to the end of the next item, or of the bytes at hand, or if `to_elements` to
    /// where others than the walk may go on. `view` must hold the bytes from [`keep`](Self::keep) on.
    pub(crate) fn walk(
        &mut self,
        view: View<'_>,
        to_elements: bool,
        sink: &mut impl Sink,
    ) -> Result<Event, Error> {
        while let Some(byte) = view.byte(self.offset) {
            if self.mode == Mode::Prologue && !self.begin_document(byte, sink)? {
                continue;
            }
            let at = self.offset;
            let signal = self.grammar.step(byte).map_err(|fault| self.fault(fault, at))?;
            self.offset += u64::from(signal != Signal::NumberEnd);
            let item = match self.mode {
                Mode::Prologue => None,
                Mode::Between => {
                    self.between(signal, byte, at, sink)?;
                    None
                }
                Mode::Name { start } => {
                    if signal == Signal::KeyEnd {
                        self.mode = Mode::Between;
                        self.name(text(view.slice(start + 1, at)), start, sink)?;
                    }
                    None
                }
                Mode::Inside { watch, start, depth } => {
                    self.inside(signal, watch, start, depth, view, sink)?
                }
                Mode::Candidate => self.candidate(signal, at, view, sink)?,
            };
            if let Some(span) = item {
                self.items += 1;
                return Ok(Event::Item(span));
            }
            if to_elements && !matches!(signal, Signal::Inside) && self.elements().is_some() {
                return Ok(Event::Elements);
            }
        }
        Ok(Event::NeedInput)
    }

    /// What it means that no byte follows. To be asked once [`walk`](Self::walk) needs input.
    pub(crate) fn end(&mut self) -> Result<Finish, Error> {
        if self.mode == Mode::Prologue {
            return Err(self.prologue.end(&self.profile, self.offset));
        }
        match self.grammar.end() {
            Ending::RootNumber => {
                let span = Span { start: self.keep(), end: self.offset };
                self.items += 1;
                self.mode = Mode::Between;
                Ok(Finish::Item(span))
            }
            Ending::Complete => Ok(Finish::Complete { has_list: self.has_list }),
            Ending::Incomplete(_) if self.is_unclosed() => Ok(Finish::Unclosed),
            Ending::Incomplete(expected) => Ok(Finish::Truncated(expected)),
        }
    }

    /// The index of the item that is being read, if one is.
    pub(crate) fn item_under_way(&self) -> Option<u64> {
        matches!(self.mode, Mode::Candidate | Mode::Inside { watch: Watch::Item, .. }).then_some(self.items)
    }

    /// The documented unclosed envelope, exactly: the root object announced itself before its
    /// only list; that list holds one envelope, closed; only white space follows.
    fn is_unclosed(&self) -> bool {
        let Profile::Envelopes(_) = self.profile else { return false };
        matches!(
            self.frames[..],
            [
                Frame::Envelope { lists: 1, announced: true, .. },
                Frame::List { keyed: false, elements: 1, envelope_last: true },
            ]
        ) && self.mode == Mode::Between
            && self.grammar.is_after_element()
    }

    fn fault(&self, fault: Fault, at: u64) -> Error {
        // Without a mark, the first byte of these encodings is a bracket as well.
        let in_root = self.mode == Mode::Between && self.grammar.depth() == 1;
        if fault.found == Found::Byte(0) && in_root && self.root == at.checked_sub(1) {
            let found = "`\\u{0}` right after the first bracket (UTF-16 or UTF-32)";
            let error = Fault::shape("a response in UTF-8", Found::Text(found)).at(at, None);
            return error.advise("look at what the server or a gateway makes of the list's encoding");
        }
        fault.at(at, self.item_under_way())
    }

    /// One byte before the JSON; true when it is the first byte of the JSON, or what follows that.
    fn begin_document(&mut self, byte: u8, sink: &mut impl Sink) -> Result<bool, Error> {
        match self.prologue.step(byte, self.offset, &self.profile, &mut self.tolerance)? {
            Outcome::Before => {
                self.offset += 1;
                return Ok(false);
            }
            Outcome::Begins => (self.mode, self.root) = (Mode::Between, Some(self.offset)),
            Outcome::Began { bracket, offset } => {
                self.mode = Mode::Between;
                let signal = self.grammar.step(bracket).map_err(|fault| fault.at(offset, None))?;
                self.between(signal, bracket, offset, sink)?;
            }
        }
        Ok(true)
    }

    /// A byte that belongs to a frame itself.
    fn between(&mut self, signal: Signal, byte: u8, at: u64, sink: &mut impl Sink) -> Result<(), Error> {
        match signal {
            Signal::Inside | Signal::KeyEnd | Signal::NumberEnd => {}
            Signal::KeyStart => self.mode = Mode::Name { start: at },
            Signal::ValueStart => self.value(byte, at, sink)?,
            Signal::ValueEnd => self.frame_ends(at, sink)?,
        }
        Ok(())
    }

    /// A member name of the innermost frame ended.
    fn name(&mut self, name: &str, start: u64, sink: &mut impl Sink) -> Result<(), Error> {
        let numeric = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        if let Some(Frame::ListObject) = self.frames.last() {
            let frame = if numeric {
                self.tolerance.note(Deviation::NumericObjectForList, start);
                Frame::List { keyed: true, elements: 0, envelope_last: false }
            } else {
                sink.open();
                Frame::Envelope { lists: 0, announced: false, next: Role::Skipped, list_place: Some(start) }
            };
            self.frames.pop();
            self.frames.push(frame);
        }
        match (self.frames.last_mut(), &self.profile) {
            (Some(Frame::Envelope { lists, announced, next, .. }), Profile::Envelopes(names)) => {
                *next = match names.role(name) {
                    Role::List => {
                        *lists += 1;
                        if *lists > 1 {
                            self.tolerance.note(Deviation::DuplicateMember, start);
                        }
                        Role::List
                    }
                    Role::Captured(member) => {
                        *announced |= *lists == 0 && member < names.announcing;
                        Role::Captured(member)
                    }
                    role => role,
                };
            }
            (Some(Frame::Way { level, next }), Profile::Path(path)) => {
                *next = match path.get(*level) {
                    Some(wanted) if means(name, wanted) && *level + 1 == path.len() => Role::List,
                    Some(wanted) if means(name, wanted) => Role::Way(*level + 1),
                    _ => Role::Skipped,
                };
            }
            (Some(Frame::List { keyed: true, .. }), _) if !numeric => {
                let fault = Fault::shape(
                    "a numeric key in an object in place of a list",
                    Found::Text("another member name"),
                );
                return Err(fault.at(start, None));
            }
            _ => {}
        }
        Ok(())
    }

    /// A value begins that belongs to the innermost frame.
    fn value(&mut self, byte: u8, at: u64, sink: &mut impl Sink) -> Result<(), Error> {
        let role = match self.frames.last_mut() {
            None => Role::Root,
            Some(Frame::Envelope { next, .. } | Frame::Way { next, .. }) => *next,
            Some(Frame::WayArray { level }) => Role::Way(*level),
            Some(Frame::List { elements, envelope_last, .. }) => {
                *elements += 1;
                *envelope_last = false;
                Role::Element
            }
            Some(Frame::ListObject | Frame::Passed { .. }) => Role::Skipped,
        };
        let role = match (role, &self.profile) {
            (Role::Root, Profile::Path(path)) if path.is_empty() => Role::List,
            (Role::Root, Profile::Path(_)) => Role::Way(0),
            (role, _) => role,
        };
        match (role, byte) {
            (Role::Root, _) if matches!(self.profile, Profile::Envelopes(_)) => {
                sink.open();
                self.frames.push(Frame::Envelope {
                    lists: 0,
                    announced: false,
                    next: Role::Skipped,
                    list_place: None,
                });
            }
            (Role::Root, _) => {
                self.has_list = true;
                self.watch(Watch::Item, byte, at);
            }
            (Role::Element, b'{') if matches!(self.profile, Profile::Envelopes(_)) => {
                self.candidate = Candidate::new(at, self.grammar.depth());
                self.mode = Mode::Candidate;
            }
            (Role::Element, _) => self.watch(Watch::Item, byte, at),
            (Role::List, _) => return self.list_begins(byte, at),
            (Role::Way(level), b'{') => self.frames.push(Frame::Way { level, next: Role::Skipped }),
            (Role::Way(level), b'[') => self.frames.push(Frame::WayArray { level }),
            (Role::Skipped, b'[' | b'{') => match self.frames.last_mut() {
                Some(Frame::Passed { depth }) => *depth += 1,
                _ => self.frames.push(Frame::Passed { depth: 1 }),
            },
            (Role::Way(_), b'n') | (Role::Skipped, _) => self.watch(Watch::Skip, byte, at),
            (Role::Way(_), _) => {
                let fault = Fault::shape("an object or an array on the way to the list", kind_of(byte));
                return Err(fault.at(at, None));
            }
            (Role::Captured(member), _) => self.watch(Watch::Capture(member), byte, at),
        }
        Ok(())
    }

    /// A value begins in the place of a list.
    fn list_begins(&mut self, byte: u8, at: u64) -> Result<(), Error> {
        self.has_list = true;
        let lenient = matches!(self.profile, Profile::Envelopes(_));
        match byte {
            b'[' => self.frames.push(Frame::List { keyed: false, elements: 0, envelope_last: false }),
            b'{' if lenient => self.frames.push(Frame::ListObject),
            b'n' if lenient => self.watch(Watch::Empty(Deviation::NullForList), byte, at),
            b'f' if lenient => self.watch(Watch::Empty(Deviation::FalseForList), byte, at),
            b'"' if lenient => self.watch(Watch::Empty(Deviation::EmptyTextForList), byte, at),
            _ => return Err(Fault::shape("a list of items", kind_of(byte)).at(at, None)),
        }
        Ok(())
    }

    fn watch(&mut self, watch: Watch, byte: u8, start: u64) {
        let container = matches!(byte, b'{' | b'[');
        self.mode = Mode::Inside { watch, start, depth: self.grammar.depth() - usize::from(container) };
    }

    /// The innermost frame's container was closed by the byte at `at`.
    fn frame_ends(&mut self, at: u64, sink: &mut impl Sink) -> Result<(), Error> {
        if let Some(Frame::Passed { depth: depth @ 2.. }) = self.frames.last_mut() {
            *depth -= 1;
            return Ok(());
        }
        match self.frames.pop() {
            Some(Frame::Envelope { lists, list_place, .. }) => {
                if let Some(first_name) = list_place {
                    if lists == 0 {
                        let fault = Fault::shape(
                            "a list of items, or an object with numeric keys or a list of its own",
                            Found::Text("an object with other members"),
                        );
                        return Err(fault.at(first_name, None));
                    }
                    self.tolerance.note(Deviation::EnvelopeForList, first_name);
                }
                sink.close(lists > 0);
                if let Some(Frame::List { envelope_last, .. }) = self.frames.last_mut() {
                    *envelope_last = true;
                }
            }
            Some(Frame::ListObject) => self.tolerance.note(Deviation::EmptyObjectForList, at),
            Some(Frame::List { .. } | Frame::Way { .. } | Frame::WayArray { .. } | Frame::Passed { .. })
            | None => {}
        }
        Ok(())
    }

    /// The error of an end of input that is not the end of the response.
    pub(crate) fn truncated(&self, expected: &str) -> Error {
        let mut message = String::from("expected ");
        message.push_str(expected);
        message.push_str(", found the end of the input");
        Error::new(ErrorKind::Truncated, message).at(self.offset).in_item(self.item_under_way())
    }
}

fn kind_of(byte: u8) -> Found {
    Found::Text(match byte {
        b'{' => "an object",
        b'[' => "an array",
        b'"' => "a string",
        b't' => "`true`",
        b'f' => "`false`",
        b'n' => "`null`",
        _ => "a number",
    })
}
