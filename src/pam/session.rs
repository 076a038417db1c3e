//! A remote session: one span for each documented member, over the item's own text.

use alloc::borrow::{Cow, ToOwned as _};
use alloc::boxed::Box;
use core::fmt;
use core::ops::Range;

use super::kinds::Kinds;
use super::known::{Accepts, KNOWN, MIXED, TEXTS, id_at, id_of, place_of};
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
    /// Where the documented members' texts are; [`Span::none_at`] for those that have none.
    spans: [Span; PLACES],
    /// Instead of them, where a text is too long for that.
    far: Option<Box<[Range<usize>; KNOWN.len()]>>,
    id: u64,
    index: u64,
    offset: u64,
    kinds: Kinds,
}

/// Places for documented members, and two more: so their spans are copied by whole vectors of any
/// width, none over another.
const PLACES: usize = 16;
const _: () = assert!(KNOWN.len() <= PLACES);

static NOWHERE: [Span; PLACES] = [Span::none_at(1); PLACES];

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
        // Put together in one place, so that it is not moved after: that is a tenth of the time.
        let (slow, kinds, id, far);
        let spans = match decoded.and_then(|decoded| Some((decoded, Self::check(item.raw(), decoded)?))) {
            Some((decoded, known)) => {
                (kinds, id, far) = (Kinds::of(decoded), known, None);
                decoded.spans.first_chunk().unwrap_or(&NOWHERE)
            }
            None => {
                slow = match Self::decode_text(item) {
                    Ok(slow) => slow,
                    Err(error) => return Err(item.shown(error)),
                };
                (kinds, id, far) = (slow.kinds, slow.id, slow.far);
                &slow.spans
            }
        };
        let (index, offset) = (item.index(), item.offset());
        Ok(Self { text: Cow::Borrowed(item.raw()), spans: *spans, far, kinds, id, index, offset })
    }

    /// The id, if what the parser already knows is all in order; if not, the decode from the text
    /// says what is amiss.
    #[inline]
    fn check(text: &str, decoded: &Decoded) -> Option<u64> {
        if (decoded.strings | decoded.others) & 1 == 0 {
            return None;
        }
        if decoded.others & TEXTS != 0 {
            return None;
        }
        // With no branch for each: what they are is what in a list is least alike.
        let mut fit = true;
        for place in MIXED {
            let Span { start, end } = decoded.spans[place];
            let first = text.as_bytes().get(usize::from(start)).copied().unwrap_or_default();
            let takes = KNOWN[place].accepts.takes_other(first, end.wrapping_sub(start) == 1);
            fit &= takes | (decoded.others >> place & 1 == 0);
        }
        if !fit {
            return None;
        }
        id_at(text, decoded.spans[0], decoded.strings & 1 != 0)
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
        // As the parser notes them: of a string what is between its quotes.
        for (place, span) in spans.iter_mut().enumerate() {
            if kinds.is_string(place) {
                (span.start, span.end) = (span.start + 1, span.end - 1);
            } else if !kinds.is_other(place) {
                *span = span.start.max(1)..span.start.saturating_sub(1);
            }
        }
        let (mut near, mut far) = (NOWHERE, None);
        for (span, range) in near.iter_mut().zip(&spans) {
            match (range.start.try_into(), range.end.try_into()) {
                (Ok(start), Ok(end)) => *span = Span { start, end },
                _ => far = Some(()),
            }
        }
        let far = far.map(|()| {
            near = NOWHERE;
            Box::new(spans)
        });
        let spans = near;
        let (index, offset, text) = (item.index(), item.offset(), Cow::Borrowed(text));
        let kinds = kinds.with_escapes();
        Ok(Self { text, spans, far, kinds, id, index, offset })
    }

    /// The same session with its own copy of the text: one allocation (two if that is longer than
    /// 64 KiB).
    #[must_use]
    pub fn into_owned(self) -> RemoteSession<'static> {
        let Self { text, spans, far, kinds, id, index, offset } = self;
        RemoteSession { text: Cow::Owned(text.into_owned()), spans, far, kinds, id, index, offset }
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
        assert!(place < KNOWN.len(), "there are {} documented members", KNOWN.len());
        let Span { start, end } = self.spans[place];
        let text = match self.text.as_bytes().get(usize::from(start)..usize::from(end)) {
            Some(text) => checked(text),
            None => far_text(&self.text, self.far.as_deref()?, place)?,
        };
        Some(Text::known(text, !self.kinds.is_other(place), self.kinds.escaped(), start))
    }

    /// The documented member at this place as sent, `null` included.
    pub(super) fn sent_at(&self, place: usize) -> Option<&str> {
        if self.kinds.is_null(place) {
            return Some("null");
        }
        self.text.get(self.range(place))
    }

    /// Where the value of a documented member is in the text, quotes included; nowhere if it is
    /// absent or `null`.
    fn range(&self, place: usize) -> Range<usize> {
        let Range { start, end } = match &self.far {
            Some(far) => far[place].clone(),
            None => usize::from(self.spans[place].start)..usize::from(self.spans[place].end),
        };
        let quote = usize::from(self.kinds.is_string(place));
        start - quote..end + quote
    }

    /// An error about a documented member of this session.
    pub(super) fn unfit(&self, place: usize, expected: &'static str) -> ItemError {
        let value = self.sent_at(place).unwrap_or("nothing");
        let offset = self.offset + self.range(place).start as u64;
        ItemError::new(expected, excerpt(value), self.index, offset).in_member(KNOWN[place].name)
    }
}

#[cold]
fn far_text<'t>(text: &'t str, far: &[Range<usize>; KNOWN.len()], place: usize) -> Option<&'t str> {
    text.get(far[place].clone())
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
