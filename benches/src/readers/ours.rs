//! This project's readers, over any [`Read`]: a slice here, a file where memory is measured.

use std::borrow::Cow;
use std::io::Read;

use remote_sessions::{Item, Reader as ItemReader, RemoteSession, SliceReader};
use serde::Deserialize as _;

use super::{Reader, Texts};
use crate::Tally;
use crate::row::{Counted, Row};

/// All of them.
pub fn all() -> Vec<Reader<'static>> {
    vec![
        Reader::new("ours-borrowed-sent", Texts::AsSent, |c| borrowed_sent(c.bytes())),
        Reader::new("ours-borrowed-unescaped", Texts::Unescaped, |c| borrowed_unescaped(c.bytes())),
        Reader::new("ours-slice-sent", Texts::AsSent, |c| slice(c.bytes(), count_sent)),
        Reader::new("ours-slice-unescaped", Texts::Unescaped, |c| slice_unescaped(c.bytes())),
        Reader::new("ours-owned-sent", Texts::AsSent, |c| owned_sent(c.bytes())),
        Reader::new("ours-owned-unescaped", Texts::Unescaped, |c| owned_unescaped(c.bytes())),
        Reader::new("ours-raw", Texts::Whole, |c| raw(c.bytes())),
        Reader::new("ours-serde-borrowed", Texts::Unescaped, |c| match c.is_dirty() {
            true => serde_borrowed::<true>(c.bytes()),
            false => serde_borrowed::<false>(c.bytes()),
        }),
        Reader::new("ours-slice-serde", Texts::Unescaped, |c| match c.is_dirty() {
            true => slice_serde::<true>(c.bytes()),
            false => slice_serde::<false>(c.bytes()),
        }),
        Reader::new("ours-raw-serde_json", Texts::Unescaped, |c| match c.is_dirty() {
            true => raw_serde_json::<true>(c.bytes()),
            false => raw_serde_json::<false>(c.bytes()),
        }),
        Reader::new("ours-raw-simd-json", Texts::Unescaped, |c| match c.is_dirty() {
            true => raw_simd_json::<true>(c.bytes()),
            false => raw_simd_json::<false>(c.bytes()),
        }),
        Reader::new("ours-serde-owned", Texts::Unescaped, |c| match c.is_dirty() {
            true => serde_owned::<true>(c.bytes()),
            false => serde_owned::<false>(c.bytes()),
        }),
    ]
}

/// Sessions borrowed from the window, texts as sent.
pub fn borrowed_sent(input: impl Read) -> Tally {
    let mut tally = Tally::default();
    each(input, |item| count_sent(&item.session().expect("a session"), &mut tally));
    tally
}

/// Sessions borrowed from the window, every text unescaped.
pub fn borrowed_unescaped(input: impl Read) -> Tally {
    let (mut tally, mut buffer) = (Tally::default(), String::new());
    each(input, |item| count_unescaped(&item.session().expect("a session"), &mut buffer, &mut tally));
    tally
}

/// Sessions borrowed from the response itself, all of which is in memory.
pub fn slice(body: &[u8], mut count: impl FnMut(&RemoteSession<'_>, &mut Tally)) -> Tally {
    let mut tally = Tally::default();
    for session in SliceReader::new(body).sessions() {
        count(&session.expect("a session"), &mut tally);
    }
    tally
}

/// The same, every text unescaped.
pub fn slice_unescaped(body: &[u8]) -> Tally {
    let mut buffer = String::new();
    slice(body, |session, tally| count_unescaped(session, &mut buffer, tally))
}

/// Any serde type, borrowing from the response itself.
pub fn slice_serde<const ANY: bool>(body: &[u8]) -> Tally {
    let mut tally = Tally::default();
    for row in SliceReader::new(body).deserialize::<Row<Cow<'_, str>, ANY>>() {
        row.expect("a row").count(&mut tally);
    }
    tally
}

/// Sessions that own their text, as sent.
pub fn owned_sent(input: impl Read) -> Tally {
    let mut tally = Tally::default();
    for session in ItemReader::new(input).sessions() {
        count_sent(&session.expect("a session"), &mut tally);
    }
    tally
}

/// Sessions that own their text, every text unescaped.
pub fn owned_unescaped(input: impl Read) -> Tally {
    let (mut tally, mut buffer) = (Tally::default(), String::new());
    for session in ItemReader::new(input).sessions() {
        count_unescaped(&session.expect("a session"), &mut buffer, &mut tally);
    }
    tally
}

/// The items' text alone: framed and validated, nothing decoded.
pub fn raw(input: impl Read) -> Tally {
    let mut tally = Tally::default();
    each(input, |item| tally.item(0, item.raw().len()));
    tally
}

/// Any serde type, borrowing.
pub fn serde_borrowed<const ANY: bool>(input: impl Read) -> Tally {
    let mut tally = Tally::default();
    each(input, |item| {
        let row: Row<Cow<'_, str>, ANY> = item.deserialize().expect("a row");
        row.count(&mut tally);
    });
    tally
}

/// What a serde type would cost if it were left to serde_json, item by item.
pub fn raw_serde_json<const ANY: bool>(input: impl Read) -> Tally {
    let mut tally = Tally::default();
    each(input, |item| {
        let row: Row<Cow<'_, str>, ANY> = serde_json::from_str(item.raw()).expect("a row");
        row.count(&mut tally);
    });
    tally
}

/// The same with simd-json, which needs a copy of the item.
pub fn raw_simd_json<const ANY: bool>(input: impl Read) -> Tally {
    let (mut tally, mut copy) = (Tally::default(), Vec::new());
    let mut buffers = simd_json::Buffers::default();
    each(input, |item| {
        copy.clear();
        copy.extend_from_slice(item.raw().as_bytes());
        let mut deserializer =
            simd_json::Deserializer::from_slice_with_buffers(&mut copy, &mut buffers).expect("an item");
        let row = Row::<Cow<'_, str>, ANY>::deserialize(&mut deserializer).expect("a row");
        row.count(&mut tally);
    });
    tally
}

/// Any serde type, owning.
pub fn serde_owned<const ANY: bool>(input: impl Read) -> Tally {
    let mut tally = Tally::default();
    for row in ItemReader::new(input).deserialize::<Row<String, ANY>>() {
        row.expect("a row").count(&mut tally);
    }
    tally
}

/// Adds a session, texts as sent.
#[inline]
pub fn count_sent(session: &RemoteSession<'_>, tally: &mut Tally) {
    let texts = (1..RemoteSession::NAMES.len()).filter_map(|place| session.at(place));
    tally.item(session.id(), texts.map(|text| text.as_sent().len()).sum());
}

/// Adds a session, every text unescaped, in one buffer.
#[inline]
pub fn count_unescaped(session: &RemoteSession<'_>, buffer: &mut String, tally: &mut Tally) {
    let texts = (1..RemoteSession::NAMES.len()).filter_map(|place| session.at(place));
    tally.item(session.id(), texts.map(|text| text.to_str_in(buffer).len()).sum());
}

fn each(input: impl Read, mut visit: impl FnMut(Item<'_>)) {
    let mut reader = ItemReader::new(input);
    while let Some(batch) = reader.next_batch().expect("a complete response") {
        batch.for_each(&mut visit);
    }
}
