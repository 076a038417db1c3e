//! Rivals that give tokens: who uses them writes the way to the items and the members by hand.
//!
//! A token's text lasts until the next token, so no item is ever put together here: lengths are
//! added up as they come, which is less work than everybody else does.

use std::io::Read;

use actson::feeder::SliceJsonFeeder;
use actson::{JsonEvent, JsonParser};
use bufjson::lexical::fixed::FixedAnalyzer;
use bufjson::lexical::read::ReadAnalyzer;
use bufjson::lexical::{Analyzer, Token};
use bufjson::syntax::Parser;
use bufjson::{Buf, IntoBuf};
use struson::reader::{JsonReader as _, JsonStreamReader, ReaderSettings, ValueType};

use crate::Tally;

/// What a member's name says about its value.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Id,
    Text,
    Unknown,
}

fn kind_of(name: &str) -> Kind {
    match name {
        "id" => Kind::Id,
        "user" | "origin_ip" | "credential" | "credencial" | "device" | "dispositivo" | "protocol"
        | "proxy" | "session_id" | "start" | "end" | "time" | "prevent_purge" | "request" | "ITSM" => {
            Kind::Text
        }
        _ => Kind::Unknown,
    }
}

/// The item that is being read.
#[derive(Default)]
struct Sum {
    tally: Tally,
    id: u64,
    text: usize,
}

impl Sum {
    fn value(&mut self, kind: Kind, text: &str) {
        match kind {
            Kind::Id => self.id = text.parse().expect("an id"),
            Kind::Text => self.text += text.len(),
            Kind::Unknown => {}
        }
    }

    fn end_item(&mut self) {
        self.tally.item(self.id, self.text);
        self.text = 0;
    }
}

/// struson over a reader, unescaped, without tracking of the path.
pub fn struson_reader(input: impl Read) -> Tally {
    let settings = ReaderSettings { track_path: false, ..ReaderSettings::default() };
    let mut reader = JsonStreamReader::new_custom(input, settings);
    let mut sum = Sum::default();
    struson_items(&mut reader, &mut sum).expect("a complete response");
    reader.consume_trailing_whitespace().expect("nothing more");
    sum.tally
}

fn struson_items<R: Read>(
    reader: &mut JsonStreamReader<R>,
    sum: &mut Sum,
) -> Result<(), struson::reader::ReaderError> {
    reader.begin_object()?;
    while reader.has_next()? {
        if reader.next_name()? != "remote_sessions" {
            reader.skip_value()?;
            continue;
        }
        reader.begin_array()?;
        while reader.has_next()? {
            reader.begin_object()?;
            while reader.has_next()? {
                let kind = kind_of(reader.next_name()?);
                match reader.peek()? {
                    _ if kind == Kind::Unknown => reader.skip_value()?,
                    ValueType::String => sum.value(kind, reader.next_str()?),
                    ValueType::Number => sum.value(kind, reader.next_number_as_str()?),
                    ValueType::Boolean => sum.value(kind, if reader.next_bool()? { "true" } else { "false" }),
                    _ => reader.skip_value()?,
                }
            }
            reader.end_object()?;
            sum.end_item();
        }
        reader.end_array()?;
    }
    reader.end_object()
}

/// How deep the members of an item stand: envelope, list, item.
const ITEM_DEPTH: usize = 3;

/// actson over a slice, unescaped.
pub fn actson_slice(bytes: &[u8]) -> Tally {
    let mut parser = JsonParser::new(SliceJsonFeeder::new(bytes));
    let mut sum = Sum::default();
    let mut kind = Kind::Unknown;
    let mut depth = 0;
    while let Some(event) = parser.next_event().expect("a complete response") {
        match event {
            JsonEvent::StartObject | JsonEvent::StartArray => depth += 1,
            JsonEvent::EndObject => {
                if depth == ITEM_DEPTH {
                    sum.end_item();
                }
                depth -= 1;
            }
            JsonEvent::EndArray => depth -= 1,
            JsonEvent::FieldName if depth == ITEM_DEPTH => {
                kind = kind_of(parser.current_str().expect("a name"));
            }
            JsonEvent::ValueString | JsonEvent::ValueInt | JsonEvent::ValueFloat if depth == ITEM_DEPTH => {
                sum.value(kind, parser.current_str().expect("a value"));
            }
            JsonEvent::ValueTrue if depth == ITEM_DEPTH => sum.value(kind, "true"),
            JsonEvent::ValueFalse if depth == ITEM_DEPTH => sum.value(kind, "false"),
            _ => {}
        }
    }
    sum.tally
}

/// bufjson over a slice, texts as sent.
pub fn bufjson_slice(bytes: &[u8]) -> Tally {
    bufjson_items(FixedAnalyzer::new(bytes).into_parser(), |content, sum, kind| match kind {
        None => kind_of(inside(content.literal())),
        Some(kind) => {
            sum.value(kind, inside(content.literal()));
            kind
        }
    })
}

/// bufjson over a reader, texts as sent. A token may lie in two of its buffers, so that names
/// and ids are read through its own comparison and its own cursor.
pub fn bufjson_reader(input: impl Read) -> Tally {
    bufjson_items(
        ReadAnalyzer::with_buf_size(input, 64 * 1024).into_parser(),
        |content, sum, kind| match kind {
            None => {
                let literal = content.literal();
                let names: &[&str] = match content.literal_len() - 2 {
                    2 => &[r#""id""#],
                    3 => &[r#""end""#],
                    4 => &[r#""user""#, r#""time""#, r#""ITSM""#],
                    5 => &[r#""proxy""#, r#""start""#],
                    6 => &[r#""device""#],
                    7 => &[r#""request""#],
                    8 => &[r#""protocol""#],
                    9 => &[r#""origin_ip""#],
                    10 => &[r#""credential""#, r#""session_id""#, r#""credencial""#],
                    11 => &[r#""dispositivo""#],
                    13 => &[r#""prevent_purge""#],
                    _ => &[],
                };
                match names.iter().position(|name| literal == *name) {
                    Some(_) if content.literal_len() == 4 => Kind::Id,
                    Some(_) => Kind::Text,
                    None => Kind::Unknown,
                }
            }
            Some(Kind::Id) => {
                sum.id = digits(content.literal());
                Kind::Id
            }
            Some(kind) => {
                if kind == Kind::Text {
                    let first = content.literal().into_buf().chunk()[0];
                    sum.text += content.literal_len() - if first == b'"' { 2 } else { 0 };
                }
                kind
            }
        },
    )
}

/// Walks bufjson's tokens. `visit` gets a name (no kind yet, gives it) or a value of that kind.
fn bufjson_items<L>(
    mut parser: Parser<L>,
    mut visit: impl FnMut(L::Content, &mut Sum, Option<Kind>) -> Kind,
) -> Tally
where
    L: Analyzer<Error: 'static>,
{
    let mut sum = Sum::default();
    let mut kind = None;
    let mut depth = 0;
    loop {
        match parser.next_meaningful() {
            Token::Eof => return sum.tally,
            Token::Err => panic!("expected a complete response, found {}", parser.err()),
            Token::ObjBegin | Token::ArrBegin => depth += 1,
            token @ (Token::ObjEnd | Token::ArrEnd) => {
                if depth == ITEM_DEPTH && token == Token::ObjEnd {
                    sum.end_item();
                }
                depth -= 1;
                kind = None;
            }
            Token::LitNull if depth == ITEM_DEPTH => kind = None,
            _ if depth == ITEM_DEPTH => {
                let found = visit(parser.content(), &mut sum, kind);
                kind = if kind.is_none() { Some(found) } else { None };
            }
            _ => {}
        }
    }
}

fn inside(literal: &str) -> &str {
    literal.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(literal)
}

fn digits(literal: impl IntoBuf) -> u64 {
    let mut buffer = literal.into_buf();
    let mut id = 0;
    while buffer.remaining() > 0 {
        let chunk = buffer.chunk();
        let digits = chunk.iter().filter(|byte| byte.is_ascii_digit());
        id = digits.fold(id, |id, digit| id * 10 + u64::from(digit - b'0'));
        let length = chunk.len();
        buffer.advance(length);
    }
    id
}
