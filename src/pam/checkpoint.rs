//! What was delivered of a list, so that another run can leave it out.

mod saved;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::hash::{BuildHasher, Hasher, RandomState};

use roaring::RoaringTreemap;
use serde::{Deserialize, Serialize, Serializer};
use siphasher::sip::SipHasher24;

use self::saved::Saved;
use super::session::RemoteSession;
use crate::error::{Error, ErrorKind};

/// Most bytes of memory by default: 256 MiB.
const MEMORY: usize = 256 * 1024 * 1024;

/// An upper bound for what one new id can take in a map, in bytes.
const DEAREST_ID: usize = 256;

/// The same for a new tenant, beside its name.
const DEAREST_TENANT: usize = 512;

/// What one item takes whose tenant is not known, in bytes, its share of the tree included: whose
/// nodes are half full where ids come in order.
const UNNAMED: usize = 40;

/// What was delivered of a list: record every item when it is safely delivered, save this (it is
/// serde's), and a later run over the same list can leave out what [`has`](Self::has) knows.
///
/// ```
/// use remote_sessions::{Checkpoint, Reader};
/// let body = br#"{"tenant":"Segura","remote_sessions":[{"id":3},{"id":6},{"id":9}]}"#;
///
/// let mut checkpoint = Checkpoint::new();
/// let mut first = Reader::new(&body[..50]); // broke off
/// while let Ok(Some((item, tenant))) = first.next_with_tenant() {
///     checkpoint.record(&item.session()?, tenant)?;
/// }
/// let saved = serde_json::to_string(&checkpoint).expect("a checkpoint can always be saved");
///
/// let mut checkpoint: Checkpoint = serde_json::from_str(&saved).expect("what was saved");
/// let (mut again, mut new) = (Reader::new(&body[..]), Vec::new());
/// while let Some((item, tenant)) = again.next_with_tenant()? {
///     let session = item.session()?;
///     if !checkpoint.has(&session, tenant) {
///         new.push(session.id());
///         checkpoint.record(&session, tenant)?;
///     }
/// }
/// assert_eq!((new, checkpoint.items()), (vec![6, 9], 3));
/// # Ok::<(), remote_sessions::Error>(())
/// ```
///
/// Of remote sessions only, whose tenant [`Reader::next_with_tenant`](crate::Reader::next_with_tenant) or
/// [`Batch::tenant`](crate::Batch::tenant) tells.
///
/// # By what an item is known
/// By its tenant and its `id`: ids are not promised to be unique across tenants. Where the tenant
/// is not known yet when the item comes (the envelope may name it after its items), by its `id`
/// and its `session_id`; where it has none of these, by its `id` and its whole text. What is
/// known under a tenant is not looked for under no tenant, for that could leave out an item that
/// was never delivered.
///
/// # What the list does not promise
/// - That a run later sees the same items: what was purged meanwhile is gone, what is new comes.
///   The order does not matter.
/// - That an item does not change: a session that was in progress when it was delivered is left
///   out later, when it has an end.
/// - That `id` is unique within a tenant: of two items with the same one, the second counts as
///   delivered.
/// - That the tenant stands where it stood before: if it comes after the items in the second run
///   and came before them in the first, items are delivered twice.
///
/// # Memory
/// Under a tenant, an item takes one bit where ids are dense, two bytes where they are sparse,
/// and at most some 100 bytes where every id is far from all others; without a tenant, 40 bytes.
/// In all at most [`with_memory`](Self::with_memory), 256 MiB by default: enough for a thousand
/// million dense ids, or six million items without a tenant. Then [`record`](Self::record)
/// fails, and nothing is forgotten. Saved as JSON, it is a third larger.
///
/// While it is saved, that text is held as well, and the ids of one tenant once more: beside what it
/// takes itself up to two and a third times as much, 600 MiB of a full one by default. While it is
/// read it takes, with text and buffers, up to six times as much in all as it does afterwards,
/// 1.5 GiB. Of ten million dense ids that is 8 MB.
#[derive(Clone, Deserialize)]
#[serde(try_from = "Saved")]
pub struct Checkpoint {
    source: Option<String>,
    items: u64,
    bytes: u64,
    tenants: BTreeMap<Box<str>, RoaringTreemap>,
    /// `id` and a fingerprint of `session_id`, in one number.
    unnamed: BTreeSet<u128>,
    /// Of the fingerprints: whoever can choose a `session_id` cannot choose its fingerprint.
    key: [u64; 2],
    memory: usize,
    /// Ids that may still be added before the memory has to be looked at again.
    credit: usize,
}

impl Default for Checkpoint {
    fn default() -> Self {
        Self::new()
    }
}

impl Checkpoint {
    /// Nothing was delivered yet.
    #[must_use]
    pub fn new() -> Self {
        // Two hashers of different random keys.
        let key = [RandomState::new(), RandomState::new()].map(|state| state.build_hasher().finish());
        Self {
            source: None,
            items: 0,
            bytes: 0,
            tenants: BTreeMap::new(),
            unnamed: BTreeSet::new(),
            key,
            memory: MEMORY,
            credit: 0,
        }
    }

    /// Sets how much memory it may take, in bytes. Not saved with it. More is held
    /// [while it is saved or read](Self#memory).
    #[must_use]
    pub fn with_memory(mut self, bytes: usize) -> Self {
        self.memory = bytes;
        self.credit = 0;
        self
    }

    /// Says which list it is about, such as the address; to be compared before it is used again.
    ///
    /// ```
    /// let checkpoint = remote_sessions::Checkpoint::new().with_source("https://pam.example");
    /// assert_eq!(checkpoint.source(), Some("https://pam.example"));
    /// ```
    #[must_use]
    pub fn with_source(mut self, source: impl Into<String>) -> Self {
        self.source = Some(source.into());
        self
    }

    /// Which list it is about, if that was said.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// Items recorded, each once.
    #[must_use]
    pub fn items(&self) -> u64 {
        self.items
    }

    /// How far the last run came, in bytes of the unpacked response, as far as that was
    /// [said](Self::set_bytes).
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.bytes
    }

    /// Says how far this run came, in bytes of the unpacked response: for people, nothing depends
    /// on it.
    pub fn set_bytes(&mut self, bytes: u64) {
        self.bytes = bytes;
    }

    /// Whether this item was recorded.
    #[must_use]
    pub fn has(&self, session: &RemoteSession<'_>, tenant: Option<&str>) -> bool {
        let id = session.id();
        tenant.and_then(|tenant| self.tenants.get(tenant)).is_some_and(|ids| ids.contains(id))
            || (!self.unnamed.is_empty() && self.unnamed.contains(&self.fingerprint(session)))
    }

    /// Records an item as delivered; false if it was already.
    ///
    /// # Errors
    /// Of kind [`Limit`](ErrorKind::Limit) if that could take more memory than allowed. Then
    /// nothing is recorded; what was, stays.
    ///
    /// ```
    /// use remote_sessions::{Checkpoint, ErrorKind, RemoteSession};
    /// let session = RemoteSession::parse(r#"{"id":1}"#)?;
    /// let mut checkpoint = Checkpoint::new().with_memory(0);
    /// assert_eq!(checkpoint.record(&session, None).unwrap_err().kind(), ErrorKind::Limit);
    /// # Ok::<(), remote_sessions::Error>(())
    /// ```
    pub fn record(&mut self, session: &RemoteSession<'_>, tenant: Option<&str>) -> Result<bool, Error> {
        let id = session.id();
        if self.has(session, tenant) {
            return Ok(false);
        }
        if self.credit == 0 {
            self.credit = self.memory.saturating_sub(self.memory_used()) / DEAREST_ID;
        }
        let Some(credit) = self.credit.checked_sub(1) else { return Err(self.full()) };
        match tenant {
            None => {
                let fingerprint = self.fingerprint(session);
                self.unnamed.insert(fingerprint);
            }
            Some(tenant) => match self.tenants.get_mut(tenant) {
                Some(ids) => drop(ids.insert(id)),
                None => {
                    let ids_worth = (tenant.len() + DEAREST_TENANT).div_ceil(DEAREST_ID);
                    self.credit = credit.checked_sub(ids_worth).ok_or_else(|| self.full())?;
                    self.tenants.insert(tenant.into(), RoaringTreemap::from([id]));
                    self.items += 1;
                    return Ok(true);
                }
            },
        }
        self.credit = credit;
        self.items += 1;
        Ok(true)
    }

    /// About how much memory it takes, in bytes; rather more than less.
    #[must_use]
    pub fn memory_used(&self) -> usize {
        const CONTAINER: u64 = 80;
        const BITSET: u64 = 8 * 1024;
        const MAP: usize = 160;
        // Of a tenant beside its name: its place in one tree, and the first node of its own.
        const TENANT: usize = 352;
        let map = |ids: &RoaringTreemap| {
            let parts = ids.bitmaps().map(|(_, part)| {
                let has = part.statistics();
                // Lists of two bytes an id, which may have grown to twice their size; and bitsets.
                let bytes = 4 * u64::from(has.n_values_array_containers)
                    + BITSET * u64::from(has.n_bitset_containers)
                    + 2 * has.n_bytes_run_containers
                    + CONTAINER * u64::from(has.n_containers);
                usize::try_from(bytes).unwrap_or(usize::MAX).saturating_add(MAP)
            });
            parts.fold(TENANT, usize::saturating_add)
        };
        let tenants = self.tenants.iter().map(|(name, ids)| name.len().saturating_add(map(ids)));
        tenants.fold(self.unnamed.len().saturating_mul(UNNAMED), usize::saturating_add)
    }

    fn fingerprint(&self, session: &RemoteSession<'_>) -> u128 {
        let mut hasher = SipHasher24::new_with_keys(self.key[0], self.key[1]);
        match session.session_id() {
            Some(text) if !text.is_empty() => {
                hasher.write_u8(1);
                hasher.write(text.to_str().as_bytes());
            }
            _ => {
                hasher.write_u8(0);
                hasher.write(session.raw().as_bytes());
            }
        }
        u128::from(session.id()) << 64 | u128::from(hasher.finish())
    }

    fn full(&self) -> Error {
        let message = format!(
            "expected a checkpoint of at most {} bytes of memory, found no room after {} items",
            self.memory, self.items
        );
        Error::new(ErrorKind::Limit, message)
            .advise("allow the checkpoint more memory, or go on without one; what it holds is still good")
    }
}

impl Serialize for Checkpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Saved::from(self).serialize(serializer)
    }
}

/// Shows how much there is of it, not what.
impl fmt::Debug for Checkpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checkpoint")
            .field("source", &self.source)
            .field("items", &self.items)
            .field("bytes", &self.bytes)
            .field("tenants", &self.tenants.len())
            .finish_non_exhaustive()
    }
}
