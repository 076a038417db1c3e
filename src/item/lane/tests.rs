//! What the lane takes, and how many items at a time: the rest of the crate could not tell, for what
//! it leaves to the grammar comes out alike.

use super::waiting::LOOKS;
use super::*;
use crate::scan::Span;
use crate::window::PADDING;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

static NAMES: [(&str, Field); 4] =
    [("id", Field::Slot(0)), ("user", Field::Slot(1)), ("usuario", Field::Slot(1)), ("list", Field::Foreign)];

fn paths() -> impl Iterator<Item = Path> {
    Path::ALL.into_iter().filter(|path| path.is_available() && *path != Path::Scalar)
}

/// What was found of an item: where, its texts by slots, and whether it has a shape.
#[derive(Debug, PartialEq, Eq)]
struct Found {
    at: usize,
    length: usize,
    known: Option<(Vec<String>, bool)>,
}

/// Goes through a list until the lane has nothing to say: what it found, what it said then, and how
/// often it had to look.
fn walk(path: Path, limits: &Limits, text: &str, starts: &[usize]) -> (Vec<Found>, Option<Seen>, usize) {
    let mut padded = text.as_bytes().to_vec();
    padded.resize(text.len() + PADDING, b'"');
    let view = View::new(&padded, text.len(), 0);
    let mut lane = Lane::new(path, &NAMES, limits).unwrap();
    let (mut found, mut looks) = (Vec::new(), 0);
    for start in starts {
        let (at, length) = match lane.next_ready() {
            Some(item) => item,
            None => {
                looks += 1;
                lane.go_on();
                match lane.look(view, *start as u64, 9) {
                    Seen::Item(length) => (*start as u64, length),
                    other => return (found, Some(other), looks),
                }
            }
        };
        let at = usize::try_from(at).unwrap();
        let texts = |known: Known<'_>| {
            let decoded = known.named().unwrap();
            let text = |slot: usize| match (decoded.strings | decoded.others) >> slot & 1 {
                0 => String::from("-"),
                _ => {
                    let Span { start, end } = decoded.spans[slot];
                    text[at + usize::from(start)..at + usize::from(end)].into()
                }
            };
            ((0..2).map(text).collect(), known.shape.is_some())
        };
        found.push(Found { at, length, known: lane.known().map(texts) });
    }
    (found, None, looks)
}

fn list(items: &[String], gap: &str) -> (String, Vec<usize>) {
    let (mut text, mut starts) = (String::from("["), Vec::new());
    for item in items {
        if text.len() > 1 {
            text += gap;
        }
        starts.push(text.len());
        text += item;
    }
    (text + "]", starts)
}

fn items(count: usize, of: impl Fn(usize) -> String) -> Vec<String> {
    (0..count).map(of).collect()
}

fn texts(id: &str, user: &str, shaped: bool) -> Option<(Vec<String>, bool)> {
    Some(([id, user].map(String::from).into(), shaped))
}

/// An item by its number, and the texts of its id and user.
type Kind = fn(usize) -> (String, [String; 2]);

#[test]
fn items_of_one_shape_are_found_many_at_a_time_with_all_that_is_in_them() {
    let kinds: [Kind; 5] = [
        |n| (format!("{{\"id\":\"{n}\",\"user\":\"u{n}\"}}"), [format!("{n}"), format!("u{n}")]),
        |n| (format!("{{\"id\":{n},\"user\":null,\"x\":\"\"}}"), [format!("{n}"), "-".into()]),
        |n| (format!("{{ \"user\" : \"u\\n{n}\" , \"id\" : {n} }}"), [format!("{n}"), format!("u\\n{n}")]),
        |n| (format!("{{\"x\":[{n},{{\"id\":[]}}],\"id\":\"{n}\"}}"), [format!("{n}"), "-".into()]),
        |n| (format!("{{\n  \"id\": \"{n}\",\n  \"é\": \"ü{n}\"\n}}"), [format!("{n}"), "-".into()]),
    ];
    for path in paths() {
        for kind in kinds {
            for gap in [",", ", ", ",\n  ", " , "] {
                let all = items(300, |n| kind(n).0);
                let (text, starts) = list(&all, gap);
                let (found, end, looks) = walk(path, &Limits::default(), &text, &starts);
                assert_eq!(end, None, "{path:?} {}", all[0]);
                for (n, found) in found.iter().enumerate() {
                    let [id, user] = kind(n).1;
                    let known = texts(&id, &user, n > 0);
                    let expected = Found { at: starts[n], length: all[n].len(), known };
                    assert_eq!(*found, expected, "{path:?} {n} {}", all[0]);
                }
                assert!(looks < 40, "{looks} looks for {path:?} {gap:?} {}", all[0]);
            }
        }
    }
}

#[test]
fn members_may_be_absent_and_others_there_and_two_layouts_take_turns() {
    for path in paths() {
        let all = items(200, |n| match n % 8 {
            5 => format!("{{\"id\":{n},\"a\":1,\"b\":2}}"),
            6 => format!("{{\"id\":{n},\"more\":[\"]\"],\"user\":\"u\",\"a\":1,\"b\":2}}"),
            _ => format!("{{\"id\":{n},\"user\":\"u\",\"a\":1,\"b\":2}}"),
        });
        let (text, starts) = list(&all, ",");
        let (found, end, looks) = walk(path, &Limits::default(), &text, &starts);
        assert_eq!((end, found.len()), (None, 200), "{path:?}");
        for (n, found) in found.iter().enumerate().skip(1) {
            let user = if n % 8 == 5 { "-" } else { "u" };
            assert_eq!(found.known, texts(&format!("{n}"), user, n % 8 != 6), "{path:?} {n}");
        }
        assert!(looks < 40, "{looks} {path:?}");
        let all = items(200, |n| match n % 20 < 10 {
            true => format!("{{\"id\":{n},\"user\":\"u\"}}"),
            false => format!("{{\"user\":\"v\",\"id\":{n}}}"),
        });
        let (text, starts) = list(&all, ",");
        let (found, end, looks) = walk(path, &Limits::default(), &text, &starts);
        assert_eq!((end, found.len()), (None, 200), "{path:?}");
        let shaped = found.iter().filter(|found| found.known.as_ref().unwrap().1).count();
        assert!(shaped > 180 && looks < 60, "{shaped} {looks} {path:?}");
    }
}

#[test]
fn items_of_which_some_go_by_older_names_are_found_many_at_a_time() {
    for path in paths() {
        let all = items(320, |n| match n * n % 7 {
            2 => format!("{{\"id\":{n},\"usuario\":\"u\",\"a\":1}}"),
            4 if n > 100 => format!("{{\"id\":{n},\"a\":1}}"),
            _ => format!("{{\"id\":{n},\"user\":\"u\",\"a\":1}}"),
        });
        let (text, starts) = list(&all, ",");
        let (found, end, looks) = walk(path, &Limits::default(), &text, &starts);
        assert_eq!((end, found.len()), (None, 320), "{path:?}");
        for (n, found) in found.iter().enumerate().skip(8) {
            let user = if n * n % 7 == 4 && n > 100 { "-" } else { "u" };
            assert_eq!(found.known, texts(&format!("{n}"), user, true), "{path:?} {n}");
        }
        assert!(looks < 25, "{looks} {path:?}");
    }
}

/// It is not the name that the shape has.
#[test]
fn a_type_is_read_from_an_item_with_the_older_name_where_that_is_there() {
    use crate::item::deserializer::members_of;
    use alloc::collections::BTreeMap;
    let all = items(40, |n| format!("{{\"id\":{n},\"{}\":\"u\"}}", ["user", "usuario"][n % 2]));
    let (text, starts) = list(&all, ",");
    for given in 20..=40 {
        let (lane, item) = (gone_through(&text, &starts[..given]), &all[given - 1]);
        let known = lane.known().filter(|known| known.shape.is_some()).expect("one of the shape");
        let read: Option<BTreeMap<String, serde_json::Value>> = members_of(item, known);
        assert_eq!(read, Some(serde_json::from_str(item).unwrap()));
    }
}

#[test]
fn what_comes_before_a_fault_is_given_and_the_fault_is_left_to_the_grammar() {
    for path in paths() {
        for bad in [0, 1, 7, 8, 30, 31, 32, 33, 100] {
            for (wrong, limits) in [
                ("{\"id\":7,\"user\":\"\u{1}\"}", Limits::default()),
                ("{\"id\":7,\"user\":\"\\x\"}", Limits::default()),
                ("{\"id\":7,\"user\":\"\\ud800\"}", Limits::default()),
                ("{\"id\":7,\"user\":\"u\" \"x\"}", Limits::default()),
                ("{\"id\":7,\"user\":nil}", Limits::default()),
                ("{\"id\":7,\"user\":\"0123456789\"}", Limits { item: 25, ..Limits::default() }),
                ("{\"id\":7777777,\"user\":\"u\"}", Limits { number: 6, ..Limits::default() }),
                ("{\"id\":[[[[[[[[[7]]]]]]]]],\"user\":\"u\"}", Limits::default()),
                ("{\"id\":7,\"list\":[]}", Limits::default()),
            ] {
                let good = |n: usize| format!("{{\"id\":{n},\"user\":\"u\"}}");
                let all = items(bad + 3, |n| if n == bad { wrong.into() } else { good(n) });
                let (text, starts) = list(&all, ",");
                let (found, end, _) = walk(path, &limits, &text, &starts);
                assert_eq!(end, Some(Seen::Unclear), "{path:?} {wrong}");
                // A control character is known by its block, which up to three before it share.
                let least = if wrong.contains('\u{1}') { bad.saturating_sub(3) } else { bad };
                assert!((least..=bad).contains(&found.len()), "{path:?} {} of {bad} {wrong}", found.len());
            }
        }
    }
}

#[test]
fn an_item_is_given_with_its_last_byte_and_not_before() {
    let all = items(4, |n| format!("{{\"id\":\"{n}\",\"user\":{{\"a\":[1,\"}}\"]}},\"x\":null}}"));
    let (text, starts) = list(&all, ",");
    for path in paths() {
        for end in 1..text.len() {
            let cut = &text[..end];
            let begun = starts.iter().filter(|start| **start < end).count();
            let (found, said, _) = walk(path, &Limits::default(), cut, &starts[..begun]);
            let complete =
                all.iter().zip(&starts).filter(|(item, start)| **start + item.len() <= end).count();
            assert_eq!(found.len(), complete, "{path:?} {end}");
            assert_eq!(said, (complete < begun).then_some(Seen::Unfinished), "{path:?} {end}");
        }
    }
}

/// What is said of an item of which more comes each time: after each part that is put to it.
fn looks(path: Path, begun: &str, part: impl Fn(usize) -> String, parts: usize) -> Vec<Seen> {
    let mut lane = Lane::new(path, &NAMES, &Limits::default()).unwrap();
    let mut text = format!("[{begun}");
    (0..parts)
        .map(|number| {
            text += &part(number);
            let mut padded = text.as_bytes().to_vec();
            padded.resize(text.len() + PADDING, b'"');
            lane.look(View::new(&padded, text.len(), 0), 1, 9)
        })
        .collect()
}

/// That keeps the cost linear: what comes with a bracket in every chunk is not looked at anew for each.
#[test]
fn a_member_is_looked_at_a_few_times_and_then_left_to_the_grammar() {
    let few = usize::try_from(LOOKS).unwrap() + 1;
    for path in paths() {
        for (begun, part) in [("{\"id\":1,\"x\":[", "{},"), ("[", "[],"), ("{\"x\":{\"a\":[", "{},")] {
            let seen = looks(path, begun, |_| part.into(), few + 1);
            assert!(seen[..few].iter().all(|seen| *seen == Seen::Unfinished), "{path:?} {begun} {seen:?}");
            assert_eq!(seen[few], Seen::Unclear, "{path:?} {begun}");
        }
        // As long as there are new members, it is looked at only from the last one on.
        let seen = looks(path, "{\"id\":1", |number| format!(",\"x{number}\":[{{}}]"), 40);
        assert!(seen.iter().all(|seen| *seen == Seen::Unfinished), "{path:?} {seen:?}");
        // Where no bracket comes, it is not looked at at all.
        let seen = looks(path, "{\"id\":1,\"x\":[", |_| "\"a\", ".into(), 40);
        assert!(seen.iter().all(|seen| *seen == Seen::Unfinished), "{path:?} {seen:?}");
        let seen = looks(path, "\"", |_| "a}]".into(), 40);
        assert!(seen.iter().all(|seen| *seen == Seen::Unfinished), "{path:?} {seen:?}");
    }
}

#[test]
fn an_item_that_is_cut_is_looked_at_as_a_whole_once_its_end_is_there() {
    for path in paths() {
        let all = items(40, |n| format!("{{\"id\":{n},\"user\":\"u\"}}"));
        let (text, starts) = list(&all, ",");
        let mut padded = text.as_bytes().to_vec();
        padded.resize(text.len() + PADDING, b'"');
        let last = starts[39];
        for cut in last + 1..last + all[39].len() {
            let mut lane = Lane::new(path, &NAMES, &Limits::default()).unwrap();
            let view = View::new(&padded, cut, 0);
            for start in &starts[..39] {
                if lane.next_ready().is_none() {
                    lane.go_on();
                    assert!(matches!(lane.look(view, *start as u64, 9), Seen::Item(_)), "{path:?} {start}");
                }
            }
            lane.go_on();
            assert_eq!(lane.look(view, last as u64, 9), Seen::Unfinished, "{path:?} {cut}");
            assert!(lane.waiting.is_some_and(|waiting| waiting.progress.at == 0), "{path:?} {cut}");
            let view = View::new(&padded, text.len(), 0);
            assert_eq!(lane.look(view, last as u64, 9), Seen::Item(all[39].len()), "{path:?} {cut}");
            assert!(lane.known().is_some_and(|known| known.shape.is_some()), "{path:?} {cut}");
        }
    }
}

/// A lane over the first bytes of a text, gone through the items that begin at `starts`.
fn gone_through(text: &str, starts: &[usize]) -> Lane {
    let mut padded = text.as_bytes().to_vec();
    padded.resize(text.len() + PADDING, b'"');
    let view = View::new(&padded, text.len(), 0);
    let mut lane = Lane::new(Path::Portable, &NAMES, &Limits::default()).unwrap();
    for start in starts {
        if lane.next_ready().is_none() {
            lane.go_on();
            assert!(matches!(lane.look(view, *start as u64, 9), Seen::Item(_)), "{start}");
        }
    }
    lane
}

#[test]
fn an_item_that_ends_where_the_bytes_at_hand_do_is_one_of_the_shape() {
    let all = items(9, |n| format!("{{\"id\":\"{n}\",\"user\":\"u\"}}"));
    let (text, starts) = list(&all, ",");
    for path in paths() {
        for last in 1..9 {
            let cut = &text[..starts[last] + all[last].len()];
            let (found, said, _) = walk(path, &Limits::default(), cut, &starts[..=last]);
            assert_eq!((found.len(), said), (last + 1, None), "{path:?} {last}");
            assert!(found[last].known.as_ref().is_some_and(|known| known.1), "{path:?} {last}");
        }
    }
}

#[test]
fn hostile_08_no_item_is_deeper_than_it_may_be_whether_it_has_a_shape_or_not() {
    for levels in [0, 1, 7, 8] {
        let nested = format!("{{\"id\":{}7{},\"x\":1}}", "[".repeat(levels), "]".repeat(levels));
        let all = items(20, |n| if n < 19 { String::from("{\"id\":7,\"x\":1}") } else { nested.clone() });
        let (text, starts) = list(&all, ",");
        let mut padded = text.as_bytes().to_vec();
        padded.resize(text.len() + PADDING, b'"');
        for depth in 0..12 {
            let mut lane = gone_through(&text[..starts[19]], &starts[..19]);
            lane.go_on();
            let seen = lane.look(View::new(&padded, text.len(), 0), starts[19] as u64, depth);
            let expected = if depth > levels { Seen::Item(nested.len()) } else { Seen::Unclear };
            assert_eq!(seen, expected, "{levels} {depth}");
            let shaped = lane.known().is_some_and(|known| known.shape.is_some());
            assert_eq!(shaped, depth > levels, "{levels} {depth}");
        }
    }
}

/// What is known not to fit is not tried again; what is between two items is learned from the last.
#[test]
fn behind_a_batch_it_is_known_what_the_next_item_is_not_and_what_stands_before_it() {
    for count in [2, 7, 31, 33] {
        let all = items(count + 1, |n| match n < count {
            true => format!("{{\"id\":{n},\"user\":\"u\"}}"),
            false => String::from("{\"user\":\"u\",\"else\":[\"a\",\"b\",\"c\"]}"),
        });
        let (text, starts) = list(&all, ", ");
        let mut lane = gone_through(&text, &starts[..count]);
        // Of 33, the first and 32 together: nothing was seen behind them.
        assert_eq!(lane.missed, (count < 33).then_some(0), "{count}");
        lane.go_on();
        assert_eq!(lane.ended, (starts[count - 1] + all[count - 1].len()) as u64, "{count}");
        // Where an item in between ends beyond the bytes at hand, it may well have the shape.
        let cut = gone_through(&text[..starts[count] - 3], &starts[..count - 1]);
        assert_eq!(cut.missed, None, "{count}");
    }
}

#[test]
fn what_stands_between_two_items_is_learned_if_it_is_one_comma_and_no_longer_than_a_block() {
    let item = "{\"id\":1}";
    let blanks = |count: usize| format!(",{}", " ".repeat(count - 1));
    for (gap, learned) in [
        (", ", true),
        ("\n\t\r, ", true),
        (&blanks(BLOCK), true),
        (&blanks(BLOCK + 1), false),
        (" ", false),
        (",,", false),
        (",]", false),
    ] {
        let text = format!("{item}{gap}{item}");
        let mut padded = text.as_bytes().to_vec();
        padded.resize(text.len() + PADDING, b'"');
        let offset = (item.len() + gap.len()) as u64;
        let mut lane = gone_through("[", &[]);
        lane.ended = item.len() as u64;
        // All of it is at hand, though the window begins just there.
        for base in [0, item.len()] {
            lane.gap = Literal::new(b",", 0).unwrap();
            lane.learn_gap(View::new(&padded[base..], text.len() - base, base as u64), offset);
            let expected = if learned { gap } else { "," };
            assert_eq!(lane.gap.bytes(), expected.as_bytes(), "{gap:?} {base}");
        }
        lane.learn_gap(View::new(&padded[16..], text.len() - 16, 16), offset);
    }
}

/// So that it is linear, however long the item is; and no farther, for the next one may be short.
#[test]
fn for_a_long_item_the_index_is_made_twice_as_far_each_time() {
    // Quotes enough to begin with, then none.
    let dense = "\"a\",".repeat(2000);
    let object = (format!("{:50000}{{\"a\":\"{}\",\"x\":[{dense}\"", "[", "a".repeat(50)), "\"]}");
    let array = (format!("{:50000}[{dense}\"", "["), "\"]");
    for ((begun, end), length) in [(&object, 25_000), (&object, 60_000), (&array, 25_000), (&array, 60_000)] {
        let text = format!("{begun}{}{end},{}", "x".repeat(length), " ".repeat(300_000));
        let mut padded = text.into_bytes();
        let filled = padded.len();
        padded.resize(filled + PADDING, b'"');
        for path in paths() {
            let mut lane = Lane::new(path, &NAMES, &Limits::default()).unwrap();
            let item = begun.len() - 50_000 + length + end.len();
            assert_eq!(lane.look(View::new(&padded, filled, 0), 50_000, 9), Seen::Item(item), "{path:?}");
            let known = lane.index.known() - 50_000;
            assert!(known > item && known < 2 * item + 10_000, "{path:?} {known} of {item}");
            assert!(known > item + (12 << 10), "no stripe after the other: {path:?} {known} of {item}");
        }
    }
}

#[test]
fn what_is_ready_is_given_one_after_the_other_as_if_asked_for_each() {
    let all = items(30, |n| match n % 3 {
        0 => format!("{{\"id\":\"{n}\",\"user\":\"u\"}}"),
        _ => format!("{{\"id\":\"{n}\",\"z\":[],\"user\":\"u\"}}"),
    });
    let (text, starts) = list(&all, ", ");
    let mut lane = gone_through(&text, &starts[..5]);
    let (known, mut ready) = lane.ready();
    assert!(known.is_some());
    let mut given = 5;
    assert_eq!(ready.base(), 0);
    while let Some((from, length, known)) = ready.next() {
        assert_eq!((from, length), (starts[given], all[given].len()));
        let known = known.expect("an object");
        let quotes = if given % 3 == 0 { 0 } else { all[given].matches('"').count() };
        assert_eq!((known.shape.is_some(), known.quotes.len()), (given % 3 == 0, quotes), "{given}");
        given += 1;
        assert_eq!(ready.len(), 30 - given);
    }
    assert!(given == 30 && lane.next_ready().is_none());
}

/// Those of the items before it are in the same index.
#[test]
fn the_quotes_that_are_known_of_an_item_are_its_own() {
    let all = items(30, |n| format!("{{\"id\":\"{n}\",{}\"user\":\"u\"}}", "\"z\":[],".repeat(n % 3)));
    let (text, starts) = list(&all, ", ");
    for given in 3..=30 {
        let (lane, item) = (gone_through(&text, &starts[..given]), given - 1);
        let known = lane.known().unwrap();
        match known.shape {
            Some(_) => assert!(known.quotes.is_empty(), "{item}"),
            None => {
                let quotes: Vec<_> = known.quotes.iter().map(|at| *at as usize - starts[item]).collect();
                let own: Vec<_> = all[item].match_indices('"').map(|(at, _)| at).collect();
                assert_eq!(quotes, own, "{item}");
            }
        }
    }
}

/// What is left of them would be taken for those of its first members.
#[test]
fn of_an_item_that_took_the_index_in_pieces_no_quotes_are_known() {
    for path in paths() {
        for (strings, quotes) in [(20, 44), (2000, 0)] {
            let item = format!("{{\"a\":1,\"b\":[{}0]}}", "\"x\",".repeat(strings));
            let text = format!("[{item}]{}", " ".repeat(300_000));
            let mut padded = text.into_bytes();
            let filled = padded.len();
            padded.resize(filled + PADDING, b'"');
            let mut lane = Lane::new(path, &NAMES, &Limits::default()).unwrap();
            assert_eq!(lane.look(View::new(&padded, filled, 0), 1, 9), Seen::Item(item.len()), "{path:?}");
            assert_eq!(lane.known().unwrap().quotes.len(), quotes, "{path:?}");
        }
    }
}

#[test]
fn hostile_07_an_item_may_be_just_as_long_as_the_limit() {
    let all = items(40, |n| format!("{{\"id\":{},\"user\":\"u\"}}", n + 10));
    let (text, starts) = list(&all, ",");
    for path in paths() {
        for (item, count) in [(all[0].len() - 1, 0), (all[0].len(), 40), (all[0].len() + 1, 40)] {
            let limits = Limits { item, ..Limits::default() };
            assert_eq!(walk(path, &limits, &text, &starts).0.len(), count, "{path:?} {item}");
        }
    }
}

/// What is not in doubt is not looked at again.
/// The short ones are told by one word, whatever the limit.
#[test]
fn hostile_07_a_number_of_an_item_that_lacks_a_member_is_as_long_as_the_limit_and_no_longer() {
    let limits = Limits { number: 4, ..Limits::default() };
    for path in paths() {
        for (last, count) in
            [("1234", 9), ("-123", 9), ("true", 9), ("null", 9), ("12345", 8), ("123456", 8), ("-1234", 8)]
        {
            let all = items(9, |n| match n {
                0..4 => format!("{{\"id\":{n},\"user\":\"u\"}}"),
                8 => format!("{{\"id\":{last}}}"),
                _ => format!("{{\"id\":{n}}}"),
            });
            let (text, starts) = list(&all, ",");
            assert_eq!(walk(path, &limits, &text, &starts).0.len(), count, "{path:?} {last}");
        }
    }
}

#[test]
fn hostile_10_the_text_of_an_item_is_checked_for_what_is_in_doubt_and_for_nothing_else() {
    let both = SPECIAL_HIGH | SPECIAL_UNSURE;
    for path in paths() {
        for (text, special, is_valid) in [
            (&b"{\"a\":\"\xc3\xa9\\n\"}"[..], both | SPECIAL_ESCAPE, true),
            (b"{\"a\":\"x\"}", SPECIAL_CONTROL, false),
            (b"{\"a\":\"\xc3\"}", SPECIAL_HIGH, false),
            (b"{\"a\":\"\xc3\"}", both, false),
            (b"{\"a\":\"\xc3\"}", SPECIAL_UNSURE | SPECIAL_ESCAPE, true),
            (b"{\"a\":\"\\x\"}", SPECIAL_UNSURE, false),
            (b"{\"a\":\"\\x\"}", both, false),
            (b"{\"a\":\"\\x\"}", SPECIAL_HIGH | SPECIAL_ESCAPE, true),
        ] {
            let padded = [text, &[b'"'; PADDING]].concat();
            let found = are_strings_valid(path, &padded, 0, text.len(), special);
            assert_eq!(found, is_valid, "{path:?} {} {special}", text.escape_ascii());
        }
    }
}

#[test]
fn slots_stand_for_names_only_where_there_are_names() {
    for (names, named) in [(&NAMES[..], true), (&[], false)] {
        let mut lane = Lane::new(Path::Portable, names, &Limits::default()).unwrap();
        let mut padded = b"{\"id\":1}".to_vec();
        padded.resize(8 + PADDING, b'"');
        assert_eq!(lane.look(View::new(&padded, 8, 0), 0, 9), Seen::Item(8));
        assert_eq!(lane.known().unwrap().named().is_some(), named);
    }
}
