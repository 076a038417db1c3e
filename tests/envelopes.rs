//! Rows 4, 5 and 17 of the hostile inputs: every envelope shape, in any member order, at every
//! split, and every prefix.

mod support;

use remote_sessions::{Builder, Completeness, Limits, Step};
use support::{agreed, at_every_split, read, whole};

const ITEM_3: &str = r#"{"id":"3","user":"Admin","end":null}"#;
const ITEM_6: &str = r#"{"id":6,"code":7,"tenant":"x","response":[1]}"#;
const HEAD: &str = r#""code":200,"response":{"status":200,"message":"","error":false,"error_code":0,"detail":null,"mensagem":"","erro":false,"cod_erro":0}"#;

/// Shapes that are complete and hold the two items.
fn complete_shapes() -> Vec<String> {
    let items = format!("{ITEM_3}, {ITEM_6}");
    vec![
        format!(r#"{{{HEAD},"tenant":"Segura","remote_sessions":[{items}]}}"#),
        format!(r#"{{"remote_sessions":[{items}],"tenant":"Segura",{HEAD}}}"#),
        format!(
            r#" {{ {HEAD} , "remote_sessions" : [ {{ {HEAD} , "tenant" : "Segura" , "remote_sessions" : [ {items} ] }} ] }} "#
        ),
        format!(r#"{{"remote_sessions":[{{"remote_sessions":[{items}],"tenant":"Segura",{HEAD}}}],{HEAD}}}"#),
        format!(
            r#"{{{HEAD},"remote_sessions":[{{"tenant":"a",{HEAD},"remote_sessions":[{ITEM_3}]}},{{"tenant":"b","remote_sessions":[{ITEM_6}]}}]}}"#
        ),
        format!(
            r#"{{"remote_sessions":[{{"remote_sessions":[{{"remote_sessions":[{{"remote_sessions":[{items}]}}]}}]}}]}}"#
        ),
        format!(r#"{{"remote_sessions":[{ITEM_3}],"remote_sessions":[{ITEM_6}]}}"#),
        format!(r#"{{{HEAD},"code":201,"tenant":"a","tenant":"b","remote_sessions":[{items}],"code":202}}"#),
        format!(r#"{{"remote_session":[{items}]}}"#),
        format!(r#"{{"remote_sessions":{{"0":{ITEM_3},"1":{ITEM_6}}}}}"#),
        format!(r#"{{"remote_sessions":{{"tenant":"a","remote_sessions":[{items}]}}}}"#),
        format!(
            r#"{{"x":{{"remote_sessions":[1]}},"y":[[{{}}]],"remote_sessions":[{items}],"z":"remote_sessions"}}"#
        ),
        format!(r#"{{"remote_sessions":[{ITEM_3},{{"remote_sessions":[{ITEM_6}]}}]}}"#),
        format!(r#"{{"remote\u005fsessions":[{items}],"\u0063ode":200}}"#),
        format!("\u{feff}{{\"remote_sessions\":[{items}],\"response\":[],\"exception\":[]}}"),
        format!(
            r#"{{"remote_sessions":[{ITEM_3}],"remote_sessions":null,"remote_session":[{ITEM_6}],"response":null}}"#
        ),
        format!(r#"{{"code":200,"remote_sessions":[{{"remote_sessions":[{ITEM_3}]}},{ITEM_6}]}}"#),
        format!(r#"{{"code":200,"remote_sessions":{{"0":{{"remote_sessions":[{ITEM_3}]}},"1":{ITEM_6}}}}}"#),
    ]
}

#[test]
fn hostile_17_every_shape_gives_its_items_at_every_split() {
    for body in complete_shapes() {
        let outcome = at_every_split(&Builder::new(), body.as_bytes());
        assert_eq!(outcome.raw(), [ITEM_3, ITEM_6], "{body}");
        assert_eq!((outcome.error, outcome.completeness), (None, Completeness::Complete), "{body}");
        for (raw, index, offset, _) in &outcome.items {
            let offset = usize::try_from(*offset).unwrap();
            assert_eq!(&body[offset..offset + raw.len()], raw, "item {index} of {body}");
        }
    }
}

#[test]
fn hostile_04_every_prefix_is_truncated_after_its_complete_items() {
    // Prefixes that end without an error: the shape, what is missing of it, and the items there are.
    let mut unclosed = Vec::new();
    let shapes = complete_shapes();
    for (shape, body) in shapes.iter().enumerate() {
        let end = body.trim_end().len();
        let full = read(body.as_bytes());
        for cut in 0..end {
            let prefix = &body.as_bytes()[..cut];
            let outcome = at_every_split_coarsely(prefix);
            let complete = full
                .items
                .iter()
                .take_while(|(raw, _, offset, _)| *offset as usize + raw.len() <= cut)
                .count();
            assert_eq!(outcome.items, full.items[..complete], "cut at {cut} of {body}");
            if outcome.kind() == "none" {
                assert_eq!(outcome.completeness, Completeness::UnclosedEnvelope, "cut at {cut} of {body}");
                unclosed.push((shape, &body[cut..], complete));
            } else {
                assert_eq!(
                    (outcome.kind(), outcome.completeness),
                    ("truncated", Completeness::Truncated),
                    "cut at {cut} of {body}"
                );
                assert_eq!(outcome.error.unwrap().2, Some(cut as u64), "cut at {cut} of {body}");
            }
        }
    }
    // Only where the root has announced itself and the one element of its one list is an envelope that is
    // closed, up to the next byte that is no white space.
    let second = format!(r#",{{"tenant":"b","remote_sessions":[{ITEM_6}]}}]}}"#);
    let item = format!(r#",{ITEM_6}]}}"#);
    assert_eq!(
        unclosed,
        [(2, " ] } ", 2), (2, "] } ", 2), (4, &*second, 1), (16, &*item, 1)],
        "no more and no less"
    );
}

fn at_every_split_coarsely(body: &[u8]) -> support::Outcome {
    agreed(|engine| {
        let outcome = whole(&engine, body);
        assert_eq!(support::outcome_of(&engine, body.chunks(1)), outcome);
        outcome
    })
}

#[test]
fn hostile_04_the_documented_unclosed_envelope_and_nothing_wider() {
    let unclosed =
        |before: &str, inner: &str, after: &str| format!(r#"{{{before}"remote_sessions":[{inner}{after}"#);
    let inner = format!(r#"{{"code":200,"tenant":"Segura","remote_sessions":[{ITEM_3},{ITEM_6}]}}"#);
    let empty = r#"{"remote_sessions":[]}"#.to_owned();
    for (body, items) in [
        (unclosed("\"code\":200,", &inner, ""), 2),
        (unclosed("\"response\":{},\"x\":1,", &inner, " \n\t"), 2),
        (unclosed("\"code\":200,", &empty, "\n"), 0),
    ] {
        let outcome = at_every_split(&Builder::new(), body.as_bytes());
        assert_eq!((outcome.kind(), outcome.items.len()), ("none", items), "{body}");
        assert_eq!(outcome.completeness, Completeness::UnclosedEnvelope, "{body}");
        assert!(outcome.tolerated.contains("UnclosedEnvelope"), "{body}");
        let strict = at_every_split(&Builder::new().strict(true), body.as_bytes());
        assert_eq!((strict.kind(), strict.items.len()), ("unclosed", items), "{body}");
        assert_eq!(strict.completeness, Completeness::UnclosedEnvelope);
    }
    for body in [
        unclosed("", &inner, ""),
        unclosed("\"tenant\":\"code\",", &inner, ""),
        unclosed("\"code\":200,", &inner, ","),
        unclosed("\"code\":200,", &inner, "]"),
        unclosed("\"code\":200,", &inner, &format!(",{inner}")),
        unclosed("\"code\":200,", &format!("{ITEM_3},{inner}"), ""),
        unclosed("\"code\":200,", ITEM_3, ""),
        unclosed("\"code\":200,", &inner[..inner.len() - 1], ""),
        unclosed("\"code\":200,", "", ""),
        unclosed("\"code\":200,\"remote_sessions\":[],", &inner, ""),
        format!(r#"{{"code":200,"remote_sessions":{{"0":{inner}"#),
        format!(r#"{{"code":200,"remote_sessions":{inner}"#),
        format!(r#"{{"code":200,"remote_sessions":[{{"code":200,"remote_sessions":[{inner}]}}"#)
            .replace("]}]}", "]}"),
    ] {
        let outcome = at_every_split(&Builder::new(), body.as_bytes());
        assert_eq!((outcome.kind(), outcome.completeness), ("truncated", Completeness::Truncated), "{body}");
    }
}

#[test]
fn empty_missing_and_cut_lists_are_three_outcomes() {
    for (body, tolerated) in [
        (r#"{"code":200,"remote_sessions":[]}"#, "[]"),
        (r#"{"code":200,"remote_sessions":{}}"#, "EmptyObjectForList"),
        (r#"{"code":200,"remote_sessions":null}"#, "NullForList"),
        (r#"{"code":200,"remote_sessions":false}"#, "FalseForList"),
        (r#"{"code":200,"remote_sessions":""}"#, "EmptyTextForList"),
        (r#"{"remote_sessions":[{"remote_sessions":null}]}"#, "NullForList"),
    ] {
        let outcome = at_every_split(&Builder::new(), body.as_bytes());
        assert_eq!((outcome.kind(), outcome.items.len()), ("none", 0), "{body}");
        assert!(outcome.tolerated.contains(tolerated), "{body}: {}", outcome.tolerated);
    }
    for body in ["{}", r#"{"code":200,"response":{"status":200}}"#, r#"{"message":"","error":null}"#] {
        let outcome = at_every_split(&Builder::new(), body.as_bytes());
        let expected =
            format!("expected a list of items, found a complete response without one at byte {}", body.len());
        assert_eq!((outcome.kind(), outcome.message()), ("shape", &*expected), "{body}");
    }
    for body in ["", " \n", "\u{feff}", "\u{feff} ", "{", "{\"remote_sessions\":["] {
        let outcome = at_every_split(&Builder::new(), body.as_bytes());
        assert_eq!(
            (outcome.kind(), outcome.completeness),
            ("truncated", Completeness::Truncated),
            "{body:?}"
        );
    }
}

#[test]
fn hostile_17_wrong_shapes_say_where() {
    for (body, offset, found) in [
        (r#"{"remote_sessions":5}"#, 19, "found a number"),
        (r#"{"remote_sessions":true}"#, 19, "found `true`"),
        (r#"{"remote_sessions":"none"}"#, 19, "found a string that is not empty"),
        (r#"{"remote_sessions":{"a":1}}"#, 20, "found an object with other members"),
        (r#"{"remote_sessions":{"0":{"id":1},"x":1}}"#, 33, "found another member name"),
        (r#"{"remote_sessions":{"":1}}"#, 20, "found an object with other members"),
        ("[{\"id\":1}]", 0, "expected a JSON object, found `[{\"id\":1}]`"),
        ("\"text\"", 0, "found `\"text\"`"),
        (" 17", 1, "found `17`"),
    ] {
        let outcome = at_every_split(&Builder::new(), body.as_bytes());
        let (kind, message, at, _) = outcome.error.unwrap();
        assert_eq!((&*kind, at), ("shape", Some(offset)), "{body}: {message}");
        assert!(message.contains(found), "{body}: {message}");
    }
}

#[test]
fn leading_text_is_skipped_only_on_request() {
    let warning = "<br />\n<b>Warning</b>: foo() in {closure} [x] { on line <b>3</b>\n";
    let body = format!("{warning}{{\n \"code\":200,\"remote_sessions\":[{ITEM_3}]}}");
    let refused = at_every_split(&Builder::new(), body.as_bytes());
    assert_eq!((refused.kind(), refused.items.len()), ("shape", 0));
    let settings = Builder::new().skip_leading_text(true);
    let outcome = at_every_split(&settings, body.as_bytes());
    assert_eq!((outcome.kind(), outcome.raw()), ("none", vec![ITEM_3]));
    assert!(outcome.tolerated.contains("LeadingText"), "{}", outcome.tolerated);
    assert_eq!(outcome.items[0].2 as usize, body.find(ITEM_3).unwrap());
    let clean = at_every_split(&settings, &body.as_bytes()[warning.len()..]);
    assert_eq!((clean.kind(), &*clean.tolerated), ("none", "[]"));
    for body in ["only text {x}", "{"] {
        assert_ne!(at_every_split(&settings, body.as_bytes()).kind(), "none", "{body}");
    }
}

#[test]
fn api_errors_with_http_200_are_errors_and_items_come_first() {
    for (body, kind, items, message) in [
        (format!(r#"{{"code":404,"remote_sessions":[{ITEM_3}]}}"#), "api", 1, "status 404"),
        (format!(r#"{{"remote_sessions":[{ITEM_3}],"response":{{"error":true,"message":"Unexpected error."}}}}"#), "api", 1, "cause: the error is in the Segura server"),
        (r#"{"remote_sessions":[],"response":{"status":"400"}}"#.into(), "api", 0, "status 400"),
        (r#"{"remote_sessions":[],"response":{"erro":1,"mensagem":"falhou"}}"#.into(), "api", 0, "falhou"),
        (r#"{"remote_sessions":[],"exception":{"message":"boom\u001b","code":0}}"#.into(), "api", 0, "boom\\u{1b}"),
        (r#"{"message":"no Route matched with those values"}"#.into(), "api", 0, "authorization header is missing"),
        (r#"{"error":"invalid_client","error_description":"Client authentication failed"}"#.into(), "api", 0, "could not authenticate"),
        (format!(r#"{{"remote_sessions":[{{"tenant":"b","code":500,"remote_sessions":[{ITEM_3}]}},{{"remote_sessions":[{ITEM_6}]}}]}}"#), "api", 2, "tenant b"),
        (r#"{"code":500,"remote_sessions":"none"}"#.into(), "api", 0, "status 500"),
        (r#"{"code":500,"remote_sessions":[{]}"#.into(), "syntax", 0, "found `]`"),
        (format!(r#"{{"code":500,"remote_sessions":[{ITEM_3}"#), "api", 1, "status 500"),
        (r#"{"code":500,"remote_sessions":[]} x"#.into(), "syntax", 0, "found `x`"),
        (r#"{"code":500,"code":200,"remote_sessions":[]}"#.into(), "none", 0, ""),
        (r#"{"code":200,"response":{"status":200,"error":false},"exception":[],"message":"welcome","remote_sessions":[]}"#.into(), "none", 0, ""),
        (r#"{"remote_sessions":[{"id":1,"code":500,"error":true}]}"#.into(), "none", 1, ""),
    ] {
        let outcome = at_every_split(&Builder::new(), body.as_bytes());
        assert_eq!((outcome.kind(), outcome.items.len()), (kind, items), "{body}: {}", outcome.message());
        assert!(outcome.message().contains(message), "{body}: {}", outcome.message());
    }
    let cut = read(format!(r#"{{"code":500,"remote_sessions":[{ITEM_3}"#).as_bytes());
    assert_eq!(cut.completeness, Completeness::Truncated);
}

#[test]
fn every_envelope_is_in_the_summary_and_the_number_kept_is_bounded() {
    let page =
        |number: u32| format!(r#"{{"code":200,"tenant":"t{number}","remote_sessions":[{{"id":{number}}}]}}"#);
    let pages: Vec<_> = (0..1000).map(page).collect();
    let body = format!(r#"{{"code":200,"remote_sessions":[{}]}}"#, pages.join(","));
    let outcome = read(body.as_bytes());
    assert_eq!(outcome.items.len(), 1000);
    assert!(outcome.envelopes.starts_with("1001 "), "{}", outcome.envelopes);
    let tenants: Vec<_> = outcome.envelopes.match_indices("tenants: Some").collect();
    assert_eq!(tenants.len(), 15, "the root, the first 14 pages and the last one");
    assert!(outcome.envelopes.contains("\"t13\"") && !outcome.envelopes.contains("\"t14\""));
    assert!(outcome.envelopes.contains("\"t999\""));
}

#[test]
fn repeated_scalars_keep_first_last_and_count() {
    for body in [
        r#"{"code":1,"code":2,"code":3,"tenant":"a","tenant":"b","remote_sessions":[]}"#,
        r#"{"remote_sessions":[{"code":1,"code":2,"tenant":"a","code":3,"tenant":"b","remote_sessions":[]}]}"#,
    ] {
        let mut reader = remote_sessions::Reader::new(body.as_bytes());
        assert!(reader.next_item().unwrap().is_none());
        let summary = reader.summary();
        let envelope = summary.envelopes().last().unwrap();
        let codes = envelope.codes().unwrap();
        assert_eq!((*codes.first(), *codes.last(), codes.count()), (1, 3, 3), "{body}");
        assert_eq!((envelope.code(), envelope.tenant()), (Some(3), Some("b")));
        assert_eq!(&**envelope.tenants().unwrap().first(), "a");
        let duplicates: u64 = summary.tolerated().iter().map(|tolerated| tolerated.count).sum();
        assert_eq!(duplicates, 3, "{body}: {:?}", summary.tolerated());
    }
}

#[test]
fn an_undecided_element_is_bounded_by_the_item_limit() {
    let mut limits = Limits::default();
    limits.item = 64;
    let settings = Builder::new().limits(limits);
    let body = format!(r#"{{"remote_sessions":[{{"x":"{}","remote_sessions":[]}}]}}"#, "y".repeat(64));
    let outcome = at_every_split(&settings, body.as_bytes());
    assert_eq!((outcome.kind(), outcome.error.clone().unwrap().2), ("limit", Some(20 + 64)));
    let body =
        format!(r#"{{"remote_sessions":[{{"remote_sessions":[{ITEM_3}],"x":"{}"}}]}}"#, "y".repeat(64));
    assert_eq!(whole(&settings, body.as_bytes()).kind(), "none");
}

#[test]
fn any_array_in_any_envelope() {
    let read = |path: &[&str], body: &str| {
        let outcome = at_every_split(&Builder::new().items_at(path.iter().copied()), body.as_bytes());
        (
            outcome.kind().to_owned(),
            outcome.items.into_iter().map(|(raw, ..)| raw).collect::<Vec<_>>().join(" "),
        )
    };
    let ok = |items: &str| ("none".to_owned(), items.to_owned());
    assert_eq!(
        read(&[], r#"[1,"a",{"remote_sessions":[1]},[2], null ,-3.5]"#),
        ok(r#"1 "a" {"remote_sessions":[1]} [2] null -3.5"#)
    );
    assert_eq!(
        read(&["data", "rows"], r#"{"rows":[9],"data":{"n":1,"rows":[1,2]},"data":{"rows":[3]}}"#),
        ok("1 2 3")
    );
    assert_eq!(read(&["a"], r#"[{"a":[1]},{"b":[2]},[{"a":[3]}],{"a":[4,5]}]"#), ok("1 3 4 5"));
    assert_eq!(read(&["a", "b"], r#"{"a":null}"#).0, "shape");
    assert_eq!(read(&["a"], r#"{"a":{"0":1}}"#).0, "shape");
    assert_eq!(read(&["a", "b"], r#"{"a":7}"#).0, "shape");
    assert_eq!(read(&[], "{}").0, "shape");
    assert_eq!(read(&["a"], r#"{"a":[1,2"#), ("truncated".to_owned(), "1".to_owned()));
}

#[test]
fn an_item_comes_out_with_its_last_byte() {
    for body in complete_shapes() {
        let ends: Vec<usize> = read(body.as_bytes())
            .items
            .iter()
            .map(|(raw, _, offset, _)| *offset as usize + raw.len())
            .collect();
        for settings in support::engines() {
            let mut parser = settings.build_parser();
            let mut seen = Vec::new();
            for (given, byte) in body.bytes().enumerate() {
                while parser.advance().unwrap() == Step::Item {
                    seen.push(given);
                }
                assert_eq!(parser.push(&[byte]), 1);
            }
            assert_eq!(seen, ends, "{body}");
        }
    }
}
