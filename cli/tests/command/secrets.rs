//! Where secrets come from, and that they go nowhere else.

use std::fs;

use mock_pam_core::{MockPamCore, Response};

use crate::folder::folder;
use crate::run::{Run, command};

const SECRET: &str = "canary-7f3a";

fn server() -> MockPamCore {
    MockPamCore::builder().credentials("id", SECRET).response(Response::new(3)).start_in_thread().unwrap()
}

#[cfg(unix)]
#[test]
fn a_secret_that_others_can_read_is_warned_of() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = server();
    let folder = folder(&[("secret", SECRET.as_bytes())]);
    let fetch = |mode, credentials: Option<&str>| {
        fs::set_permissions(folder.path("secret"), fs::Permissions::from_mode(mode)).unwrap();
        let file = folder.name("secret");
        let arguments = ["fetch", "--url", &server.url(), "--client-id", "id", "--client-secret-file", &file];
        let mut command = command(&arguments);
        if let Some(directory) = credentials {
            command.env("CREDENTIALS_DIRECTORY", directory);
        }
        let run = Run::of(command, b"");
        assert_eq!((run.code, run.lines().len()), (Some(0), 3), "{}", run.err);
        assert!(!run.err.contains(SECRET));
        run.err
    };
    for mode in [0o600, 0o400] {
        assert_eq!(fetch(mode, None), "");
    }
    for mode in [0o640, 0o604, 0o644] {
        let said = fetch(mode, None);
        assert!(said.starts_with("warning: ") && said.contains(&format!("mode {mode:04o}")), "{said}");
    }
    // What systemd hands to a service looks open to its group and is not.
    assert_eq!(fetch(0o440, Some(&folder.name("."))), "");
    assert_ne!(fetch(0o440, Some("/elsewhere")), "");
}

#[test]
fn a_token_takes_the_place_of_credentials() {
    let server = server();
    let folder = folder(&[("bad", b"canary-7f3a-token\n"), ("empty", b"\n"), ("text", b"two words")]);
    let fetch = |file: &str| {
        folder.run(&["fetch", "--url", &server.url(), "--token-file", file, "--summary", "json", "-q"])
    };
    // The mock knows only the tokens that it gave itself.
    fetch("bad").is(5, "failed", 0, Some("api"));
    let log = server.log();
    assert_eq!((log.token_requests, log.list_requests), (0, 1));
    for unusable in ["empty", "text"] {
        let run = fetch(unusable);
        assert_eq!(run.code, Some(2), "{}", run.err);
        assert!(run.err.contains("token"), "{}", run.err);
    }
    assert_eq!(fetch("missing").code, Some(1));
}

#[test]
fn headers_come_from_arguments_or_files() {
    let server = server();
    let folder = folder(&[("key", b"canary-7f3a-key\n"), ("secret", SECRET.as_bytes())]);
    let run = folder.run(&[
        "fetch",
        "--url",
        &server.url(),
        "--client-id",
        "id",
        "--client-secret-file",
        "secret",
        "--header",
        "Referer: https://app.example/",
        "--header",
        "X-Api-Key@key",
        "-vv",
    ]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert!(!run.err.contains("canary"), "{}", run.err);
    let log = server.log();
    for request in [log.last_token_request.unwrap(), log.last_list_request.unwrap()] {
        assert_eq!(request.header("referer"), Some("https://app.example/"));
        assert_eq!(request.header("x-api-key"), Some("canary-7f3a-key"));
    }
    let missing =
        folder.run(&["fetch", "--url", &server.url(), "--client-id", "id", "--header", "X@missing"]);
    assert_eq!(missing.code, Some(1), "{}", missing.err);
}

/// Nobody at a terminal: the run must not wait for somebody.
#[test]
fn without_a_terminal_nobody_is_asked() {
    let run = crate::run::run(&["fetch", "--url", "http://127.0.0.1:1", "--client-id", "id"], b"secret\n");
    assert_eq!(run.code, Some(2));
    assert!(!run.err.contains("Client secret:"), "{}", run.err);
}

/// `script` plays the terminal.
#[expect(clippy::print_stderr, reason = "a test that is passed over says so")]
#[cfg(target_os = "linux")]
#[test]
fn at_a_terminal_the_secret_is_asked_for_and_not_shown() {
    use std::process::Command;
    if Command::new("script").arg("--version").output().is_err() {
        eprintln!("passed over: there is no `script` here to play a terminal");
        return;
    }
    let server = server();
    let folder = folder(&[]);
    let line = format!(
        "'{}' fetch --url {} --client-id id -o {}",
        env!("CARGO_BIN_EXE_remote-sessions"),
        server.url(),
        folder.name("out")
    );
    let mut script = Command::new("script");
    script.args(["-qec", &line, "/dev/null"]).env_remove("REMOTE_SESSIONS_CLIENT_SECRET");
    let run = Run::of(script, format!("{SECRET}\n").as_bytes());
    assert_eq!(run.code, Some(0), "{} {}", run.out, run.err);
    assert!(run.out.contains("Client secret:"), "{}", run.out);
    assert_eq!(folder.text("out").lines().count(), 3);
}
