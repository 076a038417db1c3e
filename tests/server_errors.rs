//! What a server says of an error of its own: kind, documented cause and remedy, and its own words in bounds.
#![cfg(feature = "std")]

use remote_sessions::{ApiError, ApiErrorKind, Error, ErrorKind, Reader};

/// The error that a body amounts to.
fn error_of(body: &str) -> Error {
    let mut reader = Reader::new(body.as_bytes());
    loop {
        match reader.next_item() {
            Ok(item) => assert!(item.is_some(), "{body} is no error"),
            Err(error) => return error,
        }
    }
}

fn api_error_of(body: &str) -> ApiError {
    let error = error_of(body);
    assert_eq!(error.kind(), ErrorKind::Api, "{body}");
    error.api_error().expect("the server's own error").clone()
}

/// The documented messages, with a part of the documented cause and of the remedy.
const DOCUMENTED: [(&str, ApiErrorKind, &str, &str); 8] = [
    (
        "Resource sub not found",
        ApiErrorKind::ResourceNotFound,
        "the requested resource",
        "the path of the list",
    ),
    ("Unexpected error.", ApiErrorKind::Unexpected, "in the Segura server", "support team"),
    (
        "You are not authorized to access this resource.",
        ApiErrorKind::NotAuthorized,
        "no authorization",
        "Web Proxy Session resources in A2A",
    ),
    (
        "Client authentication failed.",
        ApiErrorKind::ClientAuthenticationFailed,
        "could not authenticate",
        "the client id and the client secret",
    ),
    (
        "invalid_client",
        ApiErrorKind::ClientAuthenticationFailed,
        "could not authenticate",
        "request a new token",
    ),
    ("Invalid signature", ApiErrorKind::InvalidSignature, "was not recognized", "send the request again"),
    (
        "no Route matched with those values",
        ApiErrorKind::NoRoute,
        "authorization header",
        "a new access token",
    ),
    ("Request timed out.", ApiErrorKind::RequestTimedOut, "took longer", "check the connection"),
];

#[test]
fn each_documented_message_has_its_cause_and_its_remedy() {
    for (message, kind, cause, remedy) in DOCUMENTED {
        for spelling in
            [message.to_owned(), message.to_uppercase(), format!("  {}. ", message.trim_matches('.'))]
        {
            let error = error_of(&format!(
                r#"{{"code":400,"response":{{"message":"{spelling}"}},"remote_sessions":[]}}"#
            ));
            let api = error.api_error().expect("the server's own error");
            assert_eq!((api.kind(), api.message()), (kind, &*spelling));
            assert!(kind.cause().unwrap().contains(cause), "{message}");
            assert!(kind.remedy().unwrap().contains(remedy), "{message}");
            assert_eq!(error.remedy(), kind.remedy());
            let text = error.to_string();
            assert!(text.starts_with("the server reported an error: "), "{text}");
            assert!(text.contains(&format!("[cause: {}]", kind.cause().unwrap())), "{text}");
        }
    }
}

#[test]
fn an_undocumented_message_has_no_cause_and_a_remedy_by_its_status() {
    for message in ["", ".", "Unexpected", "unexpected error: x", "Erro inesperado."] {
        assert_eq!(ApiErrorKind::of(message), ApiErrorKind::Other, "{message}");
    }
    assert_eq!((ApiErrorKind::Other.cause(), ApiErrorKind::Other.remedy()), (None, None));
    for (code, remedy) in [(400, "vendor's support"), (500, "vendor's support"), (401, "A2A"), (403, "A2A")] {
        let body = format!(r#"{{"code":{code},"response":{{"message":"Erro."}},"remote_sessions":[]}}"#);
        let error = error_of(&body);
        assert_eq!(error.to_string(), format!("the server reported an error: Erro, status {code}"));
        assert!(error.remedy().unwrap().contains(remedy), "{code}: {:?}", error.remedy());
    }
}

#[test]
fn all_that_the_server_said_is_at_hand() {
    let api = api_error_of(
        r#"{"code":403,"tenant":"Segura","response":{"status":401,"message":"Nope","error":true,"error_code":77,"detail":"by rule 7"},"remote_sessions":[]}"#,
    );
    assert_eq!((api.kind(), api.message()), (ApiErrorKind::Other, "Nope"));
    assert_eq!((api.code(), api.error_code(), api.http_status()), (Some(403), Some(77), None));
    assert_eq!((api.detail(), api.tenant()), (Some("by rule 7"), Some("Segura")));
    assert_eq!(api.to_string(), "Nope (by rule 7), status 403, tenant Segura");
}

#[test]
fn what_the_server_left_out_is_none() {
    let api = api_error_of(r#"{"response":{"error":true},"remote_sessions":[]}"#);
    assert_eq!((api.message(), api.code(), api.error_code(), api.http_status()), ("", None, None, None));
    assert_eq!((api.detail(), api.tenant()), (None, None));
    assert_eq!(api.to_string(), "no message");
}

#[test]
fn the_code_is_the_envelope_s_then_the_response_s_then_the_exception_s() {
    for (body, code) in [
        (r#"{"code":500,"response":{"status":404},"exception":{"code":7}}"#, Some(500)),
        (r#"{"code":200,"response":{"status":404},"exception":{"code":7}}"#, Some(404)),
        (r#"{"code":200,"response":{"status":200},"exception":{"code":7}}"#, Some(7)),
        (r#"{"code":200,"exception":{"message":"m"}}"#, None),
    ] {
        assert_eq!(api_error_of(body).code(), code, "{body}");
    }
}

#[test]
fn the_message_is_the_first_that_is_not_empty() {
    for (body, message) in [
        (r#"{"code":500,"response":{"message":"a","mensagem":"b"},"exception":{"message":"c"}}"#, "a"),
        (r#"{"code":500,"response":{"message":"","mensagem":"b"},"exception":{"message":"c"}}"#, "b"),
        (r#"{"code":500,"response":{"message":""},"exception":{"message":"c"},"message":"d"}"#, "c"),
        (r#"{"code":500,"exception":"boom","message":"d"}"#, "boom"),
        (r#"{"code":500,"message":"d","error_description":"e","error":"f"}"#, "d"),
        (r#"{"error":"f","error_description":"e","message":""}"#, "e"),
        (r#"{"error":"f"}"#, "f"),
        (r#"{"code":500,"error":true}"#, ""),
    ] {
        assert_eq!(api_error_of(body).message(), message, "{body}");
    }
}

#[test]
fn the_detail_is_the_response_s_or_the_exception_s() {
    for (body, detail) in [
        (r#"{"response":{"error":true,"detail":"a"},"exception":{"detail":"b"}}"#, Some("a")),
        (r#"{"response":{"error":true,"detail":""},"exception":{"detail":"b"}}"#, Some("b")),
        (r#"{"response":{"error":true,"detail":null},"exception":{"detail":""}}"#, None),
    ] {
        assert_eq!(api_error_of(body).detail(), detail, "{body}");
    }
}

#[test]
fn an_exception_counts_however_it_is_sent() {
    for (exception, message) in [
        (r#""boom""#, "boom"),
        (r#"{"message":"boom"}"#, "boom"),
        (r#"{"code":3,"message":"boom","detail":"d","trace":[1,2]}"#, "boom"),
        // It says nothing that can be read, and is an exception all the same.
        (r#"{"trace":["a","b"]}"#, ""),
        (r#"{"code":null}"#, ""),
    ] {
        let api = api_error_of(&format!(r#"{{"code":200,"exception":{exception},"remote_sessions":[]}}"#));
        assert_eq!(api.message(), message, "{exception}");
    }
    for none in ["null", r#""""#, "[]", "{}", "false"] {
        let body = format!(r#"{{"code":200,"exception":{none},"remote_sessions":[]}}"#);
        let mut reader = Reader::new(body.as_bytes());
        assert!(reader.next_item().expect("no exception").is_none(), "{none}");
        assert_eq!(reader.summary().envelopes()[0].exception(), None, "{none}");
    }
}

#[test]
fn a_server_s_text_is_repeated_in_bounds_and_cannot_act_on_a_terminal() {
    let long = "é".repeat(600);
    let api = api_error_of(&format!(
        r#"{{"code":500,"tenant":"{long}","response":{{"message":"{long}","detail":"{long}"}}}}"#
    ));
    for text in [Some(api.message()), api.detail(), api.tenant()] {
        assert_eq!(text, Some(&*"é".repeat(512)));
    }
    let api = api_error_of(
        r#"{"code":500,"tenant":"t\u001b","response":{"message":"\u001b[2J","detail":"\u202e"}}"#,
    );
    assert_eq!((api.message(), api.detail()), ("\u{1b}[2J", Some("\u{202e}")), "as sent, for programs");
    assert_eq!(api.to_string(), r"\u{1b}[2J (\u{202e}), status 500, tenant t\u{1b}");
}

#[test]
fn an_error_of_the_server_counts_more_than_how_the_response_ends() {
    let unclosed = r#"{"code":500,"remote_sessions":[{"remote_sessions":[{"id":1}]}"#;
    let cut = &unclosed[..40];
    let without_list = r#"{"code":500}"#;
    for body in [unclosed, cut, without_list] {
        assert_eq!(api_error_of(body).code(), Some(500), "{body}");
    }
    assert_eq!(error_of(&cut.replace("500", "200")).kind(), ErrorKind::Truncated);
}

#[test]
fn an_error_of_the_bytes_is_no_error_of_the_server() {
    let error = error_of(r#"{"code":500,"remote_sessions":[}"#);
    assert_eq!(error.kind(), ErrorKind::Syntax);
    assert!(error.api_error().is_none());
}
