//! What chance decides about one item. Bytes and expected values both come from a [`Draft`], so they cannot drift.

use super::random::Random;
use super::{Layout, Population};

/// The members an item can have. `Extra` is one that PAM Core does not document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Member {
    Id,
    User,
    OriginIp,
    Credential,
    Device,
    Protocol,
    Proxy,
    SessionId,
    Start,
    End,
    Time,
    PreventPurge,
    Request,
    Itsm,
    Extra(u8),
}

/// No population has more members than this.
pub(crate) const MAX_MEMBERS: usize = 24;

/// Entries of every pool of texts, a power of two so that an index is a few bits.
pub(crate) const POOL: usize = 256;

/// Values of every unknown member.
pub(crate) const EXTRA_VALUES: usize = 16;

/// Days that sessions can start on; after the last one the calendar starts again.
pub(crate) const START_DAYS: u32 = 1461;

/// Days after those that sessions can still end on.
pub(crate) const SPARE_DAYS: u32 = 16;

/// The numbers of a population and a layout that chance works with.
#[derive(Clone, Debug)]
pub(crate) struct Profile {
    pub(crate) order: &'static [Member],
    pub(crate) shuffled: bool,
    pub(crate) dirty: bool,
    pub(crate) uuid: bool,
    /// Kinds of connection to choose from.
    pub(crate) connections: u32,
    /// Kinds of unknown member that may be added to an item.
    pub(crate) stray_extras: u32,
    equal_lengths: bool,
    first_id: u64,
    id_step: u32,
    portuguese: u32,
    active: u32,
    purge: u32,
    request: u32,
    itsm: u32,
    origin_v6: u32,
    host: u32,
    device_v6: u32,
    bare_device: u32,
}

impl Profile {
    pub(crate) fn new(population: Population, layout: Layout, connections: usize) -> Self {
        let international = layout.is_international();
        let common = Self {
            order: &DOCUMENTED,
            shuffled: layout == Layout::Shuffled,
            dirty: layout == Layout::Dirty,
            uuid: false,
            connections: connections as u32,
            stray_extras: 0,
            equal_lengths: false,
            first_id: 3,
            id_step: 3,
            portuguese: if international { 500 } else { 0 },
            active: 30,
            purge: 60,
            request: 120,
            itsm: 80,
            origin_v6: 40,
            host: 350,
            device_v6: 15,
            bare_device: 80,
        };
        match population {
            Population::Varied => Self { stray_extras: if common.dirty { 3 } else { 0 }, ..common },
            Population::Uniform => Self {
                order: &DOCUMENTED[..12],
                uuid: true,
                equal_lengths: true,
                first_id: 100_000_000,
                id_step: 1,
                portuguese: 0,
                active: 0,
                purge: 0,
                origin_v6: 0,
                host: if international { 1000 } else { 0 },
                device_v6: 0,
                bare_device: 0,
                ..common
            },
            Population::Wide => Self {
                order: &WIDE,
                first_id: 1_700_000_000_000,
                id_step: 4096,
                active: 120,
                purge: 300,
                request: 450,
                itsm: 600,
                origin_v6: 250,
                host: 700,
                bare_device: 300,
                ..common
            },
        }
    }
}

const DOCUMENTED: [Member; 14] = [
    Member::Id,
    Member::User,
    Member::OriginIp,
    Member::Credential,
    Member::Device,
    Member::Protocol,
    Member::Proxy,
    Member::SessionId,
    Member::Start,
    Member::End,
    Member::Time,
    Member::PreventPurge,
    Member::Request,
    Member::Itsm,
];

const WIDE: [Member; 20] = [
    Member::SessionId,
    Member::Extra(0),
    Member::Start,
    Member::End,
    Member::Time,
    Member::Id,
    Member::Extra(1),
    Member::Extra(2),
    Member::Protocol,
    Member::Proxy,
    Member::Device,
    Member::Credential,
    Member::User,
    Member::OriginIp,
    Member::Extra(3),
    Member::Itsm,
    Member::Request,
    Member::Extra(4),
    Member::PreventPurge,
    Member::Extra(5),
];

/// One item, before it is written.
#[derive(Clone, Debug)]
pub(crate) struct Draft {
    pub(crate) id: u64,
    pub(crate) integer_id: bool,
    pub(crate) user: usize,
    pub(crate) origin: Address,
    pub(crate) credential: usize,
    pub(crate) older_names: bool,
    pub(crate) device: Device,
    pub(crate) bare_device: bool,
    pub(crate) connection: usize,
    pub(crate) hash: [u64; 3],
    /// Seconds since the first day of the calendar.
    pub(crate) start: u32,
    /// Seconds; none while the session is in progress.
    pub(crate) duration: Option<u32>,
    /// How `end` and `time` say that the session is in progress.
    pub(crate) open_end: Open,
    pub(crate) open_time: Open,
    pub(crate) purge: Purge,
    pub(crate) request: Request,
    pub(crate) itsm: Option<u32>,
    /// Four bits for each unknown member's value.
    pub(crate) extras: u64,
    members: [Member; MAX_MEMBERS],
    count: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Address {
    V4([u8; 4]),
    /// The third, fourth and eighth group of an address in 2001:db8::/32, in the low 48 bits.
    V6(u64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Device {
    Host(usize),
    Address(Address),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Open {
    Null,
    Empty,
    Zero,
    Absent,
}

/// The spellings of `prevent_purge`, as an index into [`PURGES`](super::pools::PURGES).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Purge(pub(crate) usize);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Request {
    Null,
    Text(u32),
    Number(u32),
}

impl Draft {
    /// The item with that index, whatever was drawn before.
    #[inline]
    pub(crate) fn draw(profile: &Profile, seed: u64, index: u64) -> Self {
        let mut random = Random::new(seed, index);
        let step = u64::from(profile.id_step);
        let id = profile
            .first_id
            .wrapping_add(index.wrapping_mul(step))
            .wrapping_add(u64::from(random.below(profile.id_step)));
        let picks = random.bits();
        let mut draft = Self {
            id,
            integer_id: false,
            user: picks as usize % POOL,
            origin: profile.address(profile.origin_v6, &mut random),
            credential: (picks >> 8) as usize % POOL,
            older_names: false,
            device: if random.permille(profile.host) {
                Device::Host((picks >> 16) as usize % POOL)
            } else {
                Device::Address(profile.address(profile.device_v6, &mut random))
            },
            bare_device: random.permille(profile.bare_device),
            connection: random.below(profile.connections) as usize,
            hash: [random.bits(), random.bits(), random.bits()],
            start: profile.start(index, &mut random),
            duration: None,
            open_end: Open::Null,
            open_time: Open::Null,
            purge: profile.purge(&mut random),
            request: Request::Null,
            itsm: None,
            extras: picks >> 24,
            members: [Member::Id; MAX_MEMBERS],
            count: profile.order.len(),
        };
        draft.members[..draft.count].copy_from_slice(profile.order);
        if random.permille(profile.active) {
            let forms = random.bits();
            draft.open_end = if forms & 1 == 0 { Open::Null } else { Open::Empty };
            draft.open_time = if forms & 2 == 0 { Open::Null } else { Open::Empty };
        } else {
            draft.duration = Some(profile.duration(&mut random));
        }
        if random.permille(profile.request) {
            draft.request = Request::Text(random.below(100_000));
        }
        if random.permille(profile.itsm) {
            draft.itsm = Some(random.below(10_000_000));
        }
        if profile.dirty {
            draft.soil(profile, &mut random);
        }
        if profile.shuffled {
            draft.shuffle(&mut random);
        }
        draft
    }

    /// The members in the order they are written in.
    #[inline]
    pub(crate) fn members(&self) -> &[Member] {
        &self.members[..self.count]
    }

    /// Mixes the documented alternatives in.
    fn soil(&mut self, profile: &Profile, random: &mut Random) {
        self.integer_id = random.permille(500);
        self.older_names = random.permille(300);
        self.purge = Purge(random.below(super::pools::PURGES.len() as u32) as usize);
        if random.permille(150) {
            self.duration = None;
        }
        if self.duration.is_none() {
            self.open_end = match random.below(4) {
                0 => Open::Null,
                1 => Open::Empty,
                2 => Open::Zero,
                _ => Open::Absent,
            };
            self.open_time = match random.below(3) {
                0 => Open::Null,
                1 => Open::Empty,
                _ => Open::Absent,
            };
        }
        if random.permille(300) {
            self.request = Request::Number(random.below(100_000));
        }
        if profile.stray_extras > 0 && random.permille(100) {
            // The place matters: an unknown member first, in the middle or last takes another way through a parser.
            let extra = random.below(profile.stray_extras) as u8;
            let place = random.below(self.count as u32 + 1) as usize;
            self.members.copy_within(place..self.count, place + 1);
            self.members[place] = Member::Extra(extra);
            self.count += 1;
        }
    }

    fn shuffle(&mut self, random: &mut Random) {
        let mut bits = 0;
        for i in (1..self.count).rev() {
            // Sixteen bits are plenty for an index below 24.
            if (self.count - 1 - i).is_multiple_of(4) {
                bits = random.bits();
            }
            let j = (((bits & 0xffff) * (i as u64 + 1)) >> 16) as usize;
            bits >>= 16;
            self.members.swap(i, j);
        }
    }
}

impl Profile {
    fn address(&self, v6: u32, random: &mut Random) -> Address {
        if v6 > 0 && random.permille(v6) {
            // A leading digit that is not zero keeps every group four digits long, which is the canonical form.
            return Address::V6((random.bits() & 0x0fff_0fff_0fff) | 0x1000_1000_1000);
        }
        let bits = random.bits() as u32;
        let [a, b, c, d] = bits.to_be_bytes();
        if self.equal_lengths {
            return Address::V4([192, 168, 100 + c % 100, 100 + d % 100]);
        }
        Address::V4(match a & 3 {
            0 => [172, 16 + (b & 15), c, d],
            1 => [192, 168, c, d],
            _ => [10, b, c, d],
        })
    }

    fn start(&self, index: u64, random: &mut Random) -> u32 {
        const PERIOD: u64 = START_DAYS as u64 * 86_400;
        // About 900 sessions a day, in the order of their ids but for a jitter of a few minutes.
        let base = index.wrapping_mul(97) % (PERIOD - 600);
        base as u32 + random.below(600)
    }

    fn duration(&self, random: &mut Random) -> u32 {
        let bound = match random.below(100) {
            _ if self.equal_lengths => 86_400,
            0..=69 => 3_600,
            70..=94 => 8 * 3_600,
            95..=98 => 30 * 3_600,
            _ => 200 * 3_600,
        };
        random.below(bound)
    }

    fn purge(&self, random: &mut Random) -> Purge {
        let yes = usize::from(random.permille(self.purge));
        let portuguese = usize::from(self.portuguese > 0 && random.permille(self.portuguese));
        Purge(yes + 2 * portuguese)
    }
}
