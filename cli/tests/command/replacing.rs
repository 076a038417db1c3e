//! `-o FILE`: as a whole or not at all, whatever goes wrong.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, SystemTime};

use mock_pam_core::Response;

use crate::folder::{Folder, folder};
use crate::run::{Run, Running, command};

const GOOD: &[u8] = br#"{"remote_sessions":[{"id":1},{"id":2}]}"#;
const CUT: &[u8] = br#"{"remote_sessions":[{"id":1},{"id":2},{"id":"#;

#[test]
fn a_part_is_kept_only_on_request_and_beside_the_file() {
    let folder = folder(&[("good", GOOD), ("cut", CUT), ("out", b"before")]);
    let run = folder.run(&["read", "cut", "-o", "out", "--keep-partial", "--summary", "json"]);
    run.is(4, "truncated", 2, Some("truncated"));
    assert!(run.err.contains("out.partial"), "{}", run.err);
    assert_eq!(folder.text("out"), "before");
    assert_eq!(folder.text("out.partial"), "{\"id\":1}\n{\"id\":2}\n");
    assert_eq!(folder.names(), ["cut", "good", "out", "out.partial"]);

    let run = folder.run(&["read", "good", "-o", "new", "--keep-partial", "--summary", "json"]);
    run.is(0, "complete", 2, None);
    assert_eq!(folder.names(), ["cut", "good", "new", "out", "out.partial"]);
}

#[test]
fn what_cannot_go_together_is_a_usage_error() {
    let folder = folder(&[("good", GOOD)]);
    let cases: [&[&str]; 5] = [
        &["--keep-partial"],
        &["--append"],
        &["-o", "out", "--append", "--keep-partial"],
        &["-o", "-", "--append"],
        &["-o", "-", "--keep-partial"],
    ];
    for more in cases {
        let run = folder.run(&[&["read", "good"], more].concat());
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{more:?}: {}", run.err);
    }
    assert_eq!(folder.names(), ["good"]);
}

#[cfg(unix)]
#[test]
fn hostile_31_a_link_stays_a_link_even_if_it_leads_nowhere_yet() {
    use std::os::unix::fs::symlink;
    let folder = folder(&[("good", GOOD)]);
    fs::create_dir(folder.path("inner")).unwrap();
    symlink("inner/second", folder.path("first")).unwrap();
    symlink("../target", folder.path("inner/second")).unwrap();
    symlink("loop", folder.path("loop")).unwrap();
    for _ in 0..2 {
        let run = folder.run(&["read", "good", "-o", "first"]);
        assert_eq!(run.code, Some(0), "{}", run.err);
        assert_eq!(folder.text("target").lines().count(), 2);
        for link in ["first", "inner/second"] {
            assert!(fs::symlink_metadata(folder.path(link)).unwrap().is_symlink());
        }
    }
    assert_eq!(folder.run(&["read", "good", "-o", "loop"]).code, Some(1));
    assert!(fs::symlink_metadata(folder.path("loop")).unwrap().is_symlink());
    assert_eq!(folder.names(), ["first", "good", "inner", "loop", "target"]);
}

#[cfg(unix)]
#[test]
fn hostile_31_a_read_only_file_is_not_replaced() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder(&[("good", GOOD), ("out", b"before")]);
    fs::set_permissions(folder.path("out"), fs::Permissions::from_mode(0o444)).unwrap();
    let run = folder.run(&["read", "good", "-o", "out", "--summary", "json"]);
    run.is(1, "failed", 0, Some("io"));
    assert!(run.err.contains("read-only") && run.err.contains("\nhelp: "), "{}", run.err);
    assert_eq!(folder.text("out"), "before");
    assert_eq!(folder.names(), ["good", "out"]);
}

/// Permissions stop no root, so the target becomes what no file can replace.
#[test]
fn hostile_31_a_rename_that_fails_is_a_local_failure() {
    let folder = folder(&[]);
    for more in [&[][..], &["--keep-partial"]] {
        let mut running =
            Running::start(&[&["read", "--summary", "json", "-o", &folder.name("out")], more].concat());
        running.send(&GOOD[..30]);
        folder.wait_for(|names| !names.is_empty());
        fs::create_dir(folder.path("out")).unwrap();
        running.send(&GOOD[30..]);
        running.end().is(1, "failed", 0, Some("io"));
        assert_eq!(folder.names(), ["out"]);
        fs::remove_dir(folder.path("out")).unwrap();
    }
}

/// The limit of the file size stands for every write that a disk can refuse.
#[cfg(unix)]
#[test]
fn hostile_31_a_write_that_fails_leaves_the_old_file() {
    let body = Response::new(3000).to_vec();
    let folder = folder(&[("list", &body), ("out", b"before")]);
    let binary = env!("CARGO_BIN_EXE_remote-sessions");
    for more in ["", "--keep-partial"] {
        let mut shell = std::process::Command::new("sh");
        let script = format!("ulimit -f 300 && exec '{binary}' read list -o out --summary json {more}");
        shell.args(["-c", &script]).current_dir(folder.path("."));
        let run = Run::of(shell, b"");
        let kept = if more.is_empty() { 0 } else { folder.text("out.partial").lines().count() };
        run.is(1, "failed", kept as u64, Some("io"));
        assert!(run.err.contains("ulimit") && !run.err.contains(".remote-sessions-"), "{}", run.err);
        assert_eq!(folder.text("out"), "before");
    }
    let kept = folder.text("out.partial");
    assert!(kept.len() > 10_000 && kept.ends_with("}\n"), "what could be written is kept, in whole lines");
}

/// Every call of the system that puts the file in place, failing in turn.
#[expect(clippy::print_stderr, reason = "a test that is passed over says so")]
#[cfg(target_os = "linux")]
#[test]
fn hostile_31_every_sync_and_rename_can_fail() {
    if std::process::Command::new("strace").arg("-V").stdout(Stdio::null()).status().is_err() {
        eprintln!("passed over: there is no strace here to make system calls fail");
        return;
    }
    let folder = folder(&[("good", GOOD), ("out", b"before")]);
    let binary = env!("CARGO_BIN_EXE_remote-sessions");
    // The second sync is that of the directory, when the new file is in its place.
    let cases = [("fsync", 1, "before"), ("/^rename", 1, "before"), ("fsync", 2, "{\"id\":1}\n{\"id\":2}\n")];
    for (call, nth, left) in cases {
        let mut strace = std::process::Command::new("strace");
        let inject = format!("inject={call}:error=EIO:when={nth}");
        strace.args(["-f", "-qq", "-o", "/dev/null", "-e", &format!("trace={call}"), "-e", &inject, binary]);
        strace.args(["read", "good", "-o", "out", "--summary", "json"]).current_dir(folder.path("."));
        let run = Run::of(strace, b"");
        if run.code != Some(1) && run.err.contains("ptrace") {
            eprintln!("passed over: strace may not trace here");
            return;
        }
        run.is(1, "failed", 0, Some("io"));
        assert_eq!(folder.text("out"), left, "{call} {nth}");
        assert_eq!(folder.names(), ["good", "out"]);
    }
}

#[test]
fn hostile_31_two_runs_at_once_each_leave_a_whole_file() {
    let folder = folder(&[]);
    let bodies = [3000, 2000].map(|items| Response::new(items).seed(items).to_vec());
    for round in 0..6 {
        let mut runs = [0, 1].map(|_| Running::start(&["read", "-o", &folder.name("out")]));
        for (run, body) in runs.iter_mut().zip(&bodies) {
            run.send(&body[..body.len() / 2]);
        }
        let order = if round % 2 == 0 { [0, 1] } else { [1, 0] };
        for place in order {
            runs[place].send(&bodies[place][bodies[place].len() / 2..]);
        }
        for run in runs {
            assert_eq!(run.end().code, Some(0));
        }
        let lines = folder.text("out").lines().count();
        assert!(lines == 3000 || lines == 2000, "{lines}");
        assert_eq!(folder.names(), ["out"]);
    }
}

/// What a killed run left behind goes when it is old, but never what another run is writing.
#[cfg(unix)]
#[test]
fn temporaries_of_killed_runs_are_swept_and_no_others() {
    let folder = folder(&[("good", GOOD)]);
    let start = || {
        let before = folder.names().len();
        let mut running = Running::start(&["read", "-o", &folder.name("out")]);
        running.send(&GOOD[..30]);
        folder.wait_for(|names| names.len() > before);
        running
    };
    let make_old = |folder: &Folder| {
        for name in folder.names() {
            let file = fs::File::options().append(true).open(folder.path(&name)).unwrap();
            file.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
        }
    };
    let mut killed = start();
    killed.child.kill().unwrap();
    killed.child.wait().unwrap();
    let mut alive = start();
    assert_eq!(folder.names().len(), 3);
    assert_eq!(folder.run(&["read", "good", "-o", "out"]).code, Some(0), "young ones stay");
    assert_eq!(folder.names().len(), 4);
    make_old(&folder);
    assert_eq!(folder.run(&["read", "good", "-o", "out"]).code, Some(0));
    assert_eq!(folder.names().len(), 3, "{:?}", folder.names());
    alive.send(&GOOD[30..]);
    assert_eq!(alive.end().code, Some(0));
    assert_eq!(folder.names(), ["good", "out"]);
}

/// A name that only begins like those of the command's own temporaries is somebody's file.
#[test]
fn other_files_are_not_swept() {
    let others = [".remote-sessions-token", ".remote-sessions-a.tmp", ".remote-sessions-123456789-ab.tmp"];
    let folder = folder(&others.map(|name| (name, &b"mine"[..])));
    for name in others {
        let file = fs::File::options().append(true).open(folder.path(name)).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(3600)).unwrap();
    }
    fs::write(folder.path("good"), GOOD).unwrap();
    assert_eq!(folder.run(&["read", "good", "-o", "out"]).code, Some(0));
    for name in others {
        assert_eq!(folder.text(name), "mine");
    }
}

#[test]
fn no_error_shows_a_temporary_path() {
    let folder = folder(&[("good", GOOD)]);
    let run = folder.run(&["read", "good", "-o", "missing/out"]);
    assert_eq!(run.code, Some(1));
    assert!(run.err.contains("missing/out") && !run.err.contains(".remote-sessions-"), "{}", run.err);
}

#[test]
fn a_pipe_is_written_to_directly_and_cannot_be_appended_to_otherwise() {
    let folder = folder(&[("good", GOOD)]);
    let mut command = command(&["read", "good", "-o", "/dev/stdout", "--append"]);
    command.current_dir(folder.path("."));
    let run = Run::of(command, b"");
    if cfg!(unix) {
        assert_eq!((run.code, run.lines().len()), (Some(0), 2), "{}", run.err);
    }
}
