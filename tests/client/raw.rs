//! A server that sends what it is told, byte for byte.

use std::sync::{Arc, Mutex};

use remote_sessions::client::{Client, ClientBuilder};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How a connection ends after the bytes.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum End {
    Close,
    Reset,
    /// Not at all.
    Hold,
}

/// Gives out the token `raw-token`, answers every `GET` with the same bytes, and closes.
pub(crate) struct Raw {
    pub(crate) url: String,
    requests: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Raw {
    pub(crate) async fn start(list: Vec<u8>, end: End) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            let mut held = Vec::new();
            while let Ok((mut stream, _)) = listener.accept().await {
                let request = request(&mut stream).await;
                let is_token = request.starts_with("POST");
                log.lock().unwrap().push(request);
                let answer = if is_token { token() } else { list.clone() };
                // The client may have hung up in the middle.
                let _gone = stream.write_all(&answer).await;
                match end {
                    End::Hold if !is_token => held.push(stream),
                    End::Reset if !is_token => stream.set_zero_linger().unwrap(),
                    _ => drop(stream.shutdown().await),
                }
            }
        });
        Self { url, requests, task }
    }

    pub(crate) fn client(&self) -> Client {
        self.builder().build().unwrap()
    }

    pub(crate) fn builder(&self) -> ClientBuilder {
        Client::builder(&self.url).credentials("id", "secret-of-raw".into()).retries(super::once())
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

impl Drop for Raw {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A response with these headers, each with its line end, and this body.
pub(crate) fn response(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let mut all = format!("HTTP/1.1 {status}\r\nconnection: close\r\n{headers}\r\n").into_bytes();
    all.extend_from_slice(body);
    all
}

fn token() -> Vec<u8> {
    let body = br#"{"token_type":"Bearer","expires_in":3600,"access_token":"raw-token"}"#;
    response("200 OK", &format!("content-length: {}\r\n", body.len()), body)
}

/// Head and body of one request.
async fn request(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).await.unwrap_or(0);
        text.push_str(&String::from_utf8_lossy(&buffer[..count]));
        if count == 0 || is_whole(&text) {
            return text;
        }
    }
}

fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let length = head
        .lines()
        .find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    body.len() >= length.unwrap_or(0)
}
