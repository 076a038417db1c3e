//! Row 25: redirects, and addresses without TLS.

use std::time::Duration;

use mock_pam_core::{Fault, MockPamCore, Response, Tls};
use remote_sessions::ErrorKind;
use remote_sessions::client::{Client, Timeouts};

use super::{builder, client, fetch};

#[tokio::test]
async fn hostile_25_redirects_are_refused() {
    for tls in [false, true] {
        for (fault, kind, lists, tokens) in [
            (Fault::RedirectOrigin, ErrorKind::Api, 1, 1),
            (Fault::RedirectHttp, ErrorKind::Api, 1, 1),
            (Fault::TokenRedirect, ErrorKind::Authentication, 0, 1),
        ] {
            let mut server = MockPamCore::builder().fault(fault.clone());
            if tls {
                server = server.tls(Tls::Valid);
            }
            let server = server.start().await.unwrap();
            let outcome = fetch(&client(&server), &Response::new(0)).await;
            let error = outcome.error();
            assert_eq!(error.kind(), kind, "{fault}: {error}");
            assert!(
                error.to_string().contains("redirect") && error.to_string().contains("refused"),
                "{error}"
            );
            // The other address leads to the same server: nobody followed.
            let log = server.log();
            assert_eq!((log.list_requests, log.token_requests, log.other_requests), (lists, tokens, 0));
            assert_eq!(log.faults, 1);
        }
    }
}

#[tokio::test]
async fn hostile_25_redirects_within_the_origin_are_followed_with_the_credentials() {
    let response = Response::new(20);
    for http2 in [false, true] {
        for count in [1, 2, 5] {
            let mut server =
                MockPamCore::builder().response(response.clone()).fault(Fault::RedirectWithin(count));
            if http2 {
                server = server.tls(Tls::Valid).http2();
            }
            let server = server.start().await.unwrap();
            let client = builder(&server).header("x-app", "one").build().unwrap();
            let outcome = fetch(&client, &response).await;
            outcome.end.unwrap();
            assert_eq!(outcome.items, 20);
            let log = server.log();
            // The token is asked for once; the mock refuses every list request without it.
            assert_eq!((log.list_requests, log.token_requests), (u64::from(count) + 1, 1));
            let last = log.last_list_request.unwrap();
            assert!(last.path.ends_with(&format!("?redirect={count}")), "{}", last.path);
            assert_eq!(last.authorization_scheme.as_deref(), Some("Bearer"));
            assert_eq!(last.header("x-app"), Some("one"));
        }
    }
}

#[tokio::test]
async fn hostile_25_a_circle_of_redirects_and_a_sixth_one_are_refused() {
    for (fault, text, lists) in [
        (Fault::RedirectLoop(1), "back to where", 1),
        (Fault::RedirectLoop(2), "back to where", 2),
        (Fault::RedirectLoop(6), "back to where", 6),
        (Fault::RedirectLoop(7), "5 of the same server", 6),
        (Fault::RedirectWithin(6), "5 of the same server", 6),
    ] {
        let server = MockPamCore::builder().fault(fault.clone()).start().await.unwrap();
        let outcome = fetch(&client(&server), &Response::new(0)).await;
        let error = outcome.error();
        assert_eq!(error.kind(), ErrorKind::Api, "{fault}: {error}");
        let said = error.to_string();
        assert!(said.contains(text) && said.contains("refused") && said.contains("(status 30"), "{said}");
        assert!(error.remedy().unwrap().contains("--url"), "{fault}");
        assert_eq!(server.log().list_requests, lists, "{fault}");
    }
}

/// Each redirect may take its time, all of them together no more than one request.
#[tokio::test]
async fn hostile_25_redirects_are_in_the_time_of_one_request() {
    for is_total in [false, true] {
        let server = MockPamCore::builder()
            .fault(Fault::RedirectWithin(5))
            .latency(Duration::from_millis(400))
            .start()
            .await
            .unwrap();
        let mut timeouts = Timeouts::default();
        let limit = Duration::from_millis(900);
        if is_total {
            timeouts.total = Some(limit)
        } else {
            timeouts.first_byte = limit
        }
        let client = builder(&server).timeouts(timeouts).build().unwrap();
        let outcome = fetch(&client, &Response::new(0)).await;
        let error = outcome.error();
        assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
        let name = if is_total { "total time-out" } else { "first-byte time-out" };
        assert!(error.to_string().contains(name), "{error}");
        assert!((1..=3).contains(&server.log().list_requests), "{}", server.log().list_requests);
    }
}

#[test]
fn hostile_25_http_to_another_machine_is_refused_unless_allowed() {
    let builder = || Client::builder("http://pam.example").credentials("id", "a secret".into());
    let error = builder().build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration);
    assert!(error.to_string().contains("https"), "{error}");
    assert!(builder().allow_http(true).build().is_ok());
    for loopback in ["http://127.0.0.1:1", "http://[::1]:1", "http://localhost:1"] {
        assert!(Client::builder(loopback).credentials("id", "a secret".into()).build().is_ok(), "{loopback}");
    }
}
