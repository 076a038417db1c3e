//! What the lane takes, and how many items at a time: the rest of the crate could not tell, for what
//! it leaves to the grammar comes out alike.

mod further;
mod state;

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
        let blanks = " ".repeat(300);
        for begun in [
            format!("{{\"id\":1,{blanks}\""),
            format!("{{\"x\":[{{\"a\":1,{blanks}\""),
            format!("[{{{blanks}\""),
        ] {
            let seen = looks(path, &begun, |_| "}]".into(), few + 1);
            assert!(seen[..few].iter().all(|seen| *seen == Seen::Unfinished), "{path:?} {begun} {seen:?}");
            assert_eq!(seen[few], Seen::Unclear, "{path:?} {begun}");
        }
        // Where there is little to go through, it may be looked at ever again.
        for begun in
            ["{\"id\":1,\"", "{\"id\":1,\"x\":\"", "{\"id\":1,\"x\":[\"", "[\"", "{\"x\":{\"a\":[\"", "[ {\""]
        {
            let seen = looks(path, begun, |_| "}]".into(), 40);
            assert!(seen.iter().all(|seen| *seen == Seen::Unfinished), "{path:?} {begun} {seen:?}");
        }
        // Also behind much that is not gone through again.
        for begun in [format!("{{\"x\":\"{blanks}\",\""), format!("[\"{blanks}\",{{\"")] {
            let seen = looks(path, &begun, |_| "}]".into(), 40);
            assert!(seen.iter().all(|seen| *seen == Seen::Unfinished), "{path:?} {begun} {seen:?}");
        }
        // As long as more of a container comes, it is looked at only from there on.
        for (begun, part) in [("{\"id\":1,\"x\":[", "{},"), ("[", "[],"), ("{\"x\":{\"a\":[", "{},")] {
            let seen = looks(path, begun, |_| part.into(), 40);
            assert!(seen.iter().all(|seen| *seen == Seen::Unfinished), "{path:?} {begun} {seen:?}");
        }
        // As long as there are new members, it is looked at only from the last one on.
        let seen = looks(path, "{\"id\":1", |number| format!(",\"x{number}\":[{{}}]"), 40);
        assert!(seen.iter().all(|seen| *seen == Seen::Unfinished), "{path:?} {seen:?}");
        let seen = looks(path, "{\"id\":1", |number| format!(",\"x{number}\":[{{}}]{blanks}"), 40);
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
            assert!(lane.waiting().is_some_and(|waiting| waiting.progress.at == 0), "{path:?} {cut}");
            let view = View::new(&padded, text.len(), 0);
            assert_eq!(lane.look(view, last as u64, 9), Seen::Item(all[39].len()), "{path:?} {cut}");
            assert!(lane.known().is_some_and(|known| known.shape.is_some()), "{path:?} {cut}");
        }
    }
}
