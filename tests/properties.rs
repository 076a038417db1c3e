//! Laws that hold for every input, on random ones: the grammar is that of `serde_json`, splitting
//! is invisible, what comes out is a prefix, what went in comes out. (Those of the limits are in `limits.rs`.)
#![cfg(feature = "std")]

#[path = "support/random.rs"]
mod random;
mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use random::{chunks, config, document, mutated, mutations, response, sessions};
use remote_sessions::{Builder, Completeness, RemoteSession};
use serde::de::IgnoredAny;
use serde_json::Value;
use support::{Outcome, agreed, in_chunks, limits, outcome_of_reader, whole};

/// The root as the one item, the same with every engine, chunking and window.
fn as_root(body: &[u8], sizes: &[usize]) -> Outcome {
    agreed(|engine| {
        let engine = engine.root_item();
        let outcome = whole(&engine, body);
        assert_eq!(in_chunks(&engine, body, sizes), outcome);
        let tiny = engine.limits(limits(|limits| limits.window = 64));
        assert_eq!(in_chunks(&tiny, body, sizes), outcome);
        outcome
    })
}

/// As a response, likewise, and through a reader.
fn as_response(body: &[u8], sizes: &[usize]) -> Outcome {
    agreed(|engine| {
        let outcome = whole(&engine, body);
        assert_eq!(in_chunks(&engine, body, sizes), outcome, "{sizes:?}");
        assert_eq!(outcome_of_reader(engine.build(body)), outcome);
        let tiny = engine.limits(limits(|limits| limits.window = 64));
        assert_eq!(in_chunks(&tiny, body, sizes), outcome, "tiny window, {sizes:?}");
        assert_eq!(whole(&tiny, body), outcome, "tiny window");
        outcome
    })
}

/// Whether `serde_json` (without `arbitrary_precision`) takes a text. One difference is
/// documented: a number out of a float's range keeps its text here. `serde_json` stops at it, so
/// the rest is judged by its laxer way of passing over values; nothing is known if that accepts.
fn accepted_by_serde(body: &[u8]) -> Option<bool> {
    match serde_json::from_slice::<Value>(body) {
        Ok(_) => Some(true),
        Err(error) if error.to_string().starts_with("number out of range") => {
            serde_json::from_slice::<IgnoredAny>(body).is_err().then_some(false)
        }
        Err(_) => Some(false),
    }
}

/// Equal but for the last bit of a float.
fn alike(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| alike(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().zip(other).all(|(one, other)| one.0 == other.0 && alike(one.1, other.1))
        }
        (Value::Number(one), Value::Number(other)) if one.is_f64() && other.is_f64() => {
            let (one, other) = (one.as_f64().unwrap_or(f64::NAN), other.as_f64().unwrap_or(f64::NAN));
            (one - other).abs() <= one.abs() * 1e-15
        }
        _ => one == other,
    }
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn a_valid_document_is_accepted_with_serde_jsons_value(document in document(), sizes in chunks()) {
        let body = document.text.as_bytes();
        let expected: Value = serde_json::from_slice(body).expect("valid");
        let outcome = as_root(body, &sizes);
        prop_assert_eq!(outcome.kind(), "none");
        let trimmed = document.text.trim_matches([' ', '\n', '\r', '\t']);
        prop_assert_eq!(outcome.raw(), [trimmed]);
        let mut reader = Builder::new().root_item().build(body);
        let item = reader.next_item().unwrap().unwrap();
        prop_assert_eq!(item.deserialize::<Value>().unwrap(), expected.clone());
        // As an unknown member of a session: kept as sent, and serialized without loss.
        let text = format!("{{\"id\":1,\"x\":{}}}", document.text);
        let session = RemoteSession::parse(&text).unwrap();
        prop_assert_eq!(session.member("x"), Some(trimmed));
        let serialized = serde_json::to_value(&session).unwrap();
        prop_assert!(alike(&serialized["x"], &expected), "{} for {}", serialized["x"], expected);
    }

    #[test]
    fn a_changed_document_is_accepted_if_serde_json_does(document in document(), changes in mutations(), sizes in chunks()) {
        let body = mutated(&document.text, &changes);
        // A byte order mark is accepted here, at the start only.
        prop_assume!(!body.starts_with(b"\xef\xbb\xbf"));
        let outcome = as_root(&body, &sizes);
        if let Some(accepted) = accepted_by_serde(&body) {
            prop_assert_eq!(outcome.kind() == "none", accepted, "{:?}", outcome);
        }
        if let Some((kind, _, offset, _)) = outcome.error {
            prop_assert!(["syntax", "truncated"].contains(&&*kind), "{}", kind);
            // All before the offending byte could have been the start of something valid.
            let offset = usize::try_from(offset.unwrap()).unwrap();
            prop_assert_eq!(as_root(&body[..offset], &sizes).kind() == "syntax", false);
        }
    }

    #[test]
    fn every_value_of_an_array_is_an_item_as_sent(
        documents in vec((document(), 1..4_usize), 0..6), changes in prop::option::of(mutations()), sizes in chunks()
    ) {
        let texts: Vec<_> = documents.iter().flat_map(|(document, times)| std::iter::repeat_n(&*document.text, *times)).collect();
        let body = format!("{{\"a\":{{\"b\":[{}]}},\"c\":[1]}}", texts.join(","));
        let body = mutated(&body, &changes.clone().unwrap_or_default());
        let outcome = agreed(|engine| {
            let engine = engine.items_at(["a", "b"]);
            let outcome = whole(&engine, &body);
            assert_eq!(in_chunks(&engine, &body, &sizes), outcome);
            let tiny = engine.limits(limits(|limits| limits.window = 64));
            assert_eq!(in_chunks(&tiny, &body, &sizes), outcome);
            outcome
        });
        if changes.is_none() {
            let trimmed: Vec<_> = texts.iter().map(|text| text.trim_matches([' ', '\n', '\r', '\t'])).collect();
            prop_assert_eq!((outcome.kind(), outcome.raw()), ("none", trimmed));
        } else if outcome.kind() == "syntax" {
            prop_assert_ne!(accepted_by_serde(&body), Some(true));
        }
    }
}

proptest! {
    #![proptest_config(config(120))]

    #[test]
    fn what_went_in_comes_out(sessions in sessions(), shape in 0..4_usize, sizes in chunks()) {
        let items: Vec<_> = sessions.iter().map(|(sent, _)| sent.text()).collect();
        let body = response(&items, shape);
        let outcome = as_response(body.as_bytes(), &sizes);
        prop_assert_eq!((outcome.kind(), outcome.raw()), ("none", items.iter().map(String::as_str).collect()));
        for engine in support::engines() {
            let mut reader = engine.build(body.as_bytes());
            for (sent, expected) in &sessions {
                let item = reader.next_item().unwrap().unwrap();
                let session = item.session().unwrap();
                prop_assert_eq!(session.id(), sent.id);
                for (place, expected) in expected.iter().enumerate() {
                    let text = session.at(place).map(|text| text.to_str().into_owned());
                    prop_assert_eq!(&text, expected, "{}", RemoteSession::NAMES[place]);
                }
                let unknown: Vec<_> = session.unknown_members().map(|(name, value)| (name.to_string(), value)).collect();
                let given: Vec<_> = sent.members.iter().filter(|(name, _)| name.starts_with("new-")).map(|(name, value)| (name.clone(), &**value)).collect();
                prop_assert_eq!(unknown, given);
                // Owned, compared, serialized and read again: still the same.
                let owned = session.clone().into_owned();
                prop_assert_eq!(&owned, &session);
                if let Ok(text) = serde_json::to_string(&owned) {
                    let again = RemoteSession::parse(&text).unwrap();
                    prop_assert_eq!(again.id(), sent.id);
                    for (place, expected) in expected.iter().enumerate().skip(1) {
                        prop_assert_eq!(&again.at(place).map(|text| text.to_str().into_owned()), expected);
                    }
                }
            }
            prop_assert!(reader.next_item().unwrap().is_none());
        }
    }

    #[test]
    fn what_a_cut_response_yields_is_a_prefix(sessions in sessions(), shape in 0..4_usize, cut in any::<Index>(), sizes in chunks()) {
        let items: Vec<_> = sessions.iter().map(|(sent, _)| sent.text()).collect();
        let body = response(&items, shape);
        let full = as_response(body.as_bytes(), &sizes);
        let cut = cut.index(body.trim_end().len());
        let outcome = as_response(&body.as_bytes()[..cut], &sizes);
        let complete = full.items.iter().take_while(|(raw, _, offset, _)| usize::try_from(*offset).unwrap() + raw.len() <= cut).count();
        prop_assert_eq!(&outcome.items[..], &full.items[..complete]);
        if outcome.completeness == Completeness::UnclosedEnvelope {
            prop_assert_eq!(shape, 1);
        } else {
            prop_assert_eq!((outcome.kind(), outcome.completeness), ("truncated", Completeness::Truncated));
            prop_assert_eq!(outcome.offset(), Some(cut as u64));
        }
    }

    #[test]
    fn a_changed_response_comes_to_the_same_in_all_chunks(
        sessions in sessions(), shape in 0..4_usize, changes in mutations(), sizes in chunks()
    ) {
        let items: Vec<_> = sessions.iter().map(|(sent, _)| sent.text()).collect();
        let body = mutated(&response(&items, shape), &changes);
        let outcome = as_response(&body, &sizes);
        if outcome.kind() == "none" && outcome.completeness == Completeness::Complete && !body.starts_with(b"\xef\xbb\xbf") {
            prop_assert_ne!(accepted_by_serde(&body), Some(false));
        }
        if outcome.kind() == "syntax" {
            prop_assert_ne!(accepted_by_serde(&body), Some(true));
        }
    }
}
