//! Which member names matter, as a table found by one multiplication.

/// What a member name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    /// A member whose value is noted in this slot, under [`MEMBERS`](crate::scan::MEMBERS) less one.
    Slot(u8),
    /// A member that no item has: the object is something else.
    Foreign,
}

/// A set of names and what they stand for.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    names: &'static [(&'static str, Field)],
    /// The names as words, zeros behind them.
    words: [u128; MOST],
    /// Numbers of names; a name stands at its slot or, where that was taken, soon after.
    table: [u8; SIZE],
    slots: usize,
}

/// Longest name of a table.
pub(crate) const LONGEST: usize = 16;
/// Most names in a table.
const MOST: usize = 32;
const SIZE: usize = 256;
const NONE: u8 = u8::MAX;

impl Fields {
    /// # Panics
    /// If there are more than 32 names, or one is empty or longer than 16 bytes: the tables are
    /// constants of this crate.
    pub(crate) fn new(names: &'static [(&'static str, Field)]) -> Self {
        assert!(names.len() <= MOST, "a table stays sparse");
        let (mut words, mut table) = ([0; MOST], [NONE; SIZE]);
        for (number, (name, _)) in names.iter().enumerate() {
            assert!((1..=LONGEST).contains(&name.len()), "a name fits a word");
            let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'"' | b'\\' | b'/');
            assert!(name.bytes().all(is_plain), "no other escape stands for a part of it");
            let mut word = [0; LONGEST];
            word[..name.len()].copy_from_slice(name.as_bytes());
            words[number] = u128::from_le_bytes(word);
            let mut slot = slot(words[number]);
            while table[slot] != NONE {
                slot = (slot + 1) % SIZE;
            }
            #[expect(clippy::cast_possible_truncation, reason = "at most 32")]
            let number = number as u8;
            table[slot] = number;
        }
        let slot = |(_, field): &(_, Field)| match field {
            Field::Slot(slot) => usize::from(*slot) + 1,
            Field::Foreign => 0,
        };
        Self { names, words, table, slots: names.iter().map(slot).max().unwrap_or(0) }
    }

    /// What a name (as sent, without escapes) stands for: the first `length` of these bytes.
    #[inline]
    pub(crate) fn find(&self, bytes: &[u8; LONGEST], length: usize) -> Option<Field> {
        if length.wrapping_sub(1) >= LONGEST {
            return None;
        }
        let word = u128::from_le_bytes(*bytes) & u128::MAX >> (8 * (LONGEST - length));
        let mut slot = slot(word);
        loop {
            let number = usize::from(self.table[slot]);
            // An empty slot ends the search: NONE is the number of no name.
            let (name, field) = self.names.get(number)?;
            if self.words.get(number) == Some(&word) && name.len() == length {
                return Some(*field);
            }
            slot = (slot + 1) % SIZE;
        }
    }

    /// What a name as sent stands for that has escapes; those may be wrong, and then it is nobody's. Only
    /// `\u` escapes mean what a name has.
    #[cold]
    pub(crate) fn find_escaped(&self, name: &[u8]) -> Option<Field> {
        let (mut bytes, mut length, mut rest) = ([0; LONGEST], 0, name);
        loop {
            let (byte, used) = match rest {
                [] => return self.find(&bytes, length),
                [b'\\', b'u', b'0', b'0', high, low, ..] => {
                    (hexadecimal(*high)? << 4 | hexadecimal(*low)?, 6)
                }
                [b'\\', ..] => return None,
                [byte, ..] => (*byte, 1),
            };
            *bytes.get_mut(length)? = byte;
            length += 1;
            rest = &rest[used..];
        }
    }

    /// One more than the highest slot.
    #[inline]
    pub(crate) fn slots(&self) -> usize {
        self.slots
    }

    /// The same for a whole text.
    pub(crate) fn find_text(&self, name: &str) -> Option<Field> {
        let mut bytes = [0; LONGEST];
        bytes.get_mut(..name.len())?.copy_from_slice(name.as_bytes());
        self.find(&bytes, name.len())
    }
}

fn hexadecimal(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[inline]
#[expect(clippy::cast_possible_truncation, reason = "both halves, mixed into a hash")]
fn slot(word: u128) -> usize {
    let mixed = (word as u64 ^ ((word >> 64) as u64).rotate_left(23)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    (mixed >> 56) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;

    #[test]
    fn finds_exactly_the_names_of_the_table() {
        for names in [
            &[("id", Field::Slot(0)), ("user", Field::Slot(1)), ("list", Field::Foreign)],
            &[
                ("abcdefghijklmnop", Field::Slot(2)),
                ("abcdefghijklmno", Field::Slot(3)),
                ("b", Field::Slot(4)),
            ],
        ] {
            let fields = Fields::new(names);
            for (name, field) in names {
                assert_eq!(fields.find_text(name), Some(*field));
                let mut bytes = [b'x'; LONGEST];
                bytes[..name.len()].copy_from_slice(name.as_bytes());
                assert_eq!(fields.find(&bytes, name.len()), Some(*field));
            }
            for name in
                ["", "i", "ie", "uxer", "LIST", "users", "abcdefghijklmn", "abcdefghijklmnopq", "id\0"]
            {
                assert_eq!(fields.find_text(name), None, "{name}");
            }
        }
        assert_eq!(Fields::new(&[]).find_text("id"), None);
    }

    #[test]
    fn hostile_10_a_known_name_in_disguise_is_found_and_no_other() {
        let fields = Fields::new(&[("id", Field::Slot(0)), ("abcdefghijklmnop", Field::Slot(1))]);
        for (name, slot) in
            [("\\u0069d", 0), ("i\\u0064", 0), ("\\u0069\\u0064", 0), ("abcdefghijklmno\\u0070", 1)]
        {
            assert_eq!(fields.find_escaped(name.as_bytes()), Some(Field::Slot(slot)), "{name}");
        }
        for name in [
            "\\u0069",
            "\\u0069dd",
            "\\u0169d",
            "\\u1069d",
            "\\u006",
            "\\u",
            "\\",
            "\\id",
            "i\\/d",
            "i\\u00",
            "\\u00e9",
            "\\u006gd",
            "\\u0069D",
            "abcdefghijklmnop\\u0071",
            "\\u0061bcdefghijklmnopq",
            "\\u0000id",
            "\\U0069d",
        ] {
            assert_eq!(fields.find_escaped(name.as_bytes()), None, "{name}");
        }
    }

    #[test]
    fn names_that_share_a_slot_are_told_apart() {
        // The last slot: those after it begin anew at the first.
        let last = |name: &String| {
            let mut bytes = [0; LONGEST];
            bytes[..name.len()].copy_from_slice(name.as_bytes());
            slot(u128::from_le_bytes(bytes)) == SIZE - 1
        };
        let names: Vec<_> = (0..10_000).map(|number| format!("n{number}")).filter(last).take(4).collect();
        let table: Vec<(&'static str, _)> = names[..3]
            .iter()
            .zip(0..)
            .map(|(name, slot)| (&*name.clone().leak(), Field::Slot(slot)))
            .collect();
        let fields = Fields::new(table.leak());
        for (name, slot) in names.iter().zip(0..3) {
            assert_eq!(fields.find_text(name), Some(Field::Slot(slot)), "{name}");
        }
        assert_eq!(fields.find_text(&names[3]), None);
        assert_eq!(fields.slots(), 3);
    }
}
