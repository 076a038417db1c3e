//! What the readers and their items offer besides the items: settings, inputs, tenants, debug texts.
#![cfg(feature = "std")]

mod support;

use std::io::{self, Cursor, Read};

use remote_sessions::{
    Builder, Completeness, Error, ErrorKind, Parser, Reader, RemoteSession, SliceReader, Step,
};
use support::{agreed, forced, limits};

const PAGES: &str = concat!(
    r#"{"code":200,"remote_sessions":[{"id":0},"#,
    r#"{"tenant":"a","remote_sessions":[{"id":1},{"id":2}]},"#,
    r#"{"remote_sessions":[{"id":3}],"tenant":"late"},{"id":4}],"tenant":"outer"}"#,
);

#[test]
fn every_builder_has_the_default_settings() {
    let settings = format!("{:?}", Builder::new());
    assert_eq!(format!("{:?}", Builder::default()), settings);
    assert_eq!(format!("{:?}", Parser::builder()), settings);
    assert_eq!(format!("{:?}", Reader::builder()), settings);
    assert_ne!(format!("{:?}", Builder::new().strict(true)), settings);
}

#[test]
fn an_item_comes_with_the_tenant_that_its_envelope_has_named_before_it() {
    agreed(|engine| {
        let mut reader = engine.build(PAGES.as_bytes());
        let mut found = Vec::new();
        while let Some((item, tenant)) = reader.next_with_tenant().unwrap() {
            found.push((item.session().unwrap().id(), tenant.map(str::to_owned)));
        }
        let a = Some("a".to_owned());
        assert_eq!(found, [(0, None), (1, a.clone()), (2, a), (3, None), (4, None)]);
        assert!(reader.next_with_tenant().unwrap().is_none());
    });
    let error = Reader::new(&b"{\"remote_sessions\":[}"[..]).next_with_tenant().map(drop).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Syntax);
}

#[test]
fn the_input_can_be_looked_at_and_had_back() {
    let mut reader = Reader::new(Cursor::new(PAGES));
    assert_eq!(reader.get_ref().position(), 0);
    assert!(reader.next_item().unwrap().is_some());
    assert_eq!(reader.get_ref().position(), reader.summary().bytes());
    let input = reader.into_inner();
    assert_eq!((*input.get_ref(), input.position()), (PAGES, PAGES.len() as u64));
}

/// As a stream of chunks says it: a caller can tell a cut from a fault.
#[test]
fn hostile_24_a_connection_that_breaks_after_the_first_item_is_a_cut() {
    struct Broken(io::ErrorKind);
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
    }
    let whole = PAGES.as_bytes();
    for (cause, is_cut) in [
        (io::ErrorKind::UnexpectedEof, true),
        (io::ErrorKind::ConnectionReset, true),
        (io::ErrorKind::ConnectionAborted, true),
        (io::ErrorKind::BrokenPipe, true),
        (io::ErrorKind::PermissionDenied, false),
    ] {
        for (bytes, items) in [(20, 0), (100, 3)] {
            let mut reader = Reader::new(whole[..bytes].chain(Broken(cause)));
            let error = loop {
                match reader.next_item() {
                    Ok(item) => assert!(item.is_some(), "a cut response must not look complete"),
                    Err(error) => break error,
                }
            };
            let is_cut = is_cut && items > 0;
            let kind = if is_cut { ErrorKind::Interrupted } else { ErrorKind::Io };
            let left = if is_cut { Completeness::Truncated } else { Completeness::Failed };
            assert_eq!((error.kind(), reader.summary().completeness()), (kind, left), "{cause}: {error}");
            assert_eq!(reader.summary().items(), items);
            assert_eq!(io::Error::from(error).kind(), cause);
        }
    }
}

#[test]
fn a_root_array_is_a_list_and_lines_of_json_are_none() {
    let rows =
        |body: &[u8]| Builder::new().root_array().build(body).deserialize().collect::<Result<Vec<u8>, _>>();
    assert_eq!(rows(b" [1, 2,3] ").unwrap(), [1, 2, 3]);
    assert_eq!(rows(b"{}").unwrap_err().kind(), ErrorKind::Shape);
    assert_eq!(rows(b"[1]\n[2]").unwrap_err().kind(), ErrorKind::Syntax);
}

#[test]
fn what_does_not_fit_a_type_is_shown_where_it_begins() {
    #[derive(Debug, serde::Deserialize)]
    #[expect(dead_code, reason = "only that it fits")]
    struct Row {
        name: String,
        count: Option<u32>,
    }
    let at = br#"{"rows":["#.len();
    for (item, member, found, place) in [
        (
            r#"{"name":"a","count":"twelve","z":[1]}"#,
            Some("count"),
            r#"`"twelve"`: invalid type: string "twelve", expected u32"#,
            20,
        ),
        (
            r#"{"name":"a","count":1.5,"z":1}"#,
            Some("count"),
            "`1.5`: invalid type: floating point `1.5`, expected u32",
            20,
        ),
        (r#"{"name" : null, "z":1}"#, Some("name"), "`null`: invalid type: null, expected a string", 10),
        (r#"{"count":1}"#, None, "`}`: missing field `name`", 10),
        (r#"{"name":"a","name":"b"}"#, Some("name"), r#"`"name"`: duplicate field `name`"#, 12),
        ("7", None, "`7`: invalid type: integer `7`, expected struct Row", 0),
    ] {
        let body = format!(r#"{{"rows":[{item},{{"name":"good"}}]}}"#);
        agreed(|engine| {
            let mut reader = engine.clone().items_at(["rows"]).build(body.as_bytes());
            let mut rows = reader.deserialize::<Row>();
            let error = rows.next().unwrap().unwrap_err();
            let offset = at + place;
            let of = member.map_or(String::new(), |member| format!(" in `{member}`"));
            let text =
                format!("expected a value that fits the type{of}, found {found} at byte {offset} (item 0)");
            assert_eq!((error.to_string(), error.kind()), (text, ErrorKind::Item), "{item}");
            assert_eq!(rows.next().unwrap().unwrap().name, "good");
        });
    }
}

/// What errors repeat of the input is bounded, also where serde repeats all of a text, and names.
#[test]
fn hostile_16_of_a_long_text_that_does_not_fit_a_type_both_ends_of_what_serde_says_are_shown() {
    for (length, is_cut) in [(100, false), (1000, true), (500_000, true)] {
        let body = format!(r#"{{"rows":[["{}"]]}}"#, "é".repeat(length));
        let mut reader = Builder::new().items_at(["rows"]).build(body.as_bytes());
        let error = reader.next_item().unwrap().unwrap().deserialize::<(u8,)>().unwrap_err();
        let text = error.to_string();
        assert!(
            text.contains(": invalid type: string \"éé") && text.contains("éé\", expected u8 at byte 10"),
            "{text}"
        );
        assert_eq!((text.contains("é…é"), text.len() < 1000), (is_cut, true), "{text}");
        assert!(format!("{error:?}").len() < 1000);
        assert!(format!("{} {:?}", Error::from(error.clone()), error).len() < 2000);

        let name = "n".repeat(length.min(4000));
        let body = format!(r#"{{"rows":[{{"{name}":1}}]}}"#);
        let mut reader = Builder::new().items_at(["rows"]).build(body.as_bytes());
        let item = reader.next_item().unwrap().unwrap();
        let error = item.deserialize::<std::collections::HashMap<&str, &str>>().unwrap_err();
        assert_eq!(error.member(), Some(&*format!("{}…", &name[..48])));
    }
}

#[test]
fn a_reader_that_is_inside_its_iterator_still_tells() {
    let mut sessions = Reader::new(PAGES.as_bytes()).into_sessions();
    assert_eq!(sessions.next().unwrap().unwrap().id(), 0);
    assert_eq!(sessions.reader().summary().items(), 1);
    assert_eq!(sessions.by_ref().take(2).count(), 2);
    let mut rest = sessions.into_reader().into_deserialize::<serde_json::Value>();
    assert_eq!((rest.by_ref().take(1).count(), rest.reader().summary().items()), (1, 4));
    assert_eq!(rest.by_ref().count(), 1);
    assert!(rest.next().is_none() && rest.into_reader().next_item().unwrap().is_none());
}

#[test]
fn an_item_is_written_in_one_line_behind_what_is_there() {
    let item = "{\n\t\"id\" : 1 ,\r\n \"a b\":[ 1, \"x \\n y\" , { } ]\n}";
    let body = format!(r#"{{"remote_sessions":[{item}]}}"#);
    agreed(|engine| {
        let mut reader = engine.build(body.as_bytes());
        let item = reader.next_item().unwrap().unwrap();
        let mut lines = b"first\n".to_vec();
        item.append_minified(&mut lines);
        assert_eq!(String::from_utf8(lines).unwrap(), "first\n{\"id\":1,\"a b\":[1,\"x \\n y\",{}]}");
    });
}

#[test]
fn text_before_a_root_array_is_skipped_on_request() {
    let body = b"[24-Nov-2026 10:00:00] Warning: [x] in {closure}\n [ {\"id\":1}, {\"id\":2}]";
    let no_names: [&str; 0] = [];
    agreed(|engine| {
        let settings = engine.items_at(no_names).skip_leading_text(true);
        let mut reader = settings.build(&body[..]);
        let rows: Vec<serde_json::Value> = reader.deserialize().collect::<Result<_, _>>().unwrap();
        assert_eq!(rows, [serde_json::json!({"id":1}), serde_json::json!({"id":2})]);
        let tolerated = reader.summary().tolerated().to_vec();
        assert_eq!((tolerated.len(), tolerated[0].deviation.as_str()), (1, "leading_text"));
        assert!(settings.build(&b" [ ]"[..]).next_item().unwrap().is_none());
        let error = settings.build(&b"[24-Nov-2026 10:00:00] no list"[..]).next_item().map(drop).unwrap_err();
        assert_eq!(
            error.to_string(),
            "expected a JSON array, found `[24-Nov-2026 10:00:00] no list` at byte 0"
        );
    });
}

#[test]
fn the_debug_text_of_an_item_is_its_place_and_its_text() {
    agreed(|engine| {
        let mut reader = engine.build(&br#"{"remote_sessions":[{"id":7}]}"#[..]);
        let item = reader.next_item().unwrap().unwrap();
        assert_eq!(format!("{item:?}"), r#"Item { index: 0, offset: 20, raw: "{\"id\":7}" }"#);
    });
}

#[test]
fn a_slice_is_read_like_any_other_input() {
    let all: Vec<_> = SliceReader::new(PAGES.as_bytes()).sessions().collect::<Result<_, _>>().unwrap();
    assert_eq!(all.iter().map(RemoteSession::id).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
    let mut reader = SliceReader::new(PAGES.as_bytes());
    assert_eq!(reader.by_ref().count(), 5);
    assert_eq!((reader.summary().items(), reader.summary().bytes()), (5, PAGES.len() as u64));
}

#[test]
fn the_debug_text_of_a_slice_reader_has_its_length_and_not_its_bytes() {
    let body = format!(r#"{{"remote_sessions":[{{"id":1,"user":"{}"}}]}}"#, "canary".repeat(100));
    let text = format!("{:?}", SliceReader::new(body.as_bytes()));
    assert!(text.starts_with(&format!("SliceReader {{ length: {}", body.len())), "{text}");
    assert!(!text.contains("canary"), "{text}");
}

#[test]
fn iterators_over_a_slice_give_a_fatal_error_once() {
    let body = br#"{"remote_sessions":[{"id":1},{"id":"x"},"#;
    agreed(|engine| {
        let mut reader = engine.build_slice(body);
        let kinds: Vec<_> = reader.sessions().map(|session| session.map_err(|error| error.kind())).collect();
        assert!(matches!(kinds[..], [Ok(_), Err(ErrorKind::Item), Err(ErrorKind::Truncated)]), "{kinds:?}");
        assert!(reader.sessions().next().is_none() && reader.next().is_none());

        let mut reader = engine.build_slice(body);
        let ids: Vec<Result<serde_json::Value, Error>> = reader.deserialize().collect();
        assert!(ids[0].is_ok() && ids[1].is_ok());
        assert_eq!(ids[2].as_ref().unwrap_err().kind(), ErrorKind::Truncated);
        assert_eq!(ids.len(), 3);
        assert!(reader.deserialize::<serde_json::Value>().next().is_none());
    });
}

#[test]
#[should_panic(expected = "item() is for after Step::Item")]
fn a_parser_gives_no_item_when_there_is_none() {
    let mut parser = Parser::builder().build_parser();
    assert_eq!(parser.push(br#"{"remote_sessions":[{"id":1}"#), 28);
    assert_eq!(parser.advance().unwrap(), Step::Item);
    assert_eq!(parser.item().raw(), r#"{"id":1}"#);
    assert_eq!(parser.advance().unwrap(), Step::NeedInput);
    let _ = parser.item();
}

/// What is known of the items that are ready stays true though the window moves.
#[test]
fn bytes_may_be_pushed_while_items_are_ready() {
    let item = |id: usize| match id % 5 {
        3 => format!("{{\"id\":\"{id}\",\"user\":\"é{id}\",\"more\":[\"{id}\"]}}"),
        _ => format!("{{\"id\":\"{id}\",\"user\":\"é{id}\"}}"),
    };
    let items: Vec<_> = (0..300).map(item).collect();
    let body = format!("{{\"remote_sessions\":[{}]}}", items.join(","));
    for settings in forced(&Builder::new()) {
        for (window, taken) in [(640, 15), (640, 3), (1500, 20), (64, 1)] {
            let mut parser = settings.clone().limits(limits(|limits| limits.window = window)).build_parser();
            let (mut rest, mut next) = (body.as_bytes(), 0);
            while next < items.len() {
                rest = &rest[parser.push(&rest[..rest.len().min(200)])..];
                if rest.is_empty() {
                    parser.end_of_input();
                }
                if parser.advance().unwrap() != Step::Item {
                    continue;
                }
                for found in parser.batch().take(taken) {
                    assert_eq!(found.raw(), items[next], "{next} with a window of {window}");
                    let (index, user) = (found.index(), found.session().unwrap());
                    assert_eq!((index, user.user().unwrap().as_sent()), (next as u64, &*format!("é{next}")));
                    let value: serde_json::Value = found.deserialize().unwrap();
                    assert_eq!(value, serde_json::from_str::<serde_json::Value>(&items[next]).unwrap());
                    next += 1;
                }
                assert_eq!(parser.item().raw(), items[next - 1]);
            }
        }
    }
}

#[test]
fn what_is_left_of_a_batch_comes_with_the_next_one() {
    let items: Vec<_> = (0..100).map(|id| format!(r#"{{"id":{id},"user":"u{id}"}}"#)).collect();
    let body = format!(r#"{{"tenant":"t","remote_sessions":[{}]}}"#, items.join(","));
    let mut longest = Vec::new();
    for settings in forced(&Builder::new()) {
        let mut reader = settings.build(body.as_bytes());
        let mut next = 0;
        let mut most = 0;
        while let Some(batch) = reader.next_batch().unwrap() {
            assert_eq!(batch.tenant(), Some("t"));
            most = most.max(batch.len());
            for item in batch.take(2) {
                assert_eq!((item.index(), item.raw()), (next as u64, &*items[next]));
                assert_eq!(item.session().unwrap().id(), next as u64);
                next += 1;
            }
            assert_eq!(reader.summary().items(), next as u64, "what was not taken was not given");
        }
        assert_eq!(next, items.len());
        longest.push(most);

        // The first one counts as given at once: it was found.
        let mut reader = settings.build(body.as_bytes());
        assert!(reader.next_batch().unwrap().is_some());
        assert_eq!(reader.summary().items(), 1);
        assert_eq!(reader.next_item().unwrap().expect("the second").index(), 1);
        let rest = reader.next_batch().unwrap().expect("more");
        assert!(format!("{rest:?}").starts_with("Batch { items: "), "{rest:?}");
    }
    // The oracle gives them one by one.
    let others = longest.split_off(1);
    assert!(longest == [1] && others.iter().all(|longest| *longest > 10), "{others:?}");
}
