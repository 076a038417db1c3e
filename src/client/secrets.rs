//! Texts that no error may repeat, even if the server does.

use std::collections::HashSet;
use std::hash::{BuildHasher, RandomState};

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

/// Below this length a "secret" may be any word of a message.
const SHORTEST: usize = 4;

/// So many bytes in a row of a secret are masked, even where the rest of it was cut off.
const PIECE: usize = 8;

const MASK: &str = "[hidden]";

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
            for spelling in [secret, json, &json.replace('/', "\\/"), &form] {
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

    /// The text with every secret, and every larger piece of one, masked; bytes that are no UTF-8
    /// become U+FFFD.
    pub(super) fn hidden_in(&self, text: &[u8]) -> String {
        let text = String::from_utf8_lossy(text).into_owned();
        self.masked(&text).unwrap_or(text)
    }

    /// The masked text, if there was something to mask.
    pub(super) fn masked(&self, text: &str) -> Option<String> {
        let bytes = text.as_bytes();
        let mut hidden = vec![false; bytes.len()];
        for secret in &self.short {
            let secret = secret.expose_secret().as_bytes();
            hide(&mut hidden, bytes, secret.len(), |piece| piece == secret);
        }
        hide(&mut hidden, bytes, PIECE, |piece| self.pieces.contains(&self.state.hash_one(piece)));
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
    fn anything_else_stays() {
        assert_eq!(masked("abc", "abc"), "abc");
        assert_eq!(masked("a long secret", "a message, a long sec"), "a message, [hidden]");
        for text in ["", "é", "no such thing", "hunter"] {
            assert_eq!(masked("hunter2-canary", text), text);
            assert!(Secrets::new([&"hunter2-canary".into()]).masked(text).is_none());
        }
    }
}
