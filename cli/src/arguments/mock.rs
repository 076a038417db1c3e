//! What the mock serves.

use std::net::SocketAddr;
use std::num::NonZeroU64;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use mock_pam_core::{Encoding, EnvelopeShape, Failure, FaultPlan, Layout, Population, Tls};

use super::values::{one_of, seconds};
use crate::mock::CLIENT_ID;

#[derive(Debug, Args)]
pub(crate) struct MockArguments {
    /// Where to listen; port 0 is a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    pub(crate) listen: SocketAddr,

    /// The only client id that it knows
    #[arg(long, value_name = "ID", default_value = CLIENT_ID)]
    pub(crate) client_id: String,

    #[command(flatten)]
    pub(crate) list: ListArguments,

    #[command(flatten)]
    pub(crate) wire: WireArguments,
}

#[derive(Clone, Copy, Debug, Args)]
#[command(next_help_heading = "The list")]
pub(crate) struct ListArguments {
    /// How many sessions there are
    #[arg(long, value_name = "N", default_value_t = 1000)]
    pub(crate) items: u64,

    /// How items are written
    #[arg(long, value_name = "LAYOUT", default_value_t, value_parser = one_of(Layout::ALL, Layout::name))]
    pub(crate) layout: Layout,

    /// How items are wrapped
    #[arg(long, value_name = "SHAPE", default_value_t, value_parser = one_of(EnvelopeShape::ALL, EnvelopeShape::name))]
    pub(crate) envelope: EnvelopeShape,

    /// What decides over everything that looks like chance
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,

    /// What the sessions look like
    #[arg(long, value_name = "KIND", default_value_t, value_parser = one_of(Population::ALL, Population::name))]
    pub(crate) population: Population,

    /// How many inner envelopes the shape `pages` has
    #[arg(long, value_name = "N", default_value_t = NonZeroU64::new(4).expect("not zero"))]
    pub(crate) pages: NonZeroU64,
}

#[derive(Debug, Args)]
#[command(next_help_heading = "On the wire")]
pub(crate) struct WireArguments {
    /// Compresses lists for clients that accept it
    #[arg(long, value_name = "ENCODING", value_parser = one_of(Encoding::ALL, Encoding::name))]
    pub(crate) encoding: Option<Encoding>,

    /// Speaks TLS, with such a certificate
    #[arg(long, value_name = "CERTIFICATE", value_parser = one_of(Tls::ALL, Tls::name))]
    pub(crate) tls: Option<Tls>,

    /// Writes the authority's certificate as ca.pem and a client's, with its key, as client.pem
    #[arg(long, value_name = "DIRECTORY", requires = "tls", default_value = ".")]
    pub(crate) certificates: PathBuf,

    /// Speaks HTTP/2 with clients that do
    #[arg(long)]
    pub(crate) http2: bool,

    /// Seconds before the first byte of a list
    #[arg(long, value_name = "SECONDS", default_value = "0", value_parser = seconds)]
    pub(crate) latency: Duration,

    /// Answers with this documented error instead of a list (or of a token)
    #[arg(long, value_name = "ERROR", value_parser = one_of(Failure::ALL, Failure::name))]
    pub(crate) failure: Option<Failure>,

    /// Does something wrong: NAME, NAME:ARGUMENT or NAME:ARGUMENT+times:N; see below
    ///
    /// May be repeated: of those that strike the same, the first that is not used up does.
    #[arg(long, value_name = "FAULT")]
    pub(crate) fault: Vec<FaultPlan>,
}
