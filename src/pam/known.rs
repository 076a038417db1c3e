//! The documented members of an item, as tables, and what values they may have.

use alloc::borrow::Cow;

use crate::escape::unescape;
#[cfg(feature = "async")]
use crate::item::Members;
use crate::item::{Field, Text};
use crate::scan::Span;

/// One documented member of an item.
pub(super) struct Known {
    pub(super) name: &'static str,
    /// The name in older versions (vendor's pages of those versions).
    pub(super) alias: Option<&'static str>,
    pub(super) accepts: Accepts,
}

/// Which JSON types a member may have; `null` goes for all but `id`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Accepts {
    Id,
    Text,
    TextOrNumber,
    Truth,
}

impl Accepts {
    pub(super) const fn describe(self) -> &'static str {
        match self {
            Self::Id => "an integer from 0 to 18446744073709551615, or a string of its digits,",
            Self::Text => "a string or null",
            Self::TextOrNumber => "a string, a number or null",
            Self::Truth => "a string, a boolean, 0, 1 or null",
        }
    }

    pub(super) fn takes(self, value: &str) -> bool {
        match (value.as_bytes()[0], self) {
            (_, Self::Id) => id_of(value).is_some(),
            (b'"' | b'n', _) => true,
            (first, _) => self.takes_other(first, value.len() == 1),
        }
    }

    /// The same of what is neither a string nor `null`, nor the id, by its first byte and whether that is
    /// all of it.
    #[inline(always)]
    pub(super) fn takes_other(self, first: u8, is_all: bool) -> bool {
        let taken = match self {
            Self::TextOrNumber => NUMBER,
            Self::Truth => TRUTH | if is_all { BIT } else { 0 },
            Self::Id | Self::Text => 0,
        };
        OTHERS[usize::from(first)] & taken != 0
    }
}

/// What a number, `true` or `false` may be taken for, by its first byte: one bit for each.
static OTHERS: [u8; 256] = {
    let mut others = [0; 256];
    others[b'-' as usize] = NUMBER;
    let mut digit = b'0';
    while digit <= b'9' {
        others[digit as usize] = NUMBER;
        digit += 1;
    }
    others[b'0' as usize] |= BIT;
    others[b'1' as usize] |= BIT;
    others[b't' as usize] = TRUTH;
    others[b'f' as usize] = TRUTH;
    others
};
const NUMBER: u8 = 1;
const TRUTH: u8 = 2;
/// If it is all of it.
const BIT: u8 = 4;

/// The members that may be something else than a string or `null`, but for the id.
pub(super) const MIXED: [usize; 2] = [11, 12];
/// The others: one bit for each.
pub(super) const TEXTS: u32 = {
    let mut texts = 0;
    let mut place = 0;
    while place < KNOWN.len() {
        texts |= (matches!(KNOWN[place].accepts, Accepts::Text) as u32) << place;
        place += 1;
    }
    assert!(texts | 1 | 1 << MIXED[0] | 1 << MIXED[1] == (1 << KNOWN.len()) - 1);
    texts
};

const fn known(name: &'static str, accepts: Accepts) -> Known {
    Known { name, alias: None, accepts }
}

/// The documented members, in the documented order.
pub(super) static KNOWN: [Known; 14] = [
    known("id", Accepts::Id),
    known("user", Accepts::Text),
    known("origin_ip", Accepts::Text),
    Known { name: "credential", alias: Some("credencial"), accepts: Accepts::Text },
    Known { name: "device", alias: Some("dispositivo"), accepts: Accepts::Text },
    known("protocol", Accepts::Text),
    known("proxy", Accepts::Text),
    known("session_id", Accepts::Text),
    known("start", Accepts::Text),
    known("end", Accepts::Text),
    known("time", Accepts::Text),
    known("prevent_purge", Accepts::Truth),
    known("request", Accepts::TextOrNumber),
    known("ITSM", Accepts::Text),
];

/// The same names as data for the decode, by place in [`KNOWN`]; and those that make an object an
/// envelope.
pub(crate) static FIELDS: &[(&str, Field)] = &[
    ("id", Field::Slot(0)),
    ("user", Field::Slot(1)),
    ("origin_ip", Field::Slot(2)),
    ("credential", Field::Slot(3)),
    ("credencial", Field::Slot(3)),
    ("device", Field::Slot(4)),
    ("dispositivo", Field::Slot(4)),
    ("protocol", Field::Slot(5)),
    ("proxy", Field::Slot(6)),
    ("session_id", Field::Slot(7)),
    ("start", Field::Slot(8)),
    ("end", Field::Slot(9)),
    ("time", Field::Slot(10)),
    ("prevent_purge", Field::Slot(11)),
    ("request", Field::Slot(12)),
    ("ITSM", Field::Slot(13)),
    ("remote_sessions", Field::Foreign),
    ("remote_session", Field::Foreign),
];

/// The documented member of a name, and whether it is the older alias.
pub(super) fn place_of(name: &str) -> Option<(usize, bool)> {
    let name = unescape(name);
    let named = KNOWN.iter().position(|known| known.name == name).map(|place| (place, false));
    named.or_else(|| {
        KNOWN
            .iter()
            .position(|known| known.alias.is_some_and(|alias| alias == name))
            .map(|place| (place, true))
    })
}

/// A u64 from an integer or from a string of digits, never through a float.
pub(super) fn id_of(value: &str) -> Option<u64> {
    let digits = if value.starts_with('"') { Text::of(value).to_str() } else { Cow::Borrowed(value) };
    let plain = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    plain.then(|| digits.parse().ok())?
}

/// The id that a session's text has, if it has a right one; of several the first.
#[cfg(feature = "async")]
pub(crate) fn id_in(item: &str) -> Option<u64> {
    let mut members = Members::of(item)?;
    id_of(members.find(|member| member.name == KNOWN[0].name)?.value)
}

/// One to sixteen digits, in a string or not, eight in one go (after Daniel Lemire's "Quickly
/// parsing eight digits"); any other value through [`id_of`].
#[inline]
pub(super) fn id_at(text: &str, span: Span, quoted: bool) -> Option<u64> {
    let bytes = text.as_bytes();
    let (from, to) = (usize::from(span.start), usize::from(span.end));
    let eight = |from: usize| bytes.get(from..from + 8)?.try_into().ok().map(u64::from_le_bytes);
    let digits = to.wrapping_sub(from);
    let id = match digits {
        1..=8 => eight(from).and_then(|word| number(word << (64 - 8 * digits), digits)),
        9..=16 => eight(from).zip(eight(to - 8)).and_then(|(high, low)| {
            // The first words overlap unless there are sixteen digits.
            let high = number(high << (8 * (16 - digits)), digits - 8)?;
            Some(high * 100_000_000 + number(low, 8)?)
        }),
        _ => None,
    };
    let quote = usize::from(quoted);
    id.or_else(|| id_of(text.get(from.wrapping_sub(quote)..to + quote)?))
}

/// The number of so many digits (1 to 8), the last in the highest byte, zeros below the first.
#[inline]
fn number(word: u64, digits: usize) -> Option<u64> {
    let word = word ^ (0x3030_3030_3030_3030 << (64 - 8 * digits));
    if (word | word.wrapping_add(0x0606_0606_0606_0606)) & 0xf0f0_f0f0_f0f0_f0f0 != 0 {
        return None;
    }
    let pairs = word.wrapping_mul(10).wrapping_add(word >> 8);
    let low = (pairs & 0x0000_00ff_0000_00ff).wrapping_mul(0x000f_4240_0000_0064);
    let high = (pairs >> 16 & 0x0000_00ff_0000_00ff).wrapping_mul(0x0000_2710_0000_0001);
    Some(low.wrapping_add(high) >> 32)
}
