//! Writes one item: pieces escaped in advance, copied one behind the other.

use super::digits::{address, calendar, duration, hexadecimal, itsm, number, pair};
use super::draft::{Address, Device, Draft, Member, Open, Profile, Request};
use super::json::{Json, Printer};
use super::pools::{PURGES, Pools};
use super::{EnvelopeShape, Layout, Population};

/// Everything that items of one population in one layout are put together from.
///
/// Every piece that ends a member ends with the separator too; the last separator of an item is taken back.
#[derive(Debug)]
pub(crate) struct Writer {
    profile: Profile,
    pools: Pools,
    printer: Printer,
    /// Depth of an item's members.
    depth: usize,
    open: Vec<u8>,
    separator: Vec<u8>,
    /// A closing quote and the separator.
    end_text: Vec<u8>,
    close: Vec<u8>,
    /// `"name":"`, for members whose texts are put together on the spot.
    names: [Vec<u8>; MEMBER_NAMES.len()],
    /// `"name":null` and separator.
    nulls: [Vec<u8>; MEMBER_NAMES.len()],
    user: Pieces,
    credential: Pieces,
    credencial: Pieces,
    host: Pieces,
    /// Protocol and proxy, by connection.
    protocol: Pieces,
    proxy: Pieces,
    port: Pieces,
    purge: Pieces,
    extras: Vec<Pieces>,
    days: Vec<[u8; 10]>,
}

/// The members whose texts are put together on the spot, then the older name of `device`.
const MEMBER_NAMES: [&str; 10] =
    ["id", "origin_ip", "device", "session_id", "start", "end", "time", "request", "ITSM", "dispositivo"];
const ID: usize = 0;
const ORIGIN_IP: usize = 1;
const DEVICE: usize = 2;
const SESSION_ID: usize = 3;
const START: usize = 4;
const END: usize = 5;
const TIME: usize = 6;
const REQUEST: usize = 7;
const ITSM: usize = 8;
const DISPOSITIVO: usize = 9;

impl Writer {
    pub(crate) fn new(population: Population, layout: Layout, shape: EnvelopeShape) -> Self {
        let pools = Pools::new(population, layout.is_international());
        let profile = Profile::new(population, layout, pools.connections.len());
        let printer = Printer::new(layout);
        // An item stands in a list in an envelope; a nested envelope stands two levels deeper.
        let depth = if shape.is_nested() { 5 } else { 3 };

        let mut separator = b",".to_vec();
        printer.line(depth, &mut separator);
        let mut open = b"{".to_vec();
        printer.line(depth, &mut open);
        let mut close = Vec::new();
        printer.line(depth - 1, &mut close);
        close.push(b'}');

        let member = |name: &str, value: &Json| {
            let mut piece = Vec::new();
            printer.name(name, &mut piece);
            printer.value(value, depth, &mut piece);
            piece.extend_from_slice(&separator);
            piece
        };
        let text = |text: &Option<String>| text.clone().map_or(Json::Null, Json::Text);
        let connections = &pools.connections;
        Self {
            names: MEMBER_NAMES.map(|name| {
                let mut piece = Vec::new();
                printer.name(name, &mut piece);
                piece.push(b'"');
                piece
            }),
            nulls: MEMBER_NAMES.map(|name| member(name, &Json::Null)),
            user: pools.users.iter().map(|user| member("user", &text(user))).collect(),
            credential: pools
                .credentials
                .iter()
                .map(|credential| member("credential", &text(credential)))
                .collect(),
            credencial: pools
                .credentials
                .iter()
                .map(|credential| member("credencial", &text(credential)))
                .collect(),
            host: pools
                .hosts
                .iter()
                .map(|host| {
                    let mut piece = Vec::new();
                    printer.escaped(host, &mut piece);
                    piece
                })
                .collect(),
            protocol: connections.iter().map(|c| member("protocol", &Json::text(c.protocol))).collect(),
            proxy: connections.iter().map(|c| member("proxy", &Json::text(c.proxy))).collect(),
            port: connections.iter().map(|c| format!(":{}", c.port).into_bytes()).collect(),
            purge: PURGES.iter().map(|purge| member("prevent_purge", &purge.to_json())).collect(),
            extras: pools
                .extras
                .iter()
                .map(|(name, values)| values.iter().map(|value| member(name, value)).collect())
                .collect(),
            days: calendar(),
            end_text: [b"\"", separator.as_slice()].concat(),
            open,
            separator,
            close,
            profile,
            pools,
            printer,
            depth,
        }
    }

    pub(crate) fn profile(&self) -> &Profile {
        &self.profile
    }

    pub(crate) fn pools(&self) -> &Pools {
        &self.pools
    }

    pub(crate) fn printer(&self) -> Printer {
        self.printer
    }

    /// Depth of an item's members.
    pub(crate) fn depth(&self) -> usize {
        self.depth
    }

    /// Appends one item.
    pub(crate) fn item(&self, draft: &Draft, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.open);
        for &member in draft.members() {
            self.member(member, draft, out);
        }
        out.truncate(out.len() - self.separator.len());
        out.extend_from_slice(&self.close);
    }

    #[inline]
    fn member(&self, member: Member, draft: &Draft, out: &mut Vec<u8>) {
        match member {
            Member::Id if draft.integer_id => self.integer(ID, draft.id, out),
            Member::Id => self.text(ID, out, |out| number(draft.id, out)),
            Member::User => out.extend_from_slice(self.user.piece(draft.user)),
            Member::OriginIp => self.text(ORIGIN_IP, out, |out| address(draft.origin, out)),
            Member::Credential => {
                let pieces = if draft.older_names { &self.credencial } else { &self.credential };
                out.extend_from_slice(pieces.piece(draft.credential));
            }
            Member::Device => {
                let name = if draft.older_names { DISPOSITIVO } else { DEVICE };
                self.text(name, out, |out| {
                    self.device(draft, |host| self.host.piece(host), out);
                });
            }
            Member::Protocol => out.extend_from_slice(self.protocol.piece(draft.connection)),
            Member::Proxy => out.extend_from_slice(self.proxy.piece(draft.connection)),
            Member::SessionId => self.text(SESSION_ID, out, |out| self.session_id(draft, out)),
            Member::Start => self.text(START, out, |out| self.start(draft, out)),
            Member::End => match draft.duration {
                Some(_) => self.text(END, out, |out| self.end(draft, out)),
                None => self.open(END, draft.open_end, out),
            },
            Member::Time => match draft.duration {
                Some(seconds) => self.text(TIME, out, |out| duration(seconds, out)),
                None => self.open(TIME, draft.open_time, out),
            },
            Member::PreventPurge => out.extend_from_slice(self.purge.piece(draft.purge.0)),
            Member::Request => match draft.request {
                Request::Null => out.extend_from_slice(&self.nulls[REQUEST]),
                Request::Text(request) => {
                    self.text(REQUEST, out, |out| number(request.into(), out));
                }
                Request::Number(request) => self.integer(REQUEST, request.into(), out),
            },
            Member::Itsm => match draft.itsm {
                None => out.extend_from_slice(&self.nulls[ITSM]),
                Some(ticket) => self.text(ITSM, out, |out| itsm(ticket, out)),
            },
            Member::Extra(extra) => {
                out.extend_from_slice(self.extras[usize::from(extra)].piece(draft.extra(extra)));
            }
        }
    }

    #[inline]
    fn text(&self, name: usize, out: &mut Vec<u8>, value: impl FnOnce(&mut Vec<u8>)) {
        out.extend_from_slice(&self.names[name]);
        value(out);
        out.extend_from_slice(&self.end_text);
    }

    fn integer(&self, name: usize, value: u64, out: &mut Vec<u8>) {
        let (_quote, name) = self.names[name].split_last().expect("a name has a quote");
        out.extend_from_slice(name);
        number(value, out);
        out.extend_from_slice(&self.separator);
    }

    fn open(&self, name: usize, open: Open, out: &mut Vec<u8>) {
        match open {
            Open::Null => out.extend_from_slice(&self.nulls[name]),
            Open::Empty => self.text(name, out, |_| ()),
            Open::Zero => self.text(name, out, |out| out.extend_from_slice(ZERO_DATE.as_bytes())),
            Open::Absent => (),
        }
    }

    /// The text of `device`, with hosts escaped or not as `host` gives them.
    #[inline]
    pub(crate) fn device<'h>(&self, draft: &Draft, host: impl FnOnce(usize) -> &'h [u8], out: &mut Vec<u8>) {
        match draft.device {
            Device::Host(index) => out.extend_from_slice(host(index)),
            Device::Address(v4 @ Address::V4(_)) => address(v4, out),
            Device::Address(v6) if draft.bare_device => address(v6, out),
            Device::Address(v6) => {
                out.push(b'[');
                address(v6, out);
                out.push(b']');
            }
        }
        if !draft.bare_device {
            out.extend_from_slice(self.port.piece(draft.connection));
        }
    }

    /// The text of `session_id`.
    #[inline]
    pub(crate) fn session_id(&self, draft: &Draft, out: &mut Vec<u8>) {
        let [a, b, c] = draft.hash.map(hexadecimal);
        if self.profile.uuid {
            out.extend_from_slice(&a[..8]);
            out.push(b'-');
            out.extend_from_slice(&a[8..12]);
            out.extend_from_slice(b"-4");
            out.extend_from_slice(&a[13..]);
            out.extend_from_slice(b"-8");
            out.extend_from_slice(&b[1..4]);
            out.push(b'-');
            out.extend_from_slice(&c[..12]);
        } else {
            out.extend_from_slice(&a);
            out.extend_from_slice(&b);
            out.extend_from_slice(&c[..8]);
        }
    }

    /// The text of `start`.
    pub(crate) fn start(&self, draft: &Draft, out: &mut Vec<u8>) {
        self.date_time(draft.start, out);
    }

    /// The text of `end` of a session that has one.
    pub(crate) fn end(&self, draft: &Draft, out: &mut Vec<u8>) {
        self.date_time(draft.start + draft.duration.unwrap_or(0), out);
    }

    #[inline]
    fn date_time(&self, seconds: u32, out: &mut Vec<u8>) {
        let (day, second) = (seconds / 86_400, seconds % 86_400);
        let mut text = *b"0000-00-00 00:00:00";
        text[..10].copy_from_slice(&self.days[day as usize]);
        text[11..13].copy_from_slice(pair(second / 3600));
        text[14..16].copy_from_slice(pair(second / 60 % 60));
        text[17..19].copy_from_slice(pair(second % 60));
        out.extend_from_slice(&text);
    }
}

/// How PHP and MySQL write a date that there is none of.
pub(crate) const ZERO_DATE: &str = "0000-00-00 00:00:00";

impl Draft {
    /// Which value the unknown member has.
    #[inline]
    pub(crate) fn extra(&self, extra: u8) -> usize {
        (self.extras >> (4 * u32::from(extra))) as usize % super::draft::EXTRA_VALUES
    }
}

/// Byte strings of different lengths, one behind the other.
#[derive(Debug)]
struct Pieces {
    bytes: Vec<u8>,
    ends: Vec<u32>,
}

impl Pieces {
    #[inline]
    fn piece(&self, index: usize) -> &[u8] {
        let end = self.ends[index + 1] as usize;
        &self.bytes[self.ends[index] as usize..end]
    }
}

impl FromIterator<Vec<u8>> for Pieces {
    fn from_iter<I: IntoIterator<Item = Vec<u8>>>(pieces: I) -> Self {
        let mut all = Self { bytes: Vec::new(), ends: vec![0] };
        for piece in pieces {
            all.bytes.extend_from_slice(&piece);
            all.ends.push(all.bytes.len() as u32);
        }
        all
    }
}
