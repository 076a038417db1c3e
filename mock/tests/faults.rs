//! Every fault from outside, on a plain socket: what a client gets to see.

use core::time::Duration;
use std::io::{ErrorKind, Read};

use flate2::read::{GzDecoder, MultiGzDecoder};
use mock_pam_core::{Encoding, Fault, FaultTarget, MockPamCore, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const LIST: &str = "/api/pam/session/remotesessions";
const TOKEN: &str = "/iso/oauth2/token";
const FORM: &str = "grant_type=client_credentials&client_id=mock-client&client_secret=mock-secret";

/// What came, and whether the connection was closed in good order.
struct Seen {
    bytes: Vec<u8>,
    closed: bool,
}

impl Seen {
    #[track_caller]
    fn parts(&self) -> (&str, &[u8]) {
        let end = self.bytes.windows(4).position(|four| four == b"\r\n\r\n").expect("a whole head");
        (core::str::from_utf8(&self.bytes[..end]).unwrap(), &self.bytes[end + 4..])
    }

    #[track_caller]
    fn head(&self) -> &str {
        self.parts().0
    }

    /// The body without its chunks, and what followed the last whole one.
    #[track_caller]
    fn chunks(&self) -> (Vec<u8>, &[u8]) {
        let (mut body, mut rest) = (Vec::new(), self.parts().1);
        loop {
            let Some(end) = rest.windows(2).position(|two| two == b"\r\n") else { return (body, rest) };
            let size = core::str::from_utf8(&rest[..end]).unwrap();
            let Ok(size @ 1..) = usize::from_str_radix(size, 16) else { return (body, rest) };
            body.extend_from_slice(&rest[end + 2..end + 2 + size]);
            rest = &rest[end + 2 + size + 2..];
        }
    }
}

/// Sends a request and reads until the connection ends.
async fn exchange(server: &MockPamCore, request: &str) -> Seen {
    let mut stream = TcpStream::connect(server.addr()).await.unwrap();
    let mut seen = Seen { bytes: Vec::new(), closed: false };
    if stream.write_all(request.as_bytes()).await.is_ok() {
        match stream.read_to_end(&mut seen.bytes).await {
            Ok(_) => seen.closed = true,
            Err(error) => assert_eq!(error.kind(), ErrorKind::ConnectionReset),
        }
    }
    seen
}

fn token_request() -> String {
    format!(
        "POST {TOKEN} HTTP/1.1\r\nhost: 127.0.0.1:9\r\nconnection: close\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{FORM}",
        FORM.len()
    )
}

async fn token(server: &MockPamCore) -> Seen {
    exchange(server, &token_request()).await
}

async fn list_request(server: &MockPamCore, accept: &str) -> String {
    let seen = token(server).await;
    let body = String::from_utf8(seen.parts().1.to_vec()).unwrap();
    let token = body.split('"').find(|part| part.starts_with("mock-token-")).unwrap();
    format!(
        "GET {LIST} HTTP/1.1\r\nhost: 127.0.0.1:9\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\
         accept-encoding: {accept}\r\n\r\n"
    )
}

async fn list(server: &MockPamCore) -> Seen {
    let request = list_request(server, "gzip, br, zstd").await;
    exchange(server, &request).await
}

async fn server(fault: Fault) -> MockPamCore {
    MockPamCore::builder().response(Response::new(50)).fault(fault).start().await.unwrap()
}

async fn list_with(fault: Fault) -> Seen {
    list(&server(fault).await).await
}

fn whole() -> Vec<u8> {
    Response::new(50).to_vec()
}

#[tokio::test]
async fn resets_and_closes_come_where_they_are_told_to() {
    let all = whole();
    let (len, more) = (all.len(), all.len() as u64 + 1000);
    for (fault, bytes, closed) in [
        (Fault::ResetAfter(0), 0, false),
        (Fault::ResetAfter(1), 1, false),
        (Fault::ResetAfter(5000), 5000, false),
        (Fault::ResetAfter(more), len, false),
        (Fault::CloseAfter(5000), 5000, true),
        (Fault::CloseAfter(more), len, true),
        (Fault::NoTerminator, len, true),
        (Fault::RstStream(5000), 5000, false),
        (Fault::GoAway(5000), 5000, false),
    ] {
        let seen = list_with(fault.clone()).await;
        let (body, rest) = seen.chunks();
        assert!(seen.head().contains("transfer-encoding: chunked"));
        assert_eq!((body.len(), rest.len(), seen.closed), (bytes, 0, closed), "{fault}");
        assert!(all.starts_with(&body));
    }
    for (fault, start, closed) in [
        (Fault::ResetBeforeHead, "", false),
        (Fault::ResetInHead, "HTTP/1.1 200 OK\r\ncontent-type: applica", false),
        (Fault::CloseInHead, "HTTP/1.1 200 OK\r\ncontent-type: applica", true),
        (Fault::NotHttp, "SSH-2.0-OpenSSH_9.6\r\n", true),
    ] {
        let seen = list_with(fault.clone()).await;
        assert_eq!((core::str::from_utf8(&seen.bytes), seen.closed), (Ok(start), closed), "{fault}");
    }
}

#[tokio::test]
async fn a_connection_can_be_reset_at_once() {
    let server = server(Fault::ResetOnConnect).await;
    server.add_fault(Fault::NoHead);
    let seen = exchange(&server, &token_request()).await;
    assert_eq!((seen.bytes.len(), seen.closed), (0, false));
    let log = server.log();
    assert_eq!((log.connections, log.token_requests, log.faults), (1, 0, 1));
    server.clear_faults();
    assert!(list(&server).await.closed);
}

#[tokio::test]
async fn bodies_end_early_in_good_order() {
    let all = whole();
    let seen = list_with(Fault::CutAfter(777)).await;
    assert_eq!(seen.chunks(), (all[..777].to_vec(), &b"0\r\n\r\n"[..]));
    let seen = list_with(Fault::UntilClose(777)).await;
    assert!(!seen.head().contains("transfer-encoding") && !seen.head().contains("content-length"));
    assert_eq!((seen.parts().1, seen.closed), (&all[..777], true));
    let seen = list_with(Fault::UntilClose(u64::MAX)).await;
    assert!(seen.parts().1 == all && seen.closed);
    let seen = list_with(Fault::BadChunkSize(777)).await;
    assert_eq!(seen.chunks(), (all[..777].to_vec(), &b"what?\r\nnothing\r\n"[..]));
}

#[tokio::test]
async fn lengths_lie() {
    let all = whole();
    let len = all.len() as u64;
    let line = |length: &dyn ToString| format!("content-length: {}", length.to_string());
    for (fault, lines) in [
        (Fault::ShortLength(10), vec![line(&(len - 10))]),
        (Fault::ShortLength(u64::MAX), vec![line(&0)]),
        (Fault::LongLength(10), vec![line(&(len + 10))]),
        (Fault::HugeLength, vec![line(&u64::MAX)]),
        (Fault::OddLength("-1".to_owned()), vec![line(&"-1")]),
        (Fault::TwoLengths, vec![line(&len), line(&(len + 1))]),
    ] {
        let seen = list_with(fault.clone()).await;
        let found: Vec<_> =
            seen.head().split("\r\n").filter(|line| line.starts_with("content-len")).collect();
        assert_eq!(found, lines, "{fault}");
        assert!(!seen.head().contains("transfer-encoding"));
        assert!(seen.parts().1 == all && seen.closed, "{fault}");
    }
}

#[tokio::test]
async fn heads_are_too_big() {
    let seen = list_with(Fault::ManyHeaders(150)).await;
    assert_eq!(seen.head().matches("\r\nx-mock-").count(), 150);
    let seen = list_with(Fault::GiantHeader(1 << 20)).await;
    assert!(seen.head().contains(&format!("\r\nx-mock: {}\r\n", "x".repeat(1 << 20))));
    assert_eq!(seen.chunks(), (whole(), &b"0\r\n\r\n"[..]));
}

#[tokio::test]
async fn stalls_last_and_drips_drip() {
    // Too short a while could only hide that something comes, never make a good server fail.
    let a_while = Duration::from_millis(200);
    for (fault, bytes) in [(Fault::NoHead, 0), (Fault::StallAfter(100), 100), (Fault::TokenNoHead, 0)] {
        let server = server(fault.clone()).await;
        let request = match fault.target() {
            FaultTarget::Token => token_request(),
            _ => list_request(&server, "").await,
        };
        let mut stream = TcpStream::connect(server.addr()).await.unwrap();
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut seen = Seen { bytes: Vec::new(), closed: false };
        let stalled = tokio::time::timeout(a_while, stream.read_to_end(&mut seen.bytes)).await;
        assert!(stalled.is_err(), "{fault}");
        let body = if bytes == 0 { Vec::new() } else { seen.chunks().0 };
        assert_eq!(body.len(), bytes, "{fault}");
    }
    let seen = list_with(Fault::Drip(100_000)).await;
    assert_eq!(seen.chunks(), (whole(), &b"0\r\n\r\n"[..]));
    // A twentieth of a second's share in each chunk.
    assert!(seen.parts().1.starts_with(b"1388\r\n"));
}

fn gunzip(bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    GzDecoder::new(bytes).read_to_end(&mut out).map(|_| out)
}

#[tokio::test]
async fn encodings_lie() {
    let all = whole();
    let seen = list_with(Fault::LyingEncoding).await;
    assert!(seen.head().contains("content-encoding: gzip"));
    assert_eq!(seen.chunks().0, all);
    let seen = list_with(Fault::UnknownEncoding).await;
    assert!(seen.head().contains("content-encoding: x-mock-unknown"));
    assert_eq!(seen.chunks().0, all);

    // An honest one of the same, to compare with.
    let honest = list_with(Fault::JunkAfterEncoding(String::new())).await.chunks().0;
    assert_eq!(gunzip(&honest).unwrap(), all);
    let spoilt = list_with(Fault::BadChecksum).await.chunks().0;
    assert_eq!(spoilt.iter().zip(&honest).filter(|(one, other)| one != other).count(), 1);
    assert_eq!(gunzip(&spoilt).unwrap_err().kind(), ErrorKind::InvalidInput);
    let cut = list_with(Fault::CutEncoding(100)).await;
    assert_eq!(cut.chunks(), (honest[..100].to_vec(), &b"0\r\n\r\n"[..]));
    let junk = list_with(Fault::JunkAfterEncoding("junk".to_owned())).await.chunks().0;
    assert_eq!(junk, [&honest[..], b"junk"].concat());
    for count in [1, 2, 3, 1000] {
        let members = list_with(Fault::SeveralMembers(count)).await.chunks().0;
        assert_eq!(members.windows(3).filter(|three| three == b"\x1f\x8b\x08").count(), count as usize);
        let mut out = Vec::new();
        MultiGzDecoder::new(&members[..]).read_to_end(&mut out).unwrap();
        assert!(out == all, "{count}");
    }
    let bomb = list_with(Fault::Bomb(10 << 20)).await.chunks().0;
    assert!(bomb.len() < 1 << 17, "{}", bomb.len());
    let out = gunzip(&bomb).unwrap();
    assert_eq!(out.len(), all.len() + (10 << 20));
    assert!(out.starts_with(&all) && out.ends_with(b"  "));
}

fn decoded(encoding: Encoding, bytes: &[u8]) -> std::io::Result<Vec<u8>> {
    let mut out = Vec::new();
    match encoding {
        Encoding::Gzip => return gunzip(bytes),
        Encoding::Brotli => brotli::Decompressor::new(bytes, 4096).read_to_end(&mut out)?,
        Encoding::Zstd => zstd::stream::read::Decoder::new(bytes)?.read_to_end(&mut out)?,
        _ => unreachable!("no other encoding is there"),
    };
    Ok(out)
}

#[tokio::test]
async fn every_encoding_is_spoken_and_broken() {
    for encoding in Encoding::ALL {
        for items in [0, 1, 20_000] {
            let response = Response::new(items);
            let builder = MockPamCore::builder().response(response.clone()).encoding(encoding);
            let server = builder.start_in_thread().unwrap();
            let seen = list(&server).await;
            assert!(seen.head().contains(&format!("content-encoding: {}", encoding.content_coding())));
            assert!(decoded(encoding, &seen.chunks().0).unwrap() == response.to_vec(), "{encoding}");
            let request = list_request(&server, "identity").await;
            assert!(exchange(&server, &request).await.chunks().0 == response.to_vec());

            server.add_fault(Fault::CutEncoding(10).times(1));
            assert!(decoded(encoding, &list(&server).await.chunks().0).is_err(), "{encoding}");
            server.add_fault(Fault::SeveralMembers(2).times(1));
            server.add_fault(Fault::BadChecksum.times(1));
            let [several, spoilt] = [list(&server).await, list(&server).await];
            if encoding == Encoding::Zstd {
                assert!(decoded(encoding, &several.chunks().0).unwrap() == response.to_vec());
                assert!(decoded(encoding, &spoilt.chunks().0).is_err());
            } else {
                // Brotli has neither.
                assert!(several.head().contains("content-encoding: gzip"));
                assert!(spoilt.head().contains("content-encoding: gzip"));
            }
        }
    }
}

#[tokio::test]
async fn redirects_lead_away() {
    let head = |seen: &Seen| seen.head().to_owned();
    let seen = head(&list_with(Fault::RedirectOrigin).await);
    assert!(
        seen.starts_with("HTTP/1.1 302 ") && seen.contains(&format!("location: http://localhost:9{LIST}"))
    );
    let seen = head(&list_with(Fault::RedirectHttp).await);
    assert!(
        seen.starts_with("HTTP/1.1 302 ") && seen.contains(&format!("location: http://127.0.0.1:9{LIST}"))
    );
    let seen = head(&list_with(Fault::RedirectWithin(1)).await);
    assert!(seen.starts_with("HTTP/1.1 307 ") && seen.contains(&format!("location: {LIST}?redirect=1\r\n")));
    let seen = head(&list_with(Fault::RedirectLoop(1)).await);
    assert!(seen.starts_with("HTTP/1.1 302 ") && seen.contains(&format!("location: {LIST}\r\n")));
    let seen = head(&list_with(Fault::RedirectWithin(0)).await);
    assert!(seen.starts_with("HTTP/1.1 200 "), "no more redirects: the list");
    let seen = head(&token(&server(Fault::TokenRedirect).await).await);
    assert!(
        seen.starts_with("HTTP/1.1 307 ") && seen.contains(&format!("location: http://localhost:9{TOKEN}"))
    );
}

#[tokio::test]
async fn tokens_are_odd() {
    let body =
        async |fault: Fault| String::from_utf8(token(&server(fault).await).await.parts().1.to_vec()).unwrap();
    assert!(body(Fault::TokenHuge(1 << 20)).await.len() > 1 << 20);
    assert!(body(Fault::TokenNotJson).await.starts_with("<!doctype html>"));
    assert!(body(Fault::TokenLineBreaks).await.contains(r"\r\nx-mock-injected: 1"));
    assert!(body(Fault::TokenOddExpiry("1e999".to_owned())).await.contains(r#""expires_in":1e999,"#));
    let refused = token(&server(Fault::TokenStatus(503)).await).await;
    assert!(refused.head().starts_with("HTTP/1.1 503 "));
    let cut = token(&server(Fault::TokenResetAfter(10)).await).await;
    assert_eq!((cut.parts().1.len(), cut.closed), (10, false));
}

#[tokio::test]
async fn faults_are_over_after_their_times() {
    let server = MockPamCore::builder()
        .response(Response::new(50))
        .fault(Fault::RetryAfter("Fri, 31 Dec 1999 23:59:59 GMT".to_owned()).times(1))
        .fault(Fault::Status(502).times(2))
        .fault(Fault::TokenExpires.times(1))
        .start()
        .await
        .unwrap();
    let seen = list(&server).await;
    assert!(seen.head().contains("retry-after: Fri, 31 Dec 1999 23:59:59 GMT"));
    for status in [502, 502, 401] {
        assert!(list(&server).await.head().starts_with(&format!("HTTP/1.1 {status} ")));
    }
    // Whoever is not allowed to see the list does not use a fault up.
    server.add_fault(Fault::Status(418).times(1));
    let refused =
        exchange(&server, &format!("GET {LIST} HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")).await;
    assert!(refused.head().starts_with("HTTP/1.1 404 "));
    assert!(list(&server).await.head().starts_with("HTTP/1.1 418 "));
    assert_eq!(list(&server).await.chunks().0, whole());
    assert_eq!(server.log().faults, 5);
}

#[tokio::test]
async fn every_fault_strikes() {
    for fault in Fault::all() {
        let fault = match fault {
            // The two that take their time.
            Fault::Bomb(_) => Fault::Bomb(1 << 20),
            Fault::Drip(_) => Fault::Drip(1 << 20),
            other => other,
        };
        let server = server(fault.clone()).await;
        let request = match fault.target() {
            FaultTarget::List => list_request(&server, "").await,
            _ => token_request(),
        };
        if matches!(fault, Fault::NoHead | Fault::TokenNoHead | Fault::StallAfter(_)) {
            continue;
        }
        let seen = exchange(&server, &request).await;
        assert_eq!(server.log().faults, 1, "{fault}");
        let good = seen.bytes.starts_with(b"HTTP/1.1 200 OK\r\n")
            && seen.closed
            && seen.bytes.ends_with(b"}\r\n0\r\n\r\n")
            && seen.chunks().0 == whole()
            && !seen.head().contains("content-encoding");
        let allowed = matches!(fault, Fault::Drip(_) | Fault::ManyHeaders(_) | Fault::GiantHeader(_));
        assert_eq!(good, allowed, "{fault}");
    }
}
