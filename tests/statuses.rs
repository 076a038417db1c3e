//! What envelopes say about themselves: read leniently, all of it at hand, in bounded memory.
#![cfg(feature = "std")]

mod support;

use remote_sessions::{Deviation, EnvelopeStatus, ErrorKind, Exception, Reader, Repeated, Summary};
use support::{agreed, limits};

/// The summary of a body that is read to its end, however it ends.
fn summary_of(body: &str) -> Summary {
    let mut reader = Reader::new(body.as_bytes());
    while let Ok(Some(_)) = reader.next_item() {}
    reader.summary()
}

fn envelope_of(body: &str) -> EnvelopeStatus {
    summary_of(body).envelopes()[0].clone()
}

fn deviations_of(body: &str) -> Vec<Deviation> {
    summary_of(body).tolerated().iter().map(|tolerated| tolerated.deviation).collect()
}

#[test]
fn a_number_may_be_spelled_in_many_ways() {
    for (sent, code, deviation) in [
        ("200", Some(200), None),
        ("-1", Some(-1), None),
        ("2e2", Some(200), None),
        ("200.0", Some(200), None),
        ("9007199254740993", Some(9_007_199_254_740_993), None),
        ("null", None, None),
        (r#""""#, None, None),
        (r#""200""#, Some(200), Some(Deviation::StatusAsText)),
        (r#""2\u00300""#, Some(200), Some(Deviation::StatusAsText)),
        (r#""2e2""#, Some(200), Some(Deviation::StatusAsText)),
        ("200.5", None, Some(Deviation::UnreadableStatus)),
        // A float from here on is not read, for the next ones are not exact.
        ("8.999999999999999e15", Some(8_999_999_999_999_999), None),
        ("9e15", None, Some(Deviation::UnreadableStatus)),
        ("1e300", None, Some(Deviation::UnreadableStatus)),
        ("9223372036854775808", None, Some(Deviation::UnreadableStatus)),
        ("true", None, Some(Deviation::UnreadableStatus)),
        ("[200]", None, Some(Deviation::UnreadableStatus)),
        (r#"{"a":200}"#, None, Some(Deviation::UnreadableStatus)),
    ] {
        let body = format!(r#"{{"code":{sent},"remote_sessions":[]}}"#);
        assert_eq!(envelope_of(&body).code(), code, "{sent}");
        assert_eq!(deviations_of(&body).first().copied(), deviation, "{sent}");
    }
    let both = deviations_of(r#"{"code":"many","remote_sessions":[]}"#);
    assert_eq!(both, [Deviation::StatusAsText, Deviation::UnreadableStatus]);
}

#[test]
fn a_truth_may_be_spelled_in_many_ways() {
    for (sent, error, deviation) in [
        ("true", Some(true), None),
        ("false", Some(false), None),
        ("null", None, None),
        (r#""""#, None, None),
        ("1", Some(true), Some(Deviation::StatusAsText)),
        ("0", Some(false), Some(Deviation::StatusAsText)),
        (r#""1""#, Some(true), Some(Deviation::StatusAsText)),
        (r#""0""#, Some(false), Some(Deviation::StatusAsText)),
        (r#""TRUE""#, Some(true), Some(Deviation::StatusAsText)),
        (r#""False""#, Some(false), Some(Deviation::StatusAsText)),
        (r#""no""#, None, Some(Deviation::UnreadableStatus)),
        ("2", None, Some(Deviation::UnreadableStatus)),
        ("{}", None, Some(Deviation::UnreadableStatus)),
    ] {
        let body = format!(r#"{{"response":{{"error":{sent}}},"remote_sessions":[]}}"#);
        assert_eq!(envelope_of(&body).error(), error, "{sent}");
        assert_eq!(deviations_of(&body).first().copied(), deviation, "{sent}");
    }
}

#[test]
fn a_text_may_be_sent_as_a_number_or_a_truth() {
    for (sent, tenant, deviation) in [
        (r#""a\/b""#, Some("a/b"), None),
        ("7", Some("7"), None),
        ("true", Some("true"), None),
        ("null", None, None),
        (r#""""#, Some(""), None),
        ("[]", None, Some(Deviation::UnreadableStatus)),
    ] {
        let body = format!(r#"{{"tenant":{sent},"remote_sessions":[]}}"#);
        assert_eq!(envelope_of(&body).tenant(), tenant, "{sent}");
        assert_eq!(deviations_of(&body).first().copied(), deviation, "{sent}");
    }
}

#[test]
fn a_response_object_may_be_something_empty() {
    for (sent, deviation) in [
        ("null", None),
        ("false", None),
        (r#""""#, None),
        ("[]", Some(Deviation::ArrayForObject)),
        ("[ ]", Some(Deviation::ArrayForObject)),
        ("[1]", Some(Deviation::UnreadableStatus)),
        ("7", Some(Deviation::UnreadableStatus)),
        (r#""ok""#, Some(Deviation::UnreadableStatus)),
    ] {
        let body = format!(r#"{{"response":{sent},"remote_sessions":[]}}"#);
        assert_eq!(envelope_of(&body).response(), None, "{sent}");
        assert_eq!(deviations_of(&body).first().copied(), deviation, "{sent}");
    }
}

#[test]
fn the_portuguese_twins_are_read_where_the_english_members_are_absent() {
    let twins = envelope_of(
        r#"{"response":{"status":200,"mensagem":"Erro","erro":false,"cod_erro":4,"x":1},"remote_sessions":[]}"#,
    );
    let response = twins.response().expect("a response");
    assert_eq!((response.message.as_deref(), response.error), (Some("Erro"), Some(false)));
    assert_eq!((response.error_code, response.status, twins.status()), (Some(4), Some(200), Some(200)));

    let both = envelope_of(
        r#"{"response":{"message":"m","mensagem":"n","error":false,"erro":true,"error_code":1,"cod_erro":2},"remote_sessions":[]}"#,
    );
    let response = both.response().expect("a response");
    assert_eq!((response.message.as_deref(), response.error_code), (Some("m"), Some(1)));
    assert_eq!(response.error, Some(true), "an error of either counts");
}

#[test]
fn an_exception_has_its_parts() {
    let envelope =
        envelope_of(r#"{"exception":{"code":"7","message":"m","detail":"d"},"remote_sessions":[]}"#);
    let exception = envelope.exception().expect("an exception");
    assert_eq!(
        (exception.code, exception.message.as_deref(), exception.detail.as_deref()),
        (Some(7), Some("m"), Some("d"))
    );
    assert_eq!(envelope.message(), Some("m"));
}

#[test]
fn of_a_repeated_member_the_first_and_the_last_are_kept_and_all_are_counted() {
    let envelope = envelope_of(concat!(
        r#"{"code":1,"code":2,"code":3,"tenant":"a","tenant":"b","#,
        r#""response":{"status":201},"response":{"status":202},"#,
        r#""exception":{"code":1},"exception":[],"exception":{},"remote_sessions":[]}"#,
    ));
    fn kept<T: Clone>(repeated: Option<&Repeated<T>>) -> (T, T, u64) {
        let repeated = repeated.expect("sent");
        (repeated.first().clone(), repeated.last().clone(), repeated.count())
    }
    assert_eq!(kept(envelope.codes()), (1, 3, 3));
    assert_eq!(kept(envelope.tenants()), ("a".into(), "b".into(), 2));
    let (first, last, count) = kept(envelope.responses());
    assert_eq!((first.status, last.status, count), (Some(201), Some(202), 2));
    let (first, last, count) = kept(envelope.exceptions());
    assert_eq!((first.code, last, count), (Some(1), Exception::default(), 2));
    assert_eq!(envelope.exception(), None, "the last one counts, and it is empty");
    let once = envelope_of(r#"{"code":5,"remote_sessions":[]}"#);
    assert_eq!(kept(once.codes()), (5, 5, 1));
    assert_eq!((once.tenants(), once.responses(), once.exceptions()), (None, None, None));
}

#[test]
fn the_kept_texts_are_bounded_together() {
    // Two envelopes of at most 40 bytes each are kept: 80 bytes in all.
    let limits = limits(|limits| (limits.envelopes, limits.captured_value) = (2, 40));
    let body = |tenants: &[&str]| {
        let tenants: String = tenants.iter().map(|tenant| format!(r#""tenant":"{tenant}","#)).collect();
        format!(r#"{{{tenants}"response":{{"message":"{}"}},"remote_sessions":[]}}"#, "m".repeat(25))
    };
    let (short, long) = ("t".repeat(18), "t".repeat(20));
    agreed(|engine| {
        let settings = engine.limits(limits.clone());
        // 20 + 20 + 39 bytes as sent.
        let fits = body(&[&short, &short]);
        assert!(settings.build(fits.as_bytes()).next_item().unwrap().is_none());
        let over = body(&[&long, &short]);
        let error = settings.build(over.as_bytes()).next_item().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        assert_eq!(
            error.message(),
            "expected the kept texts of all envelopes within their limit in bytes, found more than the limit of 80"
        );
    });
}

/// Far more is said by all envelopes together than may be held at a time: what is no more kept, and each value that
/// another one took the place of, is given back.
#[test]
fn what_is_held_of_envelopes_counts_only_while_it_is() {
    let limits = limits(|limits| (limits.envelopes, limits.captured_value) = (2, 64));
    let repeated: Vec<_> = (1..=20).map(|number| format!(r#""tenant":"inner-{number}""#)).collect();
    let repeated = repeated.join(",");
    let inner = format!(r#"{{{repeated},"remote_sessions":[{{"id":1}}],{repeated}}}"#);
    let outer = |number: usize| format!(r#"{{"tenant":"outer-{number}","remote_sessions":[{inner}]}}"#);
    let outers: Vec<_> = (0..200).map(outer).collect();
    let body = format!(r#"{{"tenant":"root","remote_sessions":[{}]}}"#, outers.join(","));
    agreed(|engine| {
        let mut reader = engine.limits(limits.clone()).build(body.as_bytes());
        while reader.next_item().unwrap().is_some() {}
        let summary = reader.summary();
        assert_eq!((summary.items(), summary.envelopes_total()), (200, 401));
        // The first one, and the last that began, though others ended after it.
        let kept: Vec<_> = summary.envelopes().iter().map(|envelope| envelope.tenant()).collect();
        assert_eq!(kept, [Some("root"), Some("inner-20")]);
    });
}
