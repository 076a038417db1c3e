//! Row 19: answers that do not come, stop coming, or come too slowly.

use std::num::NonZeroU64;
use std::time::Duration;

use mock_pam_core::{Fault, MockPamCore, Response, Tls};
use remote_sessions::ErrorKind;
use remote_sessions::client::{Retries, Timeouts};

use super::{Outcome, builder, fetch, whole_items};

/// Far longer than any test takes: a time-out that fired by mistake would be another one.
const LONG: Duration = Duration::from_secs(600);

const SHORT: Duration = Duration::from_millis(150);

/// Time-outs that nothing reaches but those that `change` sets.
fn long_but(change: impl FnOnce(&mut Timeouts)) -> Timeouts {
    let mut timeouts = Timeouts::default();
    (timeouts.connect, timeouts.first_byte, timeouts.idle) = (LONG, LONG, LONG);
    change(&mut timeouts);
    timeouts
}

async fn fetch_within(timeouts: Timeouts, fault: Fault, http2: bool) -> Outcome {
    let mut server = MockPamCore::builder().response(Response::new(20)).fault(fault);
    if http2 {
        server = server.tls(Tls::Valid).http2();
    }
    let server = server.start().await.unwrap();
    let client = builder(&server).timeouts(timeouts).build().unwrap();
    let outcome = fetch(&client, &Response::new(20)).await;
    assert_eq!(server.log().faults, 1);
    outcome
}

/// The time-out that fired, told by its name, with a remedy that says how to raise it.
#[track_caller]
fn assert_fired(outcome: &Outcome, name: &str, setting: &str) {
    let error = outcome.error();
    let expected = if outcome.items == 0 { ErrorKind::Timeout } else { ErrorKind::Interrupted };
    assert_eq!(error.kind(), expected, "{error}");
    assert!(error.to_string().contains(name), "{error}");
    assert!(error.remedy().unwrap().contains(setting), "{:?}", error.remedy());
}

#[tokio::test]
async fn hostile_19_no_head() {
    let timeouts = || long_but(|those| those.first_byte = SHORT);
    for http2 in [false, true] {
        let outcome = fetch_within(timeouts(), Fault::NoHead, http2).await;
        assert_fired(&outcome, "first-byte", "--first-byte-timeout");
        let outcome = fetch_within(timeouts(), Fault::TokenNoHead, http2).await;
        assert_fired(&outcome, "first-byte", "--first-byte-timeout");
        assert!(outcome.error().to_string().contains("token"));
    }
}

#[tokio::test]
async fn hostile_19_a_head_without_a_body() {
    let outcome = fetch_within(long_but(|those| those.first_byte = SHORT), Fault::StallAfter(0), false).await;
    assert_fired(&outcome, "first-byte", "--first-byte-timeout");
}

#[tokio::test]
async fn hostile_19_a_stall_in_mid_body() {
    let body = Response::new(20).to_vec();
    for http2 in [false, true] {
        for bytes in [1, 200, 2000, body.len()] {
            let timeouts = long_but(|those| those.idle = SHORT);
            let outcome = fetch_within(timeouts, Fault::StallAfter(bytes as u64), http2).await;
            assert_eq!(outcome.items, whole_items(&body, bytes));
            assert_fired(&outcome, "idle", "--idle-timeout");
        }
    }
}

#[tokio::test]
async fn hostile_19_a_few_bytes_a_second() {
    let slow = || Fault::Drip(50);
    for http2 in [false, true] {
        let rate = NonZeroU64::new(1_000_000);
        let timeouts = long_but(|those| (those.idle, those.minimum_rate) = (SHORT, rate));
        assert_fired(&fetch_within(timeouts, slow(), http2).await, "minimum-rate", "--minimum-rate");
        let timeouts = long_but(|those| those.total = Some(2 * SHORT));
        assert_fired(&fetch_within(timeouts, slow(), http2).await, "total", "--max-time");
    }
    // One byte every two seconds.
    let timeouts = long_but(|those| those.idle = SHORT);
    assert_fired(&fetch_within(timeouts, Fault::Drip(1), false).await, "idle", "--idle-timeout");
    // Slow is no fault by itself.
    assert!(fetch_within(long_but(|_| {}), Fault::Drip(100_000), false).await.end.is_ok());
}

#[tokio::test]
async fn hostile_19_a_server_that_nobody_can_reach() {
    // Never accepted: the queue of the socket is full.
    let socket = tokio::net::TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(1).unwrap();
    let addr = listener.local_addr().unwrap();
    let mut waiting = Vec::new();
    while let Ok(Ok(stream)) =
        tokio::time::timeout(Duration::from_millis(100), tokio::net::TcpStream::connect(addr)).await
    {
        waiting.push(stream);
    }
    let mut retries = Retries::default();
    retries.tries = 1;
    let client = remote_sessions::client::Client::builder(format!("http://{addr}"))
        .credentials("id", "a secret".into())
        .timeouts(long_but(|those| those.connect = SHORT))
        .retries(retries)
        .build()
        .unwrap();
    let outcome = fetch(&client, &Response::new(0)).await;
    assert_fired(&outcome, "connect", "--connect-timeout");
}
