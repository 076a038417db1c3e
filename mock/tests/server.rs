//! The server from outside, with a plain HTTP client.

use core::time::Duration;
use std::io::Read;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use flate2::read::GzDecoder;
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, Request};
use hyper_util::rt::TokioIo;
use mock_pam_core::{
    ClientAuthentication, EnvelopeShape, Failure, Layout, MockPamCore, Reply, Response, Status,
};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const LIST: &str = "/api/pam/session/remotesessions";
const TOKEN: &str = "/iso/oauth2/token";

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    #[track_caller]
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

async fn send(
    server: &MockPamCore,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Answer {
    let stream = TcpStream::connect(server.addr()).await.unwrap();
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake::<_, Full<Bytes>>(TokioIo::new(stream)).await.unwrap();
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path).header("host", "mock");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Full::from(body.to_owned())).unwrap();
    let (parts, body) = sender.send_request(request).await.unwrap().into_parts();
    let body = body.collect().await.unwrap().to_bytes();
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

async fn get(server: &MockPamCore, path: &str, headers: &[(&str, &str)]) -> Answer {
    send(server, "GET", path, headers, "").await
}

const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");
const GRANT: &str = "grant_type=client_credentials";
const GOOD_FORM: &str = "grant_type=client_credentials&client_id=mock-client&client_secret=mock-secret";

async fn bearer(server: &MockPamCore) -> String {
    let answer = send(server, "POST", TOKEN, &[FORM], GOOD_FORM).await;
    assert_eq!(answer.status, 200);
    let token = answer.json();
    assert_eq!(token["token_type"], "Bearer");
    format!("Bearer {}", token["access_token"].as_str().unwrap())
}

#[tokio::test]
async fn a_token_opens_the_list_at_every_documented_path() {
    let response = Response::new(3000).layout(Layout::Php).envelope(EnvelopeShape::Nested);
    let server = MockPamCore::builder().response(response.clone()).start().await.unwrap();
    let bearer = bearer(&server).await;
    for path in [LIST, "/api/session/remotesessions", "/iso/session/remotesessions", &format!("{LIST}?a=b")] {
        let answer = get(&server, path, &[("authorization", &bearer)]).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["content-type"], "application/json; charset=utf-8");
        assert_eq!(answer.headers["transfer-encoding"], "chunked");
        assert!(!answer.headers.contains_key("content-encoding"));
        assert!(answer.body == response.to_vec());
    }
    let log = server.log();
    assert_eq!((log.token_requests, log.tokens_issued, log.list_requests, log.other_requests), (1, 1, 4, 0));
    assert_eq!(log.lists_finished, 4);
    assert_eq!(log.produced_bytes, 4 * response.byte_count());
    assert_eq!(log.connections, 5);
}

#[tokio::test]
async fn the_log_keeps_headers_but_no_secrets() {
    let server = MockPamCore::builder().start().await.unwrap();
    let bearer = bearer(&server).await;
    let headers = [
        ("authorization", bearer.as_str()),
        ("user-agent", "tester/1"),
        ("accept-encoding", "gzip, br"),
        ("cookie", "canary"),
    ];
    get(&server, LIST, &headers).await;
    let log = server.log();
    let list = log.last_list_request.as_ref().unwrap();
    assert_eq!((list.method.as_str(), list.path.as_str()), ("GET", LIST));
    assert_eq!(list.authorization_scheme.as_deref(), Some("Bearer"));
    assert_eq!(list.header("User-Agent"), Some("tester/1"));
    assert_eq!(list.header("accept-encoding"), Some("gzip, br"));
    assert_eq!(log.last_token_request.as_ref().unwrap().authorization_scheme, None);
    let shown = format!("{log:?}");
    assert!(!shown.contains(bearer.trim_start_matches("Bearer ")) && !shown.contains("canary"));
}

#[tokio::test]
async fn clients_authenticate_by_form_or_by_basic_as_configured() {
    use ClientAuthentication::{Any, Basic, Form};
    // What needs encoding differs: `+` and space above all.
    let (id, secret) = ("agent:1", "p&ss wörd+=%");
    let encoded: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("client_id", id)
        .append_pair("client_secret", secret)
        .finish();
    let form = format!("{GRANT}&{encoded}");
    let component = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let basic = format!("Basic {}", STANDARD.encode(format!("{}:{}", component(id), component(secret))));
    let unencoded = format!("Basic {}", STANDARD.encode(format!("agent:{secret}")));
    for (accepted, form_status, basic_status) in [(Any, 200, 200), (Form, 200, 401), (Basic, 401, 200)] {
        let server = MockPamCore::builder()
            .credentials(id, secret)
            .client_authentication(accepted)
            .expires_in(Duration::from_secs(77))
            .start()
            .await
            .unwrap();
        let by_form = send(&server, "POST", TOKEN, &[FORM], &form).await;
        assert_eq!(by_form.status, form_status, "{accepted:?}");
        let by_basic = send(&server, "POST", TOKEN, &[FORM, ("authorization", &basic)], GRANT).await;
        assert_eq!(by_basic.status, basic_status, "{accepted:?}");
        let good = if form_status == 200 { by_form } else { by_basic };
        assert_eq!(good.json()["expires_in"], 77);
        let wrong = send(&server, "POST", TOKEN, &[FORM, ("authorization", &unencoded)], GRANT).await;
        assert_eq!(wrong.status, 401);
        let expected = json!({"error": "invalid_client", "message": "Client authentication failed."});
        assert_eq!(wrong.json(), expected);
    }
}

#[tokio::test]
async fn bad_token_requests_are_refused() {
    let server = MockPamCore::builder().start().await.unwrap();
    let basic = format!("Basic {}", STANDARD.encode("mock-client:mock-secret"));
    let long = format!("{GOOD_FORM}&filler={}", "x".repeat(70_000));
    type Headers<'h> = &'h [(&'h str, &'h str)];
    let cases: [(Headers<'_>, &str, u16, &str); 9] = [
        (
            &[FORM],
            "grant_type=client_credentials&client_id=mock-client&client_secret=wrong",
            401,
            "invalid_client",
        ),
        (
            &[FORM],
            "grant_type=client_credentials&client_id=other&client_secret=mock-secret",
            401,
            "invalid_client",
        ),
        (&[FORM], GRANT, 401, "invalid_client"),
        (&[FORM], "grant_type=password", 400, "unsupported_grant_type"),
        (&[FORM], "", 400, "invalid_request"),
        (&[("content-type", "application/json")], GOOD_FORM, 400, "invalid_request"),
        (&[], GOOD_FORM, 400, "invalid_request"),
        (&[FORM, ("authorization", &basic)], GOOD_FORM, 400, "invalid_request"),
        (&[FORM], &long, 400, "invalid_request"),
    ];
    for (headers, body, status, error) in cases {
        let answer = send(&server, "POST", TOKEN, headers, body).await;
        assert_eq!((answer.status, answer.json()["error"].as_str()), (status, Some(error)), "{headers:?}");
    }
    assert_eq!(server.log().tokens_issued, 0);
}

#[tokio::test]
async fn the_list_needs_a_good_token() {
    let server = MockPamCore::builder().start().await.unwrap();
    let missing = get(&server, LIST, &[]).await;
    assert_eq!(missing.status, 404);
    assert_eq!(missing.json(), json!({"message": "no Route matched with those values"}));
    let good = bearer(&server).await;
    for authorization in ["Bearer unknown", "Bearer", "Basic YTpi", &good.replace("Bearer", "Token")] {
        let answer = get(&server, LIST, &[("authorization", authorization)]).await;
        assert_eq!((answer.status, answer.json()), (401, json!({"message": "Invalid signature"})));
    }
    assert_eq!(get(&server, LIST, &[("authorization", &good)]).await.status, 200);
    server.revoke_tokens();
    assert_eq!(get(&server, LIST, &[("authorization", &good)]).await.status, 401);
}

#[tokio::test]
async fn tokens_expire() {
    let server = MockPamCore::builder().expires_in(Duration::ZERO).start().await.unwrap();
    let bearer = bearer(&server).await;
    assert_eq!(get(&server, LIST, &[("authorization", &bearer)]).await.status, 401);
}

#[tokio::test]
async fn every_documented_error_is_there_on_demand() {
    let server = MockPamCore::builder().start().await.unwrap();
    let bearer = bearer(&server).await;
    let authorized = [("authorization", bearer.as_str())];
    for failure in Failure::ALL {
        let reply = Reply::from(failure);
        server.reply_to_next_list(failure);
        server.reply_to_next_list(reply.clone().with_status(200));
        for status in [reply.status(), 200] {
            let answer = get(&server, LIST, &authorized).await;
            assert_eq!((answer.status, &answer.body[..]), (status, reply.body()), "{failure}");
        }
        server.reply_to_next_token(failure);
        let answer = send(&server, "POST", TOKEN, &[FORM], GOOD_FORM).await;
        assert_eq!((answer.status, &answer.body[..]), (reply.status(), reply.body()), "{failure}");
    }
    assert_eq!(get(&server, LIST, &authorized).await.status, 200, "the queue is used up");

    server.reply_to_next_list(Reply::from(Failure::NotAuthorized).with_status(403));
    let refused = get(&server, LIST, &authorized).await;
    assert_eq!((refused.status, refused.json()["code"].as_i64()), (403, Some(500)));

    server.reply_to_next_list(Reply::message(503, "later").with_header("Retry-After", "7"));
    assert_eq!(get(&server, LIST, &authorized).await.headers["retry-after"], "7");
}

#[tokio::test]
async fn standing_replies_stand_until_taken_back() {
    let server = MockPamCore::builder()
        .list_reply(Failure::Unexpected)
        .token_reply(Failure::ClientAuthenticationFailed)
        .start()
        .await
        .unwrap();
    for _ in 0..2 {
        let answer = get(&server, LIST, &[]).await;
        assert_eq!(answer.status, 500);
        assert_eq!(answer.json()["exception"]["message"], "Unexpected error.");
        assert_eq!(send(&server, "POST", TOKEN, &[FORM], GOOD_FORM).await.status, 401);
    }
    server.reply_to_lists(None);
    server.reply_to_tokens(None);
    let bearer = bearer(&server).await;
    assert_eq!(get(&server, LIST, &[("authorization", &bearer)]).await.status, 200);
}

#[tokio::test]
async fn an_error_can_come_after_the_items() {
    let late = Response::new(20).envelope(EnvelopeShape::Late).status(Failure::Unexpected.status().unwrap());
    let server = MockPamCore::builder().start().await.unwrap();
    server.set_response(late);
    let bearer = bearer(&server).await;
    let answer = get(&server, LIST, &[("authorization", &bearer)]).await;
    assert_eq!(answer.status, 200);
    let document = answer.json();
    assert_eq!(document["remote_sessions"].as_array().unwrap().len(), 20);
    assert_eq!((&document["code"], &document["response"]["error"]), (&json!(500), &json!(true)));
    assert!(answer.body.starts_with(br#"{"remote_sessions":["#));
    assert_ne!(Status::ok(), Failure::Unexpected.status().unwrap());
}

#[tokio::test]
async fn everything_else_is_not_found() {
    let server = MockPamCore::builder().list_paths(["/list"]).token_paths(["/token"]).start().await.unwrap();
    for (method, path) in [("GET", "/"), ("GET", LIST), ("POST", TOKEN), ("POST", "/list"), ("GET", "/token")]
    {
        let answer = send(&server, method, path, &[], "").await;
        assert_eq!(answer.status, 404);
        let body = answer.json();
        assert_eq!((&body["code"], &body["response"]["error_code"]), (&json!(404), &json!(4)));
        assert_eq!(body["response"]["message"], "Resource sub not found");
    }
    assert_eq!(send(&server, "POST", "/token", &[FORM], GOOD_FORM).await.status, 200);
    assert_eq!(get(&server, "/list", &[]).await.json()["message"], "no Route matched with those values");
    assert_eq!(server.log().other_requests, 5);
}

#[tokio::test]
async fn gzip_is_used_where_both_sides_want_it() {
    // Enough for many compressed frames, and little enough for one.
    for items in [0, 1, 20_000] {
        let response = Response::new(items).layout(Layout::Utf8);
        let server = MockPamCore::builder().gzip(true).response(response.clone()).start_in_thread().unwrap();
        let bearer = bearer(&server).await;
        let authorization = ("authorization", bearer.as_str());
        let plain = get(&server, LIST, &[authorization]).await;
        assert!(!plain.headers.contains_key("content-encoding"));
        assert_eq!(plain.headers["vary"], "accept-encoding");
        assert!(plain.body == response.to_vec());
        let packed = get(&server, LIST, &[authorization, ("accept-encoding", "br, gzip;q=0.8")]).await;
        assert_eq!(packed.headers["content-encoding"], "gzip");
        let mut unpacked = Vec::new();
        GzDecoder::new(&packed.body[..]).read_to_end(&mut unpacked).unwrap();
        assert!(unpacked == plain.body);
        assert_eq!(server.log().lists_finished, 2);
    }
}

/// Opens a list and reads nothing but its first bytes.
async fn half_open(server: &MockPamCore, encoding: &str) -> TcpStream {
    let bearer = bearer(server).await;
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    let request = format!(
        "GET {LIST} HTTP/1.1\r\nhost: mock\r\nauthorization: {bearer}\r\naccept-encoding: {encoding}\r\n\r\n"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).await.unwrap();
    assert_eq!(&start, b"HTTP/1.1 200");
    stream
}

#[tokio::test]
async fn a_client_that_does_not_read_stops_the_generator() {
    // Sockets may buffer several megabytes; compressed ones stand for several times as much. The list is far larger.
    for (encoding, bound) in [("identity", 32 << 20), ("gzip", 256 << 20)] {
        let server =
            MockPamCore::builder().response(Response::new(1 << 40)).gzip(true).start_in_thread().unwrap();
        let _stream = half_open(&server, encoding).await;
        let mut before = 0;
        loop {
            tokio::time::sleep(Duration::from_millis(200)).await;
            let log = server.log();
            assert!(log.produced_bytes <= bound, "{} bytes made and nothing read", log.produced_bytes);
            assert!(log.produced_bytes > 0);
            if log.produced_bytes == before {
                break;
            }
            before = log.produced_bytes;
        }
        assert_eq!(server.log().lists_finished, 0);
    }
}

#[tokio::test]
async fn a_server_that_ends_takes_its_connections_along() {
    let endless = || MockPamCore::builder().response(Response::new(1 << 40));
    for in_thread in [false, true] {
        for dropped in [false, true] {
            let server = if in_thread {
                endless().start_in_thread().unwrap()
            } else {
                endless().start().await.unwrap()
            };
            let addr = server.addr();
            let mut stream = half_open(&server, "identity").await;
            if dropped {
                drop(server)
            } else {
                server.stop().await
            }
            // What was on its way still arrives; then comes the end, by a reset or not, but without the last chunk.
            let mut rest = vec![0; 1 << 16];
            let mut tail = Vec::new();
            while let Ok(count @ 1..) = stream.read(&mut rest).await {
                tail = rest[..count].to_vec();
            }
            assert!(!tail.ends_with(b"\r\n0\r\n\r\n"));
            if !dropped {
                assert!(TcpStream::connect(addr).await.is_err());
            }
        }
    }
}

#[tokio::test(start_paused = true)]
async fn latency_holds_the_answer_back() {
    // A paused clock moves on by itself when everybody waits, so no real time passes and the sum is exact.
    let hour = Duration::from_secs(3600);
    let server = MockPamCore::builder().latency(hour).list_reply(Failure::TimedOut).start().await.unwrap();
    let before = tokio::time::Instant::now();
    assert_eq!(get(&server, LIST, &[]).await.status, 504);
    assert!(before.elapsed() >= hour);
}

#[tokio::test]
async fn connections_are_kept_for_several_requests() {
    let server = MockPamCore::builder().response(Response::new(2)).start().await.unwrap();
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    for end in ["keep-alive", "close"] {
        let request = format!("GET /nowhere HTTP/1.1\r\nhost: mock\r\nconnection: {end}\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
    }
    let mut both = String::new();
    stream.read_to_string(&mut both).await.unwrap();
    assert_eq!(both.matches("HTTP/1.1 404 Not Found").count(), 2);
    assert_eq!(server.log().connections, 1);
}
