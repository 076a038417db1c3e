//! `--append`: whole lines, one run at a time.

use std::fs::{self, File};
use std::io::Read as _;

use mock_pam_core::Response;

use crate::folder::folder;
use crate::run::{Run, Running};

const TWO: &[u8] = br#"{"remote_sessions":[{"id":1},{"id":2}]}"#;
const CUT: &[u8] = br#"{"remote_sessions":[{"id":3},{"id":4},{"id":"#;

#[test]
fn lines_come_after_lines_also_of_a_run_that_fails() {
    let folder = folder(&[("two", TWO), ("cut", CUT)]);
    let append = |input| folder.run(&["read", input, "-o", "out", "--append", "--summary", "json"]);
    append("two").is(0, "complete", 2, None);
    append("cut").is(4, "truncated", 2, Some("truncated"));
    append("two").is(0, "complete", 2, None);
    let ids: Vec<_> = [1, 2, 3, 4, 1, 2].map(|id| format!("{{\"id\":{id}}}\n")).to_vec();
    assert_eq!(folder.text("out"), ids.concat());
    assert_eq!(folder.names(), ["cut", "out", "two"]);
}

#[cfg(unix)]
#[test]
fn a_new_file_is_for_its_owner_and_a_link_is_followed() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = folder(&[("two", TWO)]);
    symlink("out", folder.path("link")).unwrap();
    assert_eq!(folder.run(&["read", "two", "-o", "link", "--append"]).code, Some(0));
    assert_eq!(fs::metadata(folder.path("out")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(fs::symlink_metadata(folder.path("link")).unwrap().is_symlink());
}

#[test]
fn the_header_is_written_once() {
    let folder = folder(&[("two", TWO)]);
    for _ in 0..3 {
        assert_eq!(folder.run(&["read", "two", "--format", "csv", "-o", "out", "--append"]).code, Some(0));
    }
    let text = folder.text("out");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!((reader.records().count(), text.matches("session_id").count()), (6, 1));
}

/// Neither lines among records nor records among lines, and no file of somebody else's.
#[test]
fn a_file_of_another_format_is_refused_and_stays_as_it_is() {
    for (format, before, expected) in [
        ("ndjson", "id,user\r\n7,a\r\n", "expected NDJSON of sessions in it"),
        ("csv", "{\"id\":7}\n", "expected the columns of CSV in it"),
        // Without a line end at its end: not to be mended either.
        ("ndjson", "[main]\ncanary = 1", "expected NDJSON of sessions in it"),
        // Objects, but no sessions: responses that somebody saved, one of them as the vendor's sample ends.
        (
            "ndjson",
            "{\"response\":{\"remote_sessions\":[{\"id\":\"canary\"}]}}\n",
            "expected NDJSON of sessions",
        ),
        ("ndjson", "{\"response\":{\"remote_sessions\":[{\"id\":\"canary\"}]", "expected NDJSON of sessions"),
        ("ndjson", "{\n  \"id\": \"canary\"\n}\n", "expected NDJSON of sessions"),
        ("csv", "canary-of-a-secret", "expected the columns of CSV in it"),
    ] {
        let folder = folder(&[("two", TWO), ("out", before.as_bytes())]);
        let run = folder.run(&["read", "two", "--format", format, "-o", "out", "--append"]);
        assert_eq!(run.code, Some(1), "{format} after {before:?}: {}", run.err);
        assert!(run.err.contains(expected) && run.err.contains("--format"), "{}", run.err);
        assert!(!run.err.contains("canary"), "{}", run.err);
        assert_eq!(folder.text("out"), before);
    }
}

#[test]
fn a_line_that_a_killed_run_could_not_finish_goes() {
    let cases: [(&str, &str, &str); 7] = [
        ("ndjson", "{\"id\":7}\n{\"id\":8,\"us", "{\"id\":7}\n"),
        ("ndjson", "{\"id\":8,\"us", ""),
        ("ndjson", "{\"sess", ""),
        ("ndjson", "{", ""),
        // Whole but for its end.
        ("ndjson", "{\"id\":7}\n{\"id\":8}", "{\"id\":7}\n{\"id\":8}\n"),
        ("csv", "id,x\r\n7,\"a\r\nb\"\r\n8,\"c\r\nd", "id,x\r\n7,\"a\r\nb\"\r\n"),
        ("csv", "id,x\r\n7,a\r\n8", "id,x\r\n7,a\r\n"),
    ];
    for (format, before, mended) in cases {
        let folder = folder(&[("two", TWO), ("out", before.as_bytes())]);
        let run = folder.run(&["read", "two", "--format", format, "-o", "out", "--append"]);
        let text = folder.text("out");
        assert_eq!(run.code, Some(0), "{}", run.err);
        let added = text.strip_prefix(mended).unwrap_or_else(|| panic!("{before}: {text}"));
        let header = usize::from(format == "csv" && mended.is_empty());
        assert_eq!(added.lines().count(), 2 + header, "{before}: {text}");
        assert_eq!(run.err.contains("could not finish"), mended.len() < before.len(), "{}", run.err);
    }
}

#[test]
fn a_file_without_lines_is_left_alone() {
    let folder = folder(&[("two", TWO), ("out", &[b'x'; 3_000_000])]);
    assert_eq!(folder.run(&["read", "two", "-o", "out", "--append"]).code, Some(1));
    assert_eq!(folder.text("out").len(), 3_000_000);
}

#[test]
fn hostile_31_two_runs_do_not_append_at_once() {
    let folder = folder(&[("two", TWO)]);
    let mut first = Running::start(&["read", "-o", &folder.name("out"), "--append"]);
    first.send(&TWO[..29]);
    folder.wait_for(|names| names.contains(&"out".to_owned()) && !folder.text("out").is_empty());
    let second = folder.run(&["read", "two", "-o", "out", "--append", "--summary", "json"]);
    second.is(1, "failed", 0, Some("io"));
    assert!(second.err.contains("another run"), "{}", second.err);
    first.send(&TWO[29..]);
    assert_eq!(first.end().code, Some(0));
    assert_eq!(folder.text("out"), "{\"id\":1}\n{\"id\":2}\n");
}

#[cfg(unix)]
#[test]
fn hostile_31_a_full_disk_leaves_whole_lines() {
    let body = Response::new(3000).to_vec();
    let folder = folder(&[("list", &body)]);
    let script = format!(
        "ulimit -f 300 && exec '{}' read list -o out --append --summary json",
        env!("CARGO_BIN_EXE_remote-sessions")
    );
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &script]).current_dir(folder.path("."));
    let run = Run::of(shell, b"");
    assert_eq!(run.code, Some(1), "{}", run.err);
    let text = folder.text("out");
    let sessions = run.summary()["sessions"].as_u64().unwrap();
    assert!(text.ends_with("}\n") && sessions > 0, "{sessions}");
    assert_eq!(text.lines().count() as u64, sessions, "what is said to be delivered is there, and no more");
}

/// A line end inside quotes is none, and a quote inside a cell without quotes is no beginning.
#[test]
fn nothing_is_appended_to_an_open_cell() {
    let cases = [
        ("id,x\r\n7,a\r\n1,\"a\n", "id,x\r\n7,a\r\n"),
        ("id,x\r\n7,\"a\"\"\r\n\"\"b\"\r\n1,\"a\"\"\r\n", "id,x\r\n7,\"a\"\"\r\n\"\"b\"\r\n"),
        ("id,x\r\n7,3\" disk\r\n8,b\r\n", "id,x\r\n7,3\" disk\r\n8,b\r\n"),
    ];
    for (before, mended) in cases {
        let folder = folder(&[("two", TWO), ("out", before.as_bytes())]);
        let run = folder.run(&["read", "two", "--format", "csv", "-o", "out", "--append"]);
        let text = folder.text("out");
        assert_eq!(run.code, Some(0), "{}", run.err);
        let added = text.strip_prefix(mended).unwrap_or_else(|| panic!("{before}: {text}"));
        assert!(added.starts_with("1,") && added.lines().count() == 2, "{before}: {text}");
    }
    let before = format!("id,x\r\n7,\"a{}", "\r\n".repeat(2_000_000));
    let folder = folder(&[("two", TWO), ("out", before.as_bytes())]);
    let run = folder.run(&["read", "two", "--format", "csv", "-o", "out", "--append"]);
    assert_eq!((run.code, folder.text("out").len()), (Some(1), before.len()), "{}", run.err);
}

#[cfg(unix)]
#[test]
fn nothing_is_appended_to_a_read_only_file() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = folder(&[("two", TWO), ("out", b"{}\n")]);
    fs::set_permissions(folder.path("out"), fs::Permissions::from_mode(0o444)).unwrap();
    let run = folder.run(&["read", "two", "-o", "out", "--append", "--summary", "json"]);
    run.is(1, "failed", 0, Some("io"));
    assert!(run.err.contains("read-only"), "{}", run.err);
    assert_eq!(folder.text("out"), "{}\n");
}

/// kill -9 in the middle of writing, and the next run makes whole lines of it.
#[cfg(unix)]
#[test]
fn a_killed_run_and_the_next_one_leave_whole_lines() {
    let body = Response::new(4000).to_vec();
    let folder = folder(&[("list", &body), ("two", TWO)]);
    let mut killed = Running::start(&["read", "-o", &folder.name("out"), "--append"]);
    killed.send(&body[..body.len() - 10]);
    folder.wait_for(|_| folder.path("out").metadata().is_ok_and(|found| found.len() > 100_000));
    killed.child.kill().unwrap();
    killed.child.wait().unwrap();
    // As if the kill had come in the middle of a page.
    let length = fs::metadata(folder.path("out")).unwrap().len();
    File::options().write(true).open(folder.path("out")).unwrap().set_len(length - 7).unwrap();
    assert_eq!(folder.run(&["read", "two", "-o", "out", "--append"]).code, Some(0));
    let mut text = String::new();
    File::open(folder.path("out")).unwrap().read_to_string(&mut text).unwrap();
    for line in text.lines() {
        serde_json::from_str::<serde_json::Value>(line).unwrap_or_else(|error| panic!("{error}: {line}"));
    }
    assert!(text.ends_with("{\"id\":1}\n{\"id\":2}\n"));
}
