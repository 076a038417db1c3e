//! Addresses, durations and dates in digits, by table instead of by division where that is faster.

use super::draft::{Address, SPARE_DAYS, START_DAYS};

/// Writes an address; IPv6 in its canonical form.
#[inline]
pub(crate) fn address(address: Address, out: &mut Vec<u8>) {
    match address {
        Address::V4(octets) => {
            // Four bytes are copied for every octet, so that the copy has a constant length.
            let mut text = [0; 17];
            let mut length = 0;
            for octet in octets {
                let (digits, count) = OCTETS[usize::from(octet)];
                text[length..length + 4].copy_from_slice(&digits);
                length += count;
            }
            out.extend_from_slice(&text[..length - 1]);
        }
        Address::V6(groups) => {
            let digits = hexadecimal(groups);
            out.extend_from_slice(b"2001:db8:");
            out.extend_from_slice(&digits[4..8]);
            out.push(b':');
            out.extend_from_slice(&digits[8..12]);
            out.extend_from_slice(b"::");
            out.extend_from_slice(&digits[12..]);
        }
    }
}

/// Writes `HH:MM:SS`, with more digits for the hours where they need them.
#[inline]
pub(crate) fn duration(seconds: u32, out: &mut Vec<u8>) {
    let hours = seconds / 3600;
    let mut text = *b"00:00:00";
    text[..2].copy_from_slice(pair(hours % 100));
    text[3..5].copy_from_slice(pair(seconds / 60 % 60));
    text[6..].copy_from_slice(pair(seconds % 60));
    if hours >= 100 {
        number((hours / 100).into(), out);
    }
    out.extend_from_slice(&text);
}

/// Writes the number of a ticket.
pub(crate) fn itsm(ticket: u32, out: &mut Vec<u8>) {
    out.extend_from_slice(if ticket.is_multiple_of(4) { b"CHG" } else { b"INC" });
    out.push(b'0' + (ticket / 1_000_000) as u8);
    out.extend_from_slice(pair(ticket / 10_000 % 100));
    out.extend_from_slice(pair(ticket / 100 % 100));
    out.extend_from_slice(pair(ticket % 100));
}

#[inline]
pub(crate) fn number(value: u64, out: &mut Vec<u8>) {
    out.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
}

#[inline]
pub(crate) fn pair(number: u32) -> &'static [u8; 2] {
    &PAIRS[number as usize]
}

const PAIRS: [[u8; 2]; 100] = {
    let mut pairs = [[0; 2]; 100];
    let mut i = 0;
    while i < 100 {
        pairs[i] = [b'0' + (i / 10) as u8, b'0' + (i % 10) as u8];
        i += 1;
    }
    pairs
};

/// Every octet in digits with a full stop behind, and how long that is.
const OCTETS: [([u8; 4], usize); 256] = {
    let mut octets = [([b'.'; 4], 0); 256];
    let mut i = 0;
    while i < 256 {
        let [a, b, c] = [i / 100, i / 10 % 10, i % 10];
        let (a, b, c) = (b'0' + a as u8, b'0' + b as u8, b'0' + c as u8);
        octets[i] = match i {
            0..10 => ([c, b'.', b'.', b'.'], 2),
            10..100 => ([b, c, b'.', b'.'], 3),
            _ => ([a, b, c, b'.'], 4),
        };
        i += 1;
    }
    octets
};

const HEX_PAIRS: [[u8; 2]; 256] = {
    let digits = b"0123456789abcdef";
    let mut pairs = [[0; 2]; 256];
    let mut i = 0;
    while i < 256 {
        pairs[i] = [digits[i >> 4], digits[i & 15]];
        i += 1;
    }
    pairs
};

#[inline]
pub(crate) fn hexadecimal(value: u64) -> [u8; 16] {
    let mut text = [0; 16];
    for (pair, byte) in text.chunks_exact_mut(2).zip(value.to_be_bytes()) {
        pair.copy_from_slice(&HEX_PAIRS[usize::from(byte)]);
    }
    text
}

/// The days from 2023-01-01 on, as text.
pub(crate) fn calendar() -> Vec<[u8; 10]> {
    let (mut year, mut month, mut day) = (2023, 1, 1);
    (0..START_DAYS + SPARE_DAYS)
        .map(|_| {
            let text = format!("{year:04}-{month:02}-{day:02}");
            day += 1;
            if day > days_of(year, month) {
                (month, day) = (month + 1, 1);
            }
            if month > 12 {
                (year, month) = (year + 1, 1);
            }
            text.into_bytes().try_into().expect("a date has ten bytes")
        })
        .collect()
}

/// Days of a month; the calendar holds no century that would need the longer rule.
fn days_of(year: u32, month: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn every_octet_is_written_as_std_does() {
        for octet in 0..=255 {
            let octets = [octet, 0, 255 - octet, octet];
            let expected = std::net::Ipv4Addr::from(octets).to_string();
            assert_eq!(text(|out| address(Address::V4(octets), out)), expected);
        }
    }

    #[test]
    fn version_6_is_canonical() {
        let written = text(|out| address(Address::V6(0x1a2b_3c4d_5e6f), out));
        assert_eq!(written, "2001:db8:1a2b:3c4d::5e6f");
        assert_eq!(written.parse::<std::net::Ipv6Addr>().unwrap().to_string(), written);
    }

    #[test]
    fn durations_grow_digits_when_they_need_them() {
        let cases = [(0, "00:00:00"), (172, "00:02:52"), (359_999, "99:59:59"), (360_000, "100:00:00")];
        for (seconds, expected) in cases {
            assert_eq!(text(|out| duration(seconds, out)), expected);
        }
    }

    #[test]
    fn tickets_have_seven_digits() {
        assert_eq!(text(|out| itsm(1_234_567, out)), "INC1234567");
        assert_eq!(text(|out| itsm(8, out)), "CHG0000008");
    }

    #[test]
    fn the_calendar_knows_leap_years() {
        let days = calendar();
        let day = |index: usize| core::str::from_utf8(&days[index]).unwrap();
        assert_eq!((day(0), day(364), day(365)), ("2023-01-01", "2023-12-31", "2024-01-01"));
        assert_eq!((day(365 + 59), day(365 + 60)), ("2024-02-29", "2024-03-01"));
        assert_eq!(day(START_DAYS as usize), "2027-01-01");
    }
}
