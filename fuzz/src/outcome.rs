//! What a response came to, as data: so that two ways of feeding it can be compared.

use std::cell::RefCell;
use std::collections::HashMap;

use remote_sessions::{
    Batch, Builder, Completeness, Error, Item, Parser, RemoteSession, ScanPath, Step, Summary,
};
use serde_json::Value;

/// An item as it came out.
#[derive(Clone, Debug, PartialEq)]
pub struct Noted {
    /// Its text.
    pub raw: String,
    /// Its place in the stream.
    pub index: u64,
    /// Its place in the response.
    pub offset: u64,
    /// What `session()` says: its Debug and members as sent, or its error.
    pub session: String,
}

/// How a stream ended in an error: kind, text, offset, item.
#[derive(Clone, Debug, PartialEq)]
pub struct Ended {
    /// The stable name of its kind.
    pub kind: &'static str,
    /// All of its text.
    pub text: String,
    /// Where in the response.
    pub offset: Option<u64>,
    /// In which item.
    pub item: Option<u64>,
}

/// Everything observable about a response: its items, how it ended, what its summary says.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// All items in their order.
    pub items: Vec<Noted>,
    /// The error that ended it.
    pub error: Option<Ended>,
    /// Whether it was complete.
    pub completeness: Completeness,
    /// Bytes taken in, if no error ended it: with one it depends on the chunks.
    pub bytes: Option<u64>,
    /// What was tolerated, how often, where first.
    pub tolerated: String,
    /// What the envelopes said.
    pub envelopes: String,
}

impl Outcome {
    /// From its parts.
    pub fn new(items: Vec<Noted>, error: Option<Ended>, summary: &Summary) -> Self {
        assert_eq!(summary.items(), items.len() as u64, "the summary counts what was delivered");
        Self {
            items,
            completeness: summary.completeness(),
            bytes: error.is_none().then(|| summary.bytes()),
            error,
            tolerated: format!("{:?}", summary.tolerated()),
            envelopes: format!("{} {:?}", summary.envelopes_total(), summary.envelopes()),
        }
    }

    /// The kind of the error that ended it, or `none`.
    pub fn kind(&self) -> &'static str {
        self.error.as_ref().map_or("none", |error| error.kind)
    }

    /// The items' texts.
    pub fn raw(&self) -> Vec<&str> {
        self.items.iter().map(|item| &*item.raw).collect()
    }
}

/// The paths that this CPU has, beside the oracle.
pub fn fast_paths() -> impl Iterator<Item = ScanPath> {
    ScanPath::ALL.into_iter().filter(|path| *path != ScanPath::Scalar && path.is_available())
}

/// The oracle: one byte at a time by the grammar alone, the response in one piece.
pub fn oracle(settings: &Builder, body: &[u8]) -> Outcome {
    outcome_of(&settings.clone().scan_path(ScanPath::Scalar), [body])
}

/// Feeds the chunks one after the other, each to its end, then says that there are no more.
pub fn outcome_of<'c>(settings: &Builder, chunks: impl IntoIterator<Item = &'c [u8]>) -> Outcome {
    let mut feed = Feed::new(settings);
    for chunk in chunks {
        feed.give(chunk);
    }
    feed.end()
}

/// The same through a reader over the slice, for items and then for sessions.
pub fn outcome_of_slice(settings: &Builder, body: &[u8]) -> Outcome {
    let mut reader = settings.build_slice(body);
    let (mut items, mut error) = (Vec::new(), None);
    for item in &mut reader {
        match item {
            Ok(item) => items.push(note(item)),
            Err(fatal) => error = Some(describe(&fatal)),
        }
    }
    let outcome = Outcome::new(items, error, &reader.summary());
    let (mut batches, mut count) = (settings.build_slice(body), 0);
    while let Some(batch) = batches.next_batch() {
        match batch {
            Ok(batch) => {
                for item in batch {
                    assert_eq!(note(item), outcome.items[count]);
                    count += 1;
                }
            }
            Err(fatal) => assert_eq!(Some(describe(&fatal)), outcome.error),
        }
    }
    assert_eq!(count, outcome.items.len());
    let mut noted = outcome.items.iter();
    for session in settings.build_slice(body).sessions() {
        match (session, noted.next()) {
            (Ok(session), Some(item)) => assert_eq!(noted_of(&session), item.session),
            (Err(bad), Some(item)) => {
                assert!(item.session.starts_with(&bad.to_string()), "{bad} is not {item:?}")
            }
            (last, None) => assert_eq!(last.err().map(|error| describe(&error)), outcome.error),
        }
    }
    outcome
}

/// A parser and what came out of it so far.
#[derive(Debug)]
pub struct Feed {
    parser: Parser,
    items: Vec<Noted>,
    error: Option<Ended>,
    over: bool,
}

impl Feed {
    /// Nothing yet.
    pub fn new(settings: &Builder) -> Self {
        Self { parser: settings.build_parser(), items: Vec::new(), error: None, over: false }
    }

    /// Pushes a chunk and takes out all that is complete then.
    pub fn give(&mut self, chunk: &[u8]) {
        let mut rest = chunk;
        self.drain(&mut rest);
        while !self.over && !rest.is_empty() {
            let taken = self.parser.push(rest);
            assert!(taken > 0, "after NeedInput there is room");
            rest = &rest[taken..];
            self.drain(&mut rest);
        }
    }

    /// What came out so far.
    pub fn items(&self) -> &[Noted] {
        &self.items
    }

    /// Whether the stream failed.
    pub fn has_failed(&self) -> bool {
        self.error.is_some()
    }

    /// The outcome if nothing follows.
    pub fn end(mut self) -> Outcome {
        self.drain(&mut &[][..]);
        if !self.over {
            self.parser.end_of_input();
            self.drain(&mut &[][..]);
        }
        assert!(self.over, "after the end of the input there is a verdict");
        Outcome::new(self.items, self.error, &self.parser.summary())
    }

    /// Takes out what is complete; now and then more of the chunk is pushed while items are ready.
    fn drain(&mut self, rest: &mut &[u8]) {
        while !self.over {
            match self.parser.advance() {
                Ok(Step::Item) => {
                    self.items.push(note(self.parser.item()));
                    more_of(self.parser.batch(), &mut self.items);
                    if self.items.len() % 3 == 1 {
                        *rest = &rest[self.parser.push(rest)..];
                    }
                }
                Ok(Step::NeedInput) => return,
                Ok(Step::End) => {
                    self.over = true;
                    assert_eq!(self.parser.advance().ok(), Some(Step::End), "an end is final");
                }
                Err(fatal) => {
                    assert!(fatal.is_fatal(), "{fatal}");
                    let again = self.parser.advance().expect_err("a fatal error is final");
                    assert_eq!(describe(&again), describe(&fatal));
                    self.error = Some(describe(&fatal));
                    self.over = true;
                }
            }
        }
    }
}

/// What is at hand behind an item that was noted: sometimes nothing of it is taken, sometimes some, or
/// all.
pub fn more_of(mut batch: Batch<'_>, items: &mut Vec<Noted>) {
    let most = [0, 1, usize::MAX, 2, 0, 5, 9][items.len() % 7];
    assert_eq!(batch.next().map(|item| item.index()), items.last().map(|item| item.index));
    items.extend(batch.take(most).map(note));
}

/// An item as data.
pub fn note(item: Item<'_>) -> Noted {
    let session = match item.session() {
        Ok(session) => noted_of(&session),
        Err(bad) => format!("{bad} in {:?} at {}", bad.member(), bad.offset()),
    };
    as_serde_json_does(item);
    Noted { raw: item.raw().to_owned(), index: item.index(), offset: item.offset(), session }
}

/// The id, and every documented member as sent and as it is meant. (As text by text: `Debug` would take
/// most of a run's time.)
fn noted_of(session: &RemoteSession<'_>) -> String {
    let mut noted = session.id().to_string();
    for (place, name) in RemoteSession::NAMES.iter().enumerate() {
        noted.push('\n');
        noted.push_str(session.member(name).unwrap_or("absent"));
        if let Some(text) = session.at(place) {
            noted.push('\t');
            noted.push_str(&text.to_str());
        }
    }
    noted
}

/// Whatever is known of an item, a serde type comes out as from its text.
fn as_serde_json_does(item: Item<'_>) {
    EXPECTED.with_borrow_mut(|expected| {
        if expected.len() > 1000 {
            expected.clear();
        }
        if !expected.contains_key(item.raw()) {
            expected.insert(item.raw().to_owned(), of_the_text(item));
        }
        assert_eq!(item.deserialize::<Value>().ok(), expected[item.raw()], "{}", item.raw());
    });
}

thread_local! {
    /// What texts come to: the same items come again on every path and in every way of cutting.
    static EXPECTED: RefCell<HashMap<String, Option<Value>>> = RefCell::default();
}

/// What the text alone comes to; without white space the same, and what nobody documents as well.
fn of_the_text(item: Item<'_>) -> Option<Value> {
    let expected = serde_json::from_str::<Value>(item.raw()).ok();
    let mut line = Vec::new();
    item.append_minified(&mut line);
    assert!(!line.contains(&b'\n') && line.len() <= item.raw().len());
    assert_eq!(serde_json::from_slice::<Value>(&line).ok(), expected, "{}", item.raw());
    if let Ok(session) = item.session() {
        let debug = format!("{session:?}");
        assert!(debug.starts_with("RemoteSession") && session == session.clone().into_owned());
        let documented = RemoteSession::NAMES;
        assert!(session.unknown_members().all(|(name, _)| !documented.iter().any(|known| name == **known)));
    }
    expected
}

/// An error as data.
pub fn describe(error: &Error) -> Ended {
    Ended { kind: error.kind().as_str(), text: error.to_string(), offset: error.offset(), item: error.item() }
}
