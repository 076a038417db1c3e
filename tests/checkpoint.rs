//! What a checkpoint knows, by what, and at which price.
#![cfg(feature = "checkpoint")]

use remote_sessions::{Checkpoint, ErrorKind, Reader, RemoteSession};

fn session(json: &str) -> RemoteSession<'_> {
    RemoteSession::parse(json).unwrap()
}

fn saved(checkpoint: &Checkpoint) -> String {
    serde_json::to_string(checkpoint).unwrap()
}

fn again(checkpoint: &Checkpoint) -> Checkpoint {
    serde_json::from_str(&saved(checkpoint)).unwrap()
}

/// The ids in a body that the checkpoint does not have, which then has them.
fn new_ids(checkpoint: &mut Checkpoint, body: &str) -> Vec<u64> {
    let (mut reader, mut ids) = (Reader::new(body.as_bytes()), Vec::new());
    while let Ok(Some((item, tenant))) = reader.next_with_tenant() {
        let session = item.session().unwrap();
        if !checkpoint.has(&session, tenant) {
            ids.push(session.id());
            assert!(checkpoint.record(&session, tenant).unwrap());
        }
        assert!(!checkpoint.record(&session, tenant).unwrap());
    }
    ids
}

#[test]
fn an_id_counts_within_its_tenant_only() {
    let mut checkpoint = Checkpoint::new();
    let one = session(r#"{"id":1,"session_id":"a"}"#);
    assert!(checkpoint.record(&one, Some("x")).unwrap());
    for checkpoint in [&checkpoint, &again(&checkpoint)] {
        assert!(checkpoint.has(&one, Some("x")));
        // Whatever else changed about it.
        assert!(checkpoint.has(&session(r#"{"id":"1","session_id":"b","end":"now"}"#), Some("x")));
        assert!(!checkpoint.has(&one, Some("y")) && !checkpoint.has(&one, Some("")));
        assert!(!checkpoint.has(&one, None));
        assert!(!checkpoint.has(&session(r#"{"id":2}"#), Some("x")));
        assert_eq!(checkpoint.items(), 1);
    }
}

#[test]
fn without_a_tenant_an_item_is_known_by_its_session_id_or_its_text() {
    let mut checkpoint = Checkpoint::new();
    checkpoint.record(&session(r#"{"id":1,"session_id":"a\/b"}"#), None).unwrap();
    checkpoint.record(&session(r#"{"id":2,"session_id":null,"user":"u"}"#), None).unwrap();
    let checkpoint = again(&checkpoint);
    for (json, is_known) in [
        (r#"{"session_id":"a/b","id":"1","end":"now"}"#, true),
        (r#"{"id":1,"session_id":"a"}"#, false),
        (r#"{"id":3,"session_id":"a/b"}"#, false),
        (r#"{"id":1}"#, false),
        (r#"{"id":2,"session_id":null,"user":"u"}"#, true),
        (r#"{"id":2,"session_id":null,"user":"v"}"#, false),
        (r#"{"id":2,"session_id":"","user":"u"}"#, false),
    ] {
        assert_eq!(checkpoint.has(&session(json), None), is_known, "{json}");
        // The envelope may say its tenant earlier this time.
        assert_eq!(checkpoint.has(&session(json), Some("x")), is_known, "{json}");
    }
}

#[test]
fn the_tenant_is_that_of_the_envelope_right_around_the_item() {
    let nested = r#"{"code":200,"remote_sessions":[
        {"tenant":"a","remote_sessions":[{"id":1,"session_id":"1a"},{"id":2,"session_id":"2a"}]},
        {"tenant":"b","remote_sessions":[{"id":1,"session_id":"1b"}]},
        {"remote_sessions":[{"id":1,"session_id":"1c"}],"tenant":"c"}],"tenant":"z"}"#;
    let mut checkpoint = Checkpoint::new();
    assert_eq!(new_ids(&mut checkpoint, nested), [1, 2, 1, 1]);
    assert_eq!(new_ids(&mut again(&checkpoint), nested), [0; 0]);
    let flat = r#"{"tenant":"a","remote_sessions":[{"id":2},{"id":3}]}"#;
    assert_eq!(new_ids(&mut again(&checkpoint), flat), [3]);
    // Two envelopes without a tenant of their own inside one that has one: not to be mixed up.
    let inner = r#"{"tenant":"o","remote_sessions":[{"remote_sessions":[{"id":1,"session_id":"p"}],"tenant":"p"},
        {"remote_sessions":[{"id":1,"session_id":"q"}],"tenant":"q"}]}"#;
    assert_eq!(new_ids(&mut Checkpoint::new(), inner), [1, 1]);
}

#[test]
fn a_list_cut_anywhere_is_completed_without_loss_or_repetition() {
    let body = r#"{"tenant":"a","remote_sessions":[{"id":5,"session_id":"x"},{"id":6},{"id":7}]}"#;
    let late = r#"{"remote_sessions":[{"id":5,"session_id":"x"},{"id":6},{"id":7}],"tenant":"a"}"#;
    for body in [body, late] {
        for first in 0..=body.len() {
            for second in [0, first, body.len() / 2] {
                let mut checkpoint = Checkpoint::new();
                let mut ids = new_ids(&mut checkpoint, &body[..first]);
                checkpoint = again(&checkpoint);
                ids.extend(new_ids(&mut checkpoint, &body[..second]));
                checkpoint = again(&checkpoint);
                ids.extend(new_ids(&mut checkpoint, body));
                assert_eq!((ids, checkpoint.items()), (vec![5, 6, 7], 3));
            }
        }
    }
}

#[test]
fn what_is_saved_is_small_and_says_what_it_is_about() {
    let mut checkpoint = Checkpoint::new().with_source("https://pam.example");
    for id in 0..100_000 {
        let json = format!(r#"{{"id":{id}}}"#);
        checkpoint.record(&session(&json), Some("x")).unwrap();
    }
    checkpoint.set_bytes(12_345);
    assert!(saved(&checkpoint).len() < 40_000, "a bit and a third for each id");
    assert!(checkpoint.memory_used() < 40_000, "{}", checkpoint.memory_used());
    let checkpoint = again(&checkpoint);
    assert_eq!((checkpoint.source(), checkpoint.bytes()), (Some("https://pam.example"), 12_345));
    assert_eq!(checkpoint.items(), 100_000);
    assert!(checkpoint.has(&session(r#"{"id":99999}"#), Some("x")));
    assert!(!format!("{checkpoint:?}").contains("\"x\""));
}

#[test]
fn memory_is_bounded_and_a_full_checkpoint_forgets_nothing() {
    // Dense, sparse, without tenant, many tenants.
    type Next = fn(u64) -> (u64, Option<String>);
    let ways: [Next; 4] = [
        |at| (at, Some("x".into())),
        |at| (at << 33, Some("x".into())),
        |at| (at, None),
        |at| (at, Some(format!("{at}{}", "t".repeat(1000)))),
    ];
    for next in ways {
        let memory = 300_000;
        let mut checkpoint = Checkpoint::new().with_memory(memory);
        let mut end = None;
        for at in 0..3_000_000 {
            let (id, tenant) = next(at);
            let json = format!(r#"{{"id":{id},"session_id":"s"}}"#);
            if let Err(error) = checkpoint.record(&session(&json), tenant.as_deref()) {
                assert_eq!(error.kind(), ErrorKind::Limit);
                end = Some(at);
                break;
            }
        }
        assert!(checkpoint.memory_used() <= memory, "{}", checkpoint.memory_used());
        let count = end.expect("full at some time");
        assert!(count > 50 && checkpoint.items() == count);
        for at in (0..count).step_by(usize::try_from(count / 50).unwrap()) {
            let (id, tenant) = next(at);
            let json = format!(r#"{{"id":{id},"session_id":"s"}}"#);
            assert!(checkpoint.has(&session(&json), tenant.as_deref()));
        }
    }
}

#[test]
fn what_is_no_checkpoint_is_refused() {
    let mut checkpoint = Checkpoint::new();
    checkpoint.record(&session(r#"{"id":1}"#), Some("x")).unwrap();
    checkpoint.record(&session(r#"{"id":2}"#), None).unwrap();
    let good = saved(&checkpoint);
    for (from, to, part) in [
        ("\"version\":1", "\"version\":2", "expected a checkpoint of version 1, found version 2"),
        ("\"items\":2", "\"items\":3", "expected a checkpoint of 3 items, found 2"),
        ("\"x\":\"", "\"x\":\"*", "in base64"),
        ("\"x\":\"", "\"x\":\"AAAA", "Roaring"),
        ("\"unnamed\":[\"", "\"unnamed\":[\"AAAA", "fingerprints of 16 bytes"),
        ("\"bytes\"", "\"byte\"", "byte"),
    ] {
        let bad = good.replacen(from, to, 1);
        assert_ne!(bad, good);
        let error = serde_json::from_str::<Checkpoint>(&bad).unwrap_err().to_string();
        assert!(error.contains(part), "{error}");
    }
    for bad in ["", "{}", "[]", "null", &good[..good.len() - 1]] {
        assert!(serde_json::from_str::<Checkpoint>(bad).is_err(), "{bad}");
    }
}

/// A bit that a disk has lost could make a session that nobody got one that was delivered.
#[test]
fn no_byte_of_a_checkpoint_can_be_another_one() {
    let mut checkpoint = Checkpoint::new().with_source("s");
    for id in [1, 2, 70_000] {
        checkpoint.record(&session(&format!(r#"{{"id":{id}}}"#)), Some("x")).unwrap();
    }
    checkpoint.record(&session(r#"{"id":3}"#), None).unwrap();
    let good = saved(&checkpoint);
    for at in 0..good.len() {
        for bit in 0..7 {
            let mut bad = good.clone().into_bytes();
            bad[at] ^= 1 << bit;
            assert!(serde_json::from_slice::<Checkpoint>(&bad).is_err(), "byte {at}: {}", bad.escape_ascii());
        }
    }
}

#[test]
fn a_checkpoint_by_default_knows_nothing() {
    let mut checkpoint = Checkpoint::default();
    assert_eq!((checkpoint.items(), checkpoint.bytes(), checkpoint.source()), (0, 0, None));
    assert!(!checkpoint.has(&session(r#"{"id":1}"#), Some("a")));
    assert!(checkpoint.record(&session(r#"{"id":1}"#), Some("a")).unwrap());
    assert_eq!(again(&checkpoint).items(), 1);
    let shown = format!("{checkpoint:?}");
    assert!(shown.starts_with("Checkpoint {"), "{shown}");
}

/// What it says that it takes is no less than what the allocator gave it, and not many times that.
#[test]
fn the_memory_used_is_what_is_taken_or_somewhat_more() {
    type Next = fn(u64) -> (u64, Option<String>);
    let ways: [(u64, Next); 7] = [
        (200_000, |at| (at, Some("x".into()))),
        (20_000, |at| (at * 40, Some("x".into()))),
        (2_000, |at| (at << 33, Some("x".into()))),
        (20_000, |at| (at, None)),
        (20_000, |at| (20_000 - at, None)),
        (20_000, |at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15), None)),
        (300, |at| (at, Some(format!("{at}{}", "t".repeat(1000))))),
    ];
    for (number, (count, next)) in ways.into_iter().enumerate() {
        let mut checkpoint = Checkpoint::new();
        let taken = allocation_counter::measure(|| {
            for at in 0..count {
                let (id, tenant) = next(at);
                let json = format!(r#"{{"id":{id},"session_id":"s"}}"#);
                assert!(checkpoint.record(&session(&json), tenant.as_deref()).unwrap());
            }
        });
        let (taken, used) = (usize::try_from(taken.bytes_current).unwrap(), checkpoint.memory_used());
        assert!((taken..=4 * taken).contains(&used), "{used} for {taken} in way {number}");
    }
}

#[test]
fn without_a_session_id_items_of_one_id_are_known_by_their_text() {
    for none in [r#""session_id":"","#, r#""session_id":null,"#, ""] {
        let item = |user: &str| format!(r#"{{"id":1,{none}"user":"{user}"}}"#);
        let (first, second) = (item("a"), item("b"));
        let mut checkpoint = Checkpoint::new();
        assert!(checkpoint.record(&session(&first), None).unwrap());
        assert!(checkpoint.has(&session(&first), None) && !checkpoint.has(&session(&second), None));
        assert!(checkpoint.record(&session(&second), None).unwrap());
        assert_eq!(checkpoint.items(), 2);
    }
}

/// What is held beside a checkpoint while it is saved, and in all while it is read, is as documented.
#[test]
fn while_it_is_saved_or_read_its_text_is_held_as_well() {
    const SLACK: u64 = 16 * 1024;
    /// Ids that are close enough for maps of bits, of so many tenants; or without one.
    fn filled(tenants: u64) -> Checkpoint {
        let mut checkpoint = Checkpoint::new();
        for number in 0..100_000_u64 {
            let text = format!(r#"{{"id":{}}}"#, number * 11);
            let tenant = (tenants > 0).then(|| format!("tenant {}", number % tenants.max(1)));
            checkpoint.record(&session(&text), tenant.as_deref()).unwrap();
        }
        checkpoint
    }
    for tenants in [0, 1, 2] {
        let checkpoint = filled(tenants);
        let used = u64::try_from(checkpoint.memory_used()).unwrap();
        let text = saved(&checkpoint);
        let saving = allocation_counter::measure(|| {
            serde_json::to_writer(std::io::sink(), &checkpoint).unwrap();
        });
        let reading = allocation_counter::measure(|| {
            let read: Checkpoint = serde_json::from_reader(text.as_bytes()).unwrap();
            assert_eq!(read.items(), checkpoint.items());
        });
        // The text, a third larger, and the ids of one tenant; then all of that, what is made of it, and
        // the buffer of serde_json, which may be twice as large as the text.
        let (saving, reading) = (saving.bytes_max, reading.bytes_max);
        assert!(saving <= used * 7 / 3 + SLACK, "{saving} bytes, {used} used, {tenants} tenants");
        assert!(reading <= used * 6 + SLACK, "{reading} bytes, {used} used, {tenants} tenants");
    }
}
