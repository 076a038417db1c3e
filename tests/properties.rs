//! Laws that hold for every input, on random ones: the grammar is that of `serde_json`, splitting
//! is invisible, what comes out is a prefix, limits are exact, what went in comes out.

mod support;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use remote_sessions::{Builder, Completeness, Limits, RemoteSession};
use serde_json::Value;
use support::{Outcome, agreed, in_chunks, limits, outcome_of_reader, whole};

/// So many cases, unless the environment asks for another number.
fn config(cases: u32) -> ProptestConfig {
    let default = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() { default } else { ProptestConfig { cases, ..default } }
}

/// A JSON text and what its limits would have to be.
#[derive(Clone, Debug, Default)]
struct Document {
    text: String,
    depth: usize,
    key: usize,
    number: usize,
}

fn space() -> impl Strategy<Value = &'static str> {
    select(&["", "", "", " ", "\n", "\r\n\t ", "          "][..])
}

/// The inside of a string as it may be sent.
fn sent_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[a-zA-Z0-9 _.:/-]{0,20}",
        1 => "[^\\x00-\\x1f\"\\\\]{0,6}",
        1 => select(&[r#"\""#, r"\\", r"\/", r"\b", r"\f", r"\n", r"\r", r"\t"][..]).prop_map(str::to_owned),
        1 => any::<char>().prop_map(|character| {
            let mut units = [0; 2];
            character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04X}")).collect()
        }),
        1 => (0..70_usize).prop_map(|pairs| r"\\".repeat(pairs)),
        1 => select(&["{", "}", "[", "]", ",", ":", "'", "\u{7f}", "\u{2028}", "\u{feff}", "😀", "é", "remote_sessions", "id"][..])
            .prop_map(str::to_owned),
    ];
    vec(piece, 0..5).prop_map(|pieces| pieces.concat())
}

fn number() -> impl Strategy<Value = String> {
    "-?(0|[1-9][0-9]{0,20})(\\.[0-9]{1,12})?([eE][+-]?[0-9]{1,2})?"
}

fn document() -> impl Strategy<Value = Document> {
    let leaf = prop_oneof![
        select(&["true", "false", "null", "0", "-0", "[]", "{}", "\"\""][..]).prop_map(|text| Document {
            text: text.to_owned(),
            depth: usize::from(text.starts_with(['[', '{'])),
            number: text.len() * usize::from(text.ends_with('0')),
            ..Document::default()
        }),
        number().prop_map(|text| Document { number: text.len(), text, ..Document::default() }),
        sent_text().prop_map(|text| Document { text: format!("\"{text}\""), ..Document::default() }),
    ];
    let tree = leaf.prop_recursive(6, 60, 8, |inner| {
        let array = vec((space(), inner.clone(), space()), 1..8).prop_map(|elements| {
            let all: Vec<_> = elements
                .iter()
                .map(|(before, element, after)| format!("{before}{}{after}", element.text))
                .collect();
            around(elements.into_iter().map(|(_, element, _)| element), format!("[{}]", all.join(",")))
        });
        let object = vec((space(), sent_text(), space(), inner, space()), 1..8).prop_map(|members| {
            let all: Vec<_> = members
                .iter()
                .map(|(before, name, between, value, after)| {
                    format!("{before}\"{name}\"{between}:{between}{}{after}", value.text)
                })
                .collect();
            let key = members.iter().map(|(_, name, ..)| name.len()).max().unwrap_or(0);
            let mut document = around(
                members.into_iter().map(|(_, _, _, value, _)| value),
                format!("{{{}}}", all.join(",")),
            );
            document.key = document.key.max(key);
            document
        });
        prop_oneof![array, object]
    });
    (space(), tree, space())
        .prop_map(|(before, tree, after)| Document { text: format!("{before}{}{after}", tree.text), ..tree })
}

/// A container with that text round these values.
fn around(values: impl Iterator<Item = Document>, text: String) -> Document {
    values.fold(Document { text, depth: 1, ..Document::default() }, |all, value| Document {
        depth: all.depth.max(value.depth + 1),
        key: all.key.max(value.key),
        number: all.number.max(value.number),
        ..all
    })
}

/// Sizes of chunks, small ones often.
fn chunks() -> impl Strategy<Value = Vec<usize>> {
    vec(prop_oneof![Just(1), 1..10_usize, 1..200_usize, Just(64)], 1..8)
}

/// Changes a few bytes, mostly into ones that mean something.
#[derive(Clone, Debug)]
enum Mutation {
    Replace(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
    Cut(Index),
}

fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    let byte = || prop_oneof![4 => select(&b"\"\\{}[]:,0123456789-+.eEtfnu \n\0\x1f\x80\xc3\xed\xf0\xff"[..]), 1 => any::<u8>()];
    let part = prop_oneof![
        vec(byte(), 1..4),
        select(
            &[
                "null",
                "true",
                "1e5",
                "\"id\":",
                "{}",
                "[]",
                ",",
                "\\u",
                "\\ud800",
                "\"remote_sessions\":[",
                "]}"
            ][..]
        )
        .prop_map(|part| part.as_bytes().to_vec()),
    ];
    let mutation = prop_oneof![
        (any::<Index>(), byte()).prop_map(|(at, byte)| Mutation::Replace(at, byte)),
        (any::<Index>(), part).prop_map(|(at, part)| Mutation::Insert(at, part)),
        (any::<Index>(), 1..4_usize).prop_map(|(at, count)| Mutation::Remove(at, count)),
        (any::<Index>(), 1..40_usize).prop_map(|(at, count)| Mutation::Repeat(at, count)),
        any::<Index>().prop_map(Mutation::Cut),
    ];
    vec(mutation, 1..4)
}

fn mutated(text: &str, mutations: &[Mutation]) -> Vec<u8> {
    let mut bytes = text.as_bytes().to_vec();
    for mutation in mutations {
        let at = |at: &Index| at.index(bytes.len() + 1);
        match mutation {
            Mutation::Replace(place, byte) => {
                let at = at(place);
                bytes.splice(at..(at + 1).min(bytes.len()), [*byte]);
            }
            Mutation::Insert(place, part) => {
                let at = at(place);
                bytes.splice(at..at, part.iter().copied());
            }
            Mutation::Remove(place, count) => {
                let at = at(place);
                bytes.drain(at..(at + count).min(bytes.len()));
            }
            Mutation::Repeat(place, count) => {
                let at = at(place);
                let part = bytes[at..(at + count).min(bytes.len())].to_vec();
                bytes.splice(at..at, part);
            }
            Mutation::Cut(place) => bytes.truncate(at(place)),
        }
    }
    bytes
}

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

/// Whether `serde_json` (without `arbitrary_precision`) takes a text; one difference is
/// documented: what is out of a float's range keeps its text here.
fn accepted_by_serde(body: &[u8]) -> bool {
    match serde_json::from_slice::<Value>(body) {
        Ok(_) => true,
        Err(error) => error.to_string().starts_with("number out of range"),
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
        prop_assert_eq!(outcome.kind() == "none", accepted_by_serde(&body), "{:?}", outcome);
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
            prop_assert!(!accepted_by_serde(&body));
        }
    }

    #[test]
    fn limits_are_exact(document in document(), sizes in chunks(), set in [0..6_usize, 0..40, 0..20, 0..200]) {
        let trimmed = document.text.trim_matches([' ', '\n', '\r', '\t']).len();
        let small = limits(|limits| {
            [limits.depth, limits.key, limits.number, limits.item] = set;
        });
        let over = document.depth > small.depth
            || document.key > small.key
            || document.number > small.number.max(1)
            || trimmed > small.item.max(1);
        let body = document.text.as_bytes();
        let outcome = agreed(|engine| {
            let engine = engine.root_item().limits(small.clone());
            let outcome = whole(&engine, body);
            assert_eq!(in_chunks(&engine, body, &sizes), outcome);
            outcome
        });
        prop_assert_eq!(outcome.kind(), if over { "limit" } else { "none" }, "{:?} {:?}", document, small);
    }
}

/// A session's members: name, and value as sent.
#[derive(Clone, Debug)]
struct Sent {
    id: u64,
    members: Vec<(String, String)>,
    spaced: bool,
}

impl Sent {
    fn text(&self) -> String {
        let members: Vec<_> = self
            .members
            .iter()
            .map(|(name, value)| {
                if self.spaced { format!("\n  \"{name}\" : {value} ") } else { format!("\"{name}\":{value}") }
            })
            .collect();
        format!("{{{}}}", members.join(","))
    }
}

/// A text, with some of its characters escaped.
fn escaped(text: &str, escapes: u64) -> String {
    let mut sent = String::from("\"");
    for (place, character) in text.chars().enumerate() {
        let wanted = escapes >> (place % 64) & 1 == 1;
        match character {
            '"' | '\\' => sent.extend(['\\', character]),
            '/' if wanted => sent.push_str("\\/"),
            _ if wanted || character < ' ' => {
                let mut units = [0; 2];
                sent.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
            }
            _ => sent.push(character),
        }
    }
    sent.push('"');
    sent
}

/// Text of documented members, mostly as such text is.
fn member_text() -> impl Strategy<Value = String> {
    prop_oneof![3 => "[a-zA-Z0-9 .:/_-]{0,24}", 1 => ".{0,12}", 1 => any::<String>()]
}

/// A session that keeps to the documented types, and the text of each member in the order of
/// [`RemoteSession::NAMES`].
fn session() -> impl Strategy<Value = (Sent, Vec<Option<String>>)> {
    let texts = vec(
        (
            prop::option::weighted(0.7, member_text()),
            prop_oneof![3 => Just(0), 1 => any::<u64>()],
            any::<bool>(),
        ),
        13,
    );
    (
        prop_oneof![1..1000_u64, any::<u64>()],
        any::<(bool, bool, bool)>(),
        texts,
        vec((0..3_u8, document()), 0..3),
        any::<u64>(),
    )
        .prop_map(|(id, (text_id, older, spaced), texts, unknown, order)| {
            let id_text = if text_id { format!("\"{id}\"") } else { id.to_string() };
            let mut members = vec![("id".to_owned(), id_text)];
            let mut expected = vec![Some(id.to_string())];
            for (place, (text, escapes, null)) in texts.into_iter().enumerate() {
                let name = RemoteSession::NAMES[place + 1];
                let name = match name {
                    "credential" if older => "credencial",
                    "device" if older => "dispositivo",
                    name => name,
                };
                match &text {
                    Some(text) => members.push((name.to_owned(), escaped(text, escapes))),
                    None if null => members.push((name.to_owned(), "null".to_owned())),
                    None => {}
                }
                expected.push(text);
            }
            for (number, value) in unknown {
                members.push((
                    format!("new-{number}"),
                    value.text.trim_matches([' ', '\n', '\r', '\t']).to_owned(),
                ));
            }
            let length = members.len();
            members.rotate_left(usize::try_from(order % length as u64).unwrap_or(0));
            (Sent { id, members, spaced }, expected)
        })
}

/// Sessions, more than one of a kind often, so that an engine learns from them.
fn sessions() -> impl Strategy<Value = Vec<(Sent, Vec<Option<String>>)>> {
    vec((session(), 1..4_usize), 0..8).prop_map(|kinds| {
        kinds.into_iter().flat_map(|(kind, times)| std::iter::repeat_n(kind, times)).collect()
    })
}

/// A response round these items.
fn response(items: &[String], shape: usize) -> String {
    let items = items.join(", ");
    match shape {
        0 => format!(
            r#"{{"code":200,"response":{{"status":200,"error":false}},"tenant":"t","remote_sessions":[{items}]}}"#
        ),
        1 => format!(
            r#"{{"code":200,"remote_sessions":[{{"tenant":"t","remote_sessions":[{items}],"code":200}}]}}"#
        ),
        2 => format!(
            r#"{{"remote_sessions":[{items}],"x":[{{"remote_sessions":[0]}}],"remote_sessions":[],"code":"200"}}"#
        ),
        _ => format!(r#" {{"tenant" : "t" , "remote_session" : [ {items} ] }} "#),
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
            prop_assert!(accepted_by_serde(&body));
        }
        if outcome.kind() == "syntax" {
            prop_assert!(!accepted_by_serde(&body));
        }
    }

    #[test]
    fn limits_hold_for_items_in_any_chunks(sessions in sessions(), sizes in chunks(), set in [1..8_usize, 0..30, 1..24, 1..600]) {
        let items: Vec<_> = sessions.iter().map(|(sent, _)| sent.text()).collect();
        let body = response(&items, 0);
        let small = limits(|limits: &mut Limits| {
            [limits.depth, limits.key, limits.number, limits.item] = set;
            limits.window = 64;
        });
        let outcome = agreed(|engine| {
            let engine = engine.limits(small.clone());
            let outcome = whole(&engine, body.as_bytes());
            assert_eq!(in_chunks(&engine, body.as_bytes(), &sizes), outcome);
            outcome
        });
        prop_assert!(["none", "limit"].contains(&outcome.kind()), "{}", outcome.message());
        prop_assert!(outcome.items.iter().all(|(raw, ..)| raw.len() <= small.item));
        if let Some(first_too_long) = items.iter().position(|item| item.len() > small.item) {
            prop_assert!(outcome.kind() == "limit" && outcome.items.len() <= first_too_long);
        }
    }
}
