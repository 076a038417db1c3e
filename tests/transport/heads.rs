//! Row 21: heads that announce or are too much.

use allocation_counter::measure;
use mock_pam_core::{Fault, MockPamCore, Response, Tls};
use remote_sessions::ErrorKind;

use super::{client, fetch, fetch_with};

#[test]
fn hostile_21_no_memory_is_taken_for_an_announced_length() {
    // On a thread of its own, so that what is measured is the client's.
    let response = Response::new(20);
    let server = MockPamCore::builder().response(response.clone()).start_in_thread().unwrap();
    let client = client(&server);
    let most = || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut outcome = None;
        let memory = measure(|| outcome = Some(runtime.block_on(fetch(&client, &response))));
        (memory.bytes_max, outcome.unwrap())
    };
    // The first one builds what lasts.
    most().1.end.unwrap();
    let (honest, outcome) = most();
    outcome.end.unwrap();
    for fault in [Fault::HugeLength, Fault::LongLength(1 << 50)] {
        server.add_fault(fault.clone().times(1));
        let (memory, outcome) = most();
        outcome.assert_broken(&fault);
        assert!(memory < honest + (1 << 20), "{fault}: {memory} bytes, otherwise {honest}");
        server.clear_faults();
    }
}

#[tokio::test]
async fn hostile_21_too_many_headers_or_too_long_ones() {
    for fault in [Fault::ManyHeaders(100), Fault::ManyHeaders(10_000), Fault::GiantHeader(2 << 20)] {
        let outcome = fetch_with(&fault, &Response::new(20)).await;
        assert_eq!((outcome.items, outcome.error().kind()), (0, ErrorKind::Transport), "{fault}");
        assert!(outcome.error().to_string().len() < 1000);
    }
    // Some more than usual are no fault.
    assert!(fetch_with(&Fault::ManyHeaders(50), &Response::new(20)).await.end.is_ok());
    // By HTTP/2, where all of them together have a limit.
    let server = MockPamCore::builder().tls(Tls::Valid).http2().start().await.unwrap();
    server.add_fault(Fault::GiantHeader(2 << 20));
    let outcome = fetch(&client(&server), &Response::new(1000)).await;
    assert_eq!((outcome.items, outcome.error().kind()), (0, ErrorKind::Transport));
}
