//! Rows 7, 11 and 12 of the hostile inputs: what it costs is linear in the input, whatever the chunks.
//!
//! Nothing is timed here. A value has two million bytes and comes four at a time: whoever goes through what there
//! is of it again for each of the half million pieces visits half a million million bytes. That takes a minute with the
//! widest of the CPU's instructions, for each of these inputs, places and engines, and hours where it goes byte by
//! byte; where each byte is visited a few times it takes a part of a second. So what is not linear shows as a
//! test that does not end.
#![cfg(feature = "std")]

mod support;

use remote_sessions::{Builder, Step};
use support::limits;

const LONG: usize = 2 << 20;
const PIECE: usize = 4;

/// Limits that these inputs do not come to, and a window that each item outgrows at once. Names and numbers may be
/// long only where one is: what waits is looked at again when more has come than they may have.
fn settings(engine: Builder, longest: Option<usize>) -> Builder {
    engine.limits(limits(|limits| {
        limits.window = 64;
        limits.item = 2 * LONG;
        limits.key = longest.unwrap_or(limits.key);
        limits.number = longest.unwrap_or(limits.number);
    }))
}

/// A long value, its parts between the two ends.
fn long(open: &str, part: &str, close: &str) -> String {
    [open, &part.repeat(LONG / part.len()), close].concat()
}

/// Items before it, so that their shape is known, and one after it.
fn list_with(item: &str) -> String {
    let short = "{\"id\":1,\"x\":[]},".repeat(40);
    format!("{{\"remote_sessions\":[{short}{item},{{\"id\":2}}]}}")
}

/// Pushes it in small pieces, with a step after each. The ids that came, and the longest item.
fn in_small_pieces(settings: &Builder, body: &str) -> (Vec<Option<u64>>, usize) {
    let mut parser = settings.build_parser();
    let (mut ids, mut longest) = (Vec::new(), 0);
    for piece in body.as_bytes().chunks(PIECE) {
        let mut rest = piece;
        while !rest.is_empty() {
            rest = &rest[parser.push(rest)..];
            while parser.advance().expect("a right response") == Step::Item {
                let item = parser.item();
                ids.push(item.session().ok().map(|session| session.id()));
                longest = longest.max(item.raw().len());
            }
        }
    }
    parser.end_of_input();
    assert_eq!(parser.advance().expect("a complete response"), Step::End);
    (ids, longest)
}

/// With every engine, as a value in an item, as an item and as what nobody asks for. `longest` is how long a name
/// or number may be, if that is not the default.
fn is_linear_everywhere(value: &str, longest: Option<usize>) {
    let item = format!("{{\"id\":3,\"x\":{value}}}");
    let short = vec![Some(1); 40];
    for (body, id, length) in [
        (list_with(&item), Some(3), item.len()),
        (list_with(value), None, value.len()),
        (format!("{{\"x\":{value},{}", &list_with("{\"id\":3}")[1..]), Some(3), 15),
    ] {
        let expected: Vec<_> = short.iter().copied().chain([id, Some(2)]).collect();
        for engine in support::engines() {
            let shown = format!("{engine:?}");
            let found = in_small_pieces(&settings(engine, longest), &body);
            assert!(found == (expected.clone(), length), "{} {shown}", &body[..700.min(body.len())]);
        }
    }
}

/// A text in which each piece has what may be the end of an item.
#[test]
fn hostile_11_a_long_text_is_gone_through_once() {
    is_linear_everywhere(&long("\"", "\\\\}]", "\""), None);
    is_linear_everywhere(&long("\"", "\\\"[{", "\""), None);
}

#[test]
fn hostile_07_a_long_number_is_gone_through_once() {
    is_linear_everywhere(&long("1", "2", "e5"), Some(2 * LONG));
}

#[test]
fn hostile_12_an_object_of_very_many_members_is_gone_through_once() {
    is_linear_everywhere(&long("{\"\":0", ",\"a\":{}", "}"), None);
}

#[test]
fn hostile_12_an_array_in_an_item_is_gone_through_once() {
    is_linear_everywhere(&long("[0", ",[]", "]"), None);
    is_linear_everywhere(&long("[[[{\"a\":[0", ",[[1],{}]", "]}]]]"), None);
}

#[test]
fn hostile_07_much_white_space_is_gone_through_once() {
    is_linear_everywhere(&long("[[]", " \n\t ", "]"), None);
    // Before a name of which each piece looks like an end: what is before it is not gone through for each.
    let blanks = " ".repeat(LONG / 2);
    is_linear_everywhere(&format!("{{\"a\":1,{blanks}\"{}\":1}}", "}]{[".repeat(LONG / 8)), Some(2 * LONG));
}

/// Whoever may nest deep has as many envelopes open at a time: what is held of all is not added up for each.
#[test]
fn hostile_06_envelopes_in_one_another_cost_no_more_than_their_bytes() {
    const DEPTH: usize = 150_000;
    let body = ["{\"code\":1,\"remote_sessions\":[".repeat(DEPTH), "]}".repeat(DEPTH)].concat();
    let settings = Builder::new().limits(limits(|limits| limits.depth = 2 * DEPTH));
    let mut reader = settings.build(body.as_bytes());
    assert!(reader.next_item().expect("a complete response").is_none());
    assert_eq!(reader.summary().envelopes_total(), DEPTH as u64);
}

/// Pushing all there is room for while items are ready: room is made for half of what is held at a time, not for each
/// item that was taken by moving all others.
#[test]
fn hostile_15_room_is_made_seldom_while_items_are_ready() {
    let items = "{\"id\":1,\"user\":\"u\"},".repeat(100_000);
    let body = format!("{{\"remote_sessions\":[{items}null]}}");
    for engine in support::engines() {
        let mut parser = engine.build_parser();
        let (mut rest, mut pushes, mut items) = (body.as_bytes(), 0, 0);
        loop {
            match parser.advance().expect("a complete response") {
                Step::Item => items += 1,
                Step::End => break,
                Step::NeedInput if rest.is_empty() => parser.end_of_input(),
                Step::NeedInput => {}
            }
            while let count @ 1.. = parser.push(rest) {
                rest = &rest[count..];
                pushes += 1;
            }
        }
        assert!(items == 100_001 && pushes < 60, "{items} items, {pushes} pushes: {engine:?}");
    }
}
