//! General decode of one item over the quote index: strings are stepped over whole, everything
//! else is held to the grammar byte by byte.

mod container;
mod progress;

use super::fields::{Field, Fields};
use container::Open;
pub(super) use progress::Progress;
use progress::{Done, Inside};

use crate::limits::Limits;
use crate::scan::{Decoded, FARTHEST, MEMBERS, Span, scalar_length};

/// Where an object may stand: its bytes from the opening brace on, and the quotes from there on.
pub(super) struct Object<'a> {
    /// At least 128 bytes longer than `end`.
    pub(super) bytes: &'a [u8],
    /// How many of the bytes are at hand.
    pub(super) end: usize,
    pub(super) quotes: &'a [u32],
    /// Position of the first byte in terms of the quotes.
    pub(super) origin: u32,
    /// Containers that may be open inside the item, itself included.
    pub(super) depth: usize,
}

/// What came of it. Escapes, UTF-8 and control characters in strings are for the caller to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Strode {
    /// A complete object.
    Object(Layout),
    /// The bytes or quotes ended first.
    Incomplete,
    /// Not what this decode accepts: for the grammar to judge.
    Refused,
}

/// What was learned of a complete object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Layout {
    pub(super) length: usize,
    pub(super) quotes: usize,
    /// Whether every slot was filled at most once, and spans can say where.
    pub(super) plain: bool,
    /// Whether a name has escapes; then it is not a known one.
    pub(super) has_escaped_names: bool,
}

/// Why the walk stopped early.
enum Stop {
    Incomplete,
    Refused,
}

/// A walk over what begins at the first byte.
pub(super) struct Stride<'a> {
    pub(super) object: Object<'a>,
    pub(super) limits: &'a Limits,
    at: usize,
    quote: usize,
    /// How far it came into a container that was not all there.
    open: Option<Open>,
    /// Whether it stopped at a name.
    in_name: bool,
}

/// Walks through an object, noting the values of the members that `fields` names; from where it
/// came to before, if it did. The quotes are those behind that place.
pub(super) fn stride(
    object: Object<'_>,
    fields: &Fields,
    limits: &Limits,
    decoded: &mut Decoded,
    progress: &mut Progress,
) -> Strode {
    if progress.at == 0 {
        (decoded.strings, decoded.nulls, decoded.others) = (0, 0, 0);
    }
    let mut stride = Stride { at: progress.at, ..Stride::new(object, limits) };
    // On the stack, so that they are kept in registers.
    let mut kinds = [decoded.strings, decoded.nulls, decoded.others];
    let Progress { at, quotes, plain, has_escaped_names, .. } = *progress;
    let mut done = Done { at, quotes, plain, has_escaped_names };
    let ended = stride.run(fields, &mut decoded.spans, &mut kinds, &mut done, &mut progress.inside);
    [decoded.strings, decoded.nulls, decoded.others] = kinds;
    let Done { at, quotes, plain, has_escaped_names } = done;
    (progress.at, progress.quotes) = (at, quotes);
    (progress.plain, progress.has_escaped_names) = (plain, has_escaped_names);
    if let Err(Stop::Incomplete) = ended {
        progress.waits(&stride);
    }
    match ended {
        Ok(()) => {
            Strode::Object(Layout { length: stride.at, quotes: stride.quote, plain, has_escaped_names })
        }
        Err(Stop::Incomplete) => Strode::Incomplete,
        Err(Stop::Refused) => Strode::Refused,
    }
}

/// Walks over the container or string that begins here, whatever is in it; from where it came to before,
/// if it did. The quotes are those behind that place.
pub(super) fn stride_whole(object: Object<'_>, limits: &Limits, progress: &mut Progress) -> Strode {
    let mut stride = Stride::new(object, limits);
    let ended = match progress.inside.take() {
        Some(Inside { open, .. }) => stride.go_on(open),
        None => stride.value(),
    };
    progress.quotes = 0;
    if let Some(open) = stride.open {
        (progress.at, progress.quotes) = (open.at, open.quote);
        progress.inside = Some(Inside { field: None, start: 0, open });
    }
    progress.waits(&stride);
    match ended {
        Ok(()) => Strode::Object(Layout {
            length: stride.at,
            quotes: stride.quote,
            plain: false,
            has_escaped_names: false,
        }),
        Err(Stop::Incomplete) => Strode::Incomplete,
        Err(Stop::Refused) => Strode::Refused,
    }
}

/// Walks over a member of no known name that begins here with the comma before it: its length in
/// bytes, and its quotes. None if it is anything else, or not all there.
pub(super) fn stride_member(stride: &mut Stride<'_>, fields: &Fields) -> Option<(usize, usize)> {
    if stride.is_over().ok()? {
        return None;
    }
    let (from, to) = stride.name().ok()?;
    let word = stride.object.bytes.get(from..)?.first_chunk()?;
    // One with an escape may be a known one in disguise.
    if fields.find(word, to - from).is_some() || stride.object.bytes[from..to].contains(&b'\\') {
        return None;
    }
    stride.value().ok()?;
    Some((stride.at, stride.quote))
}

impl<'a> Stride<'a> {
    #[inline(always)]
    pub(super) fn new(object: Object<'a>, limits: &'a Limits) -> Self {
        Self { object, limits, at: 0, quote: 0, open: None, in_name: false }
    }

    /// Walks over the container that begins here, whatever is in it: its length in bytes, and its
    /// quotes. None if it is refused, or not all there.
    #[inline]
    pub(super) fn over(&mut self) -> Option<(usize, usize)> {
        self.container().ok()?;
        Some((self.at, self.quote))
    }

    #[inline(always)]
    fn run(
        &mut self,
        fields: &Fields,
        spans: &mut [Span; MEMBERS],
        kinds: &mut [u32; 3],
        done: &mut Done,
        inside: &mut Option<Inside>,
    ) -> Result<(), Stop> {
        if self.object.depth == 0 {
            return Err(Stop::Refused);
        }
        if inside.is_some() {
            // It goes on in there.
        } else if self.at == 0 {
            self.at = 1;
            if self.token()? == b'}' {
                self.at += 1;
                return Ok(());
            }
        } else if self.is_over()? {
            return Ok(());
        }
        loop {
            let (field, start, ended) = match inside.take() {
                Some(Inside { field, start, open }) => (field, start, self.go_on(open)),
                None => {
                    let field = self.known_name(fields, done)?;
                    (field, self.at, self.value())
                }
            };
            if let Err(stop) = ended {
                if let Some(open) = self.open {
                    (done.at, done.quotes) = (open.at, open.quote);
                    *inside = Some(Inside { field, start, open });
                }
                return Err(stop);
            }
            match field {
                Some(Field::Slot(slot)) => {
                    let slot = usize::from(slot) % MEMBERS;
                    let bit = 1 << slot;
                    done.plain &= (kinds[0] | kinds[1] | kinds[2]) & bit == 0 && self.at <= FARTHEST;
                    let kind = match self.object.bytes[start] {
                        b'"' => 0,
                        b'n' => 1,
                        _ => 2,
                    };
                    #[expect(clippy::cast_possible_truncation, reason = "what does not fit is not plain")]
                    let (start, end) = (start as u16, self.at as u16);
                    (spans[slot], kinds[kind]) = match kind {
                        0 => {
                            (Span { start: start.wrapping_add(1), end: end.wrapping_sub(1) }, kinds[0] | bit)
                        }
                        1 => (Span::none_at(start), kinds[1] | bit),
                        _ => (Span { start, end }, kinds[2] | bit),
                    };
                }
                Some(Field::Foreign) | None => {}
            }
            (done.at, done.quotes) = (self.at, self.quote);
            match self.token()? {
                b',' => self.at += 1,
                b'}' => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(Stop::Refused),
            }
            self.token()?;
        }
    }

    /// The name of a member, and what it stands for.
    #[inline(always)]
    fn known_name(&mut self, fields: &Fields, done: &mut Done) -> Result<Option<Field>, Stop> {
        let (from, to) = self.name()?;
        let Some(word) = self.object.bytes.get(from..).and_then(|rest| rest.first_chunk()) else {
            return Err(Stop::Refused);
        };
        let field = fields.find(word, to - from);
        if field.is_none() && self.object.bytes[from..to].contains(&b'\\') {
            // It may be a known one in disguise.
            if fields.find_escaped(&self.object.bytes[from..to]).is_some() {
                return Err(Stop::Refused);
            }
            done.has_escaped_names = true;
        }
        // At once: what comes after it must not wait for the end of this object.
        if field == Some(Field::Foreign) { Err(Stop::Refused) } else { Ok(field) }
    }

    /// Whether the object ends here, behind a member; if not, the next one begins.
    #[inline(always)]
    fn is_over(&mut self) -> Result<bool, Stop> {
        let token = self.token()?;
        self.at += 1;
        match token {
            b',' => self.token().map(|_| false),
            b'}' => Ok(true),
            _ => Err(Stop::Refused),
        }
    }

    /// Skips white space; the byte that follows.
    #[inline(always)]
    fn token(&mut self) -> Result<u8, Stop> {
        loop {
            match self.object.bytes.get(self.at) {
                Some(&byte) if self.at < self.object.end => match byte {
                    b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                    _ => return Ok(byte),
                },
                _ => return Err(Stop::Incomplete),
            }
        }
    }

    /// A string that begins here; the place of its inside.
    #[inline(always)]
    fn string(&mut self) -> Result<(usize, usize), Stop> {
        let Some(&[open, close]) =
            self.object.quotes.get(self.quote..self.quote + 2).and_then(|two| two.first_chunk())
        else {
            let is_other = self.at < self.object.end && self.object.bytes[self.at] != b'"';
            return Err(if is_other { Stop::Refused } else { Stop::Incomplete });
        };
        // An entry at this place says that a quote is here; the next one, where it is closed.
        if open.wrapping_sub(self.object.origin) as usize != self.at {
            return Err(if self.at < self.object.end { Stop::Refused } else { Stop::Incomplete });
        }
        let from = self.at + 1;
        let to = close.wrapping_sub(self.object.origin) as usize;
        debug_assert!(from <= to && to < self.object.end, "entries are in order and of bytes at hand");
        self.quote += 2;
        self.at = to + 1;
        Ok((from, to))
    }

    /// A member name, its colon and white space; the place of its inside.
    #[inline(always)]
    fn name(&mut self) -> Result<(usize, usize), Stop> {
        let (from, to) = match self.string() {
            Ok(place) => place,
            // It is too long already.
            Err(_) if self.object.end.saturating_sub(self.at + 1) > self.limits.key => {
                return Err(Stop::Refused);
            }
            Err(stop) => {
                self.in_name = true;
                return Err(stop);
            }
        };
        if to - from > self.limits.key {
            return Err(Stop::Refused);
        }
        if self.token()? != b':' {
            return Err(Stop::Refused);
        }
        self.at += 1;
        self.token()?;
        Ok((from, to))
    }

    /// A value that begins here.
    #[inline(always)]
    fn value(&mut self) -> Result<(), Stop> {
        debug_assert!(self.at < self.object.end, "a token begins here");
        match self.object.bytes[self.at] {
            b'"' => self.string().map(drop),
            b'{' | b'[' => self.container(),
            b'n' if self.object.bytes.get(self.at..self.at + 4) == Some(b"null")
                && self.at + 4 <= self.object.end =>
            {
                self.at += 4;
                Ok(())
            }
            _ => self.scalar(),
        }
    }

    #[inline(never)]
    fn scalar(&mut self) -> Result<(), Stop> {
        let rest = &self.object.bytes[self.at..self.object.end];
        let Some(length) = scalar_length(rest) else {
            // Cut off, perhaps, if there is nothing else behind it.
            let may_go_on = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
            let is_cut = rest.len() < 1000 && rest.iter().all(may_go_on);
            return Err(if is_cut { Stop::Incomplete } else { Stop::Refused });
        };
        if length == rest.len() {
            // A number may go on.
            return Err(Stop::Incomplete);
        }
        if length > self.limits.number {
            return Err(Stop::Refused);
        }
        self.at += length;
        Ok(())
    }
}

#[cfg(test)]
mod tests;
