//! `--summary json` on every way out.

use mock_pam_core::{EnvelopeShape, Response, Status};

use crate::run::run;
use crate::sample::sample;

/// Further arguments, the input; exit code, completeness, sessions, the error's kind.
type Case<'a> = (&'a [&'a str], &'a str, i32, &'a str, u64, Option<&'a str>);

const READ: [&str; 3] = ["read", "--summary", "json"];

#[test]
fn every_way_out_has_its_summary() {
    let text = sample();
    let cases: [Case<'_>; 9] = [
        (&[], r#"{"remote_sessions":[]}"#, 0, "complete", 0, None),
        (&[], &text, 0, "unclosed_envelope", 2, None),
        (&["--strict"], &text, 4, "unclosed_envelope", 2, Some("unclosed")),
        (&[], &text[..1200], 4, "truncated", 1, Some("truncated")),
        (&[], r#"{"remote_sessions":[{"id":1},]}"#, 3, "failed", 1, Some("syntax")),
        (&[], r#"{"remote_sessions":7}"#, 3, "failed", 0, Some("shape")),
        (&[], r#"{"remote_sessions":[{"id":1},{"id":null}]}"#, 3, "failed", 1, Some("item")),
        (&[], r#"{"error":"x"}"#, 5, "failed", 0, Some("api")),
        (&["--on-bad-item", "skip"], r#"{"remote_sessions":[{"id":1},{"id":null}]}"#, 0, "complete", 1, None),
    ];
    for (more, body, code, completeness, sessions, error) in cases {
        let run = run(&[&READ[..], more].concat(), body.as_bytes());
        let summary = run.is(code, completeness, sessions, error);
        let bytes = summary["bytes"].as_u64().unwrap();
        assert!(bytes <= body.len() as u64 && bytes > 0, "{summary}");
        let mut members: Vec<_> = summary.as_object().unwrap().keys().map(String::as_str).collect();
        members.sort_unstable();
        let expected = [
            "bytes",
            "completeness",
            "envelopes",
            "envelopes_total",
            "error",
            "known",
            "schema",
            "sessions",
            "skipped",
            "tolerated",
        ];
        assert_eq!(members, expected);
        assert!(run.err.lines().last().unwrap().starts_with("{\"schema\":1,"));
    }
}

#[test]
fn an_error_says_what_and_where() {
    let run = run(&READ, br#"{"remote_sessions":[{"id":1},{"id":]}"#);
    let error = &run.is(3, "failed", 1, Some("syntax"))["error"];
    assert_eq!((&error["offset"], &error["item"]), (&35.into(), &1.into()));
    assert_eq!(error["message"], "expected a value, found `]`");
}

#[test]
fn a_usage_error_has_none() {
    let run = run(&["fetch", "--url", "http://127.0.0.1:1", "--client-id", "x", "--summary", "json"], b"");
    assert_eq!(run.code, Some(2));
    assert!(!run.err.contains("schema"), "{}", run.err);
}

#[test]
fn tolerated_and_envelopes_are_listed() {
    let mut half = Status::ok();
    half.message = "half\u{202e} done".to_owned();
    let body = Response::new(12).envelope(EnvelopeShape::Pages).pages(3).page_status(1, half).to_vec();
    let run = run(&READ, &body);
    let summary = run.is(0, "complete", 12, None);
    assert_eq!(summary["envelopes_total"], 4);
    let envelopes = summary["envelopes"].as_array().unwrap();
    let tenants: Vec<_> = envelopes.iter().map(|envelope| envelope["tenant"].as_str()).collect();
    assert_eq!(tenants, [None, Some("Segura-1"), Some("Segura-2"), Some("Segura-3")]);
    assert_eq!(envelopes[2]["message"], "half\u{202e} done");
    assert!(!run.err.contains('\u{202e}'), "escaped on the way");
    for envelope in envelopes {
        assert_eq!((&envelope["code"], &envelope["status"]), (&200.into(), &200.into()));
        assert_eq!(envelope["error"], false);
    }
    let unclosed = crate::run::run(&READ, sample().as_bytes()).summary();
    let tolerated = &unclosed["tolerated"][0];
    assert_eq!((&tolerated["kind"], &tolerated["count"]), (&"unclosed_envelope".into(), &1.into()));
    assert_eq!(tolerated["first_offset"], sample().len());
}

/// A run whose summary nobody can have has not said that all is well.
#[cfg(target_os = "linux")]
#[test]
fn a_summary_that_is_lost_is_a_local_failure() {
    use std::fs::OpenOptions;
    use std::process::Stdio;
    let full = || OpenOptions::new().write(true).open("/dev/full").unwrap();
    let code = |arguments: &[&str], input: &[u8], error: Stdio| {
        let mut command = crate::run::command(arguments);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(error).spawn().unwrap();
        // A command that ends early closes the pipe.
        let _closed = std::io::Write::write_all(&mut child.stdin.take().unwrap(), input);
        child.wait().unwrap().code()
    };
    let good = br#"{"remote_sessions":[{"id":1}]}"#;
    let none = ["--format", "none"];
    let read = [&READ[..], &none].concat();
    assert_eq!(code(&read, good, full().into()), Some(1));
    assert_eq!(code(&[&["read"][..], &none].concat(), good, full().into()), Some(0), "nothing is lost");
    // A failure stays what it is, and a reader that went away wants to hear nothing more.
    assert_eq!(code(&read, b"{", full().into()), Some(4));
    let (reader, closed) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(code(&read, good, closed.into()), Some(0));
}
