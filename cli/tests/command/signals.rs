//! SIGINT and SIGTERM: an end with a summary, whatever the run is waiting for.

#![cfg(unix)]

use std::io::Read as _;
use std::process::Command;
use std::time::Duration;

use mock_pam_core::{Fault, MockPamCore, Response};

use crate::folder::{Folder, folder};
use crate::run::{Running, command};

const SIGNALS: [(&str, i32); 2] = [("-INT", 130), ("-TERM", 143)];
const SECRET: &str = "mock-secret";

pub(crate) fn signal(running: &Running, signal: &str) {
    let sent = Command::new("kill").args([signal, &running.child.id().to_string()]).status();
    assert!(sent.unwrap().success());
}

fn fetch(url: &str, more: &[&str]) -> Running {
    let arguments = [&["fetch", "--url", url, "--client-id", "id", "--summary", "json"], more].concat();
    let mut command = command(&arguments);
    command.env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET);
    Running::of(command)
}

#[test]
fn hostile_31_a_read_that_waits_for_its_input() {
    for (name, code) in SIGNALS {
        let mut running = Running::start(&["read", "--summary", "json"]);
        running.send(b"{\"remote_sessions\":[{\"id\":1},");
        assert_eq!(running.line(), "{\"id\":1}");
        signal(&running, name);
        let run = running.wait();
        let summary = run.is(code, "failed", 1, Some("signal"));
        assert_eq!(summary["bytes"], 29);
        assert!(run.err.contains(&format!("ended by SIG{}", &name[1..])), "{}", run.err);
    }
}

/// As shells start what a script runs in the background.
#[cfg(target_os = "linux")]
#[test]
fn hostile_31_a_signal_that_is_ignored_from_the_start_stays_so() {
    let program = command(&[]).get_program().to_owned();
    let mut shell = Command::new("sh");
    shell.args(["-c", "trap '' INT; exec \"$@\"", "sh"]).arg(program).args(["read", "--summary", "json"]);
    let mut running = Running::of(shell);
    running.send(b"{\"remote_sessions\":[{\"id\":1},");
    assert_eq!(running.line(), "{\"id\":1}");
    signal(&running, "-INT");
    // It would have ended by now.
    std::thread::sleep(Duration::from_millis(600));
    running.send(b"{\"id\":2},");
    assert_eq!(running.line(), "{\"id\":2}");
    signal(&running, "-TERM");
    running.wait().is(143, "failed", 2, Some("signal"));
}

#[test]
fn hostile_31_a_fetch_that_waits_for_the_server() {
    let server = MockPamCore::builder()
        .credentials("id", SECRET)
        .latency(Duration::from_secs(600))
        .start_in_thread()
        .unwrap();
    let folder = folder(&[]);
    for (name, code) in SIGNALS {
        for output in [&[][..], &["-o", &folder.name("out")]] {
            let requests = server.log().list_requests;
            let running = fetch(&server.url(), output);
            while server.log().list_requests <= requests {
                std::thread::sleep(Duration::from_millis(1));
            }
            signal(&running, name);
            running.wait().is(code, "failed", 0, Some("signal"));
            assert!(folder.names().is_empty());
        }
    }
}

/// Nobody reads what comes out, so the run is stuck in a write.
#[test]
fn hostile_31_a_run_whose_output_nobody_reads() {
    let server = MockPamCore::builder()
        .credentials("id", SECRET)
        .response(Response::new(1_000_000_000))
        .start_in_thread()
        .unwrap();
    for (name, code) in SIGNALS {
        let mut running = fetch(&server.url(), &[]);
        let mut output = running.child.stdout.take().unwrap();
        output.read_exact(&mut [0; 1]).unwrap();
        std::thread::sleep(Duration::from_millis(50));
        signal(&running, name);
        // The pipe stays open and full until the end.
        let run = running.wait();
        let summary = run.summary();
        assert_eq!((run.code, summary["error"]["kind"].as_str()), (Some(code), Some("signal")));
        let mut rest = Vec::new();
        output.read_to_end(&mut rest).unwrap();
        let lines = rest.iter().filter(|&&byte| byte == b'\n').count() as u64;
        assert!(lines >= summary["sessions"].as_u64().unwrap(), "{summary}");
    }
}

#[test]
fn hostile_31_a_run_that_is_busy_leaves_the_file_or_a_part() {
    let server = MockPamCore::builder()
        .credentials("id", SECRET)
        .response(Response::new(1_000_000_000))
        .start_in_thread()
        .unwrap();
    for (name, code) in SIGNALS {
        let folder = folder(&[("out", b"before")]);
        for more in [&[][..], &["--keep-partial"]] {
            let running = fetch(&server.url(), &[&["-o", &folder.name("out")], more].concat());
            folder.wait_for(|names| names.len() > 1);
            std::thread::sleep(Duration::from_millis(100));
            signal(&running, name);
            let run = running.wait();
            assert_eq!((run.code, folder.text("out")), (Some(code), "before".to_owned()), "{}", run.err);
            assert_eq!(run.summary()["error"]["kind"], "signal");
        }
        assert_eq!(folder.names(), ["out", "out.partial"]);
        let part = folder.text("out.partial");
        assert!(part.ends_with("}\n") && part.starts_with("{\"id\":"), "whole lines");
    }
}

/// The time for all is over for a run that is stuck as well.
#[test]
fn the_time_for_all_ends_a_run_whose_output_nobody_reads() {
    let server = MockPamCore::builder()
        .credentials("id", SECRET)
        .response(Response::new(1_000_000_000))
        .start_in_thread()
        .unwrap();
    let mut running = fetch(&server.url(), &["--max-time", "500ms"]);
    let mut output = running.child.stdout.take().unwrap();
    output.read_exact(&mut [0; 1]).unwrap();
    // The pipe stays open and full until the end.
    let run = running.wait();
    let summary = run.summary();
    assert_eq!((run.code, summary["error"]["kind"].as_str()), (Some(4), Some("interrupted")), "{}", run.err);
    assert!(run.err.contains("total time-out"), "{}", run.err);
    drop(output);
}

/// A named pipe that nobody reads holds up the run before it begins.
#[test]
fn hostile_31_a_run_that_waits_for_a_pipes_reader() {
    let folder = folder(&[("list", br#"{"remote_sessions":[]}"#)]);
    assert!(Command::new("mkfifo").arg(folder.path("pipe")).status().unwrap().success());
    let running =
        Running::start(&["read", &folder.name("list"), "-o", &folder.name("pipe"), "--summary", "json"]);
    std::thread::sleep(Duration::from_millis(100));
    signal(&running, "-TERM");
    running.wait().is(143, "failed", 0, Some("signal"));
    assert_eq!(folder.names(), ["list", "pipe"]);
}

/// The time for all holds while the run waits for a file, too: whoever has an other end may never come.
#[test]
fn the_time_for_all_ends_a_run_that_waits_for_a_pipes_reader() {
    let server = MockPamCore::builder().credentials("id", SECRET).start_in_thread().unwrap();
    let folder = folder(&[]);
    assert!(Command::new("mkfifo").arg(folder.path("pipe")).status().unwrap().success());
    let pipe = folder.name("pipe");
    for way in [&["-o", &pipe][..], &["--resume", &pipe]] {
        let run = fetch(&server.url(), &[way, &["--max-time", "200ms"]].concat()).wait();
        run.is(6, "failed", 0, Some("timeout"));
        assert!(
            run.err.contains("total time-out after 200ms") && run.err.contains("--max-time"),
            "{}",
            run.err
        );
        // Nobody can type it here, but it is one of what a run waits for.
        assert!(run.err.contains("the prompt for the client secret keeps"), "{}", run.err);
    }
    // A check has no summary, but the same limit.
    let url = server.url();
    let check =
        ["check", "--url", &url, "--client-id", "id", "--client-secret-file", &pipe, "--max-time", "200ms"];
    let run = Running::start(&check).wait();
    assert_eq!((run.code, run.err.contains("total time-out after 200ms")), (Some(6), true), "{}", run.err);
    let log = server.log();
    assert_eq!((log.token_requests, log.list_requests), (0, 0));
    assert_eq!(folder.names(), ["pipe"]);
}

/// What the wait took is not left for the request.
#[test]
fn the_time_for_all_counts_from_the_beginning_of_the_run() {
    let server =
        MockPamCore::builder().credentials("id", SECRET).fault(Fault::NoHead).start_in_thread().unwrap();
    let folder = folder(&[]);
    assert!(Command::new("mkfifo").arg(folder.path("pipe")).status().unwrap().success());
    let running = fetch(&server.url(), &["-o", &folder.name("pipe"), "--max-time", "2s"]);
    std::thread::sleep(Duration::from_millis(300));
    let pipe = std::fs::File::open(folder.path("pipe")).unwrap();
    let run = running.wait();
    run.is(6, "failed", 0, Some("timeout"));
    let within = run.err.split("within ").nth(1).expect("a time-out of the client");
    assert!(within.starts_with("1."), "less than what --max-time says: {}", run.err);
    assert!(run.err.contains("`--max-time`, which counts from the start of the run"), "{}", run.err);
    drop(pipe);
}

#[test]
fn hostile_31_a_signal_writes_the_checkpoint() {
    what_was_delivered_before_a_signal_is_known_after_it(|_, _| Some(()));
}

/// `before` comes before the signal; nothing does if it gives nothing.
pub(crate) fn what_was_delivered_before_a_signal_is_known_after_it<T>(
    before: impl FnOnce(&Running, &Folder) -> Option<T>,
) {
    let server = MockPamCore::builder()
        .credentials("id", SECRET)
        .response(Response::new(3000))
        .fault(Fault::StallAfter(500_000).times(1))
        .start_in_thread()
        .unwrap();
    let folder = folder(&[]);
    let (out, state) = (folder.name("out"), folder.name("state"));
    let both = ["-o", &out, "--append", "--checkpoint", &state, "--resume", &state];
    let running = fetch(&server.url(), &both);
    folder.wait_for(|_| folder.path("out").metadata().is_ok_and(|found| found.len() > 400_000));
    let Some(_until_then) = before(&running, &folder) else { return };
    signal(&running, "-TERM");
    let run = running.wait();
    let delivered = run.summary()["sessions"].as_u64().unwrap();
    assert_eq!((run.code, folder.text("out").lines().count() as u64), (Some(143), delivered));
    let rest = fetch(&server.url(), &both).wait().is(0, "complete", 3000 - delivered, None);
    assert_eq!(rest["known"], delivered);
    assert_eq!(folder.text("out"), crate::run::run(&["read"], &Response::new(3000).to_vec()).out);
}
