//! How a token is asked for, kept, renewed and given up.

use std::time::Duration;

use mock_pam_core::{ClientAuthentication, Failure, MockPamCore, Reply, Response};
use remote_sessions::ErrorKind;
use remote_sessions::client::{Authentication, Client};

use super::{client, drain, failure};

/// Whatever a form, a URL or a header could trip over.
const ODD: &str = "pä ss:w%rd+&=/?\"€";

#[tokio::test]
async fn both_styles_carry_any_character_and_only_where_they_should() {
    let styles = [
        (ClientAuthentication::Form, Authentication::Form, Authentication::Basic),
        (ClientAuthentication::Basic, Authentication::Basic, Authentication::Form),
    ];
    for (wanted, right, wrong) in styles {
        let server =
            MockPamCore::builder().credentials(ODD, ODD).client_authentication(wanted).start().await.unwrap();
        let with = |style| {
            let builder = Client::builder(server.url()).credentials(ODD, ODD.into());
            builder.authentication(style).retries(super::once()).build().unwrap()
        };
        let (sessions, end) = drain(&mut with(right).remote_sessions().await.unwrap()).await;
        end.unwrap();
        assert_eq!(sessions.len(), 1000);
        let scheme = server.log().last_token_request.unwrap().authorization_scheme;
        assert_eq!(scheme.as_deref(), (right == Authentication::Basic).then_some("Basic"));
        assert_eq!(failure(&with(wrong)).await.kind(), ErrorKind::Authentication);
    }
}

#[tokio::test]
async fn a_token_is_shared_by_clones_and_callers() {
    let server = MockPamCore::builder().response(Response::new(5)).start().await.unwrap();
    let first = client(&server);
    let all = (0..20).map(|_| {
        let client = first.clone();
        async move { drain(&mut client.remote_sessions().await.unwrap()).await.0.len() }
    });
    assert_eq!(futures_util::future::join_all(all).await, [5; 20]);
    assert_eq!((server.log().token_requests, server.log().list_requests), (1, 20));
    assert!(failure(&client_with_secret(&server, "wrong")).await.kind() == ErrorKind::Authentication);
}

#[tokio::test]
async fn callers_at_once_share_a_refusal() {
    let server = MockPamCore::builder().start().await.unwrap();
    let wrong = client_with_secret(&server, "wrong");
    let all = (0..20).map(|_| failure(&wrong));
    let errors = futures_util::future::join_all(all).await;
    assert!(errors.iter().all(|error| error.kind() == ErrorKind::Authentication));
    assert_eq!(server.log().token_requests, 1);
    // The next one asks again: the secret may have been put right on the server.
    assert_eq!(failure(&wrong).await.kind(), ErrorKind::Authentication);
    assert_eq!(server.log().token_requests, 2);
}

#[tokio::test]
async fn a_token_that_has_expired_is_renewed() {
    let reply = |expires_in: u32| {
        let token = format!(r#"{{"token_type":"bearer","expires_in":{expires_in},"access_token":"t"}}"#);
        Reply::new(200, token)
    };
    for (expires_in, requests) in [(3600, 1), (0, 3)] {
        let list = Reply::new(200, r#"{"remote_sessions":[]}"#);
        let server =
            MockPamCore::builder().token_reply(reply(expires_in)).list_reply(list).start().await.unwrap();
        let client = client(&server);
        for _ in 0..3 {
            drain(&mut client.remote_sessions().await.unwrap()).await.1.unwrap();
        }
        assert_eq!(server.log().token_requests, requests);
    }
}

#[tokio::test]
async fn row_23_a_revoked_token_is_replaced_once() {
    let server = MockPamCore::builder().response(Response::new(7)).start().await.unwrap();
    let client = client(&server);
    for requests in 1..=3 {
        assert_eq!(drain(&mut client.remote_sessions().await.unwrap()).await.0.len(), 7);
        assert_eq!(server.log().token_requests, requests);
        server.revoke_tokens();
    }
    // 401, then well: nobody notices. 401 twice: the answer, and no third try.
    server.reply_to_next_list(Failure::InvalidSignature);
    assert_eq!(drain(&mut client.remote_sessions().await.unwrap()).await.0.len(), 7);
    let before = server.log();
    server.reply_to_lists(Some(Failure::InvalidSignature.into()));
    assert_eq!(failure(&client).await.kind(), ErrorKind::Api);
    let after = server.log();
    assert_eq!(after.list_requests - before.list_requests, 2);
    assert_eq!(after.token_requests - before.token_requests, 1);
}

#[tokio::test]
async fn a_call_dropped_at_any_await_harms_no_other() {
    let server = MockPamCore::builder().response(Response::new(3)).start().await.unwrap();
    let client = client(&server);
    for polls in 0..12 {
        server.revoke_tokens();
        let mut dropped = Box::pin(client.remote_sessions());
        for _ in 0..polls {
            if futures_util::poll!(&mut dropped).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(dropped);
        let (sessions, end) = drain(&mut client.remote_sessions().await.unwrap()).await;
        end.unwrap();
        assert_eq!(sessions.len(), 3);
    }
}

#[tokio::test]
async fn row_23_tokens_that_expire_at_once_do_not_loop() {
    let server = MockPamCore::builder().expires_in(Duration::ZERO).start().await.unwrap();
    let error = failure(&client(&server)).await;
    assert_eq!((error.kind(), error.api_error().unwrap().code()), (ErrorKind::Api, Some(401)));
    assert_eq!((server.log().token_requests, server.log().list_requests), (2, 2));
}

#[tokio::test]
async fn row_23_an_odd_reply_of_the_token_endpoint_is_an_authentication_error() {
    let huge = format!(r#"{{"access_token":"{}","token_type":"bearer"}}"#, "x".repeat(64 * 1024));
    // (HTTP status, body, part of the error)
    let cases = [
        (200, "", "expected a JSON object"),
        (200, "<html>hello</html>", "expected a JSON object"),
        (204, "", "expected a JSON object"),
        (200, "{}", "`access_token`"),
        (200, r#"{"access_token":"a\nb","token_type":"Bearer"}"#, "visible ASCII"),
        (200, r#"{"access_token":"a","token_type":"mac"}"#, "found `mac`"),
        (200, r#"{"access_token":"a","token_type":"Bearer","expires_in":"soon"}"#, "`expires_in`"),
        (200, r#"{"error":"invalid_client"}"#, "invalid_client"),
        (200, huge.as_str(), "at most 65536 bytes"),
        (302, "", "redirect"),
        (400, r#"{"error":"invalid_scope","error_description":"no such scope"}"#, "no such scope"),
        (500, "oops", "`oops`"),
    ];
    for (status, body, part) in cases {
        let reply = Reply::new(status, body.to_owned());
        let server = MockPamCore::builder().token_reply(reply).start().await.unwrap();
        let error = failure(&client(&server)).await;
        assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
        assert!(error.to_string().contains(part) && error.to_string().len() < 700, "{error}");
        assert!(error.remedy().is_some());
        assert_eq!((server.log().token_requests, server.log().list_requests), (1, 0));
    }
}

fn client_with_secret(server: &MockPamCore, secret: &str) -> Client {
    super::builder(server).credentials("mock-client", secret.into()).build().unwrap()
}
