//! Text that comes from input, made harmless for a terminal or a log.

use std::borrow::Cow;

/// Whether a character can act on a terminal or mislead a reader: controls, bidirectional marks,
/// invisible ones.
pub(crate) fn is_hidden(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// `text` with every hidden character spelled out as `\u{…}` (or `\n`, `\r`, `\t`).
pub(crate) fn escaped(text: &str) -> Cow<'_, str> {
    if !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        if is_hidden(character) {
            shown.extend(character.escape_default());
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

/// `json` with every hidden character inside its strings as `\uXXXX`: the same value. White
/// space between tokens stays.
pub(crate) fn json_escaped(json: &str) -> Cow<'_, str> {
    let acts = |character: char| is_hidden(character) && !matches!(character, '\t' | '\n' | '\r');
    if !json.contains(acts) {
        return Cow::Borrowed(json);
    }
    let mut shown = String::with_capacity(json.len() + 16);
    for character in json.chars() {
        if acts(character) {
            for unit in character.encode_utf16(&mut [0; 2]) {
                shown.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            shown.push(character);
        }
    }
    Cow::Owned(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_act_on_a_terminal_is_spelled_out() {
        assert_eq!(escaped("a\u{1b}[31m\u{202e}\r\u{9b}é"), "a\\u{1b}[31m\\u{202e}\\r\\u{9b}é");
        assert!(matches!(escaped("plain é 漢"), Cow::Borrowed(_)));
    }

    #[test]
    fn escaped_json_is_the_same_value() {
        let json = "{\"a\":\"\u{9b}\u{202e}\u{e0041}é\"}\n";
        let shown = json_escaped(json);
        assert_eq!(shown, "{\"a\":\"\\u009b\\u202e\\udb40\\udc41é\"}\n");
        let values: [serde_json::Value; 2] = [json, &shown].map(|text| serde_json::from_str(text).unwrap());
        assert_eq!(values[0], values[1]);
    }
}
