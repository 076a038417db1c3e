//! What is said on standard error: how much, and in which form.

use serde_json::Value;

use crate::folder::folder;
use crate::run::{Run, command, run};
use crate::sample::sample;

const BAD: &str = "{\"remote_sessions\":[{\"id\":1},{\"id\":\"\\u001b[31m\u{202e}\"}]}";

#[test]
fn quiet_leaves_errors_and_the_summary() {
    let warned = run(&["read", "-q", "--summary", "json"], sample().as_bytes());
    warned.is(0, "unclosed_envelope", 2, None);
    assert_eq!(warned.err.lines().count(), 1, "{}", warned.err);
    let failed = run(&["-q", "read"], BAD.as_bytes());
    assert_eq!(failed.code, Some(3));
    assert!(failed.err.starts_with("error: expected an integer"), "{}", failed.err);
    assert_eq!(run(&["read", "-q", "-v"], b"").code, Some(2));
}

#[test]
fn verbose_says_which_instructions_look_at_the_bytes() {
    for path in ["portable", "scalar"] {
        let mut command = command(&["read", "--verbose"]);
        command.env("REMOTE_SESSIONS_SCAN", path);
        let run = Run::of(command, sample().as_bytes());
        assert_eq!((run.code, run.lines().len()), (Some(0), 2));
        assert!(run.err.starts_with(&format!("info: scanning with {path}\n")), "{}", run.err);
    }
}

#[test]
fn messages_can_be_json() {
    let body = format!("{BAD} ");
    for (arguments, lines) in
        [(&["read", "--log-format", "json", "-v"][..], 2), (&["read", "--log-format", "json"], 1)]
    {
        let run = run(arguments, body.as_bytes());
        assert_eq!(run.code, Some(3));
        let said: Vec<Value> = run.err.lines().map(|line| serde_json::from_str(line).expect(line)).collect();
        assert_eq!(said.len(), lines, "{}", run.err);
        let error = &said[lines - 1];
        assert_eq!(
            (&error["level"], &error["target"]),
            (&"ERROR".into(), &"remote_sessions::command".into())
        );
        assert!(error["message"].as_str().unwrap().starts_with("expected an integer"), "{error}");
        assert!(error["help"].as_str().unwrap().contains("--on-bad-item"), "{error}");
        assert!(error["timestamp"].as_str().unwrap().ends_with('Z'), "{error}");
    }
}

#[test]
fn hostile_30_nothing_in_a_message_acts_on_a_terminal() {
    let name = "no\u{1b}[31m\u{202e}\u{9b}\n{\"level\":\"x\"}";
    for form in ["text", "json"] {
        let folder = folder(&[]);
        for arguments in
            [&["read", name][..], &["read", "--on-bad-item", "skip", "-"], &["read", "-o", name, "--append"]]
        {
            let mut command = command(&[arguments, &["--log-format", form, "-vv"]].concat());
            command.current_dir(folder.path("."));
            let run = Run::of(command, BAD.as_bytes());
            for hidden in ['\u{1b}', '\u{202e}', '\u{9b}'] {
                assert!(!run.err.contains(hidden), "{form}: {}", run.err);
            }
            if form == "json" {
                assert!(
                    run.err.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()),
                    "{}",
                    run.err
                );
            }
        }
    }
}

/// What `clap` says of the arguments is no message of ours, and repeats them.
#[test]
fn hostile_30_errors_of_the_command_line_do_not_act_on_a_terminal_either() {
    let odd = "\u{1b}[31m\u{1b}]0;x\u{202e}\u{9b}y";
    let option = format!("--{odd}");
    for form in ["text", "json"] {
        for arguments in [
            &["read", "--format", odd][..],
            &["fetch", &option],
            &[odd],
            &["read", "a", odd],
            &["man", "a", odd],
        ] {
            let run = run(&[arguments, &["--log-format", form]].concat(), b"");
            assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{arguments:?}");
            assert!(run.err.starts_with("error: ") && run.err.ends_with(".\n"), "{}", run.err);
            let shown = "\\u{1b}[31m\\u{1b}]0;x\\u{202e}\\u{9b}y";
            assert!(run.err.contains(shown), "{}", run.err);
            let acts =
                |character: char| character != '\n' && (character.is_control() || character == '\u{202e}');
            assert!(!run.err.contains(acts), "{:?}", run.err);
        }
    }
    let none = run(&[], b"");
    assert_eq!((none.code, none.err.contains("Usage:")), (Some(2), true), "{}", none.err);
    for (argument, part) in [("--help", "Usage:"), ("--version", env!("CARGO_PKG_VERSION"))] {
        let run = run(&[argument], b"");
        assert_eq!((run.code, run.err.as_str(), run.out.contains(part)), (Some(0), "", true), "{}", run.out);
    }
}
