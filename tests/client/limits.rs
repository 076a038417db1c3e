//! Time-outs and limits: which one, and how it says so.

use std::num::NonZeroU64;
use std::time::Duration;

use mock_pam_core::{Encoding, Fault, MockPamCore, Response};
use remote_sessions::client::{BodyLimits, Timeouts};
use remote_sessions::{Error, ErrorKind};

use super::raw::{End, Raw, response};
use super::{builder, client, drain};

const SHORT: Duration = Duration::from_millis(200);

/// The error of a list of this size with this fault and these time-outs, and how many items came.
async fn outcome(fault: Fault, set: impl Fn(&mut Timeouts)) -> (usize, Error) {
    let server = MockPamCore::builder().response(Response::new(1000)).fault(fault).start().await.unwrap();
    let mut timeouts = Timeouts::default();
    set(&mut timeouts);
    let client = builder(&server).timeouts(timeouts).build().unwrap();
    match client.remote_sessions().await {
        Err(error) => (0, error),
        Ok(mut reader) => {
            let (items, end) = drain(&mut reader).await;
            (items.len(), end.unwrap_err())
        }
    }
}

fn assert_fired(error: &Error, kind: ErrorKind, name: &str, flag: &str) {
    assert_eq!(error.kind(), kind, "{error}");
    assert!(error.to_string().contains(&format!("({name} time-out)")), "{error}");
    assert!(error.remedy().unwrap().contains(flag), "{:?}", error.remedy());
}

#[tokio::test]
async fn row_19_no_head_is_the_first_byte_time_out() {
    for fault in [Fault::NoHead, Fault::StallAfter(0)] {
        let (items, error) = outcome(fault, |timeouts| timeouts.first_byte = SHORT).await;
        assert_eq!(items, 0);
        assert_fired(&error, ErrorKind::Timeout, "first-byte", "--first-byte-timeout");
    }
    let (_, error) = outcome(Fault::TokenNoHead, |timeouts| timeouts.first_byte = SHORT).await;
    assert_fired(&error, ErrorKind::Timeout, "first-byte", "--first-byte-timeout");
    assert!(error.to_string().contains("asking for an access token"), "{error}");
}

#[tokio::test]
async fn row_19_a_stall_is_the_idle_time_out_before_and_after_the_first_item() {
    let (items, error) = outcome(Fault::StallAfter(30), |timeouts| timeouts.idle = SHORT).await;
    assert_eq!(items, 0);
    assert_fired(&error, ErrorKind::Timeout, "idle", "--idle-timeout");
    let (items, error) = outcome(Fault::StallAfter(20_000), |timeouts| timeouts.idle = SHORT).await;
    assert!(items > 10);
    assert_fired(&error, ErrorKind::Interrupted, "idle", "--idle-timeout");
    assert!(error.to_string().contains(&format!("{items} items")), "{error}");
}

#[tokio::test]
async fn row_19_a_drip_is_stopped_by_the_minimum_rate_or_the_total() {
    let (_, error) = outcome(Fault::Drip(40), |timeouts| {
        timeouts.idle = SHORT;
        timeouts.minimum_rate = NonZeroU64::new(1000);
    })
    .await;
    assert_fired(&error, ErrorKind::Timeout, "minimum-rate", "--minimum-rate");
    let (_, error) = outcome(Fault::Drip(40), |timeouts| timeouts.total = Some(SHORT)).await;
    assert_fired(&error, ErrorKind::Timeout, "total", "--max-time");
    // Before the head, too, and what took long is said.
    for (fault, doing) in
        [(Fault::NoHead, "asking for the list"), (Fault::TokenNoHead, "asking for an access token")]
    {
        let (_, error) = outcome(fault, |timeouts| timeouts.total = Some(10 * SHORT)).await;
        assert_fired(&error, ErrorKind::Timeout, "total", "--max-time");
        assert!(error.message().starts_with(&format!("time-out while {doing}: ")), "{error}");
    }
    // Fast enough.
    let server = MockPamCore::builder().response(Response::new(1000)).start().await.unwrap();
    let mut timeouts = Timeouts::default();
    timeouts.minimum_rate = NonZeroU64::new(1);
    timeouts.total = Some(Duration::from_secs(600));
    let client = builder(&server).timeouts(timeouts).build().unwrap();
    assert_eq!(drain(&mut client.remote_sessions().await.unwrap()).await.0.len(), 1000);
}

#[tokio::test]
async fn time_that_the_consumer_takes_is_not_the_server_s() {
    let server = MockPamCore::builder().response(Response::new(20_000)).start().await.unwrap();
    let mut timeouts = Timeouts::default();
    timeouts.idle = Duration::from_millis(50);
    let client = builder(&server).timeouts(timeouts).build().unwrap();
    let mut reader = client.remote_sessions().await.unwrap();
    let mut items = 0;
    while let Some(_item) = reader.next_item().await.unwrap() {
        items += 1;
        if items % 5000 == 0 {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }
    assert_eq!(items, 20_000);
}

#[tokio::test]
async fn row_20_bombs_are_stopped_by_the_ratio_and_by_the_size() {
    for encoding in Encoding::ALL {
        let server = MockPamCore::builder()
            .encoding(encoding)
            .response(Response::new(10))
            .fault(Fault::Bomb(64 << 20))
            .start()
            .await
            .unwrap();
        let mut reader = client(&server).remote_sessions().await.unwrap();
        let (items, end) = drain(&mut reader).await;
        let error = end.unwrap_err();
        assert_eq!((items.len(), error.kind()), (10, ErrorKind::Limit), "{error}");
        assert!(error.to_string().contains("200 unpacked bytes"), "{error}");
        assert!(error.remedy().unwrap().contains("--max-ratio"));
        // Just over the first MiB, not all of it.
        assert!(reader.get_ref().decoded_bytes() < 24 << 20, "{:?}", reader.get_ref());

        let mut limits = BodyLimits::default();
        (limits.ratio, limits.decoded_bytes) = (None, Some(3 << 20));
        let client = builder(&server).body_limits(limits).build().unwrap();
        let mut reader = client.remote_sessions().await.unwrap();
        let error = drain(&mut reader).await.1.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
        assert!(error.remedy().unwrap().contains("--max-decoded-size"));
        assert!(reader.get_ref().decoded_bytes() < 4 << 20);
    }
}

#[tokio::test]
async fn a_limit_is_reached_only_beyond_it() {
    let body = br#"{"code":200,"remote_sessions":[{"id":1}]}"#;
    let server = Raw::start(response("200 OK", "", body), End::Close).await;
    for (most, is_enough) in [(body.len(), true), (body.len() - 1, false), (0, false)] {
        let mut limits = BodyLimits::default();
        limits.decoded_bytes = Some(most as u64);
        limits.ratio = Some(0);
        let client = server.builder().body_limits(limits).build().unwrap();
        let (_, end) = drain(&mut client.remote_sessions().await.unwrap()).await;
        assert_eq!(end.map_err(|error| error.kind()), if is_enough { Ok(()) } else { Err(ErrorKind::Limit) });
    }
}

#[tokio::test]
async fn every_encoding_arrives_whole() {
    for encoding in Encoding::ALL {
        for http2 in [false, true] {
            let response = Response::new(3000);
            let server = MockPamCore::builder().encoding(encoding).response(response.clone());
            let server = if http2 { server.tls(mock_pam_core::Tls::Valid).http2() } else { server };
            let server = server.start().await.unwrap();
            let mut reader = client(&server).remote_sessions().await.unwrap();
            assert_eq!(reader.get_ref().encoding().to_string(), encoding.content_coding());
            let (items, end) = drain(&mut reader).await;
            end.unwrap();
            assert_eq!((items.len() as u64, reader.summary().bytes()), (3000, response.byte_count()));
            assert_eq!(reader.get_ref().decoded_bytes(), response.byte_count());
            assert!(reader.get_ref().wire_bytes() < response.byte_count() / 2);
        }
    }
}

#[tokio::test]
async fn a_dripping_error_response_is_not_waited_for_longer_than_an_idle_one() {
    let server = MockPamCore::builder().response(Response::new(1000)).start().await.unwrap();
    server.add_fault(Fault::Drip(20).times(1));
    let mut timeouts = Timeouts::default();
    timeouts.idle = SHORT;
    let client = builder(&server).timeouts(timeouts).build().unwrap();
    server.reply_to_lists(Some(mock_pam_core::Reply::new(500, "x".repeat(1000))));
    let error = super::failure(&client).await;
    // What came of it is enough.
    assert_eq!((error.kind(), error.api_error().unwrap().code()), (ErrorKind::Api, Some(500)));
}
