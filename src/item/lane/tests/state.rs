//! What the lane keeps from one look to the next, and what it knows of the items that it gave.

use super::*;

#[test]
fn an_item_that_ends_where_the_bytes_at_hand_do_is_one_of_the_shape() {
    let all = items(9, |n| format!("{{\"id\":\"{n}\",\"user\":\"u\"}}"));
    let (text, starts) = list(&all, ",");
    for path in paths() {
        for last in 1..9 {
            let cut = &text[..starts[last] + all[last].len()];
            let (found, said, _) = walk(path, &Limits::default(), cut, &starts[..=last]);
            assert_eq!((found.len(), said), (last + 1, None), "{path:?} {last}");
            assert!(found[last].known.as_ref().is_some_and(|known| known.1), "{path:?} {last}");
        }
    }
}

#[test]
fn hostile_08_no_item_is_deeper_than_it_may_be_whether_it_has_a_shape_or_not() {
    for levels in [0, 1, 7, 8] {
        let nested = format!("{{\"id\":{}7{},\"x\":1}}", "[".repeat(levels), "]".repeat(levels));
        let all = items(20, |n| if n < 19 { String::from("{\"id\":7,\"x\":1}") } else { nested.clone() });
        let (text, starts) = list(&all, ",");
        let mut padded = text.as_bytes().to_vec();
        padded.resize(text.len() + PADDING, b'"');
        for depth in 0..12 {
            let mut lane = gone_through(&text[..starts[19]], &starts[..19]);
            lane.go_on();
            let seen = lane.look(View::new(&padded, text.len(), 0), starts[19] as u64, depth);
            let expected = if depth > levels { Seen::Item(nested.len()) } else { Seen::Unclear };
            assert_eq!(seen, expected, "{levels} {depth}");
            let shaped = lane.known().is_some_and(|known| known.shape.is_some());
            assert_eq!(shaped, depth > levels, "{levels} {depth}");
        }
    }
}

/// What is known not to fit is not tried again; what is between two items is learned from the last.
#[test]
fn behind_a_batch_it_is_known_what_the_next_item_is_not_and_what_stands_before_it() {
    for count in [2, 7, 31, 33] {
        let all = items(count + 1, |n| match n < count {
            true => format!("{{\"id\":{n},\"user\":\"u\"}}"),
            false => String::from("{\"user\":\"u\",\"else\":[\"a\",\"b\",\"c\"]}"),
        });
        let (text, starts) = list(&all, ", ");
        let mut lane = gone_through(&text, &starts[..count]);
        // Of 33, the first and 32 together: nothing was seen behind them.
        assert_eq!(lane.missed, (count < 33).then_some(0), "{count}");
        lane.go_on();
        assert_eq!(lane.ended, (starts[count - 1] + all[count - 1].len()) as u64, "{count}");
        // Where an item in between ends beyond the bytes at hand, it may well have the shape.
        let cut = gone_through(&text[..starts[count] - 3], &starts[..count - 1]);
        assert_eq!(cut.missed, None, "{count}");
    }
}

#[test]
fn what_stands_between_two_items_is_learned_if_it_is_one_comma_and_no_longer_than_a_block() {
    let item = "{\"id\":1}";
    let blanks = |count: usize| format!(",{}", " ".repeat(count - 1));
    for (gap, learned) in [
        (", ", true),
        ("\n\t\r, ", true),
        (&blanks(BLOCK), true),
        (&blanks(BLOCK + 1), false),
        (" ", false),
        (",,", false),
        (",]", false),
    ] {
        let text = format!("{item}{gap}{item}");
        let mut padded = text.as_bytes().to_vec();
        padded.resize(text.len() + PADDING, b'"');
        let offset = (item.len() + gap.len()) as u64;
        let mut lane = gone_through("[", &[]);
        lane.ended = item.len() as u64;
        // All of it is at hand, though the window begins just there.
        for base in [0, item.len()] {
            lane.gap = Literal::new(b",", 0).unwrap();
            lane.learn_gap(View::new(&padded[base..], text.len() - base, base as u64), offset);
            let expected = if learned { gap } else { "," };
            assert_eq!(lane.gap.bytes(), expected.as_bytes(), "{gap:?} {base}");
        }
        lane.learn_gap(View::new(&padded[16..], text.len() - 16, 16), offset);
    }
}

/// So that it is linear, however long the item is; and no farther, for the next one may be short.
#[test]
fn for_a_long_item_the_index_is_made_twice_as_far_each_time() {
    // Quotes enough to begin with, then none.
    let dense = "\"a\",".repeat(2000);
    let object = (format!("{:50000}{{\"a\":\"{}\",\"x\":[{dense}\"", "[", "a".repeat(50)), "\"]}");
    let array = (format!("{:50000}[{dense}\"", "["), "\"]");
    for ((begun, end), length) in [(&object, 25_000), (&object, 60_000), (&array, 25_000), (&array, 60_000)] {
        let text = format!("{begun}{}{end},{}", "x".repeat(length), " ".repeat(300_000));
        let mut padded = text.into_bytes();
        let filled = padded.len();
        padded.resize(filled + PADDING, b'"');
        for path in paths() {
            let mut lane = Lane::new(path, &NAMES, &Limits::default()).unwrap();
            let item = begun.len() - 50_000 + length + end.len();
            assert_eq!(lane.look(View::new(&padded, filled, 0), 50_000, 9), Seen::Item(item), "{path:?}");
            let known = lane.index.known() - 50_000;
            assert!(known > item && known < 2 * item + 10_000, "{path:?} {known} of {item}");
            assert!(known > item + (12 << 10), "no stripe after the other: {path:?} {known} of {item}");
        }
    }
}

#[test]
fn what_is_ready_is_given_one_after_the_other_as_if_asked_for_each() {
    let all = items(30, |n| match n % 3 {
        0 => format!("{{\"id\":\"{n}\",\"user\":\"u\"}}"),
        _ => format!("{{\"id\":\"{n}\",\"z\":[],\"user\":\"u\"}}"),
    });
    let (text, starts) = list(&all, ", ");
    let mut lane = gone_through(&text, &starts[..5]);
    let (known, mut ready) = lane.ready();
    assert!(known.is_some());
    let mut given = 5;
    assert_eq!(ready.base(), 0);
    while let Some((from, length, known)) = ready.next() {
        assert_eq!((from, length), (starts[given], all[given].len()));
        let known = known.expect("an object");
        let quotes = if given % 3 == 0 { 0 } else { all[given].matches('"').count() };
        assert_eq!((known.shape.is_some(), known.quotes.len()), (given % 3 == 0, quotes), "{given}");
        given += 1;
        assert_eq!(ready.len(), 30 - given);
    }
    assert!(given == 30 && lane.next_ready().is_none());
}

/// Those of the items before it are in the same index.
#[test]
fn the_quotes_that_are_known_of_an_item_are_its_own() {
    let all = items(30, |n| format!("{{\"id\":\"{n}\",{}\"user\":\"u\"}}", "\"z\":[],".repeat(n % 3)));
    let (text, starts) = list(&all, ", ");
    for given in 3..=30 {
        let (lane, item) = (gone_through(&text, &starts[..given]), given - 1);
        let known = lane.known().unwrap();
        match known.shape {
            Some(_) => assert!(known.quotes.is_empty(), "{item}"),
            None => {
                let quotes: Vec<_> = known.quotes.iter().map(|at| *at as usize - starts[item]).collect();
                let own: Vec<_> = all[item].match_indices('"').map(|(at, _)| at).collect();
                assert_eq!(quotes, own, "{item}");
            }
        }
    }
}

/// What is left of them would be taken for those of its first members.
#[test]
fn of_an_item_that_took_the_index_in_pieces_no_quotes_are_known() {
    for path in paths() {
        for (strings, quotes) in [(20, 44), (2000, 0)] {
            let item = format!("{{\"a\":1,\"b\":[{}0]}}", "\"x\",".repeat(strings));
            let text = format!("[{item}]{}", " ".repeat(300_000));
            let mut padded = text.into_bytes();
            let filled = padded.len();
            padded.resize(filled + PADDING, b'"');
            let mut lane = Lane::new(path, &NAMES, &Limits::default()).unwrap();
            assert_eq!(lane.look(View::new(&padded, filled, 0), 1, 9), Seen::Item(item.len()), "{path:?}");
            assert_eq!(lane.known().unwrap().quotes.len(), quotes, "{path:?}");
        }
    }
}

#[test]
fn hostile_07_an_item_may_be_just_as_long_as_the_limit() {
    let all = items(40, |n| format!("{{\"id\":{},\"user\":\"u\"}}", n + 10));
    let (text, starts) = list(&all, ",");
    for path in paths() {
        for (item, count) in [(all[0].len() - 1, 0), (all[0].len(), 40), (all[0].len() + 1, 40)] {
            let limits = Limits { item, ..Limits::default() };
            assert_eq!(walk(path, &limits, &text, &starts).0.len(), count, "{path:?} {item}");
        }
    }
}

/// What is not in doubt is not looked at again.
/// The short ones are told by one word, whatever the limit.
#[test]
fn hostile_07_a_number_of_an_item_that_lacks_a_member_is_as_long_as_the_limit_and_no_longer() {
    let limits = Limits { number: 4, ..Limits::default() };
    for path in paths() {
        for (last, count) in
            [("1234", 9), ("-123", 9), ("true", 9), ("null", 9), ("12345", 8), ("123456", 8), ("-1234", 8)]
        {
            let all = items(9, |n| match n {
                0..4 => format!("{{\"id\":{n},\"user\":\"u\"}}"),
                8 => format!("{{\"id\":{last}}}"),
                _ => format!("{{\"id\":{n}}}"),
            });
            let (text, starts) = list(&all, ",");
            assert_eq!(walk(path, &limits, &text, &starts).0.len(), count, "{path:?} {last}");
        }
    }
}

#[test]
fn hostile_10_the_text_of_an_item_is_checked_for_what_is_in_doubt_and_for_nothing_else() {
    let both = SPECIAL_HIGH | SPECIAL_UNSURE;
    for path in paths() {
        for (text, special, is_valid) in [
            (&b"{\"a\":\"\xc3\xa9\\n\"}"[..], both | SPECIAL_ESCAPE, true),
            (b"{\"a\":\"x\"}", SPECIAL_CONTROL, false),
            (b"{\"a\":\"\xc3\"}", SPECIAL_HIGH, false),
            (b"{\"a\":\"\xc3\"}", both, false),
            (b"{\"a\":\"\xc3\"}", SPECIAL_UNSURE | SPECIAL_ESCAPE, true),
            (b"{\"a\":\"\\x\"}", SPECIAL_UNSURE, false),
            (b"{\"a\":\"\\x\"}", both, false),
            (b"{\"a\":\"\\x\"}", SPECIAL_HIGH | SPECIAL_ESCAPE, true),
        ] {
            let padded = [text, &[b'"'; PADDING]].concat();
            let found = are_strings_valid(path, &padded, 0, text.len(), special);
            assert_eq!(found, is_valid, "{path:?} {} {special}", text.escape_ascii());
        }
    }
}

#[test]
fn slots_stand_for_names_only_where_there_are_names() {
    for (names, named) in [(&NAMES[..], true), (&[], false)] {
        let mut lane = Lane::new(Path::Portable, names, &Limits::default()).unwrap();
        let mut padded = b"{\"id\":1}".to_vec();
        padded.resize(8 + PADDING, b'"');
        assert_eq!(lane.look(View::new(&padded, 8, 0), 0, 9), Seen::Item(8));
        assert_eq!(lane.known().unwrap().named().is_some(), named);
    }
}
