//! What goes wrong between server and command, and the exit codes that say so.

use std::process::Command;

use mock_pam_core::{Encoding, Fault, MockPamCore, Reply, Response, Tls};

use crate::folder::folder;
use crate::run::{Run, Running, command};

const SECRET: &str = "mock-secret";

fn mock() -> mock_pam_core::Builder {
    MockPamCore::builder().credentials("id", SECRET).response(Response::new(2000))
}

fn with_secret(arguments: &[&str]) -> Command {
    let mut command = command(arguments);
    command.env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET);
    command
}

fn fetch(url: &str, more: &[&str]) -> Run {
    let arguments = [&["fetch", "--url", url, "--client-id", "id", "--summary", "json"], more].concat();
    Run::of(with_secret(&arguments), b"")
}

/// Before the first session 6, after it 4, by whatever the transport breaks.
#[test]
fn hostile_18_the_exit_code_tells_whether_sessions_came() {
    let late: [Fault; 6] = [
        Fault::ResetAfter(100_000),
        Fault::CloseAfter(100_000),
        Fault::CutAfter(100_000),
        Fault::BadChunkSize(100_000),
        Fault::ShortLength(1000),
        Fault::LongLength(1000),
    ];
    for fault in late {
        let server = mock().fault(fault.clone()).start_in_thread().unwrap();
        let run = fetch(&server.url(), &["--tries", "1"]);
        let summary = run.summary();
        assert_eq!(run.code, Some(4), "{fault}: {}", run.err);
        assert_eq!(summary["sessions"], run.lines().len(), "{fault}");
        assert!(run.lines().len() > 100, "{fault}: what came is delivered");
        assert_ne!(summary["completeness"], "complete", "{fault}");
    }
    let early = [Fault::ResetOnConnect, Fault::ResetBeforeHead, Fault::ResetInHead, Fault::ResetAfter(20)];
    for fault in early {
        let server = mock().fault(fault.clone()).start_in_thread().unwrap();
        let run = fetch(&server.url(), &["--tries", "1"]);
        run.is(6, "failed", 0, Some("transport"));
    }
}

/// On a busy machine they may fire before the first session as well.
#[test]
fn hostile_19_the_time_out_that_fired_is_named_with_its_option() {
    let stall = Fault::StallAfter(100_000);
    let cases: [(Fault, &[&str]); 4] = [
        (Fault::NoHead, &["--first-byte-timeout", "300ms"]),
        (stall.clone(), &["--idle-timeout", "300ms"]),
        (stall, &["--max-time", "1s"]),
        (Fault::Drip(100), &["--minimum-rate", "10KiB", "--idle-timeout", "1s"]),
    ];
    for (fault, settings) in cases {
        let server = mock().fault(fault.clone()).start_in_thread().unwrap();
        let run = fetch(&server.url(), &[settings, &["--tries", "1"]].concat());
        assert!(matches!(run.code, Some(4 | 6)), "{fault}: {}", run.err);
        let help = run.err.lines().find(|line| line.starts_with("help: ")).expect("a remedy");
        assert!(help.contains(settings[0]), "{fault}: {}", run.err);
    }
}

#[test]
fn hostile_20_a_bomb_is_refused_by_its_limits() {
    let server = mock().fault(Fault::Bomb(64 << 20)).start_in_thread().unwrap();
    for limits in [&[][..], &["--max-ratio", "none", "--max-decoded-size", "4MiB"]] {
        let run = fetch(&server.url(), limits);
        assert_ne!(run.code, Some(0), "{}", run.err);
        assert!(
            run.err.contains("ratio") || run.err.contains("decoded") || run.err.contains("unpacked"),
            "{}",
            run.err
        );
    }
}

#[test]
fn hostile_24_tries_are_made_before_the_first_session_only() {
    let server = mock().fault(Fault::Status(503).times(2)).start_in_thread().unwrap();
    fetch(&server.url(), &[]).is(0, "complete", 2000, None);
    assert_eq!(server.log().list_requests, 3);
    let server = mock().fault(Fault::Status(503).times(2)).start_in_thread().unwrap();
    let run = fetch(&server.url(), &["--tries", "2"]);
    assert_eq!(run.code, Some(6), "{}", run.err);
    assert_eq!(server.log().list_requests, 2);
    let server = mock().fault(Fault::ResetAfter(100_000).times(1)).start_in_thread().unwrap();
    assert_eq!(fetch(&server.url(), &[]).code, Some(4));
    assert_eq!(server.log().list_requests, 1);
    // Whatever its body says about itself.
    let body = r#"{"code":500,"response":{"status":500,"message":"Unexpected error.","error":true}}"#;
    let server = mock().list_reply(Reply::new(503, body)).start_in_thread().unwrap();
    let run = fetch(&server.url(), &["--tries", "2"]);
    assert_eq!(run.code, Some(6), "{}", run.err);
    // Other statuses are answers.
    for (status, code) in [(404, 5), (500, 5), (403, 5)] {
        let server = mock().fault(Fault::Status(status)).start_in_thread().unwrap();
        assert_eq!(fetch(&server.url(), &[]).code, Some(code), "{status}");
        assert_eq!(server.log().list_requests, 1, "{status}");
    }
}

#[test]
fn hostile_25_a_redirect_is_refused() {
    for fault in [
        Fault::RedirectOrigin,
        Fault::RedirectHttp,
        Fault::TokenRedirect,
        Fault::RedirectLoop(2),
        Fault::RedirectWithin(6),
    ] {
        let server = mock().fault(fault.clone()).start_in_thread().unwrap();
        let run = fetch(&server.url(), &[]);
        assert_eq!(run.code, Some(5), "{fault}: {}", run.err);
        assert!(run.err.contains("redirect"), "{fault}: {}", run.err);
    }
    let server = mock().fault(Fault::RedirectWithin(5)).start_in_thread().unwrap();
    let run = fetch(&server.url(), &[]);
    assert_eq!(run.code, Some(0), "{}", run.err);
}

#[test]
fn hostile_26_certificates_decide_and_the_cause_is_named() {
    let folder = folder(&[]);
    let ca = |server: &MockPamCore| {
        std::fs::write(folder.path("ca.pem"), server.ca_pem().unwrap()).unwrap();
        folder.name("ca.pem")
    };
    let good = mock().tls(Tls::Valid).http2().encoding(Encoding::Zstd).start_in_thread().unwrap();
    fetch(&good.url(), &["--ca-file", &ca(&good)]).is(0, "complete", 2000, None);
    let cases = [
        (Tls::Valid, false, "ca-file"),
        (Tls::Expired, true, "expired"),
        (Tls::WrongHost, true, "name"),
        (Tls::SelfSigned, true, "issuer"),
        (Tls::ClientCertificateRequired, true, "client certificate"),
    ];
    for (tls, trusted, said) in cases {
        let server = mock().tls(tls).start_in_thread().unwrap();
        let ca = ca(&server);
        let trust = ["--ca-file", &ca];
        let run = fetch(&server.url(), if trusted { &trust } else { &[] });
        run.is(6, "failed", 0, Some("transport"));
        let text = run.err.to_lowercase();
        assert!(
            text.contains(said) || text.contains(&said.replace('-', " ")) || text.contains("authority"),
            "{tls}: {}",
            run.err
        );
    }
    let server = mock().tls(Tls::ClientCertificateRequired).start_in_thread().unwrap();
    let pem = server.client_pem().unwrap();
    let key = pem.find("-----BEGIN PRIVATE").expect("a key");
    for (name, text) in [("both", pem), ("certificate", &pem[..key]), ("key", &pem[key..])] {
        std::fs::write(folder.path(name), text).unwrap();
    }
    let base = ["-q", "--ca-file", &ca(&server), "--client-cert"];
    let [both, certificate, key] = ["both", "certificate", "key"].map(|name| folder.name(name));
    fetch(&server.url(), &[&base[..], &[&both]].concat()).is(0, "complete", 2000, None);
    fetch(&server.url(), &[&base[..], &[&certificate, "--client-key", &key]].concat())
        .is(0, "complete", 2000, None);
    assert_eq!(fetch(&server.url(), &[&base[..], &[&certificate]].concat()).code, Some(2));
}

#[test]
fn the_mock_serves_faults_tls_and_encodings() {
    let folder = folder(&[]);
    let certificates = folder.name("");
    let mut mock = Running::start(&[
        "mock",
        "--items",
        "500",
        "--tls",
        "client-certificate-required",
        "--http2",
        "--encoding",
        "brotli",
        "--certificates",
        &certificates,
        "--fault",
        "status:503+times:1",
        "--fault",
        "reset-after:3000+times:1",
        "--client-id",
        "id",
    ]);
    let url = mock.line();
    let [ca, client] = ["ca.pem", "client.pem"].map(|name| folder.name(name));
    let trust = ["--ca-file", &ca, "--client-cert", &client, "-q"];
    let run = fetch(&url, &trust);
    assert_eq!(run.code, Some(4), "{}", run.err);
    fetch(&url, &trust).is(0, "complete", 500, None);
    let help = crate::run::run(&["mock", "--help"], b"").out;
    for (spelling, line) in Fault::HELP {
        assert!(help.contains(spelling) && help.contains(&line[..20]), "{spelling}");
    }
    for bad in ["melt", "reset-after:x"] {
        assert_eq!(crate::run::run(&["mock", "--fault", bad], b"").code, Some(2));
    }
}

fn check(url: &str, more: &[&str]) -> Run {
    Run::of(with_secret(&[&["check", "--url", url, "--client-id", "id"], more].concat()), b"")
}

#[test]
fn a_check_names_each_step() {
    let folder = folder(&[]);
    let server = mock().tls(Tls::Valid).start_in_thread().unwrap();
    std::fs::write(folder.path("ca.pem"), server.ca_pem().unwrap()).unwrap();
    let run = check(&server.url(), &["--ca-file", &folder.name("ca.pem")]);
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    let names: Vec<_> = run.lines().iter().map(|line| line[..13].trim()).collect();
    assert_eq!(names, ["name lookup", "connect", "TLS", "access token", "permission", "first item"]);
    assert!(!run.out.contains("FAILED") && !run.out.contains("ask:"), "{}", run.out);
    assert!(server.log().produced_bytes < 1 << 20, "the list is not read to its end");
}

#[test]
fn a_check_says_which_step_failed_why_and_whom_to_ask() {
    let unlisted = mock().list_reply(mock_pam_core::Failure::NotAuthorized).start_in_thread().unwrap();
    let refused = mock().credentials("id", "another").start_in_thread().unwrap();
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let nowhere = format!("http://{}", closed.local_addr().unwrap());
    drop(closed);
    let cases = [
        (unlisted.url(), 5, "permission", "administrator"),
        (refused.url(), 5, "access token", "administrator"),
        (nowhere, 6, "connect", "network"),
        ("http://name.invalid".to_owned(), 6, "name lookup", "DNS"),
    ];
    for (url, code, step, whom) in cases {
        let run = check(&url, &["--allow-http", "--no-proxy", "*"]);
        assert_eq!(run.code, Some(code), "{} {}", run.out, run.err);
        let failed = run.out.lines().find(|line| line.contains("FAILED")).expect("a failed step");
        assert!(failed.starts_with(step), "{}", run.out);
        let last = run.out.lines().last().unwrap();
        assert!(last.starts_with("ask: ") && last.contains(whom), "{}", run.out);
        assert!(run.err.starts_with("error: "), "{}", run.err);
    }
}

/// Also where the time for all ends in the step; what has no meaning there is refused.
#[test]
fn a_check_that_takes_too_long_says_the_same() {
    for (fault, step) in [(Fault::NoHead, "permission"), (Fault::TokenNoHead, "access token")] {
        let server = mock().fault(fault).start_in_thread().unwrap();
        let run = check(&server.url(), &["--max-time", "3s"]);
        assert_eq!(run.code, Some(6), "{} {}", run.out, run.err);
        let failed = run.out.lines().find(|line| line.contains("FAILED")).expect("a failed step");
        assert!(failed.starts_with(step) && failed.contains("total time-out"), "{}", run.out);
        assert!(run.out.lines().last().unwrap().starts_with("ask: "), "{}", run.out);
        assert!(run.err.contains("--max-time"), "{}", run.err);
    }
    assert_eq!(check("http://127.0.0.1:1", &["--tries", "2"]).code, Some(2));
    let help = crate::run::run(&["check", "--help"], b"").out;
    assert!(!help.contains("--retry-within") && help.contains("  130  ended by SIGINT"), "{help}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_system_without_authorities_is_named_with_what_helps() {
    let folder = folder(&[("none.pem", b"")]);
    let mut command = with_secret(&["fetch", "--url", "https://pam.example", "--client-id", "id"]);
    command.env("SSL_CERT_FILE", folder.path("none.pem")).env_remove("SSL_CERT_DIR");
    let run = Run::of(command, b"");
    assert_eq!(run.code, Some(6), "{}", run.err);
    for part in ["no certificate authorities", "ca-certificates", "SSL_CERT_FILE", "--ca-file"] {
        assert!(run.err.contains(part), "{}", run.err);
    }
}
