//! `fetch`, against the mock and against servers that break off.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;

use mock_pam_core::{
    Builder, ClientAuthentication, EnvelopeShape, Failure, Layout, MockPamCore, Reply, Response,
};

use crate::run::{Run, command, run};

const ID: &str = "agent";
const SECRET: &str = "canary-7f3a with spaces &+%";

fn mock() -> Builder {
    MockPamCore::builder().credentials(ID, SECRET).response(Response::new(40))
}

fn fetch(url: &str, more: &[&str]) -> Run {
    let arguments = [&["fetch", "--url", url, "--client-id", ID, "--summary", "json"], more].concat();
    let mut command = command(&arguments);
    command.env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET);
    let run = Run::of(command, b"");
    assert!(!run.err.contains("canary") && !run.out.contains("canary"), "{}", run.err);
    run
}

#[test]
fn every_envelope_and_layout_gives_what_read_gives() {
    let server = mock().start_in_thread().unwrap();
    for (place, shape) in EnvelopeShape::ALL.into_iter().enumerate() {
        let layout = Layout::ALL[place % Layout::ALL.len()];
        let response = Response::new(40).layout(layout).envelope(shape);
        server.set_response(response.clone());
        let completeness = match shape {
            EnvelopeShape::Unclosed => "unclosed_envelope",
            _ => "complete",
        };
        let fetched = fetch(&server.url(), &[]);
        let summary = fetched.is(0, completeness, 40, None);
        assert_eq!(summary["bytes"], response.byte_count());
        assert_eq!(fetched.out, run(&["read"], &response.to_vec()).out, "{shape}");
    }
    let strict = fetch(&server.url(), &["--strict"]);
    strict.is(4, "unclosed_envelope", 40, Some("unclosed"));
}

#[test]
fn each_documented_error_says_what_to_do() {
    let server = mock().start_in_thread().unwrap();
    for failure in Failure::ALL {
        for status in [None, Some(200)] {
            let reply = Reply::from(failure);
            let reply = match status {
                // A body that is no JSON is malformed unless the status says otherwise.
                Some(_) if failure == Failure::TimedOut => continue,
                Some(status) => reply.with_status(status),
                None => reply,
            };
            server.reply_to_lists(Some(reply));
            let run = fetch(&server.url(), &["--tries", "1"]);
            // Out of time: nobody has decided anything.
            let code = if failure == Failure::TimedOut { 6 } else { 5 };
            run.is(code, "failed", 0, Some("api"));
            assert!(
                run.err.to_lowercase().contains(failure.message().to_lowercase().trim_end_matches('.')),
                "{}",
                run.err
            );
            assert!(run.err.contains("\nhelp: "), "{}", run.err);
        }
    }
}

#[test]
fn refused_credentials_exit_with_5() {
    let server = mock().token_reply(Failure::ClientAuthenticationFailed).start_in_thread().unwrap();
    fetch(&server.url(), &[]).is(5, "failed", 0, Some("authentication"));
}

#[test]
fn an_error_after_the_items_comes_after_the_items() {
    let status = Failure::Unexpected.status().unwrap();
    let response = Response::new(40).envelope(EnvelopeShape::Late).status(status);
    let server = mock().response(response).start_in_thread().unwrap();
    let run = fetch(&server.url(), &[]);
    run.is(5, "failed", 40, Some("api"));
    assert_eq!(run.lines().len(), 40);
}

#[test]
fn both_styles_of_authentication_gzip_and_other_paths() {
    let basic =
        mock().client_authentication(ClientAuthentication::Basic).gzip(true).start_in_thread().unwrap();
    fetch(&basic.url(), &["--auth", "basic"]).is(0, "complete", 40, None);
    fetch(&basic.url(), &["--auth", "form"]).is(5, "failed", 0, Some("authentication"));
    let paths = mock().list_paths(["/x/list"]).token_paths(["/x/token"]).start_in_thread().unwrap();
    fetch(&paths.url(), &["--path", "x/list", "--token-path", "x/token"]).is(0, "complete", 40, None);
    fetch(&format!("{}/x", paths.url()), &["--path", "list", "--token-path", "token"])
        .is(0, "complete", 40, None);
    fetch(&paths.url(), &["--token-path", "x/token"]).is(5, "failed", 0, Some("api"));
}

#[test]
fn settings_can_come_from_the_environment() {
    let server = mock().start_in_thread().unwrap();
    let mut command = command(&["fetch"]);
    command
        .env("REMOTE_SESSIONS_URL", server.url())
        .env("REMOTE_SESSIONS_CLIENT_ID", ID)
        .env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET);
    let run = Run::of(command, b"");
    assert_eq!((run.code, run.lines().len(), run.err.as_str()), (Some(0), 40, ""));
    let mut help = crate::run::command(&["fetch", "--help"]);
    help.env("REMOTE_SESSIONS_URL", "https://canary.example").env("REMOTE_SESSIONS_CLIENT_ID", "canary");
    assert!(!Run::of(help, b"").out.contains("canary"));
}

#[test]
fn a_secret_file_loses_one_line_end() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("secret");
    let name = file.to_str().unwrap();
    let fetch = |url: &str| {
        let arguments = ["fetch", "--url", url, "--client-id", ID, "--client-secret-file", name];
        run(&[&arguments[..], &["--format", "none", "--summary", "json"]].concat(), b"")
    };
    let server = mock().start_in_thread().unwrap();
    for end in ["", "\n", "\r\n"] {
        fs::write(&file, format!("{SECRET}{end}")).unwrap();
        fetch(&server.url()).is(0, "complete", 40, None);
    }
    for end in ["\n\n", "\r", " "] {
        fs::write(&file, format!("{SECRET}{end}")).unwrap();
        fetch(&server.url()).is(5, "failed", 0, Some("authentication"));
    }
    for bad in [&b"\xff\xfe"[..], &[b'x'; 70_000]] {
        fs::write(&file, bad).unwrap();
        fetch(&server.url()).is(1, "failed", 0, Some("io"));
    }
    fs::remove_file(&file).unwrap();
    fetch(&server.url()).is(1, "failed", 0, Some("io"));
}

#[test]
fn a_missing_secret_names_both_places() {
    let directory = tempfile::tempdir().unwrap();
    let empty = directory.path().join("empty");
    fs::write(&empty, "\n").unwrap();
    let base = ["fetch", "--url", "http://127.0.0.1:1", "--client-id", ID];
    for more in [&[][..], &["--client-secret-file", empty.to_str().unwrap()]] {
        let run = run(&[&base[..], more].concat(), b"");
        assert_eq!(run.code, Some(2), "{}", run.err);
        for place in ["REMOTE_SESSIONS_CLIENT_SECRET", "--client-secret-file"] {
            assert!(run.err.contains(place), "{}", run.err);
        }
    }
    for more in [&["--client-secret-file", "-"][..], &["--client-secret", "canary"]] {
        assert_eq!(run(&[&base[..], more].concat(), SECRET.as_bytes()).code, Some(2));
    }
}

#[test]
fn addresses_that_cannot_be_are_usage_errors() {
    for url in ["", "pam.example", "ftp://pam.example", "http://pam.example", "https://u:canary-7f3a@x"] {
        assert_eq!(fetch_code(url), Some(2), "{url}");
    }
}

fn fetch_code(url: &str) -> Option<i32> {
    let mut command = command(&["fetch", "--url", url, "--client-id", ID]);
    command.env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET);
    let run = Run::of(command, b"");
    assert!(!run.err.contains("canary"), "{}", run.err);
    run.code
}

#[test]
fn no_server_is_a_transport_error() {
    let free = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", free.local_addr().unwrap());
    drop(free);
    fetch(&url, &[]).is(6, "failed", 0, Some("transport"));
}

/// What the server promised was longer: after the first item that is an interruption, before it
/// an error of the transport.
#[test]
fn a_broken_connection_exits_with_4_after_an_item_and_6_before() {
    let cases = [
        (r#"{"remote_sessions":[{"id":1},{"id":2},{"#, 4, "truncated", 2, "interrupted"),
        (r#"{"remote_sessions":[{"id""#, 6, "failed", 0, "transport"),
        ("", 6, "failed", 0, "transport"),
    ];
    for (body, code, completeness, sessions, kind) in cases {
        let url = breaking_server(body);
        let run = fetch(&url, &[]);
        run.is(code, completeness, sessions, Some(kind));
        assert_eq!(run.lines().len() as u64, sessions);
    }
}

/// Gives a token, then a list of which only `body` arrives.
fn breaking_server(body: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    thread::spawn(move || {
        let token = r#"{"token_type":"Bearer","expires_in":3600,"access_token":"t"}"#;
        for (text, length) in [(token, token.len()), (body, 10_000)] {
            let (mut stream, _) = listener.accept().unwrap();
            read_request(&mut stream);
            let head = format!("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n");
            stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(text.as_bytes())).unwrap();
        }
    });
    url
}

/// Reads to the end of the head and of a body as long as the head says.
fn read_request(stream: &mut TcpStream) {
    let mut request = Vec::new();
    let mut chunk = [0; 4096];
    loop {
        let count = stream.read(&mut chunk).unwrap();
        request.extend_from_slice(&chunk[..count]);
        let text = String::from_utf8_lossy(&request).to_lowercase();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: ")).unwrap_or("0");
            if body.len() >= length.parse().unwrap() || count == 0 {
                return;
            }
        }
    }
}
