//! The members of an object that has passed the grammar.

use super::Text;
use memchr::memchr2;

/// One member: name and value, as sent, and where the value begins in the object's text.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Member<'a> {
    /// Between its quotes.
    pub(crate) name: &'a str,
    /// The whole value.
    pub(crate) value: &'a str,
    pub(crate) at: usize,
}

impl<'a> Member<'a> {
    pub(crate) fn name(&self) -> Text<'a> {
        Text::inside(self.name)
    }
}

/// Iterates over the members of an object in the order sent. The text must have passed the
/// grammar: nothing is validated here, and nothing is nested on the stack.
#[derive(Clone, Debug)]
pub(crate) struct Members<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Members<'a> {
    /// None unless the value is an object.
    pub(crate) fn of(value: &'a str) -> Option<Self> {
        value.starts_with('{').then_some(Self { text: value, at: 1 })
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = Member<'a>;

    fn next(&mut self) -> Option<Member<'a>> {
        let bytes = self.text.as_bytes();
        let name = self.at + bytes[self.at..].iter().position(|&byte| byte == b'"')? + 1;
        let name_end = string_end(bytes, name);
        let colon = name_end + 1 + bytes[name_end + 1..].iter().position(|&byte| byte == b':')?;
        let at = colon + 1 + bytes[colon + 1..].iter().position(|byte| !is_space(*byte))?;
        let end = value_end(bytes, at);
        self.at = end;
        Some(Member { name: &self.text[name..name_end], value: &self.text[at..end], at })
    }
}

/// Iterates over the elements of an array, as sent; of a text that has passed the grammar.
#[derive(Clone, Debug)]
pub(crate) struct Elements<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Elements<'a> {
    /// None unless the value is an array.
    pub(crate) fn of(value: &'a str) -> Option<Self> {
        value.starts_with('[').then_some(Self { text: value, at: 1 })
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let bytes = self.text.as_bytes();
        let at = self.at + bytes[self.at..].iter().position(|&byte| !is_space(byte) && byte != b',')?;
        if bytes[at] == b']' {
            return None;
        }
        self.at = value_end(bytes, at);
        Some(&self.text[at..self.at])
    }
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\n' | b'\r' | b'\t')
}

/// Index of the quote that closes the string whose inside begins at `at`.
pub(super) fn string_end(bytes: &[u8], mut at: usize) -> usize {
    while let Some(found) = memchr2(b'"', b'\\', &bytes[at..]) {
        at += found;
        if bytes[at] == b'"' {
            return at;
        }
        at += 2;
    }
    bytes.len()
}

/// Index just after the value that begins at `at`.
pub(super) fn value_end(bytes: &[u8], mut at: usize) -> usize {
    match bytes[at] {
        b'"' => string_end(bytes, at + 1) + 1,
        b'{' | b'[' => {
            let mut depth = 0usize;
            loop {
                match bytes[at] {
                    b'{' | b'[' => depth += 1,
                    b'}' | b']' => depth -= 1,
                    b'"' => at = string_end(bytes, at + 1),
                    _ => {}
                }
                at += 1;
                if depth == 0 {
                    return at;
                }
            }
        }
        _ => {
            let rest = &bytes[at..];
            at + rest
                .iter()
                .position(|&byte| is_space(byte) || matches!(byte, b',' | b'}' | b']'))
                .unwrap_or(rest.len())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn gives_names_values_and_places_as_sent() {
        let text = r#"{ "a" : "x\"}" , "b\\":{"c":[1,"]"]},"d":-1.5 ,"e":null}"#;
        let members: Vec<_> = Members::of(text).unwrap().map(|m| (m.name, m.value)).collect();
        let expected = [("a", r#""x\"}""#), ("b\\\\", r#"{"c":[1,"]"]}"#), ("d", "-1.5"), ("e", "null")];
        assert_eq!(members, expected);
        assert!(Members::of(text).unwrap().all(|m| text[m.at..].starts_with(m.value)));
        assert_eq!(Members::of("{ }").unwrap().count(), 0);
        assert!(Members::of("[1]").is_none());
        let elements: Vec<_> = Elements::of(r#"[ 1,"a,]" , [2,3],{} ]"#).unwrap().collect();
        assert_eq!(elements, ["1", r#""a,]""#, "[2,3]", "{}"]);
    }
}
