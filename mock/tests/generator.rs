//! The generator from outside: what stands in the bytes is what `sessions()` says, in every layout and envelope.

use std::collections::BTreeSet;

use mock_pam_core::{EnvelopeShape, Layout, Population, Response, Session, Status};
use serde_json::{Map, Value};

const ITEMS: u64 = 700;

fn every_recipe() -> impl Iterator<Item = Response> {
    Population::ALL.into_iter().flat_map(|population| {
        Layout::ALL.into_iter().flat_map(move |layout| {
            EnvelopeShape::ALL.into_iter().map(move |shape| {
                Response::new(ITEMS).seed(7).population(population).layout(layout).envelope(shape)
            })
        })
    })
}

/// The document, with the end that the unclosed shape lacks.
fn parse(response: &Response, shape: EnvelopeShape) -> Value {
    let mut bytes = response.to_vec();
    if shape == EnvelopeShape::Unclosed {
        assert!(serde_json::from_slice::<Value>(&bytes).unwrap_err().is_eof());
        assert!(bytes.ends_with(b"}\n"));
        bytes.extend_from_slice(b"]}");
    }
    serde_json::from_slice(&bytes).unwrap_or_else(|error| panic!("{response:?}: {error}"))
}

fn items_of(document: &Value, shape: EnvelopeShape) -> Vec<Map<String, Value>> {
    let list = |envelope: &Value| envelope["remote_sessions"].as_array().unwrap().clone();
    let items: Vec<Value> = match shape {
        EnvelopeShape::Flat | EnvelopeShape::Late => list(document),
        _ => list(document).iter().flat_map(list).collect(),
    };
    items.into_iter().map(|item| item.as_object().unwrap().clone()).collect()
}

/// A value the way `Session` shows it.
fn shown(value: Option<&Value>) -> Option<String> {
    match value {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) => Some(text.clone()),
        Some(other) => Some(other.to_string()),
    }
}

#[track_caller]
fn assert_same(item: &Map<String, Value>, session: &Session) {
    let known = [
        ("id", &Some(session.id.to_string())),
        ("user", &session.user),
        ("origin_ip", &session.origin_ip),
        ("credential", &session.credential),
        ("device", &session.device),
        ("protocol", &session.protocol),
        ("proxy", &session.proxy),
        ("session_id", &session.session_id),
        ("start", &session.start),
        ("end", &session.end),
        ("time", &session.time),
        ("prevent_purge", &session.prevent_purge),
        ("request", &session.request),
        ("ITSM", &session.itsm),
    ];
    let mut names: BTreeSet<&str> = item.keys().map(String::as_str).collect();
    assert_eq!(names, session.names.iter().copied().collect());
    assert_eq!(names.len(), session.names.len(), "no member twice");
    for (name, expected) in known {
        let older = match name {
            "credential" => "credencial",
            "device" => "dispositivo",
            other => other,
        };
        assert_eq!(&shown(item.get(name).or(item.get(older))), expected, "{name} of {session:?}");
        names.remove(name);
        names.remove(older);
    }
    for (name, json) in &session.unknown {
        assert_eq!(item[*name], serde_json::from_str::<Value>(json).unwrap());
        names.remove(name);
    }
    assert!(names.is_empty(), "unexpected: {names:?}");
}

#[test]
fn every_layout_in_every_envelope_holds_the_expected_sessions() {
    let shapes = EnvelopeShape::ALL.into_iter().cycle();
    let mut recipes = 0;
    for (response, shape) in every_recipe().zip(shapes) {
        let document = parse(&response, shape);
        let items = items_of(&document, shape);
        let sessions: Vec<Session> = response.sessions().collect();
        assert_eq!(items.len(), sessions.len());
        for (item, session) in items.iter().zip(&sessions) {
            assert_same(item, session);
        }
        assert_eq!(document["code"], 200);
        assert_eq!(document["response"]["error"], false);
        recipes += 1;
    }
    assert_eq!(recipes, 90);
}

#[test]
fn members_stand_in_the_order_that_sessions_tell() {
    for layout in Layout::ALL {
        for population in Population::ALL {
            let response = Response::new(50).layout(layout).population(population);
            let text = String::from_utf8(response.to_vec()).unwrap();
            // Members of an item, not of an unknown member's value: each is searched behind the one before it.
            let mut rest = text.split_once("remote_sessions\"").unwrap().1;
            for session in response.sessions() {
                for name in session.names {
                    let (before, after) = rest.split_once(&format!("\"{name}\":")).unwrap();
                    assert!(before.len() < 2000, "{name} is not where it should be");
                    rest = after;
                }
            }
        }
    }
}

#[test]
fn the_same_recipe_gives_the_same_bytes_however_it_is_cut() {
    for response in every_recipe() {
        let whole = response.to_vec();
        let mut written = Vec::new();
        assert_eq!(response.write_to(&mut written).unwrap(), whole.len() as u64);
        assert!(written == whole);
        for size in [97, 4096, 65_536, 1 << 20] {
            let chunks: Vec<_> = response.clone().chunk_size(size).chunks().collect();
            let (last, others) = chunks.split_last().unwrap();
            assert!(others.iter().all(|chunk| chunk.len() == size));
            assert!((1..=size).contains(&last.len()));
            assert!(chunks.concat() == whole);
        }
    }
    let small = Response::new(5);
    assert_eq!(small.clone().chunk_size(1).chunks().collect::<Vec<_>>().concat(), small.to_vec());
}

#[test]
fn the_bytes_never_change_from_one_platform_or_release_to_the_next() {
    // FNV-1a over 700 items of each. A change here is a change of every stored expectation elsewhere.
    let mut digests = Vec::new();
    for population in Population::ALL {
        for layout in Layout::ALL {
            let bytes = Response::new(ITEMS).population(population).layout(layout).to_vec();
            let digest = bytes.iter().fold(0xcbf2_9ce4_8422_2325_u64, |hash, &byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
            digests.push(format!("{population} {layout} {digest:016x}"));
        }
    }
    let expected: Vec<&str> = include_str!("digests.txt").lines().collect();
    assert_eq!(digests, expected);
}

#[test]
fn another_seed_gives_other_sessions() {
    let [one, two] = [1, 2].map(|seed| Response::new(100).seed(seed));
    assert!(one.sessions().zip(two.sessions()).all(|(a, b)| a.session_id != b.session_id));
}

#[test]
fn layouts_of_one_kind_hold_the_same_sessions() {
    let sessions = |layout| {
        Response::new(ITEMS).layout(layout).sessions().map(|mut session| {
            session.names.clear();
            session
        })
    };
    assert!(sessions(Layout::Compact).eq(sessions(Layout::Pretty)));
    assert!(sessions(Layout::Compact).eq(sessions(Layout::Shuffled)));
    assert!(sessions(Layout::Php).eq(sessions(Layout::Utf8)));
}

#[test]
fn layouts_keep_their_promises() {
    let text = |layout| String::from_utf8(Response::new(ITEMS).layout(layout).to_vec()).unwrap();
    let outside_strings = |layout| {
        let mut in_string = false;
        let mut escaped = false;
        text(layout)
            .chars()
            .filter(move |&c| {
                let was_in = in_string;
                match c {
                    '"' if !escaped => in_string = !in_string,
                    _ => (),
                }
                escaped = was_in && c == '\\' && !escaped;
                !was_in
            })
            .filter(|c| c.is_whitespace())
            .count()
    };
    for layout in Layout::ALL {
        assert_eq!(outside_strings(layout) > 0, layout == Layout::Pretty, "{layout}");
    }
    assert!(text(Layout::Pretty).contains("\n            \"user\": \""));
    let php = text(Layout::Php);
    assert!(php.is_ascii());
    assert!(php.contains(r"\ud83d\ude"), "surrogate pairs");
    assert!(php.contains(r"\/") && !php.replace(r"\/", "").contains('/'));
    let utf8 = text(Layout::Utf8);
    assert!(["ã", "東京", "🚀", "ł", "/"].iter().all(|part| utf8.contains(part)));
    assert!(!utf8.contains("\\u"));
}

#[test]
fn shuffled_items_differ_in_order() {
    let orders: BTreeSet<Vec<&str>> =
        Response::new(100).layout(Layout::Shuffled).sessions().map(|session| session.names).collect();
    assert_eq!(orders.len(), 100);
    assert!(orders.iter().all(|names| names.len() == 14));
}

#[test]
fn dirty_items_have_every_documented_spelling() {
    let response = Response::new(ITEMS).layout(Layout::Dirty);
    let items = items_of(&parse(&response, EnvelopeShape::Flat), EnvelopeShape::Flat);
    let spellings = |name: &str| -> BTreeSet<String> {
        items.iter().map(|item| item.get(name).map_or("absent".to_owned(), Value::to_string)).collect()
    };
    let purge = spellings("prevent_purge");
    for expected in ["\"No\"", "\"Não\"", "\"Yes\"", "\"Sim\"", "true", "false", "0", "1"] {
        assert!(purge.contains(expected), "{expected}");
    }
    for expected in ["absent", "null", "\"\"", "\"0000-00-00 00:00:00\""] {
        assert!(spellings("end").contains(expected), "{expected}");
    }
    for name in ["id", "request"] {
        assert!(items.iter().any(|item| item[name].is_u64()), "{name}");
        assert!(items.iter().any(|item| item[name].is_string()), "{name}");
    }
    for name in ["credential", "credencial", "device", "dispositivo", "workspace", "labels", "audit"] {
        assert!(items.iter().any(|item| item.contains_key(name)), "{name}");
    }
}

#[test]
fn varied_items_look_like_the_documented_ones() {
    let response = Response::new(20_000);
    let length = response.byte_count() / 20_000;
    assert!((320..=360).contains(&length), "{length} bytes an item");
    let sessions: Vec<Session> = response.sessions().collect();
    assert!(sessions.windows(2).all(|pair| pair[0].id < pair[1].id));
    let count = |wanted: fn(&Session) -> bool| sessions.iter().filter(|session| wanted(session)).count();
    assert!((300..900).contains(&count(Session::is_active)));
    assert!((1000..4000).contains(&count(|session| session.request.is_some())));
    assert!((1000..4000).contains(&count(|session| session.itsm.is_some())));
    assert!((1..1000).contains(&count(|session| session.user.is_none())));
    assert!(count(|session| session.user.as_ref().is_some_and(|user| user.len() > 100)) > 0);
    assert!(count(|session| session.user.as_ref().is_some_and(|user| user.contains('\\'))) > 0);
    assert!(count(|session| session.device.as_ref().unwrap().starts_with('[')) > 0);
    assert!(count(|session| !session.device.as_ref().unwrap().contains(':')) > 0);
    assert!(count(|session| session.origin_ip.as_ref().unwrap().contains(':')) > 0);
    assert!(count(|session| session.seconds.is_some_and(|seconds| seconds >= 100 * 3600)) > 0);
    for session in &sessions {
        let hash = session.session_id.as_ref().unwrap();
        assert!(hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let origin = session.origin_ip.as_ref().unwrap();
        assert_eq!(&origin.parse::<std::net::IpAddr>().unwrap().to_string(), origin);
        assert!(session.device.as_ref().unwrap().len() < 450);
    }
}

#[test]
fn uniform_items_are_all_of_one_length() {
    let text = String::from_utf8(Response::new(300).population(Population::Uniform).to_vec()).unwrap();
    let lengths: BTreeSet<usize> = text.split_once('[').unwrap().1.split("},{").map(str::len).collect();
    // The first item has its brace still, the last one the end of the envelope.
    assert!(lengths.len() <= 3, "{lengths:?}");
    assert!(!text.contains("null") && !text.contains("\"ITSM\""));
}

#[test]
fn start_end_and_time_agree() {
    for population in Population::ALL {
        // Far enough for the calendar to begin again.
        let response = Response::new(u64::MAX).population(population);
        for index in (0..200).map(|i| i * 7919) {
            let session = response.sessions().nth(index).unwrap();
            let Some(seconds) = session.seconds else { continue };
            let (start, end) =
                (instant(session.start.as_ref().unwrap()), instant(session.end.as_ref().unwrap()));
            assert_eq!(end - start, seconds, "{session:?}");
            let time: Vec<u64> =
                session.time.as_ref().unwrap().split(':').map(|n| n.parse().unwrap()).collect();
            assert_eq!(time[0] * 3600 + time[1] * 60 + time[2], seconds);
        }
    }
}

/// Seconds since some day, by Howard Hinnant's way of counting days: not the generator's table.
fn instant(text: &str) -> u64 {
    let number = |range: core::ops::Range<usize>| text[range].parse::<u64>().unwrap();
    let (mut year, month, day) = (number(0..4), number(5..7), number(8..10));
    if month <= 2 {
        year -= 1;
    }
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let days = year * 365 + year / 4 - year / 100 + year / 400 + day_of_year;
    days * 86_400 + number(11..13) * 3600 + number(14..16) * 60 + number(17..19)
}

#[test]
fn pages_have_tenants_and_statuses_of_their_own() {
    let response = Response::new(10)
        .envelope(EnvelopeShape::Pages)
        .pages(3)
        .tenant("Filial/São Paulo")
        .page_status(1, Status::error(500, 9, "half"))
        .outer_status(Status::error(207, 0, "partly"));
    let document = parse(&response, EnvelopeShape::Pages);
    assert_eq!(document["response"]["message"], "partly");
    let pages = document["remote_sessions"].as_array().unwrap();
    assert_eq!(pages.len(), 3);
    for (i, page) in pages.iter().enumerate() {
        assert_eq!(page["tenant"], response.page_tenant(i as u64));
        assert_eq!(page["code"], if i == 1 { 500 } else { 200 });
        let count = response.page_items(i as u64).count();
        assert_eq!(page["remote_sessions"].as_array().unwrap().len(), count);
    }
    assert_eq!(pages[2]["tenant"], "Filial/São Paulo-3");
}

#[test]
fn few_items_make_valid_documents_too() {
    for shape in EnvelopeShape::ALL {
        for layout in Layout::ALL {
            for items in 0..5 {
                let response = Response::new(items).layout(layout).envelope(shape);
                let document = parse(&response, shape);
                assert_eq!(items_of(&document, shape).len() as u64, items);
                if items == 0 {
                    assert!(String::from_utf8(response.to_vec()).unwrap().contains("[]"));
                }
            }
        }
    }
}

#[test]
fn envelopes_have_their_members_in_the_promised_order() {
    let text = |shape| String::from_utf8(Response::new(2).envelope(shape).to_vec()).unwrap();
    let order = |text: &str, names: [&str; 4]| {
        let places: Vec<usize> = names.map(|name| text.find(&format!("\"{name}\":")).unwrap()).to_vec();
        places.is_sorted()
    };
    assert!(order(&text(EnvelopeShape::Flat), ["code", "response", "tenant", "remote_sessions"]));
    assert!(order(&text(EnvelopeShape::Late), ["remote_sessions", "code", "response", "tenant"]));
    assert!(text(EnvelopeShape::Nested).starts_with(r#"{"code":200,"response":{"status":200,"message":"","#));
    let nested = text(EnvelopeShape::Nested);
    assert_eq!(text(EnvelopeShape::Unclosed).trim_end().to_owned() + "]}", nested);
}
