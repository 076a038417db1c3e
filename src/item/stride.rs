//! General decode of one item over the quote index: strings are stepped over whole, everything
//! else is held to the grammar byte by byte.

use super::fields::{Field, Fields};
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

/// Deepest nesting followed here.
const DEEPEST: usize = 128;

/// How far the walk through an object came before its bytes or quotes ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Progress {
    /// Just behind the last complete member, or inside of the next one; 0 if there is none.
    pub(super) at: usize,
    /// Quotes used up to there since the walk was taken up.
    pub(super) quotes: usize,
    /// Whether a text is all that is waited for, not a name or anything that is short.
    pub(super) is_text: bool,
    /// Or how far into it, if it holds a container.
    inside: Option<Inside>,
    /// How many bytes behind that place were gone through once more each time.
    pub(super) walked: usize,
    plain: bool,
    has_escaped_names: bool,
}

/// What a walk is always at.
struct Done {
    at: usize,
    quotes: usize,
    plain: bool,
    has_escaped_names: bool,
}

impl Progress {
    /// For what there must be more bytes.
    fn waits(&mut self, stride: &Stride<'_>) {
        let Object { bytes, end, .. } = &stride.object;
        self.walked = stride.at.saturating_sub(self.at);
        self.is_text = stride.at < *end && bytes[stride.at] == b'"' && !stride.in_name;
    }
}

/// A member that was not all there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Inside {
    field: Option<Field>,
    /// Where its value begins.
    start: usize,
    open: Open,
}

/// A place in a container where a value begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) at: usize,
    quote: usize,
    /// One bit for each container around it, the innermost one's last: whether that is an object.
    objects: u128,
    depth: usize,
}

impl Progress {
    /// At the opening brace.
    pub(super) const fn none() -> Self {
        Self {
            at: 0,
            quotes: 0,
            is_text: false,
            inside: None,
            walked: 0,
            plain: true,
            has_escaped_names: false,
        }
    }
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

    /// How many of the byte that is here come one after the other; 32 at most.
    #[inline(always)]
    fn repeated(&self, byte: u8) -> usize {
        let rest = &self.object.bytes[self.at..];
        match rest.first_chunk::<32>() {
            // Mostly it is one.
            Some(some) if some[1] == byte => leading(some, byte).min(self.object.end - self.at),
            _ => 1,
        }
    }

    /// The same where lines may be indented.
    #[inline(always)]
    fn token_in<const LINES: bool>(&mut self) -> Result<u8, Stop> {
        if LINES && let Some(b'\n') = self.object.bytes.get(self.at) {
            self.at += 1;
            while let Some(some) = self.object.bytes.get(self.at..).and_then(|rest| rest.first_chunk()) {
                let blanks = leading(some, b' ');
                self.at += blanks;
                if blanks < some.len() {
                    break;
                }
            }
        }
        self.token()
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

    /// A container and all in it, without recursion: one bit for each open one.
    fn container(&mut self) -> Result<(), Stop> {
        let open = Open { at: self.at, quote: self.quote, objects: 0, depth: 0 };
        match self.object.bytes.get(self.at + 1) {
            Some(b'\n') => self.container_from::<true>(open),
            _ => self.container_from::<false>(open),
        }
    }

    /// The rest of one that was not all there.
    fn go_on(&mut self, open: Open) -> Result<(), Stop> {
        self.at = open.at;
        self.container_from::<true>(Open { quote: 0, ..open })
    }

    #[inline(never)]
    fn container_from<const LINES: bool>(&mut self, mut open: Open) -> Result<(), Stop> {
        let ended = self.container_of::<LINES>(&mut open);
        if let Err(Stop::Incomplete) = ended {
            self.open = Some(open);
        }
        ended
    }

    #[inline(always)]
    fn container_of<const LINES: bool>(&mut self, open: &mut Open) -> Result<(), Stop> {
        let Open { mut objects, mut depth, .. } = *open;
        loop {
            *open = Open { at: self.at, quote: self.quote, objects, depth };
            // A value begins here.
            let byte = self.object.bytes[self.at];
            if matches!(byte, b'{' | b'[') {
                // Arrays that begin with an array: all but the last are opened at once.
                let outer = if byte == b'[' { self.repeated(b'[').saturating_sub(1) } else { 0 };
                if depth + outer + 2 > self.object.depth.min(DEEPEST) {
                    return Err(Stop::Refused);
                }
                objects <<= outer;
                depth += outer;
                self.at += outer;
                objects = objects << 1 | u128::from(byte == b'{');
                depth += 1;
                self.at += 1;
                match (self.token_in::<LINES>()?, byte) {
                    (b'}', b'{') | (b']', b'[') => {}
                    (_, b'{') => {
                        self.name()?;
                        continue;
                    }
                    _ => continue,
                }
            } else {
                self.value()?;
            }
            // A value or an empty container's inside ended here.
            loop {
                match (self.token_in::<LINES>()?, objects & 1 == 1) {
                    (token @ b'}', true) | (token @ b']', false) => {
                        // As many arrays as end here, one inside the other.
                        let arrays = depth.min(objects.trailing_zeros() as usize);
                        let ended = if token == b']' { self.repeated(b']').min(arrays) } else { 1 };
                        self.at += ended;
                        objects >>= ended;
                        depth -= ended;
                        if depth == 0 {
                            return Ok(());
                        }
                    }
                    (b',', is_object) => {
                        self.at += 1;
                        self.token_in::<LINES>()?;
                        if is_object {
                            self.name()?;
                        }
                        break;
                    }
                    _ => return Err(Stop::Refused),
                }
            }
        }
    }
}

/// How many of a byte there are before anything else, with no branch: it is seldom the same number.
#[inline(always)]
fn leading(bytes: &[u8; 32], byte: u8) -> usize {
    let eights = bytes.as_chunks::<8>().0;
    eights.iter().rev().fold(0, |behind, eight| {
        let others = u64::from_le_bytes(*eight) ^ u64::from_le_bytes([byte; 8]);
        // The lowest byte that is another; eight if none is.
        let same = (others.trailing_zeros() / 8) as usize;
        same + if same == 8 { behind } else { 0 }
    })
}

#[cfg(test)]
mod tests;
