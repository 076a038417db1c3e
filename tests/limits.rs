//! Row 7 of the hostile inputs as laws on random ones: each limit is exact, to the byte, whatever the chunks; and
//! none changes anything as long as nothing goes over it.
#![cfg(feature = "std")]

#[path = "support/random.rs"]
#[allow(dead_code, reason = "each test binary uses a part of it")]
mod random;
mod support;

use std::iter::once;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;
use random::{chunks, config, document, response, sessions};
use remote_sessions::{Builder, EnvelopeStatus, Limits};
use support::{Outcome, agreed, in_chunks, limits, outcome_of_reader, whole};

/// How deep, how long a name, a number and an item may be: as an error names it.
const NAMED: [&str; 4] = ["nesting depth", "key limit", "number limit", "item limit"];
const DEPTH: usize = 0;
const KEY: usize = 1;
const NUMBER: usize = 2;
const ITEM: usize = 3;

/// The values of these four limits.
type Set = [usize; 4];

/// Something that a limit is about: the limit's place in a [`Set`], where it begins, and its size.
type Measured = (usize, usize, usize);

/// All of that in a valid text, but for the items.
fn sizes(text: &str) -> Vec<Measured> {
    let bytes = text.as_bytes();
    let (mut found, mut depth, mut at) = (Vec::new(), 0, 0);
    while let Some(&byte) = bytes.get(at) {
        let from = at;
        at += 1;
        match byte {
            b'{' | b'[' => {
                depth += 1;
                found.push((DEPTH, from, depth));
            }
            b'}' | b']' => depth -= 1,
            b'"' => {
                while bytes[at] != b'"' {
                    at += 1 + usize::from(bytes[at] == b'\\');
                }
                at += 1;
                if text[at..].trim_start().starts_with(':') {
                    found.push((KEY, from + 1, at - from - 2));
                }
            }
            b'-' | b'0'..=b'9' => {
                at += bytes[at..].iter().take_while(|byte| b"0123456789.eE+-".contains(byte)).count();
                found.push((NUMBER, from, at - from));
            }
            _ => {}
        }
    }
    found
}

/// The first byte that goes over one of these limits, and over which.
fn first_over(sizes: &[Measured], set: Set) -> Option<(usize, usize)> {
    // The first byte of a number or an item is always taken.
    let most = |limit: usize| if limit < NUMBER { set[limit] } else { set[limit].max(1) };
    let over = sizes.iter().filter(|(limit, _, size)| *size > most(*limit));
    // A bracket is one too many by itself.
    let place = |&(limit, start, _): &Measured| (start + if limit == DEPTH { 0 } else { most(limit) }, limit);
    over.map(place).min()
}

fn with(set: Set) -> Limits {
    limits(|limits| [limits.depth, limits.key, limits.number, limits.item] = set)
}

/// Small limits; or one at the largest of what it is about, or under that by one, and the others far away.
fn set() -> impl Strategy<Value = (Set, Option<(usize, usize)>)> {
    ([1..8_usize, 0..40, 0..24, 0..600], prop::option::weighted(0.7, (0..4_usize, 0..2_usize)))
}

fn chosen((small, near): (Set, Option<(usize, usize)>), sizes: &[Measured]) -> Set {
    let Some((limit, under)) = near else { return small };
    let far = Limits::default();
    let mut set = [far.depth, far.key, far.number, far.item];
    let largest = sizes.iter().filter(|size| size.0 == limit).map(|size| size.2).max();
    set[limit] = largest.unwrap_or(1).saturating_sub(under);
    set
}

/// The outcome with every engine, in one piece and in these, and through a small window.
fn everywhere(
    settings: impl Fn(Builder) -> Builder,
    small: &Limits,
    body: &[u8],
    sizes: &[usize],
) -> Outcome {
    agreed(|engine| {
        let engine = settings(engine);
        let settings = engine.clone().limits(small.clone());
        let outcome = whole(&settings, body);
        assert_eq!(in_chunks(&settings, body, sizes), outcome, "{sizes:?}");
        assert_eq!(outcome_of_reader(settings.build(body)), outcome);
        let mut tiny = small.clone();
        tiny.window = 64;
        let tiny = engine.limits(tiny);
        assert_eq!(whole(&tiny, body), outcome, "tiny window");
        assert_eq!(in_chunks(&tiny, body, sizes), outcome, "tiny window, {sizes:?}");
        outcome
    })
}

/// What comes of a response whose first byte over a limit this is, and `full` without limits: the same if there is
/// none; else the error is that limit's, at that byte, behind the items that end before it.
fn check(outcome: &Outcome, full: &Outcome, over: Option<(usize, usize)>) -> Result<(), TestCaseError> {
    let Some((at, limit)) = over else {
        prop_assert_eq!(outcome, full);
        return Ok(());
    };
    prop_assert_eq!((outcome.kind(), outcome.offset()), ("limit", Some(at as u64)));
    prop_assert!(outcome.message().contains(NAMED[limit]), "{} at {}", outcome.message(), NAMED[limit]);
    let ends = full.items.iter().map(|(raw, _, offset, _)| offset + raw.len() as u64);
    let before = ends.take_while(|end| *end <= at as u64).count();
    prop_assert_eq!(&outcome.items[..], &full.items[..before]);
    Ok(())
}

proptest! {
    #![proptest_config(config(300))]

    #[test]
    fn hostile_07_limits_on_a_document_are_exact(document in document(), sizes in chunks(), set in set()) {
        let trimmed = document.text.trim_matches([' ', '\n', '\r', '\t']);
        let mut all = self::sizes(&document.text);
        all.push((ITEM, document.text.find(trimmed).unwrap(), trimmed.len()));
        let set = chosen(set, &all);
        let over = first_over(&all, set);
        // The document was counted when it was made, and its text is now.
        let made = document.depth > set[DEPTH]
            || document.key > set[KEY]
            || document.number > set[NUMBER].max(1)
            || trimmed.len() > set[ITEM].max(1);
        prop_assert_eq!(over.is_some(), made, "{:?} {:?}", document, set);
        let body = document.text.as_bytes();
        let full = everywhere(Builder::root_item, &Limits::default(), body, &sizes);
        let outcome = everywhere(Builder::root_item, &with(set), body, &sizes);
        check(&outcome, &full, over)?;
    }
}

proptest! {
    #![proptest_config(config(120))]

    #[test]
    fn hostile_07_limits_on_a_response_are_exact(
        sessions in sessions(), shape in 0..4_usize, sizes in chunks(), set in set()
    ) {
        let items: Vec<_> = sessions.iter().map(|(sent, _)| sent.text()).collect();
        let body = response(&items, shape);
        let full = everywhere(|engine| engine, &Limits::default(), body.as_bytes(), &sizes);
        prop_assert_eq!(full.items.len(), items.len());
        let mut all = self::sizes(&body);
        all.extend(full.items.iter().map(|(raw, _, at, _)| (ITEM, usize::try_from(*at).unwrap(), raw.len())));
        if shape == 1 {
            // An item as well, until it has named a list.
            let inner = r#"{"tenant":"t","remote_sessions""#;
            all.push((ITEM, body.find(inner).unwrap(), inner.len()));
        }
        let set = chosen(set, &all);
        let outcome = everywhere(|engine| engine, &with(set), body.as_bytes(), &sizes);
        check(&outcome, &full, first_over(&all, set))?;
    }
}

/// What an envelope says of itself, each member once: before its list and after it; and how many items of its own
/// it has.
#[derive(Clone, Debug)]
struct Said {
    before: Vec<(&'static str, String)>,
    after: Vec<(&'static str, String)>,
    items: usize,
}

impl Said {
    fn values(&self) -> impl Iterator<Item = usize> {
        self.before.iter().chain(&self.after).map(|(_, value)| value.len())
    }

    /// As sent, with these behind its own items, which are numbered on.
    fn text(&self, ids: &mut std::ops::RangeFrom<u64>, inner: Vec<String>) -> String {
        let own = ids.take(self.items).map(|id| format!(r#"{{"id":{id}}}"#));
        let list = own.chain(inner).collect::<Vec<_>>().join(",");
        let said = |members: &[(&str, String)]| {
            members.iter().map(|(name, value)| format!(r#""{name}":{value}"#)).collect::<Vec<_>>()
        };
        let list = vec![format!(r#""remote_sessions":[{list}]"#)];
        format!("{{{}}}", [said(&self.before), list, said(&self.after)].concat().join(","))
    }
}

/// The value of a member that is kept, as sent.
fn kept_value() -> impl Strategy<Value = String> {
    let response = |text| format!(r#"{{"status":200,"message":"{text}","detail":"\u00e9"}}"#);
    prop_oneof![
        3 => "[a-z]{0,30}".prop_map(|text| format!("\"{text}\"")),
        1 => "[a-zé]{0,9}".prop_map(response),
        1 => select(&["200", "null", "[]", "{}", "true", "[[\"a\"]]"][..]).prop_map(str::to_owned),
    ]
}

fn said() -> impl Strategy<Value = Said> {
    const NAMES: [&str; 7] =
        ["code", "response", "tenant", "exception", "message", "error", "error_description"];
    let members = vec(prop::option::weighted(0.4, (kept_value(), any::<bool>())), NAMES.len());
    (members, 0..3_usize).prop_map(|(members, items)| {
        let all: Vec<_> =
            NAMES.into_iter().zip(members).filter_map(|(name, value)| Some((name, value?))).collect();
        let those = |are_before| {
            let those = all.iter().filter(|(_, (_, is_before))| *is_before == are_before);
            those.map(|(name, (value, _))| (*name, value.clone())).collect()
        };
        Said { before: those(true), after: those(false), items }
    })
}

/// Most bytes that are held of what envelopes said: by the root, by the first pages (so many envelopes but one are
/// kept as the first ones) and by the last one so far.
fn most_held(root: &Said, pages: &[Said], envelopes: usize) -> usize {
    let bytes = |members: &[(&str, String)]| members.iter().map(|(_, value)| value.len()).sum::<usize>();
    let (mut held, mut most) = (bytes(&root.before), 0);
    for (number, page) in (1..).zip(pages) {
        let page: usize = page.values().sum();
        most = most.max(held + page);
        if number < envelopes - 1 || number == pages.len() {
            held += page;
        }
    }
    most.max(held + bytes(&root.after))
}

fn envelopes_of(settings: &Builder, body: &[u8]) -> Vec<EnvelopeStatus> {
    let mut reader = settings.build(body);
    while let Ok(Some(_)) = reader.next_item() {}
    reader.summary().envelopes().to_vec()
}

/// Bytes of the texts that are kept of an envelope.
fn texts_of(status: &EnvelopeStatus) -> usize {
    let (response, exception) = (status.response(), status.exception());
    let texts = [
        status.tenant(),
        response.and_then(|response| response.message.as_deref()),
        response.and_then(|response| response.detail.as_deref()),
        exception.and_then(|exception| exception.message.as_deref()),
        exception.and_then(|exception| exception.detail.as_deref()),
    ];
    texts.into_iter().flatten().map(str::len).sum()
}

proptest! {
    #![proptest_config(config(200))]

    #[test]
    fn hostile_07_limits_on_what_is_kept_of_envelopes_are_exact(
        root in said(), pages in vec(said(), 0..7), sizes in chunks(),
        envelopes in 0..10_usize, near in 0..3_usize, small in 0..60_usize, under in 0..2_usize,
    ) {
        let mut ids = 1..;
        let inner = pages.iter().map(|page| page.text(&mut ids, Vec::new())).collect();
        let body = root.text(&mut ids, inner);
        let most = envelopes.max(2);
        let longest = once(&root).chain(&pages).flat_map(Said::values).max().unwrap_or(0);
        let held = most_held(&root, &pages, most);
        let captured = [small, longest.saturating_sub(under), held.div_ceil(most).saturating_sub(under)][near];
        let kept = |captured, envelopes| limits(|limits| {
            (limits.captured_value, limits.envelopes) = (captured, envelopes);
        });
        let far = kept(1 << 20, 1000);
        let full = everywhere(|engine| engine, &far, body.as_bytes(), &sizes);
        let all = envelopes_of(&Builder::new().limits(far), body.as_bytes());
        let count = once(&root).chain(&pages).map(|said| said.items).sum::<usize>();
        prop_assert_eq!((full.items.len(), all.len()), (count, pages.len() + 1));

        let small = kept(captured, envelopes);
        let outcome = everywhere(|engine| engine, &small, body.as_bytes(), &sizes);
        let found = envelopes_of(&Builder::new().limits(small), body.as_bytes());
        prop_assert!(found.len() <= most);
        prop_assert!(found.iter().map(texts_of).sum::<usize>() <= most * captured);
        if longest <= captured && held <= most * captured {
            // Nothing goes over them: all is the same, but that only the first and the last are kept.
            let last = all.iter().skip(most - 1).last();
            let first: Vec<_> = all.iter().take(most - 1).chain(last).collect();
            let envelopes = format!("{} {first:?}", all.len());
            prop_assert_eq!(outcome, Outcome { envelopes, ..full });
        } else {
            prop_assert_eq!(outcome.kind(), "limit", "{} {}", longest, held);
            prop_assert!(full.items.starts_with(&outcome.items));
            let named = ["captured-value limit", "kept texts of all envelopes"];
            let which = [longest > captured, held > most * captured];
            prop_assert!(named.iter().zip(which).any(|(named, over)| over && outcome.message().contains(named)));
        }
    }
}
