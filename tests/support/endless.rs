//! Responses of any length, made on the way in no memory, and in which of them what has no end stands.

use std::io::{self, Read};

use remote_sessions::Limits;

/// A head, a part again and again, a tail.
#[derive(Clone, Debug)]
pub(crate) struct Endless {
    pub(crate) head: String,
    pub(crate) part: &'static str,
    pub(crate) times: usize,
    tail: &'static str,
    /// How many pieces were given, the head and the tail included, and bytes of the one under way.
    pieces: usize,
    given: usize,
}

impl Endless {
    /// About so many bytes of the part.
    pub(crate) fn new(head: impl Into<String>, part: &'static str, bytes: usize, tail: &'static str) -> Self {
        Self { head: head.into(), part, times: bytes / part.len(), tail, pieces: 0, given: 0 }
    }
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut count = 0;
        while count < buffer.len() {
            let (length, whole) = (self.part.len(), (buffer.len() - count) / self.part.len());
            if self.given == 0 && (1..=self.times).contains(&self.pieces) && whole > 1 {
                // Each copy is as long as all of them before it: most of the time is not to go into this.
                let whole = whole.min(self.times - self.pieces + 1);
                let parts = &mut buffer[count..count + whole * length];
                parts[..length].copy_from_slice(self.part.as_bytes());
                let mut done = length;
                while done < parts.len() {
                    let more = done.min(parts.len() - done);
                    parts.copy_within(..more, done);
                    done += more;
                }
                (count, self.pieces) = (count + parts.len(), self.pieces + whole);
                continue;
            }
            let piece = match self.pieces {
                0 => &*self.head,
                number if number <= self.times => self.part,
                number if number == self.times + 1 => self.tail,
                _ => break,
            };
            let rest = &piece.as_bytes()[self.given..];
            let length = rest.len().min(buffer.len() - count);
            buffer[count..count + length].copy_from_slice(&rest[..length]);
            count += length;
            self.given += length;
            if length == rest.len() {
                (self.pieces, self.given) = (self.pieces + 1, 0);
            }
        }
        Ok(count)
    }
}

/// A member that nobody asks for, of so many bytes at most, and one session.
pub(crate) fn with_a_long_member(bytes: usize) -> [Endless; 3] {
    let text = "some text, and some more of it \\u00e9\\\\";
    [
        Endless::new("{\"x\":\"", text, bytes, "\",\"remote_sessions\":[{\"id\":1}]}"),
        Endless::new(
            "{\"x\":[0",
            ",{\"a\":[1,2.5e3,null],\"b\":\"\"}",
            bytes / 4,
            "],\"remote_sessions\":[{\"id\":1}]}",
        ),
        Endless::new("{\"remote_sessions\":[{\"id\":1}],\"x\":{\"\":0", ",\"name\":\"é\"", bytes / 4, "}}"),
    ]
}

/// So many bytes of white space in every place where no item is under way, and one session.
pub(crate) fn with_much_white_space(bytes: usize) -> [Endless; 6] {
    let after = "{\"remote_sessions\":[{\"id\":1}]}";
    [
        Endless::new("", " \n\t\r", bytes, after),
        Endless::new(after, "\n", bytes, ""),
        Endless::new("{", " ", bytes, "\"remote_sessions\":[{\"id\":1}]}"),
        Endless::new("{\"remote_sessions\":[{\"id\":1}", " ", bytes, "]}"),
        Endless::new("{\"remote_sessions\":[", "  ", bytes, "{\"id\":1}]}"),
        Endless::new("{\"remote_sessions\":[{\"id\":1}],\"code\":", " ", bytes, "200}"),
    ]
}

/// What begins and, with the part again and again, does not end: and the limit that it comes to.
pub(crate) fn what_has_no_end(limits: &Limits) -> [(&'static str, &'static str, usize); 19] {
    let Limits { item, key, number, captured_value, .. } = *limits;
    [
        ("{\"remote_sessions\":[{\"id\":1,\"x\":\"", "text", item),
        ("{\"remote_sessions\":[{\"id\":1,\"x\":\"", "\\\"}", item),
        ("{\"remote_sessions\":[{\"id\":1,\"x\":[", "[{}],", item),
        ("{\"remote_sessions\":[{\"id\":1", "   ", item),
        ("{\"remote_sessions\":[[", "\n", item),
        ("{\"remote_sessions\":[\"", "\u{1f600}", item),
        ("{\"remote_sessions\":[{\"id\":1", "0", number),
        ("{\"remote_sessions\":[1.", "0", number),
        ("{\"code\":1e", "1", number),
        ("{\"x\":-1", "1", number),
        ("{\"", "name", key),
        ("{\"x\":{\"", "\\n", key),
        ("{\"remote_sessions\":[{\"", "name", key),
        ("{\"remote_sessions\":[{\"id\":1,\"x\":[{\"", "name", key),
        ("{\"remote_sessions\":[[{\"", "name", key),
        ("{\"remote_sessions\":[{\"id\":1,\"x\":[[{\"a\":1", "1", number),
        ("{\"tenant\":\"", "text", captured_value),
        ("{\"response\":{\"x\":[", "1,", captured_value),
        ("{\"code\": 200, \"exception\":[", "  ", captured_value),
    ]
}

/// A member that nobody asks for, so many containers deep, and one item.
pub(crate) fn with_a_deep_member(levels: usize) -> [String; 3] {
    [("[", "]"), ("{\"a\":", "}"), ("[{\"a\":", "}]")].map(|(open, close)| {
        let levels = levels / close.len();
        format!("{{\"x\":{}1{},\"remote_sessions\":[7]}}", open.repeat(levels), close.repeat(levels))
    })
}
