//! Items followed by their shape, and what stands where their values do.

use super::*;
use alloc::string::ToString as _;

#[test]
fn hostile_09_scalars_as_the_grammar_has_them() {
    for (text, length) in [
        ("0", 1),
        ("-0,", 2),
        ("01", 1),
        ("12.5e+3]", 7),
        ("1E9 ", 3),
        ("true", 4),
        ("falsey", 5),
        ("null", 4),
        ("9}", 1),
        ("-10", 3),
        ("-0.0e-0]", 7),
        ("0e1", 3),
        ("null", 4),
    ] {
        assert_eq!(scalar_length(text.as_bytes()), Some(length), "{text}");
    }
    for text in [
        "", "-", "+1", ".5", "1.", "1.e3", "1e", "1e+", "NaN", "tru", "nul", "-x", "-true", "1e-", "0.e1",
        "{", "\"",
    ] {
        assert_eq!(scalar_length(text.as_bytes()), None, "{text}");
    }
    assert_eq!(scalar_length(&[b'1'; 1000]), Some(1000));
    // For the grammar to judge.
    assert_eq!(scalar_length(&[b'1'; 1001]), None);
}

/// Up to seven bytes are looked at one by one, eight and more at once.
#[test]
fn hostile_09_short_scalars_are_the_same_looked_at_together() {
    const TOKENS: [&[u8]; 12] =
        [b"0", b"1", b"9", b"-", b".", b"e", b"E", b"+", b"true", b"false", b"null", b"\xff"];
    let mut found = 0;
    for number in 0..TOKENS.len().pow(5) {
        let mut text = [b','; 16];
        let (mut length, mut rest) = (0, number);
        while rest > 0 {
            let token = TOKENS[rest % TOKENS.len()];
            if length + token.len() > 6 {
                break;
            }
            text[length..length + token.len()].copy_from_slice(token);
            (length, rest) = (length + token.len(), rest / TOKENS.len());
        }
        for behind in [b',', b'}', b' ', b'/', b':', b';', 0x00, 0x2f, 0x3a, 0xf0, 0xfa] {
            text[length] = behind;
            let slow = scalar_length(&text[..=length]);
            assert_eq!(scalar_length(&text), slow, "{:?}", text.escape_ascii().to_string());
            found += usize::from(slow.is_some());
        }
    }
    assert!(found > 10_000);
    assert_eq!(scalar_length(b"1234567,"), Some(7));
    assert_eq!(scalar_length(b"12345678901,"), Some(11));
    assert_eq!(scalar_length(b"-1234567,"), Some(8));
}

/// Nothing else could tell whether it ever does: what it does not say is found byte by byte.
#[test]
fn literals_and_whole_numbers_of_up_to_six_digits_are_told_by_one_word() {
    let word = |text: &str, behind: u8| {
        let mut word = [behind; 8];
        word[..text.len()].copy_from_slice(text.as_bytes());
        short_scalar(u64::from_le_bytes(word))
    };
    for behind in [b',', b'}', b']', b' ', b'\n', b'\r', b'\t', b'/', b':', 0x00, 0xff] {
        for text in [
            "0", "-0", "7", "-7", "10", "19", "-20", "902", "-111", "9999", "-1000", "12345", "-98765",
            "100000", "-999999", "true", "false", "null",
        ] {
            assert_eq!(word(text, behind), Some(text.len()), "{text} {behind:#x}");
        }
        for text in
            ["", "-", "00", "01", "-012", "1234567", "-1234567", "12345678", "1.", "-1.5", "2e", "3E9"]
        {
            assert_eq!(word(text, behind), None, "{text} {behind:#x}");
        }
        for text in ["tru", "frue", "falle", "nul", "nulk", "Null", "-true", "x"] {
            assert_eq!(word(text, behind), None, "{text} {behind:#x}");
        }
    }
}

#[test]
fn hostile_07_a_number_is_as_long_as_the_limit_and_no_longer() {
    assert_eq!(scalar(b"123,", 4), Some((3, 0)));
    assert_eq!(scalar(b"1234,", 4), Some((4, 0)));
    assert_eq!(scalar(b"12345,", 4), None);
    assert_eq!(scalar(b"", 4), None);
}
