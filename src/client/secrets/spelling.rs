//! Texts with their spelling undone, and which byte of them came from where.

/// A text in which escapes are undone.
pub(super) struct Undone {
    text: Vec<u8>,
    /// For each byte, where in the text as it was the character or escape begins that it came from.
    from: Vec<usize>,
}

impl Undone {
    /// Without the escapes of JSON strings (RFC 8259, section 7); `None` where there is none.
    pub(super) fn of_json(text: &[u8]) -> Option<Self> {
        Self::of(text, b'\\', json_escape)
    }

    /// Without the percent-encoding of addresses and forms; `None` where there is none.
    pub(super) fn of_address(text: &[u8]) -> Option<Self> {
        Self::of(text, b'%', |text| {
            let [high, low] = *text.get(1..3)? else { return None };
            let byte = u8::try_from(digit(high)? * 16 + digit(low)?).ok()?;
            Some((Meant::Byte(byte), 3))
        })
    }

    /// `undo` is given the rest of the text from a `sign` on, and gives what is meant and how long the
    /// escape is, if it is one.
    fn of(text: &[u8], sign: u8, undo: impl Fn(&[u8]) -> Option<(Meant, usize)>) -> Option<Self> {
        if !text.contains(&sign) {
            return None;
        }
        let mut undone = Self { text: Vec::with_capacity(text.len()), from: Vec::with_capacity(text.len()) };
        let mut at = 0;
        while at < text.len() {
            let escape = if text[at] == sign { undo(&text[at..]) } else { None };
            let (meant, length) = escape.unwrap_or((Meant::Byte(text[at]), 1));
            match meant {
                Meant::Byte(byte) => undone.text.push(byte),
                Meant::Character(character) => {
                    undone.text.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                }
            }
            undone.from.resize(undone.text.len(), at);
            at += length;
        }
        Some(undone)
    }

    pub(super) fn text(&self) -> &[u8] {
        &self.text
    }

    /// Marks in the text as it was what is marked in this one.
    pub(super) fn carry_up(&self, marked: &[bool], above: &mut [bool]) {
        for (at, start, end) in self.origins(above.len()) {
            if marked[at] {
                above[start..end].fill(true);
            }
        }
    }

    /// Marks all of an escape of which a part is marked: the rest of it would mean something else, such as
    /// the end of a string.
    pub(super) fn complete(&self, above: &mut [bool]) {
        for (_, start, end) in self.origins(above.len()) {
            if above[start..end].contains(&true) {
                above[start..end].fill(true);
            }
        }
    }

    /// Each byte with where that begins and ends in the text as it was from which it came; the last first.
    fn origins(&self, mut end: usize) -> impl Iterator<Item = (usize, usize, usize)> + '_ {
        let mut last = end;
        self.from.iter().enumerate().rev().map(move |(at, &start)| {
            if start != last {
                (end, last) = (last, start);
            }
            (at, start, end)
        })
    }
}

enum Meant {
    Byte(u8),
    Character(char),
}

fn json_escape(text: &[u8]) -> Option<(Meant, usize)> {
    let byte = match text.get(1)? {
        b'b' => 8,
        b't' => b'\t',
        b'n' => b'\n',
        b'f' => 12,
        b'r' => b'\r',
        &same @ (b'"' | b'\\' | b'/') => same,
        b'u' => return unicode_escape(text),
        _ => return None,
    };
    Some((Meant::Byte(byte), 2))
}

fn unicode_escape(text: &[u8]) -> Option<(Meant, usize)> {
    let unit = code_unit(text)?;
    let pair = [unit, text.get(6..).and_then(code_unit).unwrap_or_default()];
    match char::decode_utf16(pair).next()? {
        Ok(character) => Some((Meant::Character(character), 6 * character.len_utf16())),
        Err(_) => Some((Meant::Character(char::REPLACEMENT_CHARACTER), 6)),
    }
}

/// That of the escape with which the text begins.
fn code_unit(text: &[u8]) -> Option<u16> {
    let digits = text.strip_prefix(b"\\u")?.get(..4)?;
    digits.iter().try_fold(0, |unit, &byte| Some(unit * 16 + digit(byte)?))
}

fn digit(byte: u8) -> Option<u16> {
    char::from(byte).to_digit(16).and_then(|digit| u16::try_from(digit).ok())
}
