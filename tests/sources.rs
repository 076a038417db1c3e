//! Row 15 of the hostile inputs: what a `Read` may do to a reader, and bytes that come too late.
#![cfg(feature = "std")]

#[path = "support/source.rs"]
mod source;
mod support;

use std::io::{self, ErrorKind as Io, Read};

use remote_sessions::{Builder, Completeness, Error, ErrorKind, Reader, Step};
use source::{Act, Source};
use support::{agreed, outcome_of_reader, whole};

const BODY: &[u8] =
    br#"{"code":200,"remote_sessions":[{"id":"3","user":"Admin"},{"id":6},7],"tenant":"Segura"}"#;

#[test]
fn hostile_15_short_reads_and_interruptions_change_nothing() {
    let expected = agreed(|engine| whole(&engine, BODY));
    assert_eq!((expected.kind(), expected.items.len()), ("none", 3));
    for acts in [
        &[Act::Give(1)][..],
        &[Act::Give(usize::MAX)],
        &[Act::Fail(Io::Interrupted), Act::Give(1)],
        &[Act::Fail(Io::WouldBlock), Act::Give(1)],
        &[Act::Give(5), Act::Fail(Io::WouldBlock), Act::Fail(Io::Interrupted), Act::Give(2)],
    ] {
        let outcome =
            agreed(|engine| outcome_of_reader(engine.build(Source::new(BODY, acts.iter().copied()))));
        assert_eq!(outcome, expected);
    }
}

#[test]
fn hostile_15_a_read_that_would_block_is_neither_sticky_nor_lossy() {
    for settings in support::engines() {
        let acts = [Act::Fail(Io::WouldBlock), Act::Give(10)];
        let mut reader = settings.build(Source::new(BODY, acts));
        let (mut ids, mut blocked) = (Vec::new(), 0);
        for session in reader.sessions() {
            match session {
                Ok(session) => ids.push(session.id()),
                Err(error) if error.kind() == ErrorKind::Item => ids.push(0),
                Err(error) => {
                    assert!(!error.is_fatal());
                    assert_eq!(io::Error::from(error).kind(), Io::WouldBlock);
                    blocked += 1;
                }
            }
        }
        assert_eq!((ids, blocked), (vec![3, 6, 0], BODY.len().div_ceil(10) + 1));
        assert_eq!(reader.summary().completeness(), Completeness::Complete);
    }
}

#[test]
fn hostile_15_a_read_that_lies_about_its_count_is_refused() {
    for more in [1, 100, usize::MAX] {
        for settings in support::engines() {
            let mut reader = settings.build(Source::new(BODY, [Act::Give(60), Act::Claim(more)]));
            assert!(reader.next_item().expect("in the first read").is_some());
            let error = reader.next_item().expect_err("a lie");
            assert_eq!(error.kind(), ErrorKind::Io);
            assert!(error.message().contains("found a claim of"), "{error}");
            assert_eq!(reader.next_item().expect_err("sticky").to_string(), error.to_string());
            assert_eq!(reader.summary().completeness(), Completeness::Failed);
        }
    }
}

#[test]
fn hostile_15_a_failed_read_comes_after_the_items_and_keeps_its_cause() {
    for settings in support::engines() {
        for kind in [Io::ConnectionReset, Io::UnexpectedEof, Io::TimedOut, Io::InvalidData, Io::Other] {
            let mut reader = settings.build(Source::new(BODY, [Act::Give(70), Act::Fail(kind)]));
            assert!(reader.next_item().expect("in the first read").is_some());
            assert!(reader.next_item().expect("in the first read").is_some());
            assert!(reader.next_item().expect("in the first read").is_some());
            let error = reader.next_item().expect_err("a failed read");
            let is_cut = matches!(kind, Io::ConnectionReset | Io::UnexpectedEof);
            let expected = if is_cut { ErrorKind::Interrupted } else { ErrorKind::Io };
            assert_eq!((error.kind(), error.is_fatal()), (expected, true));
            let cause = std::error::Error::source(&error).expect("a cause");
            assert_eq!(cause.downcast_ref::<io::Error>().expect("the read's error").kind(), kind);
            assert_eq!(reader.next_item().expect_err("sticky").to_string(), error.to_string());
            assert_eq!(io::Error::from(error).kind(), kind);
            assert_eq!(reader.summary().items(), 3);
        }
    }
}

#[test]
fn hostile_15_iterators_give_a_fatal_error_once_and_are_fused() {
    for settings in support::engines() {
        let acts = [Act::Give(70), Act::Fail(Io::BrokenPipe)];
        let mut sessions = settings.build(Source::new(BODY, acts)).into_sessions();
        assert_eq!(sessions.by_ref().take(3).filter(Result::is_ok).count(), 2);
        assert_eq!(sessions.next().expect("once").expect_err("a failed read").kind(), ErrorKind::Interrupted);
        assert!(sessions.next().is_none() && sessions.next().is_none());
        assert_eq!(sessions.reader().summary().items(), 3);

        let mut reader = settings.build(&b"{\"remote_sessions\":[1,2,x"[..]);
        let numbers: Vec<Result<u8, Error>> = reader.deserialize().collect();
        assert!(matches!(numbers[..], [Ok(1), Ok(2), Err(_)]));
        // A new iterator over the same reader gives the sticky error once more.
        assert!(matches!(reader.deserialize::<u8>().collect::<Vec<_>>()[..], [Err(_)]));
    }
}

struct Passing(Option<Error>);

impl Read for Passing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(self.0.take().expect("read once").into())
    }
}

/// A decoder between the source and the reader may be another reader's output: its error stays itself.
#[test]
fn an_error_of_this_crate_passes_through_a_read_unchanged() {
    let inner = Reader::new(&b"{\"remote_sessions\":[}"[..]).next_item().expect_err("no value");
    let text = inner.to_string();
    let error = Reader::new(Passing(Some(inner))).next_item().expect_err("a failed read");
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Syntax, text));
}

#[test]
fn hostile_15_an_error_of_an_item_that_a_read_gives_ends_the_stream() {
    let of_an_item = remote_sessions::RemoteSession::parse("{}").expect_err("no id");
    assert!(!of_an_item.is_fatal());
    let mut reader = Reader::new(Passing(Some(of_an_item)));
    let error = reader.next_item().expect_err("a failed read");
    assert!(error.is_fatal() && error.kind() == ErrorKind::Item, "{error}");
    assert_eq!(reader.sessions().take(10).count(), 1);
}

#[test]
fn hostile_15_bytes_at_hand_are_judged_before_a_failed_read() {
    for settings in support::engines() {
        for (body, kind) in [
            (&b"{\"remote_sessions\":[{\"id\":1},{\"id\":\"\x01"[..], ErrorKind::Syntax),
            (b"{\"remote_sessions\":[{\"id\":1},{\"id\":\"7", ErrorKind::Interrupted),
        ] {
            let failing = Read::chain(body, Failing);
            let mut reader = settings.build(failing);
            assert!(reader.next_item().unwrap().is_some());
            let error = reader.next_item().unwrap_err();
            assert_eq!(error.kind(), kind, "{error}");
        }
    }
}

/// A source that only fails.
struct Failing;

impl Read for Failing {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::ErrorKind::ConnectionReset.into())
    }
}

#[test]
fn a_reader_shows_how_far_it_came_and_nothing_of_the_response() {
    let mut reader = Reader::new(BODY);
    reader.next_item().expect("an item").expect("an item");
    let shown = format!("{reader:?}");
    // (The input shows itself; a slice of bytes does so as numbers.)
    assert!(shown.contains("items: 1, offset: ") && shown.contains("state: Running"), "{shown}");
    assert!(!shown.contains("Segura") && !shown.contains("Admin"), "{shown}");
    assert!(shown.len() < 500 + 5 * BODY.len(), "{shown}");
}

#[test]
fn a_slice_reader_shows_what_it_is_over_and_not_the_slice() {
    let reader = Builder::new().build_slice(BODY);
    let shown = format!("{reader:?}");
    assert!(shown.starts_with(&format!("SliceReader {{ length: {}, driver: ", BODY.len())));
    assert!(!shown.contains("Segura"), "none of it was read yet");
}

#[test]
fn the_summary_counts_the_bytes_taken_in() {
    for settings in support::engines() {
        let mut parser = settings.build_parser();
        assert_eq!(parser.summary().bytes(), 0);
        let mut taken = 0;
        for chunk in BODY.chunks(7) {
            taken += parser.push(chunk);
            while parser.advance().unwrap() == Step::Item {}
            assert_eq!(parser.summary().bytes(), taken as u64);
        }
        let mut reader = settings.build(BODY);
        while reader.next_item().unwrap().is_some() {}
        let mut slice = settings.build_slice(BODY);
        assert_eq!(slice.by_ref().count(), 3);
        for summary in [parser.summary(), reader.summary(), slice.summary()] {
            assert_eq!((summary.bytes(), summary.items()), (BODY.len() as u64, 3));
        }
    }
}

#[test]
fn hostile_15_bytes_after_an_error_or_the_end_are_a_defined_error() {
    for settings in support::engines() {
        let mut failed = settings.build_parser();
        assert_eq!(failed.push(b"{]"), 2);
        let error = failed.advance().expect_err("no member name");
        assert_eq!((failed.push(b"{}"), failed.push(b"")), (0, 0));
        failed.filled(0);
        failed.filled(1);
        failed.end_of_input();
        assert_eq!(support::describe(&failed.advance().expect_err("sticky")), support::describe(&error));

        let mut ended = settings.build_parser();
        assert_eq!(ended.push(br#"{"remote_sessions":[{"id":1}]}"#), 30);
        assert_eq!(ended.advance().expect("an item"), Step::Item);
        assert_eq!(ended.advance().expect("all used"), Step::NeedInput);
        ended.end_of_input();
        ended.end_of_input();
        for _ in 0..2 {
            assert_eq!(ended.advance().expect("complete"), Step::End);
        }
        assert_eq!(ended.push(b""), 0);
        assert_eq!(ended.advance().expect("nothing came"), Step::End);
        assert_eq!(ended.push(b" "), 0);
        let late = ended.advance().expect_err("bytes after the end");
        assert_eq!((late.kind(), late.offset()), (ErrorKind::Syntax, Some(30)));
        assert_eq!((ended.summary().items(), ended.summary().completeness()), (1, Completeness::Failed));

        let mut closed = settings.build_parser();
        closed.end_of_input();
        assert_eq!(closed.push(b"{"), 0);
        assert_eq!(closed.advance().expect_err("bytes after the end").kind(), ErrorKind::Syntax);
    }
}

/// The same for bytes that were put into the parser's own space.
#[test]
fn hostile_15_bytes_filled_in_after_the_end_are_a_defined_error() {
    for settings in support::engines() {
        let body = br#"{"remote_sessions":[]}"#;
        let mut parser = settings.build_parser();
        parser.space()[..body.len()].copy_from_slice(body);
        parser.filled(body.len());
        parser.end_of_input();
        assert_eq!(parser.advance().expect("complete"), Step::End);
        parser.filled(0);
        assert_eq!(parser.advance().expect("nothing came"), Step::End);
        parser.space()[0] = b' ';
        parser.filled(1);
        let late = parser.advance().expect_err("bytes after the end");
        assert_eq!((late.kind(), late.offset()), (ErrorKind::Syntax, Some(body.len() as u64)));
        assert_eq!(parser.summary().bytes(), body.len() as u64);
    }
}

#[test]
#[should_panic = "more bytes filled than there was space"]
fn hostile_15_more_filled_than_there_was_space_is_a_bug_of_the_caller() {
    let mut parser = Builder::new().build_parser();
    let room = parser.space().len();
    parser.filled(room + 1);
}
