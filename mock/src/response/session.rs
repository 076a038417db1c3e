//! What a reader of a response should come out with.

use super::digits::{address, duration, itsm};
use super::draft::{Draft, Member, Open, Request};
use super::item::{Writer, ZERO_DATE};
use super::pools::{PURGES, Spelling};

/// The expected values of one item: what was written, with its escapes undone.
///
/// A member that was sent as a number or a boolean stands here as the text of it (`"7"`, `"true"`); one that was
/// null or absent is `None`.
///
/// ```
/// use mock_pam_core::Response;
///
/// let session = Response::new(10).sessions().next().unwrap();
/// assert_eq!(session.index, 0);
/// assert!(session.session_id.is_some());
/// assert_eq!(session.prevents_purge, Some(false));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Session {
    /// Position in the whole response, from 0.
    pub index: u64,
    /// `id`, whether it was sent as text or as an integer.
    pub id: u64,
    /// `user`.
    pub user: Option<String>,
    /// `origin_ip`.
    pub origin_ip: Option<String>,
    /// `credential`, or `credencial`.
    pub credential: Option<String>,
    /// `device`, or `dispositivo`.
    pub device: Option<String>,
    /// `protocol`.
    pub protocol: Option<String>,
    /// `proxy`.
    pub proxy: Option<String>,
    /// `session_id`.
    pub session_id: Option<String>,
    /// `start`.
    pub start: Option<String>,
    /// `end` as sent, so it can be empty or `0000-00-00 00:00:00`.
    pub end: Option<String>,
    /// `time` as sent, so it can be empty.
    pub time: Option<String>,
    /// `prevent_purge`.
    pub prevent_purge: Option<String>,
    /// `request`.
    pub request: Option<String>,
    /// `ITSM`.
    pub itsm: Option<String>,
    /// Members that PAM Core does not document, in the order they were written, each with its value as JSON exactly
    /// as it stands in the response.
    pub unknown: Vec<(&'static str, String)>,
    /// Every member's name in the order they were written.
    pub names: Vec<&'static str>,
    /// What `time` means, in seconds; none while the session is in progress.
    pub seconds: Option<u64>,
    /// What `prevent_purge` means.
    pub prevents_purge: Option<bool>,
}

impl Session {
    /// Whether the session is in progress: it has no end.
    ///
    /// ```
    /// use mock_pam_core::Response;
    ///
    /// let in_progress = Response::new(1000).sessions().filter(|session| session.is_active()).count();
    /// assert!((1..200).contains(&in_progress));
    /// ```
    #[must_use]
    pub fn is_active(&self) -> bool {
        self.seconds.is_none()
    }

    pub(crate) fn expected(writer: &Writer, draft: &Draft, index: u64) -> Self {
        let mut session = Self { index, ..Self::default() };
        for &member in draft.members() {
            if let Some(name) = session.set(member, writer, draft) {
                session.names.push(name);
            }
        }
        session
    }

    /// Sets one member; its name as written, or none if it is left out.
    fn set(&mut self, member: Member, writer: &Writer, draft: &Draft) -> Option<&'static str> {
        let pools = writer.pools();
        let connection = &pools.connections[draft.connection];
        Some(match member {
            Member::Id => {
                self.id = draft.id;
                "id"
            }
            Member::User => {
                self.user.clone_from(&pools.users[draft.user]);
                "user"
            }
            Member::OriginIp => {
                self.origin_ip = written(|out| address(draft.origin, out));
                "origin_ip"
            }
            Member::Credential => {
                self.credential.clone_from(&pools.credentials[draft.credential]);
                if draft.older_names { "credencial" } else { "credential" }
            }
            Member::Device => {
                self.device = written(|out| {
                    writer.device(draft, |host| pools.hosts[host].as_bytes(), out);
                });
                if draft.older_names { "dispositivo" } else { "device" }
            }
            Member::Protocol => {
                self.protocol = Some(connection.protocol.to_owned());
                "protocol"
            }
            Member::Proxy => {
                self.proxy = Some(connection.proxy.to_owned());
                "proxy"
            }
            Member::SessionId => {
                self.session_id = written(|out| writer.session_id(draft, out));
                "session_id"
            }
            Member::Start => {
                self.start = written(|out| writer.start(draft, out));
                "start"
            }
            Member::End => {
                self.end = match (draft.duration, draft.open_end) {
                    (Some(_), _) => written(|out| writer.end(draft, out)),
                    (None, Open::Absent) => return None,
                    (None, open) => open.text(),
                };
                "end"
            }
            Member::Time => {
                self.seconds = draft.duration.map(u64::from);
                self.time = match (draft.duration, draft.open_time) {
                    (Some(seconds), _) => written(|out| duration(seconds, out)),
                    (None, Open::Absent) => return None,
                    (None, open) => open.text(),
                };
                "time"
            }
            Member::PreventPurge => {
                self.prevents_purge = Some(draft.purge.0 % 2 == 1);
                self.prevent_purge = Some(match PURGES[draft.purge.0] {
                    Spelling::Text(text) => text.to_owned(),
                    Spelling::Bool(flag) => flag.to_string(),
                    Spelling::Number(number) => number.to_string(),
                });
                "prevent_purge"
            }
            Member::Request => {
                self.request = match draft.request {
                    Request::Null => None,
                    Request::Text(request) | Request::Number(request) => Some(request.to_string()),
                };
                "request"
            }
            Member::Itsm => {
                self.itsm = draft.itsm.and_then(|ticket| written(|out| itsm(ticket, out)));
                "ITSM"
            }
            Member::Extra(extra) => {
                let (name, values) = &pools.extras[usize::from(extra)];
                let (printer, depth) = (writer.printer(), writer.depth());
                let value = &values[draft.extra(extra)];
                let json = written(|out| printer.value(value, depth, out));
                self.unknown.push((name, json.unwrap_or_default()));
                name
            }
        })
    }
}

impl Open {
    fn text(self) -> Option<String> {
        match self {
            Self::Null | Self::Absent => None,
            Self::Empty => Some(String::new()),
            Self::Zero => Some(ZERO_DATE.to_owned()),
        }
    }
}

fn written(write: impl FnOnce(&mut Vec<u8>)) -> Option<String> {
    let mut out = Vec::new();
    write(&mut out);
    Some(String::from_utf8(out).expect("items are written in UTF-8"))
}
