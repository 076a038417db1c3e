//! The fast lane: whole items of a list, straight from the quote index.
//!
//! The lane only ever accepts. What it takes for an item is one that the grammar would accept,
//! with the same text; all else, and every error, is left to the grammar, which starts over at
//! the item's first byte. So there is one place where verdicts and error texts come from.

mod known;
mod ready;
mod scalars;
#[cfg(test)]
mod tests;
mod waiting;
mod whole;

use alloc::boxed::Box;

pub(crate) use known::Known;
use known::{Current, known};
pub(crate) use ready::Ready;
use waiting::Waiting;

use super::fields::{Field, Fields};
use super::shapes::Shapes;
use super::skeletons::Skeletons;
use super::stride::{Layout, Object, Progress, Stride, Strode, stride, stride_member};
use crate::index::Index;
use crate::limits::Limits;
use crate::scan::{
    BATCH, BLOCK, Escaped, Followed, Literal, Path, Place, SPECIAL_CONTROL, SPECIAL_ESCAPE, SPECIAL_HIGH,
    SPECIAL_UNSURE, Table, Told, escapes_are_valid, follow,
};
use crate::window::View;

/// Containers that serde_json follows inside a member of an item: 128 less the item, and one.
pub(super) const SERDE_JSON_DEPTH: usize = 126;

/// What the lane makes of the bytes at an object of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    /// An item of this many bytes.
    Item(usize),
    /// An item may be under way: more bytes are needed.
    Unfinished,
    /// For the grammar to judge.
    Unclear,
}

/// The state of the fast lane.
#[derive(Debug)]
pub(crate) struct Lane {
    index: Index,
    fields: Fields,
    limits: Limits,
    shapes: Shapes,
    /// Of containers inside of items that have a shape.
    skeletons: Skeletons,
    table: Box<Table>,
    /// Items that have one shape, one after the other, followed in one go: what is known of them is
    /// written, and has left the CPU's store buffer, before anybody reads it. Or one item of any
    /// layout.
    batch: Box<[Followed; BATCH]>,
    /// Which shape.
    followed: usize,
    /// The shape that the item after the batch is known not to have.
    missed: Option<usize>,
    /// Of those, how many were given, and how many there are.
    given: usize,
    ready: usize,
    /// Whether the batch's item given last is the current one and all of its members are known.
    current: Current,
    /// What stood between the two items before: always one comma, and white space perhaps.
    gap: Literal,
    /// See [`Place::lacking`].
    lacking: u8,
    /// Offset of the end of the item given last.
    ended: u64,
    waiting: Waiting,
}

impl Lane {
    /// None for the scalar path, which leaves everything to the grammar.
    pub(crate) fn new(path: Path, names: &'static [(&'static str, Field)], limits: &Limits) -> Option<Self> {
        let fields = Fields::new(names);
        let mut nothing = Followed::nothing();
        nothing.decoded.named = fields.slots() > 0;
        (path != Path::Scalar).then(|| Self {
            index: Index::new(path),
            fields,
            limits: limits.clone(),
            shapes: Shapes::new(),
            skeletons: Skeletons::new(),
            table: Box::new(const { Table::new() }),
            batch: Box::new([(); BATCH].map(|()| nothing.clone())),
            followed: 0,
            missed: None,
            given: 0,
            ready: 0,
            current: Current::Unknown,
            gap: Literal::new(b",", 0).expect("one byte"),
            lacking: 0,
            ended: 0,
            waiting: Waiting::NOTHING,
        })
    }

    /// What is known of the current item's members, if anything.
    #[inline]
    pub(crate) fn known(&self) -> Option<Known<'_>> {
        known(self.current, &self.batch, self.given, self.shapes.get(self.followed), self.index.quotes())
    }

    /// The next item, if it was followed together with the one before it: its offset and length.
    #[inline]
    pub(crate) fn next_ready(&mut self) -> Option<(u64, usize)> {
        if self.given == self.ready {
            return None;
        }
        let Followed { from, length, told, .. } = self.batch[self.given % BATCH];
        self.given += 1;
        self.current = Current::of(told);
        Some((self.index.base() + from as u64, length))
    }

    /// Forgets the items that were followed and not given.
    pub(crate) fn give_no_more(&mut self) {
        self.ready = self.given;
    }

    /// Forgets an element that is not waited for; how far it was looked at, as an offset.
    pub(crate) fn forget(&mut self, view: View<'_>) -> u64 {
        match self.waiting() {
            Some(_) => {
                self.waiting = Waiting::NOTHING;
                view.end()
            }
            None => self.index.base() + self.index.known() as u64,
        }
    }

    /// Looks at the element of a list that begins at `offset`, if none is ready. `depth` is how many
    /// containers may be open in it, itself included.
    pub(crate) fn look(&mut self, view: View<'_>, offset: u64, depth: usize) -> Seen {
        if self.waiting().is_some() && !self.may_go_on(view, offset) {
            return if self.waiting().is_some() { Seen::Unfinished } else { Seen::Unclear };
        }
        if let Some(Waiting { progress, .. }) = self.waiting()
            && progress.at > 0
        {
            let progress = *progress;
            return self.look_again(view, offset, depth, progress);
        }
        match view.byte(offset) {
            Some(b'{') => {}
            Some(b'[' | b'"') => return self.look_at_whole(view, offset, depth, None),
            _ => return self.look_at_scalars(view, offset),
        }
        if self.waiting().is_none() && self.is_cut(view, offset) {
            return self.wait(view, offset, Progress::none());
        }
        self.index.seek(view, offset);
        self.index.look_ahead(view);
        self.learn_gap(view, offset);
        if self.shapes.may_fit()
            && depth > 0
            && let Some(length) = self.by_shape(view, offset, depth)
        {
            return Seen::Item(length);
        }
        self.generally(view, offset, depth, None)
    }

    /// From where it came to before.
    #[cold]
    fn look_again(&mut self, view: View<'_>, offset: u64, depth: usize, progress: Progress) -> Seen {
        if view.byte(offset) != Some(b'{') {
            return self.look_at_whole(view, offset, depth, Some(progress));
        }
        self.index.seek(view, offset + progress.at as u64);
        self.index.look_ahead(view);
        self.generally(view, offset, depth, Some(progress))
    }

    /// Learns from an item that was accepted, if that promises to pay.
    pub(crate) fn learn(&mut self, item: &str) {
        self.shapes.learn(item, &self.fields);
    }

    fn by_shape(&mut self, view: View<'_>, offset: u64, depth: usize) -> Option<usize> {
        let missed = self.missed.take();
        for number in self.shapes.numbers() {
            if Some(number) == missed {
                continue;
            }
            self.follow(view, view.index(offset), number, depth);
            if let Some((_, length)) = self.next_ready() {
                self.shapes.fits(number, self.ready);
                return Some(length);
            }
        }
        self.shapes.none_fits();
        None
    }

    /// Fills the batch with items of one shape, and drops those that end beyond the bytes at hand.
    fn follow(&mut self, view: View<'_>, from: usize, number: usize, depth: usize) {
        let (quotes, limits, known) = (self.index.quotes(), &self.limits, self.index.known());
        let mut missed = false;
        let (fields, skeletons) = (&self.fields, &mut self.skeletons);
        let place = Place {
            bytes: view.padded,
            from,
            quotes: self.index.quotes_and_reserve(),
            gap: &self.gap,
            number: limits.number,
            lacking: &mut self.lacking,
            missed: &mut missed,
        };
        let mut nested = |slot: Option<usize>, at: usize, quote: usize| {
            let object = Object {
                bytes: view.padded.get(at..)?,
                end: known.checked_sub(at)?,
                quotes: quotes.get(quote..)?,
                #[expect(clippy::cast_possible_truncation, reason = "the window is smaller than 4 GiB")]
                origin: at as u32,
                // No deeper than serde_json would follow it: what has a shape is read by it in pieces.
                depth: depth.min(SERDE_JSON_DEPTH),
            };
            let mut inside = Stride::new(object, limits);
            match slot {
                Some(slot) => skeletons.step_over(slot, &mut inside),
                None => stride_member(&mut inside, fields),
            }
        };
        let Some(shape) = self.shapes.get(number) else { return };
        let mut count =
            follow(self.index.path(), shape, place, &mut self.table, &mut self.batch[..], &mut nested);
        if shape.has_escaped_names {
            self.batch[..count].iter_mut().for_each(|item| item.told = Told::Spans);
        }
        if let Some(item) = count.checked_sub(1).map(|last| &self.batch[last])
            && item.from + item.length > known
        {
            (count, missed) = (count - 1, false);
        }
        let clean = self.note_escapes(view, count);
        if clean < count {
            // For the grammar to judge, once the items before it were given.
            (count, missed) = (clean, false);
        }
        (self.followed, self.given, self.ready) = (number, 0, count);
        self.missed = missed.then_some(number);
    }

    /// Notes where the items that were followed may have escapes; how many come before one that is
    /// not clean.
    #[inline(never)] // It would share registers with all around it.
    fn note_escapes(&mut self, view: View<'_>, count: usize) -> usize {
        let (index, limits, slots) = (&self.index, &self.limits, self.fields.slots());
        for (at, item) in self.batch.iter_mut().enumerate().take(count) {
            let Some(escaped) = escapes(index, limits, view, item.from, item.length) else { return at };
            item.decoded.escaped = escaped;
            item.decoded.empty_others(slots);
        }
        count
    }

    #[inline(never)]
    fn generally(&mut self, view: View<'_>, offset: u64, depth: usize, begun: Option<Progress>) -> Seen {
        let from = view.index(offset);
        let resumed = begun.is_some();
        let mut progress = begun.unwrap_or_else(Progress::none);
        // Whether the index has entries only of what is behind its first members.
        let mut in_pieces = resumed;
        loop {
            #[expect(clippy::cast_possible_truncation, reason = "the window is smaller than 4 GiB")]
            let object = Object {
                bytes: &view.padded[from..],
                end: self.index.known() - from,
                quotes: self.index.quotes(),
                origin: from as u32,
                depth,
            };
            progress.quotes = 0;
            let decoded = &mut self.batch[0].decoded;
            match stride(object, &self.fields, &self.limits, decoded, &mut progress) {
                Strode::Object(layout) => {
                    if !self.accept(view, from, layout, in_pieces) {
                        return Seen::Unclear;
                    }
                    // One that is taken up again was not held against the shapes: it may well have one.
                    if !resumed || self.shapes.is_empty() {
                        self.learn(crate::scan::checked(view.slice(offset, offset + layout.length as u64)));
                    }
                    return Seen::Item(layout.length);
                }
                Strode::Refused => return Seen::Unclear,
                Strode::Incomplete => {
                    self.index.take(progress.quotes);
                    in_pieces |= progress.at > 0;
                    if self.index.known() == view.filled() {
                        return self.wait(view, offset, progress);
                    }
                    // Twice as far into the member each time: linear in all.
                    if !self.look_further(view, offset, progress.at) {
                        return Seen::Unclear;
                    }
                }
            }
        }
    }

    /// Drops the quotes of an item up to where it was walked through, and makes sure that more is known:
    /// twice as much behind that place as before, or what there are entries for. False if that is none.
    fn look_further(&mut self, view: View<'_>, offset: u64, walked: usize) -> bool {
        let (from, known) = (view.index(offset) + walked, self.index.known());
        self.index.seek(view, offset + walked as u64);
        self.index.reach(view, from + 2 * (known - from).max(64)) || self.index.known() > known
    }

    /// Gives an object that begins at a place of the window, if its strings are as they must be.
    fn accept(&mut self, view: View<'_>, from: usize, layout: Layout, in_pieces: bool) -> bool {
        let Some(escaped) = escapes(&self.index, &self.limits, view, from, layout.length) else {
            return false;
        };
        let (item, slots) = (&mut self.batch[0], self.fields.slots());
        (item.from, item.length, item.quotes) = (from, layout.length, layout.quotes);
        item.decoded.escaped = escaped;
        item.decoded.empty_others(slots);
        (self.given, self.ready) = (1, 1);
        self.current = match (layout.plain, in_pieces || layout.has_escaped_names) {
            (false, _) => Current::Unknown,
            (true, true) => Current::Known,
            (true, false) => Current::Indexed,
        };
        true
    }

    /// Leaves the items given behind; to be called when none is ready, before anything else is
    /// done about the next.
    pub(crate) fn go_on(&mut self) {
        self.current = Current::Unknown;
        if let Some(last) = self.given.checked_sub(1) {
            let Followed { from, length, quotes, .. } = self.batch[last % BATCH];
            self.index.take(quotes);
            self.ended = self.index.base() + (from + length) as u64;
        }
        (self.given, self.ready) = (0, 0);
    }

    /// What stands between the item given last and the one at `offset` stands between the next
    /// two as well, most likely.
    fn learn_gap(&mut self, view: View<'_>, offset: u64) {
        let Some(length) = offset.checked_sub(self.ended) else { return };
        if self.ended < view.base || length > BLOCK as u64 {
            return;
        }
        let gap = view.slice(self.ended, offset);
        let is_gap = gap.iter().all(|byte| matches!(byte, b' ' | b'\n' | b'\r' | b'\t' | b','));
        if gap != self.gap.bytes()
            && is_gap
            && gap.iter().filter(|byte| **byte == b',').count() == 1
            && let Some(gap) = Literal::new(gap, 0)
        {
            self.gap = gap;
        }
    }
}

/// Whether the strings of an item are as they must be, and its length too; if so, where they may
/// have escapes.
#[inline(always)]
fn escapes(index: &Index, limits: &Limits, view: View<'_>, from: usize, length: usize) -> Option<Escaped> {
    if length > limits.item {
        return None;
    }
    let (special, escaped) = index.special(from, length);
    let sure = special & !SPECIAL_ESCAPE == 0;
    (sure || are_strings_valid(index.path(), view.padded, from, from + length, special)).then_some(escaped)
}

/// The slow part of the string checks: only for items in blocks that leave something in doubt.
#[inline(never)]
fn are_strings_valid(path: Path, padded: &[u8], from: usize, to: usize, special: u8) -> bool {
    if special & SPECIAL_CONTROL != 0 {
        return false;
    }
    if special & SPECIAL_HIGH != 0 && simdutf8::basic::from_utf8(&padded[from..to]).is_err() {
        return false;
    }
    special & SPECIAL_UNSURE == 0 || escapes_are_valid(path, padded, from, to)
}
