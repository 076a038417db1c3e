//! Responses that a sender would write who wants the reader to be slow.

use std::fmt::Write as _;

use remote_sessions::{Builder, DuplicatePolicy, Parser, Step};

use crate::readers::ours::count_sent;
use crate::{Corpus, Tally};

/// One kind of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// What all others are compared with: ordinary sessions.
    Ordinary,
    /// Ordinary sessions, one byte at a time.
    OneByteChunks,
    /// Texts of escaped quotes.
    Quotes,
    /// Texts of runs of backslashes of all lengths.
    Backslashes,
    /// Texts of `\u` escapes.
    UnicodeEscapes,
    /// Texts of three-byte characters.
    NonAscii,
    /// Texts of brackets, colons and commas.
    Brackets,
    /// An unknown member of a hundred arrays within one another.
    Deep,
    /// Items of one text, just under the limit of an item.
    HugeText,
    /// Items of thousands of unknown members, just under the limit of an item.
    HugeObject,
    /// The same texts, sixteen bytes at a time: who begins anew with each of them takes their square.
    HugeTextInPieces,
    /// The same objects, sixteen bytes at a time.
    HugeObjectInPieces,
    /// One member again and again, just under the limit of an item; the last one counts.
    RepeatedMember,
    /// Numbers just under the limit of a number.
    LongNumbers,
    /// Items of one member.
    Tiny,
    /// The order of members is another one in every second item.
    Alternating,
    /// Fourteen orders of members in turns.
    Rotating,
    /// The last member has a new name in each item: who expects the last item's shape learns so last.
    LateSurprise,
    /// Items that are numbers, strings and literals.
    Scalars,
    /// Twenty white-space bytes around every token.
    WhiteSpace,
    /// A list that is an object with numbers for names.
    Keyed,
    /// A list that nobody asks for, before the one that is.
    PassedOver,
}

impl Kind {
    /// All of them.
    pub const ALL: [Self; 22] = [
        Self::Ordinary,
        Self::OneByteChunks,
        Self::Quotes,
        Self::Backslashes,
        Self::UnicodeEscapes,
        Self::NonAscii,
        Self::Brackets,
        Self::Deep,
        Self::HugeText,
        Self::HugeObject,
        Self::HugeTextInPieces,
        Self::HugeObjectInPieces,
        Self::RepeatedMember,
        Self::LongNumbers,
        Self::Tiny,
        Self::Alternating,
        Self::Rotating,
        Self::LateSurprise,
        Self::Scalars,
        Self::WhiteSpace,
        Self::Keyed,
        Self::PassedOver,
    ];

    /// Its name in tables.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ordinary => "ordinary",
            Self::OneByteChunks => "one-byte-chunks",
            Self::Quotes => "quotes",
            Self::Backslashes => "backslashes",
            Self::UnicodeEscapes => "unicode-escapes",
            Self::NonAscii => "non-ascii",
            Self::Brackets => "brackets",
            Self::Deep => "deep",
            Self::HugeText => "huge-text",
            Self::HugeObject => "huge-object",
            Self::HugeTextInPieces => "huge-text-in-pieces",
            Self::HugeObjectInPieces => "huge-object-in-pieces",
            Self::RepeatedMember => "repeated-member",
            Self::LongNumbers => "long-numbers",
            Self::Tiny => "tiny",
            Self::Alternating => "alternating",
            Self::Rotating => "rotating",
            Self::LateSurprise => "late-surprise",
            Self::Scalars => "scalars",
            Self::WhiteSpace => "white-space",
            Self::Keyed => "keyed",
            Self::PassedOver => "passed-over",
        }
    }

    /// A response of this kind of at least that many bytes.
    ///
    /// ```
    /// use remote_sessions_benches::adversarial::Kind;
    /// for kind in Kind::ALL {
    ///     let response = kind.response(3_000_000);
    ///     assert!(response.len() < 4_500_000);
    ///     assert!(kind.read(&response).items > 0, "{kind:?}");
    /// }
    /// ```
    pub fn response(self, bytes: usize) -> Vec<u8> {
        if matches!(self, Self::Ordinary | Self::OneByteChunks) {
            return Corpus::generate(Default::default(), Default::default(), bytes).bytes().to_vec();
        }
        let mut text = String::with_capacity(bytes + (1 << 20));
        let (open, close) = match self {
            Self::Keyed => (r#"{"code":200,"remote_sessions":{"#, "}}"),
            Self::PassedOver => (r#"{"code":200,"others":["#, r#"],"remote_sessions":[{"id":1}]}"#),
            _ => (r#"{"code":200,"remote_sessions":["#, "]}"),
        };
        text.push_str(open);
        let mut number = 0;
        while text.len() < bytes {
            if number > 0 {
                text.push(',');
            }
            self.item(number, &mut text);
            number += 1;
        }
        text.push_str(close);
        text.into_bytes()
    }

    /// Reads such a response: sessions with all texts as sent, or raw items where they are none.
    ///
    /// # Panics
    /// If it is refused.
    pub fn read(self, response: &[u8]) -> Tally {
        let mut tally = Tally::default();
        let builder = Builder::new();
        if self == Self::Scalars {
            // No session, so the list is one of any items.
            let parser = builder.items_at(["remote_sessions"]).build_parser();
            feed(parser, response, usize::MAX, |parser| tally.item(0, parser.item().raw().len()));
        } else {
            let chunk = match self {
                Self::OneByteChunks => 1,
                Self::HugeTextInPieces | Self::HugeObjectInPieces => 16,
                _ => usize::MAX,
            };
            let builder = match self {
                Self::RepeatedMember => builder.duplicates(DuplicatePolicy::Last),
                _ => builder,
            };
            feed(builder.build_parser(), response, chunk, |parser| {
                count_sent(&parser.item().session().expect("a session"), &mut tally);
            });
        }
        tally
    }

    fn item(self, number: u64, out: &mut String) {
        let sessions = |out: &mut String, text: &dyn Fn(&mut String)| {
            let _ = write!(out, r#"{{"id":"{number}""#);
            for name in ["user", "credential", "device", "session_id"] {
                let _ = write!(out, r#","{name}":""#);
                text(out);
                out.push('"');
            }
            out.push('}');
        };
        let repeated =
            |part: &'static str, count: usize| move |out: &mut String| out.push_str(&part.repeat(count));
        match self {
            Self::Ordinary | Self::OneByteChunks => {}
            Self::Quotes => sessions(out, &repeated(r#"\""#, 40)),
            Self::Backslashes => sessions(out, &|out| {
                for length in 1..12 {
                    out.push_str(&r"\\".repeat((length * 7 + number as usize) % 40));
                    out.push_str(r#"\""#);
                }
            }),
            Self::UnicodeEscapes => sessions(out, &repeated(r"\u00e9\ud83d\ude00", 6)),
            Self::NonAscii => sessions(out, &repeated("會話", 14)),
            Self::Brackets => sessions(out, &repeated("[{:,}]", 14)),
            Self::Deep => {
                let (open, close) = ("[".repeat(100), "]".repeat(100));
                let _ = write!(out, r#"{{"id":"{number}","nested":{open}{number}{close}}}"#);
            }
            Self::HugeText | Self::HugeTextInPieces => {
                let _ = write!(out, r#"{{"id":"{number}","user":"{}"}}"#, "a".repeat((1 << 20) - 100));
            }
            Self::HugeObject | Self::HugeObjectInPieces => {
                let start = out.len();
                let _ = write!(out, r#"{{"id":"{number}""#);
                while out.len() - start < (1 << 20) - 100 {
                    let _ = write!(out, r#","member-{}":"{number}""#, out.len() % 1009);
                }
                out.push('}');
            }
            Self::RepeatedMember => {
                let member = format!(r#","user":"{number}""#);
                let _ =
                    write!(out, r#"{{"id":"{number}"{}}}"#, member.repeat(((1 << 20) - 100) / member.len()));
            }
            Self::LongNumbers => {
                let digits = "1234567890".repeat(100);
                let _ = write!(out, r#"{{"id":"{number}","first":{digits},"second":-{digits}.5}}"#);
            }
            Self::Tiny => {
                let _ = write!(out, r#"{{"id":{number}}}"#);
            }
            Self::Alternating => rotated(number, if number.is_multiple_of(2) { 0 } else { 7 }, "ITSM", out),
            Self::Rotating => rotated(number, number as usize % 14, "ITSM", out),
            Self::Keyed => {
                let _ = write!(out, r#""{number}":"#);
                rotated(number, 0, "ITSM", out);
            }
            Self::PassedOver => rotated(number, 0, "ITSM", out),
            Self::LateSurprise => rotated(number, 0, &format!("member-{number}"), out),
            Self::Scalars => {
                let _ = match number % 4 {
                    0 => write!(out, "{}", 1_000_000 + number),
                    1 => write!(out, r#""text {number}""#),
                    2 => write!(out, "true"),
                    _ => write!(out, "-{number}.5e3"),
                };
            }
            Self::WhiteSpace => {
                let space = "\n                   ";
                let mut item = String::new();
                rotated(number, 0, "ITSM", &mut item);
                for part in item.split_inclusive([',', ':', '{', '}']) {
                    let _ = write!(out, "{space}{part}{space}");
                }
            }
        }
    }
}

/// An item whose members begin with another one, and whose last one has that name.
fn rotated(number: u64, by: usize, last: &str, out: &mut String) {
    let names = [
        "id",
        "user",
        "origin_ip",
        "credential",
        "device",
        "protocol",
        "proxy",
        "session_id",
        "start",
        "end",
        "time",
        "prevent_purge",
        "request",
        last,
    ];
    for (place, name) in names.iter().cycle().skip(by).take(names.len()).enumerate() {
        out.push(if place == 0 { '{' } else { ',' });
        // No separator of JSON inside a text: white space is put around those.
        let _ = match *name {
            "id" => write!(out, r#""id":"{number}""#),
            name => write!(out, r#""{name}":"some text {}""#, number % 100_000),
        };
    }
    out.push('}');
}

/// Gives a parser bytes in chunks of that size, or as many as it takes.
fn feed(mut parser: Parser, bytes: &[u8], chunk: usize, mut visit: impl FnMut(&Parser)) {
    let mut rest = bytes;
    loop {
        match parser.advance().expect("a complete response") {
            Step::Item => visit(&parser),
            Step::NeedInput if rest.is_empty() => parser.end_of_input(),
            Step::NeedInput => rest = &rest[parser.push(&rest[..rest.len().min(chunk)])..],
            Step::End => return,
        }
    }
}

/// Sessions from a response in chunks of that size, as somebody has them who is given chunks.
///
/// # Panics
/// If the response is refused.
pub fn read_chunks(bytes: &[u8], chunk: usize) -> Tally {
    let mut tally = Tally::default();
    let mut parser = Builder::new().build_parser();
    for mut rest in bytes.chunks(chunk) {
        while !rest.is_empty() {
            rest = &rest[parser.push(rest)..];
            while parser.advance().expect("a complete response") == Step::Item {
                count_sent(&parser.item().session().expect("a session"), &mut tally);
            }
        }
    }
    parser.end_of_input();
    assert_eq!(parser.advance().expect("a complete response"), Step::End);
    tally
}
