//! Valid responses of every envelope shape: what was put in comes out, in any chunks, with every
//! path. And of a changed one: what was complete before the change.
#![no_main]

use arbitrary::Unstructured;
use libfuzzer_sys::{Corpus, fuzz_target};
use remote_sessions::{Builder, Completeness, Limits, RemoteSession, ScanPath};
use remote_sessions_fuzz::outcome::{Outcome, fast_paths, oracle, outcome_of};
use remote_sessions_fuzz::response::{Response, Sent, mutate};

fuzz_target!(|data: &[u8]| -> Corpus {
    let mut u = Unstructured::new(data);
    match run(&mut u) {
        Ok(()) => Corpus::Keep,
        Err(_) => Corpus::Reject,
    }
});

fn run(u: &mut Unstructured<'_>) -> arbitrary::Result<()> {
    let size = usize::from(*u.choose(&[1u8, 2, 7, 63, 64, 65, 200])?);
    let change = u.ratio(1, 3)?;
    let response = Response::arbitrary(u)?;
    let mut body = response.text.clone().into_bytes();
    let settings = Builder::new().skip_leading_text(response.has_leading_text);
    let outcome = everywhere(&settings, &body, size);
    let (kind, ended) = match (response.reports_an_error, response.is_unclosed) {
        (true, _) => ("api", Completeness::Failed),
        (_, true) => ("none", Completeness::UnclosedEnvelope),
        _ => ("none", Completeness::Complete),
    };
    assert_eq!(outcome.kind(), kind, "{outcome:?} of {}", response.text);
    assert_eq!(outcome.completeness, ended, "{}", response.text);
    assert!(outcome.envelopes.starts_with(&format!("{} ", response.envelopes)), "{}", response.text);
    let sent: Vec<_> = response.sessions.iter().map(|sent| &*sent.text).collect();
    assert_eq!(outcome.raw(), sent, "{}", response.text);
    assert_sessions(&settings, &body, &response);
    if change {
        let first = mutate(u, &mut body)?;
        let changed = everywhere(&settings, &body, size);
        let ends_before = |item: &&_| end_of(item) <= first;
        let complete = outcome.items.iter().take_while(ends_before).count();
        assert!(
            changed.items.len() >= complete,
            "{} of {complete} items of {}",
            changed.items.len(),
            body.escape_ascii()
        );
        assert_eq!(changed.items[..complete], outcome.items[..complete]);
    }
    Ok(())
}

fn end_of(item: &remote_sessions_fuzz::outcome::Noted) -> usize {
    usize::try_from(item.offset).expect("a small response") + item.raw.len()
}

/// With every path, in one piece, in chunks, in a small window: the same.
fn everywhere(settings: &Builder, body: &[u8], size: usize) -> Outcome {
    let expected = oracle(settings, body);
    let mut small = Limits::default();
    small.window = 64;
    for path in fast_paths().chain([ScanPath::Scalar]) {
        let settings = settings.clone().scan_path(path);
        assert_eq!(outcome_of(&settings, [body]), expected, "{path:?} {}", body.escape_ascii());
        let chunked = outcome_of(&settings, body.chunks(size));
        assert_eq!(chunked, expected, "{path:?} {size} {}", body.escape_ascii());
        let tiny = outcome_of(&settings.limits(small.clone()), body.chunks(size));
        assert_eq!(tiny, expected, "{path:?} {size} small window {}", body.escape_ascii());
    }
    expected
}

/// Member by member, with the path that this CPU takes.
fn assert_sessions(settings: &Builder, body: &[u8], response: &Response) {
    let mut reader = settings.build(body);
    for sent in &response.sessions {
        let item = reader.next_item().expect("valid").expect("one more");
        let session = item.session().expect("a session");
        assert_same(&session, sent);
        let owned = session.clone().into_owned();
        assert_eq!(owned, session);
        assert_same(&RemoteSession::parse(&sent.text).expect("valid alone"), sent);
    }
    match reader.next_item() {
        Ok(item) => assert!(item.is_none() && !response.reports_an_error),
        Err(error) => assert_eq!((error.kind().as_str(), response.reports_an_error), ("api", true)),
    }
}

fn assert_same(session: &RemoteSession<'_>, sent: &Sent) {
    assert_eq!(session.id(), sent.id);
    for (place, expected) in sent.members.iter().enumerate() {
        let text = session.at(place).map(|text| text.to_str().into_owned());
        assert_eq!(&text, expected, "{} of {}", RemoteSession::NAMES[place], sent.text);
    }
    let unknown: Vec<_> =
        session.unknown_members().map(|(name, value)| (name.to_string(), value.to_owned())).collect();
    assert_eq!(unknown, sent.unknown, "{}", sent.text);
}
