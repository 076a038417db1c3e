//! Random JSON: documents, sessions, chunk sizes, and small changes to texts.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use remote_sessions::RemoteSession;

/// So many cases, unless the environment asks for another number.
pub(crate) fn config(cases: u32) -> ProptestConfig {
    let default = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() { default } else { ProptestConfig { cases, ..default } }
}

/// A JSON text and what its limits would have to be.
#[derive(Clone, Debug, Default)]
pub(crate) struct Document {
    pub(crate) text: String,
    pub(crate) depth: usize,
    pub(crate) key: usize,
    pub(crate) number: usize,
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

pub(crate) fn document() -> impl Strategy<Value = Document> {
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
pub(crate) fn chunks() -> impl Strategy<Value = Vec<usize>> {
    vec(prop_oneof![Just(1), 1..10_usize, 1..200_usize, Just(64)], 1..8)
}

/// Changes a few bytes, mostly into ones that mean something.
#[derive(Clone, Debug)]
pub(crate) enum Mutation {
    Replace(Index, u8),
    Insert(Index, Vec<u8>),
    Remove(Index, usize),
    Repeat(Index, usize),
    Cut(Index),
}

pub(crate) fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
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

pub(crate) fn mutated(text: &str, mutations: &[Mutation]) -> Vec<u8> {
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

/// A session's members: name, and value as sent.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    pub(crate) id: u64,
    pub(crate) members: Vec<(String, String)>,
    pub(crate) spaced: bool,
}

impl Sent {
    pub(crate) fn text(&self) -> String {
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
pub(crate) fn sessions() -> impl Strategy<Value = Vec<(Sent, Vec<Option<String>>)>> {
    vec((session(), 1..4_usize), 0..8).prop_map(|kinds| {
        kinds.into_iter().flat_map(|(kind, times)| std::iter::repeat_n(kind, times)).collect()
    })
}

/// A response round these items, of one of four shapes; that of the second has an inner envelope.
pub(crate) fn response(items: &[String], shape: usize) -> String {
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
