//! The data: responses from the generator of `mock-pam-core`, made once per process.

use std::io;
use std::path::Path;

use bytes::Bytes;
use mock_pam_core::{Layout, Population, Response, Session};

use crate::Tally;

/// One response in memory.
#[derive(Clone, Debug)]
pub struct Corpus {
    name: String,
    layout: Layout,
    response: Option<Response>,
    /// The response and [`PADDING`](Self::PADDING) more bytes.
    padded: Bytes,
    length: usize,
}

impl Corpus {
    /// Readable bytes behind the response, for those who ask for them (simdjson: 64).
    pub const PADDING: usize = 64;

    /// About that many bytes of sessions in a flat envelope.
    ///
    /// ```
    /// use mock_pam_core::{Layout, Population};
    /// let corpus = remote_sessions_benches::Corpus::generate(Population::Wide, Layout::Php, 1_000_000);
    /// assert!((950_000..1_050_000).contains(&corpus.bytes().len()));
    /// assert_eq!(corpus.name(), "wide-php");
    /// ```
    pub fn generate(population: Population, layout: Layout, bytes: usize) -> Self {
        let recipe = |items| Response::new(items).seed(20_240_229).population(population).layout(layout);
        const SAMPLE: u64 = 2_000;
        let item = recipe(SAMPLE).byte_count() as f64 / SAMPLE as f64;
        let response = recipe((bytes as f64 / item).max(1.0) as u64);
        let mut whole = Vec::with_capacity(bytes + bytes / 16 + 4096);
        response.write_to(&mut whole).expect("a Vec takes everything");
        let corpus = Self::new(format!("{population}-{layout}"), whole);
        Self { layout, response: Some(response), ..corpus }
    }

    /// Any other response, items laid out compactly.
    pub fn new(name: impl Into<String>, mut bytes: Vec<u8>) -> Self {
        let length = bytes.len();
        bytes.resize(length + Self::PADDING, b' ');
        Self { name: name.into(), layout: Layout::Compact, response: None, padded: bytes.into(), length }
    }

    /// A response in a file, held in memory once.
    ///
    /// # Errors
    /// Those of reading.
    pub fn load(path: &Path) -> io::Result<Self> {
        let size = usize::try_from(std::fs::metadata(path)?.len()).expect("files that fit into memory");
        let mut bytes = Vec::with_capacity(size + Self::PADDING);
        io::Read::read_to_end(&mut std::fs::File::open(path)?, &mut bytes)?;
        Ok(Self::new("file", bytes))
    }

    /// Population and layout, as in `varied-compact`.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// How the items are written.
    pub fn layout(&self) -> Layout {
        self.layout
    }

    /// Whether ids may be numbers, flags booleans and so on.
    pub fn is_dirty(&self) -> bool {
        self.layout == Layout::Dirty
    }

    /// The response.
    pub fn bytes(&self) -> &[u8] {
        &self.padded[..self.length]
    }

    /// The response, to be cut into chunks without a copy.
    pub fn shared(&self) -> Bytes {
        self.padded.slice(..self.length)
    }

    /// The response and its padding.
    pub fn padded(&self) -> &[u8] {
        &self.padded
    }

    /// The list alone, from `[` to `]`: for readers that know no envelope.
    ///
    /// ```
    /// use mock_pam_core::{Layout, Population};
    /// let corpus = remote_sessions_benches::Corpus::generate(Population::Varied, Layout::Compact, 1000);
    /// assert!(corpus.list().starts_with(b"[{") && corpus.list().ends_with(b"}]"));
    /// ```
    pub fn list(&self) -> Bytes {
        const NAME: &[u8] = b"\"remote_sessions\"";
        let bytes = self.bytes();
        let name = bytes.windows(NAME.len()).position(|window| window == NAME).expect("a list");
        let start = name + bytes[name..].iter().position(|&byte| byte == b'[').expect("a list");
        let end = bytes.iter().rposition(|&byte| byte == b']').expect("the end of the list");
        self.padded.slice(start..=end)
    }

    /// What a reader must come to that undoes escapes, from the generator's own values.
    pub fn expected(&self) -> Option<Tally> {
        let mut tally = Tally::default();
        for session in self.response.as_ref()?.sessions() {
            tally.item(session.id, text_of(&session));
        }
        Some(tally)
    }

    /// The documented members' places in the order in which the first item has them, absent ones last.
    pub fn order(&self) -> [u8; 14] {
        let names = self.response.as_ref().and_then(|response| response.sessions().next());
        let names = names.map(|session| session.names).unwrap_or_default();
        let mut order: [u8; 14] = core::array::from_fn(|place| place as u8);
        order.sort_by_key(|&place| {
            let name = remote_sessions::RemoteSession::NAMES[usize::from(place)];
            names.iter().position(|&other| other == name).unwrap_or(usize::MAX)
        });
        order
    }
}

fn text_of(session: &Session) -> usize {
    let texts = [
        &session.user,
        &session.origin_ip,
        &session.credential,
        &session.device,
        &session.protocol,
        &session.proxy,
        &session.session_id,
        &session.start,
        &session.end,
        &session.time,
        &session.prevent_purge,
        &session.request,
        &session.itsm,
    ];
    texts.into_iter().flatten().map(String::len).sum()
}
