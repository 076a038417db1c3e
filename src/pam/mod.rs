//! PAM Core (Segura, formerly senhasegura): the names in its response, and what they mean.
//!
//! Source of the names and meanings: the vendor's page "GET | List all remote sessions" and its
//! siblings of other versions, which document older aliases.

mod api_error;
#[cfg(feature = "checkpoint")]
mod checkpoint;
mod kinds;
mod known;
mod reading;
mod serialize;
mod session;
mod status;
mod views;

pub use api_error::{ApiError, ApiErrorKind};
#[cfg(feature = "checkpoint")]
pub use checkpoint::Checkpoint;
pub(crate) use known::FIELDS;
#[cfg(feature = "async")]
pub(crate) use known::id_in;
pub use session::{RemoteSession, UnknownMembers};
pub(crate) use status::Statuses;
pub use status::{EnvelopeStatus, Exception, Repeated, ResponseStatus};
pub use views::{SentTime, Target};

use crate::envelope::{MEMBERS, Names, Profile};

/// The envelopes around remote sessions.
static ENVELOPE: Names = Names {
    lists: &["remote_sessions", "remote_session"],
    members: &["code", "response", "tenant", "exception", "message", "error", "error_description"],
    announcing: 2,
};

const _: () = assert!(ENVELOPE.members.len() <= MEMBERS);

/// The list of remote sessions.
pub(crate) fn profile() -> Profile {
    Profile::Envelopes(&ENVELOPE)
}
