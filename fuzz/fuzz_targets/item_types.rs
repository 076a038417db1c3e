//! Any text as a session: no panic in any view, views that agree with each other, the same
//! session from a list, and the same again after it was serialized.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use remote_sessions::{Builder, RemoteSession, ScanPath};
use remote_sessions_fuzz::outcome::fast_paths;
use remote_sessions_fuzz::value::alike;
use serde_json::Value;

fuzz_target!(|data: &[u8]| -> Corpus {
    let Ok(text) = std::str::from_utf8(data) else { return Corpus::Reject };
    match RemoteSession::parse(text) {
        Ok(session) => {
            view(&session);
            serialize(&session);
            in_a_list(&session);
            let owned = session.clone().into_owned();
            assert_eq!(owned, session);
            assert_eq!(owned.raw(), session.raw());
        }
        Err(error) => {
            assert!(!error.to_string().is_empty() && error.to_string().len() < 2000, "{error}");
            assert!(error.offset().is_none_or(|offset| offset <= text.len() as u64), "{error}");
        }
    }
    Corpus::Keep
});

fn view(session: &RemoteSession<'_>) {
    let end = session.ended_at();
    assert_eq!(session.is_active(), matches!(end, Ok(None)), "{session:?}");
    let views = [
        session.started_at().map(drop),
        end.map(drop),
        session.duration().map(drop),
        session.origin_addr().map(drop),
        session.prevents_purge().map(drop),
    ];
    for error in views.into_iter().filter_map(Result::err) {
        assert!(error.to_string().len() < 2000 && error.member().is_some(), "{error}");
    }
    match session.target() {
        Ok(Some(target)) => assert!(!target.host.is_empty()),
        Ok(None) => assert!(session.device().is_none_or(|device| device.to_str().is_empty())),
        Err(error) => assert_eq!(error.member(), Some("device")),
    }
    for (place, name) in RemoteSession::NAMES.iter().enumerate() {
        let sent = session.member(name);
        match session.at(place) {
            None => assert!(sent.is_none_or(|sent| sent == "null"), "{name} {sent:?}"),
            Some(text) if text.is_string() => assert_eq!(sent, Some(&*format!("\"{}\"", text.as_sent()))),
            Some(text) => assert_eq!(sent, Some(text.as_sent())),
        }
    }
    for (name, _) in session.unknown_members() {
        assert!(session.member(&name.to_str()).is_some());
    }
    let _ = format!("{session:?}");
}

fn serialize(session: &RemoteSession<'_>) {
    // A number that no type of serde holds is an error of the serializer.
    let Ok(text) = serde_json::to_string(session) else { return };
    let again = RemoteSession::parse(&text).unwrap_or_else(|error| panic!("{error} in {text}"));
    assert_eq!(again.id(), session.id());
    for place in 1..RemoteSession::NAMES.len() {
        match (session.at(place), again.at(place)) {
            (Some(one), Some(other)) if !one.is_string() => {
                assert!(same_value(one.as_sent(), other.as_sent()), "{one} {other}");
            }
            (one, other) => assert_eq!(one, other, "{}", RemoteSession::NAMES[place]),
        }
    }
    let mut others = again.unknown_members();
    for (name, value) in session.unknown_members() {
        let (other_name, other) = others.next().expect("as many members");
        assert_eq!(name.to_str(), other_name.to_str());
        assert!(same_value(value, other), "{value} {other}");
    }
    assert!(others.next().is_none());
}

fn same_value(one: &str, other: &str) -> bool {
    match (serde_json::from_str::<Value>(one), serde_json::from_str::<Value>(other)) {
        (Ok(one), Ok(other)) => alike(&one, &other),
        // Deeper than `serde_json` goes.
        (one, other) => one.is_err() && other.is_err(),
    }
}

/// As an item of a list the text comes to the same session, whatever looks at it.
fn in_a_list(session: &RemoteSession<'_>) {
    let is_envelope =
        session.unknown_members().any(|(name, _)| name == "remote_sessions" || name == "remote_session");
    if is_envelope {
        return;
    }
    let body = format!("{{\"remote_sessions\":[{0},{0}]}}", session.raw());
    for path in fast_paths() {
        listed(session, &body, path);
    }
}

fn listed(session: &RemoteSession<'_>, body: &str, path: ScanPath) {
    let mut reader = Builder::new().scan_path(path).build(body.as_bytes());
    for _ in 0..2 {
        match reader.next_item() {
            Ok(item) => {
                let listed = item.expect("two items").session().expect("as alone");
                assert_eq!(&listed, session);
                assert_eq!(listed.raw(), session.raw());
            }
            // The list and the root count as levels too.
            Err(error) => return assert_eq!(error.kind().as_str(), "limit", "{error} in {body}"),
        }
    }
}
