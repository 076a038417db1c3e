//! The shapes that items were found to have, and whether it pays to learn another.

use alloc::vec::Vec;

use super::fields::{Field, Fields};
use super::members::Members;
use crate::scan::{Learned, Literal, MEMBERS};

/// Shapes kept at a time.
const SHAPES: usize = 3;

/// Learning costs as much as some ten items: it must pay.
#[derive(Debug)]
pub(super) struct Shapes {
    learned: Vec<Learned>,
    /// Room for shapes, all of it taken with the first one: nothing is allocated later.
    spare: Vec<Learned>,
    /// The shape that fit last.
    recent: usize,
    /// Items that no shape fit, since one was learned.
    missed: u32,
    /// How many of those it takes to learn another.
    wait: u32,
    /// Items that shapes have fit since one was learned.
    fits: u32,
    /// Items to decode without trying a shape, and how many that were last time.
    skip: u32,
    skipped: u32,
}

impl Shapes {
    pub(super) fn new() -> Self {
        let learned = Vec::with_capacity(SHAPES);
        Self { learned, spare: Vec::new(), recent: 0, missed: 0, wait: 0, fits: 0, skip: 0, skipped: 0 }
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
        let may = self.skip == 0;
        self.skip = self.skip.saturating_sub(1);
        may
    }

    /// This one has fit so many items.
    pub(super) fn fits(&mut self, number: usize, items: usize) {
        self.recent = number;
        self.fits = self.fits.saturating_add(u32::try_from(items).unwrap_or(u32::MAX));
        self.skipped = 0;
    }

    /// Where no shape fits item after item, trying them is a waste.
    pub(super) fn none_fits(&mut self) {
        if self.learned.len() == SHAPES {
            self.skipped = (self.skipped * 2 + 1).min(255);
            self.skip = self.skipped;
        }
    }

    /// Learns from an item that was accepted, if that promises to pay.
    pub(super) fn learn(&mut self, item: &str, fields: &Fields) {
        self.missed += 1;
        if self.missed <= self.wait {
            return;
        }
        self.missed = 0;
        let before = self.wait;
        // A shape that fit few items was not worth it: the next must wait longer.
        self.wait = if self.fits < 16 { (self.wait * 2 + 1).min(1 << 12) } else { 0 };
        self.fits = 0;
        if self.spare.is_empty() && self.learned.is_empty() {
            self.spare = (0..=SHAPES).map(|_| Learned::with_capacity(MEMBERS)).collect();
        }
        let Some(mut shape) = self.spare.pop() else { return };
        if learn(item, fields, &mut shape).is_none() {
            // Nor was this: items of a layout that has no shape may keep coming.
            self.wait = (before * 2 + 1).min(1 << 12);
            self.spare.push(shape);
            return;
        }
        if self.learned.len() < SHAPES {
            self.learned.push(shape);
            self.recent = self.learned.len() - 1;
        } else {
            self.recent = (self.recent + 1) % SHAPES;
            self.spare.push(core::mem::replace(&mut self.learned[self.recent], shape));
        }
    }
}

/// The shape of an item, if it has one that can be followed: not too many members, no known name
/// twice, no escapes in names.
fn learn(item: &str, fields: &Fields, shape: &mut Learned) -> Option<()> {
    shape.clear();
    let (mut end, mut slots, mut spare) = (0, 0u32, fields.slots());
    let (mut values, mut count) = ([0; MEMBERS], 0);
    for member in Members::of(item)? {
        let name = member.name;
        if name.contains('\\') {
            return None;
        }
        let slot = match fields.find_text(name) {
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
        shape.push(Literal::new(&item.as_bytes()[end..member.at], slot)?);
        end = member.at + member.value.len();
        values[count] = item.as_bytes()[member.at];
        count += 1;
    }
    shape.close(Literal::new(&item.as_bytes()[end..], 0)?, &values[..count]);
    (!shape.members.is_empty()).then_some(())
}

#[cfg(test)]
mod tests;
