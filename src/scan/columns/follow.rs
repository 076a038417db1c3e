//! The guess, and how it is held against the bytes.

use core::ops::Range;

use super::{BATCH, COLUMNS, Columns, ENTRIES, Guess, NULL, STEP, Spread, Table};
use crate::scan::learned::{Followed, Learned, Place, Told};
use crate::scan::quotes::BLOCK;
use crate::scan::shape::scalar_length;

/// Steps made ready after each other: long before an entry is used, it is in the cache.
const STEPS: usize = 16;

/// Farthest end of an item from the place that positions count from: they are of sixteen bits.
const REACH: usize = 0xff00;

/// As [`follow`](crate::scan::shape::follow), for items with all members of the shape and no others; where
/// one is not so, or may not be, it stops before it. None if the items behind the first can be followed so,
/// and it itself not, for it is too near to the start of the buffer.
///
/// # Safety
/// The instructions of `C` must be there.
#[inline(always)]
pub(in crate::scan) unsafe fn follow<C: Spread>(
    learned: &Learned,
    place: &Place<'_>,
    table: &mut Table,
    out: &mut [Followed],
) -> Option<usize> {
    let members = learned.columns.members;
    // Where but an item or two are at hand it does not pay, and that tells nothing of the others.
    if !(1..=COLUMNS).contains(&members)
        || place.quotes.get(4 * members).is_none_or(|entry| *entry == u32::MAX)
        || !table.may_pay()
    {
        return Some(0);
    }
    // Literals begin up to a block before a name.
    let base = place.from.checked_sub(BLOCK)?;
    // Behind the end of each item's last value two blocks can be read.
    let Some(room) = place.bytes.len().checked_sub(base + 2 * BLOCK) else { return Some(0) };
    // SAFETY: the caller vouches for the instructions.
    let (guessed, more) = unsafe { guess::<C>(learned, place, base, room.min(REACH), table, out) };
    // SAFETY: as above; `guess` has made the rows, and keeps to the room.
    let count = unsafe { count_right::<C>(learned, place, &place.bytes[base..], table, guessed, out) };
    if more || count < guessed {
        table.has_paid(count);
    }
    Some(count)
}

/// Works out where the values are, if the items are of the shape: for how many, and whether there was
/// more to look at. No name of their rows and no end lies more than `room` behind `base`, and no name
/// less than a block.
///
/// # Safety
/// The instructions of `C` must be there.
#[inline(always)]
unsafe fn guess<C: Spread>(
    learned: &Learned,
    place: &Place<'_>,
    base: usize,
    room: usize,
    table: &mut Table,
    out: &mut [Followed],
) -> (usize, bool) {
    /// Of four entries for each member those of its name, and the first one of its value.
    const NAMES: u64 = 0x3333_3333_3333_3333;
    const VALUES: u64 = 0x4444_4444_4444_4444;
    let columns = &learned.columns;
    let members = columns.members;
    let all = u64::MAX >> (64 - members);
    let last_is_other = columns.others >> (members - 1) & 1 == 1;
    let (before, tail) = (usize::from(columns.before[0]), usize::from(columns.tail));
    let (close, seam) = (learned.close.len(), learned.close.len() + place.gap.len());
    let (mut ready, mut next, mut entry, mut from, mut count) = (0, 0, 0, BLOCK, 0);
    // One bit for each pair of quotes from `entry` on, and how many of them are known.
    let (mut near, mut known) = (0u64, 0);
    for item in out.iter_mut().take(BATCH) {
        // An item has up to half as many pairs, and the first name of the next is looked at.
        while known <= ENTRIES / 2 {
            if next == ready {
                // SAFETY: (of all in this function) the caller vouches for the instructions.
                ready = unsafe { make_ready::<C>(columns, place.quotes, base, ready, table) };
            }
            let Some(more) = table.apart.get(next).filter(|_| next < ready) else {
                return (count, false);
            };
            near |= u64::from(*more) << known;
            (next, known) = (next + 1, known + STEP / 2);
        }
        let Some(Ok(entries)) = table.near.get(entry..entry + ENTRIES + 1).map(TryInto::try_into) else {
            return (count, false);
        };
        let entries: &[u16; ENTRIES + 1] = entries;
        // SAFETY: as above.
        let strings = unsafe { C::extract(near, columns.names(near)) } & all;
        let used = 2 * (members + strings.count_ones() as usize);
        let (first, last) = (usize::from(entries[0]), usize::from(entries[(used - 1) % ENTRIES]));
        let is_string = strings >> (members - 1) & 1 == 1;
        let end = if last_is_other && !is_string {
            // The next item tells where it ends.
            usize::from(entries[used % (ENTRIES + 1)]).saturating_sub(before + seam)
        } else {
            last + 1 + if is_string { 0 } else { tail + usize::from(NULL) }
        };
        if first != from + before || end <= last || end > room {
            // Entries that are not known are farther than that.
            return (count, end <= room);
        }
        // SAFETY: as above.
        let values = unsafe { C::deposit(strings, VALUES) } * 3;
        let kept = (NAMES | values) & u64::MAX >> (64 - 4 * members);
        let (Some(entries), Some(spans)) = (entries.first_chunk(), item.decoded.spans.first_chunk_mut())
        else {
            return (count, true);
        };
        #[expect(clippy::cast_possible_truncation, reason = "at most `room`, and one bit a member")]
        let (from16, end16, strings16) = (from as u16, end as u16, strings as u16);
        let joins = columns.joins & kept | columns.null_joins & !kept;
        let guess = Guess { kept, joins, from: from16, end: end16 };
        let row = &mut table.rows[count % BATCH];
        // SAFETY: as above.
        let Some(slots) = (unsafe { C::spread(entries, guess, columns, row, spans) }) else {
            return (count, true);
        };
        (table.ends[count % BATCH], table.strings[count % BATCH]) = (end16, strings16);
        (item.decoded.strings, item.decoded.nulls, item.decoded.others) = (slots, learned.slots & !slots, 0);
        item.decoded.aliased = 0;
        (item.from, item.length, item.told) = (base + from, end + close - from, Told::Shape);
        (from, entry, count) = (end + seam, entry + used, count + 1);
        (near, known) = (near >> (used / 2), known - used / 2);
        item.quotes = entry;
    }
    (count, true)
}

/// Makes entries ready from a step on; up to which step they are.
///
/// # Safety
/// The instructions of `C` must be there.
#[inline(always)]
unsafe fn make_ready<C: Spread>(
    columns: &Columns,
    quotes: &[u32],
    base: usize,
    from: usize,
    table: &mut Table,
) -> usize {
    #[expect(clippy::cast_possible_truncation, reason = "the window is smaller than 4 GiB")]
    let base = base as u32;
    for step in from..from + STEPS {
        let at = step * STEP;
        let (Some(Ok(some)), Some(Ok(near)), Some(apart)) = (
            quotes.get(at..at + STEP + 1).map(TryInto::try_into),
            table.near.get_mut(at..at + STEP).map(TryInto::try_into),
            table.apart.get_mut(step),
        ) else {
            return step;
        };
        // SAFETY: the caller vouches for the instructions.
        *apart = unsafe { C::near(some, base, columns.apart, near) };
    }
    from + STEPS
}

/// How many of the items that were guessed, one after the other, are as was guessed.
///
/// # Safety
/// As for [`are_right`], whichever of the first `count` items it is asked about.
#[inline(always)]
unsafe fn count_right<C: Spread>(
    learned: &Learned,
    place: &Place<'_>,
    bytes: &[u8],
    table: &Table,
    count: usize,
    out: &mut [Followed],
) -> usize {
    // SAFETY: the caller vouches for all.
    let mut are_right = |items| unsafe { are_right::<C>(learned, place, bytes, table, items, out) };
    match count {
        0 => 0,
        // Mostly all are; if not, one is looked for that is not.
        _ if are_right(0..count) => count,
        _ => (0..count).take_while(|item| are_right(*item..item + 1)).count(),
    }
}

/// Whether some items are as was guessed: whether all bytes of them that no string has are those of
/// the shape, and those before them those of the gap. Values that are neither strings nor `null` are
/// noted.
///
/// # Safety
/// The instructions of `C` must be there. Names and ends of the items must be at least two blocks
/// before the end of `bytes`, places before values at least one (they are up to a literal's length
/// behind a name), and names a block behind its start.
#[inline(always)]
unsafe fn are_right<C: Spread>(
    learned: &Learned,
    place: &Place<'_>,
    bytes: &[u8],
    table: &Table,
    items: Range<usize>,
    out: &mut [Followed],
) -> bool {
    let columns = &learned.columns;
    let (rows, ends, all_strings) =
        (&table.rows[items.clone()], &table.ends[items.clone()], &table.strings[items.clone()]);
    let gaps = table.ends[items.start.saturating_sub(1)..items.end - 1].iter();
    // SAFETY: (of all in this function) the caller vouches for the instructions, and for a block
    // before each name, which is longer than what a literal has before it; for a block behind each
    // name and end; and behind the latter for one more, while a closing literal is no longer than
    // a block.
    let mut difference = unsafe { C::no_difference() };
    for (number, literal) in learned.members.iter().enumerate().take(COLUMNS) {
        let from = bytes.as_ptr().wrapping_sub(usize::from(columns.before[number]));
        let names = rows.iter().map(|row| row[2 * number]);
        // SAFETY: as above.
        difference = unsafe { C::differ_at(difference, from, names, literal) };
    }
    let from = bytes.as_ptr().wrapping_add(learned.close.len());
    // SAFETY: as above.
    difference = unsafe { C::differ_at(difference, bytes.as_ptr(), ends.iter().copied(), &learned.close) };
    // SAFETY: as above.
    difference = unsafe { C::differ_at(difference, from, gaps.copied(), place.gap) };
    // SAFETY: as above.
    if unsafe { C::is_different(difference) } {
        return false;
    }
    let others = !all_strings.iter().fold(u16::MAX, |all, strings| all & strings);
    let mut others = u32::from(others) & u32::MAX >> (32 - columns.members);
    let mut wrong = 0;
    while others != 0 {
        let number = others.trailing_zeros() as usize % COLUMNS;
        others &= others - 1;
        if columns.others >> number & 1 == 1 {
            if !note_others(learned, place.number, bytes, table, items.clone(), number, out) {
                return false;
            }
            continue;
        }
        for (row, strings) in rows.iter().zip(all_strings) {
            let at = usize::from(row[2 * number + 1]) + 1;
            // SAFETY: a block can be read from there. A word read so has any alignment.
            let word = unsafe { bytes.as_ptr().add(at).cast::<u32>().read_unaligned() };
            let is_string = u32::from(strings >> number & 1);
            wrong |= (word ^ u32::from_ne_bytes(*b"null")) & is_string.wrapping_sub(1);
        }
    }
    wrong == 0
}

/// Notes the values of a member that are neither strings nor `null`; whether all are as they must be.
#[inline(never)]
fn note_others(
    learned: &Learned,
    longest: usize,
    bytes: &[u8],
    table: &Table,
    items: Range<usize>,
    number: usize,
    out: &mut [Followed],
) -> bool {
    let columns = &learned.columns;
    let (slot, bit) = (learned.members[number].slot(), learned.members[number].bit());
    for item in items.filter(|item| table.strings[*item] >> number & 1 == 0) {
        let row = &table.rows[item];
        let start = usize::from(row[2 * number + 1]) + 1;
        let end = match number + 1 {
            last if last == columns.members => usize::from(table.ends[item]),
            next => usize::from(row[2 * next].wrapping_sub(columns.before[next])),
        };
        let Some(value) = bytes.get(start..end) else { return false };
        if value == b"null" {
            continue;
        }
        if scalar_length(value) != Some(value.len()) || value.len() > longest {
            return false;
        }
        let decoded = &mut out[item].decoded;
        let span = &mut decoded.spans[slot % COLUMNS];
        #[expect(clippy::cast_possible_truncation, reason = "no longer than the item")]
        let length = value.len() as u16;
        span.end = span.start + length;
        decoded.nulls &= !bit;
        decoded.others |= bit;
    }
    true
}
