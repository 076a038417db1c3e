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
    let outcome = everywhere(&body, size);
    assert_eq!(outcome.kind(), "none", "{outcome:?} of {}", response.text);
    let ended = if response.is_unclosed { Completeness::UnclosedEnvelope } else { Completeness::Complete };
    assert_eq!(outcome.completeness, ended, "{}", response.text);
    assert!(outcome.envelopes.starts_with(&format!("{} ", response.envelopes)), "{}", response.text);
    let sent: Vec<_> = response.sessions.iter().map(|sent| &*sent.text).collect();
    assert_eq!(outcome.raw(), sent, "{}", response.text);
    assert_sessions(&body, &response.sessions);
    if change {
        let first = mutate(u, &mut body)?;
        let changed = everywhere(&body, size);
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
fn everywhere(body: &[u8], size: usize) -> Outcome {
    let expected = oracle(&Builder::new(), body);
    let mut small = Limits::default();
    small.window = 64;
    for path in fast_paths().chain([ScanPath::Scalar]) {
        let settings = Builder::new().scan_path(path);
        assert_eq!(outcome_of(&settings, [body]), expected, "{path:?} {}", body.escape_ascii());
        let chunked = outcome_of(&settings, body.chunks(size));
        assert_eq!(chunked, expected, "{path:?} {size} {}", body.escape_ascii());
        let tiny = outcome_of(&settings.limits(small.clone()), body.chunks(size));
        assert_eq!(tiny, expected, "{path:?} {size} small window {}", body.escape_ascii());
    }
    expected
}

/// Member by member, with the path that this CPU takes.
fn assert_sessions(body: &[u8], sent: &[Sent]) {
    let mut reader = Builder::new().build(body);
    for sent in sent {
        let item = reader.next_item().expect("valid").expect("one more");
        let session = item.session().expect("a session");
        assert_same(&session, sent);
        let owned = session.clone().into_owned();
        assert_eq!(owned, session);
        assert_same(&RemoteSession::parse(&sent.text).expect("valid alone"), sent);
    }
    assert!(reader.next_item().expect("valid").is_none());
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
