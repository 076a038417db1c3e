//! Any bytes in the place of items, after the fast lane has learned some shapes (one of them that
//! of these very bytes): every path must come to the same as the scalar one.
//!
//! Of the header's bytes 4 to 7 this target takes: which shapes come first, how often, after how
//! much white space (so that the bytes stand at any place of a block), where the copy is changed, and into what.
#![no_main]

use libfuzzer_sys::{Corpus, fuzz_target};
use remote_sessions_fuzz::outcome::{fast_paths, oracle, outcome_of, outcome_of_slice};
use remote_sessions_fuzz::recipe::Recipe;

const SHAPES: [&str; 6] = [
    r#"{"id":"3","user":"Admin","origin_ip":"172.20.0.5","credential":"adm01","device":"10.66.33.15:3389","protocol":"rdp","proxy":"Web Proxy","session_id":"1f0c","start":"2024-05-06 16:05:07","end":"2024-05-06 16:08:00","time":"00:02:52","prevent_purge":"No","request":null,"ITSM":null}"#,
    r#"{"id":7,"user":"J\u00f3","device":"a\/b","prevent_purge":false,"request":12}"#,
    r#"{ "id" : "1" , "new" : -1.5e3 , "other" : true }"#,
    r#"{"id":1}"#,
    r#"{"user":"é","id":18446744073709551615,"x":"","y":""}"#,
    r#"{"id":"5","x":{"y":[1,"{",{}]}}"#,
];

/// Values put in place of another in the last copy; higher numbers are bytes put there.
const VALUES: [&[u8]; 24] = [
    b"7",
    b"1.",
    b"01",
    b"-",
    b"1e",
    b"-0.5E-7",
    b"true",
    b"falsey",
    b"nul",
    b"null ",
    b"{}",
    b"[1]",
    b"\"\"",
    b"\"\\udc00\"",
    b"\"\\ud800\"",
    b"\"\\ud83d\\ude00\"",
    b"\"\\u00g0\"",
    b"\"\\x\"",
    b"\"\x01\"",
    b"\"\xed\xa0\x80\"",
    b"\"\xc3\xa9\"",
    b"\"\\\\\"",
    b"\"\\\\\\\"\"",
    b"\"a\",\"id\":9",
];

const GAPS: [&[u8]; 6] = [b"", b" ", b",,", b" , ", b",\n    ", b"],["];

fuzz_target!(|data: &[u8]| -> Corpus {
    let Some((recipe, bytes)) = Recipe::split(data) else { return Corpus::Reject };
    let settings = recipe.settings();
    let body = response(recipe, bytes);
    let expected = oracle(&settings, &body);
    let cut = usize::from(recipe.byte(6)) * body.len() / 256;
    let (first, second) = body.split_at(cut);
    for path in fast_paths() {
        let settings = settings.clone().scan_path(path);
        assert_eq!(outcome_of(&settings, [&body[..]]), expected, "{path:?} {}", body.escape_ascii());
        assert_eq!(
            outcome_of(&settings, [first, second]),
            expected,
            "{path:?} cut at {cut} {}",
            body.escape_ascii()
        );
        let settings = recipe.in_a_small_window().scan_path(path);
        assert_eq!(
            outcome_of(&settings, [&body[..]]),
            expected,
            "{path:?} small window {}",
            body.escape_ascii()
        );
        assert_eq!(outcome_of_slice(&settings, &body), expected, "{path:?} slice {}", body.escape_ascii());
        assert_eq!(
            outcome_of(&settings, body.chunks(23)),
            expected,
            "{path:?} small chunks {}",
            body.escape_ascii()
        );
    }
    Corpus::Keep
});

fn response(recipe: Recipe, bytes: &[u8]) -> Vec<u8> {
    let [shapes, space, place, change] = [4, 5, 6, 7].map(|at| recipe.byte(at));
    let mut body = match recipe.byte(0) & 3 {
        0 | 1 => br#"{"code":200,"remote_sessions":["#.to_vec(),
        2 => br#"{"a":{"b":["#.to_vec(),
        _ => b"[".to_vec(),
    };
    body.resize(body.len() + usize::from(space & 63), b' ');
    let mut gaps = 0;
    // Often enough to go over several stripes of the quote index, and for shapes to be given up.
    for _ in 0..[1, 2, 4, 10][usize::from(space >> 6)] {
        for (number, shape) in SHAPES.iter().enumerate() {
            if shapes >> number & 1 == 1 {
                body.extend_from_slice(shape.as_bytes());
                // One gap is another than the rest, and perhaps not a right one.
                let other = gaps == usize::from(place) && change >= 128;
                body.extend_from_slice(if other { GAPS[usize::from(change) % GAPS.len()] } else { b"," });
                gaps += 1;
            }
        }
    }
    body.extend_from_slice(bytes);
    if shapes & 64 != 0 {
        // Once more, so that the shape learned from the bytes is followed, and then not quite.
        body.push(b',');
        body.extend_from_slice(bytes);
        body.push(b',');
        let start = body.len();
        body.extend_from_slice(bytes);
        let at = start + usize::from(place) * bytes.len() / 256;
        if let Some(value) = VALUES.get(usize::from(change)) {
            replace_value(&mut body, at, value);
        } else if let Some(byte) = body.get_mut(at) {
            *byte = change;
        }
    }
    if shapes & 128 != 0 {
        body.push(b',');
        body.extend_from_slice(SHAPES[0].as_bytes());
        body.extend_from_slice(if recipe.byte(0) & 3 == 2 { b"]}}" } else { b"]}" });
    }
    body
}

/// Replaces what stands between the first colon from `at` on and the comma or bracket after it.
fn replace_value(body: &mut Vec<u8>, at: usize, value: &[u8]) {
    let Some(colon) = body.iter().skip(at).position(|&byte| byte == b':') else { return };
    let start = at + colon + 1;
    let length = body[start..].iter().position(|byte| matches!(byte, b',' | b'}')).unwrap_or(0);
    body.splice(start..start + length, value.iter().copied());
}
