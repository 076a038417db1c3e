//! Any serde type from an item of a known shape: names and values are where the shape says, so
//! nothing is scanned again.
//!
//! It only ever succeeds: where it does not, serde_json reads the item and says why. And it reads
//! nothing but names, strings and `null` by itself: every other value goes through serde_json.

use core::fmt;

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};

use super::lane::Known;
use crate::escape::unescape;
use crate::scan::{Literal, Span, checked};

/// An item's text and what is known of its members, as a `T`; `None` if it does not fit, or if
/// the item has no shape.
#[inline]
pub(super) fn members_of<'de, T: Deserialize<'de>>(raw: &'de str, known: Known<'_>) -> Option<T> {
    let shape = known.shape?;
    let record = Record { raw, literals: &shape.members, known };
    T::deserialize(record).ok()
}

/// Not what this deserializer can give: serde_json knows better.
#[derive(Debug)]
struct Unfit;

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an item that does not fit the type")
    }
}

impl core::error::Error for Unfit {}

impl de::Error for Unfit {
    #[cold]
    fn custom<T: fmt::Display>(_: T) -> Self {
        Self
    }
}

impl From<serde_json::Error> for Unfit {
    fn from(_: serde_json::Error) -> Self {
        Self
    }
}

/// What is left to serde_json as a whole.
macro_rules! refuse {
    ($($method:ident($($argument:ty),*))*) => {
        $(fn $method<V: Visitor<'de>>(self, $(_: $argument,)* _: V) -> Result<V::Value, Unfit> {
            Err(Unfit)
        })*
    };
}

/// The members not yet given.
struct Record<'de, 'k> {
    raw: &'de str,
    literals: &'k [Literal],
    known: Known<'k>,
}

impl<'de> Record<'de, '_> {
    #[inline]
    fn visit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        let mut members = Members { record: self, value: None };
        let value = visitor.visit_map(&mut members)?;
        // A visitor that stops early is an error of serde_json.
        if members.value.is_some() || members.record.next().is_some() { Err(Unfit) } else { Ok(value) }
    }
}

/// An object is what these may ask for; whoever asks for anything else gets serde_json's answer.
impl<'de> Deserializer<'de> for Record<'de, '_> {
    type Error = Unfit;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.visit(visitor)
    }

    #[inline]
    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.visit(visitor)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        self.visit(visitor)
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_unit()
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        if is_private(name) { Err(Unfit) } else { visitor.visit_newtype_struct(self) }
    }

    refuse! {
        deserialize_bool() deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64()
        deserialize_i128() deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64()
        deserialize_u128() deserialize_f32() deserialize_f64() deserialize_char() deserialize_str()
        deserialize_string() deserialize_bytes() deserialize_byte_buf() deserialize_unit()
        deserialize_unit_struct(&'static str) deserialize_seq() deserialize_tuple(usize)
        deserialize_tuple_struct(&'static str, usize)
        deserialize_enum(&'static str, &'static [&'static str]) deserialize_identifier()
    }
}

/// A member's name. Numbers and the like are read from names by serde_json.
struct Name<'de>(&'de str);

impl<'de> Deserializer<'de> for Name<'de> {
    type Error = Unfit;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_borrowed_str(self.0)
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_borrowed_str(self.0)
    }

    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_borrowed_str(self.0)
    }

    #[inline]
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_borrowed_str(self.0)
    }

    #[inline]
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_borrowed_str(self.0)
    }

    refuse! {
        deserialize_bool() deserialize_i8() deserialize_i16() deserialize_i32() deserialize_i64()
        deserialize_i128() deserialize_u8() deserialize_u16() deserialize_u32() deserialize_u64()
        deserialize_u128() deserialize_f32() deserialize_f64() deserialize_char() deserialize_bytes()
        deserialize_byte_buf() deserialize_option() deserialize_unit() deserialize_unit_struct(&'static str)
        deserialize_newtype_struct(&'static str) deserialize_seq() deserialize_tuple(usize)
        deserialize_tuple_struct(&'static str, usize) deserialize_map()
        deserialize_struct(&'static str, &'static [&'static str])
        deserialize_enum(&'static str, &'static [&'static str])
    }
}

impl<'de> Record<'de, '_> {
    /// The next member that is there: its name, and where its value is.
    #[inline]
    fn next(&mut self) -> Option<(&'de str, Span, Kind)> {
        loop {
            let (literal, rest) = self.literals.split_first()?;
            self.literals = rest;
            let (decoded, bit) = (self.known.decoded, literal.bit());
            let kind = if decoded.strings & bit != 0 {
                Kind::Text
            } else if decoded.nulls & bit != 0 {
                Kind::Null
            } else if decoded.others & bit != 0 {
                Kind::Other
            } else {
                continue;
            };
            let span = decoded.spans[literal.slot()];
            let (from, length) = literal.name();
            let start = usize::from(span.start).wrapping_sub(usize::from(matches!(kind, Kind::Text)));
            let at = start.wrapping_sub(literal.len()).wrapping_add(from);
            let name = self.raw.as_bytes().get(at..at + length)?;
            return Some((checked(name), span, kind));
        }
    }
}

/// What a value is, as far as this deserializer cares.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Null,
    Other,
}

struct Members<'de, 'k> {
    record: Record<'de, 'k>,
    /// The value of the name that was given last.
    value: Option<(Span, Kind)>,
}

impl<'de> MapAccess<'de> for &mut Members<'de, '_> {
    type Error = Unfit;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unfit> {
        if self.value.is_some() {
            return Err(Unfit);
        }
        let Some((name, value, kind)) = self.record.next() else { return Ok(None) };
        self.value = Some((value, kind));
        seed.deserialize(Name(name)).map(Some)
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unfit> {
        let (span, kind) = self.value.take().ok_or(Unfit)?;
        let (start, end) = (usize::from(span.start), usize::from(span.end));
        let bytes = self.record.raw.as_bytes();
        let (text, whole) = match kind {
            Kind::Text => (bytes.get(start..end), bytes.get(start.wrapping_sub(1)..end + 1)),
            Kind::Null => (Some(&[][..]), Some(&b"null"[..])),
            Kind::Other => (Some(&[][..]), bytes.get(start..end)),
        };
        let (Some(text), Some(whole)) = (text, whole) else { return Err(Unfit) };
        let may_escape = self.record.known.decoded.may_escape;
        seed.deserialize(Value { text: checked(text), whole: checked(whole), kind, may_escape })
    }
}

/// One value.
struct Value<'de> {
    /// What is between the quotes of a string.
    text: &'de str,
    whole: &'de str,
    kind: Kind,
    may_escape: bool,
}

impl<'de> Value<'de> {
    #[inline]
    fn visit_text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        if self.may_escape && self.text.contains('\\') {
            return visitor.visit_str(&unescape(self.text));
        }
        visitor.visit_borrowed_str(self.text)
    }

    /// By serde_json, to the value's last byte: it stops where an integer would be a fraction.
    fn by_serde_json<T>(
        &self,
        read: impl FnOnce(&mut ByText<'de>) -> Result<T, serde_json::Error>,
    ) -> Result<T, Unfit> {
        let mut text = serde_json::Deserializer::from_str(self.whole);
        let value = read(&mut text)?;
        text.end()?;
        Ok(value)
    }
}

type ByText<'de> = serde_json::Deserializer<serde_json::de::StrRead<'de>>;

/// What is not worth a way of its own.
macro_rules! leave_to_serde_json {
    ($($method:ident)*) => {
        $(fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
            self.by_serde_json(|text| text.$method(visitor))
        })*
    };
}

impl<'de> Deserializer<'de> for Value<'de> {
    type Error = Unfit;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.kind {
            Kind::Text => self.visit_text(visitor),
            Kind::Null => visitor.visit_unit(),
            Kind::Other => self.by_serde_json(|text| text.deserialize_any(visitor)),
        }
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.kind {
            Kind::Text => self.visit_text(visitor),
            Kind::Null | Kind::Other => Err(Unfit),
        }
    }

    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_str(visitor)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.kind {
            Kind::Null => visitor.visit_none(),
            Kind::Text | Kind::Other => visitor.visit_some(self),
        }
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        if is_private(name) {
            return self.by_serde_json(|text| text.deserialize_newtype_struct(name, visitor));
        }
        visitor.visit_newtype_struct(self)
    }

    #[inline]
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        visitor.visit_unit()
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        self.by_serde_json(|text| text.deserialize_unit_struct(name, visitor))
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Unfit> {
        self.by_serde_json(|text| text.deserialize_tuple(length, visitor))
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        self.by_serde_json(|text| text.deserialize_tuple_struct(name, length, visitor))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        self.by_serde_json(|text| text.deserialize_struct(name, fields, visitor))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        self.by_serde_json(|text| text.deserialize_enum(name, variants, visitor))
    }

    leave_to_serde_json! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32
        deserialize_f64 deserialize_char deserialize_bytes deserialize_byte_buf deserialize_unit
        deserialize_seq deserialize_map deserialize_identifier
    }
}

/// Names by which serde_json's own types (`RawValue`, `Number`) know its deserializer.
fn is_private(name: &str) -> bool {
    name.starts_with("$serde_json::")
}
