//! Texts that no error may repeat, even if the server does.

mod spelling;

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use self::spelling::Undone;
use crate::error::{Mask, escaped};

/// Below this length a "secret" may be any word of a message.
const SHORTEST: usize = 4;

/// So many bytes in a row of a secret are masked, even where the rest of it was cut off.
const PIECE: usize = 8;

/// So many spellings over one another are undone: a gateway that repeats in its own JSON what a server
/// has said in JSON needs two.
const LAYERS: usize = 2;

const MASK: &str = "[hidden]";

/// The text that this one means in an address.
pub(super) fn percent_decoded(text: &str) -> String {
    let undone = Undone::of_address(text.as_bytes());
    undone.map_or_else(|| text.into(), |undone| String::from_utf8_lossy(undone.text()).into_owned())
}

/// What must not be shown, each in the ways in which a body can spell it.
pub(super) struct Secrets {
    /// Those that are shorter than a piece.
    short: Vec<SecretString>,
    /// Hashes of all pieces: the pieces themselves would lie around in memory.
    pieces: HashSet<u64>,
    state: RandomState,
}

impl Secrets {
    pub(super) fn new<'s>(secrets: impl IntoIterator<Item = &'s SecretString>) -> Self {
        let mut all = Self { short: Vec::new(), pieces: HashSet::new(), state: RandomState::new() };
        for secret in secrets {
            let secret = secret.expose_secret();
            let json = Value::from(secret).to_string();
            let json = &json[1..json.len() - 1];
            let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
            for spelling in [secret, json, &json.replace('/', "\\/"), &form, &escaped(secret)] {
                all.add(spelling);
            }
        }
        all
    }

    fn add(&mut self, spelling: &str) {
        match spelling.len() {
            0..SHORTEST => {}
            SHORTEST..PIECE => self.short.push(spelling.into()),
            _ => {
                let hashes = spelling.as_bytes().windows(PIECE).map(|piece| self.state.hash_one(piece));
                self.pieces.extend(hashes);
            }
        }
    }

    /// As what errors and summaries ask.
    pub(super) fn into_mask(self) -> Mask {
        Mask::new(move |text| self.masked(text))
    }

    /// The text with every secret, and every larger piece of one, masked; bytes that are no UTF-8
    /// become U+FFFD.
    pub(super) fn hidden_in(&self, text: &[u8]) -> String {
        let text = String::from_utf8_lossy(text).into_owned();
        self.masked(&text).unwrap_or(text)
    }

    /// The masked text, if there was something to mask. The secrets are found however JSON or an
    /// address spells them: servers escape where they need not, and a mask that does not know it would
    /// let pass what is decoded later.
    pub(super) fn masked(&self, text: &str) -> Option<String> {
        if text.len() < SHORTEST {
            return None;
        }
        let mut hidden = vec![false; text.len()];
        self.mark(text.as_bytes(), &mut hidden, LAYERS);
        if !hidden.contains(&true) {
            return None;
        }
        let mut masked = String::with_capacity(text.len());
        let mut in_secret = false;
        for (at, character) in text.char_indices() {
            // A character of which one byte is hidden is hidden.
            if !hidden[at..at + character.len_utf8()].contains(&true) {
                masked.push(character);
                in_secret = false;
            } else if !in_secret {
                masked.push_str(MASK);
                in_secret = true;
            }
        }
        Some(masked)
    }

    /// Marks the bytes that belong to a secret, in the text as it is and with its spelling undone.
    fn mark(&self, text: &[u8], hidden: &mut [bool], layers: usize) {
        for secret in &self.short {
            let secret = secret.expose_secret().as_bytes();
            hide(hidden, text, secret.len(), |piece| piece == secret);
        }
        hide(hidden, text, PIECE, |piece| self.pieces.contains(&self.state.hash_one(piece)));
        if layers == 0 {
            return;
        }
        for undone in [Undone::of_json(text), Undone::of_address(text)].into_iter().flatten() {
            let mut beneath = vec![false; undone.text().len()];
            self.mark(undone.text(), &mut beneath, layers - 1);
            undone.carry_up(&beneath, hidden);
            if layers == LAYERS {
                undone.complete(hidden);
            }
        }
    }
}

fn hide(hidden: &mut [bool], text: &[u8], length: usize, is_secret: impl Fn(&[u8]) -> bool) {
    for (at, piece) in text.windows(length).enumerate() {
        if is_secret(piece) {
            hidden[at..at + length].fill(true);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(secret: &str, text: &str) -> String {
        Secrets::new([&secret.into()]).hidden_in(text.as_bytes())
    }

    #[test]
    fn a_secret_is_masked_in_every_spelling_and_in_part() {
        let secret = "hunter2/canary+€\"x";
        for spelling in [secret, "hunter2\\/canary+€\\\"x", "hunter2%2Fcanary%2B%E2%82%AC%22x"] {
            assert_eq!(masked(secret, &format!("bad `{spelling}`!")), "bad `[hidden]`!");
        }
        // What an excerpt leaves of it.
        assert_eq!(masked(secret, "bad `hunter2/can`…"), "bad `[hidden]`…");
        assert_eq!(masked(secret, "…canary+€"), "…[hidden]");
        assert_eq!(masked("abcd", "abc abcd abcde"), "abc [hidden] [hidden]e");
    }

    #[test]
    fn an_escaped_secret_is_masked_with_its_escapes() {
        let all = |text: &str| text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect::<String>();
        for secret in
            ["hunter2-canary-secret", "пароль-секрет-длинный", "a<b>c&d<e>f&g'h", "pass🔑word🔑", "abcd"]
        {
            let once = all(secret);
            let twice = once.replace('\\', "\\\\");
            for spelling in [&once, &once.to_uppercase().replace("\\U", "\\u"), &twice, &all(&once)] {
                assert_eq!(masked(secret, &format!("bad \"{spelling}\"!")), "bad \"[hidden]\"!", "{secret}");
            }
            let first: String = secret.chars().take(1).collect();
            let some = secret.replace(&first, &all(&first));
            assert_eq!(masked(secret, &format!("\\n{some}\\n")), "\\n[hidden]\\n");
            for lower in [false, true] {
                let address: String = secret
                    .bytes()
                    .map(|byte| if lower { format!("%{byte:02x}") } else { format!("%{byte:02X}") })
                    .collect();
                assert_eq!(masked(secret, &format!("/x?y={address}&z")), "/x?y=[hidden]&z");
            }
        }
    }

    #[test]
    fn an_escape_is_hidden_as_a_whole_and_what_is_none_stays() {
        // As sent, the secret ends in the middle of the escape.
        assert_eq!(masked("canary-x\\", r#""canary-x\\" and "canary-x\n""#), r#""[hidden]" and "[hidden]""#);
        assert_eq!(masked("canary-x\\", r#""canary-x\"""#), r#""[hidden]""#);
        for text in ["\\", "\\u", "\\u00", "\\uD83D", "\\uD83D\\u0041", "%", "%4", "%zz", "a\\x%41"] {
            assert_eq!(masked("hunter2-canary", text), text);
            let with = format!("{text} hunter2-canary {text}");
            assert_eq!(masked("hunter2-canary", &with), format!("{text} [hidden] {text}"));
        }
    }

    #[test]
    fn anything_else_stays() {
        assert_eq!(masked("abc", "abc"), "abc");
        assert_eq!(masked("a long secret", "a message, a long sec"), "a message, [hidden]");
        for text in ["", "é", "no such thing", "hunter"] {
            assert_eq!(masked("hunter2-canary", text), text);
            assert!(Secrets::new([&"hunter2-canary".into()]).masked(text).is_none());
        }
    }
}
