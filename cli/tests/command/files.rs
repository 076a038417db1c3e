//! Files in and out, and outputs that fail.

use std::fs;
use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;

use mock_pam_core::{Layout, Response};
use tempfile::TempDir;

use crate::run::{Run, command, run};
use crate::sample::sample;

const CUT: &str = r#"{"remote_sessions":[{"id":1},{"id":2"#;

fn directory(files: &[(&str, &[u8])]) -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(directory.path().join(name), text).unwrap();
    }
    directory
}

fn in_directory(directory: &TempDir, arguments: &[&str]) -> Run {
    let mut command = command(arguments);
    command.current_dir(directory.path());
    Run::of(command, b"")
}

fn names(directory: &TempDir) -> Vec<String> {
    let entries = fs::read_dir(directory.path()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_file_is_read() {
    let directory = directory(&[("list.json", sample().as_bytes())]);
    let run = in_directory(&directory, &["read", "list.json"]);
    assert_eq!((run.code, run.lines().len()), (Some(0), 2));
}

#[test]
fn what_cannot_be_read_is_a_local_failure() {
    let directory = directory(&[]);
    for name in ["missing\u{1b}[31m.json", "."] {
        let run = in_directory(&directory, &["read", name, "--summary", "json"]);
        let summary = run.is(1, "failed", 0, Some("io"));
        assert_eq!((run.out.as_str(), &summary["bytes"]), ("", &0.into()));
        assert!(!run.err.contains('\u{1b}'), "{}", run.err);
    }
}

#[test]
fn an_output_file_is_written_as_a_whole() {
    let directory = directory(&[("list.json", sample().as_bytes()), ("out", b"before")]);
    for name in ["out", "new"] {
        let run = in_directory(&directory, &["read", "list.json", "-o", name, "--summary", "json"]);
        run.is(0, "unclosed_envelope", 2, None);
        assert_eq!(run.out, "");
        assert_eq!(fs::read_to_string(directory.path().join(name)).unwrap().lines().count(), 2);
    }
    assert_eq!(names(&directory), ["list.json", "new", "out"]);
}

#[test]
fn a_failure_leaves_the_output_file_as_it_was() {
    let directory = directory(&[("cut.json", CUT.as_bytes()), ("out", b"before")]);
    let run = in_directory(&directory, &["read", "cut.json", "--output", "out", "--summary", "json"]);
    run.is(4, "truncated", 0, Some("truncated"));
    assert_eq!(fs::read(directory.path().join("out")).unwrap(), b"before");
    let fresh = in_directory(&directory, &["read", "missing", "--output", "new"]);
    assert_eq!(fresh.code, Some(1));
    assert_eq!(names(&directory), ["cut.json", "out"]);
}

#[test]
fn the_output_may_be_the_input() {
    let body = Response::new(3000).layout(Layout::Pretty).to_vec();
    let directory = directory(&[("list", &body)]);
    let run = in_directory(&directory, &["read", "list", "-o", "list"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let text = fs::read_to_string(directory.path().join("list")).unwrap();
    assert_eq!((text.lines().count(), text.starts_with("{\"id\":")), (3000, true));
    assert_eq!(names(&directory), ["list"]);
}

#[test]
fn an_output_that_cannot_be_made_is_a_local_failure() {
    let directory = directory(&[("list.json", sample().as_bytes())]);
    for name in [".", "missing/out", "list.json/out"] {
        let run = in_directory(&directory, &["read", "list.json", "-o", name, "--summary", "json"]);
        run.is(1, "failed", 0, Some("io"));
    }
}

#[test]
fn a_dash_is_standard_output() {
    let run = run(&["read", "-o", "-"], br#"{"remote_sessions":[{"id":1}]}"#);
    assert_eq!(run.out, "{\"id\":1}\n");
}

#[cfg(unix)]
#[test]
fn an_output_file_is_for_its_owner_and_a_link_stays_one() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let directory = directory(&[("list.json", sample().as_bytes()), ("target", b"")]);
    symlink("target", directory.path().join("link")).unwrap();
    let run = in_directory(&directory, &["read", "list.json", "-o", "link"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    let metadata = fs::metadata(directory.path().join("target")).unwrap();
    assert_eq!((metadata.permissions().mode() & 0o777, metadata.len() > 100), (0o600, true));
    assert!(fs::symlink_metadata(directory.path().join("link")).unwrap().is_symlink());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_a_local_failure() {
    let small = br#"{"remote_sessions":[{"id":1}]}"#.to_vec();
    for body in [small, Response::new(1000).to_vec()] {
        let mut command = command(&["read", "--summary", "json"]);
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut child = command.stdin(Stdio::piped()).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        let mut input = child.stdin.take().unwrap();
        let writer = std::thread::spawn(move || drop(std::io::Write::write_all(&mut input, &body)));
        let run = Run::ended(child);
        writer.join().unwrap();
        run.is(1, "failed", 0, Some("io"));
    }
    let direct = run(&["read", "-o", "/dev/full", "--summary", "json"], sample().as_bytes());
    direct.is(1, "failed", 0, Some("io"));
    assert!(!fs::metadata(Path::new("/dev/full")).unwrap().is_file());
}

/// Whoever closes the output early wants to hear nothing more, and gets exit code 0.
#[test]
fn a_closed_output_ends_quietly() {
    let body = Response::new(20_000).to_vec();
    let directory = directory(&[("list.json", &body)]);
    for summary in [&[][..], &["--summary", "json"]] {
        let arguments = [&["read", "list.json"][..], summary].concat();
        let mut command = command(&arguments);
        command.current_dir(directory.path()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut output = child.stdout.take().unwrap();
        let mut first = [0; 7];
        output.read_exact(&mut first).unwrap();
        assert_eq!(&first, b"{\"id\":\"");
        drop(output);
        let run = Run::ended(child);
        assert_eq!(run.code, Some(0), "{}", run.err);
        if summary.is_empty() {
            assert_eq!(run.err, "");
        } else {
            let report = run.summary();
            assert_eq!((&report["completeness"], &report["error"]), (&"failed".into(), &().into()));
            assert!(report["sessions"].as_u64().unwrap() < 20_000);
            assert_eq!(run.err.lines().count(), 1);
        }
    }
}

/// A reported error is none the less one because nobody reads the sessions.
#[test]
fn an_error_outranks_a_closed_output() {
    let mut child = command(&["read"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let mut input = child.stdin.take().unwrap();
    std::io::Write::write_all(&mut input, br#"{"message":"no Route matched with those values"}"#).unwrap();
    drop(input);
    assert_eq!(Run::ended(child).code, Some(5));
}

#[cfg(unix)]
#[test]
fn a_signal_leaves_no_temporary_behind() {
    for (signal, code) in [("-INT", 130), ("-TERM", 143)] {
        let directory = directory(&[("out", b"before")]);
        let output = directory.path().join("out");
        let mut running = crate::run::Running::start(&["read", "-o", output.to_str().unwrap()]);
        running.send(b"{\"remote_sessions\":[{\"id\":1},");
        while names(&directory).len() < 2 {
            std::thread::yield_now();
        }
        let pid = running.child.id().to_string();
        assert!(std::process::Command::new("kill").args([signal, &pid]).status().unwrap().success());
        assert_eq!(running.child.wait().unwrap().code(), Some(code));
        assert_eq!(names(&directory), ["out"]);
        assert_eq!(fs::read(&output).unwrap(), b"before");
    }
}
