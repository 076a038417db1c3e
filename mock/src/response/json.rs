//! Just enough JSON writing for whatever is not in the hot loop: envelopes, pools, error bodies.

use super::Layout;

/// A value to be written.
#[derive(Clone, Debug)]
pub(crate) enum Json {
    Null,
    Bool(bool),
    Number(i64),
    Text(String),
    List(Vec<Json>),
    Object(Vec<(&'static str, Json)>),
}

impl Json {
    pub(crate) fn text(text: impl Into<String>) -> Self {
        Self::Text(text.into())
    }

    /// The value as compact JSON.
    #[cfg(feature = "server")]
    pub(crate) fn to_compact(&self) -> String {
        let mut out = Vec::new();
        Printer::new(Layout::Compact).value(self, 0, &mut out);
        String::from_utf8(out).expect("the printer writes UTF-8")
    }
}

/// Writes JSON the way a layout wants it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Printer {
    pretty: bool,
    php: bool,
}

impl Printer {
    pub(crate) fn new(layout: Layout) -> Self {
        Self { pretty: layout == Layout::Pretty, php: layout == Layout::Php }
    }

    /// A line break and the indentation of `depth`, where the layout has any.
    pub(crate) fn line(self, depth: usize, out: &mut Vec<u8>) {
        if self.pretty {
            out.push(b'\n');
            out.resize(out.len() + 4 * depth, b' ');
        }
    }

    /// `"name":`, with the space that the layout wants.
    pub(crate) fn name(self, name: &str, out: &mut Vec<u8>) {
        self.string(name, out);
        out.extend_from_slice(if self.pretty { b": " } else { b":" });
    }

    /// A value that begins at `depth`.
    pub(crate) fn value(self, value: &Json, depth: usize, out: &mut Vec<u8>) {
        match value {
            Json::Null => out.extend_from_slice(b"null"),
            Json::Bool(true) => out.extend_from_slice(b"true"),
            Json::Bool(false) => out.extend_from_slice(b"false"),
            Json::Number(number) => {
                out.extend_from_slice(itoa::Buffer::new().format(*number).as_bytes());
            }
            Json::Text(text) => self.string(text, out),
            Json::List(values) => {
                out.push(b'[');
                for (i, value) in values.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    self.line(depth + 1, out);
                    self.value(value, depth + 1, out);
                }
                if !values.is_empty() {
                    self.line(depth, out);
                }
                out.push(b']');
            }
            Json::Object(members) => {
                out.push(b'{');
                for (i, (name, value)) in members.iter().enumerate() {
                    if i > 0 {
                        out.push(b',');
                    }
                    self.line(depth + 1, out);
                    self.name(name, out);
                    self.value(value, depth + 1, out);
                }
                if !members.is_empty() {
                    self.line(depth, out);
                }
                out.push(b'}');
            }
        }
    }

    /// A string with its quotes.
    pub(crate) fn string(self, text: &str, out: &mut Vec<u8>) {
        out.push(b'"');
        self.escaped(text, out);
        out.push(b'"');
    }

    /// A string without its quotes.
    pub(crate) fn escaped(self, text: &str, out: &mut Vec<u8>) {
        for c in text.chars() {
            match c {
                '"' => out.extend_from_slice(b"\\\""),
                '\\' => out.extend_from_slice(b"\\\\"),
                '\n' => out.extend_from_slice(b"\\n"),
                '\r' => out.extend_from_slice(b"\\r"),
                '\t' => out.extend_from_slice(b"\\t"),
                '\u{8}' => out.extend_from_slice(b"\\b"),
                '\u{c}' => out.extend_from_slice(b"\\f"),
                '/' if self.php => out.extend_from_slice(b"\\/"),
                c if c < ' ' || (self.php && !c.is_ascii()) => {
                    for unit in c.encode_utf16(&mut [0; 2]) {
                        out.extend_from_slice(format!("\\u{unit:04x}").as_bytes());
                    }
                }
                c => out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn print(layout: Layout, value: &Json) -> String {
        let mut out = Vec::new();
        Printer::new(layout).value(value, 0, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn php_escapes_slashes_and_surrogate_pairs() {
        let text = Json::text("a/b\\\"é🚀\u{1}\n");
        assert_eq!(print(Layout::Php, &text), r#""a\/b\\\"\u00e9\ud83d\ude80\u0001\n""#);
        assert_eq!(print(Layout::Utf8, &text), "\"a/b\\\\\\\"é🚀\\u0001\\n\"");
    }

    #[test]
    fn pretty_has_one_member_a_line() {
        let value = Json::Object(vec![
            ("a", Json::List(vec![Json::Number(-1), Json::Null])),
            ("b", Json::List(vec![])),
            ("c", Json::Object(vec![])),
            ("d", Json::Bool(true)),
        ]);
        let expected = "{\n    \"a\": [\n        -1,\n        null\n    ],\n    \"b\": [],\n    \"c\": {},\n    \"d\": true\n}";
        assert_eq!(print(Layout::Pretty, &value), expected);
        assert_eq!(print(Layout::Dirty, &value), r#"{"a":[-1,null],"b":[],"c":{},"d":true}"#);
    }
}
