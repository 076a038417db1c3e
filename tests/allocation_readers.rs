//! Rows 6, 7 and 8 of the hostile inputs: the memory that they take of the other readers. Those of a
//! [`Reader`](remote_sessions::Reader) are in `allocation.rs`, from the same tables.
#![cfg(all(feature = "std", feature = "bytes"))]

#[path = "support/endless.rs"]
mod endless;
#[path = "support/memory.rs"]
mod memory;
mod support;

use std::io::Read;

use bytes::Bytes;
use endless::{Endless, what_has_no_end, with_a_deep_member, with_a_long_member, with_much_white_space};
use futures_executor::block_on;
use futures_util::stream;
use memory::{OVERHEAD, peak};
use remote_sessions::{Builder, Error, ErrorKind, Limits, Step};
use support::limits;

const KIB: usize = 1024;
const MIB: usize = 1024 * KIB;

/// Items, and the kind of error that ended it, if any.
type Outcome = (u64, Option<ErrorKind>);

/// A way to read that is no `Read`.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// All of it is in memory.
    Slice,
    /// In chunks of so many bytes, each copied.
    Copied(usize),
    /// In such chunks, not copied where that is possible.
    InPlace(usize),
    /// Pushed whenever there is room, above all while items are ready.
    Pushed,
}

/// Chunks of less than a block, of a few windows, and of so many that all that may be held is little beside one.
const WAYS: [Way; 8] = [
    Way::Slice,
    Way::Copied(61),
    Way::Copied(64 * KIB),
    Way::Copied(MIB),
    Way::InPlace(61),
    Way::InPlace(64 * KIB),
    Way::InPlace(MIB),
    Way::Pushed,
];

impl Way {
    /// Several times as many bytes as may be held, and some of the large chunks.
    fn long(self) -> usize {
        if let Self::Copied(MIB) | Self::InPlace(MIB) = self { 3 * MIB } else { MIB }
    }

    /// What may be held at a time where this many bytes of one item (or of another value that is kept) are:
    fn most(self, limits: &Limits, kept: usize) -> usize {
        let window = limits.window;
        let buffers = match self {
            // A copy of the last item with what is behind it, and two marks (while there is more room
            // made for them) for each block of what is looked at: four windows, or twice as much as the item.
            Self::Slice => window.max(kept) + 2 * (4 * window).max(2 * kept) / 64,
            // One chunk, and the window. Room is made in steps: at a step there are the old block and the
            // new one.
            Self::Copied(chunk) | Self::InPlace(chunk) if kept == 0 => chunk + window,
            Self::Copied(chunk) | Self::InPlace(chunk) => chunk + 2 * (window + kept),
            // One window and one item, whatever is kept: the caller fills all the room there is.
            Self::Pushed => 2 * (window + limits.item),
        };
        buffers + OVERHEAD
    }

    /// Reads to the end: what it came to, and the most bytes that were held at a time.
    fn exhaust(self, settings: &Builder, source: &Endless) -> (Outcome, usize) {
        let mut source = source.clone();
        let mut outcome = (0, None);
        let taken = match self {
            Self::Slice => {
                let mut body = Vec::new();
                source.times = source.times.min(self.long() / source.part.len());
                source.read_to_end(&mut body).expect("no read fails");
                peak(|| outcome = of_slice(settings, &body))
            }
            Self::Copied(chunk) => peak(|| outcome = of_chunks(settings, source, chunk, false)),
            Self::InPlace(chunk) => peak(|| outcome = of_chunks(settings, source, chunk, true)),
            Self::Pushed => peak(|| outcome = of_pushes(settings, &mut source).0),
        };
        (outcome, taken)
    }
}

fn of_slice(settings: &Builder, body: &[u8]) -> Outcome {
    let mut reader = settings.build_slice(body);
    let failed = reader.by_ref().find_map(Result::err).map(|error| error.kind());
    (reader.summary().items(), failed)
}

fn of_chunks(settings: &Builder, mut source: Endless, size: usize, in_place: bool) -> Outcome {
    // Each chunk is made when it is asked for, and counts until the reader has dropped it.
    let chunks = std::iter::from_fn(move || {
        let mut chunk = vec![0; size];
        let count = source.read(&mut chunk).expect("no read fails");
        chunk.truncate(count);
        (count > 0).then(|| Ok::<_, Error>(Bytes::from(chunk)))
    });
    let mut reader = settings.build_async(stream::iter(chunks));
    if in_place {
        reader = reader.in_place();
    }
    loop {
        match block_on(reader.next_item()) {
            Ok(Some(item)) => assert!(!item.raw().is_empty()),
            Ok(None) => return (reader.summary().items(), None),
            Err(error) => return (reader.summary().items(), Some(error.kind())),
        }
    }
}

/// Pushes after each step as much as is taken. Also the most bytes that the parser held from the current item
/// on.
fn of_pushes(settings: &Builder, source: &mut Endless) -> (Outcome, u64) {
    let mut parser = settings.build_parser();
    let (mut part, mut rest, mut pushed, mut held) = ([0; 4 * KIB], 0..0, 0, 0);
    loop {
        let step = match parser.advance() {
            Ok(Step::End) => return ((parser.summary().items(), None), held),
            Ok(step) => step,
            Err(error) => return ((parser.summary().items(), Some(error.kind())), held),
        };
        let before = pushed;
        loop {
            assert!(pushed - before < 8 * MIB as u64, "there is an end to the room");
            if rest.is_empty() {
                rest = 0..source.read(&mut part).expect("no read fails");
            }
            let count = parser.push(&part[rest.clone()]);
            rest.start += count;
            pushed += count as u64;
            if count == 0 {
                break;
            }
        }
        if step == Step::Item {
            held = held.max(pushed - parser.item().offset());
        } else if rest.is_empty() {
            parser.end_of_input();
        }
    }
}

/// Small beside the bytes that come.
fn small() -> Limits {
    limits(|limits| {
        limits.window = 16 * KIB;
        limits.item = 128 * KIB;
    })
}

/// The same for each of the inputs in each way and with every engine.
fn everywhere(inputs: impl Fn(usize) -> Vec<Endless>) {
    for settings in support::engines() {
        let settings = settings.limits(small());
        for way in WAYS {
            for source in inputs(way.long()) {
                let (outcome, taken) = way.exhaust(&settings, &source);
                assert_eq!(outcome, (1, None), "{way:?} {source:?}");
                let most = way.most(&small(), 0);
                assert!(taken <= most, "{taken} instead of {most}, {way:?} {source:?} {settings:?}");
            }
        }
    }
}

#[test]
fn hostile_08_a_skipped_member_of_any_size_takes_no_memory_of_any_reader() {
    everywhere(|bytes| with_a_long_member(bytes).into());
}

#[test]
fn hostile_07_white_space_without_end_takes_no_memory_of_any_reader() {
    everywhere(|bytes| with_much_white_space(bytes / 2).into());
}

/// The same behind so many items: they are ready when it comes, and more is pushed for each of them.
fn behind_items(head: &str, items: usize) -> String {
    let ready = "{\"id\":1},".repeat(items);
    match head.strip_prefix("{\"remote_sessions\":[") {
        Some(head) => format!("{{\"remote_sessions\":[{ready}{head}"),
        None => format!("{{\"remote_sessions\":[{}],{}", ready.trim_end_matches(','), &head[1..]),
    }
}

#[test]
fn hostile_07_what_has_no_end_is_refused_by_every_reader_before_the_memory_is_taken() {
    for settings in support::engines() {
        let settings = settings.limits(small());
        for (head, part, allowed) in what_has_no_end(&small()) {
            for way in WAYS {
                for items in [0, 40] {
                    let source = Endless::new(behind_items(head, items), part, usize::MAX, "");
                    let (outcome, taken) = way.exhaust(&settings, &source);
                    assert_eq!(outcome, (items as u64, Some(ErrorKind::Limit)), "{way:?} {head}{part}…");
                    let most = way.most(&small(), allowed);
                    assert!(taken <= most, "{taken} instead of {most}, {way:?} {head}{part}… {settings:?}");
                }
            }
        }
    }
}

#[test]
fn hostile_06_what_is_passed_over_takes_a_bit_for_each_level_of_any_reader() {
    const DEPTH: usize = 120_000;
    let mut deep = small();
    (deep.depth, deep.item) = (DEPTH + 8, 16 * KIB);
    for settings in support::engines() {
        let settings = settings.items_at(["remote_sessions"]).limits(deep.clone());
        for body in with_a_deep_member(DEPTH) {
            let source = Endless::new(body, " ", 0, "");
            for way in WAYS {
                let (outcome, taken) = way.exhaust(&settings, &source);
                assert_eq!(outcome, (1, None), "{way:?} {}", &source.head[..20]);
                // While it grows there are two of it.
                let most = way.most(&deep, 0) + 3 * DEPTH / 8;
                assert!(taken <= most, "{taken} instead of {most}, {way:?} {}", &source.head[..20]);
            }
        }
    }
}

/// What `Limits::window` says of them: "this much and one item at most", to the byte. (And a block, for what is
/// dropped is whole blocks.)
#[test]
fn hostile_07_pushed_while_items_are_ready_there_is_one_window_and_one_item_and_no_more() {
    let small = limits(|limits| {
        limits.window = 4 * KIB;
        limits.item = 16 * KIB;
        limits.captured_value = KIB;
    });
    let all = small.window + small.item;
    for settings in support::engines() {
        let settings = settings.limits(small.clone());
        for (part, text) in [("{\"id\":1,\"user\":\"u\"},", 0), ("{\"id\":1,\"x\":\"", 15 * KIB)] {
            // Short items, and items that are nearly as long as may be.
            let item: &'static str =
                if text == 0 { part } else { format!("{part}{}\"}},", "x".repeat(text)).leak() };
            let mut source = Endless::new("{\"remote_sessions\":[", item, MIB / 4, "{\"id\":1}]}");
            let items = source.times as u64 + 1;
            let mut outcome = ((0, None), 0);
            let taken = peak(|| outcome = of_pushes(&settings, &mut source));
            let ((found, error), held) = outcome;
            assert_eq!((found, error), (items, None), "{settings:?}");
            let held = usize::try_from(held).expect("fits");
            assert!(held <= all + 2 * 64, "{held} instead of {all}, {settings:?}");
            assert!(held > all - 64, "{held}: all the room there is was filled");
            assert!(taken <= 2 * all + OVERHEAD, "{taken} instead of {}, {settings:?}", 2 * all + OVERHEAD);
        }
    }
}

/// Of a slice the last item is copied, with what is behind it, and one that is cut as well: not all that is
/// looked at together.
#[test]
fn hostile_07_of_a_slice_no_more_is_copied_than_the_item_that_it_ends_in() {
    let small = small();
    let list = format!("{{\"remote_sessions\":[{}", "{\"id\":1,\"user\":\"u\"},".repeat(MIB / 20));
    let long = format!("{{\"id\":2,\"x\":\"{}", "x".repeat(small.item - 20));
    for settings in support::engines() {
        let settings = settings.limits(small.clone());
        for (end, error) in [("\"}]}", None), ("", Some(ErrorKind::Truncated))] {
            let body = format!("{list}{long}{end}");
            let mut outcome = (0, None);
            let taken = peak(|| outcome = of_slice(&settings, body.as_bytes()));
            assert_eq!(outcome, ((MIB / 20) as u64 + u64::from(error.is_none()), error), "{settings:?}");
            let most = Way::Slice.most(&small, small.item);
            assert!(taken <= most, "{taken} instead of {most}, {settings:?}");
        }
    }
}
