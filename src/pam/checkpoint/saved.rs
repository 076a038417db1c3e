//! A checkpoint as it is saved.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::Hasher as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use roaring::RoaringTreemap;
use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher24;

use super::{Checkpoint, MEMORY};

/// The version that this code writes, and the only one that it reads.
const VERSION: u32 = 1;

/// So many numbers stand in one text.
const IN_ONE_TEXT: usize = 4096;

/// Of a number in a text, in bytes.
const WIDTH: usize = size_of::<u128>();

/// A checkpoint as it is saved: maps of ids in the portable format of Roaring bitmaps, in base64.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Saved {
    version: u32,
    source: Option<String>,
    items: u64,
    bytes: u64,
    tenants: BTreeMap<Box<str>, String>,
    unnamed: Vec<String>,
    key: [u64; 2],
    /// Of all the others: a single bit could make a session that nobody got one that was delivered.
    checksum: String,
}

impl Saved {
    /// SipHash-2-4 under a key of zeros, of each member and its length, in sixteen hexadecimal digits.
    fn checksum(&self) -> String {
        let Self { version, source, items, bytes, tenants, unnamed, key, checksum: _ } = self;
        let mut hasher = SipHasher24::new();
        let numbers = [u64::from(*version), u64::from(source.is_some()), *items, *bytes, key[0], key[1]];
        let counts = [tenants.len() as u64, unnamed.len() as u64];
        for number in numbers.into_iter().chain(counts) {
            hasher.write(&number.to_le_bytes());
        }
        let tenants = tenants.iter().flat_map(|(name, ids)| [&**name, ids.as_str()]);
        for text in source.as_deref().into_iter().chain(tenants).chain(unnamed.iter().map(String::as_str)) {
            hasher.write(&(text.len() as u64).to_le_bytes());
            hasher.write(text.as_bytes());
        }
        format!("{:016x}", hasher.finish())
    }
}

impl From<&Checkpoint> for Saved {
    fn from(checkpoint: &Checkpoint) -> Self {
        let tenants = checkpoint.tenants.iter().map(|(name, ids)| {
            let mut bytes = Vec::with_capacity(ids.serialized_size());
            // A vector takes whatever is written into it.
            let _written = ids.serialize_into(&mut bytes);
            (name.clone(), STANDARD.encode(bytes))
        });
        let unnamed: Vec<_> = checkpoint.unnamed.iter().collect();
        let texts = unnamed.chunks(IN_ONE_TEXT).map(|chunk| {
            let bytes: Vec<u8> = chunk.iter().flat_map(|number| number.to_le_bytes()).collect();
            STANDARD.encode(bytes)
        });
        let mut saved = Self {
            version: VERSION,
            source: checkpoint.source.clone(),
            items: checkpoint.items,
            bytes: checkpoint.bytes,
            tenants: tenants.collect(),
            unnamed: texts.collect(),
            key: checkpoint.key,
            checksum: String::new(),
        };
        saved.checksum = saved.checksum();
        saved
    }
}

impl TryFrom<Saved> for Checkpoint {
    type Error = String;

    fn try_from(saved: Saved) -> Result<Self, String> {
        if saved.version != VERSION {
            return Err(format!(
                "expected a checkpoint of version {VERSION}, found version {}",
                saved.version
            ));
        }
        let is_as_saved = saved.checksum() == saved.checksum;
        let unpacked = |text: &str, what: &str| {
            STANDARD.decode(text).map_err(|error| format!("expected {what} in base64, found: {error}"))
        };
        let mut tenants = BTreeMap::new();
        for (name, text) in saved.tenants {
            let bytes = unpacked(&text, "ids")?;
            let ids = RoaringTreemap::deserialize_from(&bytes[..])
                .map_err(|error| format!("expected ids as a Roaring bitmap, found: {error}"))?;
            tenants.insert(name, ids);
        }
        let mut unnamed = BTreeSet::new();
        for text in saved.unnamed {
            let bytes = unpacked(&text, "fingerprints")?;
            let (numbers, rest) = bytes.as_chunks::<WIDTH>();
            if !rest.is_empty() {
                return Err(format!("expected fingerprints of {WIDTH} bytes, found {} left", rest.len()));
            }
            unnamed.extend(numbers.iter().map(|number| u128::from_le_bytes(*number)));
        }
        let held = tenants.values().map(RoaringTreemap::len).fold(unnamed.len() as u64, u64::saturating_add);
        if held != saved.items {
            return Err(format!("expected a checkpoint of {} items, found {held}", saved.items));
        }
        if !is_as_saved {
            return Err("expected a checkpoint as it was saved, found one of another checksum".to_owned());
        }
        Ok(Self {
            source: saved.source,
            items: saved.items,
            bytes: saved.bytes,
            tenants,
            unnamed,
            key: saved.key,
            memory: MEMORY,
            credit: 0,
        })
    }
}
