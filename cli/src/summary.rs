//! The last line of standard error: `--summary json`.

use std::io;

use remote_sessions::{Completeness, EnvelopeStatus, Error, Summary};
use serde::Serialize;
use serde_json::ser::{CompactFormatter, Formatter, Serializer};

use crate::exit::Failure;
use crate::terminal::{escaped, json_escaped};

/// What became of the items.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Counts {
    /// Delivered.
    pub(crate) sessions: u64,
    /// Passed over because they are none.
    pub(crate) skipped: u64,
    /// Passed over because an earlier run has delivered them.
    pub(crate) known: u64,
}

/// What a run came to.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    schema: u32,
    sessions: u64,
    skipped: u64,
    known: u64,
    bytes: u64,
    completeness: &'static str,
    tolerated: Vec<Tolerated>,
    envelopes: Vec<Envelope>,
    envelopes_total: u64,
    error: Option<Fault>,
}

#[derive(Debug, Serialize)]
struct Tolerated {
    kind: &'static str,
    count: u64,
    first_offset: u64,
}

#[derive(Debug, Serialize)]
struct Envelope {
    code: Option<i64>,
    status: Option<i64>,
    tenant: Option<String>,
    message: Option<String>,
    error: Option<bool>,
}

#[derive(Debug, Serialize)]
struct Fault {
    kind: &'static str,
    message: String,
    offset: Option<u64>,
    item: Option<u64>,
}

impl Report {
    /// `response` is what is known of the response, if there was one.
    pub(crate) fn new(counts: Counts, response: Option<&Summary>, failure: Option<&Failure>) -> Self {
        let tolerated = response.map(Summary::tolerated).unwrap_or_default().iter();
        Self {
            schema: 1,
            sessions: counts.sessions,
            skipped: counts.skipped,
            known: counts.known,
            bytes: response.map_or(0, Summary::bytes),
            completeness: completeness(response, failure).as_str(),
            tolerated: tolerated
                .map(|seen| Tolerated {
                    kind: seen.deviation.as_str(),
                    count: seen.count,
                    first_offset: seen.first_offset,
                })
                .collect(),
            envelopes: response
                .map(Summary::envelopes)
                .unwrap_or_default()
                .iter()
                .map(Envelope::of)
                .collect(),
            envelopes_total: response.map_or(0, Summary::envelopes_total),
            error: failure.and_then(Fault::of),
        }
    }

    /// One line, without its end. What could act on a terminal is escaped.
    pub(crate) fn to_json(&self) -> String {
        let mut text = Vec::new();
        let written = self.serialize(&mut Serializer::with_formatter(&mut text, Harmless));
        debug_assert!(written.is_ok(), "a Vec takes everything, and all keys are strings");
        String::from_utf8_lossy(&text).into_owned()
    }
}

/// A run that did not come to the response's end, or could not deliver it, is no complete one.
fn completeness(response: Option<&Summary>, failure: Option<&Failure>) -> Completeness {
    let found = response.map_or(Completeness::Failed, Summary::completeness);
    match failure {
        Some(Failure::Response(error)) if error.is_fatal() => found,
        Some(_) => Completeness::Failed,
        None => found,
    }
}

impl Envelope {
    fn of(status: &EnvelopeStatus) -> Self {
        // An empty message was sent, none was not.
        let sent = || status.response().and_then(|response| response.message.as_deref());
        let message = status.message().or_else(sent);
        Self {
            code: status.code(),
            status: status.status(),
            tenant: status.tenant().map(str::to_owned),
            message: message.map(str::to_owned),
            error: status.error(),
        }
    }
}

impl Fault {
    fn of(failure: &Failure) -> Option<Self> {
        let kind = failure.kind()?;
        let error = failure.error();
        let message =
            error.map_or_else(|| failure.to_string(), |error| escaped(error.message()).into_owned());
        let (offset, item) = (error.and_then(Error::offset), error.and_then(Error::item));
        Some(Self { kind, message, offset, item })
    }
}

/// JSON on one line in which nothing can act on a terminal.
struct Harmless;

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + io::Write>(
        &mut self,
        writer: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        CompactFormatter.write_string_fragment(writer, &json_escaped(fragment))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_json_and_harmless() {
        let body =
            "{\"code\":200,\"response\":{\"message\":\"a\u{9b}\\u001b\u{202e}\"},\"remote_sessions\":[]}";
        let mut reader = remote_sessions::Reader::new(body.as_bytes());
        assert!(reader.next_item().unwrap().is_none());
        let line = Report::new(Counts::default(), Some(&reader.summary()), None).to_json();
        assert!(line.is_ascii() && !line.contains('\u{1b}'), "{line}");
        let value: serde_json::Value = serde_json::from_str(&line).unwrap();
        assert_eq!(value["envelopes"][0]["message"], "a\u{9b}\u{1b}\u{202e}");
        assert_eq!((&value["completeness"], &value["error"]), (&"complete".into(), &serde_json::Value::Null));
    }
}
