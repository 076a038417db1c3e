//! What an async reader offers besides the items, and what becomes of errors that the stream of chunks gives.
#![cfg(all(feature = "std", feature = "async"))]

mod support;

use std::cell::Cell;
use std::error::Error as StdError;
use std::io;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use futures_executor::block_on;
use futures_util::stream::{self, Stream, StreamExt as _};
use remote_sessions::{AsyncReader, Builder, Completeness, Error, ErrorKind, Reader};
use support::{agreed, forced};

const BODY: &str =
    r#"{"tenant":"a","remote_sessions":[{"id":1},{"remote_sessions":[{"id":2}],"tenant":"b"}]}"#;

/// The error of another reader whose stream of chunks failed.
fn transport_error() -> Error {
    let chunks = stream::iter([Err::<&[u8], _>(io::Error::from(io::ErrorKind::ConnectionRefused))]);
    let mut reader = AsyncReader::new(chunks);
    block_on(reader.next_item()).map(drop).expect_err("a failed stream")
}

/// A stream that fails with an error of this crate after so many bytes.
fn failing(
    after: usize,
    error: Error,
) -> AsyncReader<impl Stream<Item = Result<&'static [u8], Error>> + Unpin> {
    Builder::new().build_async(stream::iter([Ok(&BODY.as_bytes()[..after]), Err(error)]))
}

#[test]
fn the_builder_has_the_default_settings() {
    assert_eq!(format!("{:?}", AsyncReader::builder()), format!("{:?}", Builder::new()));
}

#[test]
fn an_item_comes_with_the_tenant_that_its_envelope_has_named_before_it() {
    agreed(|engine| {
        let mut reader = engine.build_async(stream::iter(BODY.as_bytes().chunks(7).map(Ok::<_, Error>)));
        block_on(async {
            let (item, tenant) = reader.next_with_tenant().await.unwrap().expect("the first item");
            assert_eq!((item.raw(), tenant), (r#"{"id":1}"#, Some("a")));
            let (item, tenant) = reader.next_with_tenant().await.unwrap().expect("the second item");
            assert_eq!((item.raw(), tenant), (r#"{"id":2}"#, None), "named after its items");
            assert!(reader.next_with_tenant().await.unwrap().is_none());
        });
    });
    let error = block_on(failing(20, transport_error()).next_with_tenant()).map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
}

#[test]
fn the_stream_of_chunks_can_be_looked_at_and_changed() {
    let first = stream::iter([Ok::<_, Error>(&BODY.as_bytes()[..50])]);
    let mut reader = AsyncReader::new(first.chain(stream::empty()).peekable());
    assert_eq!(reader.get_ref().size_hint().1, Some(1));
    assert!(block_on(reader.next_item()).unwrap().is_some());
    assert_eq!(reader.get_ref().size_hint().1, Some(0));
    assert!(block_on(std::pin::Pin::new(reader.get_mut()).peek()).is_none());
}

#[test]
fn a_reader_that_is_inside_its_stream_still_tells() {
    let mut sessions = AsyncReader::new(stream::iter([Ok::<_, Error>(BODY)])).into_sessions();
    assert_eq!(block_on(sessions.next()).unwrap().unwrap().id(), 1);
    assert_eq!(sessions.reader().summary().items(), 1);
    assert_eq!(block_on(sessions.by_ref().count()), 1);
    assert_eq!(sessions.reader().summary().completeness(), Completeness::Complete);
}

#[test]
fn an_error_of_the_transport_has_a_remedy_and_a_kind_of_io_error() {
    let error = transport_error();
    assert_eq!(error.message(), "the stream of chunks failed: connection refused");
    assert_eq!(error.remedy(), Some("check the address, the network and the certificate"));
    assert_eq!(io::Error::from(error).kind(), io::ErrorKind::Other);
}

#[test]
fn an_error_of_the_transport_is_an_interruption_once_there_was_an_item() {
    let before = block_on(failing(20, transport_error()).next_item()).map(drop).unwrap_err();
    assert_eq!((before.kind(), before.message()), (ErrorKind::Transport, transport_error().message()));

    let mut reader = failing(42, transport_error());
    assert!(block_on(reader.next_item()).unwrap().is_some());
    let error = block_on(reader.next_item()).map(drop).unwrap_err();
    assert_eq!((error.kind(), error.is_fatal()), (ErrorKind::Interrupted, true));
    assert_eq!(
        error.message(),
        "the response broke off after 1 items (the last has the id 1) and 42 bytes: the stream of chunks failed: connection refused"
    );
    assert!(error.remedy().unwrap().contains("what was delivered is a prefix of the list"));
    assert_eq!(reader.summary().completeness(), Completeness::Truncated);

    let own = error.source().and_then(|cause| cause.downcast_ref::<Error>()).expect("the stream's error");
    assert_eq!(own.kind(), ErrorKind::Transport);
    let cause = own.source().and_then(|cause| cause.downcast_ref::<io::Error>()).expect("its cause");
    assert_eq!(cause.kind(), io::ErrorKind::ConnectionRefused);
    assert_eq!(io::Error::from(error).kind(), io::ErrorKind::UnexpectedEof);
}

#[test]
fn an_error_of_another_kind_stays_what_it_is_after_an_item() {
    let syntax = Reader::new(&b"{\"remote_sessions\":[}"[..]).next_item().map(drop).unwrap_err();
    let mut reader = failing(42, syntax.clone());
    assert!(block_on(reader.next_item()).unwrap().is_some());
    let error = block_on(reader.next_item()).map(drop).unwrap_err();
    assert_eq!((error.kind(), error.to_string()), (ErrorKind::Syntax, syntax.to_string()));
}

#[test]
fn bytes_at_hand_are_judged_before_a_failed_stream() {
    let chunks = [Ok(&b"{\"remote_sessions\":[{\"id\":1},{\"id\":\x01"[..]), Err(transport_error())];
    let mut reader = AsyncReader::new(stream::iter(chunks));
    assert!(block_on(reader.next_item()).unwrap().is_some());
    assert_eq!(block_on(reader.next_item()).map(drop).unwrap_err().kind(), ErrorKind::Syntax);
}

#[test]
fn row_24_an_interruption_says_the_id_of_the_last_session_if_it_has_one() {
    let message = |settings: &Builder, body: &'static str, size: usize| {
        let chunks = body.as_bytes().chunks(size).map(Ok).chain([Err(transport_error())]);
        let mut reader = settings.build_async(stream::iter(chunks));
        block_on(async {
            loop {
                match reader.next_item().await {
                    Ok(item) => assert!(item.is_some(), "the response is not complete"),
                    Err(error) => return error.message().to_owned(),
                }
            }
        })
    };
    let (sessions, rows) = (Builder::new(), Builder::new().items_at(["remote_sessions"]));
    for (settings, body, said) in [
        (
            &sessions,
            r#"{"remote_sessions":[{"id":1},{"user":"a","id":"23"},{"id":4"#,
            "2 items (the last has the id 23) and",
        ),
        (&sessions, r#"{"remote_sessions":[{"id":1},{"id":"x"},{"#, "2 items and"),
        (&sessions, r#"{"remote_sessions":[{"id":1},[2],"#, "2 items and"),
        (&rows, r#"{"remote_sessions":[{"id":1},{"id":2},"#, "2 items and"),
    ] {
        for size in 1..=body.len() {
            for settings in forced(settings) {
                let message = message(&settings, body, size);
                assert!(message.contains(said), "{message} in chunks of {size}");
            }
        }
    }
}

/// A chunk that can be made to say something else, each time that it is asked.
struct Fickle {
    text: Vec<u8>,
    other: Vec<u8>,
    is_other: Rc<Cell<bool>>,
}

impl AsRef<[u8]> for Fickle {
    fn as_ref(&self) -> &[u8] {
        if self.is_other.get() { &self.other } else { &self.text }
    }
}

/// Chunks of any type are copied, whatever their size: only a type whose bytes stay the same may be
/// [`in_place`](AsyncReader::in_place), for text is checked once and given out after that.
#[test]
fn what_a_chunk_says_later_changes_no_item() {
    let items: Vec<_> = (0..20_000).map(|id| format!(r#"{{"id":{id},"user":"u"}}"#)).collect();
    let text = format!(r#"{{"remote_sessions":[{}]}}"#, items.join(",")).into_bytes();
    agreed(|engine| {
        let is_other = Rc::new(Cell::new(false));
        let chunk = Fickle { text: text.clone(), other: vec![0xff; text.len()], is_other: is_other.clone() };
        let mut reader = engine.build_async(stream::iter([Ok::<_, Error>(chunk)]));
        let mut context = Context::from_waker(Waker::noop());
        for item in &items {
            assert!(matches!(reader.poll_item(&mut context), Poll::Ready(Ok(true))), "{item}");
            is_other.set(true);
            assert_eq!(reader.item().raw(), item);
            is_other.set(false);
        }
        assert!(matches!(reader.poll_item(&mut context), Poll::Ready(Ok(false))));
    });
}
