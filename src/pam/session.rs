//! A remote session: one span for each documented member, over the item's own text.

use alloc::borrow::{Cow, ToOwned as _};
use core::fmt;

use super::known::{Accepts, KNOWN, id_at, id_of, place_of};
use crate::error::{ItemError, excerpt};
use crate::item::{Decoded, DuplicatePolicy, Item, Member, Members, Text};
use crate::scan::{Span, checked};

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
    /// Where the documented members' values are. An empty span stands for an absent one.
    spans: [Span; KNOWN.len()],
    id: u64,
    index: u64,
    offset: u64,
    may_escape: bool,
}

impl<'a> Item<'a> {
    /// The item as a remote session.
    ///
    /// # Errors
    /// [`ItemError`] when the item is no object, has no usable `id`, a documented member of an
    /// undocumented type, or one that stands twice (see [`DuplicatePolicy`]). The stream goes on.
    #[inline]
    pub fn session(&self) -> Result<RemoteSession<'a>, ItemError> {
        RemoteSession::decode(self)
    }
}

impl<'a> RemoteSession<'a> {
    #[inline]
    fn decode(item: &Item<'a>) -> Result<Self, ItemError> {
        let known = item.decoded().and_then(|decoded| Some((decoded, *decoded.spans.first_chunk()?)));
        if let Some((decoded, spans)) = known
            && let Some(id) = Self::check(item.raw(), decoded, &spans)
        {
            let (text, may_escape) = (Cow::Borrowed(item.raw()), decoded.may_escape);
            return Ok(Self { text, spans, id, index: item.index(), offset: item.offset(), may_escape });
        }
        Self::decode_text(item)
    }

    /// The id, if what the parser already knows is all in order; if not, the decode from the text
    /// says what is amiss.
    #[inline]
    fn check(text: &str, decoded: &Decoded, spans: &[Span; KNOWN.len()]) -> Option<u64> {
        let mut odd = decoded.odd & ((1 << KNOWN.len()) - 2);
        while odd != 0 {
            let place = odd.trailing_zeros() as usize;
            if !KNOWN[place].accepts.takes(spans[place].of(text)?) {
                return None;
            }
            odd &= odd - 1;
        }
        id_at(text, spans[0])
    }

    #[inline(never)]
    fn decode_text(item: &Item<'a>) -> Result<Self, ItemError> {
        let text = item.raw();
        let Some(members) = Members::of(text) else {
            return Err(ItemError::new("an object", excerpt(text), item.index(), item.offset()));
        };
        let mut spans = [Span::default(); KNOWN.len()];
        // One bit for each place: by the name, and by the alias.
        let mut came_by = [0u16; 2];
        for member in members {
            let Some((place, alias)) = place_of(member.name) else { continue };
            if !KNOWN[place].accepts.takes(member.value) {
                return Err(unfit(item, place, member.value, member.at));
            }
            let span = Span { start: small(member.at), end: small(member.at + member.value.len()) };
            let seen = &mut came_by[usize::from(alias)];
            let (again, beside) = (spans[place] != Span::default(), *seen & 1 << place == 0);
            *seen |= 1 << place;
            if again && !replaces(item, place, spans[place], &member, beside)? {
                continue;
            }
            spans[place] = span;
        }
        let id = spans[0].of(text).and_then(id_of);
        let Some(id) = id else {
            let error =
                ItemError::new(Accepts::Id.describe(), "none".to_owned(), item.index(), item.offset());
            return Err(error.in_member(KNOWN[0].name));
        };
        let (index, offset) = (item.index(), item.offset());
        Ok(Self { text: Cow::Borrowed(text), spans, id, index, offset, may_escape: true })
    }

    /// The same session with its own copy of the text: one allocation.
    #[must_use]
    pub fn into_owned(self) -> RemoteSession<'static> {
        let Self { text, spans, id, index, offset, may_escape } = self;
        RemoteSession { text: Cow::Owned(text.into_owned()), spans, id, index, offset, may_escape }
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
            Some(place) => self.spans[place].of(&self.text),
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
        let Span { start, end } = self.spans[place];
        match self.text.as_bytes().get(start as usize..end as usize)? {
            // Of all values only `null` begins like this.
            [] | [b'n', ..] => None,
            [b'"', inside @ .., _] => Some(Text::known(checked(inside), self.may_escape)),
            plain => Some(Text::plain(checked(plain))),
        }
    }

    /// The documented member at this place as sent, `null` included.
    pub(super) fn sent_at(&self, place: usize) -> Option<&str> {
        self.spans[place].of(&self.text)
    }

    /// An error about a documented member of this session.
    pub(super) fn unfit(&self, place: usize, expected: &'static str) -> ItemError {
        let value = self.spans[place].of(&self.text).unwrap_or("nothing");
        let offset = self.offset + u64::from(self.spans[place].start);
        ItemError::new(expected, excerpt(value), self.index, offset).in_member(KNOWN[place].name)
    }
}

/// Whether a member that stands a second time counts instead of the first. `beside` says that the
/// one came by its name and the other by its alias, which is no duplicate if both say the same.
fn replaces(
    item: &Item<'_>,
    place: usize,
    first: Span,
    second: &Member<'_>,
    beside: bool,
) -> Result<bool, ItemError> {
    match item.duplicates() {
        DuplicatePolicy::First => Ok(false),
        DuplicatePolicy::Last => Ok(true),
        DuplicatePolicy::Error
            if beside && first.of(item.raw()).map(Text::of) == Some(Text::of(second.value)) =>
        {
            Ok(false)
        }
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

/// Items are limited to 2 GiB.
fn small(at: usize) -> u32 {
    u32::try_from(at).unwrap_or(u32::MAX)
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
