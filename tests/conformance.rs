//! Row 1 of the hostile inputs: the JSON test suite (Nicolas Seriot's `JSONTestSuite`), every file
//! at every split. The files come with the package of the dev-dependency `actson`.
#![cfg(feature = "std")]
#![allow(clippy::print_stdout, reason = "the counts are part of the evidence")]

mod support;

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::LazyLock;

use remote_sessions::{Builder, Limits};
use serde::de::IgnoredAny;
use serde_json::{Error, Value};
use support::{Outcome, agreed, at_every_split, limits, outcome_of, whole};

/// What the grammar leaves open and this crate decided: accepted (`none`), or the kind of refusal and its byte.
/// Numbers are accepted whatever their size, for their text is kept; what is no UTF-8 and what
/// cannot become a `str` is refused; nesting has a limit.
const UNDECIDED: &[(&str, &str, Option<u64>)] = &[
    ("i_number_double_huge_neg_exp.json", "none", None),
    ("i_number_huge_exp.json", "none", None),
    ("i_number_neg_int_huge_exp.json", "none", None),
    ("i_number_pos_double_huge_exp.json", "none", None),
    ("i_number_real_neg_overflow.json", "none", None),
    ("i_number_real_pos_overflow.json", "none", None),
    ("i_number_real_underflow.json", "none", None),
    ("i_number_too_big_neg_int.json", "none", None),
    ("i_number_too_big_pos_int.json", "none", None),
    ("i_number_very_big_negative_int.json", "none", None),
    ("i_object_key_lone_2nd_surrogate.json", "syntax", Some(7)),
    ("i_string_1st_surrogate_but_2nd_missing.json", "syntax", Some(8)),
    ("i_string_1st_valid_surrogate_2nd_invalid.json", "syntax", Some(13)),
    ("i_string_UTF-16LE_with_BOM.json", "syntax", Some(0)),
    ("i_string_UTF-8_invalid_sequence.json", "syntax", Some(7)),
    ("i_string_UTF8_surrogate_U+D800.json", "syntax", Some(3)),
    ("i_string_incomplete_surrogate_and_escape_valid.json", "syntax", Some(9)),
    ("i_string_incomplete_surrogate_pair.json", "syntax", Some(7)),
    ("i_string_incomplete_surrogates_escape_valid.json", "syntax", Some(13)),
    ("i_string_invalid_lonely_surrogate.json", "syntax", Some(8)),
    ("i_string_invalid_surrogate.json", "syntax", Some(8)),
    ("i_string_invalid_utf-8.json", "syntax", Some(2)),
    ("i_string_inverted_surrogates_U+1D11E.json", "syntax", Some(7)),
    ("i_string_iso_latin_1.json", "syntax", Some(3)),
    ("i_string_lone_second_surrogate.json", "syntax", Some(7)),
    ("i_string_lone_utf8_continuation_byte.json", "syntax", Some(2)),
    ("i_string_not_in_unicode_range.json", "syntax", Some(3)),
    ("i_string_overlong_sequence_2_bytes.json", "syntax", Some(2)),
    ("i_string_overlong_sequence_6_bytes.json", "syntax", Some(2)),
    ("i_string_overlong_sequence_6_bytes_null.json", "syntax", Some(2)),
    ("i_string_truncated-utf-8.json", "syntax", Some(3)),
    ("i_string_utf16BE_no_BOM.json", "syntax", Some(0)),
    ("i_string_utf16LE_no_BOM.json", "syntax", Some(1)),
    ("i_structure_500_nested_arrays.json", "limit", Some(128)),
    ("i_structure_UTF-8_BOM_empty_object.json", "none", None),
];

static SUITE: LazyLock<Vec<(String, Vec<u8>)>> = LazyLock::new(|| {
    let directory = suite_directory();
    let mut files: Vec<_> = fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| {
            let entry = entry.expect("an entry of the suite");
            let name = entry.file_name().into_string().expect("a plain name");
            (name, fs::read(entry.path()).expect("a file of the suite"))
        })
        .filter(|(name, _)| name.ends_with(".json"))
        .collect();
    files.sort();
    files
});

/// Where the package manager keeps the sources of `actson`.
fn suite_directory() -> PathBuf {
    let metadata = |more: &[&str]| -> Output {
        let manifest = concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml");
        Command::new(env!("CARGO"))
            .args(["metadata", "--format-version", "1", "--manifest-path", manifest])
            .args(more)
            .output()
            .expect("cargo runs")
    };
    // Without a network as long as possible: it is needed only if a package of the workspace
    // that this test does not use was never fetched.
    let mut output = metadata(&["--offline"]);
    if !output.status.success() {
        output = metadata(&[]);
    }
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo's metadata");
    let packages = metadata["packages"].as_array().expect("packages");
    let actson = packages.iter().find(|package| package["name"] == "actson").expect("the dev-dependency");
    let manifest = PathBuf::from(actson["manifest_path"].as_str().expect("a path"));
    manifest.with_file_name("tests").join("json_test_suite").join("test_parsing")
}

fn files(prefix: &str) -> impl Iterator<Item = (&'static str, &'static [u8])> {
    SUITE.iter().map(|(name, text)| (&**name, &**text)).filter(move |(name, _)| name.starts_with(prefix))
}

/// At every split. A large file is pushed through a small window there, for the time it takes to copy
/// what lies behind the fault; with the default window a sample has to do.
fn judge(settings: &Builder, text: &[u8]) -> Outcome {
    if text.len() <= 2048 {
        return at_every_split(settings, text);
    }
    let edges = (0..300).chain((300..text.len()).step_by(text.len() / 64)).chain([text.len() - 1]);
    let outcome = support::at_splits(settings, text, edges);
    let small = settings.clone().limits(limits(|limits| limits.window = 64));
    assert_eq!(at_every_split(&small, text), outcome);
    outcome
}

#[test]
fn hostile_01_what_must_be_accepted_is_with_its_value() {
    let mut accepted = 0;
    for (name, text) in files("y_") {
        let expected: Value = serde_json::from_slice(text).expect(name);
        let outcome = judge(&Builder::new().root_item(), text);
        assert_eq!((outcome.kind(), outcome.items.len()), ("none", 1), "{name}: {}", outcome.message());
        let raw = &outcome.items[0].0;
        assert_eq!(raw.as_bytes(), text.trim_ascii(), "{name}");
        assert_eq!(serde_json::from_str::<Value>(raw).expect(name), expected, "{name}");
        agreed(|engine| {
            let mut reader = engine.root_item().build(text);
            let item = reader.next_item().expect(name).expect(name);
            assert_eq!(item.deserialize::<Value>().expect(name), expected, "{name}");
        });
        accepted += 1;
    }
    println!("{accepted} of 95 `y_` files accepted");
    assert_eq!(accepted, 95);
}

/// Whether `serde_json` refuses all that begins so. What it says of a string it says at its end, and of the
/// digits of an escape when there are four: there every end is tried that may make it right.
fn is_refused(start: &[u8]) -> bool {
    const ENDS: [&[u8]; 12] = [
        b"\"",
        b"0\"",
        b"00\"",
        b"000\"",
        b"0000\"",
        b"n\"",
        b"u0000\"",
        b"dc00\"",
        b"udc00\"",
        b"\\udc00\"",
        b"\x80\"",
        b"\x80\x80\"",
    ];
    let error = |text: &[u8]| serde_json::from_slice::<Value>(text).err();
    let is_in_string = |error: &Error| error.to_string().starts_with("EOF while parsing a string");
    match error(start) {
        Some(cut) if is_in_string(&cut) => ENDS.iter().all(|end| {
            error(&[start, end].concat()).is_some_and(|error| is_in_string(&error) || !error.is_eof())
        }),
        Some(error) => !error.is_eof(),
        None => false,
    }
}

/// Where the second escape of a pair cannot be a low surrogate by its first digits already: it is judged when it
/// has all of them.
const JUDGED_WHOLE: [&str; 3] = [
    "n_string_1_surrogate_then_escape_u1.json",
    "n_string_1_surrogate_then_escape_u1x.json",
    "n_string_incomplete_surrogate_escape_invalid.json",
];

/// At the byte that makes it wrong, whatever follows: before it there is nothing wrong yet.
#[test]
fn hostile_01_what_must_be_rejected_is_at_the_byte_that_is_wrong() {
    let mut rejected = BTreeMap::new();
    for (name, text) in files("n_") {
        let outcome = judge(&Builder::new().root_item(), text);
        let at = usize::try_from(outcome.offset().expect(name)).expect(name);
        let (before, after) = text.split_at(at);
        // A mark at the start, which is none of JSON's, is accepted here.
        let before = before.strip_prefix("\u{feff}".as_bytes()).unwrap_or(before);
        match outcome.kind() {
            "truncated" => assert!(after.is_empty() && !is_refused(before), "{name} at {at}"),
            // Of an unfinished mark all is shown, from its first byte on.
            "syntax" | "shape" => {
                assert!(is_refused(&text[..=at]), "{name} at {at}");
                assert_eq!(is_refused(before), JUDGED_WHOLE.contains(&name), "{name} at {at}");
            }
            "limit" => {
                // `serde_json` has a limit of its own, but on what it makes values of.
                let begins = serde_json::from_slice::<IgnoredAny>(before);
                assert!(begins.is_err_and(|error| error.is_eof()), "{name} at {at}");
                let open = before.iter().filter(|byte| b"[{".contains(byte)).count();
                assert_eq!((open, b"[{".contains(&after[0])), (Limits::default().depth, true), "{name}");
            }
            _ => panic!("{name}: {outcome:?}"),
        }
        *rejected.entry(outcome.kind().to_owned()).or_insert(0) += 1;
    }
    println!("{} of 188 `n_` files rejected", rejected.values().sum::<i32>());
    let kinds: Vec<_> = rejected.iter().map(|(kind, count)| (&**kind, *count)).collect();
    assert_eq!(kinds, [("limit", 2), ("shape", 1), ("syntax", 155), ("truncated", 30)]);
}

#[test]
fn hostile_01_what_is_undecided_is_pinned() {
    let mut found = Vec::new();
    for (name, text) in files("i_") {
        let outcome = judge(&Builder::new().root_item(), text);
        if outcome.kind() == "none" {
            let text = text.strip_prefix("\u{feff}".as_bytes()).unwrap_or(text);
            assert_eq!(outcome.raw(), [str::from_utf8(text.trim_ascii()).expect(name)], "{name}");
        }
        found.push((name, outcome.kind().to_owned(), outcome.offset()));
    }
    let accepted = found.iter().filter(|(_, kind, _)| kind == "none").count();
    println!("{accepted} of {} `i_` files accepted", found.len());
    let pinned: Vec<_> = UNDECIDED.iter().map(|&(name, kind, at)| (name, kind.to_owned(), at)).collect();
    assert_eq!(found, pinned);
}

/// The verdict on a text must not depend on whose hands it goes through: an item's, a skipped
/// member's, a kept member's.
#[test]
fn hostile_01_the_verdict_is_the_same_in_every_place() {
    for (name, text) in files("") {
        // A byte order mark belongs at the start, and only there.
        if text.starts_with(b"\xef\xbb\xbf") || text.len() > 2048 {
            continue;
        }
        for (before, after) in [
            (&br#"{"remote_sessions":["#[..], &b"]}"[..]),
            (br#"{"remote_sessions":[{"id":1,"x":"#, b"}]}"),
            (br#"{"x":"#, br#","remote_sessions":[]}"#),
            (br#"{"tenant":"#, br#","remote_sessions":[]}"#),
        ] {
            let body = [before, text, after].concat();
            let outcome = agreed(|engine| {
                let outcome = whole(&engine, &body);
                assert_eq!(outcome_of(&engine, body.chunks(1)), outcome, "{name} byte by byte");
                assert_eq!(outcome_of(&engine, body.chunks(7)), outcome, "{name} in sevens");
                outcome
            });
            match serde_json::from_slice::<Value>(&body) {
                Ok(_) => assert_eq!(outcome.kind(), "none", "{name}: {}", outcome.message()),
                // Its text is kept; no float is made of it.
                Err(error) if error.to_string().starts_with("number out of range") => {
                    assert_eq!(outcome.kind(), "none", "{name}: {}", outcome.message());
                }
                Err(error) => assert_ne!(outcome.kind(), "none", "{name}: {error}"),
            }
        }
    }
}
