//! Row 20: compression that is cut, wrong, unknown or a trap.

use mock_pam_core::{Encoding, Fault, MockPamCore, Response};
use remote_sessions::ErrorKind;
use remote_sessions::client::BodyLimits;

use super::{builder, client, fetch, fetch_with};

fn small() -> Response {
    Response::new(2)
}

async fn server(encoding: Encoding, response: &Response) -> MockPamCore {
    MockPamCore::builder().response(response.clone()).encoding(encoding).start().await.unwrap()
}

#[tokio::test]
async fn hostile_20_cut_at_every_byte() {
    for encoding in Encoding::ALL {
        let server = server(encoding, &small()).await;
        let client = client(&server);
        let mut reader = client.remote_sessions().await.unwrap();
        while reader.next_item().await.unwrap().is_some() {}
        let whole = reader.get_ref().wire_bytes();
        assert!(whole > 100 && whole < 1000, "{encoding}: {whole}");
        for bytes in 0..whole {
            let fault = Fault::CutEncoding(bytes);
            server.add_fault(fault.clone().times(1));
            let outcome = fetch(&client, &small()).await;
            outcome.assert_broken(&fault);
            server.clear_faults();
        }
        // At the last byte nothing is missing any more.
        server.add_fault(Fault::CutEncoding(whole));
        fetch(&client, &small()).await.end.unwrap();
    }
}

#[tokio::test]
async fn hostile_20_a_wrong_checksum_and_junk_behind() {
    for encoding in Encoding::ALL {
        for items in [0, 2, 2000] {
            let response = Response::new(items);
            let server = server(encoding, &response).await;
            let client = client(&server);
            for fault in [
                Fault::BadChecksum,
                Fault::JunkAfterEncoding("x".to_owned()),
                Fault::JunkAfterEncoding("junk behind the compressed data".to_owned()),
                Fault::LyingEncoding,
            ] {
                server.add_fault(fault.clone().times(1));
                let outcome = fetch(&client, &response).await;
                outcome.assert_broken(&fault);
                server.clear_faults();
                // What is unpacked soundly comes out before the fault behind it.
                if fault != Fault::LyingEncoding {
                    assert_eq!(outcome.items as u64, items, "{encoding}: {fault}");
                }
                if fault == Fault::BadChecksum {
                    let error = outcome.error();
                    assert!(error.to_string().contains("another checksum after"), "{error}");
                    assert!(error.remedy().is_some());
                }
            }
        }
    }
}

#[tokio::test]
async fn hostile_20_several_members_are_one_body() {
    for encoding in [Encoding::Gzip, Encoding::Zstd] {
        for (items, members) in [(2, 1), (2, 2), (2, 10), (2000, 3), (2000, 100)] {
            let response = Response::new(items);
            let server = server(encoding, &response).await;
            server.add_fault(Fault::SeveralMembers(members));
            let outcome = fetch(&client(&server), &response).await;
            outcome.end.unwrap();
            assert_eq!(outcome.items as u64, items, "{encoding}, {members} members");
        }
    }
}

#[tokio::test]
async fn hostile_20_an_unknown_encoding() {
    let outcome = fetch_with(&Fault::UnknownEncoding, &small()).await;
    let error = outcome.error();
    assert_eq!((outcome.items, error.kind()), (0, ErrorKind::Transport));
    assert!(error.to_string().contains("x-mock-unknown"), "{error}");
}

#[tokio::test]
async fn hostile_20_a_bomb() {
    for encoding in Encoding::ALL {
        let server = server(encoding, &small()).await;
        server.add_fault(Fault::Bomb(1 << 34));
        // By its ratio, soon after the first MiB.
        let outcome = fetch(&client(&server), &small()).await;
        assert_eq!((outcome.items, outcome.error().kind()), (2, ErrorKind::Limit), "{encoding}");
        assert!(outcome.error().to_string().contains("ratio"), "{}", outcome.error());
        assert!(outcome.error().remedy().unwrap().contains("--max-ratio"));
        // By its size, where the ratio is allowed.
        let limits = || {
            let mut limits = BodyLimits::default();
            (limits.decoded_bytes, limits.ratio) = (Some(8 << 20), None);
            limits
        };
        let limited = builder(&server).body_limits(limits()).build().unwrap();
        let outcome = fetch(&limited, &small()).await;
        assert_eq!((outcome.items, outcome.error().kind()), (2, ErrorKind::Limit), "{encoding}");
        assert!(outcome.error().remedy().unwrap().contains("--max-decoded-size"));
        // The server was stopped long before it had made everything.
        assert_eq!(server.log().lists_finished, 0, "{encoding}");
    }
}

#[tokio::test]
async fn hostile_20_every_encoding_whole() {
    for encoding in Encoding::ALL {
        for items in [0, 1, 20_000] {
            let response = Response::new(items);
            let server = server(encoding, &response).await;
            let outcome = fetch(&client(&server), &response).await;
            outcome.end.unwrap();
            let asked = server.log().last_list_request.unwrap();
            let accepted = asked.header("accept-encoding").unwrap();
            assert!(accepted.contains(encoding.content_coding()), "{accepted}");
        }
    }
}
