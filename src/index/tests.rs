//! Where quotes are and what blocks have, held against the text byte by byte.

use super::*;
use crate::window::PADDING;

/// Numbers below a bound, the same in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % bound.max(1)
    }
}

/// Objects of some hundred bytes, now and then a long one, one of very many strings, or one
/// with escapes; where each begins, and where the quotes are.
fn objects(numbers: &mut Numbers) -> (Vec<u8>, Vec<usize>, Vec<usize>) {
    let (mut text, mut starts, mut quotes) = (vec![b'['], Vec::new(), Vec::new());
    for number in 0..600 {
        starts.push(text.len());
        text.push(b'{');
        let members = if number % 150 == 149 { ENTRIES / 2 + 100 } else { numbers.below(40) };
        for _ in 0..members {
            let length = if numbers.below(400) == 0 { 40_000 } else { numbers.below(12) };
            quotes.push(text.len());
            text.push(b'"');
            text.resize(text.len() + length, b'x');
            if number % 7 == 3 {
                text.extend_from_slice(br#"\\\""#);
            }
            quotes.push(text.len());
            text.push(b'"');
        }
        text.resize(text.len() + numbers.below(3) * 20, b' ');
        text.extend_from_slice(b"},");
    }
    (text, starts, quotes)
}

#[test]
fn quotes_are_known_wherever_the_window_stands_and_whatever_is_left_out() {
    let mut numbers = Numbers(1);
    let (text, starts, quotes) = objects(&mut numbers);
    for path in Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar) {
        for leap in [1, 3, 40] {
            walk(path, leap, &text, &starts, &quotes, &mut numbers);
        }
    }
}

fn walk(path: Path, leap: usize, text: &[u8], starts: &[usize], quotes: &[usize], numbers: &mut Numbers) {
    let (mut index, mut object, mut base, mut filled) = (Index::new(path), 0, 0, 0);
    let (mut full, mut leaps) = (0, 0);
    while let Some(&start) = starts.get(object) {
        if numbers.below(4) == 0 {
            base = (base + numbers.below(start - base + 1)) / BLOCK * BLOCK;
        }
        filled = text.len().min(filled.max(start + 1) + numbers.below(3) * numbers.below(9000));
        // Behind the bytes at hand stands what they must not be taken for.
        let mut padded = text[base..filled].to_vec();
        padded.resize(filled - base + PADDING, b'"');
        let view = View::new(&padded, filled - base, base as u64);
        let is_right = |index: &Index| {
            let known = base + index.known();
            let from = quotes.partition_point(|quote| *quote < start);
            let to = quotes.partition_point(|quote| *quote < known);
            let expected: Vec<_> = quotes[from..to.max(from)].iter().map(|quote| quote - base).collect();
            let found: Vec<_> = index.quotes().iter().map(|entry| *entry as usize).collect();
            assert_eq!(found, expected, "{path:?} {leap} {start} {base} {filled}");
            let reserve = &index.quotes_and_reserve()[found.len()..];
            assert!(reserve.len() == RESERVE && reserve.iter().all(|entry| *entry == u32::MAX));
            assert!((start..=filled).contains(&known));
            assert_eq!(index.base(), base as u64);
            for length in [1, 60, 200, 512, 700, known - start] {
                if length == 0 || start + length > known {
                    continue;
                }
                let to = (start + length).next_multiple_of(BLOCK).min(known);
                let (special, escaped) = index.special(start - base, length);
                let item = &text[start..start + length];
                for at in (0..length).filter(|at| item[*at] == b'\\') {
                    assert!(escaped.may_be_in(at, at), "{path:?} {leap} {start} {length} {at}");
                }
                if text[start..start + length].contains(&b'\\') {
                    assert_ne!(special & SPECIAL_ESCAPE, 0, "{path:?} {leap} {start} {length}");
                } else if !text[(start / BLOCK * BLOCK).saturating_sub(1)..to].contains(&b'\\') {
                    assert_eq!(special & SPECIAL_ESCAPE, 0, "{path:?} {leap} {start} {length}");
                }
            }
        };
        index.seek(view, start as u64);
        index.look_ahead(view);
        is_right(&index);
        assert!(index.known() == view.filled() || index.quotes().len() >= RESERVE - BLOCK);
        let end = starts.get(object + 1).map_or(text.len(), |next| *next);
        let inside =
            quotes[quotes.partition_point(|quote| *quote < start)..].partition_point(|quote| *quote < end);
        let reached = index.reach(view, end.min(filled) - base);
        is_right(&index);
        if reached {
            assert!(base + index.known() >= end.min(filled));
        } else {
            assert!(inside > ENTRIES - 3 * BLOCK, "there is room for {inside} entries");
            full += 1;
        }
        if base + index.known() >= end {
            index.take(inside);
        }
        if filled >= end {
            let next = 1 + if numbers.below(8) == 0 { numbers.below(leap) } else { 0 };
            leaps += usize::from(next > 10);
            object += next;
            filled = filled.max(starts.get(object).map_or(text.len(), |start| start + 1));
        }
    }
    assert!(full > 0 || leap > 1, "one object has more quotes than there is room for");
    assert!(leaps > 0 || leap < 40);
}

/// What an item's blocks have together is worked out eight at a time, or one by one near the end.
#[test]
fn an_item_has_the_properties_of_the_blocks_that_it_touches_and_of_no_others() {
    let mut numbers = Numbers(3);
    for blocks in [1, 2, 7, 8, 9, 15, 16, 17, 18, 24, 25, 33, 50] {
        for _ in 0..8 {
            let mut index = Index::new(Path::Portable);
            index.special = (0..blocks).map(|_| [0, 0, 0, 1, 2, 4, 8, 9, 15][numbers.below(9)]).collect();
            for (first, last) in
                (0..blocks).flat_map(|first| (first + 1..=blocks).map(move |last| (first, last)))
            {
                let touched = &index.special[first..last];
                let all = touched.iter().fold(0, |all, flags| all | flags);
                let escapes = touched.iter().zip(0..).filter(|(flags, _)| **flags & SPECIAL_ESCAPE != 0);
                let few = touched.len() <= 16;
                let from = first * BLOCK + numbers.below(BLOCK);
                let escaped =
                    Escaped::new(few.then(|| escapes.fold(0, |bits, (_, block)| bits | 1u16 << block)), from);
                // To the first byte of the last block, or to the last one.
                for end in [((last - 1) * BLOCK + 1).max(from), last * BLOCK] {
                    assert_eq!(
                        index.special(from, end - from),
                        (all, escaped),
                        "{blocks} {first} {last} {end}"
                    );
                }
            }
        }
    }
}

/// An index in the middle of its work: over so many blocks without a quote, entries from `head` to `sure`
/// not used up, extended once.
fn extended(blocks: usize, head: usize, sure: usize) -> Index {
    let padded = vec![b'x'; blocks * BLOCK + PADDING];
    let view = View::new(&padded, blocks * BLOCK, 0);
    let mut index = Index::new(Path::Portable);
    index.seek(view, 0);
    index.entries.fill(u32::MAX);
    (index.head, index.sure) = (head, sure);
    assert!(index.extend(view));
    index
}

/// That is for speed alone: moved each time, a few stay in the nearest cache; many are left where they are.
#[test]
fn entries_are_moved_to_the_front_where_they_are_few_or_there_is_no_room_behind_them() {
    let few = 2 * RESERVE;
    for (head, sure) in [(1, few), (40, few + 39), (1000, 1001), (7, 7)] {
        let index = extended(10, head, sure);
        assert_eq!((index.head, index.sure), (0, sure - head), "{head} {sure}");
    }
    for (head, sure) in [(0, 0), (0, 7), (1, few + 1), (40, few + 40)] {
        let index = extended(10, head, sure);
        assert_eq!((index.head, index.sure), (head, sure), "{head} {sure}");
    }
    // Room for an entry for each byte that would be indexed, and for one block more.
    let blocks = ENTRIES / BLOCK - 21;
    for (sure, is_moved) in [(20 * BLOCK - 1, false), (20 * BLOCK, false), (20 * BLOCK + 1, true)] {
        let index = extended(blocks, 100, sure);
        assert_eq!(index.head == 0, is_moved, "{sure}");
    }
}

#[test]
fn no_more_is_indexed_than_there_is_room_for_and_no_more_than_is_asked_for() {
    // Room for two blocks stays: one is written in whole, one may be incomplete.
    assert_eq!(extended(100, 0, ENTRIES - 300).known(), 2 * BLOCK);
    for blocks in [STRIPE / BLOCK, STRIPE / BLOCK + 1, 1000] {
        assert_eq!(extended(blocks, 0, 0).known(), STRIPE, "{blocks}");
    }
    let padded = vec![b'x'; 40 * BLOCK + PADDING];
    let view = View::new(&padded, 40 * BLOCK, 0);
    for (ready, is_enough) in [(RESERVE - 1, false), (RESERVE, true)] {
        let mut index = Index::new(Path::Portable);
        index.seek(view, 0);
        index.entries.fill(u32::MAX);
        (index.head, index.sure) = (5, 5 + ready);
        index.look_ahead(view);
        assert_eq!(index.known() == 0, is_enough, "{ready}");
    }
}

#[test]
fn what_is_known_stays_known_when_the_window_moves() {
    let (filled, moves) = (10 * BLOCK + 2, [(0, 0), (1, 0), (1, 5), (9, 64), (10, 0), (10, 1)]);
    let padded = vec![b'x'; filled + PADDING];
    for (blocks, at) in moves {
        let mut index = Index::new(Path::Portable);
        for base in [0, BLOCK] {
            let view = View::new(&padded[base..], filled - base, base as u64);
            index.seek(view, base as u64);
            assert!(index.reach(view, filled - base));
        }
        let base = (1 + blocks).min(10) * BLOCK;
        let view = View::new(&padded[base..], filled - base, base as u64);
        index.seek(view, (base + at.min(filled - base)) as u64);
        assert_eq!((index.known(), index.live), (filled - base, true), "{blocks} {at}");
    }
    // Room for the properties of all blocks, all at once, and some behind them.
    let mut index = Index::new(Path::Portable);
    index.seek(View::new(&padded, filled, 0), 0);
    let blocks = padded.len() / BLOCK + BEHIND;
    assert!((blocks..2 * blocks).contains(&index.special.capacity()));
    assert!(index.reach(View::new(&padded, filled, 0), filled));
    assert_eq!(index.special.len(), 11 + BEHIND);
}

/// The string that a block begins in is none of the item's that begins in that block.
#[test]
fn what_comes_before_the_place_where_the_index_begins_does_not_count() {
    let mut padded = vec![b'x'; BLOCK];
    padded.extend_from_slice(b"xx\",");
    let from = padded.len();
    padded.extend_from_slice(b"\n{\"a\":\n1}");
    for filled in [padded.len(), 2 * BLOCK, 3 * BLOCK + 5] {
        let mut padded = padded.clone();
        padded.resize(filled, b' ');
        padded.resize(filled + PADDING, b'"');
        let view = View::new(&padded, filled, 0);
        let mut index = Index::new(Path::Portable);
        index.seek(view, from as u64);
        assert!(index.reach(view, filled));
        assert_eq!(index.special(from, 10).0, 0, "{filled}");
        assert_eq!(index.quotes().len(), 2, "{filled}");
    }
}

#[test]
fn entries_that_were_taken_are_used_up() {
    let mut padded = b"\"a\",\"b\",\"c\"".to_vec();
    padded.resize(11 + PADDING, b'"');
    let view = View::new(&padded, 11, 0);
    let mut index = Index::new(Path::Portable);
    index.seek(view, 0);
    index.look_ahead(view);
    assert_eq!(index.quotes(), [0, 2, 4, 6, 8, 10]);
    index.take(2);
    assert_eq!(index.quotes(), [4, 6, 8, 10]);
}

/// What was looked at in vain may be looked at in parts after that.
#[test]
fn who_goes_back_finds_the_same_quotes_again() {
    let text = br#"[{"a":"b","c":["d"]},{"a":"e"}]"#.repeat(9);
    let mut padded = text.clone();
    padded.resize(text.len() + PADDING, b' ');
    let quotes: Vec<_> = (0..).zip(&text).filter(|(_, byte)| **byte == b'"').map(|(at, _)| at).collect();
    for path in Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar) {
        // The window may have moved meanwhile.
        for base in [0, 64, 128] {
            for (used, back) in [(3, 30), (3, 6), (14, 1), (40, 180), (41, 150), (44, 170)] {
                let mut index = Index::new(path);
                index.seek(View::new(&padded, text.len(), 0), 0);
                index.look_ahead(View::new(&padded, text.len(), 0));
                assert_eq!(index.quotes(), quotes);
                index.take(used);
                let view = View::new(&padded[base..], text.len() - base, base as u64);
                let back = back.max(base);
                index.seek(view, back as u64);
                index.look_ahead(view);
                let base = u32::try_from(base).unwrap();
                let expected: Vec<_> =
                    quotes.iter().filter(|at| **at as usize >= back).map(|at| at - base).collect();
                assert_eq!(index.quotes(), expected, "{path:?} {base} {used} {back}");
            }
        }
    }
}

#[test]
fn who_goes_back_behind_what_was_gone_past_finds_the_same_quotes_again() {
    let text = br#"[{"a":"b","c":["d"]},{"a":"e"}]"#;
    let mut padded = text.to_vec();
    padded.resize(text.len() + PADDING, b' ');
    let view = View::new(&padded, text.len(), 0);
    for path in Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar) {
        let mut index = Index::new(path);
        index.seek(view, 0);
        index.look_ahead(view);
        for (at, quotes) in [(20, 4), (1, 12), (30, 0), (10, 8)] {
            index.seek(view, at);
            index.look_ahead(view);
            assert_eq!(index.quotes().len(), quotes, "{path:?} {at}");
        }
    }
}

/// An item that goes on there may have escapes in the part before.
#[test]
fn what_blocks_have_is_still_known_to_who_goes_on_where_no_quotes_are_missing() {
    let parts =
        [r#"[{"\\n":"a",  "c":["d"],  "e":[1],"f":"g","#, r#"[{"__n":"a",  "c":["d"],  "e":[1],"f":"g","#];
    let text = parts.concat().repeat(2).into_bytes();
    let mut padded = text.clone();
    padded.resize(text.len() + PADDING, b' ');
    for path in Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar) {
        for (taken, back, base, at) in [
            // Right behind what was used up, where the next quote is not; and up to where quotes are known.
            (2, None, 0, 7),
            (4, None, 0, 30),
            // After going back.
            (8, Some(0), 0, 7),
            // The window may have moved meanwhile.
            (22, None, 64, 93),
        ] {
            let mut index = Index::new(path);
            let filled: usize = if base == 0 { 30 } else { 100 };
            let view = View::new(&padded, filled, 0);
            index.seek(view, 0);
            index.look_ahead(view);
            index.take(taken);
            if let Some(back) = back {
                index.seek(view, back);
                index.look_ahead(view);
            }
            let view = View::new(&padded[base..], text.len() - base, base as u64);
            index.seek(view, at as u64);
            index.look_ahead(view);
            let from = text[..at].iter().rposition(|byte| *byte == b'[').unwrap();
            let (special, _) = index.special(from - base, at - from);
            assert_ne!(special & SPECIAL_ESCAPE, 0, "{path:?} {taken} {at}");
            let expected = text[at..].iter().filter(|byte| **byte == b'"').count();
            assert_eq!(index.quotes().len(), expected, "{path:?} {taken} {at}");
        }
    }
}
