//! Rows 7 and 8 of the hostile inputs, and the promise of the crate: memory that does not grow.
//! Counted by an allocator that notes every allocation of the thread that asks.
#![cfg(feature = "std")]

#[path = "support/endless.rs"]
mod endless;
#[path = "support/memory.rs"]
mod memory;
mod support;

use std::io::Read;

use allocation_counter::{AllocationInfo, measure};
use endless::{Endless, what_has_no_end, with_a_deep_member, with_a_long_member, with_much_white_space};
use memory::{OVERHEAD, peak};
use remote_sessions::{Builder, ErrorKind, Limits, Reader, RemoteSession};
use support::limits;

const MIB: usize = 1024 * 1024;

/// Reads to the end: items and the kind of error, if any.
fn exhaust<R: Read>(reader: &mut Reader<R>) -> (u64, Option<ErrorKind>) {
    loop {
        match reader.next_item() {
            Ok(Some(item)) => assert!(item.session().is_ok() || !item.raw().is_empty()),
            Ok(None) => return (reader.summary().items(), None),
            Err(error) => return (reader.summary().items(), Some(error.kind())),
        }
    }
}

/// The row says a gigabyte; 32 MiB are as far beyond every limit, and quick enough for the
/// byte-at-a-time oracle.
const LONG: usize = 32 * MIB;

#[test]
fn hostile_08_a_skipped_member_of_any_size_takes_no_memory() {
    for settings in support::engines() {
        for source in &with_a_long_member(LONG) {
            let taken = peak(|| {
                let outcome = exhaust(&mut settings.build(source.clone()));
                assert_eq!(outcome, (1, None), "{source:?}");
            });
            assert!(taken <= Limits::default().window + OVERHEAD, "{taken} for {source:?}");
        }
        // And it is still validated, to its last byte.
        for (part, tail) in [("text", "\u{1}"), ("text", "\\x"), ("text", "\\ud800\"")] {
            let source = Endless::new("{\"x\":\"", part, MIB, tail);
            assert_eq!(exhaust(&mut settings.build(source)), (0, Some(ErrorKind::Syntax)), "{tail:?}");
        }
    }
}

/// The gigabyte itself, once, with the engine that this CPU gets by itself (or `REMOTE_SESSIONS_SCAN` asks for:
/// with each of the four it passes, with `scalar` in a minute or two): what is wrong at its end is found there, and
/// nothing of it was kept.
#[test]
fn hostile_08_a_skipped_member_of_a_gigabyte_takes_no_memory_and_is_validated() {
    const GIB: usize = 1 << 30;
    let head = "{\"remote_sessions\":[{\"id\":1}],\"x\":{\"y\":\"";
    let part = "some text, and some more of it \\u00e9\\\\; ".repeat(1 << 10).leak();
    let source = Endless::new(head, part, GIB, "\\x\"}}");
    let wrong = head.len() + source.times * part.len() + 1;
    let taken = peak(|| {
        let mut reader = Builder::new().build(source);
        assert_eq!(exhaust(&mut reader), (1, Some(ErrorKind::Syntax)));
        assert_eq!(reader.next_item().unwrap_err().offset(), Some(wrong as u64));
    });
    assert!(wrong > GIB - part.len() && taken <= Limits::default().window + OVERHEAD, "{taken} {wrong}");
}

#[test]
fn hostile_07_white_space_without_end_takes_no_memory() {
    for settings in support::engines() {
        for source in with_much_white_space(LONG / 4) {
            let taken = peak(|| {
                assert_eq!(exhaust(&mut settings.build(source.clone())), (1, None), "{source:?}");
            });
            assert!(taken <= Limits::default().window + OVERHEAD, "{taken} for {source:?}");
        }
    }
}

#[test]
fn hostile_07_what_has_no_end_is_refused_before_the_memory_is_taken() {
    let small = limits(|limits| {
        limits.window = 16 * 1024;
        limits.item = 128 * 1024;
    });
    for settings in support::engines() {
        let settings = settings.limits(small.clone());
        for (head, part, allowed) in what_has_no_end(&small) {
            let source = Endless::new(head, part, usize::MAX, "");
            let taken = peak(|| {
                assert_eq!(
                    exhaust(&mut settings.build(source)),
                    (0, Some(ErrorKind::Limit)),
                    "{head}{part}…"
                );
            });
            // Room is made in steps. At a step the counting allocator holds the old block and the
            // new one; where an allocator grows in place it is half.
            let most = 2 * (small.window + allowed) + OVERHEAD;
            assert!(taken <= most, "{taken} instead of {most} for {head}{part}…");
        }
    }
}

#[test]
fn hostile_06_what_is_passed_over_takes_a_bit_for_each_level_and_no_more() {
    const DEPTH: usize = 400_000;
    let deep = limits(|limits| limits.depth = DEPTH + 8);
    for settings in support::engines() {
        for body in with_a_deep_member(DEPTH) {
            let settings = settings.clone().items_at(["remote_sessions"]).limits(deep.clone());
            let taken = peak(|| {
                assert_eq!(exhaust(&mut settings.build(body.as_bytes())), (1, None), "{}", &body[..20]);
            });
            // While it grows there are two of it.
            assert!(taken <= deep.window + OVERHEAD + 3 * DEPTH / 8, "{taken} {}", &body[..20]);
        }
    }
}

#[test]
fn envelopes_without_end_take_no_memory() {
    let page = r#"{"code":200,"tenant":"Segura","response":{"status":200,"message":"as ever"},"remote_sessions":[{"id":1}]},"#;
    for settings in support::engines() {
        let source = || Endless::new("{\"remote_sessions\":[", page, 4 * MIB, "0]}");
        let taken = peak(|| {
            let (items, error) = exhaust(&mut settings.build(source()));
            assert_eq!((items, error), ((4 * MIB / page.len()) as u64 + 1, None));
        });
        assert!(taken <= Limits::default().window + OVERHEAD, "{taken}");
    }
}

/// Sessions whose members are mostly read as they are; some have escapes, some another order.
const SOME: &str = concat!(
    r#"{"id":"3","user":"Admin","device":"10.66.33.15:3389","end":null,"time":"00:02:52"},"#,
    r#"{"id":6,"user":"Jos\u00e9","device":"db\/1","end":"2024-05-06 16:05:07","time":"00:00:13"},"#,
    r#"{"user":"é","id":"7","new":[1,{"x":2}],"request":5},"#
);

#[test]
fn a_borrowed_item_takes_no_allocation() {
    const ITEMS: usize = 100_000;
    for settings in support::engines() {
        let source = Endless::new("{\"remote_sessions\":[", SOME, SOME.len() * ITEMS, "{\"id\":1}]}");
        let mut reader = settings.build(source);
        for _ in 0..1000 {
            assert!(reader.next_item().unwrap().is_some());
        }
        let mut characters = 0;
        let taken = measure(|| {
            for _ in 0..ITEMS {
                let session = reader.next_item().unwrap().unwrap().session().unwrap();
                characters += session.raw().len() + session.user().map_or(0, |user| user.as_sent().len());
            }
        });
        assert_eq!((taken.count_total, taken.bytes_total), (0, 0), "{settings:?}");
        assert!(characters > 50 * ITEMS);
    }
}

#[test]
fn an_owned_session_is_one_allocation() {
    for settings in support::engines() {
        let source = Endless::new("{\"remote_sessions\":[", SOME, SOME.len() * 100, "{\"id\":1}]}");
        let mut reader = settings.build(source);
        for _ in 0..30 {
            let session = reader.next_item().unwrap().unwrap().session().unwrap();
            let length = session.raw().len() as u64;
            let mut owned = None;
            let AllocationInfo { count_total, bytes_total, .. } =
                measure(|| owned = Some(session.into_owned()));
            assert_eq!((count_total, bytes_total), (1, length));
            assert!(owned.is_some_and(|owned| owned.raw().len() as u64 == length));
        }
        let taken = measure(|| assert_eq!(reader.sessions().take(30).filter(Result::is_ok).count(), 30));
        assert_eq!(taken.count_total, 30);
    }
}

/// Where members are is told by 16 bits for each; an item of over 64 KiB needs more, in one allocation, borrowed or not.
#[test]
fn a_session_of_over_64_kib_takes_one_allocation_more() {
    for (length, count) in [(60_000, 0), (70_000, 1)] {
        let body = format!(r#"{{"remote_sessions":[{{"id":1,"user":"{}"}}]}}"#, "u".repeat(length));
        for settings in support::engines() {
            let mut reader = settings.build(body.as_bytes());
            let item = reader.next_item().unwrap().unwrap();
            let mut session = None;
            let taken = measure(|| session = Some(item.session().unwrap()));
            assert_eq!(taken.count_total, count, "{length}, {settings:?}");
            let taken = measure(|| drop(session.take().unwrap().into_owned()));
            assert_eq!(taken.count_total, 1, "{length}, {settings:?}");
        }
    }
}

/// The slice is there already: of it only the last part is copied, which is at most what a window
/// holds and the padding, and more only for one larger item.
#[test]
fn a_slice_takes_no_more_memory_than_a_window() {
    let small = limits(|limits| limits.window = 4096);
    for settings in support::engines() {
        let taken = [1000, 5000, 50_000].map(|items| {
            let body = format!("{{\"remote_sessions\":[{}{{\"id\":1}}]}}", SOME.repeat(items));
            peak(|| {
                let mut reader = settings.clone().limits(small.clone()).build_slice(body.as_bytes());
                let sessions = reader.sessions().filter(Result::is_ok).count() as u64;
                assert_eq!(sessions, 3 * items as u64 + 1);
            })
        });
        assert!(taken[0] <= OVERHEAD + 3 * 4096, "{taken:?}");
        assert!(taken.iter().all(|more| more.abs_diff(taken[0]) <= 4096), "{taken:?}");
    }
}

#[test]
fn one_session_from_its_text_takes_no_window_of_full_size() {
    let taken = peak(|| assert_eq!(RemoteSession::parse(r#" {"id":7} "#).unwrap().id(), 7));
    assert!(taken <= OVERHEAD, "{taken}");
}
