//! What a client says of what it met: of servers that refuse TLS or speak none, of odd replies, of the steps of a check.
#![cfg(feature = "client")]

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt as _;
use mock_pam_core::{MockPamCore, Reply, Response, Tls};
use remote_sessions::client::{CheckOutcome, CheckStep, Client, ClientBuilder, Proxies, Retries, Timeouts};
use remote_sessions::{ApiErrorKind, Error, ErrorKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// A client that makes no request again.
fn builder(url: impl Into<String>) -> ClientBuilder {
    let mut retries = Retries::default();
    retries.tries = 1;
    Client::builder(url).credentials("mock-client", "mock-secret".into()).retries(retries)
}

async fn failure(builder: ClientBuilder) -> Error {
    builder.build().unwrap().remote_sessions().await.map(drop).expect_err("a failure")
}

/// Answers the first bytes of every connection with these.
async fn answering(bytes: Vec<u8>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let mut hello = [0; 16 * 1024];
            if stream.read(&mut hello).await.is_ok_and(|count| count > 0) {
                // The client hangs up in the middle if it likes.
                let _gone = stream.write_all(&bytes).await;
                let _gone = stream.read(&mut hello).await;
            }
        }
    });
    address
}

/// A fatal alert of TLS (RFC 8446, section 6).
fn alert(description: u8) -> Vec<u8> {
    vec![21, 3, 3, 0, 2, 2, description]
}

#[tokio::test]
async fn an_alert_of_tls_is_named_with_whom_to_ask() {
    for (description, name, remedy) in [
        (40, "HandshakeFailure", "ask for a client certificate"),
        (42, "BadCertificate", "does not accept the client certificate"),
        (44, "CertificateRevoked", "does not accept the client certificate"),
        (45, "CertificateExpired", "does not accept the client certificate"),
        (48, "UnknownCA", "does not accept the client certificate"),
        (49, "AccessDenied", "does not accept the client certificate"),
        (70, "ProtocolVersion", "TLS 1.2 or 1.3 is needed"),
        (80, "InternalError", "whether a gateway in between lets TLS through"),
        (116, "CertificateRequired", "ask for a client certificate"),
    ] {
        let server = answering(alert(description)).await;
        let error = failure(builder(format!("https://{server}"))).await;
        assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
        let expected = format!("the server refused TLS with the alert {name}");
        assert!(error.message().ends_with(&expected), "{error}");
        assert!(error.remedy().unwrap().contains(remedy), "{name}: {:?}", error.remedy());
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::Other);
    }
}

#[tokio::test]
async fn a_server_of_old_tls_is_named() {
    // A ServerHello of TLS 1.1: version, random, no session id, a cipher, no compression.
    let mut hello = vec![22, 3, 2, 0, 42, 2, 0, 0, 38, 3, 2];
    hello.extend([7; 32]);
    hello.extend([0, 0, 0x2f, 0]);
    let server = answering(hello).await;
    let error = failure(builder(format!("https://{server}"))).await;
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(
        error.message().ends_with("the server speaks no version or cipher of TLS that is safe today"),
        "{error}"
    );
    assert!(error.remedy().unwrap().contains("ask the server's administrator"));
}

#[tokio::test]
async fn a_certificate_that_vouches_for_itself_is_named() {
    let server = MockPamCore::builder().tls(Tls::SelfSigned).start().await.unwrap();
    let error = failure(builder(server.url())).await;
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.message().contains("the server's certificate was refused"), "{error}");
    assert!(error.message().contains("self-signed"), "{error}");
    assert!(error.remedy().unwrap().contains("do not trust this server"));
}

#[tokio::test]
async fn an_odd_reply_of_the_token_endpoint_is_named_by_its_type() {
    let server = MockPamCore::builder().start().await.unwrap();
    for (reply, expected, found) in [
        ("null", "a JSON object with an access token", "null"),
        ("true", "a JSON object with an access token", "a boolean"),
        ("7", "a JSON object with an access token", "a number"),
        (r#""text""#, "a JSON object with an access token", "a string"),
        ("[{}]", "a JSON object with an access token", "an array"),
        ("<html>", "a JSON object with an access token", "no JSON"),
        ("{}", "a member `access_token`", "none"),
        (r#"{"access_token":{}}"#, "a string in `access_token`", "an object"),
        (
            r#"{"access_token":"a b"}"#,
            "an access token of visible ASCII characters",
            "an empty one or other characters",
        ),
        (r#"{"access_token":"t"}"#, "a member `token_type`", "none"),
        (r#"{"access_token":"t","token_type":null}"#, "a string in `token_type`", "null"),
        (r#"{"access_token":"t","token_type":"mac"}"#, "the token type `Bearer`", "`mac`"),
        (
            r#"{"access_token":"t","token_type":"Bearer","expires_in":"soon"}"#,
            "a number of seconds in `expires_in`",
            "something else",
        ),
    ] {
        server.reply_to_tokens(Some(Reply::new(200, reply)));
        let error = failure(builder(server.url())).await;
        assert_eq!(error.kind(), ErrorKind::Authentication, "{reply}: {error}");
        let text = format!("expected {expected} in the reply of the token endpoint, found {found}");
        assert_eq!(error.message(), text, "{reply}");
        assert_eq!(error.remedy(), Some("check the base address and the token path"));
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::PermissionDenied);
    }
}

#[tokio::test]
async fn an_error_response_that_cannot_be_unpacked_is_an_error_of_its_status() {
    let reply = Reply::new(404, "packed somehow").with_header("content-encoding", "compress");
    let server = MockPamCore::builder().list_reply(reply).start().await.unwrap();
    let error = failure(builder(server.url())).await;
    let api = error.api_error().expect("an error of the server");
    assert_eq!((error.kind(), api.kind(), api.message()), (ErrorKind::Api, ApiErrorKind::Other, ""));
    assert_eq!((api.code(), api.http_status(), api.detail()), (Some(404), Some(404), None));
}

#[tokio::test]
async fn a_time_out_is_one_in_io_too() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut timeouts = Timeouts::default();
    timeouts.first_byte = Duration::from_millis(50);
    let url = format!("http://{}", listener.local_addr().unwrap());
    let error = failure(builder(url).timeouts(timeouts)).await;
    assert_eq!(error.kind(), ErrorKind::Timeout, "{error}");
    assert!(error.message().contains("(first-byte time-out)"), "{error}");
    assert!(error.remedy().unwrap().contains("first_byte"));
    assert_eq!(io::Error::from(error).kind(), io::ErrorKind::TimedOut);
}

#[test]
fn what_a_client_cannot_use_is_invalid_input_in_io() {
    let error = builder("ftp://pam.example").build().unwrap_err();
    assert_eq!((error.kind(), error.kind().as_str()), (ErrorKind::Configuration, "configuration"));
    assert_eq!(io::Error::from(error).kind(), io::ErrorKind::InvalidInput);
    let error = Client::builder("https://pam.example").build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert_eq!(error.remedy(), Some("check the client id, the client secret and the token path"));
}

#[tokio::test]
async fn a_body_that_is_over_stays_over() {
    let server = MockPamCore::builder().response(Response::new(3)).start().await.unwrap();
    let mut reader = builder(server.url()).build().unwrap().remote_sessions().await.unwrap();
    while reader.next_item().await.unwrap().is_some() {}
    let text = format!("{:?}", reader.get_ref());
    let bytes = reader.summary().bytes();
    assert_eq!((reader.get_ref().wire_bytes(), reader.get_ref().decoded_bytes()), (bytes, bytes));
    assert!(text.starts_with(&format!("Body {{ wire_bytes: {bytes}, wire_length: ")), "{text}");
    assert!(text.contains(&format!("encoding: Identity, decoded_bytes: {bytes}")), "{text}");
    assert!(reader.get_mut().next().await.is_none());
    assert!(reader.get_mut().next().await.is_none());
}

#[tokio::test]
async fn a_body_that_failed_stays_over() {
    let fault = mock_pam_core::Fault::ResetAfter(40);
    let server = MockPamCore::builder().response(Response::new(3)).fault(fault).start().await.unwrap();
    let mut reader = builder(server.url()).build().unwrap().remote_sessions().await.unwrap();
    assert_eq!(reader.next_item().await.map(drop).unwrap_err().kind(), ErrorKind::Transport);
    assert!(reader.get_mut().next().await.is_none());
}

#[test]
fn each_step_of_a_check_has_a_name_a_title_and_someone_to_ask() {
    let said = CheckStep::ALL.map(|step| (step.as_str(), step.to_string(), step.whom_to_ask()));
    for ((name, title, whom), (expected, shown, asked)) in said.into_iter().zip([
        ("name_lookup", "name lookup", "runs the network"),
        ("connect", "connect", "routes, firewalls, the proxy"),
        ("tls", "TLS", "runs the server"),
        ("token", "access token", "client id and secret"),
        ("permission", "permission", "permission to access Web Proxy Session resources"),
        ("first_item", "first item", "time-outs of the gateway"),
    ]) {
        assert_eq!((name, &*title), (expected, shown));
        assert!(whom.contains(asked), "{name}: {whom}");
    }
}

#[tokio::test]
async fn a_check_with_a_token_asks_for_none() {
    let server = MockPamCore::builder().response(Response::new(1)).start().await.unwrap();
    let client = Client::builder(server.url()).token("no-such-token".into()).build().unwrap();
    let mut outcomes = Vec::new();
    let error =
        client.check(|checked| outcomes.push((checked.step, checked.outcome.clone()))).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Api, "the mock did not give out that token");
    let (step, outcome) = &outcomes[3];
    assert_eq!(*step, CheckStep::Token);
    assert!(matches!(outcome, CheckOutcome::Skipped("a token was given")), "{outcome:?}");
    assert!(matches!(outcomes[4], (CheckStep::Permission, CheckOutcome::Failed(_))), "{outcomes:?}");
    assert_eq!((outcomes.len(), server.log().token_requests), (5, 0));
}

#[tokio::test]
async fn a_check_fails_at_tls_where_the_server_refuses_it() {
    let server = answering(alert(70)).await;
    let client = builder(format!("https://{server}")).build().unwrap();
    let mut steps = Vec::new();
    let error = client.check(|checked| steps.push(checked.step)).await.unwrap_err();
    assert!(error.message().contains("ProtocolVersion"), "{error}");
    assert_eq!(steps, [CheckStep::NameLookup, CheckStep::Connect, CheckStep::Tls]);
}

#[test]
fn a_proxy_needs_no_user() {
    let url = "http://proxy.example:3128/path?query".to_owned();
    let proxies = Proxies::Url { url, no_proxy: Some("other.example".into()) };
    let client = builder("https://pam.example").proxies(proxies.clone()).build().unwrap();
    assert!(format!("{client:?}").contains(r#"proxy: Some("http://proxy.example:3128/")"#), "{client:?}");
    assert_eq!(
        format!("{proxies:?}"),
        r#"Url { url: "http://proxy.example:3128/", no_proxy: Some("other.example") }"#
    );
    assert_eq!(format!("{:?} {:?}", Proxies::Direct, Proxies::default()), "Direct Environment");
    let unreadable = Proxies::Url { url: "hunter2@@:".into(), no_proxy: None };
    assert_eq!(format!("{unreadable:?}"), r#"Url { url: "?", no_proxy: None }"#);
}

/// What a check comes to at its last step, by way of a proxy: the step, the error, and whom to ask.
async fn checked_through(proxy: &str, base: &str) -> (CheckStep, Error, &'static str) {
    let proxies = Proxies::Url { url: proxy.into(), no_proxy: None };
    let client = builder(base).allow_http(true).proxies(proxies).build().unwrap();
    let mut whom = None;
    let error = client.check(|checked| whom = checked.whom_to_ask().map(|whom| (checked.step, whom))).await;
    let (step, whom) = whom.expect("someone to ask");
    (step, error.unwrap_err(), whom)
}

#[tokio::test]
async fn a_proxy_that_wants_another_password_is_named_as_the_one() {
    let answer =
        b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\nconnection: close\r\n\r\n";
    let address = answering(answer.to_vec()).await;
    for (base, step) in [("https://pam.invalid", CheckStep::Tls), ("http://pam.invalid", CheckStep::Token)] {
        let (failed, error, whom) = checked_through(&format!("http://u:hunter2@{address}"), base).await;
        assert_eq!((failed, error.kind()), (step, ErrorKind::Transport), "{error}");
        let expected = format!("the proxy http://{address} refused the request (status 407)");
        assert!(error.message().contains(&expected), "{error}");
        assert!(error.remedy().unwrap().contains("user name and password in the address of the proxy"));
        assert!(whom.starts_with("whoever runs the proxy: the user name"), "{whom}");
        assert!(!format!("{error:?} {error} {:?}", error.remedy()).contains("hunter2"), "{error:?}");
    }
}

#[tokio::test]
async fn a_proxy_that_opens_no_way_is_named_as_the_one() {
    for answer in ["HTTP/1.1 403 Forbidden\r\n\r\n", "no HTTP at all\r\n\r\n"] {
        let address = answering(answer.into()).await;
        let (step, error, whom) = checked_through(&format!("http://{address}"), "https://pam.invalid").await;
        assert_eq!((step, error.kind()), (CheckStep::Tls, ErrorKind::Transport));
        assert!(error.message().contains(&format!("the proxy http://{address} opened no way")), "{error}");
        assert!(whom.starts_with("whoever runs the proxy: whether it lets"), "{whom}");
    }
}

#[tokio::test]
async fn the_certificate_of_a_proxy_is_not_called_the_servers() {
    let proxy = MockPamCore::builder().tls(Tls::Valid).start().await.unwrap();
    for base in ["https://pam.invalid", "http://pam.invalid"] {
        let (_, error, whom) = checked_through(&proxy.url(), base).await;
        assert!(error.message().contains("the proxy's certificate was refused: its issuer"), "{error}");
        assert!(error.remedy().unwrap().ends_with("do not trust this proxy"), "{:?}", error.remedy());
        assert!(whom.starts_with("whoever runs the proxy (its certificate)"), "{whom}");
    }
}

#[tokio::test]
async fn a_key_of_another_certificate_is_no_matter_of_the_network() {
    let [one, other] = [(); 2].map(|()| MockPamCore::builder().tls(Tls::ClientCertificateRequired).start());
    let (one, other) = (one.await.unwrap(), other.await.unwrap());
    let parts = |server: &MockPamCore| {
        let pem = server.client_pem().unwrap().to_owned();
        let at = pem.find("-----BEGIN PRIVATE KEY").expect("the key comes last");
        (pem[..at].to_owned(), pem[at..].to_owned())
    };
    let pem = parts(&one).0 + &parts(&other).1;
    let error = builder(one.url()).client_certificate(pem.as_bytes()).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Configuration, "{error}");
    let expected = "expected a client certificate and the private key that belongs to it, found a key";
    assert!(error.message().starts_with(expected), "{error}");
    assert!(error.remedy().unwrap().contains("--client-key"));
    assert!(std::error::Error::source(&error).is_none());
}
