//! What an item must look like to be a session, row by row of the documented table.

use alloc::format;
use alloc::string::{String, ToString as _};

use alloc::vec::Vec;

use super::*;

fn item(raw: &str, duplicates: DuplicatePolicy) -> Item<'_> {
    Item::new(raw, 4, 100, duplicates)
}

fn refused(raw: &str) -> String {
    item(raw, DuplicatePolicy::Error).session().unwrap_err().to_string()
}

#[test]
fn hostile_16_every_member_is_read_by_its_name_or_alias() {
    let raw = r#"{"id":"7","user":"u","origin_ip":"::1","credencial":"c","dispositivo":"d:1","protocol":"ssh","proxy":"Web Proxy",
        "session_id":"ab","start":"s","end":"e","time":"t","prevent_purge":false,"request":-1.5e3,"ITSM":"i"}"#;
    let session = item(raw, DuplicatePolicy::Error).session().unwrap();
    assert_eq!(session.id(), 7);
    let sent = ["7", "u", "::1", "c", "d:1", "ssh", "Web Proxy", "ab", "s", "e", "t", "false", "-1.5e3", "i"];
    for (place, sent) in sent.into_iter().enumerate() {
        assert_eq!(session.at(place).unwrap(), sent, "{}", RemoteSession::NAMES[place]);
    }
    let named = [session.user(), session.credential(), session.device(), session.itsm(), session.request()];
    assert_eq!(named.map(|text| text.unwrap().as_sent()), ["u", "c", "d:1", "i", "-1.5e3"]);
}

#[test]
fn hostile_16_types_outside_the_table_are_refused_with_member_place_and_text() {
    assert_eq!(refused("[1]"), "expected an object, found `[1]` at byte 100 (item 4)");
    assert_eq!(
        refused(r#"{"user":"u"}"#),
        "expected an integer from 0 to 18446744073709551615, or a string of its digits, in `id`, found none at byte 100 (item 4)"
    );
    for bad in [
        "null",
        "true",
        "1.0",
        "1e3",
        "-1",
        "18446744073709551616",
        r#""""#,
        r#"" 3""#,
        r#""0x3""#,
        "[]",
        "{}",
    ] {
        assert!(
            refused(&format!(r#"{{"id":{bad}}}"#)).contains(&format!("in `id`, found `{bad}` at byte 106")),
            "{bad}"
        );
    }
    for name in RemoteSession::NAMES.into_iter().skip(1).chain(["credencial", "dispositivo"]) {
        for bad in ["{}", "[]", "true", "7", "0.5"] {
            let fits = matches!((name, bad), ("prevent_purge", "true") | ("request", "7" | "0.5"));
            let raw = format!(r#"{{"id":1,"{name}":{bad}}}"#);
            assert_eq!(item(&raw, DuplicatePolicy::Error).session().is_ok(), fits, "{raw}");
        }
        let raw = format!(r#"{{"id":1,"{name}":null}}"#);
        assert!(item(&raw, DuplicatePolicy::Error).session().is_ok(), "{raw}");
    }
}

#[test]
fn hostile_09_an_id_is_exact_or_refused() {
    for (sent, id) in [
        ("0", 0),
        ("18446744073709551615", u64::MAX),
        (r#""9007199254740993""#, 9007199254740993),
        (r#""\u0033""#, 3),
        (r#""007""#, 7),
    ] {
        assert_eq!(item(&format!(r#"{{"id":{sent}}}"#), DuplicatePolicy::Error).session().unwrap().id(), id);
    }
}

#[test]
fn hostile_12_names_are_compared_by_meaning_and_duplicates_follow_the_policy() {
    let raw = r#"{"\u0069d":1,"user":"a","us\u0065r":"b"}"#;
    let bad = item(raw, DuplicatePolicy::Error).session().unwrap_err();
    assert_eq!((bad.member(), bad.offset()), (Some("user"), 136));
    let user = |policy| item(raw, policy).session().unwrap().user().unwrap().to_str().into_owned();
    assert_eq!((user(DuplicatePolicy::First), user(DuplicatePolicy::Last)), ("a".into(), "b".into()));
    let same = r#"{"id":1,"device":"a\/b","dispositivo":"a/b"}"#;
    assert_eq!(item(same, DuplicatePolicy::Error).session().unwrap().device().unwrap().as_sent(), r"a\/b");
    assert!(
        refused(r#"{"id":1,"device":"a","dispositivo":"b"}"#)
            .contains("expected one value in `device`, found a second: `\"b\"`")
    );
    assert!(refused(r#"{"id":1,"device":"a","device":"a"}"#).contains("a second"));
}

#[test]
fn unknown_members_are_kept_and_not_checked_for_duplicates() {
    let session = RemoteSession::parse(r#" {"x":1,"id":1,"x":{"y":[2]},"\u0078x":"é"} "#).unwrap();
    let unknown: Vec<_> = session.unknown_members().map(|(name, value)| (name.to_string(), value)).collect();
    assert_eq!(unknown, [("x".into(), "1"), ("x".into(), r#"{"y":[2]}"#), ("xx".into(), "\"é\"")]);
    assert_eq!(
        (session.member("x"), session.member("xx"), session.member("id"), session.member("user")),
        (Some(r#"{"y":[2]}"#), Some("\"é\""), Some("1"), None)
    );
}

#[test]
fn serializes_under_present_names_without_loss() {
    let session = RemoteSession::parse(
        r#"{"id":"3","dispositivo":"a\/b","prevent_purge":1,"request":12,"extra":{"b":1,"a":null}}"#,
    )
    .unwrap();
    let text = serde_json::to_string(&session).unwrap();
    assert!(
        text.starts_with(
            r#"{"id":3,"user":null,"origin_ip":null,"credential":null,"device":"a/b","protocol":null"#
        ),
        "{text}"
    );
    assert!(text.contains(r#""prevent_purge":1,"request":12,"ITSM":null,"extra":{"#), "{text}");
    assert_eq!(RemoteSession::parse(&text).unwrap(), session.clone().into_owned());
    let huge = RemoteSession::parse(r#"{"id":3,"extra":1e999}"#).unwrap();
    assert!(serde_json::to_string(&huge).is_err());
}

#[test]
fn an_owned_session_says_the_same_as_the_borrowed_one() {
    let session = RemoteSession::parse(r#"{"id":"3","user":"Admin\n","x":1}"#).unwrap();
    let owned = session.clone().into_owned();
    assert_eq!(owned, session);
    assert_eq!(format!("{owned:?}"), r#"RemoteSession { id: 3, user: "Admin\n", .. }"#);
    for other in [
        r#"{"id":"3","user":"Admin\n","x":2}"#,
        r#"{"id":"3","user":"Admin","x":1}"#,
        r#"{"id":"4","user":"Admin\n","x":1}"#,
    ] {
        assert_ne!(RemoteSession::parse(other).unwrap(), owned);
    }
}
