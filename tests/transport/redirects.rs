//! Row 25: redirects, and addresses without TLS.

use mock_pam_core::{Fault, MockPamCore, Response, Tls};
use remote_sessions::ErrorKind;
use remote_sessions::client::Client;

use super::{client, fetch};

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
