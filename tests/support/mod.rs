//! What a response came to, as data: so that two ways of feeding it can be compared.

#![allow(unreachable_pub, reason = "shared by several test binaries")]
#![allow(dead_code, reason = "each test binary uses a part of it")]

use remote_sessions::{Builder, Completeness, Error, Parser, Step};

/// Everything observable about a response: its items, how it ended, what its summary says.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// Text, index, offset; and for each what `session()` says (its Debug and offsets, or its error).
    pub items: Vec<(String, u64, u64, String)>,
    /// Kind, text, offset, item of the error that ended it.
    pub error: Option<(String, String, Option<u64>, Option<u64>)>,
    pub completeness: Completeness,
    pub tolerated: String,
    pub envelopes: String,
}

impl Outcome {
    pub fn raw(&self) -> Vec<&str> {
        self.items.iter().map(|(raw, ..)| raw.as_str()).collect()
    }

    pub fn kind(&self) -> &str {
        self.error.as_ref().map_or("none", |(kind, ..)| kind)
    }

    pub fn message(&self) -> &str {
        self.error.as_ref().map_or("", |(_, message, ..)| message)
    }
}

/// Feeds the chunks one after the other, each to its end, and notes all that comes out.
pub fn outcome_of<'c>(settings: &Builder, chunks: impl IntoIterator<Item = &'c [u8]>) -> Outcome {
    let mut parser = settings.build_parser();
    let mut items = Vec::new();
    let mut error = None;
    let mut chunks = chunks.into_iter();
    let mut rest: &[u8] = &[];
    loop {
        match parser.advance() {
            Ok(Step::Item) => items.push(note(&parser)),
            Ok(Step::End) => break,
            Ok(Step::NeedInput) if !rest.is_empty() => {
                let taken = parser.push(rest);
                assert!(taken > 0, "after NeedInput there is room");
                rest = &rest[taken..];
            }
            Ok(Step::NeedInput) => match chunks.next() {
                Some(chunk) => rest = chunk,
                None => parser.end_of_input(),
            },
            Err(fatal) => {
                error = Some(describe(&fatal));
                assert!(fatal.is_fatal());
                let again = parser.advance().expect_err("a fatal error is sticky");
                assert_eq!(describe(&again), describe(&fatal));
                break;
            }
        }
    }
    let summary = parser.summary();
    assert_eq!(summary.items(), items.len() as u64);
    Outcome {
        items,
        error,
        completeness: summary.completeness(),
        tolerated: format!("{:?}", summary.tolerated()),
        envelopes: format!("{} {:?}", summary.envelopes_total(), summary.envelopes()),
    }
}

fn note(parser: &Parser) -> (String, u64, u64, String) {
    let item = parser.item();
    let session = match item.session() {
        Ok(session) => format!("{session:?} {:?}", session.unknown_members().collect::<Vec<_>>()),
        Err(bad) => format!("{bad} in {:?}", bad.member()),
    };
    (item.raw().to_owned(), item.index(), item.offset(), session)
}

pub fn describe(error: &Error) -> (String, String, Option<u64>, Option<u64>) {
    (error.kind().to_string(), error.to_string(), error.offset(), error.item())
}

/// The response in one piece.
pub fn whole(settings: &Builder, body: &[u8]) -> Outcome {
    outcome_of(settings, [body])
}

/// The response as remote sessions, default settings.
pub fn read(body: &[u8]) -> Outcome {
    whole(&Builder::new(), body)
}

/// Checks that every 2-way split, and byte by byte (with and without empty chunks and in a tiny
/// window), come to the same as the whole; gives that.
pub fn at_every_split(settings: &Builder, body: &[u8]) -> Outcome {
    let expected = whole(settings, body);
    for cut in 0..=body.len() {
        let (first, second) = body.split_at(cut);
        let split = outcome_of(settings, [first, second]);
        assert_eq!(split, expected, "split at {cut} of {}", String::from_utf8_lossy(body));
    }
    assert_eq!(outcome_of(settings, body.chunks(1)), expected, "byte by byte");
    let spread = body.chunks(1).flat_map(|byte| [byte, &[][..]]);
    assert_eq!(outcome_of(settings, spread), expected, "byte by byte with empty chunks");
    expected
}
