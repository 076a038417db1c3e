//! Row 18: bodies that break off, or that end where they should not.

use futures_util::{StreamExt, stream};
use mock_pam_core::{EnvelopeShape, Fault, MockPamCore, Response, Tls};
use remote_sessions::ErrorKind;

use super::{client, fetch, fetch_with, offsets, whole_items};

/// Half a dozen kibibytes: fits every buffer on the way, so that what was sent has also arrived.
fn response() -> Response {
    Response::new(20)
}

#[tokio::test]
async fn hostile_18_a_reset_at_every_class_of_offset() {
    for fault in [Fault::ResetBeforeHead, Fault::ResetInHead, Fault::CloseInHead, Fault::NotHttp] {
        let outcome = fetch_with(&fault, &response()).await;
        assert_eq!((outcome.items, outcome.error().kind()), (0, ErrorKind::Transport), "{fault}");
    }
    let body = response().to_vec();
    for offset in offsets(&body) {
        let bytes = offset as u64;
        for fault in [Fault::ResetAfter(bytes), Fault::CloseAfter(bytes), Fault::BadChunkSize(bytes)] {
            // Even at the last offset, where the JSON is closed: the connection did not say so.
            let outcome = fetch_with(&fault, &response()).await;
            assert_eq!(outcome.items, whole_items(&body, offset), "{fault}");
            outcome.assert_broken(&fault);
        }
    }
}

#[tokio::test]
async fn hostile_18_an_end_at_every_byte() {
    let response = Response::new(2);
    let body = response.to_vec();
    let faults = (0..=body.len()).flat_map(|offset| {
        let bytes = offset as u64;
        [Fault::ResetAfter(bytes), Fault::CloseAfter(bytes), Fault::CutAfter(bytes)]
            .map(|fault| (offset, fault))
    });
    // A reset takes its time to be sure that all has arrived: many at once.
    stream::iter(faults)
        .for_each_concurrent(32, async |(offset, fault)| {
            let outcome = fetch_with(&fault, &response).await;
            assert_eq!(outcome.items, whole_items(&body, offset), "{fault}");
            match (&fault, &outcome.end) {
                (Fault::CutAfter(_), Ok(())) => assert_eq!(offset, body.len()),
                (Fault::CutAfter(_), Err(error)) => assert_eq!(error.kind(), ErrorKind::Truncated, "{fault}"),
                _ => outcome.assert_broken(&fault),
            }
        })
        .await;
}

#[tokio::test]
async fn hostile_18_a_body_without_its_last_chunk() {
    for (response, kind) in [
        (response(), ErrorKind::Interrupted),
        (Response::new(0), ErrorKind::Transport),
        // The one kind of response that may end without its brackets does not excuse the connection.
        (response().envelope(EnvelopeShape::Unclosed), ErrorKind::Interrupted),
    ] {
        let outcome = fetch_with(&Fault::NoTerminator, &response).await;
        assert_eq!(outcome.items as u64, response.items());
        assert_eq!(outcome.error().kind(), kind);
    }
}

#[tokio::test]
async fn hostile_18_a_length_that_is_too_long() {
    for fault in [Fault::LongLength(1), Fault::LongLength(1 << 40)] {
        for response in [response(), Response::new(0)] {
            let outcome = fetch_with(&fault, &response).await;
            assert_eq!(outcome.items as u64, response.items());
            outcome.assert_broken(&fault);
        }
    }
    // So long that the head is refused already.
    fetch_with(&Fault::HugeLength, &response()).await.assert_broken(&Fault::HugeLength);
}

#[tokio::test]
async fn hostile_18_a_length_that_is_too_short() {
    let body = response().to_vec();
    for missing in [1, 2, 3, body.len() / 2, body.len() - 1, body.len()] {
        let fault = Fault::ShortLength(missing as u64);
        let outcome = fetch_with(&fault, &response()).await;
        assert_eq!(outcome.items, whole_items(&body, body.len() - missing), "{fault}");
        // The connection is content: only the JSON knows.
        assert_eq!(outcome.error().kind(), ErrorKind::Truncated, "{fault}");
    }
}

#[tokio::test]
async fn hostile_18_a_body_that_is_cut_in_good_order() {
    let body = response().to_vec();
    for offset in offsets(&body) {
        let bytes = offset as u64;
        for fault in [Fault::CutAfter(bytes), Fault::UntilClose(bytes)] {
            let outcome = fetch_with(&fault, &response()).await;
            assert_eq!(outcome.items, whole_items(&body, offset), "{fault}");
            match &outcome.end {
                Ok(()) => assert_eq!(offset, body.len(), "{fault}"),
                Err(error) => assert_eq!(error.kind(), ErrorKind::Truncated, "{fault}"),
            }
        }
    }
}

#[tokio::test]
async fn hostile_18_two_lengths_or_none_that_is_a_number() {
    for fault in [
        Fault::TwoLengths,
        Fault::OddLength("-1".to_owned()),
        Fault::OddLength("many".to_owned()),
        Fault::OddLength("18446744073709551616".to_owned()),
    ] {
        let outcome = fetch_with(&fault, &response()).await;
        assert_eq!((outcome.items, outcome.error().kind()), (0, ErrorKind::Transport), "{fault}");
    }
}

#[tokio::test]
async fn hostile_18_http2_breaks_off() {
    let body = response().to_vec();
    let server = MockPamCore::builder().tls(Tls::Valid).http2().response(response()).start().await.unwrap();
    let client = client(&server);
    assert!(fetch(&client, &response()).await.end.is_ok());
    assert!(server.log().http2_connections > 0, "HTTP/2 is agreed upon");
    for offset in offsets(&body) {
        let bytes = offset as u64;
        for fault in [
            Fault::RstStream(bytes),
            Fault::GoAway(bytes),
            Fault::ResetAfter(bytes),
            Fault::CloseAfter(bytes),
        ] {
            server.add_fault(fault.clone().times(1));
            let outcome = fetch(&client, &response()).await;
            assert_eq!(outcome.items, whole_items(&body, offset), "{fault}");
            outcome.assert_broken(&fault);
            server.clear_faults();
        }
        server.add_fault(Fault::CutAfter(bytes).times(1));
        let outcome = fetch(&client, &response()).await;
        assert_eq!(outcome.items, whole_items(&body, offset));
        assert_eq!(outcome.end.is_ok(), offset == body.len());
    }
    for fault in [
        Fault::NotHttp,
        Fault::ResetBeforeHead,
        Fault::CloseInHead,
        Fault::NoTerminator,
        Fault::ShortLength(1),
        Fault::LongLength(1),
        Fault::HugeLength,
    ] {
        server.add_fault(fault.clone().times(1));
        fetch(&client, &response()).await.assert_broken(&fault);
        server.clear_faults();
    }
    // Nothing of all that is left behind.
    assert!(fetch(&client, &response()).await.end.is_ok());
    let log = server.log();
    assert_eq!(log.connections, log.http2_connections);
}
