//! The same for whole readers: their input and all memory of their own end at such pages.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Guarded, Noise, Path, guarding, paths};
use crate::scan::BLOCK;
use crate::{Builder, Error, Item, Limits, Parser, Step};

/// An item as it came out, the same on all ways.
fn shown(item: &Item<'_>) -> String {
    format!("{} {} {:?}", item.offset(), item.raw(), item.session())
}

fn shown_error(error: &Error) -> String {
    format!("{error} {:?}", error.offset())
}

/// All that comes out of a parser whose own memory ends at such pages too.
fn read(path: Path, limits: &Limits, body: &[u8], chunk: usize) -> Vec<String> {
    let settings = Builder::new().limits(limits.clone()).scan_path(path);
    let mut parser: Parser = guarding(|| settings.build_parser());
    let (mut found, mut rest) = (Vec::new(), body);
    loop {
        match guarding(|| parser.advance()) {
            Ok(Step::Item) => {
                found.push(shown(&parser.item()));
            }
            Ok(Step::NeedInput) if rest.is_empty() => parser.end_of_input(),
            Ok(Step::NeedInput) => {
                rest = &rest[guarding(|| parser.push(&rest[..chunk.min(rest.len())]))..];
            }
            Ok(Step::End) => return found,
            Err(error) => {
                found.push(shown_error(&error));
                return found;
            }
        }
    }
}

/// The same through a reader over the slice. Each item's text is copied to where its memory ends, and its
/// white space left out there.
fn read_slice(path: Path, limits: &Limits, body: &[u8]) -> Vec<String> {
    let settings = Builder::new().limits(limits.clone()).scan_path(path);
    let mut reader = guarding(|| settings.build_slice(body));
    let mut found = Vec::new();
    while let Some(item) = guarding(|| reader.next()) {
        found.push(match item {
            Ok(item) => {
                let raw = guarding(|| String::from(item.raw()).into_boxed_str());
                let (mut line, mut expected) = (Vec::new(), Vec::new());
                guarding(|| path.minify(&raw, &mut line));
                Path::Scalar.minify(item.raw(), &mut expected);
                assert_eq!(line, expected, "{path:?} {raw}");
                shown(&item)
            }
            Err(error) => shown_error(&error),
        });
    }
    found
}

/// The same by chunks that end at such pages, large ones looked at where they are.
#[cfg(feature = "bytes")]
fn read_in_place(path: Path, limits: &Limits, body: &[u8], chunk: usize) -> Vec<String> {
    use bytes::Bytes;
    let settings = Builder::new().limits(limits.clone()).scan_path(path);
    // As long as its memory, which it takes over: not copied.
    let chunk_of = |bytes: &[u8]| Ok::<_, Error>(guarding(|| Bytes::from(bytes.to_vec())));
    let chunks: Vec<_> = body.chunks(chunk.min(body.len())).map(chunk_of).collect();
    let chunks = futures_util::stream::iter(chunks);
    let mut reader = guarding(|| settings.build_async(chunks).in_place());
    let mut found = Vec::new();
    loop {
        match guarding(|| futures_executor::block_on(reader.next_item())) {
            Ok(Some(item)) => found.push(shown(&item)),
            Ok(None) => return found,
            Err(error) => {
                found.push(shown_error(&error));
                return found;
            }
        }
    }
}

/// A list of sessions, without white space or with some in every place.
fn list(gap: &str) -> String {
    let session = |id: usize| {
        format!(
            r#"{{"id":"{id}",{gap}"user":"{}","device":{gap}"10.66.33.{id}:3389"{gap},"request":null,"ITSM":"\u00e9\ud83d\ude00\\","new":{}{gap}}}"#,
            "ü".repeat(id % 50),
            ["1.5", "true", r#"[{"a":"}"}]"#][id / 8 % 3],
        )
    };
    let sessions: Vec<String> = (0..40).map(session).collect();
    format!(r#"{{"code":200,"remote_sessions":[{}]}}"#, sessions.join(&format!(",{gap}")))
}

#[test]
fn hostile_13_a_parser_reads_no_further_than_its_input_and_its_window() {
    for body in ["", "\r\n\t"].map(list) {
        let mut memory = Guarded::new(2 * body.len());
        for size in [64, 200, 1024, 64 * 1024] {
            let limits = Limits { window: size, item: 600, ..Limits::default() };
            // Cut at the last bytes one after the other: all alignments, in the list and behind it.
            for cut in body.len() - 2 * BLOCK..=body.len() {
                let input = memory.last_bytes(cut);
                input.copy_from_slice(&body.as_bytes()[..cut]);
                let expected = read(Path::Scalar, &limits, input, usize::MAX);
                assert!(expected.len() >= 39);
                for path in paths() {
                    let chunk = [usize::MAX, 63, 64, 100][cut % 4];
                    assert_eq!(read(path, &limits, input, chunk), expected, "{path:?} {size} {cut}");
                    assert_eq!(read_slice(path, &limits, input), expected, "slice, {path:?} {size} {cut}");
                }
            }
        }
    }
}

/// Of chunks that are looked at where they are, each ends at such a page.
#[cfg(feature = "bytes")]
#[test]
fn hostile_13_chunks_in_place_are_read_no_further_than_their_memory() {
    for body in ["", "\r\n\t"].map(list) {
        for (turn, cut) in (body.len() - 2 * BLOCK..=body.len()).enumerate() {
            let size = [64, 200, 1024, 4096][turn % 4];
            let limits = Limits { window: size, item: 600, ..Limits::default() };
            let input = &body.as_bytes()[..cut];
            let expected = read(Path::Scalar, &limits, input, usize::MAX);
            for path in paths() {
                // All in one, and all alignments of several.
                for chunk in [usize::MAX, 2000 + turn, 700 + turn] {
                    let found = read_in_place(path, &limits, input, chunk);
                    assert_eq!(found, expected, "{path:?} {size} {cut} {chunk}");
                }
            }
        }
    }
}

#[test]
fn hostile_13_white_space_is_left_out_within_memory() {
    let mut noise = Noise(16);
    for length in 0..4 * BLOCK {
        for _ in 0..8 {
            // Strings without end as well: nothing may be read beyond the text for that.
            let text = noise.bytes(length, b"{\" \n\r\t\\x");
            let text = guarding(|| String::from_utf8(text.clone()).unwrap().into_boxed_str());
            let mut expected = Vec::new();
            Path::Scalar.minify(&text, &mut expected);
            for path in paths() {
                let mut line = guarding(|| Vec::with_capacity(text.len()));
                guarding(|| path.minify(&text, &mut line));
                assert_eq!(line, expected, "{path:?} {text:?}");
            }
        }
    }
}
