//! Row 28: what a client holds in memory, whatever the size of the list and however slow its
//! consumer. Counted by an allocator of its own: so in a program of its own.
#![cfg(feature = "client")]

use std::time::Duration;

use mock_pam_core::{Encoding, MockPamCore, Response, Tls};
use remote_sessions::client::Client;

const MIB: u64 = 1024 * 1024;

/// Most bytes that this thread had at once while it read a list of some 350 MB for a while, with
/// pauses in which the server could send all that it liked.
fn held(encoding: Option<Encoding>, http2: bool) -> u64 {
    let server = MockPamCore::builder().response(Response::new(1_000_000));
    let server = match encoding {
        Some(encoding) => server.encoding(encoding),
        None => server,
    };
    let server = if http2 { server.tls(Tls::Valid).http2() } else { server };
    let server = server.start_in_thread().unwrap();
    let builder = Client::builder(server.url()).credentials("mock-client", "mock-secret".into());
    let builder = match server.ca_pem() {
        Some(pem) => builder.ca_certificates(pem.as_bytes()),
        None => builder,
    };
    // The certificates of the system are none of the list's memory.
    let client = builder.build().unwrap();
    let info = allocation_counter::measure(|| {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut reader = client.remote_sessions().await.unwrap();
            for item in 0..80_000 {
                assert!(reader.next_item().await.unwrap().is_some());
                if item % 20_000 == 0 {
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
            assert!(reader.get_ref().decoded_bytes() > 20 * MIB);
        });
    });
    info.bytes_max
}

#[test]
fn row_28_a_client_holds_no_more_than_is_stated() {
    for (encoding, http2, most) in [
        (None, false, 2 * MIB),
        (None, true, 3 * MIB),
        (Some(Encoding::Gzip), false, 2 * MIB),
        (Some(Encoding::Gzip), true, 3 * MIB),
        (Some(Encoding::Brotli), false, 18 * MIB),
        (Some(Encoding::Zstd), true, 3 * MIB),
    ] {
        let held = held(encoding, http2);
        assert!(held < most, "{held} bytes at once, with {encoding:?}, HTTP/2: {http2}");
    }
}
