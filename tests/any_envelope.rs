//! Envelopes of any make, right and wrong, cut in any way and under any limits: what comes of them is what the
//! byte-at-a-time path makes of them. The same cases in every run; `CASES=1000000 SEED=2` for others.
#![cfg(feature = "std")]

mod support;

use std::env;

use remote_sessions::{Builder, Limits, ScanPath};
use support::{Outcome, forced, in_chunks, outcome_of_reader, outcome_of_slice, whole};

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap_or(0) % bound
    }

    fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

const NAMES: [&str; 19] = [
    "id",
    "user",
    "a",
    "b",
    "key",
    "é",
    r"\u0061",
    r"\u0069d",
    "start",
    "end",
    "",
    "a name of some length",
    "tenant",
    "code",
    "remote_sessions",
    "0",
    "12",
    "aaaaaaaaaaaaaaaa",
    "aaaaaaaaaaaaaaa",
];

const TEXTS: [&str; 17] = [
    "a",
    "some text",
    "0123456789",
    r#"\""#,
    r"\\",
    r"\u00e9",
    r"\ud83d\ude00",
    "é",
    "€",
    "😀",
    "]",
    "}",
    "{",
    "[",
    ",",
    ":",
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
];

const SCALARS: [&str; 14] = [
    "1",
    "0",
    "-0",
    "12",
    "123456",
    "1234567",
    "-1.5e3",
    "true",
    "false",
    "null",
    "null",
    "1e5",
    "0.5",
    "99999999999",
];

/// A response under way.
struct Writer {
    random: Random,
    text: Vec<u8>,
    spaces: &'static [&'static str],
}

impl Writer {
    fn put(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
    }

    /// A token, and white space perhaps.
    fn token(&mut self, token: &str) {
        self.put(token);
        let space = self.random.one_of(self.spaces);
        self.put(space);
    }

    fn name(&mut self, name: &str) {
        self.token(&format!("\"{name}\""));
        self.token(":");
    }

    fn any_name(&mut self) {
        let name = self.random.one_of(&NAMES);
        self.name(name);
    }

    /// So many of them, with commas between.
    fn many(&mut self, count: usize, mut one: impl FnMut(&mut Self, usize)) {
        for number in 0..count {
            if number > 0 {
                self.token(",");
            }
            one(self, number);
        }
    }

    fn value(&mut self, depth: usize) {
        match self.random.below(if depth == 0 { 4 } else { 9 }) {
            0 | 1 => {
                let scalar = self.random.one_of(&SCALARS);
                self.token(scalar);
            }
            2 | 3 => {
                let pieces: Vec<_> = (0..self.random.below(5)).map(|_| self.random.one_of(&TEXTS)).collect();
                self.token(&format!("\"{}\"", pieces.concat()));
            }
            4..7 => self.array(depth - 1),
            _ => {
                self.token("{");
                let members = self.random.below(5);
                self.many(members, |writer, _| {
                    writer.any_name();
                    writer.value(depth - 1);
                });
                self.token("}");
            }
        }
    }

    fn array(&mut self, depth: usize) {
        let more = if self.random.percent(5) { self.random.below(12) } else { 0 };
        self.put(&"[".repeat(more));
        self.token("[");
        let (elements, are_alike) = (self.random.below(5), self.random.percent(30));
        let mut first: Option<Vec<u8>> = None;
        self.many(elements, |writer, _| match &first {
            Some(first) if are_alike => writer.text.extend_from_slice(first),
            _ => {
                let from = writer.text.len();
                writer.value(depth);
                first = Some(writer.text[from..].to_vec());
            }
        });
        self.token(&"]".repeat(more + 1));
    }

    fn item(&mut self, kind: usize) {
        let members: &[&str] = match kind {
            0 => &["id", "user"],
            1 => &["id", "x", "end"],
            2 => &["user", r"gr\u00f6\u00dfe", "start", "id"],
            3 => &["id"],
            _ => return self.value(4),
        };
        self.token("{");
        self.many(members.len(), |writer, number| {
            writer.name(members[number]);
            writer.value(if members[number] == "x" { 3 } else { 0 });
        });
        self.token("}");
    }

    fn items(&mut self, count: usize, is_keyed: bool, depth: usize) {
        let (kind, are_mixed) = (self.random.below(7), self.random.percent(30));
        self.token(if is_keyed { "{" } else { "[" });
        self.many(count, |writer, number| {
            // Now and then one has no key.
            if is_keyed && !writer.random.percent(2) {
                writer.name(&number.to_string());
            }
            if depth > 0 && writer.random.percent(6) {
                writer.envelope(depth - 1);
            } else {
                let kind = if are_mixed { writer.random.below(7) } else { kind };
                writer.item(kind);
            }
        });
        self.token(if is_keyed { "}" } else { "]" });
    }

    fn envelope(&mut self, depth: usize) {
        self.token("{");
        let members = 1 + self.random.below(5);
        self.many(members, |writer, _| match writer.random.below(8) {
            0..4 => {
                writer.name("remote_sessions");
                let count = writer.random.one_of(&[0, 1, 2, 5, 9, 40]);
                let is_keyed = writer.random.percent(25);
                writer.items(count, is_keyed, depth);
            }
            4 => {
                let member =
                    [r#""code":200"#, r#""tenant":"t""#, r#""response":{"status":200}"#, r#""code":500"#];
                let member = writer.random.one_of(&member);
                writer.token(member);
            }
            5 => {
                writer.any_name();
                let (count, is_keyed) = (writer.random.below(50), writer.random.percent(30));
                writer.items(count, is_keyed, 0);
            }
            _ => {
                writer.any_name();
                writer.value(5);
            }
        });
        self.token("}");
    }

    /// What leads to a list by these names.
    fn way(&mut self, path: &[&str]) {
        let Some((next, rest)) = path.split_first() else {
            let count = self.random.below(30);
            return self.items(count, false, 0);
        };
        let count = self.random.below(4);
        if self.random.percent(30) {
            self.token("[");
            self.many(count, |writer, _| writer.way(path));
            return self.token("]");
        }
        self.token("{");
        self.many(count + 1, |writer, _| {
            if writer.random.percent(50) {
                writer.name(next);
                writer.way(rest);
            } else {
                writer.any_name();
                writer.value(5);
            }
        });
        self.token("}");
    }

    /// Some bytes less, more or others.
    fn spoil(&mut self) {
        for _ in 0..1 + self.random.below(2) {
            let at = self.random.below(self.text.len().max(1));
            let byte = self.random.one_of(b"\"\\{}[]:,0n \n\x01\x80\xff");
            match self.random.below(4) {
                0 => self.text.truncate(at),
                1 if at < self.text.len() => drop(self.text.remove(at)),
                2 if at < self.text.len() => self.text[at] = byte,
                _ => self.text.insert(at, byte),
            }
        }
    }
}

/// Nothing but what is kept of envelopes depends on how much may be, until that is too much.
fn kept_texts_change_nothing_else(settings: &Builder, limits: &Limits, text: &[u8], found: &Outcome) -> bool {
    let mut far = limits.clone();
    (far.captured_value, far.envelopes) = (1 << 20, 1 << 20);
    let full = whole(&settings.clone().limits(far), text);
    let context = text.escape_ascii();
    assert!(found.envelopes.matches("EnvelopeStatus {").count() <= limits.envelopes.max(2), "{context}");
    let is_over = ["captured-value limit", "kept texts"].iter().any(|name| found.message().contains(name));
    if is_over {
        assert_eq!(found.kind(), "limit");
        assert!(full.items.starts_with(&found.items), "{context}");
    } else {
        assert_eq!(Outcome { envelopes: found.envelopes.clone(), ..full }, *found, "{context}");
    }
    is_over
}

fn limits_of(random: &mut Random) -> Limits {
    support::limits(|limits| {
        let mut set = |limit: &mut usize, percent, some: &[usize]| {
            if random.percent(percent) {
                *limit = random.one_of(some);
            }
        };
        set(&mut limits.window, 50, &[64, 128, 256, 300, 1000, 4096]);
        set(&mut limits.key, 20, &[0, 4, 15, 64, 2000]);
        set(&mut limits.number, 20, &[1, 4, 5, 7]);
        set(&mut limits.item, 20, &[1, 5, 20, 60, 200]);
        set(&mut limits.depth, 20, &[1, 2, 3, 5, 8]);
        set(&mut limits.captured_value, 20, &[0, 2, 3, 10, 14, 40]);
        set(&mut limits.envelopes, 30, &[0, 2, 3, 5]);
    })
}

#[test]
fn hostile_17_any_envelope_in_any_pieces_is_as_the_grammar_has_it() {
    let from_environment = |name| env::var(name).ok().and_then(|number| number.parse().ok());
    let (cases, seed) = (from_environment("CASES").unwrap_or(600), from_environment("SEED").unwrap_or(1));
    let (mut complete, mut items, mut over) = (0, 0, 0);
    for case in 0..cases {
        let mut random = Random((seed << 32) + case);
        random.below(1);
        let spaces: &[&str] = match random.below(4) {
            0 | 1 => &[""],
            2 => &["", "", "", "", "", "", " ", "\n  "],
            _ => &["", " ", "\n\t", "\r\n    ", "                                        "],
        };
        let path: &[&str] = random.one_of(&[&["a", "b"][..], &["a"], &[]]);
        let mut writer = Writer { random, text: Vec::new(), spaces };
        let settings = if writer.random.percent(30) {
            writer.way(path);
            Builder::new().items_at(path.iter().copied())
        } else {
            writer.envelope(3);
            Builder::new()
        };
        if writer.random.percent(50) {
            writer.spoil();
        }
        let Writer { mut random, text, .. } = writer;
        let limits = limits_of(&mut random);
        let settings = settings.limits(limits.clone());
        let size = 1 + random.below(200);
        let scalar = settings.clone().scan_path(ScanPath::Scalar);
        let expected = whole(&scalar, &text);
        over += u32::from(kept_texts_change_nothing_else(&scalar, &limits, &text, &expected));
        complete += u32::from(expected.kind() == "none");
        items += expected.items.len();
        for settings in forced(&settings) {
            let context = format!("case {case} of {seed}, by {size}, {settings:?}: {}", text.escape_ascii());
            assert_eq!(whole(&settings, &text), expected, "{context}");
            for size in [1, 7, 64, size] {
                assert_eq!(in_chunks(&settings, &text, &[size]), expected, "{size} {context}");
            }
            assert_eq!(outcome_of_slice(&settings, &text), expected, "{context}");
            assert_eq!(outcome_of_reader(settings.build(&text[..])), expected, "{context}");
        }
    }
    // It is no test if most are wrong, if there is nothing in them, or if all is kept of all envelopes. (Of few cases
    // that says nothing.)
    if cases >= 600 {
        assert!(
            complete * 8 > cases as u32 && items > 2 * cases as usize,
            "{complete} and {items} of {cases}"
        );
        assert!(over * 200 > cases as u32, "{over} of {cases}");
    }
}
