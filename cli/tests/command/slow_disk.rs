//! Signals while a disk takes its time: what a run has decided is true at its end, and said.

#![cfg(target_os = "linux")]

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, Stdio};

use crate::folder::folder;
use crate::run::Running;
use crate::signals::{signal, what_was_delivered_before_a_signal_is_known_after_it};

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
    signal(&running, "-TERM");
    running.wait().is(0, "complete", 1, None);
    assert_eq!(folder.text("out"), "{\"id\":1}\n");
    assert_eq!(watch.calls().matches("fsync(").count(), 2);
}

/// What a checkpoint says and what was written agree, however long both take.
#[test]
fn hostile_31_a_signal_waits_for_the_checkpoint() {
    what_was_delivered_before_a_signal_is_known_after_it(|running, folder| {
        Watch::over(running, folder.path("log"), &["inject=fsync:delay_enter=500000"])
    });
}

/// A run that waits for its input cannot do so itself.
#[test]
fn hostile_31_what_was_appended_is_synced_after_a_signal() {
    let folder = folder(&[]);
    let mut running = Running::start(&["read", "-o", &folder.name("out"), "--append", "--summary", "json"]);
    running.send(b"{\"remote_sessions\":[{\"id\":1},");
    folder.wait_for(|names| !names.is_empty() && !folder.text("out").is_empty());
    let Some(watch) = Watch::over(&running, folder.path("log"), &[]) else { return };
    signal(&running, "-TERM");
    running.wait().is(143, "failed", 1, Some("signal"));
    assert!(watch.calls().contains("fsync("));
}
