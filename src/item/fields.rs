//! Which member names matter, as a table found by one multiplication.

use crate::scan::MEMBERS;

/// What a member name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// A member whose value is noted in this slot, under [`MEMBERS`].
    Slot(u8),
    /// A member that no item has: the object is something else.
    Foreign,
}

/// A set of names and what they stand for.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    names: &'static [(&'static str, Field)],
    /// Numbers of names; a name stands at its slot or, where that was taken, soon after.
    table: [u8; SIZE],
}

const SIZE: usize = 256;
const NONE: u8 = u8::MAX;

impl Fields {
    /// # Panics
    /// If there are more than 64 names or one is empty: the tables are constants of this crate.
    pub(crate) fn new(names: &'static [(&'static str, Field)]) -> Self {
        assert!(names.len() <= 64, "a table stays sparse");
        let mut table = [NONE; SIZE];
        for (number, (name, _)) in (0..).zip(names) {
            let mut slot = slot(name.as_bytes()).expect("names are not empty");
            while table[slot] != NONE {
                slot = (slot + 1) % SIZE;
            }
            table[slot] = number;
        }
        Self { names, table }
    }

    /// What a name (as sent, without escapes) stands for.
    #[inline]
    pub(crate) fn find(&self, name: &[u8]) -> Option<Field> {
        let mut slot = slot(name)?;
        loop {
            // An empty slot ends the search: NONE is the number of no name.
            let (wanted, field) = self.names.get(usize::from(self.table[slot]))?;
            if wanted.as_bytes() == name {
                return Some(*field);
            }
            slot = (slot + 1) % SIZE;
        }
    }
}

/// From the length and three bytes: enough to tell the names of a table apart, nearly.
#[inline]
fn slot(name: &[u8]) -> Option<usize> {
    let (first, last) = (*name.first()?, *name.last()?);
    let middle = name[name.len() * 5 / 8];
    let key = u32::from(first) | u32::from(last) << 8 | u32::from(middle) << 16;
    #[expect(clippy::cast_possible_truncation, reason = "mixed into a hash")]
    let key = key ^ (name.len() as u32) << 24;
    Some((key.wrapping_mul(0x9e37_79b1) >> 24) as usize)
}

const _: () = assert!(MEMBERS <= NONE as usize);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_exactly_the_names_of_the_table() {
        const NAMES: &[(&str, Field)] =
            &[("id", Field::Slot(0)), ("user", Field::Slot(1)), ("list", Field::Foreign)];
        let fields = Fields::new(NAMES);
        for (name, field) in NAMES {
            assert_eq!(fields.find(name.as_bytes()), Some(*field));
        }
        for name in ["", "i", "ie", "uxer", "LIST", "users"] {
            assert_eq!(fields.find(name.as_bytes()), None, "{name}");
        }
        assert_eq!(Fields::new(&[]).find(b"id"), None);
        // Alike in all that is hashed: found all the same.
        const ALIKE: &[(&str, Field)] =
            &[("abcde", Field::Slot(0)), ("axcde", Field::Slot(1)), ("aycde", Field::Slot(2))];
        let fields = Fields::new(ALIKE);
        assert!(ALIKE.iter().all(|(name, field)| fields.find(name.as_bytes()) == Some(*field)));
    }
}
