//! The check: which steps are taken, which one fails.

use std::time::Duration;

use mock_pam_core::{Failure, Fault, MockPamCore, Reply, Response, Tls};
use remote_sessions::ErrorKind;
use remote_sessions::client::{CheckOutcome, CheckStep, Checked, Client, Timeouts};

use super::builder;

/// Each step with `+`, `.` (skipped) or `-`, and the error.
async fn check(client: &Client) -> (String, Option<ErrorKind>, Vec<Checked>) {
    let mut all = Vec::new();
    let end = client.check(|checked| all.push(checked.clone())).await;
    let signs = all.iter().map(|checked| match &checked.outcome {
        CheckOutcome::Passed(_) => '+',
        CheckOutcome::Skipped(_) => '.',
        _ => '-',
    });
    let signs = signs.collect();
    assert!(all.iter().map(|checked| checked.step).eq(CheckStep::ALL.into_iter().take(all.len())));
    (signs, end.err().map(|error| error.kind()), all)
}

#[tokio::test]
async fn every_step_is_told() {
    let server = MockPamCore::builder().response(Response::new(100_000)).start().await.unwrap();
    let (signs, error, _) = check(&builder(&server).build().unwrap()).await;
    assert_eq!((signs.as_str(), error), (".+.+++", None));
    let url = server.url().replace("127.0.0.1", "localhost");
    let named = Client::builder(url).credentials("mock-client", "mock-secret".into()).build().unwrap();
    assert_eq!(check(&named).await.0, "++.+++");
    let server = MockPamCore::builder().tls(Tls::Valid).response(Response::new(0)).start().await.unwrap();
    let (signs, error, all) = check(&builder(&server).build().unwrap()).await;
    assert_eq!((signs.as_str(), error), (".+++++", None));
    let empty = matches!(&all[5].outcome, CheckOutcome::Passed(text) if text.contains("empty"));
    assert!(empty, "{:?}", all[5]);
}

#[tokio::test]
async fn it_ends_at_the_step_that_fails() {
    let server = MockPamCore::builder().start().await.unwrap();
    let wrong = builder(&server).credentials("mock-client", "wrong".into()).build().unwrap();
    let (signs, error, _) = check(&wrong).await;
    assert_eq!((signs.as_str(), error), (".+.-", Some(ErrorKind::Authentication)));

    server.reply_to_lists(Some(Failure::NotAuthorized.into()));
    let (signs, error, all) = check(&builder(&server).build().unwrap()).await;
    assert_eq!((signs.as_str(), error), (".+.+-", Some(ErrorKind::Api)));
    assert!(all[4].whom_to_ask().unwrap().contains("A2A") && all[3].whom_to_ask().is_none());

    server.reply_to_lists(Some(Reply::new(200, r#"{"code":500,"response":{"error":true}}"#)));
    let (signs, error, _) = check(&builder(&server).build().unwrap()).await;
    assert_eq!((signs.as_str(), error), (".+.++-", Some(ErrorKind::Api)));

    for tls in [Tls::Expired, Tls::WrongHost, Tls::ClientCertificateRequired] {
        let server = MockPamCore::builder().tls(tls).start().await.unwrap();
        let (signs, error, _) = check(&builder(&server).build().unwrap()).await;
        assert_eq!((signs.as_str(), error), (".+-", Some(ErrorKind::Transport)), "{tls:?}");
    }

    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let nobody = Client::builder(url).credentials("id", "secret".into()).build().unwrap();
    let (signs, error, _) = check(&nobody).await;
    assert_eq!((signs.as_str(), error), (".-", Some(ErrorKind::Transport)));

    // No such name: by a rule of the name system, not by chance.
    let nowhere = Client::builder("https://pam.invalid").credentials("id", "secret".into());
    let nowhere = nowhere.proxies(remote_sessions::client::Proxies::Direct).build().unwrap();
    let (signs, error, _) = check(&nowhere).await;
    assert_eq!((signs.as_str(), error), ("-", Some(ErrorKind::Transport)));
}

/// Who helps depends on what went wrong, not on the step alone.
#[tokio::test]
async fn whoever_can_help_is_named() {
    const BETWEEN: &str = "gateway or proxy before it";
    let server = MockPamCore::builder().start().await.unwrap();
    let mut timeouts = Timeouts::default();
    (timeouts.first_byte, timeouts.idle) = (Duration::from_millis(100), Duration::from_millis(100));
    let client = || builder(&server).timeouts(timeouts).build().unwrap();
    for (failure, whom) in [
        (Failure::NotAuthorized, "the permission to access"),
        (Failure::ResourceNotFound, "the path of the list"),
        (Failure::Unexpected, "vendor's support"),
        (Failure::InvalidSignature, "the address of this application"),
        (Failure::NoRoute, BETWEEN),
        (Failure::TimedOut, BETWEEN),
    ] {
        server.reply_to_lists(Some(failure.into()));
        let (_, _, all) = check(&client()).await;
        let said = all.last().unwrap().whom_to_ask().unwrap();
        assert!(said.contains(whom), "{failure}: {said}");
    }
    server.reply_to_lists(None);
    for (fault, whom) in [
        (Fault::Status(429), BETWEEN),
        (Fault::Status(502), BETWEEN),
        (Fault::Status(403), "the permission to access"),
        (Fault::RedirectOrigin, BETWEEN),
        (Fault::NotHttp, BETWEEN),
        (Fault::NoHead, BETWEEN),
        (Fault::TokenNoHead, BETWEEN),
        (Fault::TokenStatus(503), BETWEEN),
        (Fault::TokenStatus(401), "its client id and secret"),
        (Fault::StallAfter(10), BETWEEN),
        (Fault::CutAfter(10), BETWEEN),
    ] {
        server.add_fault(fault.clone());
        let (_, _, all) = check(&client()).await;
        let said = all.last().unwrap().whom_to_ask().unwrap();
        assert!(said.contains(whom), "{fault}: {said}");
        server.clear_faults();
    }
}

/// What is there in place of a list, or of a session, is no matter of load.
#[tokio::test]
async fn what_is_no_list_and_what_is_no_session_have_somebody_to_ask() {
    let server = MockPamCore::builder().start().await.unwrap();
    for (body, kind, whom) in [
        ("<html>log in</html>", ErrorKind::Shape, "answer in its place"),
        (r#"{"remote_sessions":[}"#, ErrorKind::Syntax, "answer in its place"),
        (r#"{"welcome":7}"#, ErrorKind::Shape, "answer in its place"),
        (r#"{"remote_sessions":[{"id":"x"}]}"#, ErrorKind::Item, "not as documented"),
    ] {
        server.reply_to_lists(Some(Reply::new(200, body)));
        let (signs, error, all) = check(&builder(&server).build().unwrap()).await;
        assert_eq!((signs.as_str(), error), (".+.++-", Some(kind)), "{body}");
        let said = all.last().unwrap().whom_to_ask().unwrap();
        assert!(said.contains(whom), "{body}: {said}");
    }
}

/// A server that is busy has nothing against the credentials.
#[tokio::test]
async fn a_busy_server_is_called_busy() {
    let server = MockPamCore::builder().start().await.unwrap();
    for fault in [Fault::Status(429), Fault::Status(503), Fault::TokenStatus(502), Fault::TokenStatus(503)] {
        server.add_fault(fault.clone());
        let (_, _, all) = check(&builder(&server).build().unwrap()).await;
        let CheckOutcome::Failed(error) = &all.last().unwrap().outcome else { panic!("{fault}: {all:?}") };
        assert!(error.remedy().unwrap().contains("busy or down"), "{fault}: {:?}", error.remedy());
        server.clear_faults();
    }
}

#[tokio::test]
async fn it_waits_no_longer_than_the_time_outs() {
    let server = MockPamCore::builder().fault(Fault::StallAfter(10)).start().await.unwrap();
    let mut timeouts = Timeouts::default();
    timeouts.idle = Duration::from_millis(100);
    let (signs, error, _) = check(&builder(&server).timeouts(timeouts).build().unwrap()).await;
    assert_eq!((signs.as_str(), error), (".+.++-", Some(ErrorKind::Timeout)));
}

/// Whichever step the time for all ends in is the one that is told, with whom to ask.
#[tokio::test]
async fn the_time_for_all_ends_a_step_not_the_telling() {
    for (fault, expected, doing) in [
        (Fault::TokenNoHead, ".+.-", "asking for an access token"),
        (Fault::NoHead, ".+.+-", "asking for the list"),
        (Fault::StallAfter(10), ".+.++-", "reading the response"),
    ] {
        let server = MockPamCore::builder().fault(fault.clone()).start().await.unwrap();
        let mut timeouts = Timeouts::default();
        timeouts.total = Some(Duration::from_secs(2));
        let (signs, error, all) = check(&builder(&server).timeouts(timeouts).build().unwrap()).await;
        assert_eq!((signs.as_str(), error), (expected, Some(ErrorKind::Timeout)), "{fault}");
        let last = all.last().unwrap();
        let CheckOutcome::Failed(error) = &last.outcome else { panic!("{fault}: {last:?}") };
        assert!(error.message().contains(doing) && error.message().contains("total time-out"), "{error}");
        assert!(last.whom_to_ask().is_some(), "{fault}");
    }
}
