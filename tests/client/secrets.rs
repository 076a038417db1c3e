//! A canary: no text of any value or error may hold the secret or the token.

use std::error::Error as _;

use mock_pam_core::{MockPamCore, Reply};
use remote_sessions::Error;
use remote_sessions::client::{Authentication, Client};

use super::failure;

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
