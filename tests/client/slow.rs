//! Row 28: slow consumers, and futures that are dropped.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mock_pam_core::{Encoding, MockPamCore, Response, Tls};
use remote_sessions::client::Client;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpSocket;
use tokio::time::sleep;

use super::client;

/// What may be sent that nobody has asked for: in the client, and in the buffers of two sockets,
/// which the system may make large. What the client alone holds: tests/client_memory.rs.
const HELD: u64 = 16 * 1024 * 1024;

#[tokio::test]
async fn row_28_a_slow_consumer_makes_the_server_wait() {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_send_buffer_size(64 * 1024).unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let listener = socket.listen(8).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let sent = Arc::new(AtomicU64::new(0));
    let counter = Arc::clone(&sent);
    let server = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            head.push(stream.read_u8().await.unwrap());
        }
        stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n{\"remote_sessions\":[").await.unwrap();
        let items = br#"{"id":1,"user":"somebody"},"#.repeat(1000);
        loop {
            match stream.write(&items).await {
                // In whole items.
                Ok(count) => {
                    counter.fetch_add(count as u64, Ordering::Relaxed);
                    if stream.write_all(&items[count..]).await.is_err() {
                        return;
                    }
                }
                Err(_) => return,
            }
        }
    });
    let client = Client::builder(url).token("token".into()).build().unwrap();
    let mut reader = client.remote_sessions().await.unwrap();
    assert!(reader.next_item().await.unwrap().is_some());
    // Until the server has stood still for a while.
    let mut before = u64::MAX;
    while before != sent.load(Ordering::Relaxed) {
        before = sent.load(Ordering::Relaxed);
        sleep(Duration::from_millis(100)).await;
    }
    assert!(before < HELD, "{before} bytes were sent for one item");
    // And on it goes.
    for _ in 0..1_000_000 {
        assert!(reader.next_item().await.unwrap().is_some());
    }
    assert!(sent.load(Ordering::Relaxed) > before);
    drop(reader);
    server.await.unwrap();
}

#[tokio::test]
async fn row_28_a_future_dropped_at_every_await_loses_nothing() {
    for (encoding, http2) in
        [(None, false), (None, true), (Some(Encoding::Gzip), false), (Some(Encoding::Zstd), true)]
    {
        let response = Response::new(3000);
        let server = MockPamCore::builder().response(response.clone());
        let server = match encoding {
            Some(encoding) => server.encoding(encoding),
            None => server,
        };
        let server = if http2 { server.tls(Tls::Valid).http2() } else { server };
        let server = server.start().await.unwrap();
        let mut reader = client(&server).remote_sessions().await.unwrap();
        let (mut ids, mut dropped) = (Vec::new(), 0);
        loop {
            // One poll; then the future is dropped.
            let polled = match futures_util::poll!(std::pin::pin!(reader.next_item())) {
                std::task::Poll::Pending => None,
                std::task::Poll::Ready(item) => Some(item.unwrap().map(|item| item.session().unwrap().id())),
            };
            match polled {
                None => {
                    dropped += 1;
                    sleep(Duration::from_millis(1)).await;
                }
                Some(Some(id)) => ids.push(id),
                Some(None) => break,
            }
        }
        assert!(dropped > 0);
        assert!(ids.into_iter().eq(response.sessions().map(|session| session.id)));
    }
}
