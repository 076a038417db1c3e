//! Row 22: error responses, long ones too.

use mock_pam_core::{Failure, Fault, MockPamCore, Reply, Response};
use remote_sessions::client::Retries;
use remote_sessions::{ApiErrorKind, ErrorKind};

use super::{Outcome, builder, fetch};

async fn fetch_reply(reply: Reply) -> Outcome {
    let server = MockPamCore::builder().list_reply(reply).start().await.unwrap();
    let mut retries = Retries::default();
    retries.tries = 1;
    let client = builder(&server).retries(retries).build().unwrap();
    fetch(&client, &Response::new(0)).await
}

#[tokio::test]
async fn hostile_22_documented_errors_have_a_kind_and_a_remedy() {
    for (failure, kind) in Failure::ALL.into_iter().zip([
        ApiErrorKind::ResourceNotFound,
        ApiErrorKind::Unexpected,
        ApiErrorKind::NotAuthorized,
        ApiErrorKind::ClientAuthenticationFailed,
        ApiErrorKind::InvalidSignature,
        ApiErrorKind::NoRoute,
        ApiErrorKind::RequestTimedOut,
    ]) {
        for status in [400, 403, 404, 418, 500, 502, 503, 504, 599] {
            let outcome = fetch_reply(Reply::from(failure).with_status(status)).await;
            let error = outcome.error();
            assert_eq!(error.kind(), ErrorKind::Api, "{failure} with {status}: {error}");
            assert_eq!(error.api_error().unwrap().kind(), kind, "{failure} with {status}: {error}");
            assert!(error.remedy().is_some(), "{failure}");
        }
    }
}

#[tokio::test]
async fn hostile_22_of_a_long_error_the_beginning_is_read() {
    let padding = "x".repeat(100 << 20);
    for (status, message) in [(404, "no Route matched with those values"), (500, "Unexpected error.")] {
        let body = format!(r#"{{"message":"{message}","padding":"{padding}"}}"#);
        let outcome = fetch_reply(Reply::new(status, body)).await;
        let error = outcome.error();
        assert_eq!(error.kind(), ErrorKind::Api);
        assert_eq!(error.api_error().unwrap().code(), Some(i64::from(status)));
        assert!(error.to_string().len() < 1000, "{error}");
    }
}

#[tokio::test]
async fn hostile_22_an_unknown_message_is_passed_on_escaped() {
    let outcome = fetch_reply(Reply::message(403, "first\u{1b}[31m\u{202e}second")).await;
    let text = outcome.error().to_string();
    assert!(text.contains("first") && text.contains("second"), "{text}");
    assert!(!text.contains(|char: char| char.is_control() || char == '\u{202e}'), "{text:?}");
}

#[tokio::test]
async fn hostile_22_an_error_that_breaks_off_is_still_the_status() {
    for status in [401, 404, 500] {
        let server = MockPamCore::builder().fault(Fault::Status(status)).start().await.unwrap();
        let outcome = fetch(&builder(&server).build().unwrap(), &Response::new(0)).await;
        assert_eq!(outcome.error().api_error().unwrap().code(), Some(i64::from(status)));
        assert!(outcome.error().to_string().contains("a fault of the mock server"));
    }
}
