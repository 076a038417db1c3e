//! A canary: no text of any value or error may hold the secret or the token.

use std::error::Error as _;

use mock_pam_core::{Fault, MockPamCore, Reply, Response, Tls};
use remote_sessions::client::{Authentication, Client, Proxies};
use remote_sessions::{Error, ErrorKind};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::raw::{End, Raw, response};
use super::{builder, drain, failure};

const SECRET: &str = "hunter2/canary+€";
const TOKEN: &str = "t0k.en-canary/x";
/// `id:hunter2%2Fcanary%2B%E2%82%AC`, as HTTP Basic has it.
const BASIC: &str = "aWQ6aHVudGVyMiUyRmNhbmFyeSUyQiVFMiU4MiVBQw==";

/// Every text that an error can give, down to its last source.
fn texts(error: &Error) -> String {
    let mut all = format!(
        "{error} {error:?} {error:#?} {} {:?} {:?}",
        error.message(),
        error.remedy(),
        error.api_error()
    );
    let mut source = error.source();
    while let Some(cause) = source {
        all += &format!(" {cause} {cause:?} {cause:#?}");
        source = cause.source();
    }
    // It holds the secret as well.
    all.replace(BASIC, "canary")
}

fn client(server: &MockPamCore, style: Authentication) -> Client {
    let builder = Client::builder(server.url()).credentials("id", SECRET.into()).retries(super::once());
    builder.authentication(style).build().unwrap()
}

#[tokio::test]
async fn no_error_repeats_secret_or_token() {
    let token =
        Reply::new(200, format!(r#"{{"token_type":"Bearer","expires_in":60,"access_token":"{TOKEN}"}}"#));
    // A server that repeats what it was told, in all spellings.
    let echoes =
        [SECRET, TOKEN, "hunter2\\/canary+€", "hunter2%2Fcanary%2B%E2%82%AC", "t0k.en-canary\\/x", BASIC]
            .join(" ");
    let bodies = [
        format!(r#"{{"message":"bad {echoes}"}}"#),
        format!(
            r#"{{"code":500,"response":{{"error":true,"message":"bad","detail":"{echoes}"}},"tenant":"{echoes}"}}"#
        ),
        echoes.clone(),
        format!("<html>{echoes}"),
        format!(r#"{{"access_token":"{TOKEN}","token_type":"{TOKEN}\n"}}"#),
    ];
    for style in [Authentication::Form, Authentication::Basic] {
        for body in &bodies {
            for status in [400, 401, 500] {
                let reply = Reply::new(status, body.clone());
                let server = MockPamCore::builder()
                    .token_reply(token.clone())
                    .list_reply(reply)
                    .start()
                    .await
                    .unwrap();
                let error = failure(&client(&server, style)).await;
                assert!(!texts(&error).contains("canary"), "{error:?}");
            }
            for status in [200, 400] {
                // No token is known here that could be looked for.
                let reply = Reply::new(status, body.replace("t0k.en-canary", "-"));
                let server = MockPamCore::builder().token_reply(reply).start().await.unwrap();
                let error = failure(&client(&server, style)).await;
                assert!(!texts(&error).contains("canary"), "{error:?}");
            }
        }
        let location =
            Reply::new(302, "").with_header("location", "//elsewhere.example/?token=t0k.en-canary/x");
        let server =
            MockPamCore::builder().token_reply(token.clone()).list_reply(location).start().await.unwrap();
        let error = failure(&client(&server, style)).await;
        assert!(error.to_string().contains("[hidden]") && !texts(&error).contains("canary"), "{error:?}");
    }
}

#[tokio::test]
async fn no_value_shows_secret_or_token() {
    let token =
        Reply::new(200, format!(r#"{{"token_type":"Bearer","expires_in":60,"access_token":"{TOKEN}"}}"#));
    let list = Reply::new(200, r#"{"remote_sessions":[{"id":1}]}"#);
    let server = MockPamCore::builder().token_reply(token).list_reply(list).start().await.unwrap();
    let builder = Client::builder(server.url()).credentials("id", SECRET.into());
    assert!(!format!("{builder:?} {builder:#?}").contains("canary"));
    let client = builder.build().unwrap();
    let mut reader = client.remote_sessions().await.unwrap();
    assert!(reader.next_item().await.unwrap().is_some());
    assert!(!format!("{client:?} {client:#?} {reader:?} {:?}", reader.get_ref()).contains("canary"));
    server.stop().await;
    let error = failure(&client).await;
    assert!(!texts(&error).contains("canary"), "{error:?}");
}

#[tokio::test]
async fn no_error_about_an_item_repeats_secret_or_token() {
    let token =
        Reply::new(200, format!(r#"{{"token_type":"Bearer","expires_in":60,"access_token":"{TOKEN}"}}"#));
    let items = [
        format!(r#"{{"id":"{TOKEN}"}}"#),
        format!(r#"{{"id":1,"user":["{SECRET}"]}}"#),
        format!(r#"{{"id":1,"user":"a","user":"{TOKEN}"}}"#),
        format!(r#""{TOKEN}""#),
    ];
    let list = Reply::new(200, format!(r#"{{"remote_sessions":[{}]}}"#, items.join(",")));
    let server = MockPamCore::builder().token_reply(token).list_reply(list).start().await.unwrap();
    let client = client(&server, Authentication::Form);
    let mut reader = client.remote_sessions().await.unwrap();
    let mut seen = 0;
    while let Some(item) = reader.next_item().await.unwrap() {
        assert!(item.raw().contains("canary"), "items are passed on as sent");
        let of_session = Error::from(item.session().unwrap_err());
        let of_type = Error::from(item.deserialize::<Vec<u8>>().unwrap_err());
        for error in [of_session, of_type] {
            assert!(!texts(&error).contains("canary"), "{error:?}");
        }
        seen += 1;
    }
    assert_eq!(seen, items.len());
}

/// Every character as JSON may spell it: PHP does so with all that is not ASCII.
fn escaped(text: &str) -> String {
    text.encode_utf16().map(|unit| format!("\\u{unit:04X}")).collect()
}

#[tokio::test]
async fn hostile_27_escapes_of_json_hide_no_secret_from_the_mask() {
    const HEADER: &str = "пароль-канарейка";
    let token =
        Reply::new(200, format!(r#"{{"token_type":"Bearer","expires_in":60,"access_token":"{TOKEN}"}}"#));
    let server = MockPamCore::builder().token_reply(token).start().await.unwrap();
    let builder = Client::builder(server.url()).credentials("id", SECRET.into()).header("X-Key", HEADER);
    let client = builder.retries(super::once()).build().unwrap();
    let silent = |text: &str| {
        for secret in ["canary", "hunter2", "t0k.en", "канарейка", "пароль"] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    };
    let all = [SECRET, TOKEN, HEADER, BASIC].map(escaped).join(" ");
    let nested = all.replace('\\', "\\\\");
    for echo in [&all, &nested, &format!("{}canary{}", escaped("hunter2/"), escaped("+€"))] {
        let error = format!(
            r#"{{"code":500,"response":{{"error":true,"message":"{echo}","detail":"{echo}"}},"tenant":"{echo}"}}"#
        );
        for body in [format!(r#"{{"message":"bad {echo}"}}"#), format!(r#"{{"error":"{echo}"}}"#), error] {
            for status in [200, 401, 500] {
                server.reply_to_lists(Some(Reply::new(status, body.clone())));
                let error = failure(&client).await;
                assert!(error.to_string().contains("[hidden]"), "{error}");
                silent(&texts(&error));
            }
        }
        let list = format!(
            r#"{{"code":200,"response":{{"status":200,"message":"{echo}","detail":"{echo}"}},"tenant":"{echo}","exception":{{}},"remote_sessions":[{{"id":1}},{{"id":"{echo}"}}]}}"#
        );
        server.reply_to_lists(Some(Reply::new(200, list)));
        let mut reader = client.remote_sessions().await.unwrap();
        assert_eq!(reader.next_item().await.unwrap().unwrap().session().unwrap().id(), 1);
        let item = reader.next_item().await.unwrap().unwrap();
        silent(&texts(&item.session().unwrap_err().into()));
        silent(&texts(&item.deserialize::<Vec<u8>>().unwrap_err().into()));
        assert!(reader.next_item().await.unwrap().is_none());
        let summary = reader.summary();
        let envelope = &summary.envelopes()[0];
        assert!(envelope.message().unwrap().contains("[hidden]") && envelope.tenant().is_some());
        silent(&format!("{summary:?} {:?}", summary.envelopes()));
    }
}

#[tokio::test]
async fn hostile_27_a_token_in_place_of_its_type_is_not_shown() {
    let reply = format!(r#"{{"access_token":"Bearer","token_type":"{TOKEN}","expires_in":60}}"#);
    let server = MockPamCore::builder().token_reply(Reply::new(200, reply)).start().await.unwrap();
    let error = failure(&client(&server, Authentication::Form)).await;
    assert_eq!(error.kind(), ErrorKind::Authentication);
    assert!(error.message().ends_with("found one that is not known"), "{error}");
    assert!(!texts(&error).contains("canary"), "{error:?}");
}

#[tokio::test]
async fn hostile_27_a_content_encoding_that_is_the_token_is_not_shown() {
    const MIXED: &str = "Raw-TOKEN-Canary";
    for shown in [MIXED.to_owned(), format!("gzip, {MIXED}"), format!("x{MIXED}x")] {
        let list = response("200 OK", &format!("content-encoding: {shown}\r\n"), b"{}");
        let server = Raw::start(list, End::Close).await;
        let client = Client::builder(&server.url).token(MIXED.into()).build().unwrap();
        let error = failure(&client).await;
        assert_eq!(error.kind(), ErrorKind::Transport);
        assert!(error.to_string().contains("[hidden]"), "{error}");
        assert!(!texts(&error).to_ascii_lowercase().contains("canary"), "{error:?}");
    }
}

#[tokio::test]
async fn hostile_27_an_address_in_lower_case_escapes_hides_no_secret() {
    let echo: String = TOKEN.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let token =
        Reply::new(200, format!(r#"{{"token_type":"Bearer","expires_in":60,"access_token":"{TOKEN}"}}"#));
    let location = Reply::new(302, "").with_header("location", &format!("//elsewhere.example/?t={echo}"));
    let server = MockPamCore::builder().token_reply(token).list_reply(location).start().await.unwrap();
    let error = failure(&client(&server, Authentication::Form)).await;
    assert!(error.to_string().contains("?t=[hidden]") && !error.to_string().contains(&echo), "{error}");
}

/// With the reason to end a connection of HTTP/2, a text comes along.
#[tokio::test]
async fn hostile_27_a_goodbye_of_http2_that_repeats_the_token_is_not_shown() {
    for bytes in [0, 5000] {
        let response = Response::new(1000);
        let server = MockPamCore::builder().tls(Tls::Valid).http2().fault(Fault::GoAway(bytes));
        let server = server.response(response).start().await.unwrap();
        let client = builder(&server).build().unwrap();
        let error = match client.remote_sessions().await {
            Ok(mut reader) => {
                let (_, end) = drain(&mut reader).await;
                assert!(!format!("{reader:?} {:?}", reader.summary()).contains("mock-token-"));
                end.unwrap_err()
            }
            Err(error) => error,
        };
        assert!(error.to_string().contains("(HTTP/2): "), "{error}");
        assert!(!texts(&error).contains("mock-token-"), "{error:?}");
    }
}

/// A proxy for plain HTTP sees the whole request and answers in place of the server.
#[tokio::test]
async fn hostile_27_a_proxy_that_repeats_its_password_is_not_shown() {
    const BASIC: &str = "cHVzZXI6cXdlcnR5QGNhbmFyeQ==";
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let mut asked = vec![0; 16 * 1024];
            let count = near.read(&mut asked).await.unwrap();
            let asked = String::from_utf8_lossy(&asked[..count]).to_ascii_lowercase();
            assert!(asked.contains(&BASIC.to_ascii_lowercase()), "{asked}");
            let body = format!("denied for puser:qwerty@canary qwerty%40canary {BASIC}");
            let answer = response("403 Forbidden", "content-type: text/plain\r\n", body.as_bytes());
            near.write_all(&answer).await.unwrap();
        }
    });
    let proxies = Proxies::Url { url: format!("http://puser:qwerty%40canary@{address}"), no_proxy: None };
    for right in [true, false] {
        let builder = Client::builder("http://pam.invalid").allow_http(true).proxies(proxies.clone());
        let builder = match right {
            true => builder.token("a-token-at-hand".into()),
            false => builder.credentials("id", SECRET.into()),
        };
        let error = failure(&builder.retries(super::once()).build().unwrap()).await;
        assert!(error.to_string().contains("denied for [hidden]"), "{error}");
        assert!(!texts(&error).contains("canary") && !texts(&error).contains(BASIC), "{error:?}");
    }
}
