//! `--checkpoint` and `--resume`: nothing is lost, and nothing comes twice.

use std::fs;

use mock_pam_core::{EnvelopeShape, Fault, MockPamCore, Response};
use serde_json::Value;

use crate::folder::{Folder, folder};
use crate::run::{Run, Running, command};

const SECRET: &str = "mock-secret";

fn server(response: Response) -> MockPamCore {
    MockPamCore::builder().credentials("id", SECRET).response(response).start_in_thread().unwrap()
}

fn fetch(folder: &Folder, server: &MockPamCore, more: &[&str]) -> Run {
    let url = server.url();
    let arguments = [&["fetch", "--url", &url, "--client-id", "id", "--summary", "json"], more].concat();
    let mut command = command(&arguments);
    command.env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET).current_dir(folder.path("."));
    Run::of(command, b"")
}

const BOTH: [&str; 4] = ["--checkpoint", "state", "--resume", "state"];

fn expected(response: Response) -> String {
    crate::run::run(&["read"], &response.to_vec()).out
}

#[test]
fn hostile_24_an_interrupted_fetch_goes_on_without_duplicates() {
    // Not `late`: where the tenant comes after the items they are known by their session id.
    for shape in [EnvelopeShape::Nested, EnvelopeShape::Pages, EnvelopeShape::Flat, EnvelopeShape::Late] {
        let response = Response::new(3000).envelope(shape);
        let server = server(response.clone());
        let folder = folder(&[]);
        let append = [&["-o", "out", "--append"][..], &BOTH].concat();
        let mut delivered = 0;
        for bytes in [100_000, 350_000] {
            server.add_fault(Fault::ResetAfter(bytes).times(1));
            let run = fetch(&folder, &server, &append);
            let summary = run.summary();
            assert_eq!(
                (run.code, summary["error"]["kind"].as_str()),
                (Some(4), Some("interrupted")),
                "{}",
                run.err
            );
            assert_eq!(summary["known"], delivered, "{shape}");
            delivered += summary["sessions"].as_u64().unwrap();
            assert_eq!(folder.text("out").lines().count() as u64, delivered);
        }
        assert!(delivered > 500, "{delivered}");
        let rest = fetch(&folder, &server, &append).is(0, "complete", 3000 - delivered, None);
        assert_eq!(rest["known"], delivered);
        assert_eq!(folder.text("out"), expected(response), "{shape}");
        fetch(&folder, &server, &append).is(0, "complete", 0, None);
        assert_eq!(folder.names(), ["out", "state"]);
    }
}

/// The same ids in several tenants are different sessions.
#[test]
fn hostile_24_an_id_alone_identifies_nothing() {
    let list = |tenants: &[&str]| {
        let page = |tenant| format!(r#"{{"tenant":"{tenant}","remote_sessions":[{{"id":1}},{{"id":2}}]}}"#);
        let pages: Vec<_> = tenants.iter().map(page).collect();
        format!(r#"{{"code":200,"remote_sessions":[{}]}}"#, pages.join(","))
    };
    let server = server(Response::new(0));
    let folder = folder(&[]);
    let reply = |text: String| mock_pam_core::Reply::new(200, text);
    for (tenants, new) in [(&["a"][..], 2), (&["a", "b"], 2), (&["c", "b", "a"], 2), (&["a", "b", "c"], 0)] {
        server.reply_to_lists(Some(reply(list(tenants))));
        fetch(&folder, &server, &BOTH).is(0, "complete", new, None);
    }
}

#[test]
fn each_run_ships_what_is_new() {
    let server = server(Response::new(100));
    let folder = folder(&[]);
    let run = fetch(&folder, &server, &[&["-o", "first"][..], &BOTH].concat());
    run.is(0, "complete", 100, None);
    server.set_response(Response::new(130));
    let run = fetch(&folder, &server, &[&["-o", "second"][..], &BOTH].concat());
    assert_eq!(run.is(0, "complete", 30, None)["known"], 100);
    assert_eq!(folder.text("first") + &folder.text("second"), expected(Response::new(130)));
}

/// What a failed run did not put in its place was not delivered.
#[test]
fn a_file_that_was_not_replaced_is_not_recorded() {
    let server = server(Response::new(3000));
    let folder = folder(&[]);
    server.add_fault(Fault::ResetAfter(300_000).times(2));
    let run = fetch(&folder, &server, &[&["-o", "out"][..], &BOTH].concat());
    run.is(4, "truncated", 0, Some("interrupted"));
    assert_eq!(folder.names(), Vec::<String>::new());

    let run = fetch(&folder, &server, &[&["-o", "out", "--keep-partial"][..], &BOTH].concat());
    let kept = run.summary()["sessions"].as_u64().unwrap();
    assert_eq!((run.code, folder.names().join(" ")), (Some(4), "out.partial".to_owned()));
    assert_eq!(folder.text("out.partial").lines().count() as u64, kept);
    fetch(&folder, &server, &[&["-o", "out"][..], &BOTH].concat()).is(0, "complete", 3000, None);
    assert_eq!(folder.text("out"), expected(Response::new(3000)));
}

/// What one failed run kept and the next one overwrote is in the file in the end.
#[test]
fn parts_that_overwrite_each_other_lose_nothing() {
    let server = server(Response::new(3000));
    let folder = folder(&[]);
    let keep = [&["-o", "out", "--keep-partial"][..], &BOTH].concat();
    for bytes in [200_000, 500_000] {
        server.add_fault(Fault::ResetAfter(bytes).times(1));
        assert_eq!(fetch(&folder, &server, &keep).code, Some(4));
        assert_eq!(folder.names(), ["out.partial"]);
    }
    fetch(&folder, &server, &keep).is(0, "complete", 3000, None);
    assert_eq!(folder.text("out"), expected(Response::new(3000)));
}

/// What a full disk did not take comes again.
#[cfg(unix)]
#[test]
fn what_could_not_be_written_is_not_recorded() {
    let server = server(Response::new(3000));
    let folder = folder(&[]);
    let script = format!(
        "ulimit -f 300 && exec '{}' fetch --url {} --client-id id -o out --append --checkpoint state --summary json",
        env!("CARGO_BIN_EXE_remote-sessions"),
        server.url()
    );
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", &script]).env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET).current_dir(folder.path("."));
    let run = Run::of(shell, b"");
    assert_eq!(run.code, Some(1), "{}", run.err);
    let state: Value = serde_json::from_str(&folder.text("state")).unwrap();
    assert_eq!(state["items"], folder.text("out").lines().count());
    let run = fetch(&folder, &server, &[&["-o", "out", "--append"][..], &BOTH].concat());
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_eq!(folder.text("out"), expected(Response::new(3000)));
}

/// The same for a file that a shell leads standard output to.
#[cfg(unix)]
#[test]
fn hostile_31_lines_that_go_behind_others_through_standard_output_are_whole() {
    let server = server(Response::new(3000));
    let folder = folder(&[]);
    let fetch = |before: &str, more: &str| {
        let script = format!(
            "{before} exec '{}' fetch --url {} --client-id id --checkpoint state --resume state >> out {more}",
            env!("CARGO_BIN_EXE_remote-sessions"),
            server.url()
        );
        let mut shell = std::process::Command::new("sh");
        shell
            .args(["-c", &script])
            .env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET)
            .current_dir(folder.path("."));
        Run::of(shell, b"")
    };
    let run = fetch("ulimit -f 300 &&", "");
    assert_eq!(run.code, Some(1), "{}", run.err);
    assert!(folder.text("out").ends_with("}\n"));
    let state: Value = serde_json::from_str(&folder.text("state")).unwrap();
    assert_eq!(state["items"], folder.text("out").lines().count());
    assert_eq!(fetch("", "").code, Some(0));
    assert_eq!(folder.text("out"), expected(Response::new(3000)));
    // As a run leaves it that was killed in the middle of a line.
    fs::remove_file(folder.path("state")).unwrap();
    fs::write(folder.path("out"), "{\"id\":1}\n{\"id").unwrap();
    let run = fetch("", "");
    assert_eq!((run.code, run.err.contains("could not finish")), (Some(0), true), "{}", run.err);
    assert_eq!(folder.text("out"), format!("{{\"id\":1}}\n{{\"id\n{}", expected(Response::new(3000))));
}

#[test]
fn a_checkpoint_is_not_taken_for_another() {
    let server = server(Response::new(10));
    let folder = folder(&[("junk", b"{}"), ("empty", b"")]);
    fetch(&folder, &server, &["--checkpoint", "state"]).is(0, "complete", 10, None);
    fetch(&folder, &server, &["--resume", "state"]).is(0, "complete", 0, None);
    for (file, said) in [("junk", "--checkpoint"), ("empty", "--checkpoint"), ("missing", "path")] {
        let run = fetch(&folder, &server, &["--resume", file]);
        run.is(1, "failed", 0, Some("io"));
        assert!(run.err.contains(file) && run.err.contains(said), "{}", run.err);
    }
    let changed = folder.text("state").replacen("\"bytes\":", "\"bytes\":1", 1);
    fs::write(folder.path("changed"), changed).unwrap();
    let run = fetch(&folder, &server, &["--resume", "changed"]);
    run.is(1, "failed", 0, Some("io"));
    assert!(run.err.contains("another checksum"), "{}", run.err);
    let other = self::server(Response::new(10));
    let run = fetch(&folder, &other, &["--resume", "state"]);
    run.is(1, "failed", 0, Some("io"));
    assert!(run.err.contains(&other.url()) && run.err.contains(&server.url()), "{}", run.err);
    let run = fetch(&folder, &server, &["--checkpoint", "missing/state"]);
    run.is(1, "failed", 0, Some("io"));
    assert!(fs::metadata(folder.path("state")).is_ok());
}

/// Its size is looked at before it is read. (The file takes no room on the disk.)
#[test]
fn what_is_too_large_for_a_checkpoint_is_not_read() {
    const HEAD: &[u8] = br#"{"version":1,"source":""#;
    let folder = folder(&[("state", HEAD)]);
    let file = fs::File::options().write(true).open(folder.path("state")).unwrap();
    file.set_len(1 << 32).unwrap();
    let run = fetch(&folder, &server(Response::new(1)), &BOTH);
    run.is(1, "failed", 0, Some("io"));
    let said = "expected a checkpoint of at most 2147483648 bytes in state, found a file of 4294967296";
    assert!(run.err.contains(said), "{}", run.err);
}

/// Every session that the list holds is delivered, also one that it holds twice.
#[test]
fn one_run_delivers_what_is_listed_twice() {
    let server = server(Response::new(0));
    let folder = folder(&[]);
    let body = r#"{"tenant":"a","remote_sessions":[{"id":1},{"id":1}]}"#;
    server.reply_to_lists(Some(mock_pam_core::Reply::new(200, body)));
    fetch(&folder, &server, &BOTH).is(0, "complete", 2, None);
    assert_eq!(fetch(&folder, &server, &BOTH).is(0, "complete", 0, None)["known"], 2);
}

/// A run that is killed has not delivered in vain.
#[test]
fn hostile_31_a_kill_leaves_an_earlier_checkpoint() {
    let server = server(Response::new(3000));
    server.add_fault(Fault::StallAfter(500_000).times(1));
    let folder = folder(&[]);
    let url = server.url();
    let (out, state) = (folder.name("out"), folder.name("state"));
    let mut command = command(&["fetch", "--url", &url, "--client-id", "id", "-o", &out, "--append"]);
    command.args(["--checkpoint", &state, "--checkpoint-every", "1ms"]);
    command.env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET);
    let mut running = Running::of(command);
    folder.wait_for(|names| names.contains(&"state".to_owned()));
    running.child.kill().unwrap();
    running.child.wait().unwrap();
    let state: Value = serde_json::from_str(&folder.text("state")).unwrap();
    let known = state["items"].as_u64().unwrap();
    assert!(known > 0);
    // How far it came is of the same moment.
    assert!(state["bytes"].as_u64().unwrap() > known * 100, "{state}");
    // The last line may be half a one.
    let written = folder.text("out").matches('\n').count() as u64;
    assert!(written >= known, "{written} {known}");
    let run = fetch(&folder, &server, &[&["-o", "out", "--append"][..], &BOTH].concat());
    assert_eq!(run.is(0, "complete", 3000 - known, None)["known"], known);
    assert_eq!(folder.text("out").lines().count() as u64, 3000 + written - known);
}

/// Two runs with one checkpoint would each forget what the other one delivers.
#[cfg(unix)]
#[test]
fn hostile_31_one_checkpoint_is_written_by_one_run_at_a_time() {
    // Saved, and so replaced, in the middle of the run.
    let every = [&BOTH[..], &["--checkpoint-every", "1ms"]].concat();
    for (end, code) in [("-TERM", 143), ("-KILL", -1)] {
        let (server, folder) = (server(Response::new(3000)), folder(&[]));
        server.add_fault(Fault::StallAfter(500_000).times(1));
        let url = server.url();
        let mut first = command(&["fetch", "--url", &url, "--client-id", "id", "-o", "first", "--append"]);
        first.args(&every).env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET).current_dir(folder.path("."));
        let mut first = Running::of(first);
        folder.wait_for(|_| server.log().faults > 0 && folder.path("state").exists());
        let lists = server.log().list_requests;
        for output in [&["-o", "second"][..], &["-o", "third", "--append"], &[]] {
            let run = fetch(&folder, &server, &[output, &["--checkpoint", "./state"]].concat());
            run.is(1, "failed", 0, Some("io"));
            assert!(run.err.contains("another run does so now") && run.out.is_empty(), "{}", run.err);
        }
        assert_eq!(server.log().list_requests, lists, "nothing was asked for");
        assert!(!folder.path("second").exists() && !folder.path("third").exists());
        // Reading it is no matter: it is replaced as a whole.
        assert_eq!(fetch(&folder, &server, &["--resume", "state"]).code, Some(0));
        let id = first.child.id().to_string();
        assert!(std::process::Command::new("kill").args([end, &id]).status().unwrap().success());
        assert_eq!(first.child.wait().unwrap().code().unwrap_or(-1), code);
        // Whatever a killed run leaves keeps nobody out, and goes.
        let known = fetch(&folder, &server, &[&["-o", "first", "--append"][..], &BOTH].concat());
        assert_eq!(known.code, Some(0), "{}", known.err);
        // But for a temporary file, which goes when it is a minute old.
        let names = folder.names().into_iter().filter(|name| !name.ends_with(".tmp"));
        assert!(names.eq(["first", "state"]), "{:?}", folder.names());
    }
}
