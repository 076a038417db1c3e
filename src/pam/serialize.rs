//! A session as serde data.

use serde::ser::{Error as _, Serialize, SerializeMap as _, Serializer};

use super::RemoteSession;
use crate::item::{Elements, Members, Text};

/// As a map: every documented member under its present name (`id` as an integer, texts
/// unescaped, `null` where absent), then the undocumented ones in the order sent.
///
/// Numbers pass through serde's own number types (u64, i64, else f64); one that none of them
/// holds, such as `1e999`, is an error of the serializer, not a loss.
impl Serialize for RemoteSession<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(Self::NAMES[0], &self.id())?;
        for (place, name) in Self::NAMES.iter().enumerate().skip(1) {
            map.serialize_entry(name, &Sent(self.sent_at(place).unwrap_or("null")))?;
        }
        for (name, value) in self.unknown_members() {
            map.serialize_entry(&name, &Sent(value))?;
        }
        map.end()
    }
}

/// Any JSON text that has passed the grammar. Nests on the stack as deep as the text, which
/// [`Limits::depth`](crate::Limits::depth) bounds.
struct Sent<'a>(&'a str);

impl Serialize for Sent<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0;
        match text.as_bytes()[0] {
            b'{' => serializer.collect_map(
                Members::of(text).into_iter().flatten().map(|member| (member.name(), Sent(member.value))),
            ),
            b'[' => serializer.collect_seq(Elements::of(text).into_iter().flatten().map(Sent)),
            b'"' => Text::of(text).serialize(serializer),
            b't' => serializer.serialize_bool(true),
            b'f' => serializer.serialize_bool(false),
            b'n' => serializer.serialize_unit(),
            _ => number(text, serializer),
        }
    }
}

fn number<S: Serializer>(text: &str, serializer: S) -> Result<S::Ok, S::Error> {
    if let Ok(number) = text.parse() {
        return serializer.serialize_u64(number);
    }
    if let Some(number) = text.parse().ok().filter(|_| text != "-0") {
        return serializer.serialize_i64(number);
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => serializer.serialize_f64(number),
        _ => Err(S::Error::custom(format_args!("expected a number that fits 64 bits, found `{text}`"))),
    }
}
