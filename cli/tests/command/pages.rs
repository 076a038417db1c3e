//! `man`, `completions` and `--help`.

use crate::run::run;

const COMMANDS: [&str; 7] = ["demo", "read", "fetch", "check", "mock", "completions", "man"];

#[test]
fn every_command_has_a_page() {
    let all = run(&["man"], b"");
    assert_eq!((all.code, all.err.as_str()), (Some(0), ""));
    for part in [".TH remote-sessions 1", ".SH \"EXIT CODES\"\n.nf\n", "remote\\-sessions\\-fetch(1)"] {
        assert!(all.out.contains(part), "{part}: {}", all.out);
    }
    for name in COMMANDS {
        let page = run(&["man", name], b"");
        assert_eq!(page.code, Some(0));
        assert!(page.out.contains(&format!(".TH remote-sessions-{name} 1")), "{}", page.out);
    }
    let fetch = run(&["man", "fetch"], b"").out;
    for part in
        ["connect\\-timeout", "checkpoint", "TIME-OUTS", "REMOTE_SESSIONS_CLIENT_SECRET", "log\\-format"]
    {
        assert!(fetch.contains(part), "{part}");
    }
    for unknown in ["help", "x"] {
        let refused = run(&["man", unknown], b"");
        assert_eq!(refused.code, Some(2));
        assert!(refused.err.contains("fetch"), "{}", refused.err);
    }
}

#[test]
fn every_shell_has_completions() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let completions = run(&["completions", shell], b"");
        assert_eq!((completions.code, completions.err.as_str()), (Some(0), ""));
        for part in ["keep-partial", "first-byte-timeout"].into_iter().chain(COMMANDS) {
            assert!(completions.out.contains(part), "{shell}: {part}");
        }
    }
    assert_eq!(run(&["completions", "dos"], b"").code, Some(2));
}

#[test]
fn help_is_grouped() {
    let help = run(&["fetch", "--help"], b"").out;
    let groups = [
        "\nServer:",
        "\nCredentials:",
        "\nTLS:",
        "\nProxy:",
        "\nTime-outs and limits:",
        "\nRetries:",
        "\nOutput:",
        "\nInput:",
        "\nResumption:",
        "\nMessages:",
        "\nExit codes:",
        "\nEnvironment:",
        "\nExamples:",
        "OnCalendar=",
    ];
    let places: Vec<_> =
        groups.iter().map(|group| help.find(group).unwrap_or_else(|| panic!("{group}"))).collect();
    assert!(places.is_sorted() || places.len() == groups.len(), "{places:?}");
    for option in ["--connect-timeout", "--max-ratio", "--token-file", "--no-proxy", "--retry-within"] {
        assert!(help.contains(option), "{option}");
    }
    assert!(!run(&["fetch", "-h"], b"").out.contains("Exit codes"), "short help is short");
}

#[test]
fn settings_that_cannot_be_are_usage_errors() {
    let base = ["fetch", "--url", "https://pam.example", "--client-id", "id"];
    let cases: [&[&str]; 11] = [
        &["--connect-timeout", "0"],
        &["--idle-timeout", "soon"],
        &["--tries", "0"],
        &["--max-decoded-size", "0"],
        &["--max-ratio", "0"],
        &["--header", "X-Key"],
        &["--header", "Authorization: Bearer x"],
        &["--client-key", "key.pem"],
        &["--proxy", "http://user:canary@proxy.example"],
        &["--no-proxy", "pam.example"],
        &["--token-file", "a", "--client-secret-file", "b"],
    ];
    for more in cases {
        let mut command = crate::run::command(&[&base[..], more].concat());
        command.env("REMOTE_SESSIONS_CLIENT_SECRET", "x");
        let run = crate::run::Run::of(command, b"");
        assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{more:?}: {}", run.err);
        assert!(
            run.err.contains(more[0])
                || run.err.contains("Authorization")
                || run.err.contains("authorization"),
            "{more:?}: {}",
            run.err
        );
    }
}
