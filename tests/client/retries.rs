//! Row 24: what is tried again, when, and what never is.

use std::time::Duration;

use mock_pam_core::{Fault, MockPamCore, Response};
use remote_sessions::ErrorKind;
use remote_sessions::client::{Client, Retries, Timeouts};

use super::{builder, drain, failure};

fn retries(tries: u32, within: Duration) -> Retries {
    let mut retries = Retries::default();
    (retries.tries, retries.within) = (tries, within);
    retries
}

/// Pauses of some tens of milliseconds.
fn quick(server: &MockPamCore, tries: u32) -> Client {
    builder(server).retries(retries(tries, Duration::from_millis(300))).build().unwrap()
}

#[tokio::test]
async fn row_24_what_may_pass_is_tried_again() {
    for fault in [
        Fault::Status(429),
        Fault::Status(502),
        Fault::Status(503),
        Fault::Status(504),
        Fault::TokenStatus(503),
        Fault::RetryAfter("0".into()),
        Fault::RetryAfter("Wed, 21 Oct 2015 07:28:00 GMT".into()),
    ] {
        let server = MockPamCore::builder().response(Response::new(5)).start().await.unwrap();
        let client = quick(&server, 3);
        server.add_fault(fault.clone().times(2));
        let (items, end) = drain(&mut client.remote_sessions().await.unwrap()).await;
        assert_eq!((items.len(), end.is_ok()), (5, true), "{fault}");
        // A third one is one too many.
        server.revoke_tokens();
        server.clear_faults();
        server.add_fault(fault.clone().times(3));
        let error = failure(&quick(&server, 3)).await;
        assert!(error.to_string().ends_with("(3 tries)"), "{error}");
        assert!(error.api_error().is_some(), "{error:?}");
    }
}

#[tokio::test]
async fn row_24_anything_else_is_not() {
    for fault in [
        Fault::Status(400),
        Fault::Status(403),
        Fault::Status(404),
        Fault::Status(500),
        Fault::TokenStatus(401),
        Fault::ResetBeforeHead,
        Fault::ResetInHead,
        Fault::RedirectOrigin,
        Fault::TokenNotJson,
        Fault::CutAfter(0),
    ] {
        let server = MockPamCore::builder().response(Response::new(5)).start().await.unwrap();
        let client = quick(&server, 3);
        server.add_fault(fault.clone().times(1));
        let error = failure(&client).await;
        assert!(!error.to_string().contains("tries"), "{error}");
        // The fault struck once, and nobody asked again.
        let log = server.log();
        assert!(log.list_requests <= 1 && log.token_requests == 1, "{fault}: {log:?}");
    }
}

#[tokio::test]
async fn row_24_after_the_first_item_nothing_is_tried_again() {
    let server = MockPamCore::builder().response(Response::new(1000)).start().await.unwrap();
    server.add_fault(Fault::ResetAfter(20_000).times(1));
    let (items, end) = drain(&mut quick(&server, 3).remote_sessions().await.unwrap()).await;
    let error = end.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Interrupted);
    assert!(error.to_string().contains(&format!("after {} items", items.len())), "{error}");
    assert_eq!(server.log().list_requests, 1);
}

#[tokio::test]
async fn row_24_no_connection_is_tried_again() {
    // Nobody listens there.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let builder = Client::builder(url).credentials("id", "secret".into());
    let client = builder.retries(retries(4, Duration::from_millis(200))).build().unwrap();
    let error = failure(&client).await;
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.to_string().ends_with("tries)"), "{error}");
}

#[tokio::test]
async fn row_24_retry_after_is_clamped_to_the_time_that_is_left() {
    for value in ["86400000", "99999999999999999999", "Tue, 31 Dec 2999 23:59:59 GMT"] {
        let server = MockPamCore::builder().response(Response::new(5)).start().await.unwrap();
        server.add_fault(Fault::RetryAfter(value.into()).times(1));
        // An answer at all, and so in time: the last try is made when the time is over.
        let (items, _) = drain(&mut quick(&server, 9).remote_sessions().await.unwrap()).await;
        assert_eq!(items.len(), 5);
        assert_eq!(server.log().list_requests, 2);
        server.clear_faults();
        server.add_fault(Fault::RetryAfter(value.into()));
        let error = failure(&quick(&server, 9)).await;
        assert!(error.to_string().ends_with("(2 tries)"), "{error}");
    }
}

/// The time for all may end in a pause: what was wrong before it is said, and what to raise.
#[tokio::test]
async fn row_24_a_pause_ends_with_the_time_for_all() {
    let server = MockPamCore::builder().fault(Fault::RetryAfter("60".into())).start().await.unwrap();
    let mut timeouts = Timeouts::default();
    timeouts.total = Some(Duration::from_secs(2));
    let builder = builder(&server).timeouts(timeouts).retries(retries(3, Duration::from_secs(600)));
    let error = failure(&builder.build().unwrap()).await;
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    for part in ["waiting for another try", "total time-out", "1 try, the last one", "status 503"] {
        assert!(error.message().contains(part), "{error}");
    }
    assert!(error.remedy().unwrap().contains("--max-time"), "{:?}", error.remedy());
}

#[tokio::test]
async fn no_retries_is_no_retries() {
    for tries in [0, 1] {
        let server = MockPamCore::builder()
            .fault(Fault::Status(503))
            .response(Response::new(5))
            .start()
            .await
            .unwrap();
        let error = failure(&quick(&server, tries)).await;
        assert_eq!((error.kind(), error.api_error().unwrap().code()), (ErrorKind::Api, Some(503)));
        assert_eq!(server.log().list_requests, 1);
    }
}
