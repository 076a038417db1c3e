//! The fast lane: whole items of a list, straight from the quote index.
//!
//! The lane only ever accepts. What it takes for an item is one that the grammar would accept,
//! with the same text; all else, and every error, is left to the grammar, which starts over at
//! the item's first byte. So there is one place where verdicts and error texts come from.

use alloc::vec::Vec;

use super::fields::{Field, Fields};
use super::members::Members;
use super::stride::{Layout, Object, Strode, stride};
use crate::index::Index;
use crate::limits::Limits;
use crate::scan::{
    Learned, Literal, MEMBERS, Path, Place, SPECIAL_CONTROL, SPECIAL_ESCAPE, SPECIAL_HIGH, Span,
    escapes_are_valid, follow,
};
use crate::window::Window;

/// Shapes kept at a time.
const SHAPES: usize = 4;

/// How often an item may be looked at again, because more of it came, before it is left to the
/// grammar: that keeps the cost linear.
const LOOKS: u32 = 8;

/// What is known of the current item's members.
#[derive(Clone, Debug)]
pub(crate) struct Decoded {
    /// Values by slot, relative to the item's first byte.
    pub(crate) spans: [Span; MEMBERS],
    /// Slots whose value is neither a string nor null.
    pub(crate) odd: u32,
    /// Whether a string may have an escape; if not, none has.
    pub(crate) may_escape: bool,
}

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
    shapes: Vec<Learned>,
    /// Room for shapes, all of it taken with the first one: nothing is allocated later.
    spare: Vec<Learned>,
    /// The shape that fit last, and how the learning goes.
    recent: usize,
    patience: Patience,
    decoded: Decoded,
    /// Whether `decoded` has spans of the recent shape and of no other.
    filled_by: Option<usize>,
    /// Whether `decoded` is about the current item.
    current: bool,
    waiting: Option<Waiting>,
}

/// An item that was not all there.
#[derive(Clone, Copy, Debug)]
struct Waiting {
    offset: u64,
    /// Offset up to which there is no bracket that was not looked at.
    looked: u64,
    looks: u32,
}

/// Learning costs as much as some ten items: it must pay.
#[derive(Clone, Copy, Debug, Default)]
struct Patience {
    /// Items that no shape fit, since one was learned.
    missed: u32,
    /// How many of those it takes to learn another.
    wait: u32,
    /// Items that the shape learned last has fit.
    fits: u32,
    /// Items to decode without trying a shape, and how many that were last time.
    skip: u32,
    skipped: u32,
}

impl Lane {
    /// None for the scalar path, which leaves everything to the grammar.
    pub(crate) fn new(path: Path, names: &'static [(&'static str, Field)], limits: &Limits) -> Option<Self> {
        (path != Path::Scalar).then(|| Self {
            index: Index::new(path),
            fields: Fields::new(names),
            limits: limits.clone(),
            shapes: Vec::with_capacity(SHAPES),
            spare: Vec::new(),
            recent: 0,
            patience: Patience::default(),
            decoded: Decoded { spans: [Span::default(); MEMBERS], odd: 0, may_escape: true },
            filled_by: None,
            current: false,
            waiting: None,
        })
    }

    /// The members of the item that was seen last, if they are known.
    #[inline]
    pub(crate) fn decoded(&self) -> Option<&Decoded> {
        self.current.then_some(&self.decoded)
    }

    /// The current item is over.
    #[inline]
    pub(crate) fn forget(&mut self) {
        self.current = false;
    }

    /// Looks at the object of a list that begins at `offset`. `depth` is how many containers may
    /// be open in it, itself included.
    #[inline]
    pub(crate) fn look(&mut self, window: &Window, offset: u64, depth: usize) -> Seen {
        if self.waiting.is_some() && !self.may_go_on(window, offset) {
            return if self.waiting.is_some() { Seen::Unfinished } else { Seen::Unclear };
        }
        self.index.seek(window, offset);
        self.index.look_ahead(window);
        let from = window.view().index(offset);
        if self.patience.skip > 0 {
            self.patience.skip -= 1;
        } else if depth > 0
            && let Some(length) = self.by_shape(window, from)
        {
            return Seen::Item(length);
        }
        self.generally(window, from, offset, depth)
    }

    /// Learns from an item that was accepted, if that promises to pay.
    pub(crate) fn learn(&mut self, item: &str) {
        let patience = &mut self.patience;
        patience.missed += 1;
        if patience.missed <= patience.wait {
            return;
        }
        patience.missed = 0;
        let before = patience.wait;
        // A shape that fit few items was not worth it: the next must wait longer.
        patience.wait = if patience.fits < 16 { (patience.wait * 2 + 1).min(1 << 12) } else { 0 };
        patience.fits = 0;
        if self.spare.is_empty() && self.shapes.is_empty() {
            self.spare = (0..=SHAPES).map(|_| Learned::with_capacity(MEMBERS)).collect();
        }
        let Some(mut shape) = self.spare.pop() else { return };
        if learn_shape(item, &self.fields, &mut shape).is_none() {
            // Nor was this: items of a layout that has no shape may keep coming.
            self.patience.wait = (before * 2 + 1).min(1 << 12);
            self.spare.push(shape);
            return;
        }
        if self.shapes.len() < SHAPES {
            self.shapes.push(shape);
            self.recent = self.shapes.len() - 1;
        } else {
            self.recent = (self.recent + 1) % SHAPES;
            self.spare.push(core::mem::replace(&mut self.shapes[self.recent], shape));
        }
        self.filled_by = None;
    }

    #[inline]
    fn by_shape(&mut self, window: &Window, from: usize) -> Option<usize> {
        let count = self.shapes.len();
        for turn in 0..count {
            let number = if turn == 0 { self.recent } else { (self.recent + turn) % count };
            if let Some(length) = self.by_one_shape(window, from, number) {
                self.recent = number;
                self.patience.fits = self.patience.fits.saturating_add(1);
                self.patience.skipped = 0;
                return Some(length);
            }
        }
        if count == SHAPES {
            // Where no shape fits item after item, trying them is a waste.
            self.patience.skipped = (self.patience.skipped * 2 + 1).min(255);
            self.patience.skip = self.patience.skipped;
        }
        None
    }

    #[inline]
    fn by_one_shape(&mut self, window: &Window, from: usize, number: usize) -> Option<usize> {
        if self.filled_by != Some(number) {
            self.decoded.spans = [Span::default(); MEMBERS];
            self.filled_by = Some(number);
        }
        #[expect(clippy::cast_possible_truncation, reason = "the window is smaller than 4 GiB")]
        let place = Place {
            bytes: window.padded().get(from..)?,
            quotes: self.index.quotes_and_reserve(),
            origin: from as u32,
            spans: &mut self.decoded.spans,
        };
        let followed = follow(self.index.path(), &self.shapes[number], place)?;
        let to = from + followed.length;
        if to > self.index.known() || !self.is_clean(window, from, to) {
            return None;
        }
        if followed.odd != 0 && self.limits.number < 1000 {
            return None;
        }
        self.decoded.odd = followed.odd;
        self.index.take(followed.quotes);
        self.current = true;
        Some(followed.length)
    }

    #[inline(never)]
    fn generally(&mut self, window: &Window, from: usize, offset: u64, depth: usize) -> Seen {
        self.filled_by = None;
        loop {
            #[expect(clippy::cast_possible_truncation, reason = "the window is smaller than 4 GiB")]
            let object = Object {
                bytes: &window.padded()[from..],
                end: self.index.known() - from,
                quotes: self.index.quotes(),
                origin: from as u32,
                depth,
            };
            match stride(object, &self.fields, &self.limits, &mut self.decoded.spans) {
                Strode::Object(layout) => return self.accept(window, from, layout),
                Strode::Refused => return Seen::Unclear,
                Strode::Incomplete if self.index.known() == window.filled() => {
                    return self.wait(window, from, offset);
                }
                Strode::Incomplete => {
                    // Twice as far each time: linear in all.
                    let reach = from + 2 * (self.index.known() - from).max(64);
                    if !self.index.reach(window, reach) {
                        return Seen::Unclear;
                    }
                }
            }
        }
    }

    fn accept(&mut self, window: &Window, from: usize, layout: Layout) -> Seen {
        let to = from + layout.length;
        if !self.is_clean(window, from, to) {
            return Seen::Unclear;
        }
        self.decoded.odd = layout.odd;
        self.index.take(layout.quotes);
        self.current = layout.plain;
        let text = crate::scan::checked(&window.view().bytes[from..to]);
        self.learn(text);
        Seen::Item(layout.length)
    }

    /// Whether the strings of an item are as they must be, and its length too.
    #[inline]
    fn is_clean(&mut self, window: &Window, from: usize, to: usize) -> bool {
        if to - from > self.limits.item {
            return false;
        }
        let special = self.index.special(from, to);
        self.decoded.may_escape = special & SPECIAL_ESCAPE != 0;
        match special {
            0 => true,
            special => are_strings_valid(self.index.path(), window.padded(), from, to, special),
        }
    }

    fn wait(&mut self, window: &Window, from: usize, offset: u64) -> Seen {
        if window.filled() - from > self.limits.item {
            self.waiting = None;
            return Seen::Unclear;
        }
        let looks = self.waiting.map_or(0, |waiting| waiting.looks) + 1;
        self.waiting = Some(Waiting { offset, looked: window.end(), looks });
        Seen::Unfinished
    }

    /// Whether an item that was not all there should be looked at again. If not, and nothing is
    /// waiting any more, it is left to the grammar.
    fn may_go_on(&mut self, window: &Window, offset: u64) -> bool {
        let Some(waiting) = &mut self.waiting else { return true };
        if waiting.offset != offset {
            self.waiting = None;
            return true;
        }
        if window.end() - offset > self.limits.item as u64 || waiting.looks > LOOKS {
            self.waiting = None;
            return false;
        }
        let new = window.view().slice(waiting.looked, window.end());
        // A closing brace may end the item; an opening bracket may begin the list of an envelope.
        if memchr::memchr3(b'}', b'[', b'{', new).is_none() {
            waiting.looked = window.end();
            return false;
        }
        true
    }
}

/// The slow part of the string checks: only for items in blocks that have something special.
#[inline(never)]
fn are_strings_valid(path: Path, padded: &[u8], from: usize, to: usize, special: u8) -> bool {
    if special & SPECIAL_CONTROL != 0 {
        return false;
    }
    if special & SPECIAL_HIGH != 0 && simdutf8::basic::from_utf8(&padded[from..to]).is_err() {
        return false;
    }
    special & SPECIAL_ESCAPE == 0 || escapes_are_valid(path, padded, from, to)
}

/// The shape of an item, if it has one that can be followed: flat, not too many members, no
/// name twice, no escapes in names.
fn learn_shape(item: &str, fields: &Fields, shape: &mut Learned) -> Option<()> {
    shape.members.clear();
    let (mut end, mut slots) = (0, 0u32);
    for member in Members::of(item)? {
        let name = member.name;
        if shape.members.len() == MEMBERS
            || name.contains('\\')
            || matches!(member.value.as_bytes()[0], b'{' | b'[')
        {
            return None;
        }
        let slot = match fields.find_text(name) {
            Some(Field::Slot(slot)) => usize::from(slot),
            Some(Field::Foreign) => return None,
            // Values that nobody asks for share the last slot.
            None => MEMBERS - 1,
        };
        if slot != MEMBERS - 1 && slots & (1 << slot) != 0 {
            return None;
        }
        slots |= 1 << slot;
        shape.members.push(Literal::new(&item.as_bytes()[end..member.at], slot)?);
        end = member.at + member.value.len();
    }
    shape.close = Literal::new(&item.as_bytes()[end..], 0)?;
    (!shape.members.is_empty()).then_some(())
}
