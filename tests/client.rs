//! The client against a mock PAM Core and against servers that misbehave, over real sockets.
#![cfg(feature = "client")]

#[path = "client/checks.rs"]
mod checks;
#[path = "client/faults.rs"]
mod faults;
#[path = "client/limits.rs"]
mod limits;
#[path = "client/raw.rs"]
mod raw;
#[path = "client/retries.rs"]
mod retries;
#[path = "client/secrets.rs"]
mod secrets;
#[path = "client/slow.rs"]
mod slow;
#[path = "client/tokens.rs"]
mod tokens;
#[path = "client/ways.rs"]
mod ways;

use mock_pam_core::{EnvelopeShape, Failure, Layout, MockPamCore, Population, Reply, Response, Session};
use remote_sessions::client::{Body, Client, ClientBuilder, Retries};
use remote_sessions::{
    ApiErrorKind, AsyncReader, Builder, Completeness, Error, ErrorKind, RemoteSession, Text,
};

/// A client of the mock with the credentials that the mock knows, that makes no request again.
fn client(server: &MockPamCore) -> Client {
    builder(server).build().unwrap()
}

fn builder(server: &MockPamCore) -> ClientBuilder {
    let builder = Client::builder(server.url()).credentials("mock-client", "mock-secret".into());
    let builder = match server.ca_pem() {
        Some(pem) => builder.ca_certificates(pem.as_bytes()),
        None => builder,
    };
    builder.retries(once())
}

fn once() -> Retries {
    let mut retries = Retries::default();
    retries.tries = 1;
    retries
}

/// Everything that a reader gives, and how it ended.
async fn drain(reader: &mut AsyncReader<Body>) -> (Vec<RemoteSession<'static>>, Result<(), Error>) {
    let mut sessions = Vec::new();
    loop {
        match reader.next_item().await {
            Ok(Some(item)) => sessions.push(item.session().unwrap().into_owned()),
            Ok(None) => return (sessions, Ok(())),
            Err(error) => return (sessions, Err(error)),
        }
    }
}

/// The error of a list, wherever it shows.
async fn failure(client: &Client) -> Error {
    match client.remote_sessions().await {
        Err(error) => error,
        Ok(mut reader) => drain(&mut reader).await.1.unwrap_err(),
    }
}

fn assert_same(session: &RemoteSession<'_>, expected: &Session) {
    fn text(text: Option<Text<'_>>) -> Option<String> {
        text.map(|text| text.to_str().into_owned())
    }
    assert_eq!(session.id(), expected.id);
    assert_eq!(text(session.user()), expected.user);
    assert_eq!(text(session.origin_ip()), expected.origin_ip);
    assert_eq!(text(session.credential()), expected.credential);
    assert_eq!(text(session.device()), expected.device);
    assert_eq!(text(session.protocol()), expected.protocol);
    assert_eq!(text(session.proxy()), expected.proxy);
    assert_eq!(text(session.session_id()), expected.session_id);
    assert_eq!(text(session.start()), expected.start);
    assert_eq!(text(session.end()), expected.end);
    assert_eq!(text(session.time()), expected.time);
    assert_eq!(text(session.prevent_purge()), expected.prevent_purge);
    assert_eq!(text(session.request()), expected.request);
    assert_eq!(text(session.itsm()), expected.itsm);
}

#[tokio::test]
async fn every_shape_arrives_whole_compressed_or_not() {
    for gzip in [false, true] {
        let server = MockPamCore::builder().gzip(gzip).start().await.unwrap();
        let client = client(&server);
        for (shape, layout) in EnvelopeShape::ALL.into_iter().zip(Layout::ALL.into_iter().rev().cycle()) {
            let response = Response::new(500).envelope(shape).layout(layout).seed(3);
            server.set_response(response.clone());
            let mut reader = client.remote_sessions().await.unwrap();
            let (sessions, end) = drain(&mut reader).await;
            end.unwrap();
            assert_eq!(sessions.len(), 500);
            for (session, expected) in sessions.iter().zip(response.sessions()) {
                assert_same(session, &expected);
            }
            let (summary, wire) = (reader.summary(), reader.get_ref().wire_bytes());
            assert_eq!(summary.bytes(), response.byte_count());
            assert_eq!(summary.completeness() == Completeness::Complete, shape != EnvelopeShape::Unclosed);
            assert_eq!(wire < summary.bytes() / 2, gzip, "{wire} of {} bytes", summary.bytes());
            assert!(gzip || wire == summary.bytes());
        }
        assert_eq!(server.log().token_requests, 1);
    }
}

#[tokio::test]
async fn a_long_list_of_wide_items_arrives_in_order() {
    let response = Response::new(4000).population(Population::Wide).layout(Layout::Utf8);
    let server = MockPamCore::builder().gzip(true).response(response.clone()).start().await.unwrap();
    let mut reader = client(&server).remote_sessions().await.unwrap();
    let mut expected = response.sessions();
    while let Some(item) = reader.next_item().await.unwrap() {
        assert_same(&item.session().unwrap(), &expected.next().unwrap());
    }
    assert!(expected.next().is_none());
}

#[tokio::test]
async fn settings_of_the_parser_are_used() {
    let response = Response::new(3).envelope(EnvelopeShape::Unclosed);
    let server = MockPamCore::builder().response(response).start().await.unwrap();
    let strict = Builder::new().strict(true);
    let mut reader = client(&server).remote_sessions_with(&strict).await.unwrap();
    let (sessions, end) = drain(&mut reader).await;
    assert_eq!((sessions.len(), end.unwrap_err().kind()), (3, ErrorKind::Unclosed));
}

#[tokio::test]
async fn the_request_is_as_documented() {
    let server = MockPamCore::builder()
        .list_paths(["/prefix/api/session/remotesessions"])
        .token_paths(["/prefix/oauth/token"])
        .start()
        .await
        .unwrap();
    for base in ["/prefix", "/prefix/"] {
        let client = Client::builder(server.url() + base)
            .credentials("mock-client", "mock-secret".into())
            .list_path("/api/session/remotesessions")
            .token_path("oauth/token")
            .build()
            .unwrap();
        assert_eq!(drain(&mut client.remote_sessions().await.unwrap()).await.0.len(), 1000);
    }
    let log = server.log();
    assert_eq!((log.token_requests, log.list_requests, log.other_requests), (2, 2, 0));
    let request = log.last_list_request.unwrap();
    assert_eq!(request.method, "GET");
    assert_eq!(request.path, "/prefix/api/session/remotesessions");
    assert_eq!(request.authorization_scheme.as_deref(), Some("Bearer"));
    assert_eq!(request.header("accept"), Some("application/json"));
    assert_eq!(request.header("accept-encoding"), Some("zstd, gzip, br"));
    let agent = concat!("remote-sessions/", env!("CARGO_PKG_VERSION"));
    assert_eq!(request.header("user-agent"), Some(agent));
    let request = log.last_token_request.unwrap();
    assert_eq!((request.method.as_str(), request.header("user-agent")), ("POST", Some(agent)));
    assert_eq!(request.authorization_scheme, None);
}

#[tokio::test]
async fn each_documented_error_is_told_with_cause_and_remedy() {
    let kinds = [
        (Failure::ResourceNotFound, ApiErrorKind::ResourceNotFound, 404),
        (Failure::Unexpected, ApiErrorKind::Unexpected, 500),
        (Failure::NotAuthorized, ApiErrorKind::NotAuthorized, 500),
        (Failure::ClientAuthenticationFailed, ApiErrorKind::ClientAuthenticationFailed, 401),
        (Failure::InvalidSignature, ApiErrorKind::InvalidSignature, 401),
        (Failure::NoRoute, ApiErrorKind::NoRoute, 404),
        (Failure::TimedOut, ApiErrorKind::RequestTimedOut, 504),
    ];
    assert_eq!(kinds.len(), Failure::ALL.len());
    for (sent, kind, code) in kinds {
        let server = MockPamCore::builder().list_reply(sent).start().await.unwrap();
        let error = failure(&client(&server)).await;
        assert_eq!(error.kind(), ErrorKind::Api, "{error}");
        let api = error.api_error().unwrap();
        assert_eq!((api.kind(), api.code(), api.message()), (kind, Some(code), sent.message()));
        assert!(error.to_string().contains(kind.cause().unwrap()), "{error}");
        assert_eq!(error.remedy(), kind.remedy());

        let server = MockPamCore::builder().token_reply(sent).start().await.unwrap();
        let error = failure(&client(&server)).await;
        assert_eq!(error.kind(), ErrorKind::Authentication, "{error}");
        assert_eq!(error.api_error().unwrap().kind(), kind);
        assert_eq!((server.log().token_requests, server.log().list_requests), (1, 0));
    }
}

#[tokio::test]
async fn an_error_is_one_whatever_the_status_or_the_body_says() {
    let innocent = r#"{"code":200,"response":{"status":200,"message":"all is well","error":false},"remote_sessions":[{"id":1}]}"#;
    // (HTTP status, body, message, code)
    let cases = [
        (500, innocent, "all is well", 500),
        (500, r#"{"remote_sessions":[]}"#, "", 500),
        (503, "", "", 503),
        (504, "<html>gateway</html>", "Request timed out", 504),
        (418, r#"{"error_description":"short and stout"}"#, "short and stout", 418),
        (400, r#"{"error":"invalid_request"}"#, "invalid_request", 400),
        (502, r#"["nonsense"]"#, "", 502),
        (
            403,
            r#"{"message":"You are not authorized to access this resource"}"#,
            "You are not authorized to access this resource",
            403,
        ),
        (
            200,
            r#"{"code":404,"response":{"status":404,"message":"Resource sub not found","error":true,"error_code":4}}"#,
            "Resource sub not found",
            404,
        ),
    ];
    for (status, body, message, code) in cases {
        let server = MockPamCore::builder().list_reply(Reply::new(status, body)).start().await.unwrap();
        let error = failure(&client(&server)).await;
        assert_eq!(error.kind(), ErrorKind::Api, "{body}");
        let api = error.api_error().unwrap();
        assert_eq!((api.message(), api.code()), (message, Some(code)), "{body}");
    }
}

#[tokio::test]
async fn an_error_after_the_items_comes_after_the_items() {
    let late = Response::new(100).envelope(EnvelopeShape::Late).status(Failure::Unexpected.status().unwrap());
    let server = MockPamCore::builder().gzip(true).response(late).start().await.unwrap();
    let (sessions, end) = drain(&mut client(&server).remote_sessions().await.unwrap()).await;
    assert_eq!((sessions.len(), end.unwrap_err().kind()), (100, ErrorKind::Api));
}

#[tokio::test]
async fn an_unknown_error_is_passed_on_bounded_and_escaped() {
    let long = format!(r#"{{"message":"\u001b[31mred {}"}}"#, "x".repeat(3000));
    for (status, body) in
        [(500, long.as_str()), (200, long.as_str()), (502, "\u{1b}[31m<html>".repeat(9).as_str())]
    {
        let server =
            MockPamCore::builder().list_reply(Reply::new(status, body.to_owned())).start().await.unwrap();
        let error = failure(&client(&server)).await;
        assert_eq!(error.api_error().unwrap().kind(), ApiErrorKind::Other);
        let text = error.to_string();
        assert!(text.contains(r"\u{1b}[31m") && !text.contains('\u{1b}') && text.len() < 700, "{text}");
    }
}
