//! Where the members of an item are: as its shape says, or by the quote index alone.

use crate::item::lane::SERDE_JSON_DEPTH;
use crate::item::members::is_space;
use crate::scan::{Decoded, Learned, Literal, checked, scalar_length};

/// What a value is, as far as the deserializer cares.
#[derive(Clone, Copy)]
pub(super) enum Kind {
    Text,
    Null,
    Other,
}

/// Where a value is, as a [`Span`](crate::scan::Span) has it. (By whole words: what is written by
/// halves and read at once right after has to wait for the writes; that was a fifth of the time.)
pub(super) struct Place {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) kind: Kind,
}

/// For serde_json to read.
#[derive(Debug)]
pub(super) struct Unclear;

pub(super) type Next<'de> = Result<Option<(&'de str, Place)>, Unclear>;

/// The members not yet given.
pub(super) trait Places<'de> {
    /// The next member that is there: its name, and where its value is.
    fn next(&mut self) -> Next<'de>;
}

/// Members that are where the shape says.
pub(super) struct Shaped<'de, 'k> {
    raw: &'de str,
    shape: &'k Learned,
    literals: &'k [Literal],
    decoded: &'k Decoded,
}

impl<'de, 'k> Shaped<'de, 'k> {
    #[inline]
    pub(super) fn new(raw: &'de str, shape: &'k Learned, decoded: &'k Decoded) -> Self {
        Self { raw, shape, literals: &shape.members, decoded }
    }

    #[inline]
    fn member(&mut self) -> Option<(&'de str, Place)> {
        loop {
            let (literal, rest) = self.literals.split_first()?;
            self.literals = rest;
            let (decoded, bit) = (self.decoded, literal.bit());
            let kind = if decoded.strings & bit != 0 {
                Kind::Text
            } else if decoded.nulls & bit != 0 {
                Kind::Null
            } else if decoded.others & bit != 0 {
                Kind::Other
            } else {
                continue;
            };
            let span = decoded.spans[literal.slot()];
            let (start, end) = (usize::from(span.start), usize::from(span.end));
            let literal = match self.shape.alias_of(literal) {
                Some((alias, bit)) if decoded.aliased & bit != 0 => alias,
                _ => literal,
            };
            let (from, length) = literal.name();
            let value = start.wrapping_sub(usize::from(matches!(kind, Kind::Text)));
            let at = value.wrapping_sub(literal.len()).wrapping_add(from);
            let name = self.raw.as_bytes().get(at..at + length)?;
            return Some((checked(name), Place { start, end, kind }));
        }
    }
}

impl<'de> Places<'de> for Shaped<'de, '_> {
    #[inline]
    fn next(&mut self) -> Next<'de> {
        Ok(self.member())
    }
}

/// Members of any layout, of an item that was accepted by the general decode: each name is between two
/// entries of the index, and so is each string. (No entries are given of an item with escapes in names.)
pub(super) struct Quoted<'de, 'k> {
    raw: &'de str,
    /// Those not used up.
    quotes: &'k [u32],
    /// Where entries count from.
    origin: usize,
}

impl<'de> Places<'de> for Quoted<'de, '_> {
    #[inline]
    fn next(&mut self) -> Next<'de> {
        match self.quotes.is_empty() {
            true => Ok(None),
            false => self.member().map(Some).ok_or(Unclear),
        }
    }
}

impl<'de, 'k> Quoted<'de, 'k> {
    /// None if the entries are not known.
    #[inline]
    pub(super) fn new(raw: &'de str, quotes: &'k [u32]) -> Option<Self> {
        let first = token_at(raw.as_bytes(), 1)?;
        let origin = (*quotes.first()? as usize).checked_sub(first)?;
        Some(Self { raw, quotes, origin })
    }

    #[inline]
    fn member(&mut self) -> Option<(&'de str, Place)> {
        let bytes = self.raw.as_bytes();
        let (open, close) = (self.quote(0)?, self.quote(1)?);
        let name = checked(bytes.get(open + 1..close)?);
        let colon = token_at(bytes, close + 1)?;
        let start = token_at(bytes, colon + 1)?;
        let (place, used) = match bytes[start] {
            b'"' => (Place { start: start + 1, end: self.quote(3)?, kind: Kind::Text }, 4),
            b'n' => (Place { start, end: start + 4, kind: Kind::Null }, 2),
            b'{' | b'[' => {
                let (end, used) = self.container(start)?;
                (Place { start, end, kind: Kind::Other }, 2 + used)
            }
            _ => {
                let length = scalar_length(&bytes[start..])?;
                (Place { start, end: start + length, kind: Kind::Other }, 2)
            }
        };
        self.quotes = self.quotes.get(used..)?;
        Some((name, place))
    }

    /// Where an entry is in the text.
    #[inline]
    fn quote(&self, number: usize) -> Option<usize> {
        (*self.quotes.get(number)? as usize).checked_sub(self.origin)
    }

    /// Where the container ends that begins at a place, behind two entries, and how many entries it has.
    fn container(&self, start: usize) -> Option<(usize, usize)> {
        let bytes = self.raw.as_bytes();
        let (mut at, mut depth, mut used) = (start, 0, 0);
        loop {
            match bytes.get(at)? {
                b'{' | b'[' => depth += 1,
                b'}' | b']' => depth -= 1,
                b'"' => {
                    at = self.quote(2 + used + 1)?;
                    used += 2;
                }
                _ => {}
            }
            at += 1;
            if depth == 0 {
                return Some((at, used));
            }
            if depth > SERDE_JSON_DEPTH {
                return None;
            }
        }
    }
}

/// Where the next byte is that is no white space.
#[inline]
fn token_at(bytes: &[u8], from: usize) -> Option<usize> {
    if bytes.get(from).is_some_and(|byte| !is_space(*byte)) {
        return Some(from);
    }
    Some(from + bytes.get(from..)?.iter().position(|byte| !is_space(*byte))?)
}
