//! Any bytes as the one item at the root: accepted if `serde_json` accepts them, with its value.
//! What may differ is said at [`judged`].
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use remote_sessions::{Builder, Error, Reader};
use remote_sessions_fuzz::outcome::{fast_paths, oracle};
use remote_sessions_fuzz::value::{alike, judged};
use serde_json::Value;

fuzz_target!(|data: &[u8]| -> Corpus {
    let settings = Builder::new().root_item();
    let outcome = oracle(&settings, data);
    // Half a byte order mark is text before the JSON, which is an error of the shape.
    let is_half_a_mark = outcome.kind() == "shape" && data[0] == 0xef;
    assert!(
        is_half_a_mark || ["none", "syntax", "truncated", "limit"].contains(&outcome.kind()),
        "{outcome:?}"
    );
    as_elements(data, outcome.kind() == "none");
    if outcome.kind() == "limit" {
        return Corpus::Keep;
    }
    match judged(data) {
        None => {}
        Some(None) => assert_ne!(outcome.kind(), "none", "serde_json refuses {}", data.escape_ascii()),
        Some(Some(value)) => {
            assert_eq!(outcome.kind(), "none", "serde_json accepts {} {outcome:?}", data.escape_ascii());
            let [item] = &outcome.items[..] else { panic!("one item: {outcome:?}") };
            let again: Value = serde_json::from_str(&item.raw).expect("what was accepted");
            assert_eq!(again, value);
            assert_eq!(item.raw.as_bytes(), data.trim_ascii());
        }
    }
    Corpus::Keep
});

/// The same bytes as an element of a list, through the fast lane: what is a value alone is one item
/// there.
fn as_elements(data: &[u8], is_value: bool) {
    let data = data.strip_prefix(b"\xef\xbb\xbf").unwrap_or(data);
    let body = [b"[0,", data, b",", data, b"]"].concat();
    let theirs = serde_json::from_slice::<Vec<Value>>(&body).map_err(|error| error.to_string());
    for path in fast_paths() {
        let mut reader: Reader<_> = Builder::new().items_at([""; 0]).scan_path(path).build(&body[..]);
        compare(reader.deserialize().collect(), &theirs, &body, is_value);
    }
}

fn compare(
    ours: Result<Vec<Value>, Error>,
    theirs: &Result<Vec<Value>, String>,
    body: &[u8],
    is_value: bool,
) {
    match (ours, theirs) {
        (Ok(ours), Ok(theirs)) => {
            let both = (Value::Array(ours), Value::Array(theirs.clone()));
            assert!(alike(&both.0, &both.1), "{both:?}");
        }
        // In one document `serde_json` counts one level more than in its elements.
        (Ok(_), Err(error)) => {
            assert!(error.starts_with("recursion limit exceeded"), "{error} in {}", body.escape_ascii());
        }
        (Err(error), _) if is_value => {
            let kind = error.kind().as_str();
            assert!(["limit", "item"].contains(&kind), "{error} in {}", body.escape_ascii());
        }
        (Err(error), Ok(_)) => assert_eq!(error.kind().as_str(), "limit", "{}", body.escape_ascii()),
        (Err(_), Err(_)) => {}
    }
}
