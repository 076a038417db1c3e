//! Following a learned shape over the quote index: the hot loop.

use super::Classify;
use super::learned::{FARTHEST, Followed, Learned, MEMBERS, Nested, Place, Span, Told};
use super::quotes::BLOCK;

/// How many items after one that was not quite of the shape are looked at as if they were such.
const LACKING: u8 = 8;

/// Members of a shape that an item may lack in a row. Each costs a comparison that fails.
const ABSENT: usize = 4;

/// Members of no known name that an item may have beside those of its shape.
const MORE: usize = 4;

/// Compares items with a learned shape, one after the other, and notes where their values are.
/// Says how many have it: at most as many as `out` has room for, and none after the first that
/// does not.
///
/// Why this accepts only what the grammar accepts (the block properties and the lengths are for
/// the caller to check): the literals equal bytes of an item that the grammar accepted, each
/// beginning outside of a string; so their quotes are unescaped ones, are the next entries of the
/// index, and a value that begins with a quote ends at the entry after. `null` is compared; other
/// values are parsed; the next literal begins right after. A literal that is left out leaves a
/// comma with its member out, so that what remains is an object too; the first, with its brace,
/// is never left out. An alias is such a literal too, of another item: from the brace for the first
/// member, from the end of a value for any other; so it may stand where the member's own may. Another
/// member from its comma on, which the general decode stepped over, may stand wherever a value has
/// ended. Between two items stands the gap, which has exactly one comma.
///
/// # Safety
/// The instructions of `C` must be there.
#[inline(always)]
pub(super) unsafe fn follow<C: Classify>(
    learned: &Learned,
    place: Place<'_>,
    out: &mut [Followed],
    nested: &mut Nested<'_>,
    follow_some: FollowSome,
) -> usize {
    let members = learned.members.len();
    if members == 0 || members > MEMBERS {
        return 0;
    }
    let (mut at, mut quote, mut count) = (place.from, 0, 0);
    for item in out {
        let Some(Ok(quotes)) = place.quotes.get(quote..quote + 4 * MEMBERS).map(TryInto::try_into) else {
            break;
        };
        let quotes: &[u32; 4 * MEMBERS] = quotes;
        if count > 0 {
            // Not worth the while before all its quotes are known; and the gap must be as ever.
            let Some(block) = block_at(place.bytes, at) else { break };
            // SAFETY: the caller vouches for the instructions.
            if quotes[4 * members - 1] == u32::MAX || !unsafe { C::begins_with(block, place.gap) } {
                break;
            }
            at += place.gap.len();
        }
        let mut other = |what: Beyond, start: usize, used: usize| match (what, place.bytes.get(start)?) {
            (Beyond::Value(slot), b'{' | b'[') => nested(Some(slot), start, quote + used),
            (Beyond::Member, b',' | b' ' | b'\n' | b'\r' | b'\t') => nested(None, start, quote + used),
            (Beyond::Value(_), _) => scalar(&place.bytes[start..], place.number),
            (Beyond::Member, _) => None,
        };
        if *place.lacking == 0 {
            // SAFETY: the caller vouches for the instructions.
            let all = unsafe {
                match learned.long {
                    false => follow_all::<C, false>(learned, place.bytes, at, quotes, item, &mut other),
                    true => follow_all::<C, true>(learned, place.bytes, at, quotes, item, &mut other),
                }
            };
            if let Some(used) = all {
                (at, quote, count) = (at + item.length, quote + used, count + 1);
                item.quotes = quote;
                continue;
            }
        }
        // SAFETY: the caller vouches for the instructions.
        let some = unsafe { follow_some(learned, place.bytes, at, quotes, item, place.number, &mut other) };
        let Some(used) = some else {
            *place.missed = count > 0;
            break;
        };
        let there = item.decoded.strings | item.decoded.nulls | item.decoded.others;
        let plain = there == learned.slots && item.told == Told::Shape && item.decoded.aliased == 0;
        *place.lacking = if plain { place.lacking.saturating_sub(1) } else { LACKING };
        (at, quote, count) = (at + item.length, quote + used, count + 1);
        item.quotes = quote;
    }
    count
}

/// What no literal and no quote tells the end of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Beyond {
    /// A slot's value that is neither a string nor a short scalar.
    Value(usize),
    /// A member that the shape has not, from the comma before it on.
    Member,
}

/// The length of what is at a place, and its entries, given how many entries come before it.
pub(super) type Other<'a> = dyn FnMut(Beyond, usize, usize) -> Option<(usize, usize)> + 'a;

/// [`follow_some`] with the instructions of a path, kept out of the hot loop.
pub(super) type FollowSome = unsafe fn(
    &Learned,
    &[u8],
    usize,
    &[u32; 4 * MEMBERS],
    &mut Followed,
    usize,
    &mut Other<'_>,
) -> Option<usize>;

/// One item that begins at `from` and has all members: how many entries it has. The literals are
/// compared with no branch for each: what differs is gathered.
///
/// # Safety
/// The instructions of `C` must be there.
#[inline(always)]
unsafe fn follow_all<C: Classify, const LONG: bool>(
    learned: &Learned,
    bytes: &[u8],
    from: usize,
    quotes: &[u32; 4 * MEMBERS],
    out: &mut Followed,
    other: &mut Other<'_>,
) -> Option<usize> {
    // From any place up to here two blocks can be read. (Places come from the index and are
    // checked one by one: an item that ends in the last bytes of the buffer is left to others.)
    let last = bytes.len().checked_sub(2 * BLOCK)?.checked_sub(from)?;
    let item = bytes.get(from..)?;
    // Entries inside of values that there may be beside four for each member.
    let mut spare = 4 * MEMBERS.checked_sub(learned.members.len())?;
    let (mut at, mut quote) = (0usize, 0usize);
    // One bit for each slot with `null`, and above them for those with other values than strings.
    // (Were the strings noted too, there would not be registers enough: a third slower.)
    let mut kinds = 0u64;
    // SAFETY: (of all in this function) the caller vouches for the instructions.
    let mut difference = unsafe { C::no_difference() };
    for literal in &learned.members {
        if at > last {
            return None;
        }
        // SAFETY: `at + BLOCK <= item.len()`, checked just above; a block has any alignment.
        difference = unsafe { C::differ::<LONG>(difference, &*item.as_ptr().add(at).cast(), literal) };
        let mut start = at + literal.len();
        let end;
        // SAFETY: a literal has at most `BLOCK` bytes, so `start < item.len()`.
        if unsafe { *item.as_ptr().add(start) } == b'"' {
            // SAFETY: there are at most `MEMBERS` members (checked above), and for each before
            // this one at most four entries were stepped over but for those taken off `spare`,
            // which is never negative: so `quote + 3 < 4 * MEMBERS`.
            end = (unsafe { *quotes.get_unchecked(quote + 3) } as usize).wrapping_sub(from);
            start += 1;
            at = end.wrapping_add(1);
            quote += 4;
        } else if item.get(start..start + 4) == Some(b"null") {
            end = start - 1;
            at = start + 4;
            quote += 2;
            kinds |= u64::from(literal.bit);
        } else {
            let (length, inside) = other(Beyond::Value(literal.slot), from + start, quote + 2)?;
            at = start + length;
            end = at;
            quote += 2 + inside;
            kinds |= u64::from(literal.bit) << 32;
            spare = spare.checked_sub(inside)?;
        }
        #[expect(clippy::cast_possible_truncation, reason = "longer items are refused below")]
        let span = Span { start: start as u16, end: end as u16 };
        // SAFETY: a slot is less than `MEMBERS`, see `Literal::new`.
        unsafe { *out.decoded.spans.get_unchecked_mut(literal.slot) = span };
    }
    if at > last.min(FARTHEST) {
        return None;
    }
    // SAFETY: as in the loop.
    difference = unsafe { C::differ::<true>(difference, &*item.as_ptr().add(at).cast(), &learned.close) };
    // SAFETY: the caller vouches for the instructions.
    if unsafe { C::is_different(difference) } {
        return None;
    }
    #[expect(clippy::cast_possible_truncation, reason = "by halves")]
    let (nulls, others) = (kinds as u32, (kinds >> 32) as u32);
    let strings = learned.slots & !(nulls | others);
    (out.decoded.strings, out.decoded.nulls, out.decoded.others) = (strings, nulls, others);
    out.decoded.aliased = 0;
    (out.from, out.length, out.told) = (from, at + learned.close.len(), Told::Shape);
    Some(quote)
}

/// One item that begins at `from` and may lack some members and have others: how many entries it
/// has.
///
/// # Safety
/// The instructions of `C` must be there.
#[inline(always)]
pub(super) unsafe fn follow_some<C: Classify>(
    learned: &Learned,
    bytes: &[u8],
    from: usize,
    quotes: &[u32; 4 * MEMBERS],
    out: &mut Followed,
    longest: usize,
    other: &mut Other<'_>,
) -> Option<usize> {
    let (mut at, mut quote, mut next, mut more) = (from, 0, 0, 0);
    let (mut strings, mut nulls, mut others, mut aliased) = (0, 0, 0, 0);
    let length = loop {
        let block = block_at(bytes, at)?;
        // The first member, with its brace, is never absent.
        let reach = if next == 0 { 1 } else { next + 1 + ABSENT };
        let to_come = learned.members.get(next..reach.min(learned.members.len()))?;
        let (mut absent, mut literal) = (0, None);
        while let Some(member) = to_come.get(absent) {
            // SAFETY: the caller vouches for the instructions.
            if unsafe { C::begins_with(block, member) } {
                literal = Some(member);
                break;
            }
            if let Some((alias, bit)) = learned.alias_of(member)
                // SAFETY: as above.
                && unsafe { C::begins_with(block, alias) }
            {
                (literal, aliased) = (Some(alias), aliased | bit);
                break;
            }
            absent += 1;
        }
        let Some(literal) = literal else {
            // SAFETY: as above.
            if next > 0 && unsafe { C::begins_with(block, &learned.close) } {
                break at.checked_sub(from)? + learned.close.len();
            }
            more += 1;
            if next == 0 || more > MORE {
                return None;
            }
            let (length, inside) = other(Beyond::Member, at, quote)?;
            (at, quote) = (at + length, quote + inside);
            continue;
        };
        next += absent + 1;
        let mut start = at + literal.len();
        let end;
        let rest = bytes.get(start..)?;
        match rest.first()? {
            b'"' => {
                start += 1;
                end = *quotes.get(quote + 3)? as usize;
                at = end.checked_add(1)?;
                quote += 4;
                strings |= literal.bit;
            }
            _ => {
                // What it is, is what in a list is least alike: as few branches as can be.
                let word = rest.first_chunk().map_or(0, |eight| u64::from_le_bytes(*eight));
                let is_null = word << 32 == NULL << 32;
                let (length, inside) = match short_scalar(word) {
                    Some(length) if is_null || length <= longest => (length, 0),
                    _ => other(Beyond::Value(literal.slot), start, quote + 2)?,
                };
                at = start + length;
                // Of `null` the place of nothing: it ends a byte before it starts.
                end = at - usize::from(is_null) * (b"null".len() + 1);
                quote += 2 + inside;
                let null = literal.bit & u32::from(is_null).wrapping_neg();
                nulls |= null;
                others |= literal.bit ^ null;
            }
        }
        #[expect(clippy::cast_possible_truncation, reason = "longer items are refused below")]
        let span = Span { start: (start - from) as u16, end: end.wrapping_sub(from) as u16 };
        out.decoded.spans[literal.slot % MEMBERS] = span;
    };
    if length > FARTHEST {
        return None;
    }
    (out.decoded.strings, out.decoded.nulls, out.decoded.others) = (strings, nulls, others);
    out.decoded.aliased = aliased;
    out.told = if more > 0 { Told::More } else { Told::Shape };
    (out.from, out.length) = (from, length);
    Some(quote)
}

#[inline(always)]
fn block_at(bytes: &[u8], at: usize) -> Option<&[u8; BLOCK]> {
    bytes.get(at..at.checked_add(BLOCK)?)?.try_into().ok()
}

/// A number or literal: its length, and that it has no entries.
#[cold]
#[inline(never)]
fn scalar(bytes: &[u8], longest: usize) -> Option<(usize, usize)> {
    let length = scalar_length(bytes)?;
    (length <= longest).then_some((length, 0))
}

/// Length of the number, `true`, `false` or `null` that the bytes begin with, if it is one (RFC
/// 8259, section 6). What follows it is for the caller to check. Numbers of up to 1000 bytes.
pub(crate) fn scalar_length(bytes: &[u8]) -> Option<usize> {
    /// Longest number that is told from other things here.
    const LONGEST: usize = 1000;
    /// The place behind the digits that begin at a place.
    fn digits(bytes: &[u8], from: usize) -> usize {
        let rest = bytes.get(from..).unwrap_or_default();
        let rest = &rest[..rest.len().min(LONGEST)];
        from + rest.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(rest.len())
    }
    if let Some(eight) = bytes.first_chunk()
        && let Some(length) = short_scalar(u64::from_le_bytes(*eight))
    {
        return Some(length);
    }
    let first = usize::from(*bytes.first()? == b'-');
    let mut at = match bytes.get(first)? {
        b'1'..=b'9' => digits(bytes, first + 1),
        b'0' => first + 1,
        b't' => return bytes.starts_with(b"true").then_some(4),
        b'f' => return bytes.starts_with(b"false").then_some(5),
        b'n' => return bytes.starts_with(b"null").then_some(4),
        _ => return None,
    };
    if bytes.get(at) == Some(&b'.') {
        let from = at + 1;
        at = digits(bytes, from);
        if at == from {
            return None;
        }
    }
    if let Some(b'e' | b'E') = bytes.get(at) {
        let from = at + 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        at = digits(bytes, from);
        if at == from {
            return None;
        }
    }
    (at <= LONGEST).then_some(at)
}

const NULL: u64 = u64::from_le_bytes(*b"null\0\0\0\0");

/// The same for the shortest of them, given the first eight bytes: literals, and whole numbers of up to
/// six digits. None of others, and of what is none.
#[inline(always)]
fn short_scalar(bytes: u64) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HALF: u64 = 0xf0 * ONES;
    let sign = u32::from(bytes & 0xff == u64::from(b'-'));
    let digits = bytes >> (8 * sign);
    // Zeros where a digit is; above the first other byte, anything.
    let others = ((digits & HALF) ^ (0x30 * ONES)) | ((digits.wrapping_add(6 * ONES) & HALF) ^ (0x30 * ONES));
    let count = others.trailing_zeros() / 8;
    let next = digits.checked_shr(8 * count).unwrap_or(0) as u8;
    let is_whole = !matches!(next, b'.' | b'e' | b'E');
    let is_long = (2..7).contains(&count) & (digits & 0xff != u64::from(b'0'));
    // All of it is worked out, whichever it is: no branch would be foretold.
    let number = if is_whole & ((count == 1) | is_long) { sign + count } else { 0 };
    let begins_with = |text: u64, bits: u32| (bytes ^ text) << (64 - bits) == 0;
    let is_false = begins_with(u64::from_le_bytes(*b"false\0\0\0"), 40);
    let is_four = begins_with(u64::from_le_bytes(*b"true\0\0\0\0"), 32) | begins_with(NULL, 32);
    let length = number | if is_four { 4 } else { 0 } | if is_false { 5 } else { 0 };
    (length != 0).then_some(length as usize)
}

#[cfg(test)]
mod tests;
