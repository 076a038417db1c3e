//! Row 5 of the hostile inputs: how a response is cut into chunks is invisible. Every suite holds
//! its bodies to that at every 2-way split; here are the 3-way ones, and chunks of nothing.
#![cfg(feature = "std")]

mod support;

use remote_sessions::{Builder, ScanPath};
use support::{forced, in_chunks, limits, outcome_of, whole};

/// Bodies of a few hundred bytes, right ones and wrong ones: three items, so that the layout of the
/// third is known; escapes, text of more than one byte a character, numbers, what is skipped and
/// what is kept.
fn bodies() -> [String; 7] {
    let item = |id: &str, user: &str| format!(r#"{{"id":{id},"user":"{user}","end":null,"x":[1,{{}}]}}"#);
    let three = [item("1", "a"), item("\"2\"", r"\u00e9\ud83d\ude00\\"), item("-0.5e+3", "é€😀")].join(",");
    [
        format!(r#"{{"code":200,"tenant":"\u0041","remote_sessions":[{three}],"y":[true,"z"]}}"#),
        format!(
            "\u{feff}{{\"remote_sessions\" : [\n  {{\"remote_sessions\":[{three}]}},{}\n]}} ",
            item("4", "")
        ),
        format!(r#"{{"code":500,"remote_sessions":[{three},[null],"s",7]}}"#),
        format!(
            r#"{{"remote_sessions":{{"0":{}, "17" :{} ,"2":{}}},"code":0}}"#,
            item("1", "a"),
            item("2", r"\u00e9"),
            item("3", "")
        ),
        // Wrong: an escape, a control character, what stands between two items.
        format!(r#"{{"remote_sessions":[{three},{}]}}"#, item("4", r"\ud83d\u0041")),
        format!(r#"{{"remote_sessions":[{three},{}]}}"#, item("4", "\u{1}")),
        format!(r#"{{"remote_sessions":[{three};{}"#, item("4", "")),
    ]
}

#[test]
fn hostile_05_every_split_in_three_comes_to_the_same_with_chunks_of_nothing_between() {
    for body in bodies() {
        let body = body.as_bytes();
        assert!(body.len() <= 512);
        let expected = whole(&Builder::new().scan_path(ScanPath::Scalar), body);
        assert!(expected.items.len() >= 3);
        for settings in forced(&Builder::new()) {
            for first in 0..=body.len() {
                for second in first..=body.len() {
                    let parts = [&body[..first], &[], &body[first..second], &[], &[], &body[second..], &[]];
                    let found = outcome_of(&settings, parts);
                    assert_eq!(found, expected, "{settings:?} at {first} and {second}");
                }
            }
        }
    }
}

/// However small the window, and however it has to move.
#[test]
fn hostile_05_chunks_of_every_size_come_to_the_same_in_every_window() {
    for body in bodies() {
        let body = body.as_bytes();
        let expected = whole(&Builder::new().scan_path(ScanPath::Scalar), body);
        for window in [1, 64, 100, 4096] {
            let small = limits(|limits| limits.window = window);
            for settings in forced(&Builder::new().limits(small)) {
                assert_eq!(whole(&settings, body), expected, "{settings:?}");
                for size in 1..=body.len() {
                    assert_eq!(in_chunks(&settings, body, &[size]), expected, "{settings:?} by {size}");
                    let found = in_chunks(&settings, body, &[size, 1, 3]);
                    assert_eq!(found, expected, "{settings:?} by {size}, 1 and 3");
                }
            }
        }
    }
}
