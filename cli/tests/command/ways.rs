//! The way to the server: proxies, client certificates, and who is slow on it.

use std::io::Read as _;
use std::thread::sleep;
use std::time::{Duration, Instant};

use mock_pam_core::{Fault, MockPamCore, Response, Tls};

use crate::folder::folder;
use crate::run::{Run, Running, command};

const SECRET: &str = "canary-7f3a";

fn mock() -> mock_pam_core::Builder {
    MockPamCore::builder().credentials("id", SECRET)
}

/// To go without the proxy would be to send the secret another way than was asked for.
#[test]
fn a_proxy_variable_that_cannot_be_read_ends_the_run_before_anything_is_sent() {
    for (url, name) in [
        ("http://pam.invalid", "HTTP_PROXY"),
        ("http://pam.invalid", "all_proxy"),
        ("https://pam.invalid", "https_proxy"),
        ("https://pam.invalid", "ALL_PROXY"),
    ] {
        for address in [
            "http://puser:cänary-pass@proxy.invalid:3128",
            "http://u:p ss@h:1",
            " http://h:1",
            "http://[::1",
            "foo://canary",
            "socks5://u:canary@h:1",
        ] {
            for act in ["fetch", "check"] {
                let mut command = command(&[act, "--url", url, "--allow-http", "--client-id", "id"]);
                command.env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET).env(name, address);
                let run = Run::of(command, b"");
                assert_eq!((run.code, &*run.out), (Some(2), ""), "{address}: {}", run.err);
                assert!(run.err.contains(&format!("environment variable {name}, found ")), "{}", run.err);
                for shown in ["puser", "nary", "p ss"] {
                    assert!(!run.err.contains(shown), "{}", run.err);
                }
            }
        }
    }
    // One that is empty is none: the name is looked up here.
    let mut command = command(&["check", "--url", "https://pam.invalid", "--client-id", "id"]);
    command.env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET).env("HTTPS_PROXY", "");
    let run = Run::of(command, b"");
    assert_eq!(run.code, Some(6), "{}", run.err);
    assert!(run.out.starts_with("name lookup"), "{}", run.out);
}

#[test]
fn a_key_of_another_certificate_is_a_matter_of_usage() {
    let [one, other] =
        [(); 2].map(|()| mock().tls(Tls::ClientCertificateRequired).start_in_thread().unwrap());
    let parts = |server: &MockPamCore| {
        let pem = server.client_pem().unwrap().to_owned();
        let at = pem.find("-----BEGIN PRIVATE KEY").expect("the key comes last");
        (pem[..at].to_owned(), pem[at..].to_owned())
    };
    let (certificate, key) = (parts(&one).0, parts(&other).1);
    let ca = one.ca_pem().unwrap();
    let folder = folder(&[
        ("ca", ca.as_bytes()),
        ("certificate", certificate.as_bytes()),
        ("key", key.as_bytes()),
        ("secret", SECRET.as_bytes()),
    ]);
    let run = folder.run(&[
        "fetch",
        "--url",
        &one.url(),
        "--client-id",
        "id",
        "--client-secret-file",
        "secret",
        "--ca-file",
        "ca",
        "--client-cert",
        "certificate",
        "--client-key",
        "key",
    ]);
    assert_eq!(run.code, Some(2), "{}", run.err);
    assert!(run.err.contains("a client certificate and the private key that belongs to it"), "{}", run.err);
    assert_eq!(one.log().token_requests, 0);
}

/// What the reader of the output takes is not what the server takes.
#[test]
fn a_reader_that_pauses_does_not_make_the_server_slow() {
    const RATE: u64 = 300_000;
    let server = mock().fault(Fault::Drip(RATE)).response(Response::new(3000)).start_in_thread().unwrap();
    let url = server.url();
    let mut command = command(&[
        "fetch",
        "--url",
        &url,
        "--client-id",
        "id",
        "--idle-timeout",
        "500ms",
        "--minimum-rate",
        "100000",
        "--summary",
        "json",
    ]);
    command.env("REMOTE_SESSIONS_CLIENT_SECRET", SECRET);
    let since = Instant::now();
    let mut running = Running::of(command);
    let mut output = running.child.stdout.take().expect("a pipe");
    let mut all = Vec::new();
    let mut piece = vec![0; 128 * 1024];
    // Each time the pipe is full, and what the server sends meanwhile waits.
    for _ in 0..2 {
        sleep(Duration::from_millis(1500));
        let count = output.read(&mut piece).expect("a readable pipe");
        all.extend_from_slice(&piece[..count]);
    }
    output.read_to_end(&mut all).expect("a readable pipe");
    let run = running.end();
    run.is(0, "complete", 3000, None);
    assert_eq!(all.iter().filter(|byte| **byte == b'\n').count(), 3000);
    assert!(since.elapsed() > Duration::from_secs(3));
}
