//! The documented members as columns, by RFC 4180.

use csv_core::{Terminator, WriteResult, Writer, WriterBuilder};
use remote_sessions::RemoteSession;

use crate::terminal::escaped;

#[derive(Debug)]
pub(super) struct Csv {
    writer: Writer,
    raw: bool,
    on_terminal: bool,
    has_header: bool,
}

impl Csv {
    pub(super) fn new(raw: bool, on_terminal: bool) -> Self {
        let writer = WriterBuilder::new().terminator(Terminator::CRLF).build();
        Self { writer, raw, on_terminal, has_header: false }
    }

    /// For what comes after earlier records.
    pub(super) fn without_header(self) -> Self {
        Self { has_header: true, ..self }
    }

    /// Appends the names of the columns, unless that was done.
    pub(super) fn header(&mut self, records: &mut Vec<u8>) {
        if !std::mem::replace(&mut self.has_header, true) {
            for (place, name) in RemoteSession::NAMES.iter().enumerate() {
                self.cell(place, name, records);
            }
            self.end(records);
        }
    }

    /// Appends one record: absent members and null are empty cells.
    pub(super) fn write(&mut self, session: &RemoteSession<'_>, records: &mut Vec<u8>) {
        self.header(records);
        for place in 0..RemoteSession::NAMES.len() {
            let text = session.at(place).map(|value| value.to_str()).unwrap_or_default();
            if self.on_terminal {
                self.cell(place, &escaped(&text), records);
            } else {
                self.cell(place, &text, records);
            }
        }
        self.end(records);
    }

    fn cell(&mut self, place: usize, text: &str, records: &mut Vec<u8>) {
        if place > 0 {
            append(records, 0, |room| {
                let (result, written) = self.writer.delimiter(room);
                (result, 0, written)
            });
        }
        if !self.raw && is_formula(text) {
            let text = format!("'{text}");
            append(records, text.len(), |room| self.writer.field(text.as_bytes(), room));
        } else {
            append(records, text.len(), |room| self.writer.field(text.as_bytes(), room));
        }
    }

    fn end(&mut self, records: &mut Vec<u8>) {
        append(records, 0, |room| {
            let (result, written) = self.writer.terminator(room);
            (result, 0, written)
        });
    }
}

/// Gives `write` room for the worst case (every byte a quote, quotes around, a delimiter or line
/// end), so that one call is enough, and keeps what it used.
fn append(
    records: &mut Vec<u8>,
    length: usize,
    write: impl FnOnce(&mut [u8]) -> (WriteResult, usize, usize),
) {
    let start = records.len();
    records.resize(start + 2 * length + 4, 0);
    let (result, taken, written) = write(&mut records[start..]);
    assert!(result == WriteResult::InputEmpty && taken == length, "the room is for the worst case");
    records.truncate(start + written);
}

/// Whether a spreadsheet may take the text for a formula.
fn is_formula(text: &str) -> bool {
    matches!(text.as_bytes().first(), Some(b'=' | b'+' | b'-' | b'@' | b'\t' | b'\r'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(json: &str, raw: bool) -> String {
        let mut csv = Csv { has_header: true, ..Csv::new(raw, false) };
        let mut records = Vec::new();
        csv.write(&RemoteSession::parse(json).unwrap(), &mut records);
        String::from_utf8(records).unwrap()
    }

    #[test]
    fn cells_hold_the_text_that_is_meant() {
        let json = r#"{"id":"3","user":"a, \"b\"\nc","device":"db\/1","prevent_purge":true,"request":-7.50}"#;
        assert_eq!(record(json, true), "3,\"a, \"\"b\"\"\nc\",,,db/1,,,,,,,true,-7.50,\r\n");
    }

    #[test]
    fn hostile_29_formulas_are_neutralised_unless_asked_raw() {
        for start in ["=", "+", "-", "@", "\\t", "\\r"] {
            let json = format!(r#"{{"id":1,"user":"{start}x"}}"#);
            let cell = |raw| {
                let record = record(&json, raw);
                let mut reader =
                    ::csv::ReaderBuilder::new().has_headers(false).from_reader(record.as_bytes());
                reader.records().next().unwrap().unwrap()[1].to_owned()
            };
            let text = start.replace("\\t", "\t").replace("\\r", "\r") + "x";
            assert_eq!((cell(true), cell(false)), (text.clone(), format!("'{text}")));
        }
        assert_eq!(record(r#"{"id":1,"user":"a=1"}"#, false), "1,a=1,,,,,,,,,,,,\r\n");
    }
}
