//! Tokens at hand, headers, certificates, proxies.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use mock_pam_core::{Fault, MockPamCore, Response, Tls};
use remote_sessions::ErrorKind;
use remote_sessions::client::{Client, Proxies};
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};

use super::raw::{End, Raw, response};
use super::{builder, client, drain, failure};

const LIST: &[u8] = br#"{"remote_sessions":[{"id":1}]}"#;

#[tokio::test]
async fn a_token_at_hand_asks_for_none() {
    let server = Raw::start(response("200 OK", "", LIST), End::Close).await;
    let client = Client::builder(&server.url).token("at-hand".into()).build().unwrap();
    for _ in 0..2 {
        drain(&mut client.remote_sessions().await.unwrap()).await.1.unwrap();
    }
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    assert!(requests.iter().all(|request| request.contains("\r\nauthorization: Bearer at-hand\r\n")));
}

#[tokio::test]
async fn row_23_a_401_is_final_for_a_token_at_hand() {
    let server = MockPamCore::builder().response(Response::new(5)).start().await.unwrap();
    let client = Client::builder(server.url()).token("unknown".into()).build().unwrap();
    let error = failure(&client).await;
    assert_eq!((error.kind(), error.api_error().unwrap().code()), (ErrorKind::Api, Some(401)));
    assert_eq!((server.log().token_requests, server.log().list_requests), (0, 1));
}

#[tokio::test]
async fn row_23_a_token_that_expires_in_mid_life_is_renewed_once() {
    let server = MockPamCore::builder().response(Response::new(5)).start().await.unwrap();
    let client = client(&server);
    assert_eq!(drain(&mut client.remote_sessions().await.unwrap()).await.0.len(), 5);
    server.add_fault(Fault::TokenExpires.times(1));
    assert_eq!(drain(&mut client.remote_sessions().await.unwrap()).await.0.len(), 5);
    assert_eq!((server.log().token_requests, server.log().list_requests), (2, 3));
    server.add_fault(Fault::TokenExpires);
    assert_eq!(failure(&client).await.api_error().unwrap().code(), Some(401));
    assert_eq!((server.log().token_requests, server.log().list_requests), (3, 5));
}

#[test]
fn a_token_or_credentials_not_both_and_no_strange_ones() {
    let builder = || Client::builder("https://pam.example");
    for refused in [
        builder().token("".into()),
        builder().token("a\r\nb".into()),
        builder().token("é".into()),
        builder().token("a".into()).credentials("id", "secret".into()),
    ] {
        assert_eq!(refused.build().unwrap_err().kind(), ErrorKind::Authentication);
    }
}

#[tokio::test]
async fn headers_go_with_every_request_and_are_not_shown() {
    let server = Raw::start(response("200 OK", "", LIST), End::Close).await;
    let builder = server.builder().header("Referer", "https://app.example/canary").header("X-Key", "canary");
    assert!(!format!("{builder:?}").contains("canary"));
    let client = builder.build().unwrap();
    assert!(!format!("{client:?}").contains("canary"));
    drain(&mut client.remote_sessions().await.unwrap()).await.1.unwrap();
    let requests = server.requests();
    assert_eq!(requests.len(), 2);
    for request in requests {
        assert!(request.contains("\r\nreferer: https://app.example/canary\r\n"), "{request}");
        assert!(request.contains("\r\nx-key: canary\r\n"), "{request}");
    }
}

#[tokio::test]
async fn row_26_a_private_authority_and_a_client_certificate_are_accepted() {
    for http2 in [false, true] {
        for tls in [Tls::Valid, Tls::ClientCertificateRequired] {
            let server = MockPamCore::builder().tls(tls).response(Response::new(7));
            let server = if http2 { server.http2() } else { server }.start().await.unwrap();
            let mut builder = builder(&server);
            if tls == Tls::ClientCertificateRequired {
                let error = failure(&builder.clone().build().unwrap()).await;
                assert_eq!(error.kind(), ErrorKind::Transport);
                assert!(
                    error.remedy().unwrap().contains("client certificate"),
                    "{error:?}: {:?}",
                    error.remedy()
                );
                builder = builder.client_certificate(server.client_pem().unwrap().as_bytes());
            }
            let client = builder.build().unwrap();
            assert_eq!(drain(&mut client.remote_sessions().await.unwrap()).await.0.len(), 7);
        }
    }
}

#[tokio::test]
async fn row_26_a_refused_certificate_is_named_with_its_remedy() {
    for (tls, part, remedy) in [
        (Tls::Expired, "expired", "renew"),
        (Tls::NotYetValid, "not valid yet", "clock"),
        (Tls::WrongHost, "another name", "name in the certificate"),
    ] {
        let server = MockPamCore::builder().tls(tls).start().await.unwrap();
        let error = failure(&client(&server)).await;
        assert_eq!(error.kind(), ErrorKind::Transport, "{error}");
        assert!(error.to_string().contains(part), "{error}");
        assert!(error.remedy().unwrap().contains(remedy), "{:?}", error.remedy());
        // A certificate does not change by asking again.
        assert!(!error.to_string().contains("tries"));
    }
    let server = MockPamCore::builder().tls(Tls::Valid).start().await.unwrap();
    let stranger = Client::builder(server.url()).credentials("id", "secret".into()).build().unwrap();
    let error = failure(&stranger).await;
    assert!(error.to_string().contains("issuer is not known"), "{error}");
    assert!(error.remedy().unwrap().contains("CA file"));
    // TLS to a server that speaks none.
    let plain = MockPamCore::builder().start().await.unwrap();
    let url = plain.url().replace("http://", "https://");
    let client = Client::builder(url).credentials("id", "secret".into()).build().unwrap();
    let error = failure(&client).await;
    assert!(error.to_string().contains("does not speak TLS"), "{error}");
}

/// A proxy that lets everything through to one place, wherever it was asked for; with what it was asked.
async fn proxy(to: SocketAddr) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    let all = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&all);
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let mut asked = Vec::new();
            while !asked.ends_with(b"\r\n\r\n") {
                asked.push(near.read_u8().await.unwrap());
            }
            log.lock().unwrap().push(String::from_utf8(asked).unwrap());
            near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            let mut far = TcpStream::connect(to).await.unwrap();
            tokio::spawn(async move {
                // Either side may just go.
                let _gone = copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    (address, all)
}

#[tokio::test]
async fn a_proxy_is_gone_through_by_its_own_name_and_password() {
    // To be seen: through the proxy, a name that does not exist leads to the mock.
    let server = MockPamCore::builder().tls(Tls::WrongHost).response(Response::new(7)).start().await.unwrap();
    let (address, log) = proxy(server.addr()).await;
    let proxies = Proxies::Url { url: format!("http://agent:hunter2@{address}"), no_proxy: None };
    let builder = builder(&server).proxies(proxies);
    let at_name = Client::builder("https://pam.invalid")
        .credentials("mock-client", "mock-secret".into())
        .ca_certificates(server.ca_pem().unwrap().as_bytes())
        .proxies(Proxies::Url { url: format!("http://agent:hunter2@{address}"), no_proxy: None })
        .build()
        .unwrap();
    let shown = format!("{builder:?} {at_name:?}");
    assert!(shown.contains(&address) && !shown.contains("hunter2"), "{shown}");
    assert_eq!(drain(&mut at_name.remote_sessions().await.unwrap()).await.0.len(), 7);
    let asked = log.lock().unwrap().clone();
    assert_eq!(asked.len(), 2, "one for the token, one for the list");
    for asked in asked {
        assert!(asked.starts_with("CONNECT pam.invalid:443 HTTP/1.1\r\n"), "{asked}");
        // `agent:hunter2`
        assert!(
            asked.to_ascii_lowercase().contains("proxy-authorization: basic ywdlbnq6ahvudgvymg=="),
            "{asked}"
        );
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named_without_its_password() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap().to_string();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let mut asked = [0; 4096];
            let _asked = near.read(&mut asked).await;
            let answer = b"HTTP/1.1 407 Proxy Authentication Required\r\ncontent-length: 0\r\n\r\n";
            near.write_all(answer).await.unwrap();
        }
    });
    let proxies = Proxies::Url { url: format!("http://agent:hunter2@{address}"), no_proxy: None };
    let client = Client::builder("https://pam.invalid").credentials("id", "secret".into()).proxies(proxies);
    let error = failure(&client.retries(super::once()).build().unwrap()).await;
    assert_eq!(error.kind(), ErrorKind::Transport);
    assert!(error.remedy().unwrap().contains(&format!("proxy http://{address}")), "{:?}", error.remedy());
    assert!(!format!("{error:?} {:?}", error.remedy()).contains("hunter2"));
    assert!(error.message().contains(&format!("the proxy http://{address} refused")), "{error}");
}

#[tokio::test]
async fn no_proxy_is_asked_for_this_machine() {
    let server = MockPamCore::builder().response(Response::new(7)).start().await.unwrap();
    // Nobody is there.
    let proxies = Proxies::Url { url: "http://127.0.0.1:9".into(), no_proxy: None };
    let client = builder(&server).proxies(proxies).build().unwrap();
    assert_eq!(drain(&mut client.remote_sessions().await.unwrap()).await.0.len(), 7);
}
