//! One line an item: its own JSON text.

use remote_sessions::Item;

use crate::terminal::json_escaped;

/// Appends the item's JSON text without the white space between its tokens, and a line feed.
/// Nothing else changes, but that a terminal is shown `\uXXXX` for what could act on it.
pub(super) fn write(item: &Item<'_>, on_terminal: bool, line: &mut Vec<u8>) {
    let start = line.len();
    item.append_minified(line);
    if on_terminal {
        let shown = String::from_utf8_lossy(&line[start..]).into_owned();
        line.truncate(start);
        line.extend_from_slice(json_escaped(&shown).as_bytes());
    }
    line.push(b'\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use remote_sessions::Builder;

    fn line(json: &str, on_terminal: bool) -> String {
        let mut reader = Builder::new().root_item().build(json.as_bytes());
        let mut line = Vec::new();
        write(&reader.next_item().unwrap().unwrap(), on_terminal, &mut line);
        String::from_utf8(line).unwrap()
    }

    #[test]
    fn hostile_29_only_space_between_tokens_goes() {
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
            assert_eq!(line(json, false), format!("{expected}\n"), "{json}");
        }
    }

    #[test]
    fn a_terminal_is_shown_escapes() {
        let shown = line("{ \"a\":\"\u{9b}\u{202e}\"}", true);
        assert_eq!(shown, "{\"a\":\"\\u009b\\u202e\"}\n");
    }
}
