//! A remote session: one span for each documented member, over the item's own text.

use alloc::borrow::{Cow, ToOwned as _};
use alloc::boxed::Box;
use core::fmt;
use core::ops::Range;

use super::known::{Accepts, KNOWN, id_at, id_of, place_of};
use crate::error::{ItemError, excerpt};
use crate::item::{DuplicatePolicy, Item, Known, Member, Members, Text};
use crate::scan::{Decoded, Span, checked};

/// A session as registered in PAM Core. Members are read by methods; a text is unescaped only
/// when asked for. Absent members and `null` are `None`.
///
/// ```
/// use remote_sessions::RemoteSession;
/// let session = RemoteSession::parse(r#"{"id":"3","user":"Admin","end":null,"x-note":[1]}"#)?;
/// assert_eq!(session.id(), 3);
/// assert_eq!(session.user().expect("a user"), "Admin");
/// assert!(session.is_active() && session.device().is_none());
/// assert_eq!(session.member("x-note"), Some("[1]"));
/// # Ok::<(), remote_sessions::Error>(())
/// ```
#[derive(Clone)]
pub struct RemoteSession<'a> {
    text: Cow<'a, str>,
    spans: Spans,
    id: u64,
    index: u64,
    offset: u64,
    kinds: Kinds,
    may_escape: bool,
}

/// Where the documented members' values are in the text; anything for one that is not there.
#[derive(Clone)]
enum Spans {
    /// As the parser noted them.
    Near([Span; KNOWN.len()]),
    /// Of a text that is too long for that.
    Far(Box<[Range<usize>; KNOWN.len()]>),
}

impl Spans {
    #[inline]
    fn of(&self, place: usize) -> Range<usize> {
        match self {
            Self::Near(spans) => usize::from(spans[place].start)..usize::from(spans[place].end),
            Self::Far(spans) => spans[place].clone(),
        }
    }
}

/// Which documented members are there, and with what: one bit for each place.
#[derive(Clone, Copy, Debug, Default)]
struct Kinds {
    strings: u16,
    nulls: u16,
    others: u16,
}

/// The bits of [`Kinds`] that stand for documented members.
const DOCUMENTED: u16 = (1 << KNOWN.len()) - 1;

impl Kinds {
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "the documented members have the lowest bits")]
    fn of(decoded: &Decoded) -> Self {
        let low = |mask: u32| mask as u16 & DOCUMENTED;
        Self { strings: low(decoded.strings), nulls: low(decoded.nulls), others: low(decoded.others) }
    }

    fn has(self, place: usize) -> bool {
        (self.strings | self.nulls | self.others) & 1 << place != 0
    }

    fn note(&mut self, place: usize, value: &str) {
        let bit = 1 << place;
        (self.strings, self.nulls, self.others) =
            (self.strings & !bit, self.nulls & !bit, self.others & !bit);
        match value.as_bytes().first() {
            Some(b'"') => self.strings |= bit,
            Some(b'n') => self.nulls |= bit,
            _ => self.others |= bit,
        }
    }
}

impl<'a> Item<'a> {
    /// The item as a remote session.
    ///
    /// # Errors
    /// [`ItemError`] when the item is no object, has no usable `id`, a documented member of an
    /// undocumented type, or one that stands twice (see [`DuplicatePolicy`]). The stream goes on.
    #[inline(always)]
    pub fn session(&self) -> Result<RemoteSession<'a>, ItemError> {
        RemoteSession::decode(self, self.known().and_then(Known::named))
    }
}

impl<'a> RemoteSession<'a> {
    #[inline(always)]
    pub(crate) fn decode(item: &Item<'a>, decoded: Option<&Decoded>) -> Result<Self, ItemError> {
        if let Some(decoded) = decoded
            && let Some(id) = Self::check(item.raw(), decoded)
            && let Some(&spans) = decoded.spans.first_chunk()
        {
            return Ok(Self {
                text: Cow::Borrowed(item.raw()),
                spans: Spans::Near(spans),
                kinds: Kinds::of(decoded),
                id,
                index: item.index(),
                offset: item.offset(),
                may_escape: decoded.may_escape,
            });
        }
        Self::decode_text(item).map_err(|error| item.shown(error))
    }

    /// The id, if what the parser already knows is all in order; if not, the decode from the text
    /// says what is amiss.
    #[inline]
    fn check(text: &str, decoded: &Decoded) -> Option<u64> {
        let Kinds { strings, mut others, .. } = Kinds::of(decoded);
        if (strings | others) & 1 == 0 {
            return None;
        }
        others &= !1;
        while others != 0 {
            let place = others.trailing_zeros() as usize;
            let Span { start, end } = decoded.spans[place];
            if !KNOWN[place].accepts.takes(text.get(usize::from(start)..usize::from(end))?) {
                return None;
            }
            others &= others - 1;
        }
        id_at(text, decoded.spans[0])
    }

    #[cold]
    #[inline(never)]
    fn decode_text(item: &Item<'a>) -> Result<Self, ItemError> {
        let text = item.raw();
        let Some(members) = Members::of(text) else {
            return Err(ItemError::new("an object", excerpt(text), item.index(), item.offset()));
        };
        let (mut spans, mut kinds) = ([const { 0..0 }; KNOWN.len()], Kinds::default());
        // One bit for each place: by the name, and by the alias.
        let mut came_by = [0u16; 2];
        for member in members {
            let Some((place, alias)) = place_of(member.name) else { continue };
            if !KNOWN[place].accepts.takes(member.value) {
                return Err(unfit(item, place, member.value, member.at));
            }
            let seen = &mut came_by[usize::from(alias)];
            let (again, beside) = (kinds.has(place), *seen & 1 << place == 0);
            *seen |= 1 << place;
            if again && !replaces(item, place, &text[spans[place].clone()], &member, beside)? {
                continue;
            }
            spans[place] = member.at..member.at + member.value.len();
            kinds.note(place, member.value);
        }
        let id = if kinds.has(0) { id_of(&text[spans[0].clone()]) } else { None };
        let Some(id) = id else {
            let error =
                ItemError::new(Accepts::Id.describe(), "none".to_owned(), item.index(), item.offset());
            return Err(error.in_member(KNOWN[0].name));
        };
        let (index, offset) = (item.index(), item.offset());
        let near = |range: &Range<usize>| {
            Some(Span { start: range.start.try_into().ok()?, end: range.end.try_into().ok()? })
        };
        let spans = match spans.each_ref().map(near) {
            all if all.iter().all(Option::is_some) => Spans::Near(all.map(Option::unwrap_or_default)),
            _ => Spans::Far(Box::new(spans)),
        };
        Ok(Self { text: Cow::Borrowed(text), spans, kinds, id, index, offset, may_escape: true })
    }

    /// The same session with its own copy of the text: one allocation (two if that is longer than
    /// 64 KiB).
    #[must_use]
    pub fn into_owned(self) -> RemoteSession<'static> {
        let Self { text, spans, kinds, id, index, offset, may_escape } = self;
        RemoteSession { text: Cow::Owned(text.into_owned()), spans, kinds, id, index, offset, may_escape }
    }

    /// The item's JSON text as sent.
    #[must_use]
    pub fn raw(&self) -> &str {
        &self.text
    }

    /// `id`: assigned when the session is registered; not promised unique across tenants.
    #[must_use]
    #[inline]
    pub fn id(&self) -> u64 {
        self.id
    }

    /// `user`: the name used to authenticate.
    #[must_use]
    #[inline]
    pub fn user(&self) -> Option<Text<'_>> {
        self.at(1)
    }

    /// `origin_ip`: the address of the originating device. See [`origin_addr`](Self::origin_addr).
    #[must_use]
    #[inline]
    pub fn origin_ip(&self) -> Option<Text<'_>> {
        self.at(2)
    }

    /// `credential` (older: `credencial`): the credential used.
    #[must_use]
    #[inline]
    pub fn credential(&self) -> Option<Text<'_>> {
        self.at(3)
    }

    /// `device` (older: `dispositivo`): host name or address of the target, with an optional
    /// port. See [`target`](Self::target).
    #[must_use]
    #[inline]
    pub fn device(&self) -> Option<Text<'_>> {
        self.at(4)
    }

    /// `protocol`: `rdp`, `ssh` and others; open-ended.
    #[must_use]
    #[inline]
    pub fn protocol(&self) -> Option<Text<'_>> {
        self.at(5)
    }

    /// `proxy`: `Web Proxy`, `RDP Proxy` and others; open-ended.
    #[must_use]
    #[inline]
    pub fn proxy(&self) -> Option<Text<'_>> {
        self.at(6)
    }

    /// `session_id`: an opaque hash that identifies the session.
    #[must_use]
    #[inline]
    pub fn session_id(&self) -> Option<Text<'_>> {
        self.at(7)
    }

    /// `start` as sent, in the server's own time zone. See [`started_at`](Self::started_at).
    #[must_use]
    #[inline]
    pub fn start(&self) -> Option<Text<'_>> {
        self.at(8)
    }

    /// `end` as sent. See [`ended_at`](Self::ended_at).
    #[must_use]
    #[inline]
    pub fn end(&self) -> Option<Text<'_>> {
        self.at(9)
    }

    /// `time`: how long the session took, as sent. See [`duration`](Self::duration).
    #[must_use]
    #[inline]
    pub fn time(&self) -> Option<Text<'_>> {
        self.at(10)
    }

    /// `prevent_purge` as sent. See [`prevents_purge`](Self::prevents_purge).
    #[must_use]
    #[inline]
    pub fn prevent_purge(&self) -> Option<Text<'_>> {
        self.at(11)
    }

    /// `request`: the request made by the user, as a string or number.
    #[must_use]
    #[inline]
    pub fn request(&self) -> Option<Text<'_>> {
        self.at(12)
    }

    /// `ITSM`: the code in the ITSM software.
    #[must_use]
    #[inline]
    pub fn itsm(&self) -> Option<Text<'_>> {
        self.at(13)
    }

    /// Any member's value as sent (a JSON text), by name. For a member that stands more than
    /// once the one that counts; of an unknown one the last.
    ///
    /// Cost: constant for documented names, else linear in the item's text.
    #[must_use]
    pub fn member(&self, name: &str) -> Option<&str> {
        match KNOWN.iter().position(|known| known.name == name) {
            Some(place) => self.sent_at(place),
            None => {
                let members = Members::of(&self.text).into_iter().flatten();
                members.filter(|member| member.name() == *name).last().map(|member| member.value)
            }
        }
    }

    /// The members that are not documented, in the order sent: name and JSON text.
    #[must_use]
    pub fn unknown_members(&self) -> UnknownMembers<'_> {
        UnknownMembers { members: Members::of(&self.text) }
    }

    /// The names of the documented members, in the documented order: the columns of a table.
    pub const NAMES: [&'static str; KNOWN.len()] = {
        let mut names = [""; KNOWN.len()];
        let mut place = 0;
        while place < KNOWN.len() {
            names[place] = KNOWN[place].name;
            place += 1;
        }
        names
    };

    /// The documented member at this place in [`NAMES`](Self::NAMES); `None` if absent or null.
    ///
    /// # Panics
    /// If `place` is not under `NAMES.len()`.
    #[must_use]
    #[inline]
    pub fn at(&self, place: usize) -> Option<Text<'_>> {
        let (Range { start, end }, bit) = (self.spans.of(place), 1 << place);
        let bytes = self.text.as_bytes();
        if self.kinds.strings & bit != 0 {
            let inside = bytes.get(start + 1..end.wrapping_sub(1))?;
            return Some(Text::known(checked(inside), self.may_escape));
        }
        if self.kinds.others & bit == 0 {
            return None;
        }
        Some(Text::plain(checked(bytes.get(start..end)?)))
    }

    /// The documented member at this place as sent, `null` included.
    pub(super) fn sent_at(&self, place: usize) -> Option<&str> {
        if self.kinds.has(place) { self.text.get(self.spans.of(place)) } else { None }
    }

    /// An error about a documented member of this session.
    pub(super) fn unfit(&self, place: usize, expected: &'static str) -> ItemError {
        let value = self.sent_at(place).unwrap_or("nothing");
        let offset = self.offset + self.spans.of(place).start as u64;
        ItemError::new(expected, excerpt(value), self.index, offset).in_member(KNOWN[place].name)
    }
}

/// Whether a member that stands a second time counts instead of the first. `beside` says that the
/// one came by its name and the other by its alias, which is no duplicate if both say the same.
fn replaces(
    item: &Item<'_>,
    place: usize,
    first: &str,
    second: &Member<'_>,
    beside: bool,
) -> Result<bool, ItemError> {
    match item.duplicates() {
        DuplicatePolicy::First => Ok(false),
        DuplicatePolicy::Last => Ok(true),
        DuplicatePolicy::Error if beside && Text::of(first) == Text::of(second.value) => Ok(false),
        DuplicatePolicy::Error => {
            let offset = item.offset() + second.at as u64;
            let found = "a second: ".to_owned() + &excerpt(second.value);
            Err(ItemError::new("one value", found, item.index(), offset).in_member(KNOWN[place].name))
        }
    }
}

fn unfit(item: &Item<'_>, place: usize, value: &str, at: usize) -> ItemError {
    let expected = KNOWN[place].accepts.describe();
    ItemError::new(expected, excerpt(value), item.index(), item.offset() + at as u64)
        .in_member(KNOWN[place].name)
}

/// Iterator over the undocumented members of a session: name and JSON text as sent.
#[derive(Clone, Debug)]
pub struct UnknownMembers<'a> {
    members: Option<Members<'a>>,
}

impl<'a> Iterator for UnknownMembers<'a> {
    type Item = (Text<'a>, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let unknown = self.members.as_mut()?.find(|member| place_of(member.name).is_none())?;
        Some((unknown.name(), unknown.value))
    }
}

/// Sessions are equal when every documented member says the same (`null` like absent) and the
/// undocumented ones are the same, in order.
impl PartialEq<RemoteSession<'_>> for RemoteSession<'_> {
    fn eq(&self, other: &RemoteSession<'_>) -> bool {
        self.id == other.id
            && (1..KNOWN.len()).all(|place| self.at(place) == other.at(place))
            && self.unknown_members().eq(other.unknown_members())
    }
}

impl fmt::Debug for RemoteSession<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("RemoteSession");
        shown.field("id", &self.id);
        for (place, known) in KNOWN.iter().enumerate().skip(1) {
            if let Some(value) = self.at(place) {
                shown.field(known.name, &value);
            }
        }
        shown.finish_non_exhaustive()
    }
}

#[cfg(test)]
#[path = "session_tests.rs"]
mod tests;
