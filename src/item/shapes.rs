//! The shapes that items were found to have, and whether it pays to learn another.

use alloc::vec::Vec;

use super::fields::{Field, Fields};
use super::members::{Member, Members};
use super::trial::Trial;
use crate::scan::{Learned, Literal, MEMBERS};

/// Shapes kept at a time.
const SHAPES: usize = 3;

#[derive(Debug)]
pub(super) struct Shapes {
    learned: Vec<Learned>,
    /// The shape that fit last, and the one that was learned last.
    recent: usize,
    newest: usize,
    trial: Trial,
}

impl Shapes {
    pub(super) fn new() -> Self {
        let learned = Vec::with_capacity(SHAPES);
        Self { learned, recent: 0, newest: 0, trial: Trial::new() }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.learned.is_empty()
    }

    #[inline]
    pub(super) fn get(&self, number: usize) -> Option<&Learned> {
        self.learned.get(number)
    }

    /// All shapes, the one that fit last first.
    pub(super) fn numbers(&self) -> impl Iterator<Item = usize> + use<> {
        let (first, count) = (self.recent, self.learned.len());
        (0..count).map(move |turn| (first + turn) % count)
    }

    /// Whether it pays to try one at the next item.
    #[inline]
    pub(super) fn may_fit(&mut self) -> bool {
        self.trial.may_pay()
    }

    /// This one has fit so many items.
    pub(super) fn fits(&mut self, number: usize, items: usize) {
        self.recent = number;
        // Others that fit do not say that it was worth learning.
        self.trial.has_paid(if number == self.newest { items } else { 0 });
    }

    /// Where no shape fits item after item, trying them is a waste.
    pub(super) fn none_fits(&mut self) {
        if self.learned.len() == SHAPES {
            self.trial.has_failed();
        }
    }

    /// Learns from an item that was accepted, if that promises to pay.
    pub(super) fn learn(&mut self, item: &str, fields: &Fields) {
        if !self.trial.may_learn() {
            return;
        }
        if walk(item, fields, |_, _| {}).is_none() {
            // Items of a layout that has no shape may keep coming.
            self.trial.has_learned_nothing();
            return;
        }
        if let Some(number) =
            (0..self.learned.len()).find(|shape| fits_by_aliases(item, fields, &self.learned[*shape]))
        {
            add_aliases(item, fields, &mut self.learned[number]);
            (self.recent, self.newest) = (number, number);
            return;
        }
        self.recent = (self.recent + 1) % SHAPES;
        if self.learned.len() < SHAPES {
            // Room for any: nothing is allocated when it is learned anew.
            self.learned.push(Learned::with_capacity(MEMBERS));
            self.recent = self.learned.len() - 1;
        }
        self.newest = self.recent;
        learn(item, fields, &mut self.learned[self.newest]);
    }
}

fn learn(item: &str, fields: &Fields, shape: &mut Learned) {
    shape.clear();
    let (mut values, mut count) = ([0; MEMBERS], 0);
    let close = walk(item, fields, |literal, value| {
        shape.push(literal);
        values[count] = value;
        count += 1;
    });
    if let Some(close) = close {
        shape.close(close, &values[..count]);
    }
}

/// Whether an item would have a shape if some of its members' names were taken for aliases of that
/// shape's. The first member stands for the first: the brace before it may not stand elsewhere.
fn fits_by_aliases(item: &str, fields: &Fields, shape: &Learned) -> bool {
    let (mut to_come, mut fits) = (shape.members.iter().enumerate(), true);
    let (mut place, mut new) = (0, 0);
    let close = walk(item, fields, |literal, _| {
        let found = to_come.find(|(_, member)| member.slot() == literal.slot());
        let Some((_, member)) = found.filter(|(number, _)| (*number == 0) == (place == 0)) else {
            fits = false;
            return;
        };
        place += 1;
        if member.bytes() != literal.bytes() {
            let alias = shape.alias_of(&literal).map(|(alias, _)| alias.bytes());
            new += usize::from(alias.is_none());
            fits &= literal.slot() < fields.slots() && alias.is_none_or(|alias| alias == literal.bytes());
        }
    });
    // If something else was in the way, it needs a shape of its own.
    fits && (1..=shape.room_for_aliases()).contains(&new)
        && close.is_some_and(|close| close.bytes() == shape.close.bytes())
}

fn add_aliases(item: &str, fields: &Fields, shape: &mut Learned) {
    walk(item, fields, |literal, _| {
        let is_member = |member: &Literal| member.bytes() == literal.bytes();
        if !shape.members.iter().any(is_member) {
            shape.alias(literal);
        }
    });
}

/// Gives the literal before each value of an item and the value's first byte, and at the end what comes
/// after the last one; if it has a shape that can be followed: not too many members, no known name
/// twice or in disguise, no quotes in names.
fn walk(item: &str, fields: &Fields, mut member: impl FnMut(Literal, u8)) -> Option<Literal> {
    let (mut end, mut slots, mut spare) = (0, 0u32, fields.slots());
    for Member { name, value, at } in Members::of(item)? {
        // The index has no entry for a quote inside of a name.
        if name.contains('"') {
            return None;
        }
        let field = match name.contains('\\') {
            // One in disguise is not compared with others.
            true if fields.find_escaped(name.as_bytes()).is_some() => return None,
            true => None,
            false => fields.find_text(name),
        };
        let slot = match field {
            Some(Field::Slot(slot)) => usize::from(slot),
            Some(Field::Foreign) => return None,
            None => {
                spare += 1;
                spare - 1
            }
        };
        if slot >= MEMBERS || slots & (1 << slot) != 0 {
            return None;
        }
        slots |= 1 << slot;
        member(Literal::new(&item.as_bytes()[end..at], slot)?, item.as_bytes()[at]);
        end = at + value.len();
    }
    let close = Literal::new(&item.as_bytes()[end..], 0)?;
    (slots != 0).then_some(close)
}

#[cfg(test)]
mod tests;
