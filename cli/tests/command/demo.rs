//! `demo` and `mock`.

use crate::run::{Running, run};

#[test]
fn the_demo_shows_sessions_and_a_full_account() {
    let run = run(&["demo", "--items", "2345"], b"");
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""), "no bar without a terminal");
    for part in ["lists 2345 sessions", "… and 2340 more\n", "sessions      2345\n", "MB/s", "complete"] {
        assert!(run.out.contains(part), "{part}: {}", run.out);
    }
    assert!(run.out.lines().all(|line| line.chars().count() <= 80), "{}", run.out);
}

#[test]
fn a_small_demo_shows_what_there_is() {
    assert!(run(&["demo", "--items", "0"], b"").out.contains("(no sessions)\n"));
    let two = run(&["demo", "--items", "2"], b"").out;
    assert!(!two.contains("more\n") && two.contains("sessions      2\n"), "{two}");
}

#[test]
fn the_mock_prints_its_address_and_serves() {
    let mut mock =
        Running::start(&["mock", "--items", "7", "--envelope", "pages", "--seed", "9", "--client-id", "me"]);
    let url = mock.line();
    assert!(url.starts_with("http://127.0.0.1:"), "{url}");
    let arguments = ["fetch", "--url", &url, "--client-id", "me", "--summary", "json"];
    let mut fetch = crate::run::command(&arguments);
    fetch.env("REMOTE_SESSIONS_CLIENT_SECRET", "mock-secret");
    let run = crate::run::Run::of(fetch, b"");
    assert_eq!(run.is(0, "complete", 7, None)["envelopes_total"], 5);
    let sent = mock_pam_core::Response::new(7).seed(9).to_vec();
    let joined = run.lines().join(",");
    assert!(String::from_utf8(sent).unwrap().contains(&joined));
}

#[cfg(unix)]
#[test]
fn a_signal_ends_the_mock_well() {
    for signal in ["-INT", "-TERM"] {
        let mut mock = Running::start(&["mock"]);
        assert!(mock.line().starts_with("http://"));
        let sent = std::process::Command::new("kill").args([signal, &mock.child.id().to_string()]).status();
        assert!(sent.unwrap().success());
        assert_eq!(mock.child.wait().unwrap().code(), Some(0));
    }
}

#[test]
fn an_address_that_is_taken_is_a_local_failure() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let run = run(&["mock", "--listen", &address], b"");
    assert_eq!((run.code, run.out.as_str()), (Some(1), ""));
    assert!(run.err.contains(&address), "{}", run.err);
}
