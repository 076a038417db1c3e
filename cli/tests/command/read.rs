//! `read`: what comes out, what is said, and the exit code.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use mock_pam_core::{EnvelopeShape, Failure, Layout, Response};

use crate::run::{Running, run};
use crate::sample::{lines, sample};

#[test]
fn the_vendors_shape_prints_two_sessions_and_a_warning() {
    let run = run(&["read"], sample().as_bytes());
    assert_eq!((run.code, run.lines()), (Some(0), lines().iter().map(String::as_str).collect()));
    assert!(run.err.starts_with("warning: unclosed envelope"), "{}", run.err);
    assert_eq!(run.err.lines().count(), 1);
}

#[test]
fn strict_refuses_the_vendors_shape_after_its_sessions() {
    let run = run(&["read", "--strict", "-"], sample().as_bytes());
    assert_eq!((run.code, run.lines().len()), (Some(4), 2));
    assert!(run.err.starts_with("error: ") && run.err.contains("\nhelp: "), "{}", run.err);
    assert!(!run.err.contains("warning: "), "{}", run.err);
}

/// Every cut exits 4, says so, and prints exactly the items that were complete.
#[test]
fn a_cut_at_each_byte_is_truncated() {
    const CLOSE: &str = "\"ITSM\": null\n        }";
    let text = sample();
    let lines = lines();
    let whole = text.trim_end().len();
    let next = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                loop {
                    let cut = next.fetch_add(1, Ordering::Relaxed);
                    if cut >= whole {
                        break;
                    }
                    let run = run(&["read"], &text.as_bytes()[..cut]);
                    let complete = text[..cut].matches(CLOSE).count();
                    assert_eq!(run.code, Some(4), "cut at {cut}: {}", run.err);
                    assert!(run.err.contains("truncated"), "cut at {cut}: {}", run.err);
                    assert_eq!(run.lines(), lines[..complete], "cut at {cut}");
                }
            });
        }
    });
    assert!(next.into_inner() > 1400, "the sample is of the vendor's size");
}

/// No layout and no envelope changes a byte of what stands in the items, but for white space.
#[test]
fn items_come_out_as_they_were_sent() {
    for layout in Layout::ALL {
        let items = |shape| {
            let response = Response::new(60).layout(layout).envelope(shape).to_vec();
            let run = run(&["read"], &response);
            assert_eq!(run.code, Some(0), "{layout} {shape}: {}", run.err);
            assert_eq!(run.err.contains("warning: "), shape == EnvelopeShape::Unclosed, "{}", run.err);
            run.out
        };
        let flat = items(EnvelopeShape::Flat);
        assert_eq!(flat.lines().count(), 60);
        let sent = match layout {
            Layout::Pretty => Layout::Compact,
            other => other,
        };
        let body = String::from_utf8(Response::new(60).layout(sent).to_vec()).unwrap();
        let joined = flat.lines().collect::<Vec<_>>().join(",");
        assert!(body.contains(&format!("[{joined}]")), "{layout}");
        for shape in EnvelopeShape::ALL {
            assert_eq!(items(shape), flat, "{layout} {shape}");
        }
    }
}

#[test]
fn a_session_comes_out_while_the_input_waits() {
    let text = sample();
    let end = text.find("null\n        }").expect("an item") + "null\n        }".len();
    let mut running = Running::start(&["read"]);
    running.send(&text.as_bytes()[..end]);
    // Without a flush before the wait this line would never come.
    assert_eq!(running.line(), lines()[0]);
    running.send(&text.as_bytes()[end..]);
    drop(running.input.take());
    assert_eq!(running.line(), lines()[1]);
    assert_eq!(running.child.wait().unwrap().code(), Some(0));
}

const BAD: &str =
    r#"{"remote_sessions":[{"id":1},{"id":"x\u001b[31m"},{"id":3},7,{"user":"nobody"},{"id":6}]}"#;

#[test]
fn a_bad_item_ends_the_run() {
    let run = run(&["read"], BAD.as_bytes());
    assert_eq!((run.code, run.out.as_str()), (Some(3), "{\"id\":1}\n"));
    assert!(run.err.contains("error: expected an integer"), "{}", run.err);
    assert!(run.err.contains("--on-bad-item skip") && run.err.contains("(item 1)"), "{}", run.err);
    assert!(!run.err.contains('\u{1b}'));
}

#[test]
fn bad_items_can_be_skipped_in_every_form() {
    for (format, expected) in
        [("ndjson", 3), ("csv", 4), ("none", 0)].map(|(format, lines)| (format, lines as usize))
    {
        let run = run(&["read", "--on-bad-item", "skip", "--format", format], BAD.as_bytes());
        assert_eq!((run.code, run.lines().len()), (Some(0), expected), "{}", run.err);
        assert_eq!(run.err.matches("warning: skipped: ").count(), 3, "{}", run.err);
    }
}

#[test]
fn many_bad_items_are_counted_and_not_all_named() {
    let items = vec!["{}"; 1000].join(",");
    let run = run(
        &["read", "--on-bad-item", "skip", "--summary", "json"],
        format!("{{\"remote_sessions\":[{items}]}}").as_bytes(),
    );
    let summary = run.is(0, "complete", 0, None);
    assert_eq!(summary["skipped"], 1000);
    assert!(run.err.lines().count() < 20 && run.err.contains("1000 bad items"), "{}", run.err);
}

#[test]
fn each_fault_has_its_exit_code() {
    let long = format!(r#"{{"remote_sessions":[{{"id":1,"user":"{}"}}]}}"#, "x".repeat(1 << 20));
    let late = Response::new(3)
        .envelope(EnvelopeShape::Late)
        .status(Failure::Unexpected.status().expect("an envelope"))
        .to_vec();
    let cases: [(&str, i32, usize, &str); 9] = [
        (r#"{"remote_sessions":[{"id":1},{"id":2]}"#, 3, 1, "error: expected"),
        ("[]", 3, 0, "error: expected"),
        (r#"{"code":200}"#, 3, 0, "a list"),
        (r#"{"remote_sessions":[{"id":1}]} x"#, 3, 1, "error: expected"),
        (&long, 3, 0, "limit"),
        ("", 4, 0, "truncated"),
        (" \n", 4, 0, "truncated"),
        (r#"{"remote_sessions":[{"id":1}]"#, 4, 1, "truncated"),
        (std::str::from_utf8(&late).unwrap(), 5, 3, "Unexpected error"),
    ];
    for (body, code, items, said) in cases {
        let run = run(&["read"], body.as_bytes());
        let body = &body[..body.len().min(60)];
        assert_eq!((run.code, run.lines().len()), (Some(code), items), "{body}: {}", run.err);
        assert!(run.err.contains(said) && run.err.contains("\nhelp: "), "{body}: {}", run.err);
    }
}

#[test]
fn an_error_status_in_a_cut_response_is_an_api_error_that_is_also_truncated() {
    let body =
        r#"{"code":500,"response":{"status":500,"message":"Unexpected error."},"remote_sessions":[{"id":1}]"#;
    let run = run(&["read", "--summary", "json"], body.as_bytes());
    run.is(5, "truncated", 1, Some("api"));
    assert!(run.err.contains("truncated as well"), "{}", run.err);
}

#[test]
fn leading_text_is_skipped_only_on_request() {
    let body = "\u{1b}[31mWarning: mysqli in /srv/x.php\n{\"remote_sessions\":[{\"id\":1}]}";
    let refused = run(&["read"], body.as_bytes());
    assert_eq!((refused.code, refused.out.as_str()), (Some(3), ""));
    assert!(!refused.err.contains('\u{1b}'), "{}", refused.err);
    let skipped = run(&["read", "--skip-leading-text"], body.as_bytes());
    assert_eq!((skipped.code, skipped.out.as_str()), (Some(0), "{\"id\":1}\n"));
    assert!(skipped.err.starts_with("warning: leading text"), "{}", skipped.err);
}

#[test]
fn what_was_tolerated_is_warned_of_on_a_line_each() {
    let body = "\u{feff}{\"code\":\"200\",\"code\":200,\"remote_sessions\":{\"0\":{\"id\":1}}}";
    let run = run(&["read", "--summary", "json"], body.as_bytes());
    let summary = run.is(0, "complete", 1, None);
    let tolerated = summary["tolerated"].as_array().unwrap();
    assert!(tolerated.len() >= 3, "{summary}");
    assert_eq!(run.err.matches("warning: ").count(), tolerated.len(), "{}", run.err);
}

#[test]
fn usage_errors_exit_with_2() {
    let cases: [&[&str]; 8] = [
        &[],
        &["unknown"],
        &["read", "--format", "xml"],
        &["read", "a", "b"],
        &["read", "--on-bad-item", "maybe"],
        &["mock", "--layout", "odd"],
        &["mock", "--latency", "-1"],
        &["demo", "--items", "many"],
    ];
    for arguments in cases {
        let run = run(arguments, b"");
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments:?}: {}", run.err);
    }
}

#[test]
fn help_is_complete_and_the_version_known() {
    for command in [&[][..], &["read"], &["fetch"]] {
        let help = run(&[command, &["--help"]].concat(), b"");
        assert_eq!(help.code, Some(0));
        for part in ["Exit codes:", "Examples:", "  6    not reached"] {
            assert!(help.out.contains(part), "{command:?} {part}");
        }
    }
    for (command, part) in
        [("mock", "unclosed"), ("demo", "1000000"), ("fetch", "REMOTE_SESSIONS_CLIENT_SECRET")]
    {
        assert!(run(&[command, "--help"], b"").out.contains(part), "{command} {part}");
    }
    let version = run(&["--version"], b"");
    assert_eq!(version.out, format!("remote-sessions {}\n", env!("CARGO_PKG_VERSION")));
}
