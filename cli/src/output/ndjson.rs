//! One line an item: its own JSON text.

use crate::terminal::json_escaped;

/// Appends the item's JSON text without the white space between its tokens, and a line feed.
/// Nothing else changes, but that a terminal is shown `\uXXXX` for what could act on it.
pub(super) fn write(json: &str, on_terminal: bool, line: &mut Vec<u8>) {
    if on_terminal {
        compact(json_escaped(json).as_bytes(), line);
    } else {
        compact(json.as_bytes(), line);
    }
    line.push(b'\n');
}

fn compact(json: &[u8], line: &mut Vec<u8>) {
    if !may_have_space(json) {
        line.extend_from_slice(json);
        return;
    }
    let mut rest = json;
    while !rest.is_empty() {
        // Up to the next string, which is copied whole.
        let between = rest.iter().position(|&byte| byte == b'"').unwrap_or(rest.len());
        let (tokens, from_string) = rest.split_at(between);
        line.extend(tokens.iter().filter(|&&byte| !is_space(byte)));
        let (string, after) = from_string.split_at(string_length(from_string));
        line.extend_from_slice(string);
        rest = after;
    }
}

/// False if there is no white space between tokens; true if there may be.
///
/// A run of it has a structural character on one of its sides, so pairs of bytes decide. A
/// loop without branches over bytes becomes vector code; most responses end here.
fn may_have_space(json: &[u8]) -> bool {
    let mut found = false;
    for (&left, &right) in json.iter().zip(json.get(1..).unwrap_or_default()) {
        found |= is_space(left) & is_structural(right) | is_structural(left) & is_space(right);
    }
    found
}

/// In JSON that passed the grammar these are space, tab, line feed and carriage return: inside
/// strings there are no others.
fn is_space(byte: u8) -> bool {
    byte <= b' '
}

fn is_structural(byte: u8) -> bool {
    // `[` and `]` are `{` and `}` less 0x20.
    (byte == b',') | (byte == b':') | (byte | 0x20 == b'{') | (byte | 0x20 == b'}')
}

/// Bytes of the string that `text` begins with, quotes included; 0 if it is empty.
fn string_length(text: &[u8]) -> usize {
    let mut escaped = true;
    for (at, &byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return at + 1,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(json: &str) -> String {
        let mut line = Vec::new();
        write(json, false, &mut line);
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn only_space_between_tokens_goes() {
        let cases = [
            (r#"{"a":"x , y","b":[1,2]}"#, r#"{"a":"x , y","b":[1,2]}"#),
            (
                "{ \"a\" : \"x , \\\" : y\\\\\" ,\r\n\t\"b\" : [ 1 , {} ] }",
                r#"{"a":"x , \" : y\\","b":[1,{}]}"#,
            ),
            ("{\"a\" :1.50e+1}", r#"{"a":1.50e+1}"#),
            ("{\"a\":1\n}", r#"{"a":1}"#),
            (r#"{"\/ é\u00e9":true}"#, r#"{"\/ é\u00e9":true}"#),
            (r#""a b""#, r#""a b""#),
            ("[ ]", "[]"),
        ];
        for (json, expected) in cases {
            assert_eq!(line(json), format!("{expected}\n"), "{json}");
        }
    }

    #[test]
    fn a_terminal_is_shown_escapes() {
        let mut shown = Vec::new();
        write("{ \"a\":\"\u{9b}\u{202e}\"}", true, &mut shown);
        assert_eq!(shown, br#"{"a":"\u009b\u202e"}"#.iter().chain(b"\n").copied().collect::<Vec<_>>());
    }
}
