//! How items that are not all there are waited for. Nobody else could tell: what is left to the grammar comes
//! out alike, only later.

use crate::Limits;
use crate::item::fields::Field;
use crate::item::lane::{Lane, Seen};
use crate::scan::Path;
use crate::window::{PADDING, View};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

static NAMES: [(&str, Field); 1] = [("id", Field::Slot(0))];

/// A list that a lane has gone through, to an item that is cut; how many bytes of it are at hand.
struct Cut {
    lane: Lane,
    before: usize,
    padded: Vec<u8>,
}

impl Cut {
    /// After so many items of one shape.
    fn after(items: usize, limits: &Limits, cut: &str) -> Self {
        let mut text = String::from("[");
        let starts: Vec<_> = (0..items)
            .map(|number| {
                text += if number > 0 { ", " } else { "" };
                let start = text.len();
                text += &format!("{{\"id\":{number},\"user\":\"u\"}}");
                start
            })
            .collect();
        text += if items > 0 { ", " } else { "" };
        let before = text.len();
        let mut padded = (text + cut).into_bytes();
        let filled = padded.len();
        padded.resize(filled + PADDING, b'"');
        let mut lane = Lane::new(Path::Portable, &NAMES, limits).unwrap();
        for start in starts {
            if lane.next_ready().is_none() {
                lane.go_on();
                let seen = lane.look(View::new(&padded, before, 0), start as u64, 9);
                assert!(matches!(seen, Seen::Item(_)), "{start}");
            }
        }
        lane.go_on();
        Self { lane, before, padded }
    }

    fn look(&mut self, at_hand: usize) -> Seen {
        let view = View::new(&self.padded, self.before + at_hand, 0);
        self.lane.look(view, self.before as u64, 9)
    }

    /// Whether it is waited for, and how far into the item it was decoded.
    fn decoded(&self) -> Option<usize> {
        self.lane.waiting().map(|waiting| waiting.progress.at)
    }

    /// How many of its bytes were at hand when it was decoded last.
    fn seen(&self) -> Option<u64> {
        self.lane.waiting().map(|waiting| waiting.decoded - self.before as u64)
    }
}

#[test]
fn a_short_item_that_may_have_a_shape_is_not_decoded_before_its_end_may_be_there() {
    let cut = format!("{{\"id\":1,\"user\":\"{}", "u".repeat(2000));
    for (items, at_hand, is_decoded) in [
        (40, 9, false),
        (40, 900, false),
        (40, 1024, false),
        // Looking at longer ones pays anyway.
        (40, 1025, true),
        (40, 2000, true),
        // There is no shape yet.
        (0, 40, true),
    ] {
        let mut cut = Cut::after(items, &Limits::default(), &cut);
        assert_eq!(cut.look(at_hand), Seen::Unfinished, "{items} {at_hand}");
        assert_eq!(cut.decoded().map(|at| at > 0), Some(is_decoded), "{items} {at_hand}");
    }
    // What may be its end, or begins what may be an envelope's list, is looked at.
    for (begun, decoded) in
        [("{\"id\":1,\"user\":[", 7), ("{\"id\":1,\"user\":{", 7), ("{\"id\":1,\"user\":\"}", 7)]
    {
        let mut cut = Cut::after(40, &Limits::default(), begun);
        assert_eq!(cut.look(begun.len()), Seen::Unfinished, "{begun}");
        assert!(cut.decoded() >= Some(decoded), "{begun} {:?}", cut.decoded());
    }
}

#[test]
fn hostile_07_an_item_is_waited_for_up_to_its_limit_and_no_longer() {
    let limits = Limits { item: 100, ..Limits::default() };
    let cut = format!("{{\"id\":1,\"user\":\"{}", "u".repeat(200));
    for items in [0, 40] {
        for at_hand in [17, 99, 100] {
            let mut cut = Cut::after(items, &limits, &cut);
            assert_eq!(cut.look(at_hand), Seen::Unfinished, "{items} {at_hand}");
            // And for more of it, which is not looked at: no bracket has come.
            assert_eq!(cut.look(100), Seen::Unfinished, "{items} {at_hand}");
            assert!(cut.lane.waiting().is_some(), "{items} {at_hand}");
            assert_eq!(cut.look(101), Seen::Unclear, "{items} {at_hand}");
            assert!(cut.lane.waiting().is_none(), "{items} {at_hand}");
        }
        let mut cut = Cut::after(items, &limits, &cut);
        assert_eq!(cut.look(101), Seen::Unclear, "{items}");
        assert!(cut.lane.waiting().is_none(), "{items}");
    }
}

/// The grammar refuses it as soon as it is too long, and needs none of it for that.
#[test]
fn hostile_07_a_name_is_waited_for_up_to_its_limit_and_no_longer() {
    let limits = Limits { key: 2000, ..Limits::default() };
    let long = "n".repeat(5000);
    for (items, cut, most) in [
        (0, format!("{{\"{long}"), 2002),
        (0, format!("{{\"id\":1, \"{long}"), 2010),
        (40, format!("{{\"id\":1,\"user\":\"u\",\"{long}"), 2020),
    ] {
        assert_eq!(Cut::after(items, &limits, &cut).look(most), Seen::Unfinished, "{items} {most}");
        assert_eq!(Cut::after(items, &limits, &cut).look(most + 1), Seen::Unclear, "{items} {most}");
        // Bit by bit it is found out later, but before it is twice as long.
        for step in [1, 700] {
            let mut cut = Cut::after(items, &limits, &cut);
            let refused = (1..5000).step_by(step).find(|at_hand| cut.look(*at_hand) == Seen::Unclear);
            assert!(
                refused.is_some_and(|at_hand| at_hand > most && at_hand < 2 * most),
                "{items} {refused:?}"
            );
        }
    }
    // A value may be as long as its item.
    for items in [0, 40] {
        let mut cut = Cut::after(items, &limits, &format!("{{\"id\":1,\"user\":\"{long}"));
        assert!((1..5000).all(|at_hand| cut.look(at_hand) == Seen::Unfinished), "{items}");
    }
}

#[test]
fn what_has_no_bracket_yet_is_not_decoded_again_before_a_name_or_number_may_be_too_long() {
    let blanks = " ".repeat(5000);
    for (key, number, short) in [(64, 64, 1024), (2000, 64, 2000), (64, 3000, 3000)] {
        let limits = Limits { key, number, ..Limits::default() };
        let mut cut = Cut::after(0, &limits, &format!("{{\"id\":1,{blanks}"));
        for (at_hand, decoded) in [(8, 8), (9, 8), (8 + short, 8), (8 + short + 1, 8 + short + 1)] {
            assert_eq!(cut.look(at_hand), Seen::Unfinished, "{short} {at_hand}");
            assert_eq!(cut.seen(), Some(decoded as u64), "{short} {at_hand}");
        }
        // A text ends with a quote, however long it is.
        let mut cut = Cut::after(0, &limits, &format!("{{\"id\":1,\"user\":\"{blanks}"));
        for at_hand in [20, 21, 1500, 5000] {
            assert_eq!(cut.look(at_hand), Seen::Unfinished, "{short} {at_hand}");
            assert_eq!(cut.seen(), Some(20), "{short} {at_hand}");
        }
    }
}

/// What was gone past by the grammar is not what the next item is held against.
#[test]
fn another_item_than_the_one_that_was_waited_for_is_looked_at_anew() {
    let cut = "{\"id\":1,\"user\":\"u\"}, {\"id\":2,\"user\":\"u\"}";
    let mut cut = Cut::after(40, &Limits::default(), cut);
    assert_eq!(cut.look(12), Seen::Unfinished);
    let view = View::new(&cut.padded, cut.padded.len() - PADDING, 0);
    assert_eq!(cut.lane.look(view, cut.before as u64 + 21, 9), Seen::Item(19));
    assert!(cut.lane.waiting().is_none());
}

#[test]
fn an_item_that_was_decoded_in_part_goes_on_from_there() {
    let whole = format!("{{\"id\":1,\"user\":\"{}\",\"x\":[7]}}", "u".repeat(2000));
    let mut cut = Cut::after(40, &Limits::default(), &whole);
    for at_hand in [1500, 2021, 2022] {
        assert_eq!(cut.look(at_hand), Seen::Unfinished, "{at_hand}");
        assert!(cut.decoded() > Some(0), "{at_hand}");
    }
    assert_eq!(cut.look(whole.len()), Seen::Item(whole.len()));
}
