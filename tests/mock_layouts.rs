//! Every layout, envelope and population of the mock server's generator: what was put in comes
//! out, whatever the chunks.
#![cfg(feature = "std")]

mod support;

use std::borrow::Cow;

use mock_pam_core::{EnvelopeShape, Layout, Population, Response, Session};
use remote_sessions::{Builder, Completeness, RemoteSession, Step};

const ITEMS: u64 = 24;

/// Whether a session says what the generator meant.
fn assert_same(session: &RemoteSession<'_>, expected: &Session, recipe: &str) {
    assert_eq!(session.id(), expected.id, "{recipe}");
    let members = [
        ("user", session.user(), &expected.user),
        ("origin_ip", session.origin_ip(), &expected.origin_ip),
        ("credential", session.credential(), &expected.credential),
        ("device", session.device(), &expected.device),
        ("protocol", session.protocol(), &expected.protocol),
        ("proxy", session.proxy(), &expected.proxy),
        ("session_id", session.session_id(), &expected.session_id),
        ("start", session.start(), &expected.start),
        ("end", session.end(), &expected.end),
        ("time", session.time(), &expected.time),
        ("prevent_purge", session.prevent_purge(), &expected.prevent_purge),
        ("request", session.request(), &expected.request),
        ("ITSM", session.itsm(), &expected.itsm),
    ];
    for (name, text, expected_text) in members {
        let text = text.map(|text| text.to_str());
        assert_eq!(
            text,
            expected_text.as_deref().map(Cow::Borrowed),
            "{name} of item {} of {recipe}",
            expected.index
        );
    }
    let unknown = session.unknown_members().map(|(name, value)| (name.to_str().into_owned(), value));
    let expected_unknown = expected.unknown.iter().map(|(name, value)| ((*name).to_owned(), &**value));
    assert!(unknown.eq(expected_unknown), "unknown members of item {} of {recipe}", expected.index);
    assert_eq!(session.prevents_purge().expect(recipe), expected.prevents_purge, "{recipe}");
    assert_eq!(session.is_active(), expected.is_active(), "{recipe}");
    let seconds = session.duration().expect(recipe).map(|duration| duration.as_secs());
    assert_eq!(seconds, expected.seconds, "{recipe}");
    assert!(session.started_at().expect(recipe).is_some() && session.origin_addr().expect(recipe).is_some());
    assert_eq!(session.ended_at().expect(recipe).is_none(), expected.is_active(), "{recipe}");
    assert!(session.target().expect(recipe).is_some(), "{recipe}");
}

fn read_in_chunks(
    settings: &Builder,
    body: &[u8],
    size: usize,
    expected: &[Session],
    recipe: &str,
) -> Completeness {
    let mut parser = settings.build_parser();
    let mut chunks = body.chunks(size);
    let mut rest: &[u8] = &[];
    let mut expected = expected.iter();
    loop {
        match parser.advance().expect(recipe) {
            Step::Item => {
                let session = parser.item().session().expect(recipe);
                assert_same(&session, expected.next().expect("no item too many"), recipe);
            }
            Step::NeedInput if rest.is_empty() => match chunks.next() {
                Some(chunk) => rest = chunk,
                None => parser.end_of_input(),
            },
            Step::NeedInput => rest = &rest[parser.push(rest)..],
            Step::End => break,
        }
    }
    assert!(expected.next().is_none(), "no item is missing of {recipe}");
    parser.summary().completeness()
}

fn every_recipe(population: Population) {
    for layout in Layout::ALL {
        for shape in EnvelopeShape::ALL {
            let response =
                Response::new(ITEMS).seed(11).layout(layout).envelope(shape).population(population);
            let recipe = format!("{layout} {shape} {population}");
            let (body, expected) = (response.to_vec(), response.sessions().collect::<Vec<_>>());
            for settings in support::engines() {
                for size in [1, 7, 64, 4096, 65_536] {
                    let completeness = read_in_chunks(&settings, &body, size, &expected, &recipe);
                    let expected = match shape {
                        EnvelopeShape::Unclosed => Completeness::UnclosedEnvelope,
                        _ => Completeness::Complete,
                    };
                    assert_eq!(completeness, expected, "{recipe}");
                }
            }
        }
    }
}

#[test]
fn varied_sessions_come_out_as_they_were_put_in() {
    every_recipe(Population::Varied);
}

#[test]
fn uniform_sessions_come_out_as_they_were_put_in() {
    every_recipe(Population::Uniform);
}

#[test]
fn wide_sessions_come_out_as_they_were_put_in() {
    every_recipe(Population::Wide);
}

/// Past many windows, and past whatever an engine learns and forgets on the way.
#[test]
fn thousands_of_sessions_of_every_layout_through_small_windows() {
    for layout in Layout::ALL {
        let response = Response::new(1500).seed(3).layout(layout).envelope(EnvelopeShape::Pages);
        let (body, expected) = (response.to_vec(), response.sessions().collect::<Vec<_>>());
        for settings in support::engines() {
            for (window, size) in [(64, 1000), (1000, 333), (4096, 65_536)] {
                let settings = settings.clone().limits(support::limits(|limits| limits.window = window));
                read_in_chunks(&settings, &body, size, &expected, layout.name());
            }
        }
    }
}
