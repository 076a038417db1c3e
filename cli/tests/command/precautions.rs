//! What is refused before anything is lost or shown, and ends that lose nothing.

use std::fs;
use std::io::Read as _;
use std::process::Stdio;

use mock_pam_core::{MockPamCore, Response};

use crate::folder::{Folder, folder};
use crate::run::{Run, Running, command};

const SECRET: &str = "mock-secret";

fn server(items: u64) -> MockPamCore {
    let response = Response::new(items);
    MockPamCore::builder().credentials("id", SECRET).response(response).start_in_thread().unwrap()
}

fn fetch(folder: &Folder, url: &str, more: &[&str]) -> Run {
    let mut command = command(&[&["fetch", "--url", url, "--client-id", "id"], more].concat());
    command.env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET).current_dir(folder.path("."));
    Run::of(command, b"")
}

const BOTH: [&str; 4] = ["--checkpoint", "state", "--resume", "state"];

/// What is new must not take the place of what is there.
#[test]
fn a_file_that_holds_something_is_not_resumed_into() {
    let server = server(100);
    let folder = folder(&[]);
    let replace = [&["-o", "out"][..], &BOTH].concat();
    assert_eq!(fetch(&folder, &server.url(), &replace).code, Some(0));
    let before = folder.text("out");
    let run = fetch(&folder, &server.url(), &replace);
    assert_eq!((run.code, folder.text("out")), (Some(2), before.clone()), "{}", run.err);
    assert!(run.err.contains("--append"), "{}", run.err);
    let run = fetch(&folder, &server.url(), &[&replace[..], &["--append"]].concat());
    assert_eq!((run.code, folder.text("out")), (Some(0), before), "{}", run.err);
}

#[test]
fn the_sessions_do_not_share_a_file_with_the_checkpoint() {
    let server = server(10);
    let folder = folder(&[("old", b"{}\n")]);
    fs::create_dir(folder.path("inner")).unwrap();
    let mut cases = vec![("new", "new"), ("new", "./new"), ("new", "inner/../new"), ("old", "inner/../old")];
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("new", folder.path("link")).unwrap();
        fs::hard_link(folder.path("old"), folder.path("hard")).unwrap();
        cases.extend([("link", "new"), ("new", "link"), ("old", "hard")]);
    }
    let names = folder.names();
    for (output, checkpoint) in cases {
        for more in [&[][..], &["--append"]] {
            for option in ["--checkpoint", "--resume"] {
                let arguments = [&["-o", output, option, checkpoint], more].concat();
                let run = fetch(&folder, &server.url(), &arguments);
                assert_eq!(run.code, Some(2), "{arguments:?} {}", run.err);
            }
        }
    }
    let run = fetch(&folder, &server.url(), &["-o", "a", "--keep-partial", "--checkpoint", "a.partial"]);
    assert_eq!((run.code, folder.names(), folder.text("old")), (Some(2), names, "{}\n".to_owned()));
}

/// What is only looked at was not delivered, and a file is not emptied for nothing.
#[test]
fn a_format_that_writes_nothing_has_no_file_and_no_checkpoint() {
    let server = server(10);
    let folder = folder(&[("out", b"{}\n")]);
    for more in [&["--checkpoint", "state"][..], &["-o", "out"], &["-o", "out", "--append"]] {
        let run = fetch(&folder, &server.url(), &[&["--format", "none"], more].concat());
        assert_eq!(run.code, Some(2), "{more:?}: {}", run.err);
    }
    assert_eq!((folder.names(), folder.text("out")), (vec!["out".to_owned()], "{}\n".to_owned()));
}

/// Neither what is sent nor what is read is overwritten.
#[test]
fn what_a_run_reads_is_not_written_to() {
    let server = server(10);
    let folder = folder(&[("secret", b"mock-secret"), ("list.partial", b"{}")]);
    for option in ["--client-secret-file", "--ca-file", "--client-cert"] {
        for written in [&["-o", "./secret"][..], &["-o", "secret", "--append"], &["--checkpoint", "secret"]] {
            let run = fetch(&folder, &server.url(), &[&[option, "secret"], written].concat());
            assert_eq!(run.code, Some(2), "{option} {written:?}: {}", run.err);
        }
    }
    let run = fetch(&folder, &server.url(), &["--header", "X-A@secret", "-o", "secret"]);
    assert_eq!((run.code, folder.text("secret")), (Some(2), "mock-secret".to_owned()), "{}", run.err);
    let run = folder.run(&["read", "list.partial", "-o", "list", "--keep-partial"]);
    assert_eq!((run.code, folder.text("list.partial")), (Some(2), "{}".to_owned()), "{}", run.err);
    let run = folder.run(&["read", "secret", "-o", "./secret", "--append"]);
    assert_eq!((run.code, folder.text("secret")), (Some(2), "mock-secret".to_owned()), "{}", run.err);
}

/// Found before the list is fetched, not when it is to be put there.
#[test]
fn the_path_of_a_directory_is_no_file() {
    let server = server(10);
    let folder = folder(&[]);
    for arguments in [["-o", "new/"], ["--checkpoint", "state/"], ["--checkpoint", "-"]] {
        let run = fetch(&folder, &server.url(), &arguments);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments:?}: {}", run.err);
    }
    assert!(folder.names().is_empty());
}

/// Its name may be that of a secret's file, by mistake.
#[test]
fn what_is_no_checkpoint_is_not_shown() {
    let server = server(10);
    for secret in ["canary-secret", "\"canary-secret\"", "4815162342"] {
        let folder = folder(&[("secret", secret.as_bytes())]);
        let run = fetch(&folder, &server.url(), &["--resume", "secret"]);
        assert_eq!(run.code, Some(1), "{}", run.err);
        assert!(!run.err.contains("canary") && !run.err.contains("4815162342"), "{}", run.err);
    }
}

/// What a run that failed has not delivered says nothing about what others have.
#[test]
fn a_run_that_delivers_nothing_leaves_the_checkpoint() {
    let server = server(10);
    let folder = folder(&[]);
    assert_eq!(fetch(&folder, &server.url(), &["--checkpoint", "state"]).code, Some(0));
    let before = folder.text("state");
    let mut command =
        command(&["fetch", "--url", &server.url(), "--client-id", "id", "--checkpoint", "state"]);
    command.env("REMOTE_SESSIONS_CLIENT_SECRET", "wrong").current_dir(folder.path("."));
    let run = Run::of(command, b"");
    assert_eq!((run.code, folder.text("state")), (Some(5), before.clone()), "{}", run.err);
    let again = fetch(&folder, &server.url(), &BOTH);
    assert_eq!((again.code, again.out.as_str()), (Some(0), ""), "{}", again.err);
}

#[test]
fn a_checkpoint_is_one_file_however_it_is_spelled() {
    let server = server(10);
    let folder = folder(&[]);
    let spelled = ["-o", "out", "--append", "--checkpoint", "new", "--resume", "./new"];
    for _ in 0..2 {
        let run = fetch(&folder, &server.url(), &spelled);
        assert_eq!((run.code, folder.text("out").lines().count()), (Some(0), 10), "{}", run.err);
    }
    let usual = [&spelled[..], &["--path", "/api/pam/session/remotesessions"]].concat();
    assert_eq!(fetch(&folder, &server.url(), &usual).code, Some(0));
}

#[cfg(unix)]
#[test]
fn a_checkpoint_is_a_file_that_may_be_written_to() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = server(10);
    let folder = folder(&[("state", b"{}")]);
    for other in ["/dev/null", "."] {
        let run = fetch(&folder, &server.url(), &["--checkpoint", other]);
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{}", run.err);
    }
    fs::set_permissions(folder.path("state"), fs::Permissions::from_mode(0o400)).unwrap();
    let run = fetch(&folder, &server.url(), &["--checkpoint", "state"]);
    assert_eq!((run.code, run.out.as_str(), folder.text("state")), (Some(1), "", "{}".to_owned()));
    assert!(run.err.contains("read-only"), "{}", run.err);
    let run = fetch(&folder, &server.url(), &["--checkpoint", "missing/state"]);
    assert!(run.code == Some(1) && !run.err.contains(".remote-sessions-"), "{}", run.err);
}

/// Standard output may be the file, and a usage error leaves none.
#[cfg(unix)]
#[test]
fn nothing_is_written_for_a_run_that_cannot_be() {
    let server = server(10);
    let folder = folder(&[]);
    let script = format!(
        "exec '{}' fetch --url {} --client-id id --checkpoint ./state >> state",
        env!("CARGO_BIN_EXE_remote-sessions"),
        server.url()
    );
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &script]).env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET).current_dir(folder.path("."));
    let run = Run::of(shell, b"");
    assert_eq!((run.code, folder.text("state").as_str()), (Some(2), ""), "{}", run.err);
    let run = fetch(&folder, "no address", &["--checkpoint", "new"]);
    assert_eq!((run.code, folder.names()), (Some(2), vec!["state".to_owned()]), "{}", run.err);
}

/// What another run appends to is not read before that run has ended, nor is its checkpoint.
#[test]
fn the_lock_comes_before_the_checkpoint() {
    let server = server(10);
    let folder = folder(&[("state", b"no checkpoint")]);
    let mut first = Running::start(&["read", "-o", &folder.name("out"), "--append"]);
    first.send(br#"{"remote_sessions":[{"id":1},"#);
    folder.wait_for(|names| names.contains(&"out".to_owned()) && !folder.text("out").is_empty());
    let append = [&["-o", "out", "--append"][..], &BOTH].concat();
    let run = fetch(&folder, &server.url(), &append);
    assert!(run.code == Some(1) && run.err.contains("another run"), "{}", run.err);
    first.send(br#"{"id":2}]}"#);
    assert_eq!(first.end().code, Some(0));
    let run = fetch(&folder, &server.url(), &append);
    assert!(run.code == Some(1) && run.err.contains("expected a checkpoint"), "{}", run.err);
}

/// Neither in a message nor in a file.
#[test]
fn a_secret_in_an_address_goes_nowhere() {
    const CANARY: &str = "canary-41cd";
    let folder = folder(&[("state", br#"{"junk":1}"#)]);
    let cases: [&[&str]; 6] = [
        &["--url", "https://u:canary-41cd@127.0.0.1:1"],
        &["--url", "https://127.0.0.1:1/?token=canary-41cd"],
        &["--url", "https://127.0.0.1:1/#canary-41cd"],
        &["--url", "http://127.0.0.1:1", "--path", "a?key=canary-41cd"],
        &["--url", "http://127.0.0.1:1", "--token-path", "a#canary-41cd"],
        &["--url", "http://127.0.0.1:1", "--proxy", "http://u:canary-41cd@127.0.0.1:1"],
    ];
    for address in cases {
        for (name, more) in [("fetch", &BOTH[..]), ("fetch", &["--checkpoint", "new"]), ("check", &[])] {
            let run = folder.run(&[&[name, "--client-id", "id", "-vv"], address, more].concat());
            assert_eq!(run.code, Some(2), "{address:?} {}", run.err);
            assert!(!run.err.contains(CANARY) && !run.out.contains(CANARY), "{}", run.err);
            assert!(run.err.contains("expected a"), "{}", run.err);
        }
    }
    assert_eq!(
        (folder.names(), folder.text("state")),
        (vec!["state".to_owned()], r#"{"junk":1}"#.to_owned())
    );
}

/// Nobody knows what a reader has read that went away.
#[test]
fn what_a_reader_left_unread_is_not_recorded() {
    let server = server(20_000);
    let folder = folder(&[]);
    assert_eq!(fetch(&folder, &server.url(), &["--checkpoint", "state"]).code, Some(0));
    let before = folder.text("state");
    server.set_response(Response::new(60_000));
    let url = server.url();
    let arguments = ["fetch", "--url", &url, "--client-id", "id", "--checkpoint-every", "1ms"];
    let mut command = command(&[&arguments[..], &BOTH].concat());
    command.env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET).current_dir(folder.path("."));
    let mut running = Running::of(command);
    let mut output = running.child.stdout.take().unwrap();
    output.read_exact(&mut vec![0; 1_000_000]).unwrap();
    drop(output);
    let run = running.end();
    assert_eq!((run.code, folder.text("state")), (Some(0), before), "{}", run.err);
}

#[cfg(unix)]
#[test]
fn a_closed_standard_output_is_a_local_failure() {
    let server = server(10);
    let folder = folder(&[]);
    let shell = |more: &str| {
        let script = format!(
            "exec '{}' fetch --url {} --client-id id --checkpoint state {more}",
            env!("CARGO_BIN_EXE_remote-sessions"),
            server.url()
        );
        let mut shell = std::process::Command::new("sh");
        shell.args(["-c", &script]).env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET);
        shell.current_dir(folder.path("."));
        Run::of(shell, b"")
    };
    let run = shell(">&-");
    assert_eq!(run.code, Some(1), "{}", run.err);
    assert!(run.err.contains("standard output is closed") && folder.names().is_empty(), "{}", run.err);
    for fine in [">/dev/null", "-o out >&-"] {
        assert_eq!(shell(fine).code, Some(0), "{fine}");
    }
    let url = server.url();
    let checks = fetch(&folder, &url, &["--format", "none"]);
    assert_eq!((checks.code, checks.out.as_str()), (Some(0), ""), "{}", checks.err);
}

/// A pipe is a pipe, by whichever name it is written to.
#[cfg(unix)]
#[test]
fn a_pipe_by_name_ends_as_quietly_as_standard_output() {
    let body = Response::new(60_000).to_vec();
    let folder = folder(&[("list", &body)]);
    assert!(std::process::Command::new("mkfifo").arg(folder.path("pipe")).status().unwrap().success());
    let read = |output: &str| {
        let mut command = command(&["read", "list", "-o", output]);
        command.current_dir(folder.path(".")).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    };
    let mut child = read("/dev/stdout");
    child.stdout.take().unwrap().read_exact(&mut [0; 1]).unwrap();
    let ended = Run::ended(child);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
    let child = read("pipe");
    let mut pipe = fs::File::open(folder.path("pipe")).unwrap();
    pipe.read_exact(&mut [0; 1]).unwrap();
    drop(pipe);
    let ended = Run::ended(child);
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""));
}
