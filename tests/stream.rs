//! The async reader sees what the reader sees: with pauses at any place, futures dropped at every
//! await (row 28 of the hostile inputs), empty chunks, and errors in between.
#![cfg(all(feature = "std", feature = "async"))]

mod support;

use std::collections::VecDeque;
use std::error::Error as StdError;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use futures_executor::block_on;
use futures_util::stream::{self, FusedStream, Stream, StreamExt as _};
use proptest::prelude::*;
use remote_sessions::{AsyncReader, Builder, Completeness, Error, ErrorKind, RemoteSession};
use support::{Outcome, agreed, describe, more_of, note_item, whole};

/// What a stream does when polled.
#[derive(Clone, Debug)]
enum Act {
    Pause,
    Give(Vec<u8>),
    Fail(&'static str),
}

/// Acts in turn; the end comes after the last one, and is not to be asked for twice.
#[derive(Debug)]
struct Script {
    acts: VecDeque<Act>,
    over: bool,
}

impl Script {
    fn new(acts: impl IntoIterator<Item = Act>) -> Self {
        Self { acts: acts.into_iter().collect(), over: false }
    }
}

impl Stream for Script {
    type Item = Result<Vec<u8>, Failure>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        assert!(!self.over, "polled after the end or a failure");
        match self.acts.pop_front() {
            Some(Act::Pause) => {
                context.waker().wake_by_ref();
                Poll::Pending
            }
            Some(Act::Give(chunk)) => Poll::Ready(Some(Ok(chunk))),
            Some(Act::Fail(why)) => {
                self.over = true;
                Poll::Ready(Some(Err(why.into())))
            }
            None => {
                self.over = true;
                Poll::Ready(None)
            }
        }
    }
}

type Failure = Box<dyn StdError + Send + Sync>;

fn impatiently(settings: &Builder, script: Script) -> Outcome {
    outcome_of_futures(settings.build_async(script))
}

/// Reads all, with a new future for every poll: each is dropped at its await.
fn outcome_of_futures<S, B>(mut reader: AsyncReader<S, B>) -> Outcome
where
    S: Stream<Item = Result<B, Failure>> + Unpin,
    B: AsRef<[u8]>,
{
    let mut context = Context::from_waker(Waker::noop());
    let mut items = Vec::new();
    let error = loop {
        let polled = pin!(reader.next_item()).poll(&mut context).map_ok(|item| item.map(note_item));
        match polled {
            Poll::Pending => {}
            Poll::Ready(Ok(Some(item))) => {
                items.push(item);
                more_of(reader.batch(), &mut items);
            }
            Poll::Ready(Ok(None)) => break None,
            Poll::Ready(Err(error)) => break Some(describe(&error)),
        }
    };
    Outcome::new(items, error, &reader.summary())
}

fn patiently(settings: &Builder, script: Script) -> Outcome {
    outcome_of(settings.build_async(script))
}

/// Reads all, awaiting every future to its end.
fn outcome_of<S, B>(mut reader: AsyncReader<S, B>) -> Outcome
where
    S: Stream<Item = Result<B, Failure>> + Unpin,
    B: AsRef<[u8]>,
{
    let mut items = Vec::new();
    let error = block_on(async {
        loop {
            // By batches, with a new one after a part of each.
            let most = items.len() % 3 + 1;
            match reader.next_batch().await {
                Ok(Some(batch)) => items.extend(batch.take(most).map(note_item)),
                Ok(None) => break None,
                Err(error) => break Some(describe(&error)),
            }
        }
    });
    Outcome::new(items, error, &reader.summary())
}

/// The bytes in chunks of these sizes (0: an empty one), with so many pauses before each.
fn acts(body: &[u8], sizes: &[(usize, u8)]) -> Vec<Act> {
    let mut acts = Vec::new();
    let mut rest = body;
    for &(size, pauses) in sizes.iter().chain(&[(body.len(), 1)]) {
        acts.extend((0..pauses).map(|_| Act::Pause));
        let (chunk, after) = rest.split_at(size.min(rest.len()));
        acts.push(Act::Give(chunk.to_vec()));
        rest = after;
    }
    acts
}

const BODY: &str = r#"{"code":200,"remote_sessions":[{"id":"3","user":"Admin"}, {"id":"6","user":"\u00e9"},{"id":"x"},{"id":9,"user":null}],"tenant":"Segura"}"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn hostile_28_pauses_and_dropped_futures_change_nothing(
        sizes in prop::collection::vec((prop_oneof![Just(0), 0..10_usize, 0..80_usize], 0..3_u8), 0..60),
        cut in prop_oneof![Just(BODY.len()), 0..BODY.len()],
        window in prop_oneof![Just(64_usize), 64..200_usize],
    ) {
        let body = &BODY.as_bytes()[..cut];
        for settings in support::engines() {
            let settings = settings.limits(support::limits(|limits| limits.window = window));
            let expected = whole(&settings, body);
            prop_assert_eq!(&patiently(&settings, Script::new(acts(body, &sizes))), &expected);
            prop_assert_eq!(&impatiently(&settings, Script::new(acts(body, &sizes))), &expected);
        }
    }
}

#[test]
fn hostile_28_every_await_of_every_byte() {
    let bytes =
        BODY.bytes().flat_map(|byte| [Act::Pause, Act::Give(Vec::new()), Act::Pause, Act::Give(vec![byte])]);
    let script = || Script::new(bytes.clone());
    agreed(|engine| {
        let expected = whole(&engine, BODY.as_bytes());
        assert_eq!(expected.items.len(), 4);
        assert_eq!(impatiently(&engine, script()), expected);
        assert_eq!(patiently(&engine, script()), expected);
    });
}

#[test]
fn an_error_of_the_stream_is_transport_before_the_first_item_and_interrupted_after_it() {
    for cut in 0..BODY.len() {
        let acts = || [Act::Give(BODY.as_bytes()[..cut].to_vec()), Act::Fail("connection reset")];
        agreed(|engine| {
            let outcome = impatiently(&engine, Script::new(acts()));
            assert_eq!(patiently(&engine, Script::new(acts())), outcome);
            let whole = whole(&engine, BODY.as_bytes());
            let complete = whole
                .items
                .iter()
                .take_while(|(raw, _, offset, _)| *offset as usize + raw.len() <= cut)
                .count();
            assert_eq!(outcome.items, whole.items[..complete], "cut at {cut}");
            let kind = if complete == 0 { "transport" } else { "interrupted" };
            assert_eq!(outcome.kind(), kind, "cut at {cut}");
            assert!(outcome.message().ends_with("connection reset"), "{}", outcome.message());
            let completeness = if complete == 0 { Completeness::Failed } else { Completeness::Truncated };
            assert_eq!(outcome.completeness, completeness, "cut at {cut}");
        });
    }
}

#[test]
fn a_fatal_error_is_sticky_and_keeps_its_cause() {
    let reset = || io::Error::from(io::ErrorKind::ConnectionReset);
    for (body, kind) in [("", ErrorKind::Transport), (BODY, ErrorKind::Interrupted)] {
        let chunks = stream::iter([Ok(body.as_bytes()), Err(reset())]);
        let mut reader = AsyncReader::new(chunks);
        let error = block_on(async {
            loop {
                match reader.next_item().await {
                    Ok(item) => assert!(item.is_some()),
                    Err(error) => break error,
                }
            }
        });
        assert_eq!((error.kind(), error.is_fatal()), (kind, true));
        let cause = StdError::source(&error).and_then(|cause| cause.downcast_ref::<io::Error>());
        assert_eq!(cause.expect("the stream's error").kind(), io::ErrorKind::ConnectionReset);
        let again = block_on(reader.next_item()).expect_err("sticky");
        assert_eq!(describe(&again), describe(&error));
    }
}

#[test]
fn an_error_of_this_crate_keeps_its_kind() {
    let own =
        |body: &str| remote_sessions::Reader::new(body.as_bytes()).next_item().map(drop).expect_err(body);
    for (body, kind) in [("{\"remote_sessions\":[}", ErrorKind::Syntax), ("", ErrorKind::Truncated)] {
        let chunks = stream::iter([Ok(&BODY.as_bytes()[..60]), Err(own(body))]);
        let mut reader = AsyncReader::new(chunks);
        assert!(block_on(reader.next_item()).expect("in the first chunk").is_some());
        assert_eq!(block_on(reader.next_item()).expect_err("the stream's").kind(), kind);
    }
}

/// Polls a stream of items to its end.
fn drain<T>(mut items: impl FusedStream<Item = Result<T, Error>> + Unpin) -> Vec<Result<T, Error>> {
    let mut all = Vec::new();
    block_on(async {
        while !items.is_terminated() {
            all.extend(items.next().await);
        }
        assert!(items.next().await.is_none() && items.next().await.is_none(), "fused");
    });
    all
}

#[test]
fn streams_of_items_are_fused_and_give_a_fatal_error_once() {
    let ids = |all: Vec<Result<RemoteSession<'static>, Error>>| -> Vec<Result<u64, ErrorKind>> {
        all.into_iter()
            .map(|session| session.map(|session| session.id()).map_err(|error| error.kind()))
            .collect()
    };
    let paused = |body: &str| Script::new(acts(body.as_bytes(), &[(50, 2), (0, 1), (30, 1)]));
    let whole = [Ok(3), Ok(6), Err(ErrorKind::Item), Ok(9)];
    for settings in support::engines() {
        let mut reader = settings.build_async(paused(BODY));
        assert_eq!(ids(drain(reader.sessions())), whole);
        assert_eq!(reader.summary().completeness(), Completeness::Complete);
        assert_eq!(ids(drain(settings.build_async(paused(BODY)).into_sessions())), whole);

        let cut = [Ok(3), Ok(6), Err(ErrorKind::Truncated)];
        let mut reader = settings.build_async(paused(&BODY[..90]));
        assert_eq!(ids(drain(reader.sessions())), cut);
        assert_eq!(ids(drain(reader.sessions())), [Err(ErrorKind::Truncated)], "sticky in a new stream");
        assert_eq!(ids(drain(settings.build_async(paused(&BODY[..90])).into_sessions())), cut);

        let numbers = r#"{"remote_sessions":[1,"x",3]}"#;
        let mut reader = settings.build_async(paused(numbers));
        let numbers: Vec<_> = drain(reader.deserialize::<u8>()).into_iter().map(Result::ok).collect();
        assert_eq!(numbers, [Some(1), None, Some(3)]);
    }
}

#[test]
fn a_chunk_larger_than_the_window_is_taken_bit_by_bit() {
    let items: Vec<_> = (0..5000).map(|id| format!(r#"{{"id":{id},"user":"someone"}}"#)).collect();
    let body = format!(r#"{{"remote_sessions":[{}]}}"#, items.join(","));
    for settings in support::engines() {
        let settings = settings.limits(support::limits(|limits| limits.window = 64));
        let mut reader = settings.build_async(Script::new([Act::Give(body.clone().into_bytes())]));
        let ids: Vec<_> = drain(reader.sessions()).into_iter().map(|session| session.unwrap().id()).collect();
        assert!(ids.into_iter().eq(0..5000));
    }
}

/// Whoever polls gets what futures get: items, their tenants, pauses, and the error again and again.
#[test]
fn hostile_28_polling_gives_what_futures_give() {
    let body = r#"{"tenant":"t","remote_sessions":[{"id":1},{"tenant":"u","remote_sessions":[{"id":2}]},7]}"#;
    for settings in support::engines() {
        for (body, expected_end) in [(body, None), (&body[..body.len() - 3], Some(ErrorKind::Truncated))] {
            let acts = body.bytes().flat_map(|byte| [Act::Pause, Act::Give(vec![byte])]);
            let mut reader = settings.build_async(Script::new(acts));
            let mut context = Context::from_waker(Waker::noop());
            let (mut seen, mut pauses) = (Vec::new(), 0);
            let end = loop {
                match reader.poll_item(&mut context) {
                    Poll::Ready(Ok(true)) => {
                        let tenant = reader.tenant().map(str::to_owned);
                        seen.push((reader.item().raw().to_owned(), tenant));
                    }
                    Poll::Ready(Ok(false)) => break None,
                    Poll::Ready(Err(error)) => break Some(error.kind()),
                    Poll::Pending => pauses += 1,
                }
            };
            let [first, second, third] = [(r#"{"id":1}"#, "t"), (r#"{"id":2}"#, "u"), ("7", "t")]
                .map(|(raw, tenant)| (raw.to_owned(), Some(tenant.to_owned())));
            let items = if end.is_none() { vec![first, second, third] } else { vec![first, second] };
            assert_eq!((seen, end, pauses), (items, expected_end, body.len()), "{settings:?}");
            let again = reader.poll_item(&mut context);
            match expected_end {
                None => assert!(matches!(again, Poll::Ready(Ok(false)))),
                Some(kind) => {
                    assert!(matches!(again, Poll::Ready(Err(error)) if error.kind() == kind));
                }
            }
        }
    }
}

/// A list of items as long as these, some 60 bytes less each for what stands around them.
fn list_of(lengths: &[usize]) -> String {
    let item = |(id, length): (usize, &usize)| {
        let note = if id % 3 == 0 { r#""x":[{"a":[1,{}]},"\u00e9\\\""],"# } else { "" };
        format!(r#"{{"id":{id},{note}"user":"{}","end":null}}"#, "u".repeat(*length))
    };
    let items: Vec<_> = lengths.iter().enumerate().map(item).collect();
    format!(r#"{{"code":200,"tenant":"a","remote_sessions":[{}],"after":true}}"#, items.join(", "))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    /// Large chunks are read where they are, small ones from the window: whatever the way from one
    /// to the other, and whatever is wrong where, all is as in one piece.
    #[test]
    fn chunks_of_all_sizes_change_nothing(
        lengths in prop::collection::vec(prop_oneof![8 => 0..200_usize, 1 => 200..3000_usize, 1 => 8000..20_000_usize], 1..60),
        sizes in prop::collection::vec((prop_oneof![0..400_usize, 400..5000_usize, 10_000..100_000_usize], 0..2_u8), 0..12),
        window in prop_oneof![Just(64_usize), 64..2000_usize, Just(64 * 1024)],
        item in prop_oneof![Just(1024 * 1024_usize), 100..9000_usize],
        is_small in any::<bool>(),
        spoiled in prop::option::of((any::<prop::sample::Index>(), any::<u8>())),
        cut in prop::option::of(any::<prop::sample::Index>()),
    ) {
        let mut body = list_of(&lengths).into_bytes();
        if let Some((at, byte)) = spoiled {
            let at = at.index(body.len());
            body[at] = byte;
        }
        body.truncate(cut.map_or(body.len(), |cut| cut.index(body.len())));
        for settings in support::engines() {
            let limits = support::limits(|limits| {
                (limits.window, limits.item) = (window, item);
                // Then nothing but an item makes the window grow.
                if is_small {
                    (limits.key, limits.captured_value) = (20, 20);
                }
            });
            let settings = settings.limits(limits);
            let expected = whole(&settings, &body);
            let script = || Script::new(acts(&body, &sizes));
            prop_assert_eq!(&patiently(&settings, script()), &expected);
            prop_assert_eq!(&impatiently(&settings, script()), &expected);
            #[cfg(feature = "bytes")]
            {
                let in_place = || settings.build_async(script().map(|chunk| chunk.map(bytes::Bytes::from))).in_place();
                prop_assert_eq!(&outcome_of(in_place()), &expected);
                prop_assert_eq!(&outcome_of_futures(in_place()), &expected);
            }
        }
    }
}

/// The first items of a chunk are copied behind the rest of the chunk before, and the last; all
/// others are not. (That nothing else changes, the other tests say.)
#[cfg(feature = "bytes")]
#[test]
fn items_of_large_chunks_are_read_where_they_are() {
    let body = bytes::Bytes::from(list_of(&[300; 3000]));
    for (size, fewest) in [(1_000_000, 2950), (200_000, 2850), (20_000, 1900)] {
        let starts = (0..body.len()).step_by(size);
        let chunks = starts.map(|start| Ok::<_, Error>(body.slice(start..body.len().min(start + size))));
        let mut reader = AsyncReader::new(stream::iter(chunks)).in_place();
        let (mut items, mut in_place) = (0, 0);
        while let Some(item) = block_on(reader.next_item()).unwrap() {
            items += 1;
            in_place += usize::from(body.as_ptr_range().contains(&item.raw().as_ptr()));
        }
        assert_eq!(items, 3000);
        assert!(in_place >= fewest, "{in_place} of {items} with chunks of {size}");
        assert_eq!(reader.summary().bytes(), body.len() as u64);
    }
}

/// A reader may be printed into a log, its bytes may not.
#[test]
fn the_debug_text_of_a_reader_holds_nothing_of_the_response() {
    for items in [3, 3000] {
        let chunk = list_of(&vec![30; items]).into_bytes();
        let mut reader = AsyncReader::new(stream::iter([Ok::<_, Error>(chunk)]));
        assert!(block_on(reader.next_item()).unwrap().is_some());
        let text = format!("{reader:?}");
        assert!(text.contains("Feed {") && !text.contains("uuu") && !text.contains("117, 117"), "{text}");
    }
}

#[test]
fn the_reader_and_its_futures_can_move_between_threads() {
    fn sendable<T: Send>(value: T) -> T {
        value
    }
    let chunks = stream::iter([Ok::<_, Error>(BODY.as_bytes().to_vec())]);
    let mut reader = sendable(AsyncReader::new(chunks));
    assert!(block_on(sendable(reader.next_item())).unwrap().is_some());
    assert_eq!(block_on(sendable(reader.into_sessions()).count()), 3);
}
