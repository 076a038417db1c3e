//! The item as a serde type, for everybody who reads through serde, and the way to the items.

use core::fmt;
use core::marker::PhantomData;
use std::borrow::Cow;

use serde::de::{
    Deserialize, DeserializeSeed, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor,
};

use crate::Tally;

/// An item. `ANY`: ids may be numbers, other members numbers and booleans; without it the
/// deserializer is told to expect strings, which is faster.
#[derive(Debug, serde::Deserialize)]
#[serde(bound(deserialize = "T: Text<'de>"))]
pub struct Row<T, const ANY: bool> {
    id: Id<ANY>,
    user: Option<Value<T, ANY>>,
    origin_ip: Option<Value<T, ANY>>,
    #[serde(alias = "credencial")]
    credential: Option<Value<T, ANY>>,
    #[serde(alias = "dispositivo")]
    device: Option<Value<T, ANY>>,
    protocol: Option<Value<T, ANY>>,
    proxy: Option<Value<T, ANY>>,
    session_id: Option<Value<T, ANY>>,
    start: Option<Value<T, ANY>>,
    end: Option<Value<T, ANY>>,
    time: Option<Value<T, ANY>>,
    prevent_purge: Option<Value<T, ANY>>,
    request: Option<Value<T, ANY>>,
    #[serde(rename = "ITSM")]
    itsm: Option<Value<T, ANY>>,
}

/// What counts of a row.
pub trait Counted {
    /// Adds the row.
    fn count(&self, tally: &mut Tally);
}

impl<T: AsRef<str>, const ANY: bool> Counted for Row<T, ANY> {
    #[inline]
    fn count(&self, tally: &mut Tally) {
        let texts = [
            &self.user,
            &self.origin_ip,
            &self.credential,
            &self.device,
            &self.protocol,
            &self.proxy,
            &self.session_id,
            &self.start,
            &self.end,
            &self.time,
            &self.prevent_purge,
            &self.request,
            &self.itsm,
        ];
        tally.item(self.id.0, texts.into_iter().flatten().map(Value::length).sum());
    }
}

/// A text that a row keeps: `Cow<str>` (borrowed where there is no escape) or `String`.
pub trait Text<'de>: Sized {
    /// From text that outlives the row.
    fn lent(text: &'de str) -> Self;
    /// From text that must be copied.
    fn copied(text: &str) -> Self;
}

impl<'de> Text<'de> for Cow<'de, str> {
    #[inline]
    fn lent(text: &'de str) -> Self {
        Cow::Borrowed(text)
    }

    #[inline]
    fn copied(text: &str) -> Self {
        Cow::Owned(text.to_owned())
    }
}

impl Text<'_> for String {
    #[inline]
    fn lent(text: &str) -> Self {
        text.to_owned()
    }

    #[inline]
    fn copied(text: &str) -> Self {
        text.to_owned()
    }
}

/// A member's value. A type of its own because serde's `Option<Cow<str>>` never borrows.
#[derive(Debug)]
enum Value<T, const ANY: bool> {
    Text(T),
    Number(u64),
    Truth(bool),
}

impl<T: AsRef<str>, const ANY: bool> Value<T, ANY> {
    /// Bytes of the value's text.
    #[inline]
    fn length(&self) -> usize {
        match self {
            Self::Text(text) => text.as_ref().len(),
            Self::Number(number) => number.checked_ilog10().unwrap_or(0) as usize + 1,
            Self::Truth(true) => "true".len(),
            Self::Truth(false) => "false".len(),
        }
    }
}

impl<'de, T: Text<'de>, const ANY: bool> Deserialize<'de> for Value<T, ANY> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Values<T, const ANY: bool>(PhantomData<T>);
        impl<'de, T: Text<'de>, const ANY: bool> Visitor<'de> for Values<T, ANY> {
            type Value = Value<T, ANY>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string, a number or a boolean")
            }

            #[inline]
            fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
                Ok(Value::Text(T::lent(text)))
            }

            #[inline]
            fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
                Ok(Value::Text(T::copied(text)))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
                Ok(Value::Number(number))
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Self::Value, E> {
                Ok(Value::Truth(truth))
            }
        }
        let values = Values(PhantomData);
        if ANY { deserializer.deserialize_any(values) } else { deserializer.deserialize_str(values) }
    }
}

/// A number, sent as such or as a string of its digits.
#[derive(Debug)]
struct Id<const ANY: bool>(u64);

impl<'de, const ANY: bool> Deserialize<'de> for Id<ANY> {
    #[inline]
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Ids;
        impl Visitor<'_> for Ids {
            type Value = u64;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an id")
            }

            #[inline]
            fn visit_str<E: Error>(self, text: &str) -> Result<u64, E> {
                text.parse().map_err(E::custom)
            }

            fn visit_u64<E>(self, id: u64) -> Result<u64, E> {
                Ok(id)
            }
        }
        let id = if ANY { deserializer.deserialize_any(Ids) } else { deserializer.deserialize_str(Ids) };
        id.map(Self)
    }
}

/// Reads a response's items one at a time, none kept: the way that serde itself documents
/// ("Stream array of values without buffering"), on top of the envelope.
///
/// # Errors
/// The deserializer's.
pub fn count_rows<'de, R, D>(deserializer: D) -> Result<Tally, D::Error>
where
    R: Deserialize<'de> + Counted,
    D: Deserializer<'de>,
{
    let mut tally = Tally::default();
    deserializer.deserialize_map(Envelope::<R> { tally: &mut tally, row: PhantomData })?;
    Ok(tally)
}

struct Envelope<'t, R> {
    tally: &'t mut Tally,
    row: PhantomData<R>,
}

impl<'de, R: Deserialize<'de> + Counted> Visitor<'de> for Envelope<'_, R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an envelope")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut members: M) -> Result<(), M::Error> {
        while let Some(name) = members.next_key::<Cow<'_, str>>()? {
            if name == "remote_sessions" {
                members.next_value_seed(List::<R> { tally: self.tally, row: PhantomData })?;
            } else {
                members.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

struct List<'t, R> {
    tally: &'t mut Tally,
    row: PhantomData<R>,
}

impl<'de, R: Deserialize<'de> + Counted> DeserializeSeed<'de> for List<'_, R> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de, R: Deserialize<'de> + Counted> Visitor<'de> for List<'_, R> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<(), S::Error> {
        while let Some(row) = items.next_element::<R>()? {
            row.count(self.tally);
        }
        Ok(())
    }
}
