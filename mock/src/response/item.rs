//! Writes one item: pieces escaped in advance, copied one behind the other.

use super::digits::{DAY, address, calendar, clock, duration, hexadecimal, itsm, number};
use super::draft::{Address, Device, Draft, Member, Open, Profile, Request};
use super::json::{Json, Printer};
use super::pieces::Pieces;
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
    /// What stands around members and between them; [`OPEN`] and those behind it say which is which.
    around: Pieces,
    separator_length: usize,
    /// `"name":"`, for members whose texts are put together on the spot.
    names: Pieces,
    /// `"name":null` and separator.
    nulls: Pieces,
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
    days: Vec<[u8; DAY]>,
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

/// An item's first brace; a separator; a text's last quote and a separator; an item's last brace.
const OPEN: usize = 0;
const SEPARATOR: usize = 1;
const END_TEXT: usize = 2;
const CLOSE: usize = 3;

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
            names: MEMBER_NAMES
                .iter()
                .map(|name| {
                    let mut piece = Vec::new();
                    printer.name(name, &mut piece);
                    piece.push(b'"');
                    piece
                })
                .collect(),
            nulls: MEMBER_NAMES.iter().map(|name| member(name, &Json::Null)).collect(),
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
            separator_length: separator.len(),
            around: [open, separator.clone(), [b"\"", separator.as_slice()].concat(), close]
                .into_iter()
                .collect(),
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
        self.around.write(OPEN, out);
        for &member in draft.members() {
            self.member(member, draft, out);
        }
        out.truncate(out.len() - self.separator_length);
        self.around.write(CLOSE, out);
    }

    #[inline]
    fn member(&self, member: Member, draft: &Draft, out: &mut Vec<u8>) {
        match member {
            Member::Id if draft.integer_id => self.integer(ID, draft.id, out),
            Member::Id => self.text(ID, out, |out| number(draft.id, out)),
            Member::User => self.user.write(draft.user, out),
            Member::OriginIp => self.text(ORIGIN_IP, out, |out| address(draft.origin, out)),
            Member::Credential => {
                let pieces = if draft.older_names { &self.credencial } else { &self.credential };
                pieces.write(draft.credential, out);
            }
            Member::Device => {
                let name = if draft.older_names { DISPOSITIVO } else { DEVICE };
                self.text(name, out, |out| {
                    self.device(draft, |host| self.host.piece(host), out);
                });
            }
            Member::Protocol => self.protocol.write(draft.connection, out),
            Member::Proxy => self.proxy.write(draft.connection, out),
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
            Member::PreventPurge => self.purge.write(draft.purge.0, out),
            Member::Request => match draft.request {
                Request::Null => self.nulls.write(REQUEST, out),
                Request::Text(request) => {
                    self.text(REQUEST, out, |out| number(request.into(), out));
                }
                Request::Number(request) => self.integer(REQUEST, request.into(), out),
            },
            Member::Itsm => match draft.itsm {
                None => self.nulls.write(ITSM, out),
                Some(ticket) => self.text(ITSM, out, |out| itsm(ticket, out)),
            },
            Member::Extra(extra) => {
                self.extras[usize::from(extra)].write(draft.extra(extra), out);
            }
        }
    }

    #[inline]
    fn text(&self, name: usize, out: &mut Vec<u8>, value: impl FnOnce(&mut Vec<u8>)) {
        self.names.write(name, out);
        value(out);
        self.around.write(END_TEXT, out);
    }

    fn integer(&self, name: usize, value: u64, out: &mut Vec<u8>) {
        let quote = 1;
        self.names.write_but(quote, name, out);
        number(value, out);
        self.around.write(SEPARATOR, out);
    }

    fn open(&self, name: usize, open: Open, out: &mut Vec<u8>) {
        match open {
            Open::Null => self.nulls.write(name, out),
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
            self.port.write(draft.connection, out);
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
        out.extend_from_slice(&self.days[day as usize]);
        out.extend_from_slice(&clock(second / 3600, second % 3600));
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
