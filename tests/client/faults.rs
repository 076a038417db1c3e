//! Rows 18 to 25 of what can go wrong on the way: servers that cut, lie and send elsewhere.

use std::io::Write;
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use remote_sessions::{Error, ErrorKind};
use tokio::time::timeout;

use super::raw::{End, Raw, response};
use super::{drain, failure};

/// Two items, closed.
const WHOLE: &[u8] =
    br#"{"code":200,"remote_sessions":[{"id":"3","user":"Admin"},{"id":"6","user":"Admin"}]}"#;

/// How many items came, and the end.
async fn fetch(answer: Vec<u8>, end: End) -> (usize, Result<(), Error>) {
    let server = Raw::start(answer, end).await;
    match server.client().remote_sessions().await {
        Err(error) => (0, Err(error)),
        Ok(mut reader) => {
            let (sessions, end) = drain(&mut reader).await;
            // Sticky.
            assert_eq!(reader.next_item().await.err().map(|e| e.kind()), end.as_ref().err().map(Error::kind));
            (sessions.len(), end)
        }
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn chunked(bytes: &[u8]) -> Vec<u8> {
    let mut body = format!("{:x}\r\n", bytes.len()).into_bytes();
    body.extend_from_slice(bytes);
    body.extend_from_slice(b"\r\n");
    body
}

fn length(count: usize) -> String {
    format!("content-length: {count}\r\n")
}

/// Before the first item a transport error, after it an interruption; always an error.
fn assert_broken(items: usize, end: Result<(), Error>) {
    let expected = if items == 0 { ErrorKind::Transport } else { ErrorKind::Interrupted };
    let error = end.unwrap_err();
    assert_eq!(error.kind(), expected, "{error}");
}

#[tokio::test]
async fn what_ends_as_announced_is_complete() {
    let terminated = [chunked(WHOLE), b"0\r\n\r\n".to_vec()].concat();
    let whole = [
        response("200 OK", &length(WHOLE.len()), WHOLE),
        response("200 OK", "", WHOLE),
        response("200 OK", "transfer-encoding: chunked\r\n", &terminated),
        response("200 OK", "content-encoding: identity\r\n", WHOLE),
        response("200 OK", "Content-Encoding: X-GZIP\r\n", &gzip(WHOLE)),
    ];
    for answer in whole {
        let (items, end) = fetch(answer, End::Close).await;
        end.unwrap();
        assert_eq!(items, 2);
    }
}

#[tokio::test]
async fn a_body_shorter_than_announced_is_broken_even_if_its_json_is_closed() {
    for (sent, items) in [(0, 0), (10, 0), (60, 1), (WHOLE.len(), 2)] {
        let answer = response("200 OK", &length(WHOLE.len() + 1), &WHOLE[..sent]);
        let (found, outcome) = fetch(answer.clone(), End::Close).await;
        assert_eq!(found, items);
        assert_broken(found, outcome);
        // A reset may overtake what was sent before it.
        let (found, outcome) = fetch(answer, End::Reset).await;
        assert!(found <= items);
        assert_broken(found, outcome);
    }
    // 2^64 - 1 and more: nothing is allocated for it, and it is not believed.
    for length in ["18446744073709551615", "99999999999999999999"] {
        let (items, end) =
            fetch(response("200 OK", &format!("content-length: {length}\r\n"), WHOLE), End::Close).await;
        assert_broken(items, end);
    }
}

#[tokio::test]
async fn chunks_without_their_end_are_broken() {
    let bad_size = [chunked(&WHOLE[..60]), b"zz\r\n".to_vec()].concat();
    for (body, items) in [(chunked(WHOLE), 2), (chunked(&WHOLE[..60]), 1), (Vec::new(), 0), (bad_size, 1)] {
        let (found, end) =
            fetch(response("200 OK", "transfer-encoding: chunked\r\n", &body), End::Close).await;
        assert_eq!(found, items);
        assert_broken(found, end);
    }
}

#[tokio::test]
async fn a_body_that_ends_early_but_as_announced_is_truncated() {
    for (headers, sent) in [(String::new(), 60), (length(60), WHOLE.len()), (length(0), 0)] {
        let (_, end) = fetch(response("200 OK", &headers, &WHOLE[..sent]), End::Close).await;
        assert_eq!(end.unwrap_err().kind(), ErrorKind::Truncated);
    }
}

#[tokio::test]
async fn gzip_cut_at_any_byte_is_broken() {
    let packed = gzip(WHOLE);
    for cut in 0..packed.len() {
        // With a length that agrees: only the decoder can know.
        let headers = length(cut) + "content-encoding: gzip\r\n";
        let (items, end) = fetch(response("200 OK", &headers, &packed[..cut]), End::Close).await;
        assert_broken(items, end);
    }
}

#[tokio::test]
async fn gzip_with_a_wrong_checksum_a_wrong_size_or_junk_is_broken() {
    let packed = gzip(WHOLE);
    let spoilt = |at: usize| {
        let mut bytes = packed.clone();
        bytes[at] ^= 1;
        bytes
    };
    let junk = [packed.as_slice(), b"junk"].concat();
    let cut_member = [packed.as_slice(), &packed[..5]].concat();
    for body in
        [spoilt(0), spoilt(packed.len() - 8), spoilt(packed.len() - 1), junk, cut_member, WHOLE.to_vec()]
    {
        let (items, end) = fetch(response("200 OK", "content-encoding: gzip\r\n", &body), End::Close).await;
        let error = end.as_ref().unwrap_err();
        assert!(error.to_string().contains("gzip"), "{error}");
        assert_broken(items, end);
    }
}

#[tokio::test]
async fn gzip_of_several_members_is_one_body() {
    for cut in [0, 1, 40, WHOLE.len()] {
        let body = [gzip(&WHOLE[..cut]), gzip(&WHOLE[cut..])].concat();
        let (items, end) = fetch(response("200 OK", "content-encoding: gzip\r\n", &body), End::Close).await;
        end.unwrap();
        assert_eq!(items, 2);
    }
}

#[tokio::test]
async fn wire_bytes_and_length_are_those_of_the_wire() {
    let packed = gzip(WHOLE);
    let headers = length(packed.len()) + "content-encoding: gzip\r\n";
    let server = Raw::start(response("200 OK", &headers, &packed), End::Close).await;
    let mut reader = server.client().remote_sessions().await.unwrap();
    assert_eq!(reader.get_ref().wire_length(), Some(packed.len() as u64));
    assert_eq!(reader.get_ref().wire_bytes(), 0);
    drain(&mut reader).await.1.unwrap();
    assert_eq!(reader.get_ref().wire_bytes(), packed.len() as u64);
    assert_eq!(reader.summary().bytes(), WHOLE.len() as u64);
    let request = server.requests().pop().unwrap();
    assert!(request.contains("\r\nauthorization: Bearer raw-token\r\n"), "{request}");
}

#[tokio::test]
async fn an_unknown_encoding_is_named() {
    for (headers, named) in [
        ("content-encoding: deflate\r\n", "`deflate`"),
        ("content-encoding: gzip, zstd\r\n", "`gzip, zstd`"),
        ("content-encoding: gzip\r\ncontent-encoding: gzip\r\n", "`gzip, gzip`"),
    ] {
        let (_, end) = fetch(response("200 OK", headers, WHOLE), End::Close).await;
        let error = end.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert!(error.to_string().contains(named), "{error}");
    }
}

#[tokio::test]
async fn a_redirect_is_refused_and_shown() {
    for (status, target, shown) in [
        ("302 Found", "location: https://evil.example/\u{9b}x\r\n", "`https://evil.example/\\u{9b}x`"),
        ("307 Temporary Redirect", "location: //evil.example/login\r\n", "`//evil.example/login`"),
        ("300 Multiple Choices", "location: /login\r\n", "`/login`"),
        ("301 Moved Permanently", "", "to nowhere"),
    ] {
        let server = Raw::start(response(status, &(target.to_owned() + &length(0)), b""), End::Close).await;
        let error = failure(&server.client()).await;
        assert_eq!(error.kind(), ErrorKind::Api);
        assert!(error.to_string().contains(shown) && error.to_string().contains("refused"), "{error}");
        assert_eq!(error.api_error().unwrap().code().unwrap().to_string(), status[..3]);
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn what_only_a_cache_answers_is_not_called_a_redirect() {
    for status in ["304 Not Modified", "300 Multiple Choices", "305 Use Proxy"] {
        let server = Raw::start(response(status, &length(0), b""), End::Close).await;
        let error = failure(&server.client()).await;
        assert_eq!(error.kind(), ErrorKind::Api);
        let expected = format!("found the status {} without one", &status[..3]);
        assert!(error.message().contains(&expected) && !error.message().contains("redirect"), "{error}");
        assert_eq!(error.api_error().unwrap().code().unwrap().to_string(), status[..3]);
        assert_eq!(server.requests().len(), 2);
    }
}

#[tokio::test]
async fn a_response_that_has_no_body_is_not_called_a_list_that_was_cut() {
    for status in ["204 No Content", "205 Reset Content"] {
        let (count, end) = fetch(response(status, "", b""), End::Close).await;
        let error = end.unwrap_err();
        assert_eq!((count, error.kind()), (0, ErrorKind::Transport), "{error}");
        let expected = format!("found a response without a body (status {})", &status[..3]);
        assert!(error.message().ends_with(&expected), "{error}");
    }
}

#[tokio::test]
async fn a_status_of_the_body_is_told_from_that_of_http() {
    let body = br#"{"code":503,"response":{"status":503,"message":"slow","error":true}}"#;
    for (status, shown) in [
        ("500 Internal Server Error", "slow, status 503, HTTP status 500"),
        ("503 Service Unavailable", "slow, status 503"),
        ("200 OK", "slow, status 503"),
    ] {
        let (_, end) = fetch(response(status, &length(body.len()), body), End::Close).await;
        assert!(end.as_ref().unwrap_err().message().ends_with(shown), "{end:?}");
    }
}

#[tokio::test]
async fn a_part_is_not_taken_for_the_whole() {
    let (_, end) = fetch(response("206 Partial Content", &length(WHOLE.len()), WHOLE), End::Close).await;
    let error = end.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.remedy().unwrap().contains("a gateway or a cache"), "{:?}", error.remedy());
}

#[tokio::test]
async fn of_an_error_response_only_the_beginning_is_read() {
    // Announces more than there is memory for and never ends: who reads on, waits for ever.
    let start = [br#"{"message":"slow down","padding":""#.as_slice(), &[b'x'; 1 << 20]].concat();
    for headers in ["content-length: 1000000000000\r\n", "transfer-encoding: chunked\r\n"] {
        let body = if headers.starts_with('c') { start.clone() } else { chunked(&start) };
        let fetched = fetch(response("429 Too Many Requests", headers, &body), End::Hold);
        let (_, end) = timeout(Duration::from_secs(60), fetched).await.expect("an end to reading");
        let error = end.unwrap_err();
        assert_eq!((error.kind(), error.api_error().unwrap().code()), (ErrorKind::Api, Some(429)));
        assert!(error.to_string().len() < 700, "{error}");
    }
    // A bomb is cut off just so; a cut or unreadable body still leaves the status.
    let bomb = gzip(&vec![b' '; 4 << 20]);
    for (headers, body) in [
        ("content-encoding: gzip\r\n", bomb.as_slice()),
        ("content-encoding: gzip\r\n", &bomb[..100]),
        ("content-encoding: br\r\n", b"?"),
        ("content-length: 100\r\n", br#"{"message":"#),
    ] {
        let (_, end) = fetch(response("503 Service Unavailable", headers, body), End::Close).await;
        assert_eq!(end.unwrap_err().api_error().unwrap().code(), Some(503));
    }
}

#[tokio::test]
async fn a_compressed_error_is_understood() {
    let body = gzip(br#"{"message":"Invalid signature"}"#);
    let (_, end) = fetch(response("403 Forbidden", "content-encoding: gzip\r\n", &body), End::Close).await;
    assert_eq!(end.unwrap_err().api_error().unwrap().message(), "Invalid signature");
}

#[tokio::test]
async fn what_is_no_http_is_a_transport_error() {
    let many = "x: y\r\n".repeat(2000);
    let giant = format!("x: {}\r\n", "y".repeat(2 << 20));
    for answer in [
        Vec::new(),
        b"HTTP/1.1 200".to_vec(),
        b"SSH-2.0-OpenSSH_9.6\r\n".to_vec(),
        response("200 OK", &many, WHOLE),
        response("200 OK", &giant, WHOLE),
    ] {
        let (items, end) = fetch(answer, End::Close).await;
        assert_broken(items, end);
    }
    // Nobody listens.
    let server = Raw::start(Vec::new(), End::Close).await;
    let client = server.client();
    drop(server);
    tokio::task::yield_now().await;
    let error = failure(&client).await;
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.to_string().contains("asking for an access token"), "{error}");
}
