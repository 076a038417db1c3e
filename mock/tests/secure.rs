//! TLS and HTTP/2 from outside.

use core::time::Duration;
use std::sync::Arc;

use bytes::Bytes;
use h2::{Reason, client};
use hyper::{Request, Response as Answer};
use mock_pam_core::{Encoding, Fault, MockPamCore, Response, Tls};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore};

const LIST: &str = "/api/pam/session/remotesessions";
const TOKEN: &str = "/iso/oauth2/token";
const FORM: &str = "grant_type=client_credentials&client_id=mock-client&client_secret=mock-secret";

/// What a TLS client is set up with.
#[derive(Clone, Copy)]
struct Trust {
    authority: bool,
    identity: bool,
    http2: bool,
}

const TRUSTING: Trust = Trust { authority: true, identity: false, http2: false };

async fn connect(server: &MockPamCore, trust: Trust, host: &str) -> std::io::Result<TlsStream<TcpStream>> {
    let mut roots = RootCertStore::empty();
    let authority =
        if trust.authority { server } else { &MockPamCore::builder().tls(Tls::Valid).start().await? };
    roots.add(CertificateDer::from_pem_slice(authority.ca_pem().unwrap().as_bytes()).unwrap()).unwrap();
    let builder = ClientConfig::builder().with_root_certificates(roots);
    let mut config = if trust.identity {
        let pem = server.client_pem().unwrap().as_bytes();
        let certificate = CertificateDer::from_pem_slice(pem).unwrap();
        builder.with_client_auth_cert(vec![certificate], PrivateKeyDer::from_pem_slice(pem).unwrap()).unwrap()
    } else {
        builder.with_no_client_auth()
    };
    if trust.http2 {
        config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    }
    let stream = TcpStream::connect(server.addr()).await?;
    let name = ServerName::try_from(host.to_owned()).unwrap();
    TlsConnector::from(Arc::new(config)).connect(name, stream).await
}

/// One request by HTTP/1 over TLS; everything that comes.
async fn ask(server: &MockPamCore, trust: Trust, host: &str) -> std::io::Result<Vec<u8>> {
    let mut stream = connect(server, trust, host).await?;
    stream.write_all(b"GET / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await?;
    let mut all = Vec::new();
    stream.read_to_end(&mut all).await?;
    Ok(all)
}

#[tokio::test]
async fn certificates_are_good_or_bad_as_asked() {
    for (tls, localhost, cause) in [
        (Tls::Valid, true, ""),
        (Tls::Expired, false, "expired"),
        (Tls::NotYetValid, false, "not valid yet"),
        (Tls::WrongHost, false, "not valid for name"),
        (Tls::SelfSigned, false, "UnknownIssuer"),
    ] {
        let server = MockPamCore::builder().tls(tls).start().await.unwrap();
        assert_eq!(server.url(), format!("https://{}", server.addr()));
        for host in ["localhost", "127.0.0.1"] {
            match ask(&server, TRUSTING, host).await {
                Ok(answer) => assert!(localhost && answer.starts_with(b"HTTP/1.1 404 "), "{tls}"),
                Err(error) => {
                    assert!(!localhost && error.to_string().contains(cause), "{tls}: {error}");
                }
            }
        }
        // Nobody knows the authority of this server by chance.
        let stranger = ask(&server, Trust { authority: false, ..TRUSTING }, "localhost").await;
        assert!(stranger.is_err());
        let pam = ask(&server, TRUSTING, "pam.invalid").await;
        assert_eq!(pam.is_ok(), tls == Tls::WrongHost);
    }
    let plain = MockPamCore::builder().start().await.unwrap();
    assert_eq!((plain.ca_pem(), plain.client_pem()), (None, None));
}

#[tokio::test]
async fn a_client_certificate_is_required_where_asked() {
    let server = MockPamCore::builder().tls(Tls::ClientCertificateRequired).start().await.unwrap();
    let error = ask(&server, TRUSTING, "localhost").await.unwrap_err();
    assert!(error.to_string().contains("CertificateRequired"), "{error}");
    let answer = ask(&server, Trust { identity: true, ..TRUSTING }, "localhost").await.unwrap();
    assert!(answer.starts_with(b"HTTP/1.1 404 "));
    assert_eq!(server.log().other_requests, 1);
}

/// A client that speaks HTTP/2.
async fn client<T>(link: T) -> client::SendRequest<Bytes>
where
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (sender, connection) = client::handshake(link).await.unwrap();
    tokio::spawn(connection);
    sender
}

async fn send(
    sender: &client::SendRequest<Bytes>,
    request: hyper::http::request::Builder,
    body: &'static str,
) -> Result<Answer<h2::RecvStream>, h2::Error> {
    let mut sender = sender.clone().ready().await?;
    let (answer, mut stream) = sender.send_request(request.body(()).unwrap(), false)?;
    stream.send_data(Bytes::from_static(body.as_bytes()), true)?;
    answer.await
}

async fn collect(body: &mut h2::RecvStream) -> (Vec<u8>, Result<(), h2::Error>) {
    let mut all = Vec::new();
    while let Some(data) = body.data().await {
        match data {
            Ok(data) => {
                all.extend_from_slice(&data);
                // The connection may be over already.
                let _over = body.flow_control().release_capacity(data.len());
            }
            Err(error) => return (all, Err(error)),
        }
    }
    (all, Ok(()))
}

/// The list by HTTP/2: its body, and how that ended; or why there is none.
async fn list(sender: &client::SendRequest<Bytes>) -> Result<(Vec<u8>, Result<(), h2::Error>), h2::Error> {
    let request = Request::post(format!("http://localhost{TOKEN}"))
        .header("content-type", "application/x-www-form-urlencoded");
    let mut answer = send(sender, request, FORM).await?;
    assert_eq!(answer.status(), 200);
    let token: serde_json::Value = serde_json::from_slice(&collect(answer.body_mut()).await.0).unwrap();
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap());
    let request = Request::get(format!("http://localhost{LIST}")).header("authorization", bearer);
    let mut answer = send(sender, request, "").await?;
    assert_eq!(answer.status(), 200);
    Ok(collect(answer.body_mut()).await)
}

#[tokio::test]
async fn http2_is_spoken_with_those_who_do() {
    let response = Response::new(20_000);
    let builder = MockPamCore::builder().response(response.clone()).http2();
    // By the preface, without TLS.
    let server = builder.clone().start().await.unwrap();
    let sender = client(TcpStream::connect(server.addr()).await.unwrap()).await;
    for _ in 0..2 {
        let (body, end) = list(&sender).await.unwrap();
        assert!(body == response.to_vec());
        end.unwrap();
    }
    assert_eq!(server.log().connections, 1);
    let mut http1 = TcpStream::connect(server.addr()).await.unwrap();
    http1.write_all(b"POST / HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n").await.unwrap();
    let mut answer = String::new();
    http1.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 404 "));

    // By agreement, with TLS.
    let server = builder.tls(Tls::Valid).encoding(Encoding::Gzip).start().await.unwrap();
    let link = connect(&server, Trust { http2: true, ..TRUSTING }, "localhost").await.unwrap();
    assert_eq!(link.get_ref().1.alpn_protocol(), Some(&b"h2"[..]));
    assert!(list(&client(link).await).await.unwrap().0 == response.to_vec());
    assert!(ask(&server, TRUSTING, "localhost").await.unwrap().starts_with(b"HTTP/1.1 404 "));
}

#[tokio::test]
async fn http2_breaks_off_as_asked() {
    let all = Response::new(50).to_vec();
    let break_off = async |fault: &Fault| {
        let builder = MockPamCore::builder().response(Response::new(50)).http2().fault(fault.clone());
        let server = builder.start().await.unwrap();
        let sender = client(TcpStream::connect(server.addr()).await.unwrap()).await;
        let result = list(&sender).await;
        assert_eq!(server.log().faults, 1);
        result
    };
    for (fault, reason) in [
        (Fault::RstStream(5000), Some(Reason::INTERNAL_ERROR)),
        (Fault::RstStream(1 << 20), Some(Reason::INTERNAL_ERROR)),
        // It says that it has cared for no stream, so the stream is told as well.
        (Fault::GoAway(5000), Some(Reason::INTERNAL_ERROR)),
        (Fault::BadChunkSize(5000), Some(Reason::PROTOCOL_ERROR)),
        (Fault::ResetAfter(5000), None),
        (Fault::CloseAfter(5000), None),
        (Fault::NoTerminator, None),
    ] {
        let (body, end) = break_off(&fault).await.unwrap();
        let error = end.unwrap_err();
        assert_eq!(error.reason(), reason, "{fault}: {error}");
        assert!(all.starts_with(&body), "{fault}");
        let sent =
            if matches!(fault, Fault::NoTerminator | Fault::RstStream(1_048_576)) { all.len() } else { 5000 };
        assert_eq!(body.len(), sent, "{fault}");
    }
    for fault in [Fault::ResetBeforeHead, Fault::ResetInHead, Fault::CloseInHead, Fault::NotHttp] {
        assert!(break_off(&fault).await.is_err(), "{fault}");
    }
    for fault in [Fault::CutAfter(100), Fault::UntilClose(100)] {
        let (body, end) = break_off(&fault).await.unwrap();
        assert_eq!(
            (body, end.is_ok()),
            (all[..100].to_vec(), matches!(fault, Fault::CutAfter(_))),
            "{fault}"
        );
    }
    // HTTP/2 itself compares the length with what comes.
    for (fault, reason) in
        [(Fault::ShortLength(10), Some(Reason::PROTOCOL_ERROR)), (Fault::LongLength(10), None)]
    {
        let error = break_off(&fault).await.map_or_else(Some, |(_, end)| end.err()).unwrap();
        assert_eq!(error.reason(), reason, "{fault}");
    }
    for fault in [Fault::Drip(1 << 20), Fault::ManyHeaders(100)] {
        let (body, end) = break_off(&fault).await.unwrap();
        assert_eq!((body, end.is_ok()), (all.clone(), true), "{fault}");
    }
}

#[tokio::test]
async fn a_goodbye_is_said_before_the_connection_closes() {
    let server = MockPamCore::builder().http2().fault(Fault::GoAway(5000)).start().await.unwrap();
    let link = TcpStream::connect(server.addr()).await.unwrap();
    let (sender, connection) = client::handshake(link).await.unwrap();
    let connection = tokio::spawn(connection);
    assert!(list(&sender).await.unwrap().1.is_err());
    let error = connection.await.unwrap().unwrap_err();
    assert!(error.is_go_away() && error.is_remote(), "{error}");
    assert_eq!(error.reason(), Some(Reason::INTERNAL_ERROR));
    // With the token, as a careless server would say it.
    assert!(error.to_string().contains("Bearer "), "{error}");
}

#[tokio::test]
async fn http2_stalls_as_asked() {
    for fault in [Fault::NoHead, Fault::StallAfter(100), Fault::TokenNoHead] {
        let server = MockPamCore::builder().http2().fault(fault.clone()).start().await.unwrap();
        let sender = client(TcpStream::connect(server.addr()).await.unwrap()).await;
        // Too short a while could only hide that something comes, never make a good server fail.
        assert!(tokio::time::timeout(Duration::from_millis(200), list(&sender)).await.is_err(), "{fault}");
        assert_eq!(server.log().faults, 1);
    }
}
