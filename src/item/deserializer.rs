//! Any serde type from an item of which it is known where names and values are, so that little is
//! scanned again.
//!
//! It only ever succeeds: where it does not, serde_json reads the item and says why. And it reads
//! nothing but names, strings and `null` by itself: every other value goes through serde_json.

use core::marker::PhantomData;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, Visitor};

mod notes;
mod places;

use super::lane::Known;
use crate::escape::unescape;
use crate::scan::{Decoded, checked, find_backslash};
use notes::{Notes, Unfit, noted};
use places::{Kind, Place, Places, Quoted, Shaped};

/// An item's text and what is known of its members, as a `T`; `None` if it does not fit, or if
/// that does not tell where they are.
#[inline]
pub(super) fn members_of<'de, T: Deserialize<'de>>(raw: &'de str, known: Known<'_>) -> Option<T> {
    match known.shape {
        Some(shape) => read(raw, Shaped::new(raw, shape, known.decoded), known.decoded),
        None => of_any_layout(raw, known),
    }
}

#[inline(never)] // It would share registers with what most items take.
fn of_any_layout<'de, T: Deserialize<'de>>(raw: &'de str, known: Known<'_>) -> Option<T> {
    read(raw, Quoted::new(raw, known.quotes)?, known.decoded)
}

#[inline]
fn read<'de, T: Deserialize<'de>>(raw: &'de str, places: impl Places<'de>, decoded: &Decoded) -> Option<T> {
    let notes = Notes::default();
    let value = T::deserialize(Record { raw, places, decoded, notes: &notes }).ok()?;
    notes.are_clean().then_some(value)
}

/// What is left to serde_json as a whole.
macro_rules! refuse {
    ($($method:ident($($argument:ty),*))*) => {
        $(fn $method<V: Visitor<'de>>(self, $(_: $argument,)* _: V) -> Result<V::Value, Unfit> {
            noted(self.notes, Err(Unfit))
        })*
    };
}

/// The members not yet given.
struct Record<'de, 'k, P> {
    raw: &'de str,
    places: P,
    decoded: &'k Decoded,
    notes: &'k Notes,
}

impl<'de, P: Places<'de>> Record<'de, '_, P> {
    #[inline]
    fn visit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        let notes = self.notes;
        let mut members = Members { record: self, value: None };
        let value = noted(notes, visitor.visit_map(&mut members))?;
        // A visitor that stops early is an error of serde_json.
        let over = members.value.is_none() && matches!(members.record.places.next(), Ok(None));
        noted(notes, if over { Ok(value) } else { Err(Unfit) })
    }
}

/// An object is what these may ask for; whoever asks for anything else gets serde_json's answer.
impl<'de, P: Places<'de>> Deserializer<'de> for Record<'de, '_, P> {
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
        noted(self.notes, visitor.visit_unit())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        noted(self.notes, visitor.visit_some(self))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Unfit> {
        let notes = self.notes;
        noted(notes, if is_private(name) { Err(Unfit) } else { visitor.visit_newtype_struct(self) })
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
struct Name<'de, 'k, P> {
    text: &'de str,
    notes: &'k Notes,
    /// Names of items with a shape and of others are read by functions of their own: shared ones would
    /// be calls, which is a tenth of the time.
    from: PhantomData<P>,
}

impl<'de, P> Deserializer<'de> for Name<'de, '_, P> {
    type Error = Unfit;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        noted(self.notes, visitor.visit_borrowed_str(self.text))
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        noted(self.notes, visitor.visit_borrowed_str(self.text))
    }

    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        noted(self.notes, visitor.visit_borrowed_str(self.text))
    }

    #[inline]
    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        noted(self.notes, visitor.visit_borrowed_str(self.text))
    }

    #[inline]
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        noted(self.notes, visitor.visit_borrowed_str(self.text))
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

struct Members<'de, 'k, P> {
    record: Record<'de, 'k, P>,
    /// The value of the name that was given last.
    value: Option<Place>,
}

impl<'de, P: Places<'de>> MapAccess<'de> for &mut Members<'de, '_, P> {
    type Error = Unfit;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, Unfit> {
        if self.value.is_some() {
            return noted(self.record.notes, Err(Unfit));
        }
        let next = noted(self.record.notes, self.record.places.next().map_err(|_| Unfit))?;
        let Some((name, value)) = next else { return Ok(None) };
        self.value = Some(value);
        let from = PhantomData::<P>;
        let notes = self.record.notes;
        notes.of_seed(|| seed.deserialize(Name { text: name, notes, from })).map(Some)
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Unfit> {
        let notes = self.record.notes;
        let Some(place) = self.value.take() else { return noted(notes, Err(Unfit)) };
        notes.of_seed(|| seed.deserialize(Value { place, record: &self.record }))
    }
}

/// One value.
struct Value<'de, 'k, P> {
    place: Place,
    record: &'k Record<'de, 'k, P>,
}

impl<'de, P> Value<'de, '_, P> {
    #[inline(always)]
    fn noted<T>(&self, result: Result<T, Unfit>) -> Result<T, Unfit> {
        noted(self.record.notes, result)
    }

    /// What is between the quotes of a string.
    #[inline]
    fn visit_text<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        let Place { start, end, .. } = self.place;
        let Some(text) = self.record.raw.as_bytes().get(start..end) else { return self.noted(Err(Unfit)) };
        let text = checked(text);
        if self.record.decoded.escaped.may_be_in(start, end) && find_backslash(text).is_some() {
            return self.noted(visitor.visit_str(&unescape(text)));
        }
        self.noted(visitor.visit_borrowed_str(text))
    }

    /// The whole of it as sent.
    fn sent(&self) -> &'de str {
        let Place { start, end, kind } = self.place;
        let place = match kind {
            Kind::Text => start.wrapping_sub(1)..end + 1,
            Kind::Null => return "null",
            Kind::Other => start..end,
        };
        self.record.raw.get(place).unwrap_or_default()
    }

    /// By serde_json, to the value's last byte: it stops where an integer would be a fraction.
    fn by_serde_json<T>(
        &self,
        read: impl FnOnce(&mut ByText<'de>) -> Result<T, serde_json::Error>,
    ) -> Result<T, Unfit> {
        let mut text = serde_json::Deserializer::from_str(self.sent());
        let value = read(&mut text).and_then(|value| text.end().map(|()| value));
        self.noted(value.map_err(Unfit::from))
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

impl<'de, P> Deserializer<'de> for Value<'de, '_, P> {
    type Error = Unfit;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.place.kind {
            Kind::Text => self.visit_text(visitor),
            Kind::Null => self.noted(visitor.visit_unit()),
            Kind::Other => self.by_serde_json(|text| text.deserialize_any(visitor)),
        }
    }

    #[inline]
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.place.kind {
            Kind::Text => self.visit_text(visitor),
            Kind::Null | Kind::Other => self.noted(Err(Unfit)),
        }
    }

    #[inline]
    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.deserialize_str(visitor)
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        match self.place.kind {
            Kind::Null => self.noted(visitor.visit_none()),
            Kind::Text | Kind::Other => noted(self.record.notes, visitor.visit_some(self)),
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
        noted(self.record.notes, visitor.visit_newtype_struct(self))
    }

    #[inline]
    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Unfit> {
        self.noted(visitor.visit_unit())
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

#[cfg(test)]
mod tests;
