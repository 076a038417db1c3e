//! Row 27: no secret in any log at any level, in any text, in any panic.
//!
//! In a program of its own, for there is one place where all logs of a program come together.
#![cfg(feature = "client")]

use std::io::Write;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, OnceLock};

use futures_util::FutureExt;
use mock_pam_core::{Encoding, Failure, Fault, MockPamCore, Reply, Response, Tls};
use remote_sessions::client::{Authentication, Client, Proxies, Retries};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

const SECRET: &str = "hunter2-canary-secret";
const TOKEN: &str = "tok-canary-en.of/some.length-that-is-usual";
const HEADER: &str = "header-canary-value";
const PROXY: &str = "proxy-canary-pass";
/// `id:hunter2-canary-secret` and `agent:proxy-canary-pass`, as HTTP Basic has them.
const BASIC: [&str; 2] = ["aWQ6aHVudGVyMi1jYW5hcnktc2VjcmV0", "YWdlbnQ6cHJveHktY2FuYXJ5LXBhc3M="];

/// How the mock's own tokens begin.
const MOCK_TOKEN: &str = "mock-token-";

/// Everything that was logged.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// Listens to every target at every level, and to what goes through the crate `log`.
fn listen() -> &'static Lines {
    static LINES: OnceLock<Lines> = OnceLock::new();
    LINES.get_or_init(|| {
        let lines = Lines::default();
        let writer = lines.clone();
        // The library of HTTP/2 logs the frames that it gets, and the text of a goodbye in them: what it
        // says is not ours to mask, and a program that listens to it has to know.
        let filter = Targets::new()
            .with_default(LevelFilter::TRACE)
            .with_target("h2::codec::framed_read", LevelFilter::OFF)
            .with_target("h2::proto", LevelFilter::OFF);
        let layer = tracing_subscriber::fmt::layer().with_ansi(false).with_writer(move || writer.clone());
        tracing_subscriber::registry().with(layer).with(filter).init();
        let said = lines.clone();
        let usual = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let _written = write!(said.clone(), "{panic}");
            usual(panic);
        }));
        lines
    })
}

fn assert_silent(text: &str) {
    let all = BASIC.iter().chain(&["canary", MOCK_TOKEN]);
    for secret in all {
        if let Some(at) = text.find(secret) {
            // Without the secret itself: this is shown.
            let line = text[..at].rsplit('\n').next().unwrap_or_default();
            panic!("a secret stands after: {line}");
        }
    }
}

fn texts(error: &remote_sessions::Error) -> String {
    let mut all = format!("{error} {error:?} {error:#?} {:?} {:?}", error.remedy(), error.api_error());
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        all += &format!(" {cause} {cause:?} {cause:#?}");
        source = cause.source();
    }
    all
}

fn client(server: &MockPamCore, style: Authentication) -> Client {
    let mut retries = Retries::default();
    (retries.tries, retries.within) = (2, std::time::Duration::from_millis(20));
    let builder = Client::builder(server.url())
        .credentials("id", SECRET.into())
        .authentication(style)
        .header("X-Key", HEADER)
        .proxies(Proxies::Url { url: format!("http://agent:{PROXY}@127.0.0.1:9"), no_proxy: None })
        .retries(retries);
    let builder = match server.ca_pem() {
        Some(pem) => builder.ca_certificates(pem.as_bytes()),
        None => builder,
    };
    let builder = match server.client_pem() {
        Some(pem) => builder.client_certificate(pem.as_bytes()),
        None => builder,
    };
    assert_silent(&format!("{builder:?} {builder:#?}"));
    builder.build().unwrap()
}

/// Reads to the end; no text that comes up on the way may hold a secret.
async fn read(client: &Client) {
    assert_silent(&format!("{client:?} {client:#?}"));
    match client.remote_sessions().await {
        Err(error) => assert_silent(&texts(&error)),
        Ok(mut reader) => {
            let end = loop {
                match reader.next_item().await {
                    Ok(Some(_)) => {}
                    Ok(None) => break None,
                    Err(error) => break Some(error),
                }
            };
            assert_silent(&end.as_ref().map(texts).unwrap_or_default());
            let summary = reader.summary();
            assert_silent(&format!("{summary:?} {:?} {:?}", reader.get_ref(), summary.envelopes()));
        }
    }
}

/// A proxy that opens a way to one place or, where there is none, asks for another password; it keeps
/// what it was asked.
async fn proxy(to: Option<SocketAddr>) -> (SocketAddr, Arc<Mutex<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let log = Arc::new(Mutex::new(String::new()));
    let asked = Arc::clone(&log);
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let mut head = Vec::new();
            // A check connects without a word first.
            while !head.ends_with(b"\r\n\r\n")
                && let Ok(byte) = near.read_u8().await
            {
                head.push(byte);
            }
            if head.is_empty() {
                continue;
            }
            let head = String::from_utf8(head).unwrap();
            // It repeats them, in a header and in its words.
            let refusal = format!(
                "HTTP/1.1 407 not {PROXY}\r\nproxy-authenticate: Basic realm=\"{PROXY}\"\r\ncontent-length: {}\r\n\r\n{PROXY}",
                PROXY.len()
            );
            *asked.lock().unwrap() += &head;
            let Some(to) = to else {
                let _gone = near.write_all(refusal.as_bytes()).await;
                continue;
            };
            let _gone = near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await;
            let mut far = TcpStream::connect(to).await.unwrap();
            tokio::spawn(async move {
                // Either side may just go.
                let _gone = copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    (address, log)
}

/// With a proxy's password on its way: through a proxy that lets one through, and to one that does not.
async fn through_proxies() {
    let tls = MockPamCore::builder().credentials("id", SECRET).tls(Tls::WrongHost).http2();
    let server = tls.response(Response::new(10)).start().await.unwrap();
    for to in [Some(server.addr()), None] {
        for base in ["https://pam.invalid", "http://pam.invalid"] {
            let (address, asked) = proxy(to).await;
            let proxies = Proxies::Url { url: format!("http://agent:{PROXY}@{address}"), no_proxy: None };
            let mut retries = Retries::default();
            retries.tries = 1;
            let builder = Client::builder(base)
                .allow_http(true)
                .credentials("id", SECRET.into())
                .header("X-Key", HEADER)
                .ca_certificates(server.ca_pem().unwrap().as_bytes())
                .proxies(proxies)
                .retries(retries);
            assert_silent(&format!("{builder:?} {builder:#?}"));
            let client = builder.build().unwrap();
            read(&client).await;
            let end = client.check(|step| assert_silent(&format!("{step:?}"))).await;
            assert_silent(&end.as_ref().err().map(texts).unwrap_or_default());
            assert!(asked.lock().unwrap().contains(BASIC[1]), "the password was on its way");
        }
    }
}

#[tokio::test]
async fn row_27_no_secret_in_any_log_text_or_panic() {
    let lines = listen();
    through_proxies().await;
    let token = format!(r#"{{"token_type":"Bearer","expires_in":60,"access_token":"{TOKEN}"}}"#);
    // As a server could repeat them, whole and in part.
    let echo = format!("{SECRET} {TOKEN} {HEADER} {} {} {}", &SECRET[3..], &TOKEN[..20], BASIC[0]);
    let escaped = echo.replace('/', "\\/");
    let unicode: String = echo.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
    for style in [Authentication::Form, Authentication::Basic] {
        for (tls, http2) in [(None, false), (Some(Tls::ClientCertificateRequired), true)] {
            let server =
                MockPamCore::builder().credentials("id", SECRET).token_reply(Reply::new(200, token.clone()));
            let server = match tls {
                Some(tls) => server.tls(tls),
                None => server,
            };
            let server = if http2 { server.http2() } else { server };
            let server = server.encoding(Encoding::Gzip).response(Response::new(10)).start().await.unwrap();
            let client = client(&server, style);
            // Well-formed lists whose envelopes repeat what they were told, and broken ones.
            for body in [
                format!(
                    r#"{{"code":500,"response":{{"message":"{escaped}","error":true}},"tenant":"{echo}"}}"#
                ),
                format!(
                    r#"{{"code":200,"response":{{"message":"{escaped}"}},"remote_sessions":[{{"id":1}}],"message":"{echo}"}}"#
                ),
                format!(
                    r#"{{"exception":{{"code":1,"message":"{echo}","detail":"{escaped}"}},"remote_sessions":[]}}"#
                ),
                format!("{TOKEN} is no JSON"),
                format!("{{\"remote_sessions\":{TOKEN}"),
                format!("\"{TOKEN}\""),
                format!("<html>{SECRET}"),
                // In escapes of JSON, where no text holds them until they are undone.
                format!(r#"{{"message":"bad {unicode}"}}"#),
                format!(
                    r#"{{"code":200,"response":{{"message":"{unicode}"}},"remote_sessions":[{{"id":1}},{{"id":"{unicode}"}}],"tenant":"{unicode}"}}"#
                ),
            ] {
                for status in [200, 403, 503] {
                    server.reply_to_lists(Some(Reply::new(status, body.clone())));
                    read(&client).await;
                }
            }
            // A head that repeats them.
            let packed = Reply::new(200, "{}").with_header("content-encoding", TOKEN);
            server.reply_to_lists(Some(packed));
            read(&client).await;
            // The token where its type should be; what is no token is none to know.
            let swapped = format!(r#"{{"access_token":"Bearer","token_type":"{TOKEN}"}}"#);
            server.reply_to_tokens(Some(Reply::new(200, swapped)));
            read(&self::client(&server, style)).await;
            server.reply_to_tokens(Some(Reply::new(200, token.clone())));
            // Redirects that repeat them: followed, refused, and without end.
            for location in [
                format!("/elsewhere/{TOKEN}/{SECRET}?ticket={TOKEN}"),
                format!("//elsewhere.example/{TOKEN}?ticket={SECRET}"),
                format!("?ticket={TOKEN}{HEADER}"),
            ] {
                let moved = Reply::new(307, "").with_header("location", &location);
                server.reply_to_lists(Some(moved));
                read(&client).await;
            }
            // From here on with tokens of the mock's own, with which lists can be had.
            server.reply_to_lists(None);
            server.reply_to_tokens(None);
            for fault in Fault::all() {
                // Those two take their time.
                if matches!(
                    fault,
                    Fault::Bomb(_)
                        | Fault::Drip(_)
                        | Fault::NoHead
                        | Fault::StallAfter(_)
                        | Fault::TokenNoHead
                ) {
                    continue;
                }
                server.add_fault(fault.times(2));
                read(&client).await;
                server.clear_faults();
            }
            for failure in Failure::ALL {
                server.reply_to_next_list(failure);
                read(&client).await;
            }
            let end = client.check(|step| assert_silent(&format!("{step:?}"))).await;
            assert_silent(&end.as_ref().err().map(texts).unwrap_or_default());
            server.stop().await;
            read(&client).await;
        }
    }
    // Without a runtime under it, it panics somewhere inside.
    let server = MockPamCore::builder().start().await.unwrap();
    let outside = client(&server, Authentication::Form);
    let panicked = std::thread::spawn(move || {
        let work = std::panic::AssertUnwindSafe(outside.remote_sessions());
        futures_executor::block_on(work.catch_unwind()).is_err()
    });
    assert!(panicked.join().unwrap());

    let text = String::from_utf8_lossy(&lines.0.lock().unwrap()).into_owned();
    assert_silent(&text);
    // The test can hear: events of this crate, of libraries below it, and the panic.
    let events = [
        "connecting",
        "token.requested",
        "token.received",
        "token.renewed",
        "list.requested",
        "list.redirected",
        "response.head",
        "retry",
        "body.end",
        "body.failed",
        "check.step",
    ];
    let events = events.map(|event| format!("event=\"{event}\""));
    let others = ["remote_sessions::client", "hyper_util", "h2::", "rustls", "panicked"];
    for heard in events.iter().map(String::as_str).chain(others) {
        assert!(text.contains(heard), "nothing of {heard} was heard");
    }
}
