//! Row 26: certificates.

use mock_pam_core::{MockPamCore, Response, Tls};
use remote_sessions::ErrorKind;
use remote_sessions::client::Client;

use super::{Outcome, builder, client, fetch};

async fn server(tls: Tls, http2: bool) -> MockPamCore {
    let builder = MockPamCore::builder().response(Response::new(20)).tls(tls);
    let builder = if http2 { builder.http2() } else { builder };
    builder.start().await.unwrap()
}

#[track_caller]
fn assert_refused(server: &MockPamCore, outcome: &Outcome, cause: &str) {
    let error = outcome.error();
    assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
    assert!(error.to_string().contains(cause), "expected {cause:?} in: {error}");
    assert!(error.remedy().is_some());
    let log = server.log();
    assert_eq!((log.token_requests, log.list_requests), (0, 0), "nothing was said to a stranger");
    assert_eq!(log.connections, 1, "no other attempt changes a certificate");
}

#[tokio::test]
async fn hostile_26_bad_certificates_are_refused_and_named() {
    for http2 in [false, true] {
        for (tls, cause) in [
            (Tls::Expired, "expired"),
            (Tls::NotYetValid, "not valid yet"),
            (Tls::WrongHost, "pam.invalid"),
            (Tls::SelfSigned, "issuer"),
        ] {
            let server = server(tls, http2).await;
            let outcome = fetch(&client(&server), &Response::new(20)).await;
            assert_refused(&server, &outcome, cause);
        }
    }
}

#[tokio::test]
async fn hostile_26_a_private_authority_is_accepted_where_it_is_given() {
    for http2 in [false, true] {
        let server = server(Tls::Valid, http2).await;
        let stranger =
            Client::builder(server.url()).credentials("mock-client", "mock-secret".into()).build().unwrap();
        let outcome = fetch(&stranger, &Response::new(20)).await;
        assert_refused(&server, &outcome, "issuer");
        let outcome = fetch(&client(&server), &Response::new(20)).await;
        outcome.end.unwrap();
        assert_eq!(outcome.items, 20);
        assert_eq!(server.log().http2_connections > 0, http2);
    }
}

#[tokio::test]
async fn hostile_26_another_authority_does_not_help() {
    let (server, other) = (server(Tls::Valid, false).await, server(Tls::Valid, false).await);
    let client = Client::builder(server.url())
        .credentials("mock-client", "mock-secret".into())
        .ca_certificates(other.ca_pem().unwrap().as_bytes())
        .build()
        .unwrap();
    let outcome = fetch(&client, &Response::new(20)).await;
    assert_refused(&server, &outcome, "issuer");
}

#[tokio::test]
async fn hostile_26_a_client_certificate_is_shown_where_it_is_given() {
    for http2 in [false, true] {
        let server = server(Tls::ClientCertificateRequired, http2).await;
        let outcome = fetch(&client(&server), &Response::new(20)).await;
        assert_eq!(outcome.error().kind(), ErrorKind::Transport);
        assert!(outcome.error().to_string().to_lowercase().contains("certificate"), "{}", outcome.error());
        assert_eq!(server.log().token_requests, 0);
        let client =
            builder(&server).client_certificate(server.client_pem().unwrap().as_bytes()).build().unwrap();
        let outcome = fetch(&client, &Response::new(20)).await;
        outcome.end.unwrap();
        assert_eq!(outcome.items, 20);
    }
}
