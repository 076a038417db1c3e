//! Signals while a disk takes its time: what a run has decided is true at its end, and said.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};

use mock_pam_core::{Fault, MockPamCore, Response};

use crate::folder::folder;
use crate::run::{Running, command};

const SECRET: &str = "mock-secret";

/// Watches the calls of a running command, and delays some of them.
struct Watch {
    strace: Child,
    log: PathBuf,
    /// Open, for it is written to.
    _said: BufReader<ChildStderr>,
}

impl Watch {
    /// None if there is nothing here that could do so.
    #[expect(clippy::print_stderr, reason = "a test that is passed over says so")]
    fn over(running: &Running, log: PathBuf, inject: &[&str]) -> Option<Self> {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-p", &running.child.id().to_string(), "-e", "trace=fsync", "-o"]).arg(&log);
        strace.args(inject.iter().flat_map(|inject| ["-e", *inject])).stderr(Stdio::piped());
        let Ok(mut strace) = strace.spawn() else {
            eprintln!("passed over: there is no strace here to make a disk slow");
            return None;
        };
        let (mut stderr, mut said) = (BufReader::new(strace.stderr.take()?), String::new());
        stderr.read_line(&mut said).ok()?;
        if !said.contains("attached") {
            eprintln!("passed over: strace may not trace here: {said}");
            return None;
        }
        Some(Self { strace, log, _said: stderr })
    }

    /// The calls, when the command has ended.
    fn calls(mut self) -> String {
        self.strace.wait().expect("it ends with the command");
        fs::read_to_string(&self.log).expect("its log")
    }
}

fn terminate(running: &Running) {
    assert!(Command::new("kill").arg(running.child.id().to_string()).status().unwrap().success());
}

/// The file is in its place, and its directory is being synced.
#[test]
fn hostile_31_a_signal_behind_the_rename_is_too_late() {
    let folder = folder(&[("out", b"before")]);
    let mut running = Running::start(&["read", "-o", &folder.name("out"), "--summary", "json"]);
    running.send(b"{\"remote_sessions\":[{\"id\":1}]}");
    folder.wait_for(|names| names.len() == 2);
    let delay = "inject=fsync:delay_enter=1200000:when=2";
    let Some(watch) = Watch::over(&running, folder.path("log"), &[delay]) else { return };
    drop(running.input.take());
    folder.wait_for(|_| folder.text("out") != "before");
    terminate(&running);
    running.wait().is(0, "complete", 1, None);
    assert_eq!(folder.text("out"), "{\"id\":1}\n");
    assert_eq!(watch.calls().matches("fsync(").count(), 2);
}

/// What a checkpoint says and what was written agree, however long both take.
#[test]
fn hostile_31_a_signal_waits_for_the_checkpoint() {
    let server = MockPamCore::builder()
        .credentials("id", SECRET)
        .response(Response::new(3000))
        .fault(Fault::StallAfter(500_000).times(1))
        .start_in_thread()
        .unwrap();
    let folder = folder(&[]);
    let (out, state, url) = (folder.name("out"), folder.name("state"), server.url());
    let arguments = ["fetch", "--url", &url, "--client-id", "id", "-o", &out, "--append"];
    let both = ["--checkpoint", &state, "--resume", &state, "--summary", "json"];
    let start = || {
        let mut command = command(&[&arguments[..], &both].concat());
        command.env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET);
        Running::of(command)
    };
    let running = start();
    folder.wait_for(|_| folder.path("out").metadata().is_ok_and(|found| found.len() > 400_000));
    let delay = "inject=fsync:delay_enter=500000";
    let Some(_watch) = Watch::over(&running, folder.path("log"), &[delay]) else { return };
    terminate(&running);
    let run = running.wait();
    let delivered = run.summary()["sessions"].as_u64().unwrap();
    assert_eq!((run.code, folder.text("out").lines().count() as u64), (Some(143), delivered));
    start().wait().is(0, "complete", 3000 - delivered, None);
    assert_eq!(folder.text("out"), crate::run::run(&["read"], &Response::new(3000).to_vec()).out);
}

/// A run that waits for its input cannot do so itself.
#[test]
fn hostile_31_what_was_appended_is_synced_after_a_signal() {
    let folder = folder(&[]);
    let mut running = Running::start(&["read", "-o", &folder.name("out"), "--append", "--summary", "json"]);
    running.send(b"{\"remote_sessions\":[{\"id\":1},");
    folder.wait_for(|names| !names.is_empty() && !folder.text("out").is_empty());
    let Some(watch) = Watch::over(&running, folder.path("log"), &[]) else { return };
    terminate(&running);
    running.wait().is(143, "failed", 1, Some("signal"));
    assert!(watch.calls().contains("fsync("));
}
