//! The members of a session: texts of every kind, views of what is absent, null or empty, and sessions as data.
#![cfg(feature = "std")]

mod support;

use remote_sessions::RemoteSession;
use support::{agreed, in_chunks, whole};

fn parse(json: &str) -> RemoteSession<'_> {
    RemoteSession::parse(json).unwrap()
}

#[test]
fn every_documented_member_has_a_method() {
    let json = r#"{"id":"1","user":"u","origin_ip":"1.2.3.4","credential":"c","device":"d","protocol":"p","proxy":"x",
        "session_id":"s","start":"2024-05-06 16:05:07","end":"2024-05-06 16:05:08","time":"0:0:1",
        "prevent_purge":"No","request":"r","ITSM":"i"}"#;
    let body = format!(r#"{{"remote_sessions":[{json},{json},{json}]}}"#);
    agreed(|engine| {
        let sessions: Vec<_> = engine.build(body.as_bytes()).sessions().collect::<Result<_, _>>().unwrap();
        assert_eq!(sessions.len(), 3);
        for session in &sessions {
            let by_method = [
                session.user(),
                session.origin_ip(),
                session.credential(),
                session.device(),
                session.protocol(),
                session.proxy(),
                session.session_id(),
                session.start(),
                session.end(),
                session.time(),
                session.prevent_purge(),
                session.request(),
                session.itsm(),
            ];
            let sent = [
                "u",
                "1.2.3.4",
                "c",
                "d",
                "p",
                "x",
                "s",
                "2024-05-06 16:05:07",
                "2024-05-06 16:05:08",
                "0:0:1",
                "No",
                "r",
                "i",
            ];
            for (place, (member, sent)) in (1..).zip(by_method.into_iter().zip(sent)) {
                assert_eq!(member.expect(sent), sent, "{}", RemoteSession::NAMES[place]);
                assert_eq!(session.at(place), member);
                assert_eq!(session.member(RemoteSession::NAMES[place]), Some(&*format!("\"{sent}\"")));
            }
            assert_eq!((session.id(), session.at(0).unwrap()), (1, parse(r#"{"id":"1"}"#).at(0).unwrap()));
            assert_eq!(session.raw(), json);
        }
    });
}

#[test]
fn a_text_is_shown_as_it_is_meant_and_had_as_it_was_sent() {
    let session = parse(r#"{"id":1,"user":"a\"\u00e9\/","device":"","request":-1.50,"prevent_purge":true}"#);
    let user = session.user().unwrap();
    assert_eq!(
        (user.as_sent(), &*user.to_str(), user.to_string()),
        (r#"a\"\u00e9\/"#, "a\"é/", "a\"é/".into())
    );
    assert_eq!(format!("{user:?} [{user:>6}]"), r#""a\"é/" [  a"é/]"#);
    assert!(user.is_string() && !user.is_empty());
    let device = session.device().unwrap();
    assert!(device.is_string() && device.is_empty());
    assert_eq!((device.as_sent(), &*device.to_str()), ("", ""));
    for (text, sent) in [(session.request().unwrap(), "-1.50"), (session.prevent_purge().unwrap(), "true")] {
        assert!(!text.is_string() && !text.is_empty());
        assert_eq!((text.as_sent(), &*text.to_str(), format!("{text:?}")), (sent, sent, sent.to_owned()));
        assert!(text == sent && text == *sent);
    }
}

#[test]
fn texts_are_equal_if_they_mean_the_same_and_are_of_one_kind() {
    let sent = [r#""a/b""#, r#""\u0061\/b""#, r#""7""#, "7", "7.0"];
    let sessions = sent.map(|value| parse(&format!(r#"{{"id":1,"request":{value}}}"#)).into_owned());
    let [plain, escaped, text, number, float] = sessions.each_ref().map(|session| session.request().unwrap());
    assert_eq!(plain, escaped);
    assert!(plain == "a/b" && escaped == "a/b" && escaped != r"\u0061\/b" && escaped != "a/");
    assert_ne!(text, number);
    assert!(text == "7" && number == "7");
    assert_ne!(float, number, "numbers are compared as sent");
    assert_eq!(serde_json::to_string(&[plain, escaped, number]).unwrap(), r#"["a/b","a/b","7"]"#);
}

#[test]
fn a_view_of_what_is_absent_null_or_empty_is_none() {
    let named = RemoteSession::NAMES[1..].iter();
    let null: String = named.clone().map(|name| format!(r#","{name}":null"#)).collect();
    let empty: String = named.map(|name| format!(r#","{name}":"""#)).collect();
    for members in [String::new(), null, empty] {
        let json = format!(r#"{{"id":1{members}}}"#);
        let session = parse(&json);
        assert!(session.is_active(), "{json}");
        assert_eq!(session.started_at().unwrap(), None, "{json}");
        assert_eq!(session.ended_at().unwrap(), None, "{json}");
        assert_eq!(session.duration().unwrap(), None, "{json}");
        assert_eq!(session.origin_addr().unwrap(), None, "{json}");
        assert_eq!(session.target().unwrap(), None, "{json}");
        assert_eq!(session.prevents_purge().unwrap(), None, "{json}");
    }
}

#[test]
fn a_view_that_cannot_be_read_names_its_member_and_its_text() {
    let session = parse(
        r#"{"id":1,"start":"a","end":"b","time":"c","origin_ip":"d","device":":e","prevent_purge":"f"}"#,
    );
    let errors = [
        session.started_at().unwrap_err(),
        session.ended_at().unwrap_err(),
        session.duration().unwrap_err(),
        session.origin_addr().unwrap_err(),
        session.target().unwrap_err(),
        session.prevents_purge().unwrap_err(),
    ];
    let texts = errors.each_ref().map(ToString::to_string);
    assert_eq!(
        texts,
        [
            "expected a date and time as 2024-05-06 16:05:07 in `start`, found `\"a\"` at byte 16 (item 0)",
            "expected a date and time as 2024-05-06 16:05:07 in `end`, found `\"b\"` at byte 26 (item 0)",
            "expected a duration as hours:minutes:seconds in `time`, found `\"c\"` at byte 37 (item 0)",
            "expected an IP address in `origin_ip`, found `\"d\"` at byte 53 (item 0)",
            "expected a host with an optional port in `device`, found `\":e\"` at byte 66 (item 0)",
            "expected yes or no in English or Portuguese in `prevent_purge`, found `\"f\"` at byte 87 (item 0)",
        ]
    );
    assert!(!session.is_active(), "something stands in `end`");
}

#[test]
fn a_session_as_data_has_the_present_names_and_keeps_what_is_not_documented() {
    let json = r#"{"x":{"b":[1,-2,2.5,"\u00e9",null,{}],"a":true},"credencial":"c","id":"7","request":0,"na\u006de":false,"big":18446744073709551615,"zero":-0}"#;
    let data = serde_json::to_value(parse(json)).unwrap();
    let expected = serde_json::json!({
        "id": 7, "user": null, "origin_ip": null, "credential": "c", "device": null, "protocol": null,
        "proxy": null, "session_id": null, "start": null, "end": null, "time": null, "prevent_purge": null,
        "request": 0, "ITSM": null,
        "x": {"b": [1, -2, 2.5, "é", null, {}], "a": true}, "name": false,
        "big": 18_446_744_073_709_551_615_u64, "zero": -0.0
    });
    assert_eq!(data, expected);
    let text = serde_json::to_string(&data).unwrap();
    assert_eq!(serde_json::to_value(parse(&text)).unwrap(), data, "the same after a round trip");
    let unknown: Vec<_> =
        parse(json).unknown_members().map(|(name, value)| (name.to_string(), value.len())).collect();
    assert_eq!(unknown, [("x".into(), 42), ("name".into(), 5), ("big".into(), 20), ("zero".into(), 2)]);
}

#[test]
fn a_number_that_fits_no_type_is_an_error_and_not_another_number() {
    for number in ["1e999", "-1e999"] {
        let json = format!(r#"{{"id":1,"x":[{number}]}}"#);
        let error = serde_json::to_value(parse(&json)).unwrap_err().to_string();
        assert_eq!(error, format!("expected a number that fits 64 bits, found `{number}`"));
    }
}

#[test]
fn any_member_is_had_as_sent() {
    let session = parse(r#"{"id":1,"end":null,"x": [1, 2] ,"x":"y","na\u006de":{ },"credencial":"c"}"#);
    assert_eq!((session.member("id"), session.member("end")), (Some("1"), Some("null")));
    assert_eq!(session.member("x"), Some(r#""y""#), "of an undocumented one the last");
    assert_eq!((session.member("name"), session.member("na\\u006de")), (Some("{ }"), None));
    assert_eq!(
        (session.member("credential"), session.member("credencial")),
        (Some(r#""c""#), Some(r#""c""#))
    );
    assert_eq!((session.member("user"), session.member("")), (None, None));
}

/// Other programs' JSON has escapes in the names too. Items with them are as quickly read, and a known name in
/// disguise is none the less known.
#[test]
fn hostile_10_names_with_escapes_are_those_of_what_they_mean() {
    let item =
        |id: usize, name: &str| format!(r#"{{"id":{id},"gr\u00f6\u00dfe":"{id}","{name}":"u","x\ty":null}}"#);
    let list = |name: &str| {
        let items: Vec<_> = (1..40).map(|id| item(id, if id == 20 { name } else { "user" })).collect();
        format!(r#"{{"remote_sessions":[{}]}}"#, items.join(","))
    };
    for (name, user) in
        [("us\\u0065r", Some("u")), ("\\u0055ser", None), ("use\\u0072\\u0072", None), ("u\\/ser", None)]
    {
        let body = list(name);
        agreed(|engine| {
            let mut reader = engine.build(body.as_bytes());
            for id in 1..40 {
                let item = reader.next_item().expect("an item").expect("an item");
                let session = item.session().expect("a session");
                let user = if id == 20 { user } else { Some("u") };
                assert!(session.id() == id && session.user().is_some() == user.is_some(), "{}", item.raw());
                assert!(session.user().is_none_or(|user| user == "u"), "{}", item.raw());
                let other: serde_json::Value = item.deserialize().expect("an object");
                assert_eq!(other["gr\u{f6}\u{df}e"], id.to_string(), "{}", item.raw());
            }
        });
    }
    // Whatever is wrong with one of them.
    let body = list("use\\u00e9");
    let from = body.find("use\\u00e9").expect("the name");
    for at in from - 24..from + 24 {
        for byte in [&b"\\"[..], b"\"", b"u", b"0", b"g", b"\n", b"\x80", b":", b""] {
            let wrong = [&body.as_bytes()[..at], byte, &body.as_bytes()[at + 1..]].concat();
            let found = agreed(|engine| {
                let outcome = whole(&engine, &wrong);
                assert_eq!(in_chunks(&engine, &wrong, &[33]), outcome, "{}", wrong.escape_ascii());
                outcome
            });
            let judge = serde_json::from_slice::<serde_json::Value>(&wrong);
            assert_eq!(found.kind() == "none", judge.is_ok(), "{}: {judge:?}", wrong.escape_ascii());
            if judge.is_ok() {
                assert_eq!(found.items.len(), 39, "{}", wrong.escape_ascii());
            }
        }
    }
}

/// Whether the parser knows an item's members from others like it or not, they are there as they were sent.
#[test]
fn members_are_as_sent_whether_they_are_known_from_a_shape_or_not() {
    let values = ["null", "\"\"", "\"text\"", "\"a\\n\"", "7", "true"];
    for name in RemoteSession::NAMES.iter().skip(1) {
        for value in values {
            let item = format!(r#"{{"id":"1","{name}":{value},"other":{value}}}"#);
            let Ok(alone) = RemoteSession::parse(&item) else { continue };
            let body = format!(r#"{{"remote_sessions":[{}]}}"#, vec![&*item; 40].join(","));
            agreed(|engine| {
                let mut reader = engine.build(body.as_bytes());
                while let Some(item) = reader.next_item().unwrap() {
                    let session = item.session().unwrap();
                    assert_eq!(session, alone);
                    for name in RemoteSession::NAMES.iter().copied().chain(["other"]) {
                        assert_eq!(session.member(name), alone.member(name), "{name} of {}", item.raw());
                    }
                    assert_eq!(session.member(name), Some(value));
                }
                assert_eq!(reader.summary().items(), 40);
            });
        }
    }
}
