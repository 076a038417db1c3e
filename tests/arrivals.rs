//! Row 15 of the hostile inputs as laws on random ones: however the bytes arrive, and wherever they stop, what
//! comes out is what had arrived; and a list that breaks off, again and again, comes to the whole list.
#![cfg(feature = "std")]

#[path = "support/random.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod random;
#[path = "support/source.rs"]
mod source;
mod support;

use std::io::ErrorKind as Io;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use random::{config, mutated, mutations, sessions};
use remote_sessions::{Builder, Completeness, Step};
use source::{Act, Source};
use support::{Outcome, agreed, outcome_of, outcome_of_reader, whole};

/// What passes, and of which there may be any number between two reads.
fn passing() -> impl Strategy<Value = Act> {
    prop_oneof![
        3 => (1..40_usize).prop_map(Act::Give),
        1 => Just(Act::Give(usize::MAX)),
        1 => Just(Act::Fail(Io::Interrupted)),
        1 => Just(Act::Fail(Io::WouldBlock)),
    ]
}

/// How a source goes wrong for good, and the kind of error that this is before the first item and after it.
fn end() -> impl Strategy<Value = (Act, &'static str, &'static str)> {
    prop_oneof![
        select(&[Io::ConnectionReset, Io::UnexpectedEof, Io::BrokenPipe, Io::ConnectionAborted][..])
            .prop_map(|kind| (Act::Fail(kind), "io", "interrupted")),
        select(&[Io::Other, Io::TimedOut, Io::InvalidData, Io::PermissionDenied][..]).prop_map(|kind| (
            Act::Fail(kind),
            "io",
            "io"
        )),
        prop_oneof![1..100_usize, Just(usize::MAX)].prop_map(|more| (Act::Claim(more), "io", "io")),
    ]
}

fn body() -> impl Strategy<Value = Vec<u8>> {
    (sessions(), prop::option::of(mutations())).prop_map(|(sessions, changes)| {
        let items: Vec<_> = sessions.iter().map(|(sent, _)| sent.text()).collect();
        let body = format!(r#"{{"code":200,"tenant":"t","remote_sessions":[{}]}}"#, items.join(", "));
        mutated(&body, &changes.unwrap_or_default())
    })
}

/// Whether what is wrong with these bytes is known without any after them.
fn is_wrong_by_itself(engine: &Builder, arrived: &[u8]) -> bool {
    let (mut parser, mut rest) = (engine.build_parser(), arrived);
    loop {
        match parser.advance() {
            Ok(Step::Item) => {}
            Ok(Step::NeedInput) if !rest.is_empty() => rest = &rest[parser.push(rest)..],
            other => return other.is_err(),
        }
    }
}

/// All items that had arrived, then the failure; or the error of the bytes, if it can be told without
/// those that did not come. (What is no JSON at all is shown by its first bytes, and waits for as many.)
fn judge(outcome: &Outcome, engine: &Builder, arrived: &[u8], full: &Outcome, kinds: (&str, &str)) {
    let ended = outcome_of(engine, [arrived]);
    assert_eq!(outcome.items, ended.items);
    assert!(full.items.starts_with(&outcome.items), "what had arrived is a prefix");
    let kind = if outcome.items.is_empty() { kinds.0 } else { kinds.1 };
    let completeness = if kind == "interrupted" { Completeness::Truncated } else { Completeness::Failed };
    if (outcome.kind(), outcome.completeness) == (kind, completeness) {
        assert!(!is_wrong_by_itself(engine, arrived), "the bytes are judged before the failure");
    } else {
        assert_eq!(outcome, &ended);
        assert_ne!(ended.kind(), "truncated");
    }
}

proptest! {
    #![proptest_config(config(150))]

    #[test]
    fn hostile_15_whatever_a_read_does_on_the_way_changes_nothing(
        body in body(), before in vec(passing(), 0..6), gives in 1..40_usize, after in vec(passing(), 0..6)
    ) {
        let acts: Vec<_> = before.into_iter().chain([Act::Give(gives)]).chain(after).collect();
        let expected = agreed(|engine| whole(&engine, &body));
        let outcome = agreed(|engine| outcome_of_reader(engine.build(Source::new(&body, acts.iter().copied()))));
        prop_assert_eq!(outcome, expected);
    }

    #[test]
    fn hostile_15_a_read_that_fails_anywhere_gives_what_had_arrived(
        body in body(), cuts in vec(any::<Index>(), 0..6), end in end(), interruptions in vec(passing(), 0..3)
    ) {
        let (last, before_items, after_items) = end;
        let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
        cuts.sort_unstable();
        let arrived = cuts.last().copied().unwrap_or(0);
        // So much at a time, each a read of its own. (A read of nothing would be the end.)
        let mut acts: Vec<_> =
            interruptions.into_iter().filter(|act| matches!(act, Act::Fail(_))).collect();
        let mut at = 0;
        for cut in cuts {
            if cut > at {
                acts.push(Act::Give(cut - at));
                at = cut;
            }
        }
        acts.push(last);
        for engine in support::engines() {
            let full = whole(&engine, &body);
            let outcome = outcome_of_reader(engine.build(Source::new(&body, acts.iter().copied())));
            judge(&outcome, &engine, &body[..arrived], &full, (before_items, after_items));
        }
    }
}

#[cfg(feature = "async")]
mod streams {
    use super::*;

    use futures_executor::block_on;
    use futures_util::stream::{self, StreamExt as _};
    use remote_sessions::{AsyncReader, Error};
    use support::{describe, note_item};

    /// What an async reader comes to.
    fn outcome_of_stream(chunks: Vec<Result<Vec<u8>, std::io::Error>>, engine: &Builder) -> Outcome {
        let mut reader: AsyncReader<_> = engine.build_async(stream::iter(chunks).boxed_local());
        block_on(async {
            let mut items = Vec::new();
            let error: Option<Error> = loop {
                match reader.next_item().await {
                    Ok(Some(item)) => items.push(note_item(item)),
                    Ok(None) => break None,
                    Err(error) => break Some(error),
                }
            };
            Outcome::new(items, error.as_ref().map(describe), &reader.summary())
        })
    }

    proptest! {
        #![proptest_config(config(150))]

        #[test]
        fn hostile_15_a_stream_that_fails_anywhere_gives_what_had_arrived(
            body in body(), cuts in vec(any::<Index>(), 0..6)
        ) {
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(body.len() + 1)).collect();
            cuts.sort_unstable();
            for engine in support::engines() {
                let (mut chunks, mut at) = (Vec::new(), 0);
                for &cut in &cuts {
                    chunks.push(Ok(body[at..cut].to_vec()));
                    at = cut;
                }
                chunks.push(Err(Io::ConnectionReset.into()));
                let outcome = outcome_of_stream(chunks, &engine);
                let full = whole(&engine, &body);
                judge(&outcome, &engine, &body[..at], &full, ("transport", "interrupted"));
            }
        }
    }
}

#[cfg(feature = "checkpoint")]
mod resumption {
    use super::*;

    use remote_sessions::{Checkpoint, Reader};

    /// An envelope: its tenant, whether it says that before its list, and how many sessions it lists.
    type Page = (Option<u8>, bool, u8);

    /// A list of envelopes, and the ids in it. Ids count within their tenant, so tenants share them.
    fn list(pages: &[Page]) -> (String, Vec<u64>) {
        let (mut ids, mut counts, mut texts) = (Vec::new(), [0_u64; 4], Vec::new());
        for &(tenant, is_early, length) in pages {
            let mut items = Vec::new();
            for _ in 0..length {
                let count = &mut counts[usize::from(tenant.unwrap_or(3))];
                *count += 1;
                ids.push(*count);
                let number = ids.len();
                items.push(format!(r#"{{"id":"{count}","session_id":"s-{number}","user":"u"}}"#));
            }
            let items = items.join(",");
            texts.push(match tenant {
                None => format!(r#"{{"remote_sessions":[{items}]}}"#),
                Some(tenant) if is_early => {
                    format!(r#"{{"tenant":"t{tenant}","remote_sessions":[{items}]}}"#)
                }
                Some(tenant) => format!(r#"{{"remote_sessions":[{items}],"tenant":"t{tenant}"}}"#),
            });
        }
        (format!(r#"{{"code":200,"remote_sessions":[{}]}}"#, texts.join(",")), ids)
    }

    /// The ids in what arrived of a list that the checkpoint did not have, which then has them.
    fn delivered(checkpoint: &mut Checkpoint, arrived: &[u8]) -> Vec<u64> {
        let (mut reader, mut ids) = (Reader::new(arrived), Vec::new());
        while let Ok(Some((item, tenant))) = reader.next_with_tenant() {
            let session = item.session().expect("a session");
            if !checkpoint.has(&session, tenant) {
                assert!(checkpoint.record(&session, tenant).expect("there is room"));
                ids.push(session.id());
            }
        }
        ids
    }

    proptest! {
        #![proptest_config(config(400))]

        #[test]
        fn hostile_24_a_list_that_breaks_off_anywhere_again_and_again_comes_once_and_in_order(
            pages in vec((prop::option::of(0..3_u8), any::<bool>(), 0..6_u8), 0..6), cuts in vec(any::<Index>(), 0..5)
        ) {
            let (body, expected) = list(&pages);
            let (mut checkpoint, mut ids) = (Checkpoint::new(), Vec::new());
            for cut in cuts.iter().map(|cut| cut.index(body.len())).chain([body.len()]) {
                ids.extend(delivered(&mut checkpoint, &body.as_bytes()[..cut]));
                let saved = serde_json::to_string(&checkpoint).unwrap();
                checkpoint = serde_json::from_str(&saved).unwrap();
            }
            prop_assert_eq!(checkpoint.items(), expected.len() as u64);
            prop_assert_eq!(ids, expected);
            prop_assert_eq!(delivered(&mut checkpoint, body.as_bytes()), [0; 0]);
        }
    }
}
