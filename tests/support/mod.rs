//! What a response came to, as data: so that two ways of feeding it can be compared.

#![allow(unreachable_pub, reason = "shared by several test binaries")]
#![allow(dead_code, reason = "each test binary uses a part of it")]

use std::fmt::Debug;
use std::io::Read;

use remote_sessions::{
    Batch, Builder, Completeness, Error, Item, Limits, Parser, Reader, ScanPath, SliceReader, Step, Summary,
};

/// The settings of every engine that a suite has to run over: all must come to the same.
/// The byte-at-a-time oracle comes first.
pub fn engines() -> Vec<Builder> {
    forced(&Builder::new())
}

/// The same settings with every way of looking at the bytes that this CPU has, the oracle first.
pub fn forced(settings: &Builder) -> Vec<Builder> {
    let paths = ScanPath::ALL.into_iter().rev().filter(|path| path.is_available());
    paths.map(|path| settings.clone().scan_path(path)).collect()
}

/// What `run` comes to, which must be the same with every engine.
pub fn agreed<T: PartialEq + Debug>(run: impl Fn(Builder) -> T) -> T {
    let mut engines = engines().into_iter();
    let first = run(engines.next().expect("at least one engine"));
    for (place, engine) in engines.enumerate() {
        assert_eq!(run(engine), first, "engine {} against the first", place + 1);
    }
    first
}

/// Default limits but for what `set` changes.
pub fn limits(set: impl FnOnce(&mut Limits)) -> Limits {
    let mut limits = Limits::default();
    set(&mut limits);
    limits
}

/// Everything observable about a response: its items, how it ended, what its summary says.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "what all ways agree on may still be wrong"]
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
    pub fn new(
        items: Vec<(String, u64, u64, String)>,
        error: Option<(String, String, Option<u64>, Option<u64>)>,
        summary: &Summary,
    ) -> Self {
        assert_eq!(summary.items(), items.len() as u64);
        Self {
            items,
            error,
            completeness: summary.completeness(),
            tolerated: format!("{:?}", summary.tolerated()),
            envelopes: format!("{} {:?}", summary.envelopes_total(), summary.envelopes()),
        }
    }

    pub fn offset(&self) -> Option<u64> {
        self.error.as_ref().and_then(|(_, _, offset, _)| *offset)
    }

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
            Ok(Step::Item) => {
                items.push(note(&parser));
                more_of(parser.batch(), &mut items);
                // Sometimes more comes while items are ready.
                if items.len() % 3 == 1 {
                    rest = &rest[parser.push(rest)..];
                }
                assert_eq!(note(&parser), items[items.len() - 1], "the item taken last is the current one");
            }
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
    Outcome::new(items, error, &parser.summary())
}

/// The same through a [`Reader`].
pub fn outcome_of_reader<R: Read>(mut reader: Reader<R>) -> Outcome {
    let mut items = Vec::new();
    let error = loop {
        match reader.next_item() {
            Ok(Some(item)) => items.push(note_item(item)),
            Ok(None) => break None,
            Err(error) if !error.is_fatal() => {}
            Err(error) => break Some(describe(&error)),
        }
    };
    Outcome::new(items, error, &reader.summary())
}

/// The same through a [`SliceReader`], once for items and once for sessions.
pub fn outcome_of_slice(settings: &Builder, body: &[u8]) -> Outcome {
    let mut reader = settings.build_slice(body);
    let (mut items, mut error) = (Vec::new(), None);
    for item in &mut reader {
        match item {
            Ok(item) => items.push(note_item(item)),
            Err(fatal) => error = Some(describe(&fatal)),
        }
    }
    assert!(reader.next().is_none(), "over for good");
    let mut sessions: SliceReader<'_> = settings.build_slice(body);
    let mut noted = items.iter();
    for session in sessions.sessions() {
        match (session, noted.next()) {
            (Ok(session), Some((raw, index, offset, note))) => {
                assert_eq!(session.raw(), raw);
                let item = (session.member("id").is_some(), *index, *offset);
                assert!(item.0 && note.starts_with(&format!("{session:?}")), "{session:?} is not {note}");
            }
            (Err(bad), Some((.., note))) => {
                assert!(note.starts_with(&bad.to_string()), "{bad} is not {note}")
            }
            (last, None) => assert_eq!(last.err().map(|error| describe(&error)), error),
        }
    }
    assert!(noted.next().is_none(), "as many sessions as items");
    let (mut batches, mut again, mut last) = (settings.build_slice(body), Vec::new(), None);
    while let Some(batch) = batches.next_batch() {
        match batch {
            Ok(batch) => again.extend(batch.map(note_item)),
            Err(fatal) => last = Some(describe(&fatal)),
        }
    }
    assert_eq!((&again, &last), (&items, &error), "by batches");
    Outcome::new(items, error, &reader.summary())
}

/// What is at hand behind an item that was noted: sometimes nothing of it is taken, sometimes some, or
/// all.
pub fn more_of(mut batch: Batch<'_>, items: &mut Vec<(String, u64, u64, String)>) {
    let most = [0, 1, usize::MAX, 2, 0, 5, 9][items.len() % 7];
    let (length, mut found) = (batch.len(), 1);
    assert_eq!(batch.next().map(note_item).as_ref(), items.last(), "the current item comes first");
    for item in batch.by_ref().take(most) {
        items.push(note_item(item));
        found += 1;
    }
    assert_eq!(batch.len(), length - found);
    if batch.len() == 0 {
        assert!(batch.next().is_none() && batch.next().is_none());
    }
}

fn note(parser: &Parser) -> (String, u64, u64, String) {
    note_item(parser.item())
}

pub fn note_item(item: Item<'_>) -> (String, u64, u64, String) {
    let session = match item.session() {
        Ok(session) => format!("{session:?} {:?}", session.unknown_members().collect::<Vec<_>>()),
        Err(bad) => format!("{bad} in {:?}", bad.member()),
    };
    as_serde_json_does(item);
    (item.raw().to_owned(), item.index(), item.offset(), session)
}

/// Whatever is known of an item, a serde type comes out as from its text.
fn as_serde_json_does(item: Item<'_>) {
    let expected = serde_json::from_str::<serde_json::Value>(item.raw());
    match (item.deserialize::<serde_json::Value>(), expected) {
        (Ok(value), Ok(expected)) => assert_eq!(value, expected),
        (Err(_), Err(_)) => {}
        (found, expected) => panic!("{found:?} instead of {expected:?} from {}", item.raw()),
    }
}

pub fn describe(error: &Error) -> (String, String, Option<u64>, Option<u64>) {
    (error.kind().to_string(), error.to_string(), error.offset(), error.item())
}

/// The response in one piece, pushed and as a slice.
pub fn whole(settings: &Builder, body: &[u8]) -> Outcome {
    let outcome = outcome_of(settings, [body]);
    assert_eq!(outcome_of_slice(settings, body), outcome, "as a slice: {}", String::from_utf8_lossy(body));
    outcome
}

/// In chunks of these sizes, over and over.
pub fn in_chunks(settings: &Builder, body: &[u8], sizes: &[usize]) -> Outcome {
    let mut rest = body;
    let mut sizes = sizes.iter().cycle();
    outcome_of(
        settings,
        std::iter::from_fn(|| {
            let (chunk, after) = rest.split_at((*sizes.next()?).min(rest.len()));
            let over = rest.is_empty();
            rest = after;
            (!over).then_some(chunk)
        }),
    )
}

/// The response as remote sessions, default settings.
pub fn read(body: &[u8]) -> Outcome {
    whole(&Builder::new(), body)
}

/// Checks that every 2-way split, and byte by byte (with and without empty chunks), come to the
/// same as the whole with every engine; gives that.
pub fn at_every_split(settings: &Builder, body: &[u8]) -> Outcome {
    at_splits(settings, body, 0..=body.len())
}

/// The same for these 2-way splits only.
pub fn at_splits(settings: &Builder, body: &[u8], cuts: impl Iterator<Item = usize> + Clone) -> Outcome {
    let expected = whole(&settings.clone().scan_path(ScanPath::Scalar), body);
    for settings in forced(settings) {
        assert_eq!(whole(&settings, body), expected, "{settings:?} on {}", String::from_utf8_lossy(body));
        for cut in cuts.clone() {
            let (first, second) = body.split_at(cut);
            let split = outcome_of(&settings, [first, second]);
            assert_eq!(split, expected, "{settings:?} split at {cut} of {}", String::from_utf8_lossy(body));
        }
        assert_eq!(outcome_of(&settings, body.chunks(1)), expected, "{settings:?} byte by byte");
        let spread = body.chunks(1).flat_map(|byte| [byte, &[][..]]);
        assert_eq!(outcome_of(&settings, spread), expected, "{settings:?} byte by byte with empty chunks");
    }
    expected
}
