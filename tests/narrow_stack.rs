//! Row 6 of the hostile inputs: however deep the input is, and whoever reads it, the stack stays as it was. All
//! of it runs on a thread that has little. (What serializes a member that is not documented, and what of serde_json
//! reads other types, does nest: as deep as a limit says.)
#![cfg(all(feature = "std", feature = "bytes"))]

mod support;

use std::thread;

use bytes::Bytes;
use futures_executor::{block_on, block_on_stream};
use futures_util::stream;
use remote_sessions::{Builder, Error, ErrorKind, Reader, RemoteSession};
use serde::Deserialize;
use serde_json::Value;
use support::limits;

/// Thirteen bytes of the stack for each of so many levels would be too much: any call takes more.
const DEPTH: usize = 5_000;

/// What opens a level, and what closes it.
const NESTINGS: [(&str, &str); 4] =
    [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]"), ("[0,[{},{\"a\":1,\"b\":", ",\"c\":2}],3]")];

/// Runs on a stack of so many KiB.
fn on_a_stack_of(kib: usize, run: impl FnOnce() + Send + 'static) {
    let narrow = thread::Builder::new().stack_size(kib * 1024).spawn(run).expect("a thread");
    assert!(narrow.join().is_ok());
}

/// What stands before something deep and after it; what comes of the items (whether each is a session), and how
/// many of them come before it.
const PLACES: [(&str, &str, &[bool], usize); 10] = [
    // What nobody asks for: before the list, after it, inside of something else.
    ("{\"x\":", ",\"remote_sessions\":[{\"id\":1}]}", &[true], 0),
    ("{\"remote_sessions\":[{\"id\":1}],\"x\":", "}", &[true], 1),
    ("{\"x\":{\"y\":[1,{\"\":", "}]},\"remote_sessions\":[{\"id\":1}]}", &[true], 0),
    // What is kept of an envelope; of an inner one, too.
    ("{\"tenant\":", ",\"remote_sessions\":[{\"id\":1}]}", &[true], 0),
    ("{\"remote_sessions\":[{\"response\":", ",\"remote_sessions\":[{\"id\":1}]}]}", &[true], 0),
    // An element of the list, also of one that is an object.
    ("{\"remote_sessions\":[", ",{\"id\":1}]}", &[false, true], 0),
    ("{\"remote_sessions\":{\"0\":", ",\"1\":{\"id\":1}}}", &[false, true], 0),
    // An unknown member of an item; of one whose shape is known; a documented member.
    ("{\"remote_sessions\":[{\"id\":1,\"x\":", "},{\"id\":1}]}", &[true, true], 0),
    (
        "{\"remote_sessions\":[{\"id\":1,\"x\":[]},{\"id\":1,\"x\":[]},{\"id\":1,\"x\":",
        "},{\"id\":1,\"x\":[]}]}",
        &[true, true, true, true],
        2,
    ),
    ("{\"remote_sessions\":[{\"id\":1,\"user\":", "},{\"id\":1}]}", &[false, true], 0),
];

/// No more than the documented members: what else there is is passed over.
#[derive(Deserialize)]
struct Flat {
    id: u64,
    #[expect(dead_code, reason = "only its type matters")]
    user: Option<String>,
}

/// What comes of the items and of the response: whether each is right, and the kind of the error.
type Came = (Vec<bool>, Option<ErrorKind>);

/// Of results that end with an error of the response, if it had one.
fn came<T>(results: impl Iterator<Item = Result<T, Error>>, is_right: impl Fn(T) -> bool) -> Came {
    let (mut right, mut failed) = (Vec::new(), None);
    for result in results {
        match result {
            Ok(found) => right.push(is_right(found)),
            Err(error) if error.is_fatal() => failed = Some(error.kind()),
            Err(_) => right.push(false),
        }
    }
    (right, failed)
}

fn is_session(session: RemoteSession<'_>) -> bool {
    session.id() == 1 && session.unknown_members().all(|(_, value)| !value.is_empty())
}

fn by_items<R: std::io::Read>(mut reader: Reader<R>) -> Came {
    let (mut right, mut failed) = (Vec::new(), None);
    loop {
        match reader.next_item() {
            Ok(Some(item)) => right.push(item.session().is_ok_and(is_session)),
            Ok(None) => break,
            Err(error) => {
                failed = Some(error.kind());
                break;
            }
        }
    }
    // What was kept of the envelopes is read here.
    assert!(format!("{:?}", reader.summary()).contains("items"));
    (right, failed)
}

fn by_batches<R: std::io::Read>(mut reader: Reader<R>) -> Came {
    let mut right = Vec::new();
    loop {
        match reader.next_batch() {
            Ok(Some(batch)) => right.extend(batch.map(|item| item.session().is_ok_and(is_session))),
            Ok(None) => return (right, None),
            Err(error) => return (right, Some(error.kind())),
        }
    }
}

fn by_batches_of_a_slice(settings: &Builder, body: &[u8]) -> Came {
    let (mut reader, mut right) = (settings.build_slice(body), Vec::new());
    loop {
        match reader.next_batch() {
            Some(Ok(batch)) => right.extend(batch.map(|item| item.session().is_ok_and(is_session))),
            Some(Err(error)) => return (right, Some(error.kind())),
            None => return (right, None),
        }
    }
}

/// In chunks of so many bytes.
fn chunks(body: &Bytes, size: usize) -> stream::Iter<impl Iterator<Item = Result<Bytes, Error>>> {
    let body = body.clone();
    let starts = (0..body.len()).step_by(size);
    stream::iter(starts.map(move |start| Ok(body.slice(start..body.len().min(start + size)))))
}

/// In every way there is to read sessions, and a type that has no room for what is deep.
fn in_every_way(settings: &Builder, body: &str, expected: &Came, place: &str) {
    let bytes = Bytes::copy_from_slice(body.as_bytes());
    let is_one = |flat: Flat| flat.id == 1;
    let reader = || settings.build(body.as_bytes());
    let slice = || settings.build_slice(body.as_bytes());
    assert_eq!(&by_items(reader()), expected, "{place} by items");
    assert_eq!(&by_batches(reader()), expected, "{place} by batches");
    assert_eq!(&came(reader().sessions(), is_session), expected, "{place} by sessions");
    assert_eq!(&came(reader().deserialize::<Flat>(), is_one), expected, "{place} as a flat type");
    assert_eq!(&came(slice().sessions(), is_session), expected, "{place} by sessions of a slice");
    assert_eq!(&came(slice().deserialize::<Flat>(), is_one), expected, "{place} as a flat type of a slice");
    assert_eq!(&by_batches_of_a_slice(settings, body.as_bytes()), expected, "{place} by batches of a slice");
    for in_place in [false, true] {
        let build = || {
            // In place only what is large is read.
            let reader = settings.build_async(chunks(&bytes, if in_place { 20 * 1024 } else { 997 }));
            if in_place { reader.in_place() } else { reader }
        };
        let (mut sessions, mut flat, mut batches) = (build(), build(), build());
        let sessions = came(block_on_stream(sessions.sessions()), is_session);
        assert_eq!(&sessions, expected, "{place} by sessions of chunks");
        let flat = came(block_on_stream(flat.deserialize::<Flat>()), is_one);
        assert_eq!(&flat, expected, "{place} as a flat type of chunks");
        let mut right = Vec::new();
        let failed = loop {
            match block_on(batches.next_batch()) {
                Ok(Some(batch)) => right.extend(batch.map(|item| item.session().is_ok_and(is_session))),
                Ok(None) => break None,
                Err(error) => break Some(error.kind()),
            }
        };
        assert_eq!(&(right, failed), expected, "{place} by batches of chunks");
    }
}

#[test]
fn hostile_06_depth_costs_no_stack_in_any_place_of_any_reader() {
    on_a_stack_of(64, || {
        for settings in support::engines() {
            let bottomless = limits(|limits| {
                limits.depth = 8 * DEPTH;
                limits.captured_value = 32 * DEPTH;
            });
            let deep = settings.clone().limits(bottomless);
            for (open, close) in NESTINGS {
                let times = DEPTH / (open.matches(['[', '{']).count() - open.matches([']', '}']).count());
                let nested = [&*open.repeat(times), "1", &close.repeat(times)].concat();
                for (before, after, sessions, first) in PLACES {
                    let body = [before, &nested, after].concat();
                    let place = format!("{before}{open}…, {settings:?}");
                    in_every_way(&deep, &body, &(sessions.to_vec(), None), &place);
                    // It is over the default limit, and what was before it had come.
                    let over = (sessions[..first].to_vec(), Some(ErrorKind::Limit));
                    in_every_way(&settings, &body, &over, &place);
                }
            }
            // Envelopes inside of each other.
            let (open, close) = ("{\"remote_sessions\":[", "]}");
            let times = DEPTH / 2;
            let body = [&*open.repeat(times), "{\"id\":1}", &close.repeat(times)].concat();
            in_every_way(&deep, &body, &(vec![true], None), "envelopes");
            in_every_way(&settings, &body, &(Vec::new(), Some(ErrorKind::Limit)), "envelopes");
        }
    });
}

/// serde_json nests on the stack for a type that has room for what is deep, but 127 levels at most; what is
/// deeper is an error of its item. For those levels and a `Value` 64 KiB are too few: built without optimization
/// it is some 110, for input of any depth.
#[test]
fn hostile_06_a_type_that_nests_takes_a_fixed_part_of_the_stack() {
    on_a_stack_of(160, || {
        for settings in support::engines() {
            let settings = settings.limits(limits(|limits| limits.depth = 8 * DEPTH));
            for (open, close) in NESTINGS {
                let levels = open.matches(['[', '{']).count() - open.matches('}').count();
                for (deep, is_read) in [(126 / levels, true), (DEPTH / levels, false)] {
                    let nested = [&*open.repeat(deep), "1", &close.repeat(deep)].concat();
                    // The lane knows of both, or of neither.
                    let small = "{\"id\":1,\"x\":[]}";
                    let item = format!("{{\"id\":1,\"x\":{nested}}}");
                    let body = format!("{{\"remote_sessions\":[{item},{small},{small},{item},{small}]}}");
                    let expected = (vec![is_read, true, true, is_read, true], None);
                    let is_object = |value: Value| value["id"] == 1;
                    let found = came(settings.build(body.as_bytes()).deserialize::<Value>(), is_object);
                    assert_eq!(found, expected, "{open} {deep} {settings:?}");
                    let found = came(settings.build_slice(body.as_bytes()).deserialize::<Value>(), is_object);
                    assert_eq!(found, expected, "{open} {deep} of a slice, {settings:?}");
                    let bytes = Bytes::from(body);
                    let chunks = chunks(&bytes, 997);
                    let mut reader = settings.build_async(chunks).in_place();
                    let found = came(block_on_stream(reader.deserialize::<Value>()), is_object);
                    assert_eq!(found, expected, "{open} {deep} of chunks, {settings:?}");
                }
            }
        }
    });
}
