//! What is walked over as a whole: items, candidates, captured and skipped members.

use super::frames::{Frame, Mode, Role, Watch};
use super::profile::Profile;
use super::{Sink, Span, Walker};
use crate::error::{Error, Fault, Found};
use crate::grammar::Signal;
use crate::scan::checked as text;
use crate::tolerated::Deviation;
use crate::window::View;

impl Walker {
    /// A byte inside a value that is walked over; the item, if it was the end of one.
    pub(super) fn inside(
        &mut self,
        signal: Signal,
        watch: Watch,
        start: u64,
        depth: usize,
        view: View<'_>,
        sink: &mut impl Sink,
    ) -> Result<Option<Span>, Error> {
        let ended = matches!(signal, Signal::ValueEnd | Signal::NumberEnd) && self.grammar.depth() == depth;
        match watch {
            Watch::Skip => {}
            Watch::Item => self.check_item(start)?,
            Watch::Capture(_) => self.check_captured(start, self.offset)?,
            Watch::Empty(Deviation::EmptyTextForList) if !ended => {
                let fault = Fault::shape("a list of items", Found::Text("a string that is not empty"));
                return Err(fault.at(start, None));
            }
            Watch::Empty(_) => {}
        }
        if !ended {
            return Ok(None);
        }
        self.mode = Mode::Between;
        match watch {
            Watch::Skip => {}
            Watch::Item => return Ok(Some(Span { start, end: self.offset })),
            Watch::Capture(member) => self.capture(member, (start, self.offset), 1, view, sink)?,
            Watch::Empty(deviation) => self.tolerance.note(deviation, start),
        }
        Ok(None)
    }

    /// A byte inside an object that may be an item or an envelope.
    pub(super) fn candidate(
        &mut self,
        signal: Signal,
        at: u64,
        view: View<'_>,
        sink: &mut impl Sink,
    ) -> Result<Option<Span>, Error> {
        self.check_item(self.candidate.start)?;
        if signal == Signal::Inside {
            return Ok(None);
        }
        let (depth, own) = (self.grammar.depth(), self.candidate.depth);
        match signal {
            Signal::KeyStart if depth == own => self.candidate.key_starts(at),
            Signal::KeyEnd if depth == own => {
                let Profile::Envelopes(names) = self.profile else { return Ok(None) };
                match names.role(text(view.slice(self.candidate.key() + 1, at))) {
                    Role::List => self.become_envelope(view, sink)?,
                    Role::Captured(member) => self.candidate.expect(Some(member)),
                    _ => self.candidate.expect(None),
                }
            }
            Signal::ValueStart => {
                let container = matches!(view.byte(at), Some(b'{' | b'['));
                if depth - usize::from(container) == own {
                    self.candidate.value_starts(at);
                }
            }
            Signal::ValueEnd | Signal::NumberEnd if depth == own => self.candidate.value_ends(self.offset),
            Signal::ValueEnd if depth < own => {
                self.mode = Mode::Between;
                return Ok(Some(Span { start: self.candidate.start, end: self.offset }));
            }
            _ => {}
        }
        Ok(None)
    }

    /// The candidate has a list of its own: it is an envelope, and the list's value comes next.
    fn become_envelope(&mut self, view: View<'_>, sink: &mut impl Sink) -> Result<(), Error> {
        sink.open();
        self.frames.push(Frame::Envelope { lists: 1, announced: false, next: Role::List, list_place: None });
        self.mode = Mode::Between;
        for (member, note) in self.candidate.notes() {
            if note.times > 1 {
                self.capture(member, note.first, note.times - 1, view, sink)?;
            }
            self.capture(member, note.last, 1, view, sink)?;
        }
        Ok(())
    }

    fn capture(
        &mut self,
        member: usize,
        value: (u64, u64),
        times: u64,
        view: View<'_>,
        sink: &mut impl Sink,
    ) -> Result<(), Error> {
        self.check_captured(value.0, value.1)?;
        let sent = text(view.slice(value.0, value.1));
        sink.member(member, sent, value.0, times, &mut self.tolerance)
            .map_err(|fault| fault.at(value.0, None))
    }

    fn check_item(&self, start: u64) -> Result<(), Error> {
        if self.offset - start > self.item_limit {
            let fault = Fault::limit("an item within the item limit in bytes", as_size(self.item_limit));
            return Err(fault.at(start + self.item_limit, Some(self.items)));
        }
        Ok(())
    }

    fn check_captured(&self, start: u64, end: u64) -> Result<(), Error> {
        if end - start > self.captured_limit {
            let fault = Fault::limit(
                "an envelope member within the captured-value limit in bytes",
                as_size(self.captured_limit),
            );
            return Err(fault.at(start + self.captured_limit, None));
        }
        Ok(())
    }
}

fn as_size(limit: u64) -> usize {
    usize::try_from(limit).unwrap_or(usize::MAX)
}
