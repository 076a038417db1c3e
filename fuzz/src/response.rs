//! Valid responses from random bytes, in every envelope shape, with what must come out of them.

use arbitrary::{Result, Unstructured};
use remote_sessions::RemoteSession;

/// A session as it is sent, and as it must come out.
#[derive(Clone, Debug)]
pub struct Sent {
    /// The item's JSON text.
    pub text: String,
    /// `id`.
    pub id: u64,
    /// The text of each documented member, in the order of [`RemoteSession::NAMES`].
    pub members: Vec<Option<String>>,
    /// Undocumented members: name and JSON text.
    pub unknown: Vec<(String, String)>,
}

/// A response and the sessions in it.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// The response's text.
    pub text: String,
    /// All sessions in their order.
    pub sessions: Vec<Sent>,
    /// How many envelopes there are.
    pub envelopes: u64,
    /// Whether it ends as the vendor's sample does, without its outer brackets.
    pub is_unclosed: bool,
    /// Whether one of its envelopes reports an error.
    pub reports_an_error: bool,
    /// Whether text that is no JSON stands before it.
    pub has_leading_text: bool,
}

/// What interpreters and gateways put before a response.
const LEADING_TEXT: [&str; 4] = [
    "<br />\n<b>Warning</b>:  Undefined variable $x in <b>/srv/list.php</b> on line <b>3</b><br />\n",
    "[24-Nov-2026 10:00:00 UTC] PHP Notice: {closure} \"x\" ",
    "\u{e9}{",
    "1",
];

/// Members of an item that nobody documents; the latter ones mean something in an envelope.
const UNKNOWN: [[&str; 3]; 4] = [
    ["new-0", "new-1", "new-2"],
    ["code", "tenant", "response"],
    ["exception", "error", "erro"],
    ["message", "error_description", "status"],
];

/// Values that leave what an earlier member of that name said.
const SAYS_NOTHING: [&str; 2] = ["null", ":[]"];

/// Shapes of items that follow each other, so that there is something to learn.
const ALIKE: [usize; 5] = [1, 1, 2, 5, 24];

impl Response {
    /// A valid response; only that of the vendor's sample is not JSON.
    ///
    /// # Errors
    /// When the bytes run out where there is no default.
    pub fn arbitrary(u: &mut Unstructured<'_>) -> Result<Self> {
        let mut response = Self::default();
        if u.ratio(1, 16)? {
            response.text.push('\u{feff}');
        } else if u.ratio(1, 16)? {
            response.has_leading_text = true;
            response.text.push_str(u.choose(&LEADING_TEXT)?);
        }
        space(u, &mut response.text)?;
        if u.ratio(1, 8)? {
            response.unclosed(u)?;
        } else {
            response.envelope(u, 0)?;
        }
        space(u, &mut response.text)?;
        Ok(response)
    }

    /// The documented sample: the outer object announces itself, then one envelope in its list.
    fn unclosed(&mut self, u: &mut Unstructured<'_>) -> Result<()> {
        self.is_unclosed = true;
        self.envelopes += 1;
        self.text.push_str(u.choose(&[
            r#"{"code":200,"#,
            r#"{ "response" : {"status":200,"error":false} ,"#,
            r#"{"tenant":"t","code":0,"x":[{}],"#,
        ])?);
        self.text.push_str(r#""remote_sessions":["#);
        space(u, &mut self.text)?;
        self.envelope(u, 1)
    }

    fn envelope(&mut self, u: &mut Unstructured<'_>, depth: usize) -> Result<()> {
        self.envelopes += 1;
        self.text.push('{');
        // A later part of a list may stand under its name again; members may be anywhere.
        let lists = *u.choose(&[1, 1, 1, 2])?;
        let (mut first, mut errors) = (true, [false; 3]);
        for _ in 0..lists {
            for _ in 0..u.int_in_range(0..=2)? {
                self.comma(u, &mut first)?;
                self.member(u, &mut errors)?;
            }
            self.comma(u, &mut first)?;
            let name = u.choose(&[
                "\"remote_sessions\"",
                "\"remote_sessions\"",
                "\"remote_session\"",
                r#""remote\u005fsession""#,
            ])?;
            self.text.push_str(name);
            space(u, &mut self.text)?;
            self.text.push(':');
            space(u, &mut self.text)?;
            self.list(u, depth)?;
        }
        for _ in 0..u.int_in_range(0..=1)? {
            self.comma(u, &mut first)?;
            self.member(u, &mut errors)?;
        }
        self.text.push('}');
        self.reports_an_error |= errors.contains(&true);
        Ok(())
    }

    fn comma(&mut self, u: &mut Unstructured<'_>, first: &mut bool) -> Result<()> {
        if !std::mem::take(first) {
            self.text.push(',');
        }
        space(u, &mut self.text)
    }

    /// A member of an envelope that is no list; few report an error. Of several `code`, `response` or
    /// `exception` the last that says something counts.
    fn member(&mut self, u: &mut Unstructured<'_>, errors: &mut [bool; 3]) -> Result<()> {
        let is_error = u.ratio(1, 32)?;
        let (place, texts): (usize, &[&str]) = match (u.int_in_range(0..=4)?, is_error) {
            (0, false) => (0, &[r#""code":200"#, r#""code":"0""#, r#""code" : null"#]),
            (0, true) => (0, &[r#""code":404"#, r#""code" : "500""#]),
            (1, false) => (
                1,
                &[
                    r#""response":{"status":200,"message":"","error":false,"error_code":0,"detail":"","mensagem":"","erro":false,"cod_erro":0}"#,
                    r#""response":[]"#,
                    r#""response":{"error":"0","status":"200"}"#,
                ],
            ),
            (1, true) => (
                1,
                &[
                    r#""response":{"status":200,"erro":true}"#,
                    r#""response":{"error" : "1","message":"\u00e9"}"#,
                    r#""response":{"status":"400"}"#,
                ],
            ),
            (2, false) => (2, &[r#""exception":null"#, r#""exception":{}"#, r#""exception":[]"#]),
            (2, true) => {
                (2, &[r#""exception":{"code":1,"message":"boom","detail":null}"#, r#""exception":"boom""#])
            }
            (3, _) => (3, &[r#""tenant":"Segura""#, r#""tenant":"\u00e9\/""#, r#""tenant":7"#]),
            _ => (4, &["\"more\":"]),
        };
        let text = u.choose(texts)?;
        self.text.push_str(text);
        match errors.get_mut(place) {
            Some(error) => {
                *error = is_error || *error && SAYS_NOTHING.iter().any(|none| text.ends_with(none))
            }
            None if place == 4 => value(u, 3, &mut self.text)?,
            None => {}
        }
        space(u, &mut self.text)
    }

    fn list(&mut self, u: &mut Unstructured<'_>, depth: usize) -> Result<()> {
        match u.int_in_range(0..=15)? {
            0 => self.text.push_str(u.choose(&["{}", "null", "false", "\"\"", "[]", "{ }", "[\n]"])?),
            1 if depth < 6 => self.envelope(u, depth + 1)?,
            2 | 3 => {
                self.text.push('{');
                for number in 0..u.int_in_range(1..=4)? {
                    if number > 0 {
                        self.text.push(',');
                    }
                    self.text.push_str(&format!("\"{number}\":"));
                    space(u, &mut self.text)?;
                    self.element(u, depth)?;
                }
                self.text.push('}');
            }
            _ => {
                self.text.push('[');
                let mut first = true;
                for _ in 0..u.int_in_range(0..=4)? {
                    self.comma(u, &mut first)?;
                    self.element(u, depth)?;
                    // More of the same kind.
                    for _ in 1..*u.choose(&ALIKE)? {
                        self.comma(u, &mut first)?;
                        self.element(u, depth)?;
                    }
                    space(u, &mut self.text)?;
                }
                self.text.push(']');
            }
        }
        Ok(())
    }

    fn element(&mut self, u: &mut Unstructured<'_>, depth: usize) -> Result<()> {
        if depth < 6 && u.ratio(1, 6)? {
            return self.envelope(u, depth + 1);
        }
        // The same members as before with other values, or others.
        let session = Sent::arbitrary(u)?;
        self.text.push_str(&session.text);
        self.sessions.push(session);
        Ok(())
    }
}

impl Sent {
    /// One that keeps to the documented types.
    ///
    /// # Errors
    /// When the bytes run out where there is no default.
    pub fn arbitrary(u: &mut Unstructured<'_>) -> Result<Self> {
        let id = if u.ratio(1, 4)? { u.arbitrary()? } else { u64::from(u.arbitrary::<u16>()?) };
        let mut sent = Self { text: String::from("{"), id, members: vec![None; 14], unknown: Vec::new() };
        sent.members[0] = Some(id.to_string());
        // Which members there are, and how they are written, in few bytes: shapes repeat.
        let [which, style, start]: [u8; 3] = u.arbitrary()?;
        let present =
            [0x3fff, 0x0001, 0x00ff, 0x2b1b, 0x3c55, 0x0111, 0x3ffe | 1, 0x1f0f][usize::from(which & 7)];
        let (colon, comma) = if style & 1 == 0 { (":", ",") } else { (" : ", " ,\n  ") };
        let mut first = true;
        for turn in 0..14 {
            let place = (turn + usize::from(start & 15) % 14) % 14;
            if present >> place & 1 == 0 {
                continue;
            }
            if !std::mem::take(&mut first) {
                sent.text.push_str(comma);
            }
            sent.documented(u, place, style, colon)?;
        }
        for name in &UNKNOWN[usize::from(start >> 6)][..usize::from(which >> 6)] {
            sent.text.push_str(comma);
            let name = (*name).to_owned();
            let mut json = String::new();
            value(u, 2, &mut json)?;
            sent.text.push_str(&format!("\"{name}\"{colon}{json}"));
            sent.unknown.push((name, json));
        }
        sent.text.push('}');
        Ok(sent)
    }

    fn documented(&mut self, u: &mut Unstructured<'_>, place: usize, style: u8, colon: &str) -> Result<()> {
        let name = RemoteSession::NAMES[place];
        let name = match name {
            "credential" if style & 2 != 0 => "credencial",
            "device" if style & 10 == 2 => "dispositivo",
            "device" if style & 2 != 0 => r"dispositiv\u006f",
            name => name,
        };
        self.text.push_str(&format!("\"{name}\"{colon}"));
        let (json, text) = match (place, u.int_in_range(0..=7)?) {
            (0, _) if style & 4 != 0 => (self.id.to_string(), Some(self.id.to_string())),
            (0, _) => (format!("\"{}\"", self.id), Some(self.id.to_string())),
            (_, 0) => ("null".to_owned(), None),
            (11, 1) => ("true".to_owned(), Some("true".to_owned())),
            (11, 2) => ("0".to_owned(), Some("0".to_owned())),
            (12, 1) => ("-1.5e3".to_owned(), Some("-1.5e3".to_owned())),
            _ => {
                let (json, text) = string(u)?;
                (json, Some(text))
            }
        };
        self.text.push_str(&json);
        self.members[place] = text;
        Ok(())
    }
}

/// A string as sent, quotes included, and what it means.
fn string(u: &mut Unstructured<'_>) -> Result<(String, String)> {
    let mut text = match u.int_in_range(0..=7)? {
        0 => String::new(),
        1 => "\\".repeat(usize::from(u.arbitrary::<u8>()? & 0x7f)),
        2 => (*u.choose(&[
            "remote_sessions",
            "{\"id\":1}",
            "]}",
            "\0\u{1f}\u{7f}",
            "😀é\u{2028}",
            "Não",
            "00:02:52",
        ])?)
        .to_owned(),
        _ => {
            let length = usize::from(u.arbitrary::<u8>()? & 31);
            let bytes = u.bytes(length.min(u.len()))?;
            String::from_utf8_lossy(bytes).into_owned()
        }
    };
    if u.ratio(1, 8)? {
        text.push(u.arbitrary()?);
    }
    let wanted = if u.ratio(1, 3)? { u.arbitrary()? } else { 0u8 };
    let mut json = String::from("\"");
    for (place, character) in text.chars().enumerate() {
        match character {
            '"' | '\\' => json.extend(['\\', character]),
            '/' if wanted & 1 != 0 => json.push_str("\\/"),
            '\n' if wanted & 1 != 0 => json.push_str("\\n"),
            _ if wanted >> (place % 8) & 1 == 1 || character < ' ' => {
                let mut units = [0; 2];
                json.extend(character.encode_utf16(&mut units).iter().map(|unit| format!("\\u{unit:04x}")));
            }
            _ => json.push(character),
        }
    }
    json.push('"');
    Ok((json, text))
}

/// Any JSON value.
fn value(u: &mut Unstructured<'_>, depth: usize, out: &mut String) -> Result<()> {
    match u.int_in_range(0..=7)? {
        0..=2 => out.push_str(u.choose(&[
            "null", "true", "false", "0", "-0", "1E+5", "0.25", "1e999", "[]", "{}", "[ ]", "\"\"",
        ])?),
        3 if depth > 0 => {
            out.push('[');
            for number in 0..u.int_in_range(0..=3)? {
                if number > 0 {
                    out.push_str(", ");
                }
                value(u, depth - 1, out)?;
            }
            out.push(']');
        }
        4 if depth > 0 => {
            out.push('{');
            for number in 0..u.int_in_range(0..=3)? {
                if number > 0 {
                    out.push(',');
                }
                out.push_str(&string(u)?.0);
                out.push(':');
                value(u, depth - 1, out)?;
            }
            out.push('}');
        }
        _ => out.push_str(&string(u)?.0),
    }
    Ok(())
}

fn space(u: &mut Unstructured<'_>, out: &mut String) -> Result<()> {
    let spaces = [
        "",
        "",
        "",
        "",
        " ",
        "\n",
        "\r\n\t ",
        "                                                                  ",
    ];
    out.push_str(u.choose(&spaces)?);
    Ok(())
}

/// Changes a few bytes, mostly into such as mean something. The first place that changed.
///
/// # Errors
/// When the bytes run out where there is no default.
pub fn mutate(u: &mut Unstructured<'_>, body: &mut Vec<u8>) -> Result<usize> {
    const TELLING: &[u8] = b"\"\\{}[]:,0123456789-+.eEtfnu \n\0\x1f\x80\xc3\xed\xf0\xff";
    const PARTS: [&str; 8] =
        ["null", "\"id\":", "{}", ",", "\\ud800", "\"remote_sessions\":[", "]}", "\"id\":2,\"user\":3"];
    let mut first = body.len();
    for _ in 0..u.int_in_range(1..=3)? {
        let at = u.int_in_range(0..=body.len())?;
        first = first.min(at);
        match u.int_in_range(0..=4)? {
            0 if at < body.len() => body[at] = *u.choose(TELLING)?,
            1 => body.insert(at, *u.choose(TELLING)?),
            2 => drop(body.drain(at..(at + 3).min(body.len()))),
            3 => drop(body.splice(at..at, u.choose(&PARTS)?.bytes())),
            _ => body.truncate(at),
        }
    }
    Ok(first)
}
