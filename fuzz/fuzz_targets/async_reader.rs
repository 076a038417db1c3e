//! A stream that pauses, gives empty chunks, fails; futures dropped at any pause; chunks copied, and
//! read in place: the same items and the same end as the oracle's, and nothing is asked of a stream that is over.
//!
//! Of the header's bytes this target takes 4 to 7 for what the stream does between the chunks.
#![no_main]

use std::error::Error as StdError;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use bytes::Bytes;
use futures_core::Stream;
use libfuzzer_sys::{Corpus, fuzz_target};
use remote_sessions::{AsyncReader, Builder, Error, Item, ScanPath};
use remote_sessions_fuzz::outcome::{Feed, Outcome, describe, more_of, note, oracle};
use remote_sessions_fuzz::recipe::Recipe;

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((recipe, body)) = Recipe::split(data) else { return Corpus::Reject };
    // Given bytes, then a failure if the header says so.
    let fails = recipe.byte(7) & 3 == 3;
    let settings = recipe.in_a_small_window().scan_path(recipe.path());
    let script =
        Script::<Vec<u8>> { recipe, rest: body.to_vec(), turn: 0, fails, over: false, chunk: PhantomData };
    let drops = recipe.byte(7) & 4 != 0;
    let outcome = drive(settings.build_async(script.clone()), drops);
    let in_place =
        Script::<Bytes> { recipe, rest: body.to_vec(), turn: 0, fails, over: false, chunk: PhantomData };
    let in_place = drive(settings.build_async(in_place).in_place(), drops);
    assert_eq!(in_place, outcome, "in place {}", body.escape_ascii());
    let expected = oracle(&recipe.settings(), body);
    if fails {
        assert_failed(&settings, body, &outcome, &expected);
    } else {
        assert_eq!(outcome, expected, "{}", body.escape_ascii());
    }
    as_stream(&settings, script, &outcome);
    Corpus::Keep
});

/// Chunks, pauses and empty chunks as the header says.
#[derive(Clone)]
struct Script<B> {
    recipe: Recipe,
    rest: Vec<u8>,
    turn: usize,
    fails: bool,
    over: bool,
    chunk: PhantomData<fn() -> B>,
}

impl<B: From<Vec<u8>>> Stream for Script<B> {
    type Item = Result<B, Box<dyn StdError + Send + Sync>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        assert!(!self.over, "polled after the end or a failure");
        let act = self.recipe.byte(4 + self.turn % 4).wrapping_mul(29).wrapping_add((self.turn / 4) as u8);
        self.turn += 1;
        match act & 7 {
            0 | 1 => {
                context.waker().wake_by_ref();
                return Poll::Pending;
            }
            2 => return Poll::Ready(Some(Ok(Vec::new().into()))),
            _ => {}
        }
        if self.rest.is_empty() {
            self.over = true;
            return Poll::Ready(self.fails.then(|| Err("broken".into())));
        }
        let size = usize::from(act >> 3) * usize::from(act >> 3) + 1;
        let size = size.min(self.rest.len());
        Poll::Ready(Some(Ok(self.rest.drain(..size).collect::<Vec<_>>().into())))
    }
}

/// Reads to the end, each time with the same future or with a new one after each pause.
fn drive<B: AsRef<[u8]> + From<Vec<u8>>>(mut reader: AsyncReader<Script<B>, B>, drops: bool) -> Outcome {
    let mut items = Vec::new();
    let mut error = None;
    loop {
        match next(&mut reader, drops, |item| item.map(note)) {
            Ok(Some(item)) => {
                items.push(item);
                more_of(reader.batch(), &mut items);
            }
            Ok(None) => break,
            Err(fatal) => {
                let again = next(&mut reader, drops, |_| ()).expect_err("an error is final");
                assert_eq!(describe(&again), describe(&fatal));
                error = Some(describe(&fatal));
                break;
            }
        }
    }
    Outcome::new(items, error, &reader.summary())
}

fn next<B: AsRef<[u8]> + From<Vec<u8>>, T>(
    reader: &mut AsyncReader<Script<B>, B>,
    drops: bool,
    with: impl FnOnce(Option<Item<'_>>) -> T,
) -> Result<T, Error> {
    let mut context = Context::from_waker(Waker::noop());
    loop {
        let mut future = pin!(reader.next_item());
        // Polled once and dropped, or kept to its end.
        loop {
            match future.as_mut().poll(&mut context) {
                Poll::Ready(found) => return found.map(with),
                Poll::Pending if drops => break,
                Poll::Pending => {}
            }
        }
    }
}

/// A failure of the stream: what was complete came out, and the failure unless the bytes before
/// it were bad already (also those of an item that is not all there).
fn assert_failed(settings: &Builder, body: &[u8], outcome: &Outcome, expected: &Outcome) {
    let mut feed = Feed::new(settings);
    feed.give(body);
    assert_eq!(outcome.items, feed.items(), "{}", body.escape_ascii());
    let broken = if feed.items().is_empty() { "transport" } else { "interrupted" };
    let mut oracle = Feed::new(&settings.clone().scan_path(ScanPath::Scalar));
    oracle.give(body);
    if oracle.has_failed() {
        assert_eq!(outcome, expected, "{}", body.escape_ascii());
    } else {
        assert_eq!(outcome.kind(), broken, "{}", body.escape_ascii());
    }
}

/// The same through the stream of sessions.
fn as_stream(settings: &Builder, script: Script<Vec<u8>>, outcome: &Outcome) {
    let mut sessions = settings.build_async(script).into_sessions();
    let mut context = Context::from_waker(Waker::noop());
    let (mut count, mut fatal) = (0, None);
    loop {
        match Pin::new(&mut sessions).poll_next(&mut context) {
            Poll::Pending => {}
            Poll::Ready(Some(Ok(session))) => {
                assert_eq!(session.raw(), outcome.items[count].raw);
                count += 1;
            }
            Poll::Ready(Some(Err(error))) if error.is_fatal() => fatal = Some(describe(&error)),
            Poll::Ready(Some(Err(_))) => count += 1,
            Poll::Ready(None) => break,
        }
    }
    assert_eq!((count, &fatal), (outcome.items.len(), &outcome.error));
    assert!(matches!(Pin::new(&mut sessions).poll_next(&mut context), Poll::Ready(None)), "the end is final");
}
