//! How far an item is looked at, what of it is looked at again, and what is known of one whose names have escapes.

use super::*;

#[test]
fn what_was_gone_through_of_an_item_is_not_gone_through_again() {
    for path in paths() {
        for whole in [r#"[[1,2],["a",{"b":"c"}],[3,"d"]]"#, r#"{"x":[1,2],"y":["a",{"b":"c"}],"z":[3,"d"]}"#]
        {
            let mut padded = whole.as_bytes().to_vec();
            padded.resize(whole.len() + PADDING, b'"');
            let mut lane = Lane::new(path, &NAMES, &Limits::default()).unwrap();
            let cut = whole.find('3').unwrap();
            assert_eq!(lane.look(View::new(&padded, cut, 0), 0, 9), Seen::Unfinished, "{path:?} {whole}");
            padded[whole.find('2').unwrap()] = b'}';
            let view = View::new(&padded, whole.len(), 0);
            assert_eq!(lane.look(view, 0, 9), Seen::Item(whole.len()), "{path:?} {whole}");
        }
    }
}

#[test]
fn an_item_is_looked_at_farther_and_farther_wherever_its_long_texts_and_many_quotes_are() {
    let (objects, quotes) = (r#"{"a":"b"},"#.repeat(60), r#""","#.repeat(10_000));
    let long = format!(r#"{{"id":1,"x":[{objects}1],"user":"{}","z":[{quotes}3]}}"#, "u".repeat(13_000));
    // What the index knows at first ends just behind a member.
    let members = r#""a":"b","#.repeat(200);
    let even = format!(r#"{{{members}"c":"{}","d":1}}"#, "c".repeat(6144 - 1 - members.len() - 6));
    for path in paths() {
        for item in [&long, &even] {
            let mut padded = format!("{item}{}", " ".repeat(10_000)).into_bytes();
            let filled = padded.len();
            padded.resize(filled + PADDING, b'"');
            let mut lane = Lane::new(path, &NAMES, &Limits::default()).unwrap();
            let seen = lane.look(View::new(&padded, filled, 0), 0, 9);
            assert_eq!(seen, Seen::Item(item.len()), "{path:?} {}", item.len());
        }
    }
}

#[test]
fn items_whose_names_have_escapes_are_followed_and_known_like_others() {
    let all = items(9, |n| format!("{{\"id\":{n},\"\\u00e9\":[],\"user\":\"u\"}}"));
    let (text, starts) = list(&all, ",");
    let mut padded = text.as_bytes().to_vec();
    padded.resize(text.len() + PADDING, b'"');
    let view = View::new(&padded, text.len(), 0);
    for path in paths() {
        let mut lane = Lane::new(path, &NAMES, &Limits::default()).unwrap();
        assert_eq!(lane.look(view, starts[0] as u64, 9), Seen::Item(all[0].len()), "{path:?}");
        let is_known = |known: Option<Known<'_>>| {
            known.is_some_and(|known| {
                known.decoded.strings == 2 && known.shape.is_none() && known.quotes.is_empty()
            })
        };
        assert!(is_known(lane.known()), "{path:?}");
        lane.go_on();
        assert_eq!(lane.look(view, starts[1] as u64, 9), Seen::Item(all[1].len()), "{path:?}");
        assert!(is_known(lane.known()), "{path:?}");
        assert_eq!(lane.next_ready(), Some((starts[2] as u64, all[2].len())), "{path:?}");
        assert!(is_known(lane.known()), "{path:?}");
        let (known, mut ready) = lane.ready();
        assert!(is_known(known), "{path:?}");
        while let Some((.., known)) = ready.next() {
            assert!(is_known(known), "{path:?}");
        }
        assert!(is_known(lane.known()), "{path:?}");
    }
}

#[test]
fn what_is_forgotten_is_not_waited_for_and_was_looked_at_up_to_a_place() {
    let blanks = " ".repeat(100);
    for path in paths() {
        for base in [0, 64] {
            for begun in ["[1,[2,", "{\"a\":{\"b\":", "\"text"] {
                let text = format!("{blanks}{begun}{}", " ".repeat(100));
                let mut padded = text.into_bytes();
                padded.resize(padded.len() + PADDING, b'"');
                let view = |filled| View::new(&padded[base..], filled - base, base as u64);
                let mut lane = Lane::new(path, &NAMES, &Limits::default()).unwrap();
                assert_eq!(lane.look(view(100 + begun.len()), 100, 9), Seen::Unfinished, "{path:?} {begun}");
                // No bracket has come: that is seen without the index.
                assert_eq!(lane.look(view(200), 100, 9), Seen::Unfinished, "{path:?} {begun}");
                assert_eq!(lane.forget(view(200)), 200, "{path:?} {base} {begun}");
                assert!(lane.waiting().is_none(), "{path:?} {base} {begun}");
            }
            for wrong in ["[1 2,", "{\"a\" 1,"] {
                let mut padded = format!("{blanks}{wrong}{}", "\"a\",".repeat(10_000)).into_bytes();
                let filled = padded.len();
                padded.resize(filled + PADDING, b'"');
                let view = View::new(&padded[base..], filled - base, base as u64);
                let mut lane = Lane::new(path, &NAMES, &Limits::default()).unwrap();
                assert_eq!(lane.look(view, 100, 9), Seen::Unclear, "{path:?} {wrong}");
                // The index is made for some thousand bytes at a time.
                let looked = lane.forget(view);
                assert!((1000..20_000).contains(&looked), "{path:?} {base} {wrong} {looked}");
                assert_eq!(looked, (base + lane.index.known()) as u64, "{path:?} {base} {wrong}");
            }
        }
    }
}
